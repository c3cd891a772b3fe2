//! DCT-II of the log mel energies, orthonormal:
//! `X[k] = s(k) Σ x[m] cos(π k (m + ½) / M)` with `s(0) = √(1/M)` and `s(k) = √(2/M)`
//! (Kaldi `ComputeDctMatrix`).

use std::f64::consts::PI;

/// Coefficients computed side by side.
const PANEL: usize = 16;

/// The first `n_mfcc` rows of the matrix, in panels of 16 rows stored column by column: the inner
/// loop is a multiply-add over neighbouring coefficients, which vectorises without reordering
/// any sum.
#[derive(Clone, Debug)]
pub(crate) struct Dct {
    /// `[⌈n_mfcc / 16⌉ × n_mels]`, padded with zeros.
    columns: Vec<[f32; PANEL]>,
    n_mels: usize,
}

impl Dct {
    pub(crate) fn new(n_mfcc: usize, n_mels: usize) -> Self {
        let mut columns = Vec::with_capacity(n_mfcc.div_ceil(PANEL) * n_mels);
        for first in (0..n_mfcc).step_by(PANEL) {
            for m in 0..n_mels {
                let mut column = [0.0; PANEL];
                for (k, c) in (first..n_mfcc).zip(&mut column) {
                    *c = coefficient(k, m, n_mels) as f32;
                }
                columns.push(column);
            }
        }
        Self { columns, n_mels }
    }

    /// `[n_mels]` to `[n_mfcc]`.
    pub(crate) fn apply(&self, log_mels: &[f32], out: &mut [f32]) {
        let panels = self.columns.chunks_exact(self.n_mels);
        for (out, panel) in out.chunks_mut(PANEL).zip(panels) {
            let mut sums = [0.0; PANEL];
            for (x, column) in log_mels.iter().zip(panel) {
                for (sum, c) in sums.iter_mut().zip(column) {
                    *sum += x * c;
                }
            }
            out.copy_from_slice(&sums[..out.len()]);
        }
    }
}

fn coefficient(k: usize, m: usize, n_mels: usize) -> f64 {
    let n = n_mels as f64;
    let scale = if k == 0 { 1.0 / n } else { 2.0 / n };
    scale.sqrt() * (PI * k as f64 * (m as f64 + 0.5) / n).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_formula() {
        for (n_mfcc, n_mels) in [(1, 1), (13, 23), (16, 16), (17, 40), (40, 40)] {
            let x: Vec<f32> = (0..n_mels)
                .map(|m| ((m * 37 % 11) as f32).sin() * 9.0)
                .collect();
            let mut out = vec![f32::NAN; n_mfcc];
            Dct::new(n_mfcc, n_mels).apply(&x, &mut out);
            for (k, got) in out.iter().enumerate() {
                let expected: f64 = (0..n_mels)
                    .map(|m| coefficient(k, m, n_mels) * f64::from(x[m]))
                    .sum();
                assert!((f64::from(*got) - expected).abs() < 1e-5, "c{k}");
            }
        }
    }

    #[test]
    fn keeps_length() {
        // Orthonormal: the full transform preserves Σ x².
        let x: Vec<f32> = (0..24).map(|m| (m as f32).cos()).collect();
        let mut out = [0.0; 24];
        Dct::new(24, 24).apply(&x, &mut out);
        let energy = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>();
        assert!((energy(&x) - energy(&out)).abs() < 1e-4);
    }
}
