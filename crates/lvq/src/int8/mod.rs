//! Prototypes and inputs in whole numbers.
//!
//! Both lie on one grid of step s around 0, so that a squared distance is s² times a whole number, whatever the machine and the
//! order of the sum. What a metric does is done before: prototypes and inputs are their images.

#[cfg(feature = "std")]
mod certainty;
mod codebook;
#[cfg(feature = "std")]
mod grid;
mod packed;
#[cfg(feature = "std")]
mod quantized;
#[cfg(feature = "std")]
pub(crate) mod range;
#[cfg(feature = "std")]
mod search;
#[cfg(all(test, feature = "std"))]
mod searches;

#[cfg(feature = "std")]
pub use certainty::Certainty;
pub use codebook::{Cost, IntCodebook};
#[cfg(feature = "std")]
pub use grid::Grid;
#[cfg(feature = "std")]
pub use quantized::{QuantizedBuffers, QuantizedCodebook, QuantizedParts};
#[cfg(feature = "std")]
pub use range::{Reach, Steps};
#[cfg(feature = "std")]
pub use search::{IntBuffers, IntSearch};
