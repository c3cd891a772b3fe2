//! What can go wrong between samples and a decision.

use std::io;
use std::path::PathBuf;

/// Why a word could not be turned into a vector, or a model could not be made.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A feature setting that cannot work.
    #[error("features: {0}")]
    Features(#[from] mynah_dsp::ConfigError),
    /// An alignment setting that cannot work.
    #[error("alignment: {0}")]
    Align(#[from] mynah_align::ConfigError),
    /// Prototypes or training refused.
    #[error("training: {0}")]
    Lvq(#[from] mynah_lvq::Error),
    /// The features are already normalised.
    #[error(
        "the feature configuration has a cmvn of its own; set it to none, the pipeline normalises the word"
    )]
    CmvnTwice,
    /// [`PipelineConfig::mean_prior`](crate::PipelineConfig::mean_prior) out of its range.
    #[error("mean_prior is {got}; it must be a number of frames, at least 0")]
    MeanPrior {
        /// The setting.
        got: f32,
    },
    /// The features have no column for the loudness, by which a word's end points are found.
    #[error(
        "the feature configuration gives log mel energies; set its kind to mfcc, the end points need c0 or the energy"
    )]
    NotCepstra,
    /// A sound heard by another pipeline.
    #[error(
        "a sound has {got} mel bands and the training's pipeline {needed}; hear every clip by the pipeline of the training"
    )]
    OtherBands {
        /// Bands of the sound.
        got: usize,
        /// Bands of the pipeline.
        needed: usize,
    },
    /// An augmentation setting out of its range.
    #[error("augmentation: {field} is {got}; it must be {allowed}")]
    Augment {
        /// The field of [`AugmentConfig`](crate::AugmentConfig).
        field: &'static str,
        /// The setting.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// A clip that the features refuse.
    #[error("{0}")]
    Clip(#[from] mynah_dsp::ClipError),
    /// Less than one analysis frame.
    #[error(
        "too short: {got} samples, one frame needs {needed}; record at least a tenth of a second"
    )]
    TooShort {
        /// Samples given.
        got: usize,
        /// Samples of one frame.
        needed: usize,
    },
    /// NaN or infinity among the samples.
    #[error("sample {index} is not a finite number; the recording is damaged, make it again")]
    NonFinite {
        /// Index of the first such sample.
        index: usize,
    },
    /// Nothing to learn from.
    #[error("training needs at least two different words, got {got}; give clips of more words")]
    TooFewClasses {
        /// Different labels given.
        got: usize,
    },
    /// A word among the names that no vector carries.
    #[error("training has no example of {label:?}; give one, or leave the word out")]
    NoExample {
        /// The word.
        label: String,
    },
    /// Vectors that another pipeline made.
    #[error(
        "the training vectors have {got} values, this pipeline makes {needed}; use the same for both"
    )]
    VectorLength {
        /// Length of the vectors given.
        got: usize,
        /// Length the pipeline makes.
        needed: usize,
    },
    /// Vectors without values, or with another number of names.
    #[error(
        "vectors of the shape {shape:?} with {n_columns} names; both must tell of the same values"
    )]
    Shape {
        /// Shape of a vector.
        shape: Vec<usize>,
        /// Names given.
        n_columns: usize,
    },
    /// A model in whole numbers, for what needs the prototypes as training left them.
    #[error(
        "the model is quantized, and its prototypes are fixed; go back to the model it was made from"
    )]
    Quantized,
    /// A model in floating-point numbers, for what takes whole ones.
    #[error("the model is in floating-point numbers; quantize it first, with `mynah quantize`")]
    NotQuantized,
    /// A prefix for names in C that is none.
    #[error("{name:?} cannot begin a name in C; give letters, digits and _, a letter first")]
    CName {
        /// What was given.
        name: String,
    },
    /// A model that may meet absent values, for whole numbers.
    #[error(
        "the model allows absent values, for which whole numbers have no place; train it on rows that are whole"
    )]
    AbsentValues,
    /// Sound for a model of vectors.
    #[error("the model takes vectors, not sound; give it a file of vectors")]
    NotSound,
    /// A word among the examples that no prototype carries.
    #[error("the start has no prototype of {label:?}; give it one, or start by k-means")]
    NoPrototype {
        /// The word.
        label: String,
    },
    /// Prototypes to start from that are of other vectors.
    #[error(
        "the start has vectors of {got} values, the training of {needed}; make both from the same data"
    )]
    StartLength {
        /// Values of a prototype.
        got: usize,
        /// Values of a training vector.
        needed: usize,
    },
    /// Nothing to validate by.
    #[error("the validation part has no example of the training's words; choose another part")]
    Validation,
    /// A word to be added that the model knows already.
    #[error("the model knows {label:?} already; leave it out, or train anew")]
    KnownLabel {
        /// The word.
        label: String,
    },
    /// A word the model does not know.
    #[error("there is no word {label:?}; it knows {}", known.join(", "))]
    UnknownLabel {
        /// The word.
        label: String,
        /// The words it knows.
        known: Vec<String>,
    },
    /// No room for what training keeps of sounds.
    #[error(
        "{}: cannot take what training keeps of the clips, {n_bytes} bytes so far: {fault}; make room there, name a folder on \
         another disk, or allow more memory", folder.display()
    )]
    Scratch {
        /// Where the temporary file was to be.
        folder: PathBuf,
        /// Bytes it had to hold.
        n_bytes: u64,
        /// What the system says.
        fault: io::Error,
    },
    /// What training kept of a sound cannot be read back.
    #[error(
        "{}: cannot read back what training kept of the clips: {fault}; check the disk, or name a folder on another", folder.display()
    )]
    ScratchLost {
        /// Where the temporary file is.
        folder: PathBuf,
        /// What the system says.
        fault: io::Error,
    },
    /// Setting of the segmenter.
    #[error("segmenter: {field} is {got}; allowed is {allowed}")]
    Segmenter {
        /// Which field.
        field: &'static str,
        /// The refused value.
        got: f32,
        /// What would do.
        allowed: &'static str,
    },
    /// A word that cannot be enrolled.
    #[error("{keyword:?} cannot be a keyword: {fault}")]
    Keyword {
        /// The word, or its beginning.
        keyword: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// No recording that is fit to be learnt from.
    #[error("no recording is fit to learn the keyword from{}", lines(faults))]
    NoRecording {
        /// What is wrong with each.
        faults: Vec<String>,
    },
    /// No sound without the keyword.
    #[error(
        "the built-in sounds without a keyword are not for a model at {sample_rate} Hz; give some of your own"
    )]
    NoNegatives {
        /// Of the model, Hz.
        sample_rate: u32,
    },
    /// Setting of the spotter.
    #[error("spotter: {field} is {got}; allowed is {allowed}")]
    Spotter {
        /// Which field.
        field: &'static str,
        /// The refused value.
        got: f32,
        /// What would do.
        allowed: &'static str,
    },
    /// Setting of an enrolment.
    #[error("enrolment: {field} is {got}; allowed is {allowed}")]
    Enrol {
        /// Which field.
        field: &'static str,
        /// The refused value.
        got: f64,
        /// What would do.
        allowed: &'static str,
    },
    /// A model of background alone.
    #[error(
        "every label of the model begins with _, which is background; there is no keyword to spot"
    )]
    NoKeyword,
}

fn lines(faults: &[String]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}
