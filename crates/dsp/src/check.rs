//! Which configurations make sense.

use std::ops::RangeInclusive;

use crate::{ConfigError, MfccConfig, Rescale};

/// Samples in a frame, and in its transform: a window needs two ends, and a slip of the unit should not claim
/// memory.
const FRAME_LENGTHS: RangeInclusive<usize> = 2..=1 << 20;
/// Samples between frames.
const HOP_LENGTHS: RangeInclusive<usize> = 1..=1 << 20;
/// Samples in a clip of fixed length.
const CLIP_LENGTHS: RangeInclusive<usize> = 1..=1 << 26;
/// Values in the features of a clip of fixed length.
const CLIP_VALUES: RangeInclusive<usize> = 0..=1 << 26;
/// Mel filters; far more than a spectrum can feed.
const N_MELS: RangeInclusive<usize> = 1..=1024;
/// Frames on either side of a delta.
const DELTA_WINDOWS: RangeInclusive<usize> = 1..=100;

impl MfccConfig {
    /// Refuses the first field that makes no sense.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.check_lengths()?;
        self.check_mels()?;
        self.check_rows()
    }

    fn check_lengths(&self) -> Result<(), ConfigError> {
        if self.sample_rate == 0 {
            return Err(ConfigError::SampleRate);
        }
        if let Some(needed) = self.only_rate.filter(|&rate| rate != self.sample_rate) {
            return Err(ConfigError::OtherRate {
                got: self.sample_rate,
                needed,
            });
        }
        positive("input_scale", self.input_scale)?;
        let length = |field, given, allowed: RangeInclusive<usize>| {
            let got = self.samples(given);
            if allowed.contains(&got) {
                return Ok(());
            }
            Err(ConfigError::Length {
                field,
                given,
                got,
                allowed,
            })
        };
        length("frame_length", self.frame_length, FRAME_LENGTHS)?;
        length("hop_length", self.hop_length, HOP_LENGTHS)?;
        if let Some(clip_length) = self.clip_length {
            length("clip_length", clip_length, CLIP_LENGTHS)?;
        }
        count("n_fft", self.n_fft(), FRAME_LENGTHS)?;
        if !(0.0..=1.0).contains(&self.preemphasis) {
            return Err(ConfigError::Preemphasis {
                got: self.preemphasis,
            });
        }
        Ok(())
    }

    fn check_mels(&self) -> Result<(), ConfigError> {
        count("n_mels", self.n_mels, N_MELS)?;
        let (low, high) = self.mel_range();
        // Comparisons with NaN are false, so NaN is refused too.
        if !(low >= 0.0 && low < high && high <= self.nyquist()) {
            return Err(ConfigError::MelRange {
                fmin: self.fmin,
                fmax: self.fmax,
                nyquist: self.nyquist(),
            });
        }
        positive("log_floor", self.log_floor)?;
        if let Some(range) = self.dynamic_range {
            positive("dynamic_range", range)?;
        }
        if let Some(Rescale { divide, .. }) = self.rescale {
            positive("rescale.divide", divide)?;
        }
        if let Some(Rescale { add, .. }) = self.rescale.filter(|rescale| !rescale.add.is_finite()) {
            return Err(ConfigError::NotFinite {
                field: "rescale.add",
                got: add,
            });
        }
        Ok(())
    }

    fn check_rows(&self) -> Result<(), ConfigError> {
        count("n_mfcc", self.n_mfcc, 1..=self.n_mels)?;
        for (field, got) in [("lifter", self.lifter), ("energy_floor", self.energy_floor)] {
            if got < 0.0 || !got.is_finite() {
                return Err(ConfigError::Negative { field, got });
            }
        }
        count("delta_order", self.delta_order, 0..=2)?;
        count("delta_window", self.delta_window, DELTA_WINDOWS)?;
        if let Some(samples) = self.clip_length() {
            let n_values =
                samples.div_ceil(self.hop_length()) * self.n_static() * (1 + self.delta_order);
            count("clip_length in values of features", n_values, CLIP_VALUES)?;
        }
        self.cmvn.check()
    }
}

/// In single precision too, which most engines compute in.
fn positive(field: &'static str, got: f64) -> Result<(), ConfigError> {
    let single = got as f32;
    if single >= f32::MIN_POSITIVE && single.is_finite() {
        return Ok(());
    }
    Err(ConfigError::NotPositive { field, got })
}

pub(crate) fn count(
    field: &'static str,
    got: usize,
    allowed: RangeInclusive<usize>,
) -> Result<(), ConfigError> {
    if allowed.contains(&got) {
        return Ok(());
    }
    Err(ConfigError::Count {
        field,
        got,
        allowed,
    })
}
