//! Analysis windows.

use std::f64::consts::TAU;

use crate::Real;

/// Shape of the window over a frame of `N` samples. Symmetric ones reach the same value at both ends,
/// `x = i / (N − 1)`; periodic ones would reach it one sample later, `x = i / N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Window {
    /// Symmetric Hann to the power 0.85: like Hamming, but falling to zero at the ends (Kaldi).
    Povey,
    /// `0.5 − 0.5 cos 2πx`, symmetric (Kaldi's `hanning`).
    #[doc(alias = "hanning")]
    Hann,
    /// The same, periodic (librosa, torch, TensorFlow audio ops; kaldi-native-fbank's `hann`).
    HannPeriodic,
    /// tf.signal's Hann: periodic for frames of even length, symmetric for odd ones.
    HannTf,
    /// `0.54 − 0.46 cos 2πx`, symmetric.
    Hamming,
    /// The same, periodic (torch, TensorFlow).
    HammingPeriodic,
    /// `0.42 − 0.5 cos 2πx + 0.08 cos 4πx`, symmetric.
    Blackman,
    /// `sin πx`, symmetric (Kaldi).
    Sine,
    /// 1 throughout.
    Rectangular,
}

impl Window {
    /// The `frame_length` (at least 2) weights, times `scale`.
    pub(crate) fn weights<T: Real>(self, frame_length: usize, scale: f64) -> Vec<T> {
        let period = match self {
            Self::HannPeriodic | Self::HammingPeriodic => frame_length,
            Self::HannTf if frame_length.is_multiple_of(2) => frame_length,
            _ => frame_length - 1,
        };
        (0..frame_length)
            .map(|i| T::of(scale * self.at(i as f64 / period as f64)))
            .collect()
    }

    fn at(self, x: f64) -> f64 {
        let cos = (TAU * x).cos();
        let hann = 0.5 - 0.5 * cos;
        match self {
            Self::Povey => hann.powf(0.85),
            Self::Hann | Self::HannPeriodic | Self::HannTf => hann,
            Self::Hamming | Self::HammingPeriodic => 0.54 - 0.46 * cos,
            Self::Blackman => 0.42 - 0.5 * cos + 0.08 * (2.0 * TAU * x).cos(),
            Self::Sine => (0.5 * TAU * x).sin(),
            Self::Rectangular => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Window::*;

    #[test]
    fn ends_middle_and_symmetry() {
        let shapes = [
            (Povey, 0.0),
            (Hann, 0.0),
            (Hamming, 0.08),
            (Blackman, 0.0),
            (Sine, 0.0),
            (Rectangular, 1.0),
        ];
        for (window, end) in shapes {
            let w: Vec<f32> = window.weights(401, 1.0);
            assert!((w[0] - end).abs() < 1e-6, "{window:?}");
            assert!((w[200] - 1.0).abs() < 1e-6, "{window:?}");
            for (a, b) in w.iter().zip(w.iter().rev()) {
                assert!((a - b).abs() < 1e-6, "{window:?}");
            }
        }
        // A quarter of the way Hann is 1/2 exactly.
        assert!((Povey.weights::<f64>(401, 1.0)[100] - 0.5f64.powf(0.85)).abs() < 1e-12);
    }

    #[test]
    fn periodic_ones_are_symmetric_ones_without_their_end() {
        for (periodic, symmetric) in [(HannPeriodic, Hann), (HammingPeriodic, Hamming)] {
            let longer: Vec<f64> = symmetric.weights(401, 1.0);
            assert_eq!(periodic.weights::<f64>(400, 1.0), longer[..400]);
        }
        assert_eq!(
            HannTf.weights::<f64>(400, 1.0),
            HannPeriodic.weights::<f64>(400, 1.0)
        );
        assert_eq!(
            HannTf.weights::<f64>(275, 1.0),
            Hann.weights::<f64>(275, 1.0)
        );
    }
}
