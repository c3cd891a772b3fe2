//! What can be wrong with a configuration.

use std::ops::RangeInclusive;

use thiserror::Error;

use crate::Cmvn;

/// A parameter out of its range.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `sample_rate` is 0.
    #[error("sample_rate is 0 Hz; give the rate of the samples, at least 1")]
    SampleRate,
    /// `input_scale` is not a positive number.
    #[error("input_scale is {got}; it must be positive and finite")]
    InputScale {
        /// The factor given.
        got: f32,
    },
    /// Frames too short or too long.
    #[error(
        "frame_length_ms is {got_ms} ms, which is {got} samples; allowed are {} to {} samples",
        .allowed.start(), .allowed.end()
    )]
    FrameLength {
        /// ms
        got_ms: f32,
        /// samples
        got: usize,
        /// samples
        allowed: RangeInclusive<usize>,
    },
    /// Frames too close together or too far apart.
    #[error(
        "hop_length_ms is {got_ms} ms, which is {got} samples; allowed are {} to {} samples",
        .allowed.start(), .allowed.end()
    )]
    HopLength {
        /// ms
        got_ms: f32,
        /// samples
        got: usize,
        /// samples
        allowed: RangeInclusive<usize>,
    },
    /// `preemphasis` outside 0..=1.
    #[error("preemphasis is {got}; it must be from 0 (none) to 1")]
    Preemphasis {
        /// The coefficient given.
        got: f32,
    },
    /// Too few or too many mel filters.
    #[error("n_mels is {got}; allowed are {} to {}", .allowed.start(), .allowed.end())]
    NMels {
        /// Filters asked for.
        got: usize,
        /// Numbers of filters.
        allowed: RangeInclusive<usize>,
    },
    /// `fmin` and `fmax` do not span a range below the Nyquist frequency.
    #[error(
        "fmin is {fmin} Hz and fmax {fmax} Hz; it must be 0 <= fmin < fmax <= {nyquist} Hz, half \
         the sample rate (an fmax of 0 or less counts from there)"
    )]
    MelRange {
        /// Hz
        fmin: f32,
        /// Hz
        fmax: f32,
        /// Hz
        nyquist: f64,
    },
    /// `log_floor` is not a positive number.
    #[error("log_floor is {got}; it must be positive and finite")]
    LogFloor {
        /// The floor given.
        got: f32,
    },
    /// Too few coefficients, or more than there are filters.
    #[error(
        "n_mfcc is {got}; allowed are {} to {}, the number of mel filters",
        .allowed.start(), .allowed.end()
    )]
    NMfcc {
        /// Coefficients asked for.
        got: usize,
        /// Numbers of coefficients.
        allowed: RangeInclusive<usize>,
    },
    /// `lifter` is negative or not a number.
    #[error("lifter is {got}; it must be 0 (none) or positive and finite")]
    Lifter {
        /// The lifter given.
        got: f32,
    },
    /// `delta_order` above 2.
    #[error("delta_order is {got}; allowed are 0 to 2")]
    DeltaOrder {
        /// The order given.
        got: usize,
    },
    /// Delta window too narrow or too wide.
    #[error(
        "delta_window is {got} frames; allowed are {} to {}",
        .allowed.start(), .allowed.end()
    )]
    DeltaWindow {
        /// frames
        got: usize,
        /// frames
        allowed: RangeInclusive<usize>,
    },
    /// A stream cannot normalise by a clip it has not heard.
    #[error(
        "cmvn is {got:?}, which needs the whole clip; a stream takes None (normalise its rows \
         later with cmvn::normalize)"
    )]
    CmvnInStream {
        /// The normalisation asked for.
        got: Cmvn,
    },
}
