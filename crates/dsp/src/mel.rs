//! Mel filterbank: triangles linear in mel, peak 1 (Kaldi `MelBanks`).

use std::ops::Range;

use crate::MfccConfig;
use crate::lanes;

/// Each filter is a run of neighbouring bins and their weights.
#[derive(Clone, Debug)]
pub(crate) struct MelFilters {
    filters: Vec<Filter>,
    weights: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Filter {
    bins: Range<usize>,
    weights: Range<usize>,
}

impl MelFilters {
    /// Filters over bins 0..`n_fft/2`, set up in `f64`.
    pub(crate) fn new(config: &MfccConfig, n_fft: usize) -> Self {
        let hz_per_bin = f64::from(config.sample_rate) / n_fft as f64;
        let mels: Vec<f64> = (0..n_fft / 2).map(|k| mel(k as f64 * hz_per_bin)).collect();
        let mut bank = Self {
            filters: Vec::with_capacity(config.n_mels),
            weights: Vec::new(),
        };
        for triangle in triangles(config) {
            let first = mels.partition_point(|&m| m <= triangle.left);
            let end = mels.partition_point(|&m| m < triangle.right);
            let bins = whole_lanes(first..end, mels.len());
            let from = bank.weights.len();
            let weights = mels[bins.clone()]
                .iter()
                .map(|&m| triangle.weight(m) as f32);
            bank.weights.extend(weights);
            let weights = from..bank.weights.len();
            bank.filters.push(Filter { bins, weights });
        }
        bank
    }

    /// Energy in each filter, `[n_mels]`, of a power spectrum `[n_fft / 2]`.
    pub(crate) fn apply(&self, power: &[f32], energies: &mut [f32]) {
        for (energy, filter) in energies.iter_mut().zip(&self.filters) {
            *energy = lanes::dot(
                &self.weights[filter.weights.clone()],
                &power[filter.bins.clone()],
            );
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

/// `bins` widened (by weights of zero) until a vectorised sum has no leftovers, where the
/// spectrum is long enough.
fn whole_lanes(bins: Range<usize>, n_bins: usize) -> Range<usize> {
    let len = lanes::padded(bins.len()).min(n_bins);
    let start = bins.start.min(n_bins - len);
    start..start + len
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
            let power: Vec<f32> = (0..n_fft / 2).map(|k| 1.0 + (k * k % 97) as f32).collect();
            let mut energies = vec![f32::NAN; config.n_mels];
            MelFilters::new(&config, n_fft).apply(&power, &mut energies);
            for (energy, triangle) in energies.iter().zip(triangles(&config)) {
                let dense: f64 = power
                    .iter()
                    .enumerate()
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
        let empty = bank.filters.iter().position(|f| f.bins.is_empty());
        let mut energies = vec![f32::NAN; 200];
        bank.apply(&[1.0; 256], &mut energies);
        assert_eq!(energies[empty.unwrap()], 0.0);
    }
}
