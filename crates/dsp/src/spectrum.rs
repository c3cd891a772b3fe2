//! Spectrum of a frame.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::{MfccConfig, Real, Window, lanes};

/// What the filters add up; `X` is the unscaled DFT of the frame, `F` its length, `N` that of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum SpectrumKind {
    /// `|X|²`.
    Power,
    /// `|X|²/F` (python_speech_features, spafe).
    PowerPerTransform,
    /// `|X|²/N` (MLPerf Tiny `lfbe`).
    PowerPerFrame,
    /// `|X|` (HTK, TensorFlow).
    Magnitude,
}

/// Windowed frames to spectra. Where in the transform a frame lies changes the phase only, so it always lies at
/// the start, zeros behind it; a frame that is longer is cut.
#[derive(Clone, Debug)]
pub(crate) struct Spectrum<T> {
    transform: Transform<T>,
    kind: SpectrumKind,
    scale: T,
    bins: Vec<T>,
}

/// In which precision.
#[derive(Clone, Debug)]
enum Transform<T> {
    Own(Dft<T>),
    Double(Dft<f64>),
}

#[derive(Clone)]
struct Dft<U> {
    plan: Arc<dyn RealToComplex<U>>,
    window: Vec<U>,
    windowed: Vec<U>,
    input: Vec<U>,
    output: Vec<Complex<U>>,
    scratch: Vec<Complex<U>>,
}

impl<T: Real> Spectrum<T> {
    pub(crate) fn new(config: &MfccConfig) -> Self {
        let (frame_length, n_fft) = (config.frame_length(), config.n_fft());
        let scale = match config.spectrum {
            SpectrumKind::PowerPerTransform => 1.0 / n_fft as f64,
            SpectrumKind::PowerPerFrame => 1.0 / frame_length as f64,
            SpectrumKind::Power | SpectrumKind::Magnitude => 1.0,
        };
        let transform = if config.double_spectrum {
            Transform::Double(Dft::new(config.window, frame_length, n_fft))
        } else {
            Transform::Own(Dft::new(config.window, frame_length, n_fft))
        };
        Self {
            transform,
            kind: config.spectrum,
            scale: T::of(scale),
            bins: vec![T::zero(); n_fft / 2 + 1],
        }
    }

    /// Windows a frame.
    pub(crate) fn load(&mut self, frame: &[T]) {
        match &mut self.transform {
            Transform::Own(dft) => dft.load(frame),
            Transform::Double(dft) => dft.load(frame),
        }
    }

    /// `Σ x²` of the windowed frame.
    pub(crate) fn windowed_energy(&self) -> T {
        match &self.transform {
            Transform::Own(dft) => lanes::dot(&dft.windowed, &dft.windowed),
            Transform::Double(dft) => T::of(lanes::dot(&dft.windowed, &dft.windowed)),
        }
    }

    /// The spectrum of the frame, `[n_fft/2 + 1]`.
    pub(crate) fn bins(&mut self) -> &[T] {
        match &mut self.transform {
            Transform::Own(dft) => dft.power(&mut self.bins),
            Transform::Double(dft) => dft.power(&mut self.bins),
        }
        match self.kind {
            SpectrumKind::Power => {}
            SpectrumKind::Magnitude => self.bins.iter_mut().for_each(|x| *x = x.sqrt()),
            SpectrumKind::PowerPerTransform | SpectrumKind::PowerPerFrame => {
                self.bins.iter_mut().for_each(|x| *x = *x * self.scale);
            }
        }
        &self.bins
    }
}

impl<U: Real> Dft<U> {
    fn new(window: Window, frame_length: usize, n_fft: usize) -> Self {
        let plan = RealFftPlanner::new().plan_fft_forward(n_fft);
        Self {
            window: window.weights(frame_length),
            windowed: vec![U::zero(); frame_length],
            input: plan.make_input_vec(),
            output: plan.make_output_vec(),
            scratch: plan.make_scratch_vec(),
            plan,
        }
    }

    fn load<T: Real>(&mut self, frame: &[T]) {
        for ((y, x), w) in self.windowed.iter_mut().zip(frame).zip(&self.window) {
            *y = U::of(x.f64()) * *w;
        }
    }

    /// `|X|²`.
    fn power<T: Real>(&mut self, bins: &mut [T]) {
        let n = self.windowed.len().min(self.input.len());
        self.input[..n].copy_from_slice(&self.windowed[..n]);
        self.input[n..].fill(U::zero());
        self.plan
            .process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch)
            .expect("the plan made these buffers");
        for (bin, x) in bins.iter_mut().zip(&self.output) {
            *bin = T::of((x.re * x.re + x.im * x.im).f64());
        }
    }
}

impl<U> fmt::Debug for Dft<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dft")
            .field("frame_length", &self.windowed.len())
            .field("n_fft", &self.input.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Length;
    use std::f64::consts::TAU;

    fn spectrum(kind: SpectrumKind, frame_length: usize, n_fft: usize) -> Spectrum<f64> {
        let mut config = MfccConfig::kaldi();
        config.spectrum = kind;
        config.window = Window::Rectangular;
        config.frame_length = Length::Samples(frame_length);
        config.n_fft = Some(n_fft);
        Spectrum::new(&config)
    }

    /// |X|² by its definition.
    fn naive(frame: &[f64], n_fft: usize) -> Vec<f64> {
        (0..=n_fft / 2)
            .map(|k| {
                let sum = frame
                    .iter()
                    .take(n_fft)
                    .enumerate()
                    .map(|(i, x)| Complex::from_polar(*x, -TAU * (k * i) as f64 / n_fft as f64))
                    .sum::<Complex<f64>>();
                sum.norm_sqr()
            })
            .collect()
    }

    #[test]
    fn equals_the_definition() {
        let lengths = [(64, 64), (50, 64), (64, 50), (30, 45), (2, 2), (3, 3)];
        for (frame_length, n_fft) in lengths {
            let frame: Vec<f64> = (0..frame_length).map(|i| (i as f64).sin() + 0.3).collect();
            let power = naive(&frame, n_fft);
            type Expected<'a> = &'a dyn Fn(f64) -> f64;
            let kinds: [(SpectrumKind, Expected<'_>); 4] = [
                (SpectrumKind::Power, &|p| p),
                (SpectrumKind::PowerPerTransform, &|p| p / n_fft as f64),
                (SpectrumKind::PowerPerFrame, &|p| p / frame_length as f64),
                (SpectrumKind::Magnitude, &f64::sqrt),
            ];
            for (kind, expected) in kinds {
                let mut spectrum = spectrum(kind, frame_length, n_fft);
                // Twice, as a call may overwrite what it was given.
                for _ in 0..2 {
                    spectrum.load(&frame);
                    for (got, power) in spectrum.bins().iter().zip(&power) {
                        let difference = (got - expected(*power)).abs();
                        assert!(difference < 1e-9, "{kind:?} {frame_length} {n_fft}");
                    }
                }
            }
        }
    }

    #[test]
    fn double_precision_under_single() {
        let tone = |k: f64, i: usize| (TAU * k * i as f64 / 512.0).cos();
        let frame: Vec<f32> = (0..512).map(|i| tone(8.0, i) as f32).collect();
        let mut config = MfccConfig::kaldi();
        config.window = Window::Rectangular;
        config.frame_length = Length::Samples(512);
        let noise = |config: &MfccConfig| {
            let mut spectrum = Spectrum::<f32>::new(config);
            spectrum.load(&frame);
            let bins = spectrum.bins();
            bins[20..].iter().sum::<f32>()
        };
        let single = noise(&config);
        config.double_spectrum = true;
        // What is left are the roundings of the samples themselves.
        assert!(noise(&config) < single);
    }
}
