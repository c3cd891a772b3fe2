//! Power spectrum of a frame.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// `|DFT|²` of a frame zero-padded on the right to `n_fft`, the next power of two, unscaled.
/// Bins 0..`n_fft/2`: the Nyquist bin is left out, as Kaldi's filters never use it.
#[derive(Clone)]
pub(crate) struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    frame_length: usize,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl Spectrum {
    pub(crate) fn new(frame_length: usize) -> Self {
        let n_fft = frame_length.next_power_of_two();
        let fft = RealFftPlanner::new().plan_fft_forward(n_fft);
        Self {
            frame_length,
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; n_fft / 2],
            fft,
        }
    }

    pub(crate) fn n_fft(&self) -> usize {
        self.input.len()
    }

    /// Where the windowed frame goes, `[frame_length]`; [`Spectrum::power`] overwrites it.
    pub(crate) fn frame_mut(&mut self) -> &mut [f32] {
        &mut self.input[..self.frame_length]
    }

    /// Power of the frame in [`Spectrum::frame_mut`], `[n_fft / 2]`.
    pub(crate) fn power(&mut self) -> &[f32] {
        self.input[self.frame_length..].fill(0.0);
        self.fft
            .process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch)
            .expect("the plan made these buffers");
        for (p, x) in self.power.iter_mut().zip(&self.output) {
            *p = x.re * x.re + x.im * x.im;
        }
        &self.power
    }
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
    use std::f32::consts::TAU;

    #[test]
    fn whole_periods_fill_one_bin() {
        let mut spectrum = Spectrum::new(64);
        // Twice, as the first call overwrites the input.
        for _ in 0..2 {
            for (i, x) in spectrum.frame_mut().iter_mut().enumerate() {
                *x = (TAU * 5.0 * i as f32 / 64.0).cos();
            }
            for (k, p) in spectrum.power().iter().enumerate() {
                let expected = if k == 5 { 1024.0 } else { 0.0 };
                assert!((p - expected).abs() < 1e-3, "bin {k}: {p}");
            }
        }
    }

    #[test]
    fn pads_to_a_power_of_two() {
        for (frame_length, n_fft) in [(2, 2), (3, 4), (400, 512), (512, 512), (551, 1024)] {
            assert_eq!(Spectrum::new(frame_length).n_fft(), n_fft);
        }
    }
}
