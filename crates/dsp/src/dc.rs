//! The mean of each frame (Kaldi `remove-dc-offset`, HTK `ZMEANSOURCE`).

use crate::{Real, lanes};

/// `Σ x / N`.
pub(crate) fn mean<T: Real>(frame: &[T]) -> T {
    lanes::sum(frame) / T::of(frame.len() as f64)
}

#[cfg(test)]
mod tests {
    #[test]
    fn by_hand() {
        assert_eq!(super::mean(&[8001f32, 8000.0, 7999.0, 8004.0]), 8001.0);
    }
}
