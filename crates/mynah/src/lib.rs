//! Teach a machine to recognise spoken words from a handful of recordings.
//!
//! This crate joins the road: samples → MFCC frames ([`mynah_dsp`]) → one vector a word ([`mynah_align`]) → the nearest
//! labelled prototype ([`mynah_lvq`]). [`train()`] makes a [`Model`], [`Recognizer`] uses it, [`Segmenter`] cuts words
//! out of a stream.
//!
//! ```
//! use mynah::{Model, Pipeline, PipelineConfig, Provenance, Recognizer, TrainConfig, TrainingSet};
//!
//! // Two "words": a rising and a falling tone, said by four voices. Real ones come from `mynah-audio`.
//! let word = |rises: bool, voice: f32| -> Vec<f32> {
//!     let sweep = |t: f32| if rises { t } else { 1.0 - t };
//!     (0..8_000)
//!         .map(|i| i as f32 / 8_000.0)
//!         .map(|t| 0.3 * (900.0 * voice * (1.0 + sweep(t)) * t).sin() * (std::f32::consts::PI * t).sin())
//!         .collect()
//! };
//!
//! let config = TrainConfig::for_recordings(2, 8);
//! let mut pipeline = Pipeline::new(&PipelineConfig::default())?;
//! let mut set = TrainingSet::new(pipeline.dim(), vec!["up".into(), "down".into()]);
//! for voice in [0.8, 0.95, 1.1, 1.25] {
//!     set.hear(&mut pipeline, &word(true, voice), "up", "rising")?;
//!     set.hear(&mut pipeline, &word(false, voice), "down", "falling")?;
//! }
//! let model = mynah::train(&config, set, Provenance::new(), &mut |_| std::ops::ControlFlow::Continue(()))?;
//!
//! // One file, checked as a whole when it is read.
//! let model = Model::from_bytes(&model.to_bytes())?;
//! let decision = Recognizer::new(&model).classify(&word(true, 1.0))?.label.to_string();
//! assert_eq!(decision, "up");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Conventions
//! Samples are mono `f32` of full scale ±1 at the model's rate; resample before. Distances are squared Euclidean in
//! standardised units. Nothing here prints, reads arguments or knows a corpus.

#![forbid(unsafe_code)]

mod add;
mod answers;
mod augment;
mod c_header;
mod cluster;
mod clusters;
mod container;
mod correct;
mod cut;
mod draw;
pub mod enrol;
mod error;
mod exemplars;
mod first_views;
mod input;
mod lessons;
mod model;
mod pipeline;
mod prototypes;
mod provenance;
mod quantize;
mod recognizer;
mod regression;
mod rule;
mod scratch;
mod segmenter;
mod spotter;
mod spotting;
mod start;
mod train;
mod training_set;
mod trust;
mod why;

pub use mynah_align::{self as align, AlignConfig};
pub use mynah_dsp::{self as dsp, MfccConfig};
pub use mynah_lvq as lvq;

pub use answers::{Answer, Flip};
pub use augment::AugmentConfig;
pub use cluster::{ClusterConfig, ClusterMethod, Clustered, cluster};
pub use clusters::{Clusters, MapShape};
pub use container::{ModelError, clip_digest};
pub use correct::{Change, Correction, Mistake, Tally};
pub use cut::Cut;
pub use error::Error;
pub use input::{Input, VectorInput};
pub use model::Model;
pub use pipeline::{Pipeline, PipelineConfig};
pub use prototypes::Prototypes;
pub use provenance::{Measured, Provenance};
pub use quantize::{Compared, Comparison, Quantizer};
pub use recognizer::{Decision, Recognizer};
pub use regression::Regression;
pub use rule::RuleConfig;
pub use scratch::{Scratch, Sound};
pub use segmenter::{Segmenter, SegmenterConfig, Utterance};
pub use spotter::{SpotEvent, SpotMode, Spotter, SpotterConfig};
pub use spotting::{Budget, Spotting, is_background};
pub use start::{OwnStart, Standardise, Start};
pub use train::{Session, TrainConfig, Trained, train, train_in};
pub use training_set::TrainingSet;
pub use trust::{Reject, Trust};
pub use why::{Explanation, Witness};
