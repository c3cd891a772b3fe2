use crate::batch::Batch;
use crate::cost::{Cost, Verdict};
use crate::elementary::ln;
use crate::error::require;
use crate::gradient::Gradient;
use crate::{Codebook, Error, Float};
use rayon::prelude::*;

/// A cost plus −½ weight · ln det(Ω Ωᵀ) for each matrix of the metric.
#[derive(Debug, Clone)]
pub(crate) struct LogDet<C> {
    pub(crate) cost: C,
    pub(crate) weight: f64,
}

impl<C> LogDet<C> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let ok = self.weight >= 0.0 && self.weight.is_finite();
        require(ok, "regularisation", self.weight, "at least 0 and finite")
    }
}

impl<T: Float, C: Cost<T>> Cost<T> for LogDet<C> {
    fn judge(&self, codebook: &Codebook<T>, batch: &Batch<T>, progress: f64) -> Vec<Verdict> {
        self.cost.judge(codebook, batch, progress)
    }

    /// The gradient of ½ ln det(Ω Ωᵀ) is (Ω Ωᵀ)⁻¹ Ω, the transposed pseudo-inverse.
    fn regularise(&self, codebook: &Codebook<T>, gradient: &mut Gradient<T>) {
        if self.weight == 0.0 {
            return;
        }
        let Some([n_rows, dim]) = codebook.metric().shape(codebook.dim()) else {
            return;
        };
        let omegas = codebook.metric().values().par_chunks_exact(n_rows * dim);
        let sums = gradient.metric.par_chunks_exact_mut(n_rows * dim);
        omegas.zip(sums).for_each(|(omega, sums)| {
            for (sum, by) in sums.iter_mut().zip(Rows::new(omega, dim).pseudo_inverse()) {
                *sum = *sum - T::from_f64(self.weight * by);
            }
        });
    }

    fn penalty(&self, codebook: &Codebook<T>) -> f64 {
        let shape = codebook.metric().shape(codebook.dim());
        let Some([n_rows, dim]) = shape.filter(|_| self.weight > 0.0) else {
            return 0.0;
        };
        let omegas = codebook.metric().values().chunks_exact(n_rows * dim);
        let logs = omegas.map(|omega| Rows::new(omega, dim).half_log_det());
        -self.weight * logs.sum::<f64>()
    }
}

/// A matrix Ω and Cholesky's decomposition L Lᵀ of Ω Ωᵀ. A matrix without full rank gives values that
/// are not finite, or vast.
struct Rows {
    dim: usize,
    /// `[n × dim]`.
    omega: Vec<f64>,
    /// L, `[n × n]`.
    lower: Vec<f64>,
    n: usize,
}

impl Rows {
    fn new<T: Float>(omega: &[T], dim: usize) -> Self {
        let omega: Vec<f64> = omega.iter().map(|v| v.to_f64()).collect();
        let rows: Vec<&[f64]> = omega.chunks_exact(dim).collect();
        let n = rows.len();
        let mut lower = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let product: f64 = rows[i].iter().zip(rows[j]).map(|(a, b)| a * b).sum();
                let known: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
                lower[i * n + j] = if i == j {
                    (product - known).sqrt()
                } else {
                    (product - known) / lower[j * n + j]
                };
            }
        }
        Self {
            dim,
            omega,
            lower,
            n,
        }
    }

    /// ½ ln det(Ω Ωᵀ).
    fn half_log_det(&self) -> f64 {
        (0..self.n).map(|i| ln(self.lower[i * self.n + i])).sum()
    }

    /// (Ω Ωᵀ)⁻¹ Ω: L Y = Ω, then Lᵀ X = Y, each a row at a time.
    fn pseudo_inverse(&self) -> Vec<f64> {
        let Self { dim, n, .. } = *self;
        let lower = &self.lower;
        let mut solved = self.omega.clone();
        for i in 0..n {
            let (before, row) = solved.split_at_mut(i * dim);
            let factors = (0..i).map(|k| lower[i * n + k]);
            eliminate(&mut row[..dim], before.chunks_exact(dim), factors);
            row[..dim].iter_mut().for_each(|x| *x /= lower[i * n + i]);
        }
        for i in (0..n).rev() {
            let (row, after) = solved.split_at_mut((i + 1) * dim);
            let row = &mut row[i * dim..];
            let factors = (i + 1..n).map(|k| lower[k * n + i]);
            eliminate(row, after.chunks_exact(dim), factors);
            row.iter_mut().for_each(|x| *x /= lower[i * n + i]);
        }
        solved
    }
}

/// Subtracts `factors` times `others` from `row`.
fn eliminate<'a>(
    row: &mut [f64],
    others: impl Iterator<Item = &'a [f64]>,
    factors: impl Iterator<Item = f64>,
) {
    for (other, factor) in others.zip(factors) {
        for (x, y) in row.iter_mut().zip(other) {
            *x -= factor * y;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudo_inverse_inverts() {
        let omega = [2.0, 0.0, 1.0, -1.0, 0.5, 3.0];
        let solved = Rows::new(&omega, 3).pseudo_inverse();
        for i in 0..2 {
            for j in 0..2 {
                let pairs = omega[i * 3..][..3].iter().zip(&solved[j * 3..][..3]);
                let product: f64 = pairs.map(|(a, b)| a * b).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
    }
}
