use crate::{Error, Float};

/// A validated view of labelled vectors: row-major `[n × dim]`, one label a row.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a, T = f32> {
    data: &'a [T],
    dim: usize,
    labels: &'a [u32],
    n_classes: usize,
    has_missing: bool,
    weights: Option<&'a [f64]>,
    class_weights: Option<&'a [f64]>,
}

impl<'a, T: Float> Samples<'a, T> {
    /// Checks sizes, finiteness of every value and range of every label.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Label`], [`Error::Value`].
    pub fn new(
        data: &'a [T],
        dim: usize,
        labels: &'a [u32],
        n_classes: usize,
    ) -> Result<Self, Error> {
        check_rows("samples", data, dim, labels, n_classes)?;
        Ok(Self {
            data,
            dim,
            labels,
            n_classes,
            has_missing: false,
            weights: None,
            class_weights: None,
        })
    }

    /// [`new`](Self::new) for vectors with absent values, marked by NaN. A dimension that is absent
    /// counts for no distance of its vector, and teaches prototypes nothing.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), for infinite values too.
    pub fn with_missing(
        data: &'a [T],
        dim: usize,
        labels: &'a [u32],
        n_classes: usize,
    ) -> Result<Self, Error> {
        check_shape("samples", data, dim, labels, n_classes)?;
        check_values("samples", data, dim, "finite or NaN", |x| {
            x.is_finite() || x.is_nan()
        })?;
        Ok(Self {
            data,
            dim,
            labels,
            n_classes,
            has_missing: true,
            weights: None,
            class_weights: None,
        })
    }

    /// Makes each sample count by its weight, `[n]`, ≥ 0; only their ratios matter.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::Value`] of `"weights"`.
    pub fn with_weights(mut self, weights: &'a [f64]) -> Result<Self, Error> {
        check_weights("weights", weights, self.len())?;
        self.weights = Some(weights);
        Ok(self)
    }

    /// Makes each sample count by the weight of its class, `[n_classes]`, ≥ 0, times its own.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::Value`] of `"class weights"`.
    pub fn with_class_weights(mut self, weights: &'a [f64]) -> Result<Self, Error> {
        check_weights("class weights", weights, self.n_classes)?;
        self.class_weights = Some(weights);
        Ok(self)
    }

    /// Number of vectors, at least one.
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Values in a vector, at least one.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Labels are below this. A class may have no sample.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Every vector, `[n × dim]`.
    pub fn data(&self) -> &'a [T] {
        self.data
    }

    /// Vector `i`, `[dim]`.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn row(&self, i: usize) -> &'a [T] {
        &self.data[i * self.dim..(i + 1) * self.dim]
    }

    /// Label of every vector, `[n]`.
    pub fn labels(&self) -> &'a [u32] {
        self.labels
    }

    /// How much sample `i` counts: its weight times that of its class, 1 by default.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn weight(&self, i: usize) -> f64 {
        let of_class = self
            .class_weights
            .map_or(1.0, |w| w[self.labels[i] as usize]);
        self.weights.map_or(1.0, |weights| weights[i]) * of_class
    }

    /// Whether NaN marks absent values.
    pub fn has_missing(&self) -> bool {
        self.has_missing
    }

    /// Every vector with its label.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'a [T], u32)> + use<'a, T> {
        self.data
            .chunks_exact(self.dim)
            .zip(self.labels.iter().copied())
    }
}

/// What labelled rows must satisfy, be they samples or prototypes.
pub(crate) fn check_rows<T: Float>(
    what: &'static str,
    data: &[T],
    dim: usize,
    labels: &[u32],
    n_classes: usize,
) -> Result<(), Error> {
    check_shape(what, data, dim, labels, n_classes)?;
    check_values(what, data, dim, "finite", T::is_finite)
}

/// Their sizes and labels.
fn check_shape<T: Float>(
    what: &'static str,
    data: &[T],
    dim: usize,
    labels: &[u32],
    n_classes: usize,
) -> Result<(), Error> {
    for (count, what) in [(dim, "dim"), (n_classes, "n_classes"), (labels.len(), what)] {
        if count == 0 {
            return Err(Error::Zero { what });
        }
    }
    if labels.len().checked_mul(dim) != Some(data.len()) {
        return Err(Error::Length {
            what,
            got: data.len(),
            n_rows: labels.len(),
            dim,
        });
    }
    if let Some(row) = labels.iter().position(|&label| label as usize >= n_classes) {
        return Err(Error::Label {
            what,
            row,
            got: labels[row],
            n_classes,
        });
    }
    Ok(())
}

fn check_weights(what: &'static str, weights: &[f64], n: usize) -> Result<(), Error> {
    if weights.len() != n {
        return Err(Error::Length {
            what,
            got: weights.len(),
            n_rows: n,
            dim: 1,
        });
    }
    check_values(what, weights, 1, "finite and at least 0", |weight: f64| {
        weight.is_finite() && weight >= 0.0
    })
}

/// Every value of `[n × dim]` passes `ok`.
pub(crate) fn check_values<T: Float>(
    what: &'static str,
    data: &[T],
    dim: usize,
    allowed: &'static str,
    ok: impl Fn(T) -> bool,
) -> Result<(), Error> {
    match data.iter().position(|&value| !ok(value)) {
        None => Ok(()),
        Some(at) => Err(Error::Value {
            what,
            row: at / dim,
            column: at % dim,
            got: data[at].to_f64(),
            allowed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        let refuse =
            |data: &[f32], dim, labels: &[u32], n| Samples::new(data, dim, labels, n).unwrap_err();
        assert_eq!(refuse(&[1.0], 0, &[0], 1), Error::Zero { what: "dim" });
        assert_eq!(
            refuse(&[1.0], 1, &[0], 0),
            Error::Zero { what: "n_classes" }
        );
        assert_eq!(refuse(&[], 1, &[], 1), Error::Zero { what: "samples" });
        let length = |got, n_rows, dim| Error::Length {
            what: "samples",
            got,
            n_rows,
            dim,
        };
        assert_eq!(refuse(&[1.0; 3], 2, &[0, 0], 1), length(3, 2, 2));
        assert_eq!(
            refuse(&[1.0; 2], usize::MAX, &[0, 0], 1),
            length(2, 2, usize::MAX)
        );
        assert_eq!(
            refuse(&[1.0; 2], 1, &[0, 2], 2),
            Error::Label {
                what: "samples",
                row: 1,
                got: 2,
                n_classes: 2
            }
        );
        for bad in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            let error = refuse(&[0.0, 0.0, 0.0, bad], 2, &[0, 0], 1);
            assert!(matches!(
                error,
                Error::Value {
                    what: "samples",
                    row: 1,
                    column: 1,
                    ..
                }
            ));
        }
    }

    #[test]
    fn rows_and_labels() {
        let samples = Samples::new(&[1.0, 2.0, 3.0, 4.0], 2, &[1, 0], 3).unwrap();
        assert_eq!(
            (samples.len(), samples.dim(), samples.n_classes()),
            (2, 2, 3)
        );
        assert_eq!(samples.row(1), [3.0, 4.0]);
        let rows: Vec<_> = samples.iter().collect();
        assert_eq!(rows, [(&[1.0, 2.0][..], 1), (&[3.0, 4.0][..], 0)]);
    }
}
