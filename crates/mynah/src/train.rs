//! Labelled vectors to a model: scaler, prototypes, learning rule.

use std::ops::ControlFlow;

use half::f16;
use mynah_lvq::{
    Checkpoint, Codebook, Counts, Epoch, GmlvqConfig, Init, Metric, QuantizeAware, Samples,
    Training,
};

use crate::{
    AugmentConfig, Error, Input, Model, Pipeline, PipelineConfig, Provenance, RuleConfig,
    Standardise, Start, TrainingSet,
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
    /// The learning rule. Default GMLVQ, which for sound learns one matrix for all frames of the words.
    pub rule: RuleConfig,
    /// How clips are changed each time they are learnt, where their sound is known. Default
    /// [`AugmentConfig::default`]; `None` for as they are.
    pub augment: Option<AugmentConfig>,
    /// Frames of a word that slide together (see [`Codebook::with_block`]). Default 8; 0 for all.
    pub block_frames: usize,
    /// Whether every word counts the same, however many clips it has. Default no: every clip counts the same.
    pub is_balanced: bool,
    /// For a model that will be brought to whole numbers: training sees everything rounded, and the card keeps the grid,
    /// see [`RuleConfig::can_quantize`]. Default `None`.
    pub quantize_aware: Option<QuantizeAware>,
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
            rule: RuleConfig::Gmlvq(GmlvqConfig::default()),
            augment: Some(AugmentConfig::default()),
            block_frames: 8,
            is_balanced: false,
            quantize_aware: None,
            seed: 1,
        }
    }
}

/// Prototypes of a model by [`TrainConfig::counts_for`], within these bounds a word.
const IN_ALL: usize = 240;
const PER_WORD: [usize; 2] = [4, 12];
/// Clips heard in all passes together by [`TrainConfig::for_recordings`], within these bounds of passes.
const LESSONS: usize = 60_000;
const PASSES: [usize; 2] = [60, 300];
/// Batches of a pass, within these bounds of their size.
const N_BATCHES: usize = 8;
const BATCHES: [usize; 2] = [64, 256];

impl TrainConfig {
    /// The defaults for `n_clips` recordings of `n_words` words at 16 kHz. A handful is passed over more often than many, in small
    /// batches, and every word counts the same: how many clips it has does not tell how often it is said.
    pub fn for_recordings(n_words: usize, n_clips: usize) -> Self {
        let [fewest, most] = PASSES;
        let mut rule = GmlvqConfig::default();
        rule.n_epochs = (LESSONS / n_clips.max(1)).clamp(fewest, most);
        let [smallest, largest] = BATCHES;
        rule.batch_size = (n_clips / N_BATCHES).clamp(smallest, largest);
        Self {
            counts: Self::counts_for(n_words),
            rule: RuleConfig::Gmlvq(rule),
            is_balanced: true,
            ..Self::default()
        }
    }

    /// Prototypes for each of `n_words` words: about 240 in all, 4 to 12 each.
    pub fn counts_for(n_words: usize) -> Counts {
        let [fewest, most] = PER_WORD;
        Counts::Equal((IN_ALL / n_words.max(1)).clamp(fewest, most))
    }
}

/// Rows of each prototype's matrix for words, where the rule does not say: square ones would be 700,000 values for each of
/// them, and learn the voices by heart.
const LOCAL_ROWS: usize = 10;

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

/// Trains a model; the set is used up, as it may be large. `observe` is called after each pass over the set and may stop the
/// training there; what was learned so far is then kept. The same set, settings and seed give the same bytes for any
/// number of threads.
///
/// Prototypes learn from all of the set. They start on all of it too, but of more sounds than make 128 MB of vectors (40,000
/// by the default pipeline) on as many, drawn by the seed, the same number of each word where it has them.
///
/// # Errors
/// [`Error::TooFewClasses`], [`Error::NoExample`] for a name that no vector carries, [`Error::VectorLength`] for
/// vectors that another pipeline made, [`Error::Lvq`] for settings out of range, [`Error::ScratchLost`] for sounds that
/// cannot be read back, [`Error::Augment`], [`Error::OtherBands`].
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
    if let Some(augment) = &config.augment {
        augment.check()?;
    }
    let scaler = match config.start.scaler(dim)? {
        Some(given) => given,
        None => set.fit(&config.input, config.standardise)?,
    };
    set.standardise(&scaler);
    let mut codebook = {
        let start = set.start(&config.input, &scaler, &config.counts, config.seed)?;
        let n_classes = set.label_names.len();
        let samples = Samples::new(&start.vectors, dim, &start.labels, n_classes)?;
        let names = &set.label_names;
        let counts = &start.counts;
        config
            .start
            .codebook(&samples, counts, names, &scaler, config.seed)?
    };
    if let Input::Audio(pipeline) = &config.input {
        codebook = elastic(config, &Pipeline::new(pipeline)?, codebook)?;
    }
    let weights = set.weights(config.is_balanced);
    let source = set.source(config, config.augment.as_ref(), &scaler, weights)?;
    let mut validation = session.validation;
    if let Some((validation, _)) = &mut validation {
        validation.check_validation(dim, &set.label_names)?;
        validation.standardise(&scaler);
    }
    let validation = match &validation {
        Some((set, patience)) => {
            let weights = set.weights(false);
            Some((set.source(config, None, &scaler, weights)?, *patience))
        }
        None => None,
    };
    let mut training = Training::new().observe(observe);
    if let Some((validation, patience)) = &validation {
        training = training.validate(validation.as_ref(), *patience);
    }
    if let Some(aware) = config.quantize_aware {
        training = training.quantize_aware(aware);
    }
    if let Some(checkpoint) = session.resume {
        training = training.resume(checkpoint);
    }
    if let Some((every, keep)) = session.keep {
        training = training.keep(every, keep);
    }
    let rule = config.rule.rule(config.seed)?;
    let outcome = rule.learn(&mut codebook, source.as_ref(), training)?;
    drop((source, validation));
    provenance.rule = Some(config.rule.clone());
    provenance.seed = config.seed;
    provenance.learnt_grid = outcome.grid;
    if let Input::Audio(_) = config.input {
        codebook = in_halves(&codebook)?;
    }
    let exemplars = set.exemplars(&config.input, &scaler, &codebook)?;
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

/// The prototypes rounded to 16-bit floats, in which a file takes half the room. Standardised values lie within ±20 or
/// so, where the rounding, at most 2⁻¹¹ of the value, is far below what tells two words apart; beyond what 16 bits can hold
/// nothing is rounded.
pub(crate) fn in_halves(codebook: &Codebook) -> Result<Codebook, Error> {
    let round = |&w: &f32| Some(f16::from_f32(w).to_f32()).filter(|half| half.is_finite());
    let Some(rounded) = codebook.prototypes().iter().map(round).collect() else {
        return Ok(codebook.clone());
    };
    with_prototypes(codebook, rounded)
}

/// The same labels under the same metric at other places, `[n × dim]`.
pub(crate) fn with_prototypes(codebook: &Codebook, places: Vec<f32>) -> Result<Codebook, Error> {
    let (dim, n_classes) = (codebook.dim(), codebook.n_classes());
    let moved = Codebook::new(dim, n_classes, places, codebook.labels().to_vec())?;
    let moved = moved.with_metric(codebook.metric().clone())?;
    Ok(moved.with_block(codebook.block())?)
}

/// Prototypes of sound: for GMLVQ a metric that all frames share, for LGMLVQ matrices of few rows, and otherwise parts that
/// slide each on their own.
fn elastic(
    config: &TrainConfig,
    pipeline: &Pipeline,
    codebook: Codebook,
) -> Result<Codebook, Error> {
    let n_coeffs = pipeline.n_coeffs();
    let is_plain = *codebook.metric() == Metric::Euclidean;
    let codebook = match &config.rule {
        RuleConfig::Gmlvq(_) if is_plain => {
            codebook.with_metric(Metric::shared_identity(n_coeffs))?
        }
        RuleConfig::Lgmlvq(rule) if is_plain && rule.n_rows.is_none() => {
            let (n, dim) = (codebook.n_prototypes(), codebook.dim());
            codebook.with_metric(Metric::local_identities(n, LOCAL_ROWS.min(dim), dim))?
        }
        _ => codebook,
    };
    // A matrix over the whole word mixes its parts, which then cannot slide apart.
    let is_mixed = matches!(config.rule, RuleConfig::Lgmlvq(_))
        || matches!(
            codebook.metric(),
            Metric::Omega { .. } | Metric::LocalOmegas { .. }
        );
    if config.block_frames == 0 || pipeline.n_views() == 1 || is_mixed {
        return Ok(codebook);
    }
    let block = (config.block_frames * n_coeffs).min(codebook.dim());
    Ok(codebook.with_block(block)?)
}
