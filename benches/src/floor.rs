//! The least that a frame of MFCC takes in plain scalar Rust: window + realfft + power + sparse mel sums + `ln` + DCT.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Number of mel filters.
pub const N_MELS: usize = 40;
/// Number of coefficients in a row.
pub const N_MFCC: usize = 13;
/// Energies below this count as this.
pub const LOG_FLOOR: f32 = f32::EPSILON;

const RATE: f32 = 16_000.0;
const FRAME: usize = 400;
const HOP: usize = 160;
const N_FFT: usize = 512;

/// Tables and scratch space; 13 MFCC from 40 mels, 25/10 ms at 16 kHz.
pub struct Floor {
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
    /// First bin and weights of each filter.
    filters: Vec<(usize, Vec<f32>)>,
    log_mels: Vec<f32>,
    /// `[N_MFCC × N_MELS]`.
    dct: Vec<f32>,
}

impl Floor {
    /// With that window, a function of 0..=1.
    pub fn new(window: impl Fn(f32) -> f32) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(N_FFT);
        Self {
            window: (0..FRAME)
                .map(|i| window(i as f32 / (FRAME - 1) as f32))
                .collect(),
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            power: vec![0.0; N_FFT / 2],
            filters: (0..N_MELS).map(filter).collect(),
            log_mels: vec![0.0; N_MELS],
            dct: (0..N_MFCC * N_MELS)
                .map(|i| dct(i / N_MELS, i % N_MELS))
                .collect(),
        }
    }

    /// The floor: frames as they are. `out` is `[n_frames × N_MFCC]`.
    pub fn short(&mut self, samples: &[f32], out: &mut [f32]) {
        for (t, row) in out.chunks_exact_mut(N_MFCC).enumerate() {
            let frame = &samples[t * HOP..][..FRAME];
            for ((x, sample), w) in self.input.iter_mut().zip(frame).zip(&self.window) {
                *x = sample * w;
            }
            self.cepstra(row);
        }
    }

    /// The longer floor: each frame's mean is removed, and it is pre-emphasised.
    pub fn longer(&mut self, samples: &[f32], out: &mut [f32]) {
        for (t, row) in out.chunks_exact_mut(N_MFCC).enumerate() {
            let frame = &samples[t * HOP..][..FRAME];
            let mean = frame.iter().sum::<f32>() / FRAME as f32;
            let mut previous = frame[0] - mean;
            for ((x, sample), w) in self.input.iter_mut().zip(frame).zip(&self.window) {
                let centred = sample - mean;
                *x = (centred - 0.97 * previous) * w;
                previous = centred;
            }
            self.cepstra(row);
        }
    }

    fn cepstra(&mut self, row: &mut [f32]) {
        self.input[FRAME..].fill(0.0);
        self.fft
            .process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch)
            .expect("the plan made these buffers");
        for (p, x) in self.power.iter_mut().zip(&self.output) {
            *p = x.re * x.re + x.im * x.im;
        }
        for (log_mel, (first, weights)) in self.log_mels.iter_mut().zip(&self.filters) {
            *log_mel = dot(weights, &self.power[*first..]).max(LOG_FLOOR).ln();
        }
        for (c, basis) in row.iter_mut().zip(self.dct.chunks_exact(N_MELS)) {
            *c = dot(basis, &self.log_mels);
        }
    }
}

fn dot(x: &[f32], y: &[f32]) -> f32 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn filter(b: usize) -> (usize, Vec<f32>) {
    let mel = |hz: f32| 1127.0 * (hz / 700.0).ln_1p();
    let (low, high) = (mel(20.0), mel(RATE / 2.0));
    let step = (high - low) / (N_MELS + 1) as f32;
    let weight = |k: usize| {
        let steps = (mel(k as f32 * RATE / N_FFT as f32) - low) / step - b as f32;
        steps.min(2.0 - steps)
    };
    let mut bins = (0..N_FFT / 2).skip_while(|&k| weight(k) <= 0.0).peekable();
    let first = *bins.peek().expect("a filter over a bin");
    (first, bins.map(weight).take_while(|&w| w > 0.0).collect())
}

fn dct(k: usize, m: usize) -> f32 {
    let n = N_MELS as f32;
    let scale = if k == 0 { 1.0 / n } else { 2.0 / n };
    scale.sqrt() * (std::f32::consts::PI * k as f32 * (m as f32 + 0.5) / n).cos()
}

/// Hamming window over 0..=1.
pub fn hamming(x: f32) -> f32 {
    0.54 - 0.46 * (std::f32::consts::TAU * x).cos()
}

/// Povey window over 0..=1.
pub fn povey(x: f32) -> f32 {
    (0.5 - 0.5 * (std::f32::consts::TAU * x).cos()).powf(0.85)
}
