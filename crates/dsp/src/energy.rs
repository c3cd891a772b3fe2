//! Log energy of a frame, the alternative to c0 (Kaldi `use-energy` with `raw-energy`: after DC
//! removal, before pre-emphasis and window).

use crate::lanes;

/// `ln(max(Σ (s·(x − mean))², floor))` for the scale `s`.
pub(crate) fn log_energy(frame: &[f32], mean: f32, scale: f32, floor: f32) -> f32 {
    let energy = lanes::sum_of(frame, |x| (x - mean) * (x - mean));
    (scale * scale * energy).max(floor).ln()
}

#[cfg(test)]
mod tests {
    use super::log_energy;

    #[test]
    fn sums_squares_above_the_floor() {
        assert_eq!(log_energy(&[4.0, -3.0], 1.0, 1.0, 1e-7), 25f32.ln());
        assert_eq!(log_energy(&[4.0, -3.0], 1.0, 2.0, 1e-7), 100f32.ln());
        assert_eq!(log_energy(&[0.5; 5], 0.5, 1.0, 1e-7), 1e-7f32.ln());
    }
}
