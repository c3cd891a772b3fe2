//! Cepstral liftering: raising the higher coefficients to the size of the lower ones.

use std::f64::consts::PI;

use crate::Real;

/// Where the count of the coefficients starts in the lifter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum LifterFrom {
    /// c0 has k = 0 and so the factor 1 (HTK, Kaldi, python_speech_features).
    Zero,
    /// c0 has k = 1 (librosa).
    One,
}

/// `1 + (L/2) sin(π k / L)` for the `n_mfcc` coefficients; all 1 when `L` is 0.
pub(crate) fn weights<T: Real>(lifter: f64, from: LifterFrom, n_mfcc: usize) -> Vec<T> {
    let first = match from {
        LifterFrom::Zero => 0,
        LifterFrom::One => 1,
    };
    (first..first + n_mfcc)
        .map(|k| {
            if lifter == 0.0 {
                T::one()
            } else {
                T::of(1.0 + 0.5 * lifter * (PI * k as f64 / lifter).sin())
            }
        })
        .collect()
}

/// `cepstra · weights`, element by element.
pub(crate) fn apply<T: Real>(weights: &[T], cepstra: &mut [T]) {
    for (c, w) in cepstra.iter_mut().zip(weights) {
        *c = *c * *w;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_in_the_middle() {
        let w: Vec<f32> = weights(22.0, LifterFrom::Zero, 13);
        assert_eq!((w[0], w[11]), (1.0, 12.0));
        assert_eq!(weights::<f32>(22.0, LifterFrom::One, 12)[..11], w[1..12]);
        assert_eq!(weights::<f64>(0.0, LifterFrom::Zero, 3), [1.0; 3]);
    }
}
