//! Mel filterbank: overlapping triangles over the bins of the spectrum.

use std::array;

use crate::bins::Axis;
use crate::lanes::{self, LANES};
use crate::{MelBins, MfccConfig, Real};

/// Hz to mel. (The factor in front does not matter to a filterbank.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum MelScale {
    /// `2595 log10(1 + f/700)` (HTK, Kaldi, TensorFlow, python_speech_features).
    Htk,
    /// `3f/200` below 1 kHz, `15 + 27 ln(f/1000)/ln 6.4` from there on (Slaney's Auditory Toolbox; librosa).
    Slaney,
}

/// What the sides of the triangles are straight in. Their corners are equally spaced in mel in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum MelShape {
    /// Mel (HTK, Kaldi, TensorFlow, openSMILE).
    Mel,
    /// Hz (librosa, torchaudio, spafe).
    Hz,
    /// Bins of the spectrum, the corners rounded down to whole ones: `⌊(F + 1)·f/rate⌋`
    /// (python_speech_features).
    Bins,
}

/// Height of the triangles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum MelNorm {
    /// 1.
    Peak,
    /// `2 / width in Hz`: every triangle has the area 1 (Slaney; librosa).
    Area,
}

impl MelScale {
    fn mel(self, hz: f64) -> f64 {
        match self {
            Self::Htk => 2_595.0 * (1.0 + hz / 700.0).log10(),
            Self::Slaney if hz < 1_000.0 => 3.0 * hz / 200.0,
            Self::Slaney => 15.0 + 27.0 * (hz / 1_000.0).ln() / 6.4f64.ln(),
        }
    }

    fn hz(self, mel: f64) -> f64 {
        match self {
            Self::Htk => 700.0 * (10f64.powf(mel / 2_595.0) - 1.0),
            Self::Slaney if mel < 15.0 => mel * 200.0 / 3.0,
            Self::Slaney => 1_000.0 * (6.4f64.ln() * (mel - 15.0) / 27.0).exp(),
        }
    }
}

/// Each filter is a run of neighbouring bins, widened by weights of zero to whole blocks; the weights of all
/// filters follow one another.
#[derive(Clone, Debug)]
pub(crate) struct MelFilters<T> {
    runs: Vec<Run>,
    weights: Vec<[T; LANES]>,
}

#[derive(Clone, Debug)]
struct Run {
    first_bin: usize,
    n_blocks: usize,
}

impl<T: Real> MelFilters<T> {
    /// Filters over bins `0..=n_fft/2`, set up in `f64`.
    pub(crate) fn new(config: &MfccConfig) -> Self {
        let mut bank = Self {
            runs: Vec::with_capacity(config.n_mels),
            weights: Vec::new(),
        };
        matrix(config).for_each(|dense| bank.push(&dense));
        bank
    }

    /// Adds a filter by its weights for all bins.
    fn push(&mut self, dense: &[f64]) {
        let first = dense.iter().position(|&w| w != 0.0).unwrap_or(0);
        let end = dense.iter().rposition(|&w| w != 0.0).map_or(0, |k| k + 1);
        let len = lanes::padded(end - first.min(end));
        let first_bin = first.min(lanes::padded(dense.len()) - len);
        let weight = |k: usize| T::of(dense.get(k).copied().unwrap_or(0.0));
        for block in (first_bin..first_bin + len).step_by(LANES) {
            self.weights.push(array::from_fn(|i| weight(block + i)));
        }
        self.runs.push(Run {
            first_bin,
            n_blocks: len / LANES,
        });
    }

    /// Filters without a bin.
    pub(crate) fn n_empty(&self) -> usize {
        self.runs.iter().filter(|run| run.n_blocks == 0).count()
    }

    /// What each filter gathers, `[n_mels]`, from a spectrum of `n_fft/2 + 1` bins padded to whole lanes.
    pub(crate) fn apply(&self, spectrum: &[T], energies: &mut [T]) {
        let mut weights = self.weights.as_slice();
        for (energy, run) in energies.iter_mut().zip(&self.runs) {
            let (run_weights, others) = weights.split_at(run.n_blocks);
            let (bins, _) = spectrum[run.first_bin..].as_chunks();
            *energy = lanes::dot(run_weights, &bins[..run.n_blocks]);
            weights = others;
        }
    }
}

/// The dense matrix, filter by filter, `[n_mels][n_fft/2 + 1]`.
fn matrix(config: &MfccConfig) -> impl Iterator<Item = Vec<f64>> {
    let (low, high) = config.mel_range();
    let scale = config.mel_scale;
    let (mel_low, mel_high) = (scale.mel(low), scale.mel(high));
    let step = (mel_high - mel_low) / (config.n_mels + 1) as f64;
    let axis = Axis::new(config);
    let positions: Vec<f64> = (0..=config.n_fft() / 2)
        .map(|k| match config.mel_shape {
            MelShape::Mel => scale.mel(axis.frequency(k)),
            MelShape::Hz => axis.frequency(k),
            MelShape::Bins => k as f64,
        })
        .collect();
    let used = axis.used(config);
    let config = config.clone();
    (0..config.n_mels).map(move |filter| {
        let corners = [0, 1, 2].map(|i| mel_low + (filter + i) as f64 * step);
        let hz = corners.map(|mel| scale.hz(mel));
        let mut weights: Vec<f64> = match config.mel_shape {
            MelShape::Mel => sides(corners, &positions),
            MelShape::Hz => sides(hz, &positions),
            MelShape::Bins => {
                let bins = (config.n_fft() + 1) as f64 / f64::from(config.sample_rate);
                let corners = hz.map(|hz| (bins * hz).floor());
                sides(corners, &positions)
            }
        };
        for (k, w) in weights.iter_mut().enumerate() {
            if !used.contains(&k) {
                *w = 0.0;
            }
        }
        let drops_first = config.mel_bins == MelBins::KaldiHtk && config.fmin != 0.0;
        if drops_first
            && filter == 0
            && let Some(first) = weights.iter_mut().find(|w| **w > 0.0)
        {
            *first = 0.0;
        }
        let single = |w: f64| match config.mel_bins {
            MelBins::Librosa => f64::from(w as f32),
            _ => w,
        };
        let height = match config.mel_norm {
            MelNorm::Peak => 1.0,
            MelNorm::Area => 2.0 / (hz[2] - hz[0]),
        };
        weights
            .iter()
            .map(|&w| single(single(w) * height))
            .collect()
    })
}

/// Up from the left corner to 1 at the middle one, and down to the right one; a side between equal corners has no
/// place.
fn sides([left, centre, right]: [f64; 3], positions: &[f64]) -> Vec<f64> {
    let height = |&x: &f64| {
        if (left..centre).contains(&x) {
            (x - left) / (centre - left)
        } else if (centre..right).contains(&x) {
            (right - x) / (right - centre)
        } else {
            0.0
        }
    };
    positions.iter().map(height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_equal_the_dense_matrix() {
        let mut narrow = MfccConfig::mynah();
        narrow.frame_length = crate::Length::Ms(0.5);
        for config in [
            MfccConfig::mynah(),
            MfccConfig::kaldi().with_sample_rate(8_000),
            MfccConfig::librosa(),
            MfccConfig::psf(),
            narrow,
        ] {
            let n_bins = config.n_fft() / 2 + 1;
            let mut spectrum: Vec<f64> = (0..n_bins).map(|k| 1.0 + (k * k % 97) as f64).collect();
            spectrum.resize(lanes::padded(n_bins), 0.0);
            let mut energies = vec![f64::NAN; config.n_mels];
            MelFilters::new(&config).apply(&spectrum, &mut energies);
            for (energy, weights) in energies.iter().zip(matrix(&config)) {
                let dense: f64 = weights.iter().zip(&spectrum).map(|(w, s)| w * s).sum();
                assert!((energy - dense).abs() <= 1e-12 * dense);
            }
        }
    }

    #[test]
    fn psf_leaves_a_filter_between_equal_corners_empty() {
        // 80 filters of 512 points at 16 kHz: the third has its corners at bins 1, 2 and 2.
        let mut config = MfccConfig::psf();
        config.n_mels = 80;
        let rows: Vec<Vec<f64>> = matrix(&config).collect();
        assert!(rows[2].iter().all(|&w| w == 0.0));
        assert_eq!(rows[1].iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn kaldi_htk_mode_drops_the_first_bin_of_the_first_filter() {
        let mut config = MfccConfig::kaldi();
        let whole: Vec<f64> = matrix(&config).next().unwrap();
        config.mel_bins = MelBins::KaldiHtk;
        let dropped: Vec<f64> = matrix(&config).next().unwrap();
        let first = whole.iter().position(|&w| w > 0.0).unwrap();
        assert_eq!(dropped[first], 0.0);
        assert_eq!(dropped[first + 1..], whole[first + 1..]);
        config.fmin = 0.0;
        let kept: Vec<f64> = matrix(&config).next().unwrap();
        assert!(kept[1] > 0.0);
    }

    #[test]
    fn neighbours_share_each_bin() {
        // Between the first and the last centre the two triangles over a bin add up to 1.
        let config = MfccConfig::kaldi();
        let rows: Vec<Vec<f64>> = matrix(&config).collect();
        for k in [6, 50, 100, 200] {
            let total: f64 = rows.iter().map(|row| row[k]).sum();
            assert!((total - 1.0).abs() < 1e-9, "bin {k}: {total}");
        }
    }

    #[test]
    fn triangles_of_one_area() {
        let rows: Vec<Vec<f64>> = matrix(&MfccConfig::librosa()).collect();
        let hz_per_bin = 16_000.0 / 2_048.0;
        for row in &rows[60..] {
            let area = hz_per_bin * row.iter().sum::<f64>();
            assert!((area - 1.0).abs() < 0.01, "{area}");
        }
    }

    #[test]
    fn scales_and_their_inverses() {
        for scale in [MelScale::Htk, MelScale::Slaney] {
            for hz in [0.0, 200.0, 999.0, 1_000.0, 5_000.0] {
                assert!((scale.hz(scale.mel(hz)) - hz).abs() < 1e-9);
            }
        }
        assert_eq!(MelScale::Slaney.mel(1_000.0), 15.0);
    }

    #[test]
    fn filters_narrower_than_a_bin_are_empty() {
        let mut config = MfccConfig::kaldi();
        config.n_mels = 200;
        let bank: MelFilters<f32> = MelFilters::new(&config);
        assert!(bank.n_empty() > 0);
        let empty = bank.runs.iter().position(|run| run.n_blocks == 0);
        let mut energies = vec![f32::NAN; 200];
        bank.apply(&[1.0; 264], &mut energies);
        assert_eq!(energies[empty.unwrap()], 0.0);
    }
}
