//! Where prototypes start, and on which scale.

use mynah_lvq::unsupervised::{Points, Profile, Units};
use mynah_lvq::{Codebook, Counts, Init, Metric, Samples, Scaler};
use serde::{Deserialize, Serialize};

use crate::{Clusters, Error, Model};

/// Where prototypes start.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// Placed on the training vectors.
    Init(Init),
    /// Prototypes of your own.
    Own(OwnStart),
    /// Units that were found without labels; each gets the label that most training vectors on it have, empty ones are
    /// left out, and a word that is the majority nowhere gets a prototype at its mean.
    Units {
        /// What the units were standardised by; the training takes it over.
        scaler: Scaler,
        /// The units, in standardised values.
        units: Units,
    },
}

/// Prototypes of your own, in the values of the data or as another model has them.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnStart {
    /// `[n × dim]`.
    pub values: Vec<f32>,
    /// The word of each, `[n]`.
    pub labels: Vec<String>,
    /// What they were standardised by, which the training then takes over; `None` if they are in the values of the data.
    pub scaler: Option<Scaler>,
    /// The metric to begin with.
    pub metric: Metric,
}

impl From<Init> for Start {
    fn from(init: Init) -> Self {
        Self::Init(init)
    }
}

impl TryFrom<&Model> for Start {
    type Error = Error;

    /// [`Error::Quantized`] for a model in whole numbers.
    fn try_from(model: &Model) -> Result<Self, Error> {
        let codebook = model.float()?;
        let name = |&label: &u32| model.labels()[label as usize].clone();
        Ok(Self::Own(OwnStart {
            values: codebook.prototypes().to_vec(),
            labels: codebook.labels().iter().map(name).collect(),
            scaler: Some(model.scaler().clone()),
            metric: codebook.metric().clone(),
        }))
    }
}

impl From<&Clusters> for Start {
    fn from(clusters: &Clusters) -> Self {
        Self::Units {
            scaler: clusters.scaler().clone(),
            units: clusters.units().clone(),
        }
    }
}

/// How values are brought to one scale before they are learnt.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standardise {
    /// Each dimension to mean 0 and deviation 1.
    Each,
    /// Each dimension to mean 0, each coefficient to deviation 1 over all its frames: of sounds, whose first and last frames vary
    /// little where words stand alone, and would otherwise weigh most of all. In vectors of no frames as [`Each`](Self::Each).
    Coefficient,
    /// Each dimension to mean 0, all together to deviation 1: for images and spectra.
    Whole,
    /// Not at all.
    None,
}

impl Start {
    /// What the vectors of the training are standardised by, where the start decides it.
    pub(crate) fn scaler(&self, dim: usize) -> Result<Option<Scaler>, Error> {
        let given = match self {
            Self::Init(_) => None,
            Self::Own(own) => own.scaler.clone(),
            Self::Units { scaler, .. } => Some(scaler.clone()),
        };
        match given {
            Some(scaler) if scaler.dim() != dim => Err(Error::StartLength {
                got: scaler.dim(),
                needed: dim,
            }),
            given => Ok(given),
        }
    }

    /// The first prototypes, from standardised samples.
    pub(crate) fn codebook(
        &self,
        samples: &Samples<'_>,
        counts: &Counts,
        names: &[String],
        scaler: &Scaler,
        seed: u64,
    ) -> Result<Codebook, Error> {
        match self {
            Self::Init(init) => Ok(init.codebook(samples, counts.clone(), seed)?),
            Self::Own(own) => own.codebook(samples, names, scaler),
            Self::Units { units, .. } => of_units(units, samples),
        }
    }
}

impl OwnStart {
    fn codebook(
        &self,
        samples: &Samples<'_>,
        names: &[String],
        scaler: &Scaler,
    ) -> Result<Codebook, Error> {
        let dim = samples.dim();
        if self.values.len() != self.labels.len() * dim {
            return Err(Error::StartLength {
                got: self.values.len() / self.labels.len().max(1),
                needed: dim,
            });
        }
        let class = |label: &String| {
            let class = names.iter().position(|name| name == label);
            class
                .map(|class| class as u32)
                .ok_or_else(|| Error::NoExample {
                    label: label.clone(),
                })
        };
        let labels = self
            .labels
            .iter()
            .map(class)
            .collect::<Result<Vec<_>, _>>()?;
        let lacking = (0u32..)
            .zip(names)
            .find(|(class, _)| !labels.contains(class));
        if let Some((_, label)) = lacking {
            return Err(Error::NoPrototype {
                label: label.clone(),
            });
        }
        let mut values = self.values.clone();
        if self.scaler.is_none() {
            scaler.apply(&mut values);
        }
        let codebook = Codebook::new(dim, names.len(), values, labels)?;
        Ok(codebook.with_metric(self.metric.clone())?)
    }
}

fn of_units(units: &Units, samples: &Samples<'_>) -> Result<Codebook, Error> {
    let profile = Profile::new(&units.assign(&Points::from(*samples)), samples);
    let codebook = profile.codebook(units)?;
    let lacking = profile.classes_without_unit();
    if lacking.is_empty() {
        return Ok(codebook);
    }
    let dim = samples.dim();
    let mut prototypes = codebook.prototypes().to_vec();
    let mut labels = codebook.labels().to_vec();
    for class in lacking {
        let mut mean = vec![0.0f64; dim];
        let is_of_class = |label: &u32| *label == class;
        let n = samples
            .labels()
            .iter()
            .filter(|label| is_of_class(label))
            .count() as f64;
        for (x, _) in samples.iter().filter(|(_, label)| is_of_class(label)) {
            for (mean, &x) in mean.iter_mut().zip(x) {
                *mean += f64::from(x) / n;
            }
        }
        prototypes.extend(mean.iter().map(|&mean| mean as f32));
        labels.push(class);
    }
    Ok(Codebook::new(dim, samples.n_classes(), prototypes, labels)?)
}
