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
//! let word = aligner.region(&loudness, 0.0, &mut scratch);
//! let mut vector = vec![0.0; aligner.output_len(2)];
//! aligner.align_into(&frames, 2, word, 0, &mut vector);
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
/// The largest number of slid views to a side that a setting may ask for.
pub const MAX_SLIDES: usize = 16;

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
    /// allocated. `shift` is added to the threshold of [`EndpointConfig::threshold`], for training to learn words that are cut
    /// a little otherwise; 0 in use.
    pub fn region(&self, loudness: &[f32], shift: f32, scratch: &mut Vec<f32>) -> Range<usize> {
        match &self.0 {
            Method::Pad(_) => 0..loudness.len(),
            Method::Warp(warp) => warp.endpoint().find(loudness, shift, scratch),
        }
    }

    /// Vectors a word has: one for [`AlignConfig::Pad`], with the slid ones for [`AlignConfig::Warp`].
    pub fn n_views(&self) -> usize {
        match &self.0 {
            Method::Pad(_) => 1,
            Method::Warp(warp) => warp.n_views(),
        }
    }

    /// How often a word is cut in use, at least once.
    pub fn n_cuts(&self) -> usize {
        match &self.0 {
            Method::Warp(warp) if warp.cut_frames() > 0 => endpoint::N_CUTS,
            _ => 1,
        }
    }

    /// Cut `cut` of the word that [`region`](Self::region) found in a clip of `n_frames`: 0 as found, then wider, narrower,
    /// earlier and later (see [`WarpConfig::cut_frames`]). Never empty unless `word` is; the narrower one stays within the
    /// word and may equal it.
    pub fn cut(&self, word: &Range<usize>, n_frames: usize, cut: usize) -> Range<usize> {
        match &self.0 {
            Method::Warp(warp) => endpoint::cut(word, n_frames, cut, warp.cut_frames()),
            Method::Pad(_) => word.clone(),
        }
    }

    /// Length of the vector made from frames of `n_coeffs` coefficients.
    pub fn output_len(&self, n_coeffs: usize) -> usize {
        match &self.0 {
            Method::Pad(pad) => pad.output_len(n_coeffs),
            Method::Warp(warp) => warp.output_len(n_coeffs),
        }
    }

    /// Makes view `view` of the frames `word` out of all the clip's, `[n × n_coeffs]` row-major. View 0 is the word as it
    /// is, the others are slid to and fro (see [`WarpConfig::n_slides`]).
    ///
    /// # Panics
    /// When `out` is not [`output_len`](Self::output_len) long, `frames` are not whole frames, `word` is empty or outside
    /// them, or there is no such view.
    pub fn align_into(
        &self,
        frames: &[f32],
        n_coeffs: usize,
        word: Range<usize>,
        view: usize,
        out: &mut [f32],
    ) {
        assert!(
            frames.len().is_multiple_of(n_coeffs),
            "frames: {} values are not whole frames of {n_coeffs}",
            frames.len()
        );
        assert!(
            word.start < word.end && word.end <= frames.len() / n_coeffs,
            "the word is frames {word:?} of {}",
            frames.len() / n_coeffs
        );
        assert!(view < self.n_views(), "there is no view {view}");
        assert_eq!(
            out.len(),
            self.output_len(n_coeffs),
            "out has the wrong length"
        );
        match &self.0 {
            Method::Pad(pad) => {
                pad.align_into(&frames[word.start * n_coeffs..word.end * n_coeffs], out);
            }
            Method::Warp(warp) => warp.align_into(frames, n_coeffs, word, view, out),
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
    /// The slid views.
    #[error("n_slides is {got}; allowed are 0 to {MAX_SLIDES}")]
    Slides {
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
