//! The mean of each frame (Kaldi `remove-dc-offset`).

use crate::lanes;

/// `Σ x / N`.
pub(crate) fn mean(frame: &[f32]) -> f32 {
    lanes::sum(frame) / frame.len() as f32
}

#[cfg(test)]
mod tests {
    #[test]
    fn by_hand() {
        assert_eq!(super::mean(&[8001.0, 8000.0, 7999.0, 8004.0]), 8001.0);
    }
}
