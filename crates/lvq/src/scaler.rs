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
        check_matrix(data, dim)?;
        let n = data.len() / dim;
        check_values("samples", data, dim, "finite", f32::is_finite)?;

        let mut mean = vec![0.0; dim];
        for row in data.chunks_exact(dim) {
            for (mean, &x) in mean.iter_mut().zip(row) {
                *mean += f64::from(x);
            }
        }
        mean.iter_mut().for_each(|mean| *mean /= n as f64);
        let mut variance = vec![0.0; dim];
        for row in data.chunks_exact(dim) {
            for ((variance, mean), &x) in variance.iter_mut().zip(&mean).zip(row) {
                *variance += (f64::from(x) - mean) * (f64::from(x) - mean) / n as f64;
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

    /// [`fit`](Self::fit) where a value may be NaN, which means that it is absent: each column by the values that are
    /// there. A column without any counts as constant at 0.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); only infinities are refused.
    pub fn fit_present(data: &[f32], dim: usize) -> Result<Self, Error> {
        let is_good = |value: f32| !value.is_infinite();
        check_matrix(data, dim)?;
        check_values("samples", data, dim, "finite or NaN", is_good)?;
        let column = |i: usize| {
            let present = data
                .iter()
                .skip(i)
                .step_by(dim)
                .filter(|value| !value.is_nan());
            let present: Vec<f32> = present.copied().collect();
            match present.is_empty() {
                true => Ok((0.0, 0.0)),
                false => Self::fit(&present, 1).map(|fitted| (fitted.mean[0], fitted.scale[0])),
            }
        };
        let columns: Vec<(f32, f32)> = (0..dim).map(column).collect::<Result<_, _>>()?;
        let (mean, scale) = columns.into_iter().unzip();
        Ok(Self { mean, scale })
    }

    /// The means of [`fit_present`](Self::fit_present) and one scale for all columns, one over the deviation of all values
    /// from their columns' means: for images and spectra, whose columns are of one kind and whose faint ones mean little.
    ///
    /// # Errors
    /// As [`fit_present`](Self::fit_present).
    pub fn fit_whole(data: &[f32], dim: usize) -> Result<Self, Error> {
        let each = Self::fit_present(data, dim)?;
        let centred = data.iter().zip(each.mean.iter().cycle());
        let centred = centred.map(|(x, mean)| x - mean).filter(|x| !x.is_nan());
        let centred: Vec<f32> = centred.collect();
        let whole = match centred.is_empty() {
            true => 0.0,
            false => Self::fit(&centred, 1)?.scale[0],
        };
        Ok(Self {
            scale: vec![whole; dim],
            ..each
        })
    }

    /// Leaves every value as it is.
    ///
    /// # Errors
    /// [`Error::Zero`] for no dimension.
    pub fn identity(dim: usize) -> Result<Self, Error> {
        Self::new(vec![0.0; dim], vec![1.0; dim])
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

/// At least one whole row.
fn check_matrix(data: &[f32], dim: usize) -> Result<(), Error> {
    for (count, what) in [(dim, "dim"), (data.len(), "samples")] {
        if count == 0 {
            return Err(Error::Zero { what });
        }
    }
    match data.len().is_multiple_of(dim) {
        true => Ok(()),
        false => Err(Error::Length {
            what: "samples",
            got: data.len(),
            n_rows: data.len() / dim,
            dim,
        }),
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
    fn absent_values_are_left_out() {
        let nan = f32::NAN;
        let data = [1.0, nan, nan, 4.0, 4.0, nan, 5.0, 8.0, nan];
        let scaler = Scaler::fit_present(&data, 3).unwrap();
        assert_eq!(scaler.mean(), [10.0 / 3.0, 6.0, 0.0]);
        assert_eq!((scaler.scale()[1], scaler.scale()[2]), (0.5, 0.0));
        let present = [1.0, 0.1, 3.0, 0.5];
        assert_eq!(Scaler::fit_present(&present, 2), Scaler::fit(&present, 2));
        assert!(Scaler::fit_present(&[f32::INFINITY], 1).is_err());
    }

    #[test]
    fn one_scale_for_all_columns() {
        let data = [0.0, 10.0, 2.0, 14.0];
        let scaler = Scaler::fit_whole(&data, 2).unwrap();
        assert_eq!(scaler.mean(), [1.0, 12.0]);
        // Deviations ±1 and ±2: variance 2.5.
        assert!((scaler.scale()[0] - 0.4f32.sqrt()).abs() < 1e-6);
        assert_eq!(scaler.scale()[0], scaler.scale()[1]);
        let mut same = data;
        Scaler::identity(2).unwrap().apply(&mut same);
        assert_eq!(same, data);
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
