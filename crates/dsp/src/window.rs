//! Analysis windows.

use std::f64::consts::TAU;

/// Shape of the window, over a frame of `N` samples, `x = i / (N − 1)`: all are symmetric, as in
/// Kaldi (`FeatureWindowFunction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Window {
    /// Hann to the power 0.85: like Hamming, but falling to zero at the ends.
    Povey,
    /// `0.5 − 0.5 cos 2πx` (Kaldi's `hanning`).
    #[doc(alias = "hanning")]
    Hann,
    /// `0.54 − 0.46 cos 2πx`.
    Hamming,
    /// 1 throughout.
    Rectangular,
}

impl Window {
    /// The `frame_length` (at least 2) weights, times `scale`.
    pub(crate) fn weights(self, frame_length: usize, scale: f32) -> Vec<f32> {
        let x = |i: usize| i as f64 / (frame_length - 1) as f64;
        (0..frame_length)
            .map(|i| (f64::from(scale) * self.at(x(i))) as f32)
            .collect()
    }

    fn at(self, x: f64) -> f64 {
        let hann = 0.5 - 0.5 * (TAU * x).cos();
        match self {
            Self::Povey => hann.powf(0.85),
            Self::Hann => hann,
            Self::Hamming => 0.54 - 0.46 * (TAU * x).cos(),
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
            (Rectangular, 1.0),
        ];
        for (window, end) in shapes {
            let w = window.weights(401, 1.0);
            assert!((w[0] - end).abs() < 1e-6, "{window:?}");
            assert!((w[200] - 1.0).abs() < 1e-6, "{window:?}");
            for (a, b) in w.iter().zip(w.iter().rev()) {
                assert!((a - b).abs() < 1e-6, "{window:?}");
            }
        }
        // A quarter of the way Hann is 1/2 exactly.
        assert!((Povey.weights(401, 1.0)[100] - 0.5f32.powf(0.85)).abs() < 1e-6);
    }
}
