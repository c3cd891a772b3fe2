//! What can be wrong with a configuration, and with a clip.

use std::ops::RangeInclusive;

use thiserror::Error;

use crate::Length;

/// A parameter out of its range.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `sample_rate` is 0.
    #[error("sample_rate is 0 Hz; give the rate of the samples, at least 1")]
    SampleRate,
    /// `sample_rate` is not the one this front end is defined for.
    #[error(
        "sample_rate is {got} Hz; these features are defined at {needed} Hz only: resample first"
    )]
    OtherRate {
        /// Hz
        got: u32,
        /// Hz
        needed: u32,
    },
    /// A number that must be positive is not.
    #[error("{field} is {got}; it must be positive and finite")]
    NotPositive {
        /// Name of the field.
        field: &'static str,
        /// The number given.
        got: f64,
    },
    /// A number that must be finite is not.
    #[error("{field} is {got}; it must be a finite number")]
    NotFinite {
        /// Name of the field.
        field: &'static str,
        /// The number given.
        got: f64,
    },
    /// A number that must be 0 or positive is not.
    #[error("{field} is {got}; it must be 0 (none) or positive and finite")]
    Negative {
        /// Name of the field.
        field: &'static str,
        /// The number given.
        got: f64,
    },
    /// A frame, hop or clip too short or too long.
    #[error(
        "{field} is {given}, which is {got} samples; allowed are {} to {} samples",
        .allowed.start(), .allowed.end()
    )]
    Length {
        /// Name of the field.
        field: &'static str,
        /// The length given.
        given: Length,
        /// samples
        got: usize,
        /// samples
        allowed: RangeInclusive<usize>,
    },
    /// Too few or too many of something.
    #[error("{field} is {got}; allowed are {} to {}", .allowed.start(), .allowed.end())]
    Count {
        /// Name of the field.
        field: &'static str,
        /// The number given.
        got: usize,
        /// The numbers allowed.
        allowed: RangeInclusive<usize>,
    },
    /// The window does not fit into the transform that it should lie in the middle of.
    #[error(
        "frame_length is {frame_length} samples and n_fft {n_fft}; centred frames must not be longer \
         than the transform: shorten frame_length or lengthen n_fft"
    )]
    FrameBeyondTransform {
        /// samples
        frame_length: usize,
        /// samples
        n_fft: usize,
    },
    /// `preemphasis` outside 0..=1.
    #[error("preemphasis is {got}; it must be from 0 (none) to 1")]
    Preemphasis {
        /// The coefficient given.
        got: f64,
    },
    /// `fmin` and `fmax` do not span a range below the Nyquist frequency.
    #[error(
        "fmin is {fmin} Hz and fmax {fmax} Hz; it must be 0 <= fmin < fmax <= {nyquist} Hz, half \
         the sample rate (an fmax of 0 or less counts from there)"
    )]
    MelRange {
        /// Hz
        fmin: f64,
        /// Hz
        fmax: f64,
        /// Hz
        nyquist: f64,
    },
    /// A stream cannot do what needs the whole clip.
    #[error(
        "{field} {why}, which a stream has not heard yet; use the batch call, or turn {field} off"
    )]
    NeedsWholeClip {
        /// Name of the field.
        field: &'static str,
        /// What it does.
        why: &'static str,
    },
}

/// A clip that has no features under this configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClipError {
    /// Too few samples where that is refused ([`ShortClips`](crate::ShortClips), or padding by reflection).
    #[error("too short: {got} samples, at least {needed} are needed")]
    TooShort {
        /// samples
        got: usize,
        /// samples
        needed: usize,
    },
    /// Too few frames for deltas that fit a polynomial through them.
    #[error("too short: {got} frames, and these deltas need {needed}; choose other deltas or none")]
    TooFewFrames {
        /// frames
        got: usize,
        /// frames
        needed: usize,
    },
    /// A clip whose greatest sample is 0, or next to it, cannot be divided by it.
    #[error("the greatest sample is 0, and peak_normalize divides by it; the clip is silent")]
    NoPeak,
}
