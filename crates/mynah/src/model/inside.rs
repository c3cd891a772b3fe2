//! What a model has learned to look at.

use mynah_lvq::Metric;
use nalgebra::DMatrix;

use super::Model;

impl Model {
    /// How much each value of a vector counts, `[dim]`, summing to 1: the relevances, or the diagonal of ΩᵀΩ (its mean
    /// over the prototypes where each has its own), which are the same thing to one value at a time. `None` for the
    /// Euclidean metric, to which every value counts the same. All in standardised values.
    pub fn relevances(&self) -> Option<Vec<f32>> {
        let (values, dim) = (self.prototypes.metric().values(), self.prototypes.dim());
        let mut sums = vec![0.0f64; dim];
        match self.prototypes.metric() {
            Metric::Relevances(values) => {
                for (sum, &value) in sums.iter_mut().zip(values) {
                    *sum += f64::from(value);
                }
            }
            Metric::Omega { .. } | Metric::LocalOmegas { .. } => {
                for row in values.chunks_exact(dim) {
                    for (sum, &value) in sums.iter_mut().zip(row) {
                        *sum += f64::from(value).powi(2);
                    }
                }
            }
            Metric::SharedOmega { tile, .. } => {
                let tiled = dim / tile * tile;
                for row in values.chunks_exact(*tile) {
                    for (sum, &value) in sums[..tiled].iter_mut().zip(row.iter().cycle()) {
                        *sum += f64::from(value).powi(2);
                    }
                }
                sums[tiled..].fill(1.0);
            }
            _ => return None,
        }
        let total: f64 = sums.iter().sum();
        let share = |sum: f64| if total > 0.0 { sum / total } else { 0.0 };
        Some(sums.into_iter().map(|sum| share(sum) as f32).collect())
    }

    /// The eigenvalues of ΩᵀΩ that can differ from 0, greatest first, summing to 1: how many directions the metric looks
    /// at. Of relevances they are the relevances, sorted; of local matrices, those of their mean ΩᵀΩ; of a matrix that all
    /// frames share, its own. `None` for the Euclidean metric.
    pub fn eigenvalues(&self) -> Option<Vec<f64>> {
        let (metric, dim) = (self.prototypes.metric(), self.prototypes.dim());
        let mut values: Vec<f64> = match metric {
            Metric::Relevances(values) => values.iter().map(|&value| value.into()).collect(),
            Metric::Omega { values, .. }
            | Metric::SharedOmega { values, .. }
            | Metric::LocalOmegas { values, .. } => {
                let dim = match metric {
                    Metric::SharedOmega { tile, .. } => *tile,
                    _ => dim,
                };
                let n_rows = values.len() / dim;
                let rows = values.iter().map(|&value| f64::from(value));
                let rows = DMatrix::from_row_iterator(n_rows, dim, rows);
                // Both products have the same eigenvalues above 0; the smaller is quicker.
                let product = match n_rows < dim {
                    true => &rows * rows.transpose(),
                    false => rows.transpose() * &rows,
                };
                let eigenvalues = product.symmetric_eigenvalues();
                eigenvalues.iter().map(|&value| value.max(0.0)).collect()
            }
            _ => return None,
        };
        values.sort_by(|a, b| b.total_cmp(a));
        let total: f64 = values.iter().sum();
        if total > 0.0 {
            values.iter_mut().for_each(|value| *value /= total);
        }
        Some(values)
    }
}
