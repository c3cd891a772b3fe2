//! Labelled vectors to a model: scaler, prototypes, learning rule.

use std::ops::ControlFlow;

use mynah_lvq::{Checkpoint, Counts, Epoch, GlvqConfig, Init, Samples, Training};

use crate::{
    Error, Input, Model, PipelineConfig, Provenance, RuleConfig, Standardise, Start, TrainingSet,
};

/// Settings of a training.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct TrainConfig {
    /// What the model is given. Default sound by the default pipeline.
    pub input: Input,
    /// How values are brought to one scale. Default each dimension for itself.
    pub standardise: Standardise,
    /// Where prototypes start. Default k-means within each word.
    pub start: Start,
    /// Prototypes for each word, at most its number of clips. Default 8.
    pub counts: Counts,
    /// The learning rule. Default GLVQ.
    pub rule: RuleConfig,
    /// Whether every word counts the same, however many clips it has. Default no: every clip counts the same.
    pub is_balanced: bool,
    /// Seed of the start and of the order of the clips. Default 1.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            input: Input::Audio(PipelineConfig::default()),
            standardise: Standardise::Each,
            start: Start::Init(Init::KMeans),
            counts: Counts::Equal(8),
            rule: RuleConfig::Glvq(GlvqConfig::default()),
            is_balanced: false,
            seed: 1,
        }
    }
}

/// What accompanies a training.
#[derive(Default)]
pub struct Session<'a> {
    /// Vectors that training does not see, and epochs to go on without fewer errors on them; the best epoch is kept.
    pub validation: Option<(TrainingSet, usize)>,
    /// Where to continue.
    pub resume: Option<Checkpoint>,
    /// Is handed a checkpoint after so many epochs each.
    #[allow(clippy::type_complexity, reason = "said once")]
    pub keep: Option<(usize, &'a mut dyn FnMut(Checkpoint))>,
}

/// A model with the course of its training.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// Every epoch.
    pub history: Vec<Epoch>,
    /// The epoch that was kept; `None` without validation, where it is the last.
    pub best: Option<usize>,
}

/// Trains a model; the set is used up, as it is large. `observe` is called after each pass over the set and may stop the
/// training there; what was learned so far is then kept. The same set, settings and seed give the same bytes for any
/// number of threads.
///
/// # Errors
/// [`Error::TooFewClasses`], [`Error::NoExample`] for a name that no vector carries, [`Error::VectorLength`] for
/// vectors that another pipeline made, [`Error::Lvq`] for settings out of range.
pub fn train(
    config: &TrainConfig,
    set: TrainingSet,
    provenance: Provenance,
    observe: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Model, Error> {
    let trained = train_in(config, set, provenance, Session::default(), observe)?;
    Ok(trained.model)
}

/// [`train`] with validation and checkpoints.
///
/// # Errors
/// As [`train`]; [`Error::Lvq`] for a checkpoint of another training.
pub fn train_in(
    config: &TrainConfig,
    mut set: TrainingSet,
    mut provenance: Provenance,
    session: Session<'_>,
    observe: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Trained, Error> {
    let dim = config.input.dim()?;
    set.check(dim)?;
    let scaler = config.start.scaler(&set.vectors, dim, config.standardise)?;
    scaler.apply(&mut set.vectors);
    let mut codebook = {
        // Absent values are at the mean for the start.
        let present = config.input.has_missing().then(|| set.filled());
        let vectors = present.as_ref().unwrap_or(&set.vectors);
        let samples = Samples::new(vectors, dim, &set.labels, set.label_names.len())?;
        let names = &set.label_names;
        let start = &config.start;
        start.codebook(&samples, &config.counts, names, &scaler, config.seed)?
    };
    let source = set.source(config.input.has_missing(), config.is_balanced);
    let mut validation = session.validation;
    if let Some((validation, _)) = &mut validation {
        validation.check_validation(dim, &set.label_names)?;
        scaler.apply(&mut validation.vectors);
    }
    let validation = validation
        .as_ref()
        .map(|(set, patience)| (set.source(config.input.has_missing(), false), *patience));
    let mut training = Training::new().observe(observe);
    if let Some((validation, patience)) = &validation {
        training = training.validate(validation, *patience);
    }
    if let Some(checkpoint) = session.resume {
        training = training.resume(checkpoint);
    }
    if let Some((every, keep)) = session.keep {
        training = training.keep(every, keep);
    }
    let rule = config.rule.rule(config.seed)?;
    let outcome = rule.learn(&mut codebook, &source, training)?;
    provenance.rule = Some(config.rule.clone());
    provenance.seed = config.seed;
    let exemplars = set.exemplars(&codebook);
    let model = Model::new(
        set.label_names,
        config.input.clone(),
        scaler,
        codebook,
        provenance,
    );
    let model = model.and_then(|model| model.with_exemplars(exemplars));
    Ok(Trained {
        model: model.expect("every part was made from the same set"),
        history: outcome.history,
        best: outcome.best,
    })
}
