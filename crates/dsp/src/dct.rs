//! DCT-II of the log mel energies: `X[k] = s(k) Σ x[m] cos(π k (m + ½) / M)`.

use std::f64::consts::PI;

use crate::Real;

/// The scale `s(k)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum DctNorm {
    /// Orthonormal: `s(0) = √(1/M)`, else `√(2/M)` (Kaldi, librosa, python_speech_features).
    Ortho,
    /// `√(2/M)` throughout, which makes c0 √2 times larger (HTK, TensorFlow, openSMILE).
    Htk,
}

/// Coefficients computed side by side.
const PANEL: usize = 16;

/// The first `n_mfcc` rows of the matrix, in panels of 16 rows stored column by column: the inner
/// loop is a multiply-add over neighbouring coefficients, which vectorises without reordering
/// any sum.
#[derive(Clone, Debug)]
pub(crate) struct Dct<T> {
    /// `[⌈n_mfcc / 16⌉ × n_mels]`, padded with zeros.
    columns: Vec<[T; PANEL]>,
    n_mels: usize,
}

impl<T: Real> Dct<T> {
    pub(crate) fn new(norm: DctNorm, n_mfcc: usize, n_mels: usize) -> Self {
        let mut columns = Vec::with_capacity(n_mfcc.div_ceil(PANEL) * n_mels);
        for first in (0..n_mfcc).step_by(PANEL) {
            for m in 0..n_mels {
                let mut column = [T::zero(); PANEL];
                for (k, c) in (first..n_mfcc).zip(&mut column) {
                    *c = T::of(coefficient(norm, k, m, n_mels));
                }
                columns.push(column);
            }
        }
        Self { columns, n_mels }
    }

    /// `[n_mels]` to `[n_mfcc]`.
    pub(crate) fn apply(&self, log_mels: &[T], out: &mut [T]) {
        let panels = self.columns.chunks_exact(self.n_mels);
        for (out, panel) in out.chunks_mut(PANEL).zip(panels) {
            let mut sums = [T::zero(); PANEL];
            // In parts, as the rounding errors grow with the sum.
            for (log_mels, columns) in log_mels.chunks(PANEL).zip(panel.chunks(PANEL)) {
                let mut part = [T::zero(); PANEL];
                for (x, column) in log_mels.iter().zip(columns) {
                    for (sum, c) in part.iter_mut().zip(column) {
                        *sum = *sum + *x * *c;
                    }
                }
                for (sum, part) in sums.iter_mut().zip(part) {
                    *sum = *sum + part;
                }
            }
            out.copy_from_slice(&sums[..out.len()]);
        }
    }
}

fn coefficient(norm: DctNorm, k: usize, m: usize, n_mels: usize) -> f64 {
    let n = n_mels as f64;
    let scale = match (norm, k) {
        (DctNorm::Ortho, 0) => 1.0 / n,
        _ => 2.0 / n,
    };
    scale.sqrt() * (PI * k as f64 * (m as f64 + 0.5) / n).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_formula() {
        for norm in [DctNorm::Ortho, DctNorm::Htk] {
            for (n_mfcc, n_mels) in [(1, 1), (13, 23), (16, 16), (17, 40), (40, 40)] {
                let x: Vec<f64> = (0..n_mels)
                    .map(|m| ((m * 37 % 11) as f64).sin() * 9.0)
                    .collect();
                let mut out = vec![f64::NAN; n_mfcc];
                Dct::new(norm, n_mfcc, n_mels).apply(&x, &mut out);
                for (k, got) in out.iter().enumerate() {
                    let expected: f64 = (0..n_mels)
                        .map(|m| coefficient(norm, k, m, n_mels) * x[m])
                        .sum();
                    assert!((got - expected).abs() < 1e-12, "c{k}");
                }
            }
        }
    }

    #[test]
    fn the_orthonormal_one_keeps_length() {
        // Σ x² survives the full transform.
        let x: Vec<f32> = (0..24).map(|m| (m as f32).cos()).collect();
        let mut out = [0.0; 24];
        Dct::new(DctNorm::Ortho, 24, 24).apply(&x, &mut out);
        let energy = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>();
        assert!((energy(&x) - energy(&out)).abs() < 1e-4);
    }
}
