//! Parameters of the front end.

use std::ops::RangeInclusive;

use crate::{Cmvn, ConfigError, Window};

/// Samples in a frame: a window needs two ends, and a slip of the unit should not claim memory.
const FRAME_LENGTHS: RangeInclusive<usize> = 2..=1 << 20;
/// Samples between frames.
const HOP_LENGTHS: RangeInclusive<usize> = 1..=1 << 20;
/// Mel filters; far more than a spectrum can feed.
const N_MELS: RangeInclusive<usize> = 1..=1024;
/// Frames on either side of a delta.
const DELTA_WINDOWS: RangeInclusive<usize> = 1..=100;

/// Every parameter of the MFCC front end.
///
/// Start from a preset, change fields, then give it to [`Mfcc::new`](crate::Mfcc::new) or
/// [`MfccStream::new`](crate::MfccStream::new), which check it. "Default" below is
/// [`MfccConfig::mynah`]; the aliases in the search of this page are Kaldi's names.
///
/// ```
/// use mynah_dsp::MfccConfig;
///
/// // Kaldi's egs `conf/mfcc_hires.conf`.
/// let mut hires = MfccConfig::kaldi();
/// hires.use_energy = false;
/// hires.n_mels = 40;
/// hires.n_mfcc = 40;
/// hires.fmax = -400.0;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct MfccConfig {
    /// Samples per second, Hz; at least 1. Default 16 000.
    #[doc(alias = "samp_freq")]
    pub sample_rate: u32,
    /// Factor on the samples (full scale ±1), positive. Default 1; Kaldi expects 16-bit units,
    /// 32 768.
    pub input_scale: f32,
    /// Length of a frame, ms, truncated to 2..=2²⁰ samples. Default 25.
    pub frame_length_ms: f32,
    /// Distance between the starts of neighbouring frames, ms, truncated to 1..=2²⁰ samples.
    /// Default 10.
    #[doc(alias = "frame_shift_ms")]
    pub hop_length_ms: f32,
    /// `true`: only frames wholly inside the clip. `false`: frames centred on every hop, the clip
    /// mirrored at its ends. Default `true`.
    pub snip_edges: bool,
    /// Subtract each frame's mean. Default `true`.
    #[doc(alias = "remove_dc_offset")]
    pub remove_dc: bool,
    /// `a` in `x[i] − a·x[i−1]`, within each frame, 0..=1. Default 0.97.
    #[doc(alias = "preemph_coeff")]
    pub preemphasis: f32,
    /// Window on each frame. Default [`Window::Povey`].
    #[doc(alias = "window_type")]
    pub window: Window,
    /// Number of mel filters, 1..=1024. Default 40. A filter narrower than a bin of the spectrum
    /// may be empty and then always gives `ln(log_floor)`.
    #[doc(alias = "num_mel_bins")]
    pub n_mels: usize,
    /// Lower end of the first filter, Hz, 0 or more. Default 20.
    #[doc(alias = "low_freq")]
    pub fmin: f32,
    /// Upper end of the last filter, Hz, above `fmin`, at most the Nyquist frequency; 0 or less
    /// counts from there. Default 0.
    #[doc(alias = "high_freq")]
    pub fmax: f32,
    /// Energies below this count as this before the logarithm, positive, in squared scaled
    /// samples. Default 1e-6.
    pub log_floor: f32,
    /// Number of cepstral coefficients c0, c1, …, 1..=`n_mels`. Default 13.
    #[doc(alias = "num_ceps")]
    pub n_mfcc: usize,
    /// `L` in the factor `1 + (L/2) sin(πk/L)` on coefficient k; 0 for none. Default 0.
    #[doc(alias = "cepstral_lifter")]
    pub lifter: f32,
    /// Put the log energy of the raw frame in the place of c0. Default `false`.
    pub use_energy: bool,
    /// 0: no deltas. 1: deltas behind the coefficients. 2: those of second order as well.
    /// Default 1.
    pub delta_order: usize,
    /// Frames on either side that a delta looks at, 1..=100. Default 2.
    pub delta_window: usize,
    /// Normalisation over the clip, deltas included; a stream cannot have any. Default
    /// [`Cmvn::None`].
    pub cmvn: Cmvn,
}

impl MfccConfig {
    /// For recognising words with a small model, at 16 kHz.
    ///
    /// - Frames as everywhere in speech: 25 ms every 10 ms.
    /// - 40 filters but 13 coefficients: c0..c12 are the smooth shape of the spectrum, which tells
    ///   words apart; the fine structure left out tells voices apart.
    /// - c0 rather than the raw energy: it comes from the same filters, above the same floor.
    /// - `log_floor` 1e-6 on samples of ±1: above the mean energy that rounding to 16 bits alone leaves
    ///   in any filter. Digital silence, a quiet converter and the noise of `f32` arithmetic all look the
    ///   same, instead of lending their random logarithms to the distance.
    /// - No lifter: a scaler sees to the sizes of the coefficients.
    /// - First deltas, as the direction of change survives a change of microphone; second ones add
    ///   half again to the size.
    /// - No `cmvn`, so that the same numbers come from a stream; normalise the endpointed word.
    pub fn mynah() -> Self {
        Self {
            input_scale: 1.0,
            n_mels: 40,
            log_floor: 1e-6,
            lifter: 0.0,
            use_energy: false,
            delta_order: 1,
            ..Self::kaldi()
        }
    }

    /// The defaults of Kaldi's `compute-mfcc-feats` and of kaldi-native-fbank, but with
    /// `--dither=0`, at 16 kHz: 16-bit units, 23 filters, 13 coefficients, lifter 22, raw log energy
    /// for c0, no deltas.
    pub fn kaldi() -> Self {
        Self {
            sample_rate: 16_000,
            input_scale: 32_768.0,
            frame_length_ms: 25.0,
            hop_length_ms: 10.0,
            snip_edges: true,
            remove_dc: true,
            preemphasis: 0.97,
            window: Window::Povey,
            n_mels: 23,
            fmin: 20.0,
            fmax: 0.0,
            log_floor: f32::EPSILON,
            n_mfcc: 13,
            lifter: 22.0,
            use_energy: true,
            delta_order: 0,
            delta_window: 2,
            cmvn: Cmvn::None,
        }
    }

    /// The same at another rate, Hz.
    #[must_use]
    pub fn with_sample_rate(self, sample_rate: u32) -> Self {
        Self {
            sample_rate,
            ..self
        }
    }

    /// Samples in a frame.
    pub(crate) fn frame_length(&self) -> usize {
        self.samples(self.frame_length_ms)
    }

    /// Samples from one frame to the next.
    pub(crate) fn hop_length(&self) -> usize {
        self.samples(self.hop_length_ms)
    }

    /// Truncated, and multiplied in `f32` in this order, as kaldi-native-fbank does: 11.025 kHz ·
    /// 25 ms = 275. Kaldi multiplies by 0.001 in double precision, which differs at odd rates only
    /// (8.2 kHz · 25 ms: 204 there, 205 here).
    fn samples(&self, ms: f32) -> usize {
        (self.sample_rate as f32 * 0.001 * ms) as usize
    }

    fn nyquist(&self) -> f64 {
        f64::from(self.sample_rate) / 2.0
    }

    /// Lower and upper end of the filterbank, Hz.
    pub(crate) fn mel_range(&self) -> (f64, f64) {
        let fmax = f64::from(self.fmax);
        let high = if fmax > 0.0 {
            fmax
        } else {
            self.nyquist() + fmax
        };
        (f64::from(self.fmin), high)
    }

    /// Refuses the first field that makes no sense.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let Self {
            sample_rate,
            input_scale,
            preemphasis,
            n_mels,
            log_floor,
            n_mfcc,
            lifter,
            delta_order,
            delta_window,
            ..
        } = *self;
        let positive = |x: f32| x > 0.0 && x.is_finite();
        if sample_rate == 0 {
            return Err(ConfigError::SampleRate);
        }
        if !positive(input_scale) {
            return Err(ConfigError::InputScale { got: input_scale });
        }
        if !FRAME_LENGTHS.contains(&self.frame_length()) {
            return Err(ConfigError::FrameLength {
                got_ms: self.frame_length_ms,
                got: self.frame_length(),
                allowed: FRAME_LENGTHS,
            });
        }
        if !HOP_LENGTHS.contains(&self.hop_length()) {
            return Err(ConfigError::HopLength {
                got_ms: self.hop_length_ms,
                got: self.hop_length(),
                allowed: HOP_LENGTHS,
            });
        }
        if !(0.0..=1.0).contains(&preemphasis) {
            return Err(ConfigError::Preemphasis { got: preemphasis });
        }
        if !N_MELS.contains(&n_mels) {
            return Err(ConfigError::NMels {
                got: n_mels,
                allowed: N_MELS,
            });
        }
        let (low, high) = self.mel_range();
        // Comparisons with NaN are false, so NaN is refused too.
        if !(low >= 0.0 && low < high && high <= self.nyquist()) {
            return Err(ConfigError::MelRange {
                fmin: self.fmin,
                fmax: self.fmax,
                nyquist: self.nyquist(),
            });
        }
        if !positive(log_floor) {
            return Err(ConfigError::LogFloor { got: log_floor });
        }
        if !(1..=n_mels).contains(&n_mfcc) {
            return Err(ConfigError::NMfcc {
                got: n_mfcc,
                allowed: 1..=n_mels,
            });
        }
        if !(lifter == 0.0 || positive(lifter)) {
            return Err(ConfigError::Lifter { got: lifter });
        }
        if delta_order > 2 {
            return Err(ConfigError::DeltaOrder { got: delta_order });
        }
        if !DELTA_WINDOWS.contains(&delta_window) {
            return Err(ConfigError::DeltaWindow {
                got: delta_window,
                allowed: DELTA_WINDOWS,
            });
        }
        Ok(())
    }
}

/// [`MfccConfig::mynah`].
impl Default for MfccConfig {
    fn default() -> Self {
        Self::mynah()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_and_hop_of_kaldi() {
        let expected = [
            (8_000, 200, 80),
            // Kaldi itself says 204 for the frame.
            (8_200, 205, 82),
            (11_025, 275, 110),
            (16_000, 400, 160),
            (22_050, 551, 220),
            (44_100, 1102, 441),
            (48_000, 1200, 480),
        ];
        for (rate, frame_length, hop_length) in expected {
            let config = MfccConfig::kaldi().with_sample_rate(rate);
            assert_eq!(config.frame_length(), frame_length);
            assert_eq!(config.hop_length(), hop_length);
        }
    }

    #[test]
    fn presets_are_sound() {
        for config in [MfccConfig::mynah(), MfccConfig::kaldi()] {
            for rate in [8_000, 16_000, 44_100, 192_000] {
                assert_eq!(config.clone().with_sample_rate(rate).check(), Ok(()));
            }
        }
    }

    #[test]
    fn fmax_counts_from_nyquist() {
        let mut config = MfccConfig::kaldi();
        config.fmax = -400.0;
        assert_eq!(config.mel_range(), (20.0, 7_600.0));
        config.fmax = 3_800.0;
        assert_eq!(config.mel_range(), (20.0, 3_800.0));
    }
}
