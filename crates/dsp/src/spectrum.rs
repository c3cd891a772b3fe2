//! Power spectrum of a frame.

use std::f64::consts::TAU;
use std::fmt;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::lanes;

/// Pairs of bins computed side by side.
const BLOCK: usize = 4;

/// `|DFT|²` of a frame zero-padded on the right to `n_fft`, the next power of two, unscaled.
///
/// An even transform is half as long: the samples are taken in pairs as complex numbers, and the
/// two halves that this adds up are told apart while the power is taken. An odd one is taken as
/// it is.
#[derive(Clone)]
pub(crate) struct Spectrum {
    fft: Arc<dyn Fft<f32>>,
    frame_length: usize,
    input: Vec<f32>,
    /// `[n_fft / 2 + 1]`, or `[n_fft]` where that is odd.
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// `−i/2 · e^(−2πik/n_fft)`, doubled; none for an odd transform.
    twiddles: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl Spectrum {
    pub(crate) fn new(frame_length: usize) -> Self {
        Self::with_n_fft(frame_length, frame_length.next_power_of_two())
    }

    fn with_n_fft(frame_length: usize, n_fft: usize) -> Self {
        let even = n_fft.is_multiple_of(2);
        let length = if even { n_fft / 2 } else { n_fft };
        let fft = FftPlanner::new().plan_fft_forward(length);
        let n_scratch = fft
            .get_inplace_scratch_len()
            .max(fft.get_immutable_scratch_len());
        let n_twiddles = if even { length.div_ceil(2) } else { 0 };
        let twiddle = |k: usize| {
            let (sin, cos) = (TAU * k as f64 / n_fft as f64).sin_cos();
            Complex::new(-sin as f32, -cos as f32)
        };
        Self {
            frame_length,
            input: vec![0.0; n_fft],
            output: vec![Complex::ZERO; length + usize::from(even)],
            scratch: vec![Complex::ZERO; n_scratch],
            twiddles: (0..n_twiddles).map(twiddle).collect(),
            power: vec![0.0; lanes::padded(n_fft / 2 + 1)],
            fft,
        }
    }

    pub(crate) fn n_fft(&self) -> usize {
        self.input.len()
    }

    /// Where the windowed frame goes, `[frame_length]`.
    pub(crate) fn frame_mut(&mut self) -> &mut [f32] {
        &mut self.input[..self.frame_length]
    }

    /// Power of the frame in [`Spectrum::frame_mut`]: bins 0..=`n_fft / 2`, then zeros to a whole
    /// number of lanes.
    pub(crate) fn power(&mut self) -> &[f32] {
        let n_fft = self.n_fft();
        let power = &mut self.power[..=n_fft / 2];
        if n_fft.is_multiple_of(2) {
            let (last, packed) = self.output.split_last_mut().expect("at least two bins");
            let pairs = bytemuck::cast_slice(&self.input);
            self.fft
                .process_immutable_with_scratch(pairs, packed, &mut self.scratch);
            // The transform is periodic.
            *last = packed[0];
            untangle(&self.output, &self.twiddles, power);
        } else {
            for (z, x) in self.output.iter_mut().zip(&self.input) {
                *z = Complex::from(x);
            }
            self.fft
                .process_with_scratch(&mut self.output, &mut self.scratch);
            for (p, z) in power.iter_mut().zip(&self.output) {
                *p = z.norm_sqr();
            }
        }
        &self.power
    }
}

/// The power of `n + 1` bins from the transform `z` of `n` pairs of samples, `[n + 1]` with its
/// first value again at the end.
///
/// Bins k and n − k come from `z[k]` and `z[n − k]` alone; the middle one, where there is one, from
/// itself.
fn untangle(z: &[Complex<f32>], twiddles: &[Complex<f32>], power: &mut [f32]) {
    let n_pairs = twiddles.len();
    let after = z.len() - n_pairs;
    for (p, z) in power[n_pairs..after].iter_mut().zip(&z[n_pairs..]) {
        *p = z.norm_sqr();
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
        let (mut rising, mut falling) = ([0.0; BLOCK], [0.0; BLOCK]);
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
fn pair(a: Complex<f32>, b: Complex<f32>, w: Complex<f32>) -> (f32, f32) {
    let b = b.conj();
    let (even, odd) = (a + b, w * (a - b));
    (
        0.25 * (even + odd).norm_sqr(),
        0.25 * (even - odd).norm_sqr(),
    )
}

impl fmt::Debug for Spectrum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spectrum")
            .field("n_fft", &self.n_fft())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_plain_transform() {
        // Even, twice odd, odd and prime lengths; powers of two; blocks with and without a rest.
        let lengths = (2usize..70).chain([100, 251, 256, 257, 400, 512, 551, 1_102]);
        for n_fft in lengths {
            for frame_length in [n_fft, n_fft.div_ceil(2)] {
                let mut spectrum = Spectrum::with_n_fft(frame_length, n_fft);
                // The second frame must see nothing of the first.
                for seed in [0.3, 0.7] {
                    let x: Vec<f64> = (0..frame_length)
                        .map(|i| (seed * (i * i + 1) as f64).sin())
                        .collect();
                    for (input, x) in spectrum.frame_mut().iter_mut().zip(&x) {
                        *input = *x as f32;
                    }
                    let power = spectrum.power();
                    assert_eq!(power.len(), lanes::padded(n_fft / 2 + 1));
                    assert!(power[n_fft / 2 + 1..].iter().all(|p| *p == 0.0));
                    for (k, p) in power[..=n_fft / 2].iter().enumerate() {
                        let expected = plain_power(&x, k, n_fft);
                        let tolerance = 1e-5 * n_fft as f64;
                        assert!(
                            (f64::from(*p) - expected).abs() < tolerance,
                            "n_fft {n_fft}, bin {k}: {p}, expected {expected}"
                        );
                    }
                }
            }
        }
    }

    fn plain_power(x: &[f64], k: usize, n_fft: usize) -> f64 {
        let turn = |i: usize| TAU * (k * i % n_fft) as f64 / n_fft as f64;
        let re: f64 = x.iter().enumerate().map(|(i, x)| x * turn(i).cos()).sum();
        let im: f64 = x.iter().enumerate().map(|(i, x)| x * turn(i).sin()).sum();
        re * re + im * im
    }

    #[test]
    fn a_weak_bin_keeps_its_digits_beside_a_strong_one() {
        // Bins 3 and 61 of 128 are taken apart together, n − 3 = 61.
        let mut spectrum = Spectrum::new(128);
        for (i, x) in spectrum.frame_mut().iter_mut().enumerate() {
            let wave = |k: f64| (TAU * k * i as f64 / 128.0).cos();
            *x = (1e4 * wave(3.0) + 0.1 * wave(61.0)) as f32;
        }
        let power = spectrum.power();
        let expected = 6.4f32.powi(2);
        assert!(
            (power[61] - expected).abs() < 0.01 * expected,
            "{}",
            power[61]
        );
    }

    #[test]
    fn pads_to_a_power_of_two() {
        for (frame_length, n_fft) in [(2, 2), (3, 4), (400, 512), (512, 512), (551, 1024)] {
            assert_eq!(Spectrum::new(frame_length).n_fft(), n_fft);
        }
    }
}
