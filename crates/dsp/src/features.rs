//! What a batch call returns.

/// Feature rows of one clip, `[n_frames × n_coeffs]` row-major. No frames at all is valid.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Features<T = f32> {
    /// `n_frames · n_coeffs` values, one frame after the other.
    pub data: Vec<T>,
    /// Number of rows.
    pub n_frames: usize,
    /// Length of a row, at least 1.
    pub n_coeffs: usize,
}

impl<T> Features<T> {
    /// The coefficients of frame `i`, `[n_coeffs]`.
    ///
    /// # Panics
    /// If `i` is not below `n_frames`.
    pub fn row(&self, i: usize) -> &[T] {
        &self.data[i * self.n_coeffs..][..self.n_coeffs]
    }

    /// Every row in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[T]> {
        self.data.chunks_exact(self.n_coeffs)
    }
}
