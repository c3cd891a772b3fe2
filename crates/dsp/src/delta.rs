//! Deltas: slopes of the coefficients over neighbouring frames.

use crate::{MfccConfig, Real};

/// Whose deltas. `W` is `delta_window`; beyond the first and the last frame those repeat. A regression is
/// `Σ j·x[t + j] / Σ j²` for `j` in −W..=W.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum DeltaRule {
    /// The regression; order 2 is its kernel convolved with itself, over the coefficients (Kaldi `add-deltas`).
    Kaldi,
    /// The regression; order 2 is the regression of the deltas, the first and the last of which repeat (HTK,
    /// torchaudio, python_speech_features). Differs from `Kaldi` in the first and last 2W frames.
    Htk,
    /// As `Htk`, but at the end of the clip as `Kaldi` (openSMILE).
    OpenSmile,
    /// The slope of a straight line through 2W + 1 frames, and the second derivative of a parabola through
    /// them; at the ends of the clip the curve through the outermost 2W + 1 frames is used, so a clip needs
    /// that many (librosa, `scipy.signal.savgol_filter` in mode `interp`).
    Librosa,
}

/// Fills the delta columns of rows `[n_static · (1 + order)]`.
#[derive(Clone, Debug)]
pub(crate) struct Delta<T> {
    rule: DeltaRule,
    window: usize,
    order: usize,
    n_static: usize,
    /// Kernel of each order, over the static coefficients.
    kernels: Vec<Vec<T>>,
    sums: Vec<T>,
}

impl<T: Real> Delta<T> {
    pub(crate) fn new(config: &MfccConfig) -> Self {
        let (order, window) = (config.delta_order, config.delta_window);
        let first = regression(window);
        let second = match config.delta_rule {
            DeltaRule::Librosa => parabola(window),
            _ => convolve(&first, &first),
        };
        let kernels = [first, second].into_iter().take(order);
        Self {
            rule: config.delta_rule,
            window,
            order,
            n_static: config.n_static(),
            kernels: kernels
                .map(|kernel| kernel.into_iter().map(T::of).collect())
                .collect(),
            sums: vec![T::zero(); config.n_static()],
        }
    }

    /// Length of a row.
    pub(crate) fn n_coeffs(&self) -> usize {
        self.n_static * (1 + self.order)
    }

    /// Frames needed on either side.
    pub(crate) fn context(&self) -> usize {
        match (self.rule, self.order) {
            (_, 0) => 0,
            // The curve at one end of the clip reaches to its other end.
            (DeltaRule::Librosa, _) => 2 * self.window,
            (_, order) => order * self.window,
        }
    }

    /// Fewest frames that have deltas.
    pub(crate) fn min_frames(&self) -> usize {
        match (self.rule, self.order) {
            (DeltaRule::Librosa, 1..) => 2 * self.window + 1,
            _ => 0,
        }
    }

    /// Writes the deltas of row `t` of `rows`, whose static columns are all there. The first and the last row
    /// of the slice count as those of the clip, where they are less than [`Delta::context`] away.
    pub(crate) fn fill_row(&mut self, rows: &mut [T], t: usize) {
        for order in 1..=self.order {
            self.sums.fill(T::zero());
            let last = rows.len() / self.n_coeffs() - 1;
            match self.rule {
                DeltaRule::Librosa => self.add_curve(rows, t, last, order),
                DeltaRule::Htk | DeltaRule::OpenSmile
                    if order == 2 && (t < self.context() || t + self.context() > last) =>
                {
                    self.add_slope_of_slopes(rows, t, last);
                }
                _ => self.add_kernel(rows, t, last, order),
            }
            let column = t * self.n_coeffs() + order * self.n_static;
            rows[column..][..self.n_static].copy_from_slice(&self.sums);
        }
    }

    /// The kernel over the static coefficients.
    fn add_kernel(&mut self, rows: &[T], t: usize, last: usize, order: usize) {
        let n_coeffs = self.n_coeffs();
        let kernel = &self.kernels[order - 1];
        for (j, w) in kernel.iter().enumerate() {
            let neighbour = (t + j).saturating_sub(kernel.len() / 2).min(last);
            add(&mut self.sums, *w, &rows[neighbour * n_coeffs..]);
        }
    }

    /// The regression over regressions, the outer ones of which repeat.
    fn add_slope_of_slopes(&mut self, rows: &[T], t: usize, last: usize) {
        let n_coeffs = self.n_coeffs();
        let w = self.window;
        let kernel = &self.kernels[0];
        let last_slope = match self.rule {
            DeltaRule::OpenSmile => usize::MAX,
            _ => last,
        };
        for (j, outer) in kernel.iter().enumerate() {
            let slope = (t + j).saturating_sub(w).min(last_slope);
            for (i, inner) in kernel.iter().enumerate() {
                let neighbour = (slope + i).saturating_sub(w).min(last);
                add(
                    &mut self.sums,
                    *outer * *inner,
                    &rows[neighbour * n_coeffs..],
                );
            }
        }
    }

    /// The derivative of the curve through the 2W + 1 frames around `t`, or the outermost ones. The slope of a
    /// line and the second derivative of a parabola are the same everywhere on it.
    fn add_curve(&mut self, rows: &[T], t: usize, last: usize, order: usize) {
        let n_coeffs = self.n_coeffs();
        let first = t.saturating_sub(self.window).min(last - 2 * self.window);
        for (j, weight) in self.kernels[order - 1].iter().enumerate() {
            add(&mut self.sums, *weight, &rows[(first + j) * n_coeffs..]);
        }
    }
}

fn add<T: Real>(sums: &mut [T], weight: T, row: &[T]) {
    for (sum, x) in sums.iter_mut().zip(row) {
        *sum = *sum + weight * *x;
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

/// Weights that give the second derivative of the parabola of least squares through 2W + 1 values.
fn parabola(window: usize) -> Vec<f64> {
    let w = window as i64;
    let squares = || (-w..=w).map(|j| (j * j) as f64);
    let mean = squares().sum::<f64>() / (2 * w + 1) as f64;
    let norm: f64 = squares().map(|s| s * (s - mean)).sum();
    squares().map(|s| 2.0 * (s - mean) / norm).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(rule: DeltaRule, order: usize, window: usize) -> Delta<f64> {
        let mut config = MfccConfig::kaldi();
        (config.n_mfcc, config.delta_order) = (1, order);
        (config.delta_window, config.delta_rule) = (window, rule);
        Delta::new(&config)
    }

    /// The delta columns, row by row.
    fn deltas(mut delta: Delta<f64>, statics: &[f64]) -> Vec<Vec<f64>> {
        let n_coeffs = delta.n_coeffs();
        let mut rows = vec![f64::NAN; statics.len() * n_coeffs];
        for (t, x) in statics.iter().enumerate() {
            rows[t * n_coeffs] = *x;
        }
        for t in 0..statics.len() {
            delta.fill_row(&mut rows, t);
        }
        rows.chunks(n_coeffs).map(|row| row[1..].to_vec()).collect()
    }

    /// The regression over a slice whose ends repeat.
    fn slopes(x: &[f64], w: i64) -> Vec<f64> {
        let at = |t: i64| x[t.clamp(0, x.len() as i64 - 1) as usize];
        let norm: i64 = (-w..=w).map(|j| j * j).sum();
        (0..x.len() as i64)
            .map(|t| (-w..=w).map(|j| j as f64 * at(t + j)).sum::<f64>() / norm as f64)
            .collect()
    }

    fn statics(n: usize) -> Vec<f64> {
        (0..n).map(|t| ((t * t % 17) as f64).sin()).collect()
    }

    fn check(got: &[Vec<f64>], order: usize, expected: &[f64]) {
        for (t, (got, expected)) in got.iter().zip(expected).enumerate() {
            let got = got[order - 1];
            assert!(
                (got - expected).abs() < 1e-12,
                "row {t}: {got}, not {expected}"
            );
        }
    }

    #[test]
    fn kernels_of_kaldi() {
        let delta = delta(DeltaRule::Kaldi, 2, 2);
        assert_eq!(delta.kernels[0], [-0.2, -0.1, 0.0, 0.1, 0.2]);
        let second = [0.04, 0.04, 0.01, -0.04, -0.1, -0.04, 0.01, 0.04, 0.04];
        for (got, expected) in delta.kernels[1].iter().zip(second) {
            assert!((got - expected).abs() < 1e-15);
        }
        assert_eq!((delta.context(), delta.n_coeffs()), (4, 3));
    }

    #[test]
    fn htk_repeats_slopes_kaldi_repeats_coefficients_opensmile_does_one_at_each_end() {
        for n in [1, 2, 3, 5, 9, 30] {
            let x = statics(n);
            let first = slopes(&x, 2);
            let second = slopes(&first, 2);
            let htk = deltas(delta(DeltaRule::Htk, 2, 2), &x);
            check(&htk, 1, &first);
            check(&htk, 2, &second);

            // As if the clip went on with its last coefficient, and began with its first.
            let longer = |before: usize, after: usize| {
                let mut y = vec![x[0]; before];
                y.extend(&x);
                y.extend(vec![x[n - 1]; after]);
                slopes(&slopes(&y, 2), 2)[before..][..n].to_vec()
            };
            check(&deltas(delta(DeltaRule::Kaldi, 2, 2), &x), 2, &longer(9, 9));
            check(
                &deltas(delta(DeltaRule::OpenSmile, 2, 2), &x),
                2,
                &longer(0, 9),
            );
        }
    }

    #[test]
    fn librosa_knows_parabolas() {
        // x = 3 + 2t + 5t²: the second derivative is 10 everywhere, the slope 2 + 10t away from the ends.
        let x: Vec<f64> = (0..20)
            .map(f64::from)
            .map(|t| 3.0 + 2.0 * t + 5.0 * t * t)
            .collect();
        let slope = |t: usize| 2.0 + 10.0 * t.clamp(4, 15) as f64;
        let expected: Vec<f64> = (0..20).map(slope).collect();
        let delta = delta(DeltaRule::Librosa, 2, 4);
        assert_eq!(delta.min_frames(), 9);
        let got = deltas(delta, &x);
        for (t, row) in got.iter().enumerate() {
            assert!((row[0] - expected[t]).abs() < 1e-9, "row {t}: {}", row[0]);
            assert!((row[1] - 10.0).abs() < 1e-9, "row {t}: {}", row[1]);
        }
    }
}
