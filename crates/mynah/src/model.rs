//! A model: what it is given, how that is standardised, the labelled prototypes, and where it comes from.

mod file;
mod inside;

use mynah_lvq::{Codebook, QuantizedCodebook, Scaler};

use crate::{
    Error, Input, ModelError, PipelineConfig, Prototypes, Provenance, Regression, Spotting, Trust,
    is_background,
};

/// Everything needed to recognise: how samples become vectors, and the labelled prototypes to hold them against.
#[derive(Clone, Debug)]
pub struct Model {
    labels: Vec<String>,
    input: Input,
    scaler: Scaler,
    prototypes: Prototypes,
    exemplars: Vec<String>,
    trust: Option<Trust>,
    spotting: Option<Spotting>,
    regression: Option<Regression>,
    provenance: Provenance,
}

impl Model {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`ModelError::Inconsistent`] when they do not fit: label count and classes, vector length, scaler and prototypes;
    /// fewer than two labels, one empty or there twice; training clips not sorted.
    pub fn new(
        labels: Vec<String>,
        input: impl Into<Input>,
        scaler: Scaler,
        prototypes: impl Into<Prototypes>,
        provenance: Provenance,
    ) -> Result<Self, ModelError> {
        let inconsistent = |message: String| Err(ModelError::Inconsistent(message));
        let (input, prototypes) = (input.into(), prototypes.into());
        let dim = input.dim().map_err(ModelError::inconsistent)?;
        if prototypes.dim() != dim || scaler.dim() != dim {
            return inconsistent(format!(
                "vectors have {dim} values, prototypes {}, the scaler {}",
                prototypes.dim(),
                scaler.dim()
            ));
        }
        if prototypes.n_classes() != labels.len() {
            return inconsistent(format!(
                "{} labels for {} classes",
                labels.len(),
                prototypes.n_classes()
            ));
        }
        if labels.len() < 2 {
            return inconsistent("a model tells at least two labels apart".to_string());
        }
        let mut names: Vec<&str> = labels.iter().map(String::as_str).collect();
        names.sort_unstable();
        if names.iter().any(|name| name.is_empty())
            || names.windows(2).any(|pair| pair[0] == pair[1])
        {
            return inconsistent("a label is empty or there twice".to_string());
        }
        if !provenance.clips.is_sorted() {
            return inconsistent("the digests of the training clips are not sorted".to_string());
        }
        Ok(Self {
            labels,
            input,
            scaler,
            prototypes,
            exemplars: Vec::new(),
            trust: None,
            spotting: None,
            regression: None,
            provenance,
        })
    }

    /// The same with the nearest training clip of each prototype.
    ///
    /// # Errors
    /// [`ModelError::Inconsistent`] unless there is one a prototype, or none at all.
    pub fn with_exemplars(mut self, exemplars: Vec<String>) -> Result<Self, ModelError> {
        let n = self.prototypes.n_prototypes();
        if !exemplars.is_empty() && exemplars.len() != n {
            return Err(ModelError::Inconsistent(format!(
                "{} nearest clips for {n} prototypes",
                exemplars.len()
            )));
        }
        self.exemplars = exemplars;
        Ok(self)
    }

    /// The same with thresholds and probabilities, or without.
    ///
    /// # Errors
    /// [`ModelError::Inconsistent`] if they are another model's.
    pub fn with_trust(mut self, trust: Option<Trust>) -> Result<Self, ModelError> {
        let n = self.prototypes.n_prototypes();
        if trust.as_ref().is_some_and(|trust| !trust.is_for(n)) {
            return Err(ModelError::Inconsistent(
                "the thresholds are not those of these prototypes".to_string(),
            ));
        }
        self.trust = trust;
        Ok(self)
    }

    /// The same with radii and thresholds for spotting, or without.
    ///
    /// # Errors
    /// [`ModelError::Inconsistent`] if they are another model's, or out of their range.
    pub fn with_spotting(mut self, spotting: Option<Spotting>) -> Result<Self, ModelError> {
        let (n, n_labels) = (self.prototypes.n_prototypes(), self.labels.len());
        if spotting.as_ref().is_some_and(|s| !s.is_for(n, n_labels)) {
            return Err(ModelError::Inconsistent(
                "the radii and thresholds for spotting are not those of these prototypes"
                    .to_string(),
            ));
        }
        self.spotting = spotting;
        Ok(self)
    }

    /// The same with sounds to hold every change of it against, or without.
    ///
    /// # Errors
    /// [`ModelError::Inconsistent`] if the model cannot hear them.
    pub fn with_regression(mut self, regression: Option<Regression>) -> Result<Self, ModelError> {
        let n_mels = self.pipeline().map(|pipeline| pipeline.mfcc.n_mels);
        if regression
            .as_ref()
            .is_some_and(|set| Some(set.n_mels()) != n_mels)
        {
            return Err(ModelError::Inconsistent(
                "the regression set has other mel bands than the model".to_string(),
            ));
        }
        self.regression = regression;
        Ok(self)
    }

    /// The same, one more clip among those that it learnt from.
    pub(crate) fn learnt_from(mut self, digest: u64) -> Self {
        let clips = &mut self.provenance.clips;
        if let Err(at) = clips.binary_search(&digest) {
            clips.insert(at, digest);
            self.provenance.n_clips += 1;
        }
        self
    }

    /// The model without a word: its prototypes and its [sounds](Self::regression) go, those of the others stay as they are, with their
    /// radii and thresholds for spotting. What was measured and calibrated before goes, as it told of another model.
    ///
    /// # Errors
    /// [`Error::Quantized`], [`Error::UnknownLabel`] for a word it does not know, [`Error::TooFewClasses`] if fewer than two would be left.
    pub fn without(&self, label: &str) -> Result<Self, Error> {
        let Some(class) = self.labels.iter().position(|name| name == label) else {
            return Err(Error::UnknownLabel {
                label: label.to_string(),
                known: self.labels.clone(),
            });
        };
        if self.labels.len() <= 2 {
            return Err(Error::TooFewClasses {
                got: self.labels.len() - 1,
            });
        }
        let mut codebook = self.float()?.clone();
        codebook.remove_class(class as u32)?;
        let mut model = self.clone();
        model.labels.remove(class);
        model.prototypes = codebook.into();
        if !model.exemplars.is_empty() {
            let labels = self.prototypes.labels().iter();
            let kept = self.exemplars.iter().zip(labels);
            let kept = kept.filter(|&(_, &label)| label as usize != class);
            model.exemplars = kept.map(|(name, _)| name.clone()).collect();
        }
        model.trust = None;
        let spotting = self.spotting.as_ref();
        model.spotting = spotting.map(|s| s.without(class, self.prototypes.labels()));
        let regression = model.regression.take();
        // What is no keyword stays so, whatever stands for it.
        model.regression = match is_background(label) {
            true => regression,
            false => regression.map(|set| set.without(label)),
        };
        model.provenance.added.retain(|added| added != label);
        model.provenance.measured.clear();
        Ok(model)
    }

    /// The words, in the order of the codebook's classes.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What the model is given.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// How samples become vectors; `None` for a model of vectors.
    pub fn pipeline(&self) -> Option<&PipelineConfig> {
        self.input.pipeline()
    }

    /// Standardisation between the pipeline's vectors and the prototypes.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// The prototypes, whatever their numbers.
    pub fn prototypes(&self) -> &Prototypes {
        &self.prototypes
    }

    /// The prototypes, `[n × dim]`, in standardised units; `None` where they are in whole numbers.
    pub fn codebook(&self) -> Option<&Codebook> {
        match &self.prototypes {
            Prototypes::Float(codebook) => Some(codebook),
            Prototypes::Whole(_) => None,
        }
    }

    /// The prototypes in whole numbers, where they are.
    pub fn quantized(&self) -> Option<&QuantizedCodebook> {
        match &self.prototypes {
            Prototypes::Float(_) => None,
            Prototypes::Whole(quantized) => Some(quantized),
        }
    }

    /// For what whole numbers do not allow.
    pub(crate) fn float(&self) -> Result<&Codebook, Error> {
        self.codebook().ok_or(Error::Quantized)
    }

    /// The training clip nearest to each prototype, by path; empty where they were not noted.
    pub fn exemplars(&self) -> &[String] {
        &self.exemplars
    }

    /// Thresholds and probabilities, where they were fitted.
    pub fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// Radii and thresholds for spotting, where they were fitted.
    pub fn spotting(&self) -> Option<&Spotting> {
        self.spotting.as_ref()
    }

    /// Sounds to hold every change of the model against, where it carries any.
    pub fn regression(&self) -> Option<&Regression> {
        self.regression.as_ref()
    }

    /// Where the model comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The same without what only a desk needs: digests of the training clips (then `eval` can no longer tell a clip that was learnt),
    /// the names of the nearest ones, and the regression set.
    pub fn bare(mut self) -> Self {
        self.regression = None;
        self.exemplars.clear();
        self.provenance.clips.clear();
        self
    }

    /// Says how the model was brought to whole numbers.
    pub fn set_quantized(&mut self, how: String) {
        self.provenance.quantized = Some(how);
    }

    /// Adds a measurement to the model card.
    pub fn add_measurement(&mut self, measured: crate::Measured) {
        self.provenance.measured.push(measured);
    }
}
