use crate::{Error, Float};
use std::ops::Range;

/// Vectors to be searched for: contiguous, overlapping windows, or any choice of them.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a, T = f32> {
    data: &'a [T],
    dim: usize,
    stride: usize,
    len: usize,
    chosen: Option<&'a [usize]>,
}

impl<'a, T: Float> Rows<'a, T> {
    /// Row-major `[n × dim]`; there may be none.
    ///
    /// # Errors
    /// [`Error::Zero`] if `dim` is, [`Error::Length`] if the last row is not whole.
    pub fn new(data: &'a [T], dim: usize) -> Result<Self, Error> {
        let rows = Self::windows(data, dim, dim)?;
        if rows.len * dim == data.len() {
            Ok(rows)
        } else {
            Err(Error::Length {
                what: "rows",
                got: data.len(),
                n_rows: rows.len + 1,
                dim,
            })
        }
    }

    /// Every whole window of `dim` values, one each `stride` values: the windows overlap where
    /// `stride` is less than `dim`. There may be none.
    ///
    /// # Errors
    /// [`Error::Zero`] if `dim` or `stride` is.
    pub fn windows(data: &'a [T], dim: usize, stride: usize) -> Result<Self, Error> {
        for (value, what) in [(dim, "dim"), (stride, "stride")] {
            if value == 0 {
                return Err(Error::Zero { what });
            }
        }
        let len = match data.len().checked_sub(dim) {
            Some(rest) => rest / stride + 1,
            None => 0,
        };
        Ok(Self {
            data,
            dim,
            stride,
            len,
            chosen: None,
        })
    }

    /// The values `part` of each row of `[n × dim]`, which the caller vouches for.
    pub(super) fn part(data: &'a [T], dim: usize, part: Range<usize>) -> Self {
        Self {
            data: &data[part.start..],
            dim: part.len(),
            stride: dim,
            len: data.len() / dim,
            chosen: None,
        }
    }

    /// Those rows of [`new`](Self::new) or [`windows`](Self::windows), in that order.
    ///
    /// # Panics
    /// If an index is not below [`len`](Self::len), or rows were chosen before.
    #[must_use]
    pub fn choose(mut self, indices: &'a [usize]) -> Self {
        assert!(self.chosen.is_none(), "rows were chosen before");
        let exist = indices.iter().all(|&i| i < self.len);
        assert!(exist, "a chosen row does not exist");
        self.chosen = Some(indices);
        self.len = indices.len();
        self
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Values in a row, at least one.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Row `i`, `[dim]`.
    ///
    /// # Panics
    /// If `i` is not below [`len`](Self::len).
    pub fn row(&self, i: usize) -> &'a [T] {
        let i = self.chosen.map_or(i, |indices| indices[i]);
        &self.data[i * self.stride..][..self.dim]
    }

    /// The same rows, if they are `f32`.
    pub(super) fn f32s(&self) -> Option<Rows<'a, f32>> {
        Some(Rows {
            data: T::f32s(self.data)?,
            dim: self.dim,
            stride: self.stride,
            len: self.len,
            chosen: self.chosen,
        })
    }
}
