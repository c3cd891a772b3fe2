//! Units found without labels, with what fell on them: the file of `mynah cluster`.
//!
//! Tensors: `units` [n × dim] f32, `scaler_mean` and `scaler_scale` [dim] f32, `profile` [n × n_labels] u32.

use std::path::Path;

use mynah_lvq::Scaler;
use mynah_lvq::unsupervised::{Edges, Grid, Lattice, Units};
use serde::{Deserialize, Serialize};

use crate::container::{self, Format, Tensor};
use crate::{Input, ModelError, Provenance};

const FORMAT: Format = Format {
    name: "mynah-codebook",
    version: 1,
};

/// How a map's units lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapShape {
    /// Units in a row.
    pub columns: usize,
    /// Rows of units.
    pub rows: usize,
    /// How neighbours lie.
    pub lattice: Lattice,
    /// What lies beyond the border.
    pub edges: Edges,
}

impl MapShape {
    /// The arrangement, checked.
    ///
    /// # Errors
    /// For a side of 0 or above 1000, or a torus that does not close.
    pub fn grid(&self) -> Result<Grid, mynah_lvq::Error> {
        Grid::new(self.columns, self.rows, self.lattice, self.edges)
    }
}

/// Units with the counts of the labels on each.
#[derive(Clone, Debug)]
pub struct Clusters {
    input: Input,
    scaler: Scaler,
    units: Units,
    map: Option<MapShape>,
    labels: Vec<String>,
    profile: Vec<u32>,
    provenance: Provenance,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    input: Input,
    map: Option<MapShape>,
    labels: Vec<String>,
    provenance: Provenance,
}

impl Clusters {
    /// Puts the parts together; `profile` is `[n_units × n_labels]`, and no label at all is allowed.
    ///
    /// # Errors
    /// [`ModelError::Inconsistent`] when they do not fit.
    pub fn new(
        input: Input,
        scaler: Scaler,
        units: Units,
        map: Option<MapShape>,
        labels: Vec<String>,
        profile: Vec<u32>,
        provenance: Provenance,
    ) -> Result<Self, ModelError> {
        let inconsistent = |message: String| Err(ModelError::Inconsistent(message));
        let dim = input.dim().map_err(ModelError::inconsistent)?;
        if units.dim() != dim || scaler.dim() != dim {
            let (units, scaler) = (units.dim(), scaler.dim());
            return inconsistent(format!(
                "vectors have {dim} values, units {units}, the scaler {scaler}"
            ));
        }
        let n = units.n_units();
        if let Some(map) = map {
            let grid = map.grid().map_err(ModelError::inconsistent)?;
            if grid.n_units() != n {
                return inconsistent(format!("a map of {} units for {n}", grid.n_units()));
            }
        }
        if n.checked_mul(labels.len()) != Some(profile.len()) {
            let (got, labels) = (profile.len(), labels.len());
            return inconsistent(format!("{got} counts for {n} units and {labels} labels"));
        }
        Ok(Self {
            input,
            scaler,
            units,
            map,
            labels,
            profile,
            provenance,
        })
    }

    /// What the units were made of.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Standardisation between vectors and units.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// The units, in standardised values.
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// How the units lie, if they are a map.
    pub fn map(&self) -> Option<MapShape> {
        self.map
    }

    /// The labels that were counted.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Vectors of each label on a unit, `[n_labels]`.
    ///
    /// # Panics
    /// If there is no such unit.
    pub fn counts(&self, unit: usize) -> &[u32] {
        let n = self.labels.len();
        &self.profile[unit * n..(unit + 1) * n]
    }

    /// Where the units come from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The file. The same units always give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let card = Card {
            input: self.input.clone(),
            map: self.map,
            labels: self.labels.clone(),
            provenance: self.provenance.clone(),
        };
        let (n, dim) = (self.units.n_units(), self.units.dim());
        let tensors = vec![
            Tensor::u32s("profile", vec![n, self.labels.len()], &self.profile),
            Tensor::f32s("scaler_mean", vec![dim], self.scaler.mean()),
            Tensor::f32s("scaler_scale", vec![dim], self.scaler.scale()),
            Tensor::f32s("units", vec![n, dim], self.units.values()),
        ];
        container::to_bytes(&FORMAT, &card, tensors)
    }

    /// Reads a file's bytes and checks all of it.
    ///
    /// # Errors
    /// [`ModelError`]; [`ModelError::Kind`] for a model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut contents = container::from_bytes(&FORMAT, bytes)?;
        let card: Card = contents.card()?;
        let scaler = Scaler::new(
            contents.f32s("scaler_mean")?,
            contents.f32s("scaler_scale")?,
        )
        .map_err(ModelError::inconsistent)?;
        let units = Units::new(scaler.dim(), contents.f32s("units")?);
        let units = units.map_err(ModelError::inconsistent)?;
        let profile = contents.u32s("profile")?;
        Self::new(
            card.input,
            scaler,
            units,
            card.map,
            card.labels,
            profile,
            card.provenance,
        )
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ModelError`], which does not name the file: the caller knows it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::from_bytes(&container::read(path.as_ref())?)
    }
}
