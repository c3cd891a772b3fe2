use crate::Error;
use crate::samples::check_values;

/// What it costs to take one class for another.
#[derive(Debug, Clone, PartialEq)]
pub struct CostMatrix {
    n_classes: usize,
    values: Vec<f64>,
}

impl CostMatrix {
    /// `values[right · n_classes + wrong]` is the cost of taking a sample of class `right` for
    /// `wrong`, finite and ≥ 0; 1 everywhere changes nothing. The diagonal is not used.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Value`] of `"costs"`.
    pub fn new(n_classes: usize, values: Vec<f64>) -> Result<Self, Error> {
        let what = "costs";
        if n_classes == 0 {
            return Err(Error::Zero { what });
        }
        if n_classes.checked_mul(n_classes) != Some(values.len()) {
            return Err(Error::Length {
                what,
                got: values.len(),
                n_rows: n_classes,
                dim: n_classes,
            });
        }
        let allowed = "finite and at least 0";
        check_values(what, &values, n_classes, allowed, |cost: f64| {
            cost.is_finite() && cost >= 0.0
        })?;
        Ok(Self { n_classes, values })
    }

    /// Cost of taking `right` for `wrong`.
    pub(crate) fn of(&self, right: u32, wrong: u32) -> f64 {
        self.values[right as usize * self.n_classes + wrong as usize]
    }

    pub(crate) fn check(&self, n_classes: usize) -> Result<(), Error> {
        if self.n_classes == n_classes {
            return Ok(());
        }
        Err(Error::Mismatch {
            what: "n_classes of the costs",
            samples: self.n_classes,
            codebook: n_classes,
        })
    }
}
