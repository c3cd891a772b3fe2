//! Cepstral mean and variance normalisation over one clip (Kaldi `apply-cmvn`, per utterance).

/// What to normalise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Cmvn {
    /// Nothing.
    None,
    /// Subtract each coefficient's mean over the clip.
    Mean,
    /// Subtract the mean, then divide by the standard deviation.
    MeanVariance,
}

/// Variance below which a coefficient counts as constant (Kaldi's floor).
const VARIANCE_FLOOR: f64 = 1e-20;

/// Normalises every column of `data`, row-major `[n_frames × n_coeffs]`, in place.
///
/// `σ² = E[x²] − μ²`, floored at 1e-20, all in `f64`. A constant column becomes 0, but for rounding.
///
/// # Panics
/// If `n_coeffs` is 0 or does not divide the length of `data`.
pub fn normalize(data: &mut [f32], n_coeffs: usize, cmvn: Cmvn) {
    assert!(
        n_coeffs > 0 && data.len().is_multiple_of(n_coeffs),
        "{} values are not a whole number of rows of {n_coeffs}",
        data.len()
    );
    if cmvn == Cmvn::None {
        return;
    }
    for c in 0..n_coeffs {
        let (mean, variance) = moments(data.iter().skip(c).step_by(n_coeffs));
        let scale = match cmvn {
            Cmvn::MeanVariance => variance.max(VARIANCE_FLOOR).sqrt().recip(),
            Cmvn::None | Cmvn::Mean => 1.0,
        };
        for x in data.iter_mut().skip(c).step_by(n_coeffs) {
            *x = ((f64::from(*x) - mean) * scale) as f32;
        }
    }
}

fn moments<'a>(column: impl ExactSizeIterator<Item = &'a f32>) -> (f64, f64) {
    let n = column.len() as f64;
    let (sum, squares) = column.fold((0.0, 0.0), |(sum, squares), &x| {
        let x = f64::from(x);
        (sum + x, squares + x * x)
    });
    let mean = sum / n;
    (mean, squares / n - mean * mean)
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
    fn no_frames() {
        normalize(&mut [], 13, Cmvn::MeanVariance);
    }

    #[test]
    #[should_panic(expected = "7 values are not a whole number of rows of 2")]
    fn refuses_half_rows() {
        normalize(&mut [0.0; 7], 2, Cmvn::Mean);
    }
}
