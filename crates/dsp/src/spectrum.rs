//! Spectrum of a frame.

use std::f64::consts::TAU;
use std::fmt;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::{MfccConfig, Real, lanes, shape};

/// Pairs of bins computed side by side.
const BLOCK: usize = 4;

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
    /// Zeros behind the `n_bins` to whole lanes.
    bins: Vec<T>,
    n_bins: usize,
}

/// In which precision.
#[derive(Clone, Debug)]
enum Transform<T> {
    Own(Dft<T>),
    Double(Dft<f64>),
}

/// An even transform is half as long: the samples are taken in pairs as complex numbers, and the two halves that
/// this adds up are told apart while the power is taken. An odd one is taken as it is.
#[derive(Clone)]
struct Dft<U> {
    plan: Arc<dyn Fft<U>>,
    window: Vec<U>,
    windowed: Vec<U>,
    /// `[n_fft]`, zeros behind the frame.
    input: Vec<U>,
    /// `[n_fft/2 + 1]`, or `[n_fft]` where that is odd.
    output: Vec<Complex<U>>,
    scratch: Vec<Complex<U>>,
    /// `−i/2 · e^(−2πik/n_fft)`, doubled; none for an odd transform.
    twiddles: Vec<Complex<U>>,
}

impl<T: Real> Spectrum<T> {
    pub(crate) fn new(config: &MfccConfig) -> Self {
        let (frame_length, n_fft) = (config.frame_length(), config.n_fft());
        let scale = match config.spectrum {
            SpectrumKind::PowerPerTransform => 1.0 / n_fft as f64,
            SpectrumKind::PowerPerFrame => 1.0 / frame_length as f64,
            SpectrumKind::Power | SpectrumKind::Magnitude => 1.0,
        };
        let (window, gain) = (config.window, config.window_gain());
        let transform = if config.double_spectrum {
            Transform::Double(Dft::new(window.weights(frame_length, gain), n_fft))
        } else {
            Transform::Own(Dft::new(window.weights(frame_length, gain), n_fft))
        };
        Self {
            transform,
            kind: config.spectrum,
            scale: T::of(scale),
            bins: vec![T::zero(); lanes::padded(n_fft / 2 + 1)],
            n_bins: n_fft / 2 + 1,
        }
    }

    /// Takes a frame: its mean subtracted, pre-emphasised and windowed.
    pub(crate) fn load(&mut self, frame: &[T], mean: T, preemphasis: T) {
        match &mut self.transform {
            Transform::Own(dft) => dft.load(frame, mean, preemphasis),
            Transform::Double(dft) => dft.load(frame, mean, preemphasis),
        }
    }

    /// `Σ x²` of the windowed frame.
    pub(crate) fn windowed_energy(&self) -> T {
        match &self.transform {
            Transform::Own(dft) => lanes::sum_of(&dft.windowed, |x| x * x),
            Transform::Double(dft) => T::of(lanes::sum_of(&dft.windowed, |x| x * x)),
        }
    }

    /// The spectrum of the frame: bins 0..=`n_fft/2`, then zeros to a whole number of lanes.
    pub(crate) fn bins(&mut self) -> &[T] {
        let power = &mut self.bins[..self.n_bins];
        match &mut self.transform {
            Transform::Own(dft) => dft.power(power),
            Transform::Double(dft) => dft.power(power),
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
    fn new(window: Vec<U>, n_fft: usize) -> Self {
        let even = n_fft.is_multiple_of(2);
        let length = if even { n_fft / 2 } else { n_fft };
        let plan = FftPlanner::new().plan_fft_forward(length);
        let n_scratch = plan
            .get_inplace_scratch_len()
            .max(plan.get_immutable_scratch_len());
        let n_twiddles = if even { length.div_ceil(2) } else { 0 };
        let twiddle = |k: usize| {
            let (sin, cos) = (TAU * k as f64 / n_fft as f64).sin_cos();
            Complex::new(U::of(-sin), U::of(-cos))
        };
        let zero = Complex::new(U::zero(), U::zero());
        Self {
            windowed: vec![U::zero(); window.len()],
            window,
            input: vec![U::zero(); n_fft],
            output: vec![zero; length + usize::from(even)],
            scratch: vec![zero; n_scratch],
            twiddles: (0..n_twiddles).map(twiddle).collect(),
            plan,
        }
    }

    fn load<T: Real>(&mut self, frame: &[T], mean: T, preemphasis: T) {
        shape::apply(frame, mean, preemphasis, &self.window, &mut self.windowed);
        let n = self.windowed.len().min(self.input.len());
        self.input[..n].copy_from_slice(&self.windowed[..n]);
    }

    /// `|X|²`, `[n_fft/2 + 1]`.
    fn power<T: Real>(&mut self, power: &mut [T]) {
        if self.twiddles.is_empty() {
            for (z, x) in self.output.iter_mut().zip(&self.input) {
                *z = Complex::from(x);
            }
            self.plan
                .process_with_scratch(&mut self.output, &mut self.scratch);
            for (p, z) in power.iter_mut().zip(&self.output) {
                *p = T::of(z.norm_sqr().f64());
            }
            return;
        }
        let (last, packed) = self.output.split_last_mut().expect("at least two bins");
        let pairs = bytemuck::cast_slice(&self.input);
        self.plan
            .process_immutable_with_scratch(pairs, packed, &mut self.scratch);
        // The transform is periodic.
        *last = packed[0];
        untangle(&self.output, &self.twiddles, power);
    }
}

/// The power of `n + 1` bins from the transform `z` of `n` pairs of samples, `[n + 1]` with its
/// first value again at the end.
///
/// Bins k and n − k come from `z[k]` and `z[n − k]` alone; the middle one, where there is one, from
/// itself.
fn untangle<U: Real, T: Real>(z: &[Complex<U>], twiddles: &[Complex<U>], power: &mut [T]) {
    let n_pairs = twiddles.len();
    let after = z.len() - n_pairs;
    for (p, z) in power[n_pairs..after].iter_mut().zip(&z[n_pairs..]) {
        *p = T::of(z.norm_sqr().f64());
    }
    let (low, high) = power.split_at_mut(n_pairs);
    let high = &mut high[after - n_pairs..];

    // Blocks whose loops have a fixed length are what the compiler vectorises here.
    let (a, a_rest) = z[..n_pairs].as_chunks::<BLOCK>();
    let (b_rest, b) = z[after..].as_rchunks::<BLOCK>();
    let (w, w_rest) = twiddles.as_chunks::<BLOCK>();
    let (low, low_rest) = low.as_chunks_mut::<BLOCK>();
    let (high_rest, high) = high.as_rchunks_mut::<BLOCK>();
    let inputs = a.iter().zip(b.iter().rev()).zip(w);
    let outputs = low.iter_mut().zip(high.iter_mut().rev());
    for (((a, b), w), (low, high)) in inputs.zip(outputs) {
        let (mut rising, mut falling) = ([T::zero(); BLOCK], [T::zero(); BLOCK]);
        for i in 0..BLOCK {
            let j = BLOCK - 1 - i;
            (rising[i], falling[j]) = pair(a[i], b[j], w[i]);
        }
        *low = rising;
        *high = falling;
    }
    let inputs = a_rest.iter().zip(b_rest.iter().rev()).zip(w_rest);
    let outputs = low_rest.iter_mut().zip(high_rest.iter_mut().rev());
    for (((a, b), w), (low, high)) in inputs.zip(outputs) {
        (*low, *high) = pair(*a, *b, *w);
    }
}

/// The power of bins k and n − k from `a = z[k]`, `b = z[n − k]` and the twiddle of k. The sum and
/// the difference are taken before the squares: a weak bin keeps its digits beside a strong one.
#[inline]
fn pair<U: Real, T: Real>(a: Complex<U>, b: Complex<U>, w: Complex<U>) -> (T, T) {
    let b = b.conj();
    let (even, odd) = (a + b, w * (a - b));
    let power = |z: Complex<U>| T::of((U::of(0.25) * z.norm_sqr()).f64());
    (power(even + odd), power(even - odd))
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
    use crate::{Length, Window};
    use std::f64::consts::TAU;

    fn spectrum(kind: SpectrumKind, frame_length: usize, n_fft: usize) -> Spectrum<f64> {
        let mut config = MfccConfig::kaldi();
        config.spectrum = kind;
        (config.window, config.input_scale) = (Window::Rectangular, 1.0);
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
        let pairs = [(50, 64), (64, 50), (30, 45), (400, 512), (551, 1_102)];
        // Even, twice odd, odd and prime lengths; blocks with and without a rest.
        let lengths = (2..70).map(|n| (n, n)).chain(pairs);
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
                    spectrum.load(&frame, 0.0, 0.0);
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
        (config.window, config.input_scale) = (Window::Rectangular, 1.0);
        config.frame_length = Length::Samples(512);
        let noise = |config: &MfccConfig| {
            let mut spectrum = Spectrum::<f32>::new(config);
            spectrum.load(&frame, 0.0, 0.0);
            let bins = spectrum.bins();
            bins[20..].iter().sum::<f32>()
        };
        let single = noise(&config);
        config.double_spectrum = true;
        // What is left are the roundings of the samples themselves.
        assert!(noise(&config) < single);
    }
}
