//! Mel filterbank: triangles linear in mel, peak 1 (Kaldi `MelBanks`).

use std::array;
use std::ops::Range;

use crate::MfccConfig;
use crate::lanes::{self, LANES};

/// Each filter is a run of neighbouring bins, widened by weights of zero to whole blocks; the
/// weights of all filters follow one another.
#[derive(Clone, Debug)]
pub(crate) struct MelFilters {
    runs: Vec<Run>,
    weights: Vec<[f32; LANES]>,
}

#[derive(Clone, Debug)]
struct Run {
    first_bin: usize,
    n_blocks: usize,
}

impl MelFilters {
    /// Filters over bins 0..`n_fft/2`, set up in `f64`.
    pub(crate) fn new(config: &MfccConfig, n_fft: usize) -> Self {
        let hz_per_bin = f64::from(config.sample_rate) / n_fft as f64;
        let mels: Vec<f64> = (0..n_fft / 2).map(|k| mel(k as f64 * hz_per_bin)).collect();
        let mut bank = Self {
            runs: Vec::with_capacity(config.n_mels),
            weights: Vec::new(),
        };
        for triangle in triangles(config) {
            let first = mels.partition_point(|&m| m <= triangle.left);
            let end = mels.partition_point(|&m| m < triangle.right);
            bank.push(first..end, mels.len(), |k| triangle.weight(mels[k]) as f32);
        }
        bank
    }

    /// Adds the filter that weighs `bins`, of `n_bins` in all.
    fn push(&mut self, bins: Range<usize>, n_bins: usize, weight: impl Fn(usize) -> f32) {
        let len = lanes::padded(bins.len());
        let first_bin = bins.start.min(lanes::padded(n_bins) - len);
        let padded = |k| if bins.contains(&k) { weight(k) } else { 0.0 };
        for block in (first_bin..first_bin + len).step_by(LANES) {
            self.weights.push(array::from_fn(|i| padded(block + i)));
        }
        self.runs.push(Run {
            first_bin,
            n_blocks: len / LANES,
        });
    }

    /// Energy in each filter, `[n_mels]`, of a power spectrum padded to whole lanes.
    pub(crate) fn apply(&self, power: &[f32], energies: &mut [f32]) {
        let mut weights = self.weights.as_slice();
        for (energy, run) in energies.iter_mut().zip(&self.runs) {
            let (run_weights, others) = weights.split_at(run.n_blocks);
            let (bins, _) = power[run.first_bin..].as_chunks();
            *energy = lanes::dot(run_weights, &bins[..run.n_blocks]);
            weights = others;
        }
    }
}

/// `mel(f) = 1127 ln(1 + f/700)`.
fn mel(hz: f64) -> f64 {
    1127.0 * (1.0 + hz / 700.0).ln()
}

/// Edges in mel.
struct Triangle {
    left: f64,
    centre: f64,
    right: f64,
}

impl Triangle {
    fn weight(&self, mel: f64) -> f64 {
        let rise = (mel - self.left) / (self.centre - self.left);
        let fall = (self.right - mel) / (self.right - self.centre);
        rise.min(fall).max(0.0)
    }
}

/// `n_mels` triangles, each reaching from the centre of its left neighbour to that of its right.
fn triangles(config: &MfccConfig) -> impl Iterator<Item = Triangle> {
    let (low, high) = config.mel_range();
    let (low, high) = (mel(low), mel(high));
    let step = (high - low) / (config.n_mels + 1) as f64;
    (0..config.n_mels).map(move |b| Triangle {
        left: low + b as f64 * step,
        centre: low + (b + 1) as f64 * step,
        right: low + (b + 2) as f64 * step,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_equal_the_dense_matrix() {
        let mut narrow = MfccConfig::mynah();
        narrow.frame_length_ms = 0.5;
        for (config, n_fft) in [
            (MfccConfig::mynah(), 512),
            (MfccConfig::kaldi().with_sample_rate(8_000), 256),
            (narrow, 8),
        ] {
            let n_bins = lanes::padded(n_fft / 2);
            let power: Vec<f32> = (0..n_bins).map(|k| 1.0 + (k * k % 97) as f32).collect();
            let mut energies = vec![f32::NAN; config.n_mels];
            MelFilters::new(&config, n_fft).apply(&power, &mut energies);
            for (energy, triangle) in energies.iter().zip(triangles(&config)) {
                let dense: f64 = power
                    .iter()
                    .enumerate()
                    .take(n_fft / 2)
                    .map(|(k, &p)| {
                        let hz = k as f64 * f64::from(config.sample_rate) / n_fft as f64;
                        triangle.weight(mel(hz)) * f64::from(p)
                    })
                    .sum();
                assert!((f64::from(*energy) - dense).abs() <= 1e-5 * dense);
            }
        }
    }

    #[test]
    fn neighbours_share_each_bin() {
        // Between the first and the last centre the two triangles over a bin add up to 1.
        let config = MfccConfig::kaldi();
        let all: Vec<Triangle> = triangles(&config).collect();
        for hz in [200.0, 1_000.0, 3_333.0, 6_000.0] {
            let total: f64 = all.iter().map(|t| t.weight(mel(hz))).sum();
            assert!((total - 1.0).abs() < 1e-9, "{hz} Hz: {total}");
        }
    }

    #[test]
    fn filters_narrower_than_a_bin_are_empty() {
        let mut config = MfccConfig::kaldi();
        config.n_mels = 200;
        let bank = MelFilters::new(&config, 512);
        let empty = bank.runs.iter().position(|run| run.n_blocks == 0);
        let mut energies = vec![f32::NAN; 200];
        bank.apply(&[1.0; 256], &mut energies);
        assert_eq!(energies[empty.unwrap()], 0.0);
    }
}
