//! Cepstral normalisation over a window that slides along the clip (Kaldi `apply-cmvn-sliding`, torchaudio
//! `sliding_window_cmn`). Its sums are updated frame by frame in double precision, in the same order for a
//! whole clip and for a stream.

use std::collections::VecDeque;

use crate::check::count;
use crate::{ConfigError, Real};

/// Windows longer than an hour of usual frames are a slip.
const WINDOWS: std::ops::RangeInclusive<usize> = 1..=1 << 20;
/// Kaldi's floor under the variance.
const VARIANCE_FLOOR: f64 = 1e-10;

/// Which frames a row is normalised by. `Default` are Kaldi's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Sliding {
    /// Frames in the window, 1..=2²⁰ (one more behind the frame itself without `center`, as in Kaldi).
    /// Default 600.
    #[doc(alias = "cmn_window")]
    pub window: usize,
    /// Without `center`, frames looked at least, at the start of a clip; 1..=`window`. Default 100.
    #[doc(alias = "min_cmn_window")]
    pub min_window: usize,
    /// Window around the frame rather than before it. Default `false`.
    pub center: bool,
    /// Divide by the standard deviation too. Default `false`.
    #[doc(alias = "norm_vars")]
    pub variance: bool,
}

impl Default for Sliding {
    fn default() -> Self {
        Self {
            window: 600,
            min_window: 100,
            center: false,
            variance: false,
        }
    }
}

impl Sliding {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        count("cmvn.sliding.window", self.window, WINDOWS)?;
        count("cmvn.sliding.min_window", self.min_window, 1..=self.window)
    }

    /// First and end frame of the window of frame `t` in a clip of `n` frames (usize::MAX: not known yet).
    fn window(&self, t: usize, n: usize) -> (usize, usize) {
        let start = if self.center {
            t as isize - (self.window / 2) as isize
        } else {
            t as isize - self.window as isize
        };
        let length = if self.center {
            self.window
        } else {
            self.window + 1
        };
        debug_assert!(length > 0 && length <= *WINDOWS.end() + 1);
        // Shifted to the right where it begins before the clip.
        let mut start = start.max(0) as usize;
        let mut end = start + length;
        if !self.center && end > t {
            end = (t + 1).max(self.min_window);
        }
        if end > n {
            start = start.saturating_sub(end - n);
            end = n;
        }
        (start, end)
    }
}

/// The state of one clip.
#[derive(Clone, Debug)]
pub(crate) struct SlidingWindow<T> {
    config: Sliding,
    n_coeffs: usize,
    /// The frames from `start` on that are still needed.
    rows: VecDeque<T>,
    /// Frames forgotten.
    start: usize,
    /// The window that the sums stand for.
    summed: (usize, usize),
    sum: Vec<f64>,
    squares: Vec<f64>,
    /// The next frame to give out.
    next: usize,
}

impl<T: Real> SlidingWindow<T> {
    pub(crate) fn new(config: Sliding, n_coeffs: usize) -> Self {
        Self {
            config,
            n_coeffs,
            rows: VecDeque::new(),
            start: 0,
            summed: (0, 0),
            sum: vec![0.0; n_coeffs],
            squares: vec![0.0; n_coeffs],
            next: 0,
        }
    }

    /// Forgets the clip.
    pub(crate) fn reset(&mut self) {
        self.rows.clear();
        (self.start, self.summed, self.next) = (0, (0, 0), 0);
        self.sum.fill(0.0);
        self.squares.fill(0.0);
    }

    /// Takes a row.
    pub(crate) fn push(&mut self, row: &[T]) {
        self.rows.extend(row);
    }

    /// Writes the next normalised row into `out` if its window is there; at the end of the clip
    /// (`is_over`) it is.
    pub(crate) fn pop(&mut self, is_over: bool, out: &mut [T]) -> bool {
        let n = self.start + self.rows.len() / self.n_coeffs;
        if self.next >= n {
            return false;
        }
        let (_, wanted) = self.config.window(self.next, usize::MAX);
        if wanted > n && !is_over {
            return false;
        }
        let (start, end) = self.config.window(self.next, n);
        self.slide(start, end);
        let t = self.next;
        for (c, out) in out.iter_mut().enumerate() {
            *out = self.normalized(t, c);
        }
        self.next += 1;
        // A window shifted back at the end of the clip never begins before the one of the frame before.
        let n_forgotten = start.min(t) - self.start;
        self.rows.drain(..n_forgotten * self.n_coeffs);
        self.start += n_forgotten;
        true
    }

    fn slide(&mut self, start: usize, end: usize) {
        for t in self.summed.1..end {
            self.account(t, 1.0);
        }
        for t in self.summed.0..start {
            self.account(t, -1.0);
        }
        self.summed = (start, end);
    }

    fn account(&mut self, t: usize, sign: f64) {
        for c in 0..self.n_coeffs {
            let x = self.value(t, c);
            self.sum[c] += sign * x;
            self.squares[c] += sign * x * x;
        }
    }

    fn value(&self, t: usize, c: usize) -> f64 {
        self.rows[(t - self.start) * self.n_coeffs + c].f64()
    }

    fn normalized(&self, t: usize, c: usize) -> T {
        let n = (self.summed.1 - self.summed.0) as f64;
        let mean = self.sum[c] / n;
        let x = self.value(t, c) - mean;
        if !self.config.variance {
            return T::of(x);
        }
        if n == 1.0 {
            return T::zero();
        }
        let variance = self.squares[c] / n - mean * mean;
        T::of(x / variance.max(VARIANCE_FLOOR).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition, window by window.
    fn naive(config: Sliding, x: &[f64]) -> Vec<f64> {
        let n = x.len();
        (0..n)
            .map(|t| {
                let w = config.window;
                let (mut start, mut end) = if config.center {
                    let start = t as isize - (w / 2) as isize;
                    (start, start + w as isize)
                } else {
                    (t as isize - w as isize, t as isize + 1)
                };
                if start < 0 {
                    end -= start;
                    start = 0;
                }
                if !config.center && end > t as isize {
                    end = (t + 1).max(config.min_window) as isize;
                }
                if end > n as isize {
                    start = (start - (end - n as isize)).max(0);
                    end = n as isize;
                }
                let window = &x[start as usize..end as usize];
                let m = window.len() as f64;
                let mean = window.iter().sum::<f64>() / m;
                let variance = window.iter().map(|x| x * x).sum::<f64>() / m - mean * mean;
                match (config.variance, window.len()) {
                    (false, _) => x[t] - mean,
                    (true, 1) => 0.0,
                    (true, _) => (x[t] - mean) / variance.max(1e-10).sqrt(),
                }
            })
            .collect()
    }

    #[test]
    fn equals_the_definition() {
        let x: Vec<f64> = (0..40).map(|t| ((t * t % 23) as f64).cos()).collect();
        for center in [false, true] {
            for variance in [false, true] {
                for (window, min_window) in [(1, 1), (6, 3), (7, 7), (60, 20)] {
                    let config = Sliding {
                        window,
                        min_window,
                        center,
                        variance,
                    };
                    for n in [1, 2, 7, 40] {
                        let mut sliding = SlidingWindow::new(config, 1);
                        let (mut got, mut row) = (Vec::new(), [0.0]);
                        for x in &x[..n] {
                            sliding.push(&[*x]);
                            while sliding.pop(false, &mut row) {
                                got.push(row[0]);
                            }
                        }
                        while sliding.pop(true, &mut row) {
                            got.push(row[0]);
                        }
                        assert_eq!(got.len(), n);
                        for (t, (got, expected)) in
                            got.iter().zip(naive(config, &x[..n])).enumerate()
                        {
                            let close = (got - expected).abs() < 1e-7;
                            assert!(close, "{config:?}, {n} frames, {t}: {got}, not {expected}");
                        }
                        assert!(sliding.rows.len() <= window + 2);
                    }
                }
            }
        }
    }
}
