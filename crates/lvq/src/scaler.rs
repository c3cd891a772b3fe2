use crate::Error;
use crate::samples::check_values;

/// Standardises each dimension: (x − mean) · scale.
///
/// `scale` multiplies: it is one over the standard deviation of the data the scaler was fitted
/// to, and 0 for a dimension that was constant there, so that it counts for nothing ever after.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaler {
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl Scaler {
    /// Mean and population standard deviation of each column of `data` (`[n × dim]`), summed in
    /// f64. A deviation below one rounding step of the mean counts as constant.
    ///
    /// # Errors
    /// [`Error::Zero`] without rows or columns, [`Error::Length`], [`Error::Value`] if not finite.
    pub fn fit(data: &[f32], dim: usize) -> Result<Self, Error> {
        Self::fit_values(data, dim, "finite", f32::is_finite)
    }

    /// [`fit`](Self::fit) where NaN marks an absent value: mean and deviation of the others. A column
    /// without any value counts as constant. [`apply`](Self::apply) leaves NaN as it is.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit), for infinite values too.
    pub fn fit_present(data: &[f32], dim: usize) -> Result<Self, Error> {
        Self::fit_values(data, dim, "finite or NaN", |x| x.is_finite() || x.is_nan())
    }

    fn fit_values(
        data: &[f32],
        dim: usize,
        allowed: &'static str,
        ok: impl Fn(f32) -> bool,
    ) -> Result<Self, Error> {
        for (count, what) in [(dim, "dim"), (data.len(), "samples")] {
            if count == 0 {
                return Err(Error::Zero { what });
            }
        }
        let n = data.len() / dim;
        if !data.len().is_multiple_of(dim) {
            return Err(Error::Length {
                what: "samples",
                got: data.len(),
                n_rows: n,
                dim,
            });
        }
        check_values("samples", data, dim, allowed, ok)?;

        let mut mean = vec![0.0; dim];
        let mut counts = vec![0u32; dim];
        for row in data.chunks_exact(dim) {
            for ((mean, count), &x) in mean.iter_mut().zip(&mut counts).zip(row) {
                if !x.is_nan() {
                    *mean += f64::from(x);
                    *count += 1;
                }
            }
        }
        for (mean, count) in mean.iter_mut().zip(&counts) {
            *mean /= f64::from((*count).max(1));
        }
        let mut variance = vec![0.0; dim];
        for row in data.chunks_exact(dim) {
            let columns = variance.iter_mut().zip(&mean).zip(&counts);
            for (((variance, mean), &count), &x) in columns.zip(row) {
                if !x.is_nan() {
                    *variance += (f64::from(x) - mean) * (f64::from(x) - mean) / f64::from(count);
                }
            }
        }
        let scale = mean.iter().zip(&variance).map(|(mean, variance)| {
            let deviation = variance.sqrt();
            let smallest = f64::from(f32::EPSILON) * mean.abs() + f64::from(f32::MIN_POSITIVE);
            if deviation < smallest {
                0.0
            } else {
                (1.0 / deviation) as f32
            }
        });
        let scale = scale.collect();
        Ok(Self {
            mean: mean.iter().map(|&mean| mean as f32).collect(),
            scale,
        })
    }

    /// A scaler fitted before, from a file for example.
    ///
    /// # Errors
    /// [`Error::Zero`] if empty, [`Error::Length`] if the lengths differ, [`Error::Value`] (row 0
    /// is the mean, row 1 the scale) unless every mean is finite and every scale finite and ≥ 0.
    pub fn new(mean: Vec<f32>, scale: Vec<f32>) -> Result<Self, Error> {
        let dim = mean.len();
        if dim == 0 {
            return Err(Error::Zero { what: "dim" });
        }
        if scale.len() != dim {
            return Err(Error::Length {
                what: "scaler",
                got: dim + scale.len(),
                n_rows: 2,
                dim,
            });
        }
        let rows = [mean.as_slice(), scale.as_slice()].concat();
        check_values("scaler", &rows, dim, "finite", f32::is_finite)?;
        if let Some(column) = scale.iter().position(|&scale| scale < 0.0) {
            let got = f64::from(scale[column]);
            return Err(Error::Value {
                what: "scaler",
                row: 1,
                column,
                got,
                allowed: "at least 0",
            });
        }
        Ok(Self { mean, scale })
    }

    /// Values in a vector.
    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    /// What is subtracted from each dimension, `[dim]`.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// What each dimension is then multiplied by, `[dim]`; 0 where the data were constant.
    pub fn scale(&self) -> &[f32] {
        &self.scale
    }

    /// Standardises in place one vector, or any number of rows `[n × dim]`.
    ///
    /// # Panics
    /// If the length is no multiple of [`dim`](Self::dim).
    pub fn apply(&self, rows: &mut [f32]) {
        assert_eq!(
            rows.len() % self.dim(),
            0,
            "length is no multiple of the scaler's dim"
        );
        for row in rows.chunks_exact_mut(self.dim()) {
            for ((x, mean), scale) in row.iter_mut().zip(&self.mean).zip(&self.scale) {
                *x = (*x - mean) * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_zero_variance_one_and_constants_vanish() {
        let data = [1.0, 0.1, 5.0, 3.0, 0.1, -5.0, 8.0, 0.1, 3.0];
        let scaler = Scaler::fit(&data, 3).unwrap();
        let mut scaled = data;
        scaler.apply(&mut scaled);
        for column in [0, 2] {
            let values: Vec<f32> = (0..3).map(|row| scaled[row * 3 + column]).collect();
            assert!(values.iter().sum::<f32>().abs() < 1e-5);
            assert!((values.iter().map(|v| v * v).sum::<f32>() / 3.0 - 1.0).abs() < 1e-5);
        }
        assert_eq!(scaler.scale()[1], 0.0);
        assert_eq!((scaled[1], scaled[4], scaled[7]), (0.0, 0.0, 0.0));
        // Also for values never seen.
        let mut unseen = [0.0, 1e6, 0.0];
        scaler.apply(&mut unseen);
        assert_eq!(unseen[1], 0.0);
        assert_eq!(
            Scaler::new(scaler.mean().to_vec(), scaler.scale().to_vec()).unwrap(),
            scaler
        );
    }

    #[test]
    fn rounding_noise_and_tiny_values_are_constant() {
        let noise = f32::from_bits(1e6f32.to_bits() + 1);
        assert_eq!(Scaler::fit(&[1e6, noise, 1e6], 1).unwrap().scale(), [0.0]);
        assert_eq!(Scaler::fit(&[0.0, 1e-44], 1).unwrap().scale(), [0.0]);
        assert!(Scaler::fit(&[f32::MAX, f32::MIN], 1).unwrap().scale()[0] > 0.0);
    }

    #[test]
    fn absent_values_are_skipped() {
        let nan = f32::NAN;
        let data = [1.0, nan, nan, 3.0, 4.0, nan, nan, 6.0, nan];
        let scaler = Scaler::fit_present(&data, 3).unwrap();
        assert_eq!(scaler.mean(), [2.0, 5.0, 0.0]);
        assert_eq!(scaler.scale(), [1.0, 1.0, 0.0]);
        let mut scaled = data;
        scaler.apply(&mut scaled);
        assert!(scaled[1].is_nan() && scaled[8].is_nan());
        assert_eq!((scaled[0], scaled[7]), (-1.0, 1.0));
        let whole = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(Scaler::fit(&whole, 1), Scaler::fit_present(&whole, 1));
        assert!(Scaler::fit_present(&[f32::INFINITY], 1).is_err());
    }

    #[test]
    fn refusals() {
        assert_eq!(Scaler::fit(&[1.0], 0), Err(Error::Zero { what: "dim" }));
        assert_eq!(Scaler::fit(&[], 1), Err(Error::Zero { what: "samples" }));
        assert!(matches!(
            Scaler::fit(&[1.0; 3], 2),
            Err(Error::Length { got: 3, dim: 2, .. })
        ));
        assert!(matches!(
            Scaler::fit(&[f32::NAN], 1),
            Err(Error::Value { .. })
        ));
        assert_eq!(
            Scaler::new(vec![], vec![]),
            Err(Error::Zero { what: "dim" })
        );
        assert!(matches!(
            Scaler::new(vec![0.0], vec![]),
            Err(Error::Length { what: "scaler", .. })
        ));
        for (mean, scale, at) in [(f32::NAN, 1.0, 0), (0.0, f32::INFINITY, 1), (0.0, -1.0, 1)] {
            let error = Scaler::new(vec![mean], vec![scale]).unwrap_err();
            assert!(matches!(error, Error::Value { what: "scaler", row, .. } if row == at));
        }
    }
}
