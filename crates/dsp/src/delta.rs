//! Deltas: slopes of the coefficients over neighbouring frames.
//!
//! As Kaldi's `add-deltas`: one kernel per order, applied to the static coefficients, frame
//! indices clamped to the clip. Order 1 is the regression `w[j] = j / Σ j²` for `j` in
//! −W..=W; order 2 is that kernel convolved with itself, which differs from the delta of the delta
//! (HTK) in the first and last 2W frames only.

/// Fills the delta columns of rows `[n_static · (1 + order)]`.
#[derive(Clone, Debug)]
pub(crate) struct Delta {
    kernels: Vec<Vec<f32>>,
    n_static: usize,
    sums: Vec<f32>,
}

impl Delta {
    pub(crate) fn new(order: usize, window: usize, n_static: usize) -> Self {
        let regression = regression(window);
        let mut kernel = vec![1.0];
        let mut kernels = Vec::with_capacity(order);
        for _ in 0..order {
            kernel = convolve(&kernel, &regression);
            kernels.push(kernel.iter().map(|&w| w as f32).collect());
        }
        Self {
            kernels,
            n_static,
            sums: vec![0.0; n_static],
        }
    }

    /// Length of a row.
    pub(crate) fn n_coeffs(&self) -> usize {
        self.n_static * (1 + self.kernels.len())
    }

    /// Frames needed on either side.
    pub(crate) fn context(&self) -> usize {
        self.kernels.last().map_or(0, |kernel| kernel.len() / 2)
    }

    /// Writes the deltas of row `t` of `rows`, whose static columns are all there. Beyond the
    /// first and the last row of the slice, those rows repeat.
    pub(crate) fn fill_row(&mut self, rows: &mut [f32], t: usize) {
        let n_coeffs = self.n_coeffs();
        let last = rows.len() / n_coeffs - 1;
        let mut column = self.n_static;
        for kernel in &self.kernels {
            self.sums.fill(0.0);
            for (j, w) in kernel.iter().enumerate() {
                let neighbour = (t + j).saturating_sub(kernel.len() / 2).min(last);
                let row = &rows[neighbour * n_coeffs..][..self.n_static];
                for (sum, x) in self.sums.iter_mut().zip(row) {
                    *sum += w * x;
                }
            }
            rows[t * n_coeffs + column..][..self.n_static].copy_from_slice(&self.sums);
            column += self.n_static;
        }
    }
}

fn regression(window: usize) -> Vec<f64> {
    let w = window as i64;
    let norm: i64 = (-w..=w).map(|j| j * j).sum();
    (-w..=w).map(|j| j as f64 / norm as f64).collect()
}

fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_of_kaldi() {
        let delta = Delta::new(2, 2, 1);
        assert_eq!(delta.kernels[0], [-0.2, -0.1, 0.0, 0.1, 0.2]);
        let second = [0.04, 0.04, 0.01, -0.04, -0.1, -0.04, 0.01, 0.04, 0.04];
        for (got, expected) in delta.kernels[1].iter().zip(second) {
            assert!((got - expected).abs() < 1e-7);
        }
        assert_eq!((delta.context(), delta.n_coeffs()), (4, 3));
    }

    #[test]
    fn slope_of_a_ramp_and_flat_ends() {
        let mut delta = Delta::new(2, 2, 1);
        let mut rows: Vec<f32> = (0..20).flat_map(|t| [3.0 * t as f32, 0.0, 0.0]).collect();
        for t in 0..20 {
            delta.fill_row(&mut rows, t);
        }
        let row = |t: usize| &rows[3 * t..3 * t + 3];
        assert!((row(10)[1] - 3.0).abs() < 1e-5);
        assert!(row(10)[2].abs() < 1e-5);
        // Frame 0 sees rows 0,0,0,1,2: (1·3 + 2·6)/10.
        assert!((row(0)[1] - 1.5).abs() < 1e-5);
    }

    #[test]
    fn a_single_frame_has_no_slope() {
        let mut rows = [5.0, f32::NAN];
        Delta::new(1, 2, 1).fill_row(&mut rows, 0);
        assert!(rows[1].abs() < 1e-6);
    }
}
