use crate::samples::check_values;
use crate::{Error, Float, Rows, Samples};

/// A validated view of vectors without labels: row-major `[n × dim]`.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a, T = f32> {
    data: &'a [T],
    dim: usize,
}

impl<'a, T: Float> Points<'a, T> {
    /// Checks sizes and that every value is finite.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Value`].
    pub fn new(data: &'a [T], dim: usize) -> Result<Self, Error> {
        check_matrix("points", data, dim)?;
        Ok(Self { data, dim })
    }

    /// Number of vectors, at least one.
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.data.len() / self.dim
    }

    /// Values in a vector, at least one.
    pub fn dim(&self) -> usize {
        self.dim
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

    /// Every vector, to be searched for.
    pub(super) fn rows(&self) -> Rows<'a, T> {
        Rows::new(self.data, self.dim).expect("whole rows")
    }

    /// Every vector in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [T]> + use<'a, T> {
        self.data.chunks_exact(self.dim)
    }
}

impl<'a, T: Float> From<Samples<'a, T>> for Points<'a, T> {
    /// Forgets the labels.
    fn from(samples: Samples<'a, T>) -> Self {
        Self {
            data: samples.data(),
            dim: samples.dim(),
        }
    }
}

/// At least one whole row of finite values.
pub(super) fn check_matrix<T: Float>(
    what: &'static str,
    data: &[T],
    dim: usize,
) -> Result<(), Error> {
    for (count, what) in [(dim, "dim"), (data.len(), what)] {
        if count == 0 {
            return Err(Error::Zero { what });
        }
    }
    if !data.len().is_multiple_of(dim) {
        return Err(Error::Length {
            what,
            got: data.len(),
            n_rows: data.len() / dim + 1,
            dim,
        });
    }
    check_values(what, data, dim, "finite", T::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_rows_of_finite_values() {
        assert!(matches!(
            Points::<f32>::new(&[], 2),
            Err(Error::Zero { what: "points" })
        ));
        assert!(matches!(
            Points::new(&[1.0], 0),
            Err(Error::Zero { what: "dim" })
        ));
        assert!(matches!(
            Points::new(&[1.0, 2.0, 3.0], 2),
            Err(Error::Length { .. })
        ));
        assert!(matches!(
            Points::new(&[1.0, f32::NAN], 1),
            Err(Error::Value { row: 1, .. })
        ));
    }

    #[test]
    fn samples_are_points() {
        let samples = Samples::new(&[1.0, 2.0, 3.0, 4.0], 2, &[1, 0], 2).unwrap();
        let points = Points::from(samples);
        assert_eq!((points.len(), points.dim()), (2, 2));
        assert_eq!(points.row(1), [3.0, 4.0]);
        assert_eq!(points.iter().len(), 2);
    }
}
