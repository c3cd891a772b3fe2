//! Cepstral mean and variance normalisation over one clip (Kaldi `apply-cmvn`, per utterance).

use std::ops::Range;

use crate::sliding::SlidingWindow;
use crate::{ConfigError, Real, Sliding};

/// What to normalise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Cmvn {
    /// Nothing.
    None,
    /// Subtract each coefficient's mean over the clip.
    Mean,
    /// Subtract the mean, then divide by the standard deviation.
    MeanVariance,
    /// The same over a window that slides along; a stream can do it too.
    Sliding(Sliding),
}

/// Which columns are normalised, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum CmvnOver {
    /// Whole rows, deltas included (Kaldi `add-deltas | apply-cmvn`).
    Rows,
    /// The coefficients, from which the deltas are then taken (Kaldi `apply-cmvn | add-deltas`, HTK `_Z`).
    Statics,
}

/// Normalises every column of `data`, row-major `[n_frames × n_coeffs]`, in place.
///
/// `σ² = E[(x − μ)²]`, all in `f64`. With [`Cmvn::MeanVariance`] a column whose deviation is below one
/// rounding step of its mean counts as constant and becomes 0; Kaldi would multiply its rounding
/// noise by up to 1e10.
///
/// # Panics
/// If `n_coeffs` is 0 or does not divide the length of `data`, or if [`Cmvn::check`] refuses `cmvn`.
pub fn normalize<T: Real>(data: &mut [T], n_coeffs: usize, cmvn: Cmvn) {
    assert!(
        n_coeffs > 0 && data.len().is_multiple_of(n_coeffs),
        "{} values are not a whole number of rows of {n_coeffs}",
        data.len()
    );
    if let Err(fault) = cmvn.check() {
        panic!("{fault}");
    }
    normalize_front(data, n_coeffs, n_coeffs, cmvn);
}

/// [`normalize`] by the mean and deviation of the rows `of` alone: a word's, applied to what surrounds it too. Of column
/// `c`'s mean only the share `share(c)` is subtracted, 1 for all of it. [`Cmvn::Sliding`] has a window of its own and takes
/// all rows, and all of the mean.
///
/// # Panics
/// As [`normalize`]; if `of` is empty or reaches beyond the rows.
pub fn normalize_by<T: Real>(
    data: &mut [T],
    n_coeffs: usize,
    cmvn: Cmvn,
    of: Range<usize>,
    share: impl Fn(usize) -> f64,
) {
    let is_whole = n_coeffs > 0 && data.len().is_multiple_of(n_coeffs);
    assert!(is_whole, "not a whole number of rows of {n_coeffs}");
    let is_within = !of.is_empty() && of.end <= data.len() / n_coeffs;
    assert!(is_within, "{of:?} are not rows of the data");
    let scale = match cmvn {
        Cmvn::Mean => one,
        Cmvn::MeanVariance => inverse,
        Cmvn::None | Cmvn::Sliding(_) => return normalize(data, n_coeffs, cmvn),
    };
    by_column(data, n_coeffs, n_coeffs, of, scale, share);
}

impl Cmvn {
    /// Whether its numbers make sense. Whoever builds an [`Mfcc`](crate::Mfcc) need not ask.
    ///
    /// # Errors
    /// [`ConfigError::Count`] for a [`Sliding`] window out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self {
            Self::Sliding(sliding) => sliding.check(),
            Self::None | Self::Mean | Self::MeanVariance => Ok(()),
        }
    }
}

/// [`normalize`] for the first `n_columns` only.
pub(crate) fn normalize_front<T: Real>(
    data: &mut [T],
    n_coeffs: usize,
    n_columns: usize,
    cmvn: Cmvn,
) {
    let all = 0..data.len() / n_coeffs;
    match cmvn {
        Cmvn::None => {}
        Cmvn::Mean => by_column(data, n_coeffs, n_columns, all, one, |_| 1.0),
        Cmvn::MeanVariance => by_column(data, n_coeffs, n_columns, all, inverse, |_| 1.0),
        Cmvn::Sliding(sliding) => slide(data, n_coeffs, n_columns, sliding),
    }
}

/// Subtracts each column's mean, or a share of it, then multiplies by what `scale` makes of its standard deviation and mean, both of the
/// rows `of`.
fn by_column<T: Real>(
    data: &mut [T],
    n_coeffs: usize,
    n_columns: usize,
    of: Range<usize>,
    scale: fn(f64, f64) -> f64,
    share: impl Fn(usize) -> f64,
) {
    for c in 0..n_columns {
        let column = || {
            let rows = &data[of.start * n_coeffs..of.end * n_coeffs];
            let values = rows.iter().skip(c).step_by(n_coeffs);
            values.map(|x| x.f64())
        };
        let mean = mean(column());
        let deviation = self::mean(column().map(|x| (x - mean).powi(2))).sqrt();
        let (scale, mean) = (scale(deviation, mean), share(c) * mean);
        for x in data.iter_mut().skip(c).step_by(n_coeffs) {
            *x = T::of((x.f64() - mean) * scale);
        }
    }
}

/// Rows are taken before they are written over, as none comes out before it went in.
fn slide<T: Real>(data: &mut [T], n_coeffs: usize, n_columns: usize, sliding: Sliding) {
    let mut window = SlidingWindow::new(sliding, n_columns);
    let n_rows = data.len() / n_coeffs;
    let mut next = 0;
    for t in 0..n_rows {
        window.push(&data[t * n_coeffs..][..n_columns]);
        while next < n_rows
            && window.pop(t + 1 == n_rows, &mut data[next * n_coeffs..][..n_columns])
        {
            next += 1;
        }
    }
}

fn mean(column: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = column.len() as f64;
    column.sum::<f64>() / n
}

fn one(_deviation: f64, _mean: f64) -> f64 {
    1.0
}

/// `1 / deviation`, or 0 where it is no more than rounding.
fn inverse(deviation: f64, mean: f64) -> f64 {
    let smallest = f64::from(f32::EPSILON) * mean.abs() + f64::from(f32::MIN_POSITIVE);
    if deviation < smallest {
        0.0
    } else {
        deviation.recip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [f32; 8] = [1.0, 7.0, 3.0, 7.0, 5.0, 7.0, 7.0, 7.0];

    fn normalized(cmvn: Cmvn) -> [f32; 8] {
        let mut data = ROWS;
        normalize(&mut data, 2, cmvn);
        data
    }

    #[test]
    fn by_hand() {
        assert_eq!(normalized(Cmvn::None), ROWS);
        let mean = [-3.0, 0.0, -1.0, 0.0, 1.0, 0.0, 3.0, 0.0];
        assert_eq!(normalized(Cmvn::Mean), mean);
        let sigma = 5f64.sqrt();
        let expected = mean.map(|x| (f64::from(x) / sigma) as f32);
        for (got, expected) in normalized(Cmvn::MeanVariance).iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn rounding_noise_becomes_zero_and_a_small_signal_does_not() {
        let step = |x: f32| f32::from_bits(x.to_bits() + 1);
        for x in [1e-30, 1.0, 1.5, -16.118_095, 87.5, 1e6] {
            let mut noise: [f32; 5] = [x, step(x), x, x, step(x)];
            normalize(&mut noise, 1, Cmvn::MeanVariance);
            assert_eq!(noise, [0.0; 5], "around {x}");
        }
        // Small beside the mean: E[x²] − μ² would keep but three digits of it.
        let mut signal = [4096f32, 4096.0 + 1.0 / 256.0, 4096.0 - 1.0 / 256.0];
        normalize(&mut signal, 1, Cmvn::MeanVariance);
        let expected = 1.5f32.sqrt();
        for (got, expected) in signal.iter().zip([0.0, expected, -expected]) {
            assert!((got - expected).abs() < 1e-6, "{got}");
        }
    }

    #[test]
    fn by_some_rows_for_all() {
        let mut data = ROWS;
        normalize_by(&mut data, 2, Cmvn::MeanVariance, 1..3, |_| 1.0);
        // Column 0 of rows 1 and 2: mean 4, deviation 1; column 1 is constant.
        assert_eq!(data, [-3.0, 0.0, -1.0, 0.0, 1.0, 0.0, 3.0, 0.0]);
        let mut all = ROWS;
        normalize_by(&mut all, 2, Cmvn::MeanVariance, 0..4, |_| 1.0);
        assert_eq!(all, normalized(Cmvn::MeanVariance));
    }

    #[test]
    fn a_share_of_the_mean() {
        let mut data = ROWS;
        // Column 0 of rows 1 and 2 has mean 4.
        normalize_by(&mut data, 2, Cmvn::Mean, 1..3, |c| [0.75, 0.0][c]);
        let expected: Vec<f32> = ROWS
            .chunks(2)
            .flat_map(|row| [row[0] - 3.0, row[1]])
            .collect();
        assert_eq!(data, *expected);
    }

    #[test]
    fn no_frames() {
        normalize::<f32>(&mut [], 13, Cmvn::MeanVariance);
    }

    #[test]
    #[should_panic(expected = "7 values are not a whole number of rows of 2")]
    fn refuses_half_rows() {
        normalize(&mut [0f32; 7], 2, Cmvn::Mean);
    }
}
