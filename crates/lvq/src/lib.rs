//! Learning Vector Quantization on plain vectors: labelled prototypes, reproducible to the bit.
//!
//! A [`Codebook`] holds labelled prototypes and a [`Metric`]; a vector gets the label of the nearest
//! one. [`Init`] places the prototypes, a [`Rule`] moves them, and [`Codebook::decide`] answers with
//! the runner-up and a margin. Without labels, [`unsupervised`] finds the shape of the
//! data: self-organizing maps, neural gas, k-means.
//!
//! ```
//! use mynah_lvq::{Codebook, Glvq, GlvqConfig, Init, Rule, Samples};
//! use std::ops::ControlFlow;
//!
//! // Two blobs in the plane, one vector a row, and the class of each.
//! let data: [f32; 12] = [0.0, 0.1, 0.2, -0.1, -0.1, 0.0, 1.0, 0.9, 1.2, 1.1, 0.9, 1.0];
//! let labels = [0, 0, 0, 1, 1, 1];
//! let samples = Samples::new(&data, 2, &labels, 2)?;
//!
//! let mut codebook: Codebook = Init::KMeans.codebook(&samples, 1, 7)?;
//! let glvq = Glvq::new(&GlvqConfig::default())?;
//! glvq.train(&mut codebook, &samples, &mut |_epoch| ControlFlow::Continue(()))?;
//!
//! let decision = codebook.decide(&[1.0, 1.1]);
//! assert_eq!(decision.label, 1);
//! assert!(decision.margin() > 0.5);
//! # Ok::<(), mynah_lvq::Error>(())
//! ```
//!
//! # Which rule
//! | rule | learns | by |
//! |---|---|---|
//! | [`Lvq1`], [`Olvq1`] | prototypes | moving the winner (Kohonen) |
//! | [`Lvq21`], [`Lvq3`] | prototypes | moving the two nearest at a border; a short polish |
//! | [`Glvq`] | prototypes | gradient of the relative distance difference: the one to start with |
//! | [`Sng`] | prototypes, relevances | GLVQ with neighbourhoods, for a poor start |
//! | [`Grlvq`] | and a relevance for each dimension | GLVQ's gradient |
//! | [`Gmlvq`], [`Lgmlvq`] | and a matrix for all, or for each prototype | GLVQ's gradient |
//! | [`Rslvq`], [`Celvq`] | prototypes, any metric | gradient of a likelihood ratio, a cross-entropy |
//!
//! Each trains on [`Samples`] in memory or any other [`Source`], accompanied by a [`Training`]
//! (validation and early stop, costs, checkpoints), or sample by sample from a stream ([`Online`]).
//!
//! # Conventions
//! - Vectors are rows of a row-major `[n × dim]` slice; labels are `u32` below `n_classes`.
//! - Every distance is **squared** and summed in the fixed order of [`squared_euclidean`], of the
//!   vectors or of their images under the metric. Ties go to the lowest prototype index.
//! - Codebooks, rules and initialisers work in `f32` (the default type parameter) and in `f64` ([`Float`]); [`Scaler`] in
//!   `f32` only.
//! - Same seed, same bytes: training uses every rayon thread there is, and its result depends
//!   neither on their number nor on the machine (no fused multiply-add, no function of the C library).
//! - Standardise first ([`Scaler`]): the distance weighs every dimension alike, and the default
//!   learning rate of [`Glvq`] assumes it.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
mod activation;
#[cfg(feature = "std")]
mod batch;
#[cfg(feature = "std")]
mod checkpoint;
#[cfg(feature = "std")]
mod codebook;
#[cfg(feature = "std")]
mod codebook_edit;
#[cfg(feature = "std")]
mod cost;
#[cfg(feature = "std")]
mod cost_matrix;
mod decision;
#[cfg(feature = "std")]
mod descent;
#[cfg(feature = "std")]
mod distance;
#[cfg(feature = "std")]
mod elementary;
mod error;
#[cfg(feature = "std")]
mod extent;
#[cfg(feature = "std")]
mod fake_quant;
#[cfg(feature = "std")]
mod float;
#[cfg(feature = "std")]
mod gradient;
#[cfg(feature = "std")]
#[cfg(test)]
mod gradient_check;
#[cfg(feature = "std")]
mod image;
#[cfg(feature = "std")]
mod init;
mod int8;
#[cfg(feature = "std")]
mod metric;
#[cfg(feature = "std")]
mod optimizer;
#[cfg(feature = "std")]
mod pair;
#[cfg(feature = "std")]
#[cfg(test)]
mod precision_check;
#[cfg(feature = "std")]
mod probability;
#[cfg(feature = "std")]
mod probe;
#[cfg(feature = "std")]
mod quantize_aware;
#[cfg(test)]
#[cfg(feature = "std")]
mod quantize_aware_check;
#[cfg(feature = "std")]
mod quasi_newton;
#[cfg(feature = "std")]
mod reject;
#[cfg(feature = "std")]
mod rule;
#[cfg(feature = "std")]
mod samples;
#[cfg(feature = "std")]
mod scaler;
#[cfg(feature = "std")]
mod scan;
#[cfg(feature = "std")]
pub mod schedule;
#[cfg(feature = "std")]
mod search;
#[cfg(feature = "std")]
mod shares;
#[cfg(feature = "std")]
mod source;
#[cfg(feature = "std")]
mod supervised;
#[cfg(feature = "std")]
mod training;
#[cfg(feature = "std")]
pub mod unsupervised;

#[cfg(feature = "std")]
pub use activation::Activation;
#[cfg(feature = "std")]
pub use checkpoint::Checkpoint;
#[cfg(feature = "std")]
pub use codebook::Codebook;
#[cfg(feature = "std")]
pub use cost_matrix::CostMatrix;
pub use decision::{Decision, RunnerUp};
#[cfg(feature = "std")]
#[doc(hidden)]
pub use distance::{Level, int8_peak, limit_instructions};
#[cfg(feature = "std")]
pub use distance::{Nearest, Rows, Search, squared_euclidean};
pub use error::Error;
#[cfg(feature = "std")]
pub use extent::{Extent, MovingExtent};
#[cfg(feature = "std")]
pub use fake_quant::{FakeQuant, FakeQuantGradient};
#[cfg(feature = "std")]
pub use float::Float;
#[cfg(feature = "std")]
pub use init::{Counts, Init};
#[cfg(feature = "std")]
pub use int8::{
    Certainty, Grid, IntBuffers, IntSearch, QuantizedBuffers, QuantizedCodebook, QuantizedParts,
    Reach, Steps,
};
pub use int8::{Cost, IntCodebook};
#[cfg(feature = "std")]
pub use metric::Metric;
#[cfg(feature = "std")]
pub use optimizer::{Optimizer, Schedule};
#[cfg(feature = "std")]
pub use pair::Pair;
#[cfg(feature = "std")]
pub use probability::Calibration;
#[cfg(feature = "std")]
pub use quantize_aware::QuantizeAware;
#[cfg(feature = "std")]
pub use reject::{Goal, Judged, Thresholds};
#[cfg(feature = "std")]
pub use rule::{Epoch, Online, Rule};
#[cfg(feature = "std")]
pub use samples::Samples;
#[cfg(feature = "std")]
pub use scaler::Scaler;
#[cfg(feature = "std")]
pub use scan::Scan;
#[cfg(feature = "std")]
pub use source::Source;
#[cfg(feature = "std")]
pub use supervised::celvq::{Celvq, CelvqConfig};
#[cfg(feature = "std")]
pub use supervised::glvq::{Glvq, GlvqConfig};
#[cfg(feature = "std")]
pub use supervised::gmlvq::{Gmlvq, GmlvqConfig};
#[cfg(feature = "std")]
pub use supervised::grlvq::{Grlvq, GrlvqConfig};
#[cfg(feature = "std")]
pub use supervised::lgmlvq::{Lgmlvq, LgmlvqConfig};
#[cfg(feature = "std")]
pub use supervised::lvq1::{Lvq1, Lvq1Config};
#[cfg(feature = "std")]
pub use supervised::lvq3::{Lvq3, Lvq3Config};
#[cfg(feature = "std")]
pub use supervised::lvq21::{Lvq21, Lvq21Config};
#[cfg(feature = "std")]
pub use supervised::olvq1::{Olvq1, Olvq1Config};
#[cfg(feature = "std")]
pub use supervised::rslvq::{Rslvq, RslvqConfig};
#[cfg(feature = "std")]
pub use supervised::sng::{Sng, SngConfig};
#[cfg(feature = "std")]
pub use supervised::two_nearest::{TwoNearest, WindowOn};
#[cfg(feature = "std")]
pub use training::{Outcome, Training};
