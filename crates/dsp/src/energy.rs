//! Log energy of a frame, the alternative to c0 (Kaldi `use-energy` with `raw-energy`: after DC
//! removal, before pre-emphasis and window).

use crate::lanes;

/// `ln(max(Σ x², floor))`.
pub(crate) fn log_energy(frame: &[f32], floor: f32) -> f32 {
    lanes::dot(frame, frame).max(floor).ln()
}

#[cfg(test)]
mod tests {
    use super::log_energy;

    #[test]
    fn sums_squares_above_the_floor() {
        assert_eq!(log_energy(&[3.0, -4.0], 1e-7), 25f32.ln());
        assert_eq!(log_energy(&[0.0; 5], 1e-7), 1e-7f32.ln());
    }
}
