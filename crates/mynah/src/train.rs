//! Labelled vectors to a model: scaler, prototypes, learning rule.

use std::ops::ControlFlow;

use mynah_lvq::{Epoch, Glvq, GlvqConfig, Init, Lvq1, Lvq1Config, Rule, Samples, Scaler};
use serde::{Deserialize, Serialize};

use crate::{Error, Model, Pipeline, PipelineConfig, Provenance};

/// Settings of a training.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct TrainConfig {
    /// How samples become vectors.
    pub pipeline: PipelineConfig,
    /// Where prototypes start. Default k-means within each word.
    pub init: Init,
    /// Prototypes for each word, at most its number of clips. Default 8.
    pub prototypes_per_class: usize,
    /// The learning rule. Default GLVQ.
    pub rule: RuleConfig,
    /// Seed of the start and of the order of the clips. Default 1.
    pub seed: u64,
}

/// A learning rule with its settings. The seed in it is replaced by [`TrainConfig::seed`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleConfig {
    /// Kohonen's first rule.
    Lvq1(Lvq1Config),
    /// Generalised LVQ.
    Glvq(GlvqConfig),
}

impl RuleConfig {
    /// Passes over the training vectors.
    pub fn n_epochs(&self) -> usize {
        match self {
            Self::Lvq1(rule) => rule.n_epochs,
            Self::Glvq(rule) => rule.n_epochs,
        }
    }

    /// The same rule with another number of passes.
    pub fn with_n_epochs(mut self, n_epochs: usize) -> Self {
        match &mut self {
            Self::Lvq1(rule) => rule.n_epochs = n_epochs,
            Self::Glvq(rule) => rule.n_epochs = n_epochs,
        }
        self
    }
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            pipeline: PipelineConfig::default(),
            init: Init::KMeans,
            prototypes_per_class: 8,
            rule: RuleConfig::Glvq(GlvqConfig::default()),
            seed: 1,
        }
    }
}

/// Vectors of labelled words, as they come out of the pipeline.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    dim: usize,
    label_names: Vec<String>,
    vectors: Vec<f32>,
    labels: Vec<u32>,
}

impl TrainingSet {
    /// An empty set of vectors of `dim` values for the words `label_names`.
    pub fn new(dim: usize, label_names: Vec<String>) -> Self {
        Self {
            dim,
            label_names,
            vectors: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// Adds one vector.
    ///
    /// # Panics
    /// When `vector` is not `dim` long or `label` is not among the names.
    pub fn push(&mut self, vector: &[f32], label: &str) {
        assert_eq!(vector.len(), self.dim, "a vector of another pipeline");
        let class = self.label_names.iter().position(|name| name == label);
        let class = class.expect("the caller lists every label it uses");
        self.vectors.extend_from_slice(vector);
        self.labels.push(class as u32);
    }

    /// Makes room for `n` more vectors at once.
    pub fn reserve(&mut self, n: usize) {
        self.vectors.reserve_exact(n * self.dim);
        self.labels.reserve_exact(n);
    }
}

/// Trains a model; the set is used up, as it is large. `observe` is called after each pass over the set and may stop the
/// training there; what was learned so far is then kept. The same set, settings and seed give the same bytes for any
/// number of threads.
///
/// # Errors
/// [`Error::TooFewClasses`] for less than two words with examples, [`Error::NoExample`] for a word without any,
/// [`Error::VectorLength`] for vectors that another pipeline made, [`Error::Lvq`] for settings out of range.
pub fn train(
    config: &TrainConfig,
    mut set: TrainingSet,
    mut provenance: Provenance,
    observe: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Model, Error> {
    let dim = Pipeline::new(&config.pipeline)?.dim();
    if set.dim != dim {
        return Err(Error::VectorLength {
            got: set.dim,
            needed: dim,
        });
    }
    let mut has_example = vec![false; set.label_names.len()];
    for &label in &set.labels {
        has_example[label as usize] = true;
    }
    if let Some(class) = has_example.iter().position(|has| !has) {
        return Err(Error::NoExample {
            label: set.label_names.swap_remove(class),
        });
    }
    if set.label_names.len() < 2 {
        return Err(Error::TooFewClasses {
            got: set.label_names.len(),
        });
    }
    let scaler = Scaler::fit(&set.vectors, set.dim)?;
    scaler.apply(&mut set.vectors);
    let samples = Samples::new(&set.vectors, set.dim, &set.labels, set.label_names.len())?;
    let mut codebook = config
        .init
        .codebook(&samples, config.prototypes_per_class, config.seed)?;
    rule(config)?.train(&mut codebook, &samples, observe)?;
    provenance.rule = Some(config.rule.clone());
    provenance.seed = config.seed;
    let model = Model::new(
        set.label_names,
        config.pipeline.clone(),
        scaler,
        codebook,
        provenance,
    );
    Ok(model.expect("every part was made from the same set"))
}

fn rule(config: &TrainConfig) -> Result<Box<dyn Rule>, Error> {
    Ok(match config.rule.clone() {
        RuleConfig::Lvq1(mut rule) => {
            rule.seed = config.seed;
            Box::new(Lvq1::new(&rule)?)
        }
        RuleConfig::Glvq(mut rule) => {
            rule.seed = config.seed;
            Box::new(Glvq::new(&rule)?)
        }
    })
}
