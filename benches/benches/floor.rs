//! The engine against the floor, the least that a frame of MFCC takes in plain scalar Rust (`mynah_benches::Floor`). Run it on
//! one processor: `taskset -c 0 cargo bench -p mynah-benches --bench floor`.
//!
//! Every contender computes the same minute in every round, and medians of CPU time are compared. Both floors are checked
//! against the engine on their own definition before the timing.

// Its report is what a benchmark is for.
#![allow(clippy::print_stdout)]

use std::hint::black_box;

use mynah::dsp::{Mfcc, MfccConfig, Window};
use mynah_benches::floor::{Floor, LOG_FLOOR, N_MELS, N_MFCC, hamming, povey};
use mynah_benches::{cpu_seconds, minute};

const ROUNDS: usize = 101;

fn main() {
    let samples = minute();
    check_floors(&samples);
    // `cargo bench -- --test` checks the answers and times nothing.
    if !std::env::args().any(|arg| arg == "--test") {
        race(&samples);
    }
}

/// What the longer floor computes; 13 MFCC, 40 mels.
fn longer_config() -> MfccConfig {
    let mut config = MfccConfig::kaldi();
    config.n_mels = N_MELS;
    config.input_scale = 1.0;
    config.use_energy = false;
    config.lifter = 0.0;
    config.log_floor = f64::from(LOG_FLOOR);
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
        .expect("no clip is refused")
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
        configs.map(|config| Mfcc::<f32>::new(&config).expect("a preset works"));
    let (mut floor, mut longer) = (Floor::new(hamming), Floor::new(povey));

    let n_frames = mynah.n_frames(samples.len()).expect("a long clip");
    let mut out = vec![0.0; n_frames * N_MFCC];
    let mut with_deltas = vec![0.0; n_frames * deltas.n_coeffs()];
    let mut seconds: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let [a, b, c, d, e] = &mut seconds;
        clock(a, || floor.short(black_box(samples), &mut out));
        clock(b, || {
            mynah
                .compute_into(black_box(samples), &mut out)
                .expect("a long clip")
        });
        clock(c, || longer.longer(black_box(samples), &mut out));
        clock(d, || {
            kaldi
                .compute_into(black_box(samples), &mut out)
                .expect("a long clip")
        });
        clock(e, || {
            deltas
                .compute_into(black_box(samples), &mut with_deltas)
                .expect("a long clip");
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
    let start = cpu_seconds();
    run();
    seconds.push(cpu_seconds() - start);
}

fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x[x.len() / 2]
}
