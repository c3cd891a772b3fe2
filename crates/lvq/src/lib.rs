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

mod activation;
mod batch;
mod checkpoint;
mod codebook;
mod codebook_edit;
mod cost;
mod cost_matrix;
mod decision;
mod descent;
mod distance;
mod elementary;
mod error;
mod float;
mod gradient;
#[cfg(test)]
mod gradient_check;
mod image;
mod init;
mod metric;
mod optimizer;
mod pair;
#[cfg(test)]
mod precision_check;
mod probability;
mod probe;
mod quasi_newton;
mod reject;
mod rule;
mod samples;
mod scaler;
pub mod schedule;
mod search;
mod shares;
mod source;
mod supervised;
mod training;
pub mod unsupervised;

pub use activation::Activation;
pub use checkpoint::Checkpoint;
pub use codebook::Codebook;
pub use cost_matrix::CostMatrix;
pub use decision::{Decision, RunnerUp};
pub use distance::{Nearest, Rows, Search, squared_euclidean};
pub use error::Error;
pub use float::Float;
pub use init::{Counts, Init};
pub use metric::Metric;
pub use optimizer::{Optimizer, Schedule};
pub use pair::Pair;
pub use probability::Calibration;
pub use reject::{Goal, Judged, Thresholds};
pub use rule::{Epoch, Online, Rule};
pub use samples::Samples;
pub use scaler::Scaler;
pub use source::Source;
pub use supervised::celvq::{Celvq, CelvqConfig};
pub use supervised::glvq::{Glvq, GlvqConfig};
pub use supervised::gmlvq::{Gmlvq, GmlvqConfig};
pub use supervised::grlvq::{Grlvq, GrlvqConfig};
pub use supervised::lgmlvq::{Lgmlvq, LgmlvqConfig};
pub use supervised::lvq1::{Lvq1, Lvq1Config};
pub use supervised::lvq3::{Lvq3, Lvq3Config};
pub use supervised::lvq21::{Lvq21, Lvq21Config};
pub use supervised::olvq1::{Olvq1, Olvq1Config};
pub use supervised::rslvq::{Rslvq, RslvqConfig};
pub use supervised::sng::{Sng, SngConfig};
pub use supervised::two_nearest::{TwoNearest, WindowOn};
pub use training::{Outcome, Training};
