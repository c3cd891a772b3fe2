//! The engine against the floor: the least that a frame of MFCC takes in plain scalar Rust. Run it on one processor:
//! `taskset -c 0 cargo bench -p mynah-benches --bench floor`.
//!
//! The floor is window + realfft + power + sparse mel sums + `ln` + DCT on the same frames; the longer floor also removes
//! the mean of each frame and pre-emphasises it, as Kaldi does. Every contender computes the same minute in every round,
//! and medians of CPU time are compared. Both floors are checked against the engine on their own definition before the timing.

// Its report is what a benchmark is for.
#![allow(clippy::print_stdout)]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use mynah::dsp::{Mfcc, MfccConfig, Window};
use mynah_audio::Channel;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 101;

const RATE: f32 = 16_000.0;
const FRAME: usize = 400;
const HOP: usize = 160;
const N_FFT: usize = 512;
const N_MELS: usize = 40;
const N_MFCC: usize = 13;
const LOG_FLOOR: f32 = f32::EPSILON;

fn main() {
    let samples = minute();
    check_floors(&samples);
    // `cargo bench -- --test` checks the answers and times nothing.
    if !std::env::args().any(|arg| arg == "--test") {
        race(&samples);
    }
}

/// A minute of speech at 16 kHz: the bundled corpus.
fn minute() -> Vec<f32> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/spoken-digits/wav/seven");
    let mut files: Vec<_> = fs::read_dir(corpus)
        .expect("the corpus is in the repository")
        .map(|file| file.expect("a readable folder").path())
        .collect();
    files.sort();
    let mut samples = Vec::new();
    for file in files.iter().cycle() {
        samples.extend(
            mynah_audio::read(file, Channel::Mix)
                .expect("a recording")
                .samples,
        );
        if samples.len() >= 960_000 {
            break;
        }
    }
    samples.truncate(960_000);
    samples
}

struct Floor {
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
    fn new(window: impl Fn(f32) -> f32) -> Self {
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

    fn short(&mut self, samples: &[f32], out: &mut [f32]) {
        for (t, row) in out.chunks_exact_mut(N_MFCC).enumerate() {
            let frame = &samples[t * HOP..][..FRAME];
            for ((x, sample), w) in self.input.iter_mut().zip(frame).zip(&self.window) {
                *x = sample * w;
            }
            self.cepstra(row);
        }
    }

    fn longer(&mut self, samples: &[f32], out: &mut [f32]) {
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

fn hamming(x: f32) -> f32 {
    0.54 - 0.46 * (std::f32::consts::TAU * x).cos()
}

fn povey(x: f32) -> f32 {
    (0.5 - 0.5 * (std::f32::consts::TAU * x).cos()).powf(0.85)
}

/// What the longer floor computes; 13 MFCC, 40 mels.
fn longer_config() -> MfccConfig {
    let mut config = MfccConfig::kaldi();
    config.n_mels = N_MELS;
    config.input_scale = 1.0;
    config.use_energy = false;
    config.lifter = 0.0;
    config.log_floor = LOG_FLOOR;
    config
}

fn check_floors(samples: &[f32]) {
    let mut config = longer_config();
    check(samples, &config, |out| {
        Floor::new(povey).longer(samples, out);
    });
    config.window = Window::Hamming;
    config.remove_dc = false;
    config.preemphasis = 0.0;
    check(samples, &config, |out| {
        Floor::new(hamming).short(samples, out)
    });
}

fn check(samples: &[f32], config: &MfccConfig, floor: impl FnOnce(&mut [f32])) {
    let expected = Mfcc::new(config)
        .expect("a sound definition")
        .compute(samples)
        .data;
    let mut out = vec![f32::NAN; expected.len()];
    floor(&mut out);
    for (got, expected) in out.iter().zip(&expected) {
        assert!((got - expected).abs() < 0.02, "{got}, expected {expected}");
    }
}

fn race(samples: &[f32]) {
    let mut mynah = MfccConfig::mynah();
    mynah.delta_order = 0;
    let mut kaldi = MfccConfig::kaldi();
    kaldi.n_mels = N_MELS;
    let configs = [mynah, kaldi, MfccConfig::mynah()];
    let [mut mynah, mut kaldi, mut deltas] =
        configs.map(|config| Mfcc::new(&config).expect("a preset works"));
    let (mut floor, mut longer) = (Floor::new(hamming), Floor::new(povey));

    let n_frames = mynah.n_frames(samples.len());
    let mut out = vec![0.0; n_frames * N_MFCC];
    let mut with_deltas = vec![0.0; n_frames * deltas.n_coeffs()];
    let mut seconds: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let [a, b, c, d, e] = &mut seconds;
        clock(a, || floor.short(black_box(samples), &mut out));
        clock(b, || mynah.compute_into(black_box(samples), &mut out));
        clock(c, || longer.longer(black_box(samples), &mut out));
        clock(d, || kaldi.compute_into(black_box(samples), &mut out));
        clock(e, || {
            deltas.compute_into(black_box(samples), &mut with_deltas);
        });
    }
    let [floor, mynah, longer, kaldi, deltas] =
        seconds.map(|seconds| median(seconds) / n_frames as f64 * 1e6);
    println!("13 MFCC, 40 mels, 25/10 ms, 60 s at 16 kHz: median µs a frame of {ROUNDS} rounds");
    println!("floor           {floor:.3}");
    println!("mynah           {mynah:.3}   {:.2} × floor", mynah / floor);
    println!("longer floor    {longer:.3}");
    println!(
        "kaldi           {kaldi:.3}   {:.2} × longer floor",
        kaldi / longer
    );
    println!(
        "mynah + deltas  {deltas:.3}   {:.2} × floor",
        deltas / floor
    );
}

fn clock(seconds: &mut Vec<f64>, run: impl FnOnce()) {
    let start = thread_seconds();
    run();
    seconds.push(thread_seconds() - start);
}

/// Time this thread has been running: what others do on the machine meanwhile does not count.
fn thread_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x[x.len() / 2]
}
