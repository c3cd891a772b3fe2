//! Cepstral liftering: raising the higher coefficients to the size of the lower ones.

use std::f64::consts::PI;

/// `1 + (L/2) sin(π k / L)` for `k` in 0..`n_mfcc` (Kaldi, HTK); all 1 when `L` is 0.
pub(crate) fn weights(lifter: f32, n_mfcc: usize) -> Vec<f32> {
    let l = f64::from(lifter);
    (0..n_mfcc)
        .map(|k| {
            if lifter == 0.0 {
                1.0
            } else {
                (1.0 + 0.5 * l * (PI * k as f64 / l).sin()) as f32
            }
        })
        .collect()
}

/// `cepstra · weights`, element by element.
pub(crate) fn apply(weights: &[f32], cepstra: &mut [f32]) {
    for (c, w) in cepstra.iter_mut().zip(weights) {
        *c *= w;
    }
}

#[cfg(test)]
mod tests {
    use super::weights;

    #[test]
    fn peaks_in_the_middle() {
        let w = weights(22.0, 13);
        assert_eq!((w[0], w[11]), (1.0, 12.0));
        assert_eq!(weights(0.0, 3), [1.0; 3]);
    }
}
