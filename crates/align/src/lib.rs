//! A variable-length sequence of feature frames becomes one vector of fixed size.
//!
//! Two answers live here. [`AlignConfig::Pad`] is the classical one: the first `n_frames` frames, zeros where the sequence
//! is shorter. [`AlignConfig::Warp`] finds the word first (its end points, by loudness) and stretches or squeezes it to
//! `n_frames`, so that a slow and a quick speaker, or a late and an early start, give nearly the same vector.
//!
//! ```
//! use mynah_align::{Aligner, AlignConfig};
//!
//! // Eight frames of two coefficients; the first coefficient is the loudness.
//! let loudness = [0.0, 0.0, 5.0, 9.0, 8.0, 4.0, 0.0, 0.0];
//! let frames: Vec<f32> = loudness.iter().flat_map(|&l| [l, 1.0]).collect();
//!
//! let aligner = Aligner::new(&AlignConfig::warp())?;
//! let mut scratch = Vec::new();
//! let word = aligner.region(&loudness, &mut scratch);
//! let mut vector = vec![0.0; aligner.output_len(2)];
//! aligner.align_into(&frames[word.start * 2..word.end * 2], 2, &mut vector);
//! # Ok::<(), mynah_align::ConfigError>(())
//! ```
//!
//! # Conventions
//! - A sequence is row-major, `[n_frames × n_coeffs]`. Nothing here knows what a frame is in time.
//! - Alignment has two steps because normalisation belongs between them: [`Aligner::region`] says which frames are the
//!   word, the caller normalises those frames (or does not), [`Aligner::align_into`] makes the vector.
//! - Construction checks and can fail; neither step does, and neither allocates once the caller's scratch has grown.
#![forbid(unsafe_code)]

mod endpoint;
mod pad;
mod warp;

use std::ops::Range;

pub use endpoint::EndpointConfig;
pub use pad::PadConfig;
pub use warp::WarpConfig;

use pad::Pad;
use warp::Warp;

/// The largest number of frames that a setting may ask for; above it a mistyped option would ask for gigabytes.
pub const MAX_FRAMES: usize = 10_000;

/// Which alignment, with its settings.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields, tag = "method")
)]
pub enum AlignConfig {
    /// Zero-fill or truncate.
    Pad(PadConfig),
    /// Find the word and normalise its length.
    Warp(WarpConfig),
}

impl AlignConfig {
    /// [`Pad`](Self::Pad) with its defaults.
    pub fn pad() -> Self {
        Self::Pad(PadConfig::default())
    }

    /// [`Warp`](Self::Warp) with its defaults.
    pub fn warp() -> Self {
        Self::Warp(WarpConfig::default())
    }

    /// How many regions [`Aligner::training_regions`] gives for a `shift`.
    pub fn n_training_regions(&self, shift: usize) -> usize {
        match self {
            Self::Warp(_) if shift > 0 => endpoint::N_SHIFTED,
            _ => 1,
        }
    }

    /// The same alignment with vectors of `n_frames` frames.
    pub fn with_n_frames(mut self, n_frames: usize) -> Self {
        match &mut self {
            Self::Pad(config) => config.n_frames = n_frames,
            Self::Warp(config) => config.n_frames = n_frames,
        }
        self
    }
}

/// A checked alignment, ready to run.
#[derive(Clone, Debug)]
pub struct Aligner(Method);

#[derive(Clone, Debug)]
enum Method {
    Pad(Pad),
    Warp(Warp),
}

impl Aligner {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`ConfigError`] names the field, what it got and what is allowed.
    pub fn new(config: &AlignConfig) -> Result<Self, ConfigError> {
        Ok(Self(match config {
            AlignConfig::Pad(config) => Method::Pad(Pad::new(config)?),
            AlignConfig::Warp(config) => Method::Warp(Warp::new(config)?),
        }))
    }

    /// The frames that belong to the word: all of them for [`AlignConfig::Pad`], those between the end points for
    /// [`AlignConfig::Warp`]. `loudness` is one value a frame, on a logarithmic scale of any unit and offset. Never empty
    /// unless `loudness` is. `scratch` may hold anything; it grows to the length of `loudness`, and only then is memory
    /// allocated.
    pub fn region(&self, loudness: &[f32], scratch: &mut Vec<f32>) -> Range<usize> {
        match &self.0 {
            Method::Pad(_) => 0..loudness.len(),
            Method::Warp(warp) => warp.endpoint().find(loudness, scratch),
        }
    }

    /// The word's frames for training: the region as found and, where there are end points to be unsure of, four more
    /// with them moved by `shift` frames (wider, narrower, earlier, later); the narrower one stays within the word and may
    /// equal it. `loudness` and `scratch` as for [`region`](Self::region).
    pub fn training_regions(
        &self,
        loudness: &[f32],
        shift: usize,
        scratch: &mut Vec<f32>,
    ) -> Vec<Range<usize>> {
        let word = self.region(loudness, scratch);
        match &self.0 {
            Method::Pad(_) => vec![word],
            Method::Warp(_) => endpoint::shifted(&word, loudness.len(), shift),
        }
    }

    /// Length of the vector made from frames of `n_coeffs` coefficients.
    pub fn output_len(&self, n_coeffs: usize) -> usize {
        match &self.0 {
            Method::Pad(pad) => pad.output_len(n_coeffs),
            Method::Warp(warp) => warp.output_len(n_coeffs),
        }
    }

    /// Makes the vector from the word's frames, `[n × n_coeffs]` row-major.
    ///
    /// # Panics
    /// When `out` is not [`output_len`](Self::output_len) long, or `frames` is empty or not whole frames.
    pub fn align_into(&self, frames: &[f32], n_coeffs: usize, out: &mut [f32]) {
        assert!(
            !frames.is_empty() && frames.len().is_multiple_of(n_coeffs),
            "frames: {} values are not whole frames of {n_coeffs}",
            frames.len()
        );
        assert_eq!(
            out.len(),
            self.output_len(n_coeffs),
            "out has the wrong length"
        );
        match &self.0 {
            Method::Pad(pad) => pad.align_into(frames, out),
            Method::Warp(warp) => warp.align_into(frames, n_coeffs, out),
        }
    }
}

/// A setting that cannot work.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The number of frames of the vector.
    #[error("n_frames is {got}; allowed are 2 to {MAX_FRAMES}")]
    Frames {
        /// The refused value.
        got: usize,
    },
    /// A fraction outside its range.
    #[error("{field} is {got}; allowed is a number from 0 to 1")]
    Fraction {
        /// Which field.
        field: &'static str,
        /// The refused value.
        got: f32,
    },
    /// Quantiles in the wrong order.
    #[error(
        "low_quantile is {low} and high_quantile {high}; the low one must be below the high one"
    )]
    Quantiles {
        /// The refused low quantile.
        low: f32,
        /// The refused high quantile.
        high: f32,
    },
    /// The frames kept around the speech.
    #[error("margin_frames is {got}; allowed are 0 to {MAX_FRAMES}")]
    Margin {
        /// The refused value.
        got: usize,
    },
}

fn check_n_frames(got: usize) -> Result<(), ConfigError> {
    if (2..=MAX_FRAMES).contains(&got) {
        Ok(())
    } else {
        Err(ConfigError::Frames { got })
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use serde::Deserialize;
    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    #[test]
    fn files_with_unknown_or_missing_fields_are_refused() {
        let refusal = |fields: &[(&'static str, usize)]| {
            let fields = MapDeserializer::<_, Error>::new(fields.iter().copied());
            PadConfig::deserialize(fields).unwrap_err().to_string()
        };
        assert!(refusal(&[]).contains("missing field `n_frames`"));
        assert!(refusal(&[("n_frames", 8), ("margin", 4)]).contains("unknown field `margin`"));
    }
}
