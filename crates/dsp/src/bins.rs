//! Which bins of the spectrum the filters see, and where those lie.

use std::ops::RangeInclusive;

use crate::MfccConfig;

/// Which bins `0..=F/2` of the spectrum count, and the frequency `f(k)` of bin k; `k·rate/F` unless said
/// otherwise. Tools differ here for no reason but their history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum MelBins {
    /// All.
    All,
    /// All but the last (Kaldi, torchaudio's Kaldi).
    Kaldi,
    /// As `Kaldi`; when `fmin` is not 0 the first bin of the first filter is dropped (Kaldi `htk-mode`).
    KaldiHtk,
    /// All, the weights rounded to single precision even in double (librosa, Whisper).
    Librosa,
    /// All, `f(k) = k·⌊rate/2⌋/(F/2)`, and `fmax` counts from ⌊rate/2⌋: odd rates are stretched (torchaudio
    /// `melscale_fbanks`).
    Torchaudio,
    /// All but the first (tf.signal).
    TfSignal,
    /// `⌊1.5 + fmin/Δ⌋..=⌊fmax/Δ⌋`, `Δ = rate/F` (TensorFlow audio ops).
    TfAudioOps,
    /// `max(1, ⌊1.5 + fmin/Δ⌋)..=min(F/2 − 1, ⌊0.5 + fmax/Δ⌋ − 1)` (HTK).
    Htk,
    /// Between `round(fmin/Δ)` and `round(fmax/Δ)`, neither included, `Δ = f(1)`; the rate is the one that
    /// the rounded frame length stands for, and `fmax` is brought down to half of it (openSMILE).
    OpenSmile,
    /// All, `f(k)` from `fmin` to `fmax` instead of 0 to Nyquist (spafe).
    Spafe,
}

/// The frequencies of the bins.
pub(crate) struct Axis {
    /// Hz
    first: f64,
    /// Hz per bin
    step: f64,
}

impl Axis {
    pub(crate) fn new(config: &MfccConfig) -> Self {
        let (first, half) = match config.mel_bins {
            MelBins::Spafe => {
                let (low, high) = config.mel_range();
                (low, high - low)
            }
            _ => (0.0, config.nyquist()),
        };
        Self {
            first,
            step: match config.mel_bins {
                // These tools spread an axis from 0 to half the rate over the bins, odd transforms or not.
                MelBins::Torchaudio | MelBins::TfSignal | MelBins::Spafe => {
                    half / (config.n_fft() / 2) as f64
                }
                _ => 2.0 * half / config.n_fft() as f64,
            },
        }
    }

    pub(crate) fn frequency(&self, k: usize) -> f64 {
        self.first + k as f64 * self.step
    }

    /// The bins that count.
    pub(crate) fn used(&self, config: &MfccConfig) -> RangeInclusive<usize> {
        let (low, high) = config.mel_range();
        let (low, high) = (low / self.step, high / self.step);
        let last = config.n_fft() / 2;
        match config.mel_bins {
            MelBins::All | MelBins::Librosa | MelBins::Torchaudio | MelBins::Spafe => 0..=last,
            MelBins::Kaldi | MelBins::KaldiHtk => 0..=last - 1,
            MelBins::TfSignal => 1..=last,
            MelBins::TfAudioOps => (low + 1.5) as usize..=high as usize,
            MelBins::Htk => {
                let end = ((high + 0.5) as usize).min(last);
                ((low + 1.5) as usize).max(1)..=end.saturating_sub(1)
            }
            MelBins::OpenSmile => {
                low.round() as usize + 1..=(high.round() as usize).saturating_sub(1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_that_count() {
        let used = |preset: fn() -> MfccConfig, fmin: f64, fmax: f64| {
            let mut config = preset();
            (config.n_fft, config.fmin, config.fmax) = (Some(512), fmin, fmax);
            let used = Axis::new(&config).used(&config);
            (*used.start(), *used.end())
        };
        // Δ = 31.25 Hz: 20 Hz is bin 0.64, 125 Hz bin 4, 7800 Hz bin 249.6.
        assert_eq!(used(MfccConfig::kaldi, 20.0, 0.0), (0, 255));
        assert_eq!(used(MfccConfig::librosa, 0.0, 0.0), (0, 256));
        assert_eq!(used(MfccConfig::tf_signal, 80.0, 7_600.0), (1, 256));
        assert_eq!(used(MfccConfig::tf_audio_ops, 20.0, 4_000.0), (2, 128));
        assert_eq!(used(MfccConfig::htk, 0.0, 0.0), (1, 255));
        assert_eq!(used(MfccConfig::htk, 125.0, 7_800.0), (5, 249));
        assert_eq!(used(MfccConfig::opensmile, 0.0, 8_000.0), (1, 255));
    }

    #[test]
    fn frequencies_of_odd_transforms_and_rates() {
        let step = |preset: fn() -> MfccConfig, rate, n_fft| {
            let mut config = preset().with_sample_rate(rate);
            config.n_fft = Some(n_fft);
            Axis::new(&config).step
        };
        assert_eq!(step(MfccConfig::librosa, 16_000, 401), 16_000.0 / 401.0);
        assert_eq!(step(MfccConfig::tf_signal, 16_000, 401), 40.0);
        assert_eq!(step(MfccConfig::torchaudio, 11_025, 400), 5_512.0 / 200.0);
        // 276 samples are 25 ms at 11,040 Hz.
        assert_eq!(step(MfccConfig::opensmile, 11_025, 512), 11_040.0 / 512.0);
    }
}
