//! A variable-length sequence of feature frames becomes one vector of fixed size.
//!
//! Two answers live here. [`Pad`] is the classical one: the first `n_frames` frames, zeros where the sequence is shorter.
//! [`Warp`] finds the word first (its end points, by loudness) and stretches or squeezes it to `n_frames`, so that
//! a slow and a quick speaker, or a late and an early start, give nearly the same vector.
//!
//! ```
//! use mynah_align::{Aligner, AlignConfig};
//!
//! // Eight frames of two coefficients; the first coefficient is the loudness.
//! let loudness = [0.0, 0.0, 5.0, 9.0, 8.0, 4.0, 0.0, 0.0];
//! let frames: Vec<f32> = loudness.iter().flat_map(|&l| [l, 1.0]).collect();
//!
//! let aligner = Aligner::new(&AlignConfig::warp())?;
//! let word = aligner.region(&loudness);
//! let mut vector = vec![0.0; aligner.output_len(2)];
//! aligner.align_into(&frames[word.start * 2..word.end * 2], 2, &mut vector);
//! # Ok::<(), mynah_align::ConfigError>(())
//! ```
//!
//! # Conventions
//! - A sequence is row-major, `[n_frames × n_coeffs]`. Nothing here knows what a frame is in time.
//! - Alignment has two steps because normalisation belongs between them: [`Aligner::region`] says which frames are the
//!   word, the caller normalises those frames (or does not), [`Aligner::align_into`] makes the vector.
//! - Construction checks and can fail; neither step allocates much nor fails.

mod endpoint;
mod pad;
mod warp;

use std::ops::Range;

pub use endpoint::{Endpoint, EndpointConfig};
pub use pad::{Pad, PadConfig};
pub use warp::{Warp, WarpConfig};

/// The largest `n_frames` a vector may have; above it a mistyped option would ask for gigabytes.
pub const MAX_FRAMES: usize = 10_000;

/// Which alignment, with its settings.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", tag = "method"))]
pub enum AlignConfig {
    /// Zero-fill or truncate.
    Pad(PadConfig),
    /// Find the word and normalise its length.
    Warp(WarpConfig),
}

impl AlignConfig {
    /// [`Pad`] with its defaults.
    pub fn pad() -> Self {
        Self::Pad(PadConfig::default())
    }

    /// [`Warp`] with its defaults.
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
pub enum Aligner {
    /// Zero-fill or truncate.
    Pad(Pad),
    /// Find the word and normalise its length.
    Warp(Warp),
}

impl Aligner {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`ConfigError`] names the field, what it got and what is allowed.
    pub fn new(config: &AlignConfig) -> Result<Self, ConfigError> {
        Ok(match config {
            AlignConfig::Pad(config) => Self::Pad(Pad::new(config)?),
            AlignConfig::Warp(config) => Self::Warp(Warp::new(config)?),
        })
    }

    /// The frames that belong to the word: all of them for [`Pad`], those between the end points for [`Warp`].
    /// `loudness` is one value a frame, on a logarithmic scale of any unit and offset. Never empty unless `loudness` is.
    pub fn region(&self, loudness: &[f32]) -> Range<usize> {
        match self {
            Self::Pad(_) => 0..loudness.len(),
            Self::Warp(warp) => warp.endpoint().find(loudness),
        }
    }

    /// The word's frames for training: the region as found and, where there are end points to be unsure of, four more
    /// with them moved by `shift` frames (wider, narrower, earlier, later). `loudness` as for [`region`](Self::region).
    pub fn training_regions(&self, loudness: &[f32], shift: usize) -> Vec<Range<usize>> {
        let word = self.region(loudness);
        match self {
            Self::Pad(_) => vec![word],
            Self::Warp(_) => endpoint::shifted(&word, loudness.len(), shift),
        }
    }

    /// Length of the vector made from frames of `n_coeffs` coefficients.
    pub fn output_len(&self, n_coeffs: usize) -> usize {
        match self {
            Self::Pad(pad) => pad.output_len(n_coeffs),
            Self::Warp(warp) => warp.output_len(n_coeffs),
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
        match self {
            Self::Pad(pad) => pad.align_into(frames, out),
            Self::Warp(warp) => warp.align_into(frames, n_coeffs, out),
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
    /// Percentiles in the wrong order.
    #[error(
        "low_percentile is {low} and high_percentile {high}; the low one must be below the high one"
    )]
    Percentiles {
        /// The refused low percentile.
        low: f32,
        /// The refused high percentile.
        high: f32,
    },
}

fn check_n_frames(got: usize) -> Result<(), ConfigError> {
    if (2..=MAX_FRAMES).contains(&got) {
        Ok(())
    } else {
        Err(ConfigError::Frames { got })
    }
}
