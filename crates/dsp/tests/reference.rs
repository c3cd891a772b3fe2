//! The engine against a slow twin written straight from the definitions, in `f64`.

use std::f64::consts::PI;

use mynah_dsp::{Cmvn, Edges, Length, Mfcc, MfccConfig, Window};

/// MFCC by the book: rows of `n_mfcc · (1 + delta_order)`.
fn reference(c: &MfccConfig, samples: &[f32]) -> Vec<Vec<f64>> {
    let rate = f64::from(c.sample_rate);
    let samples_in = |length| match length {
        Length::Ms(ms) => (c.sample_rate as f32 * 0.001 * ms as f32) as usize,
        Length::Samples(n) => n,
        Length::Transform => unimplemented!(),
    };
    let (frame_length, hop_length) = (samples_in(c.frame_length), samples_in(c.hop_length));
    let frames = frames(c.edges == Edges::Snip, frame_length, hop_length, samples);
    let statics: Vec<Vec<f64>> = frames.iter().map(|frame| cepstra(c, rate, frame)).collect();

    let mut rows = statics.clone();
    let w = c.delta_window as i64;
    let norm: f64 = (-w..=w).map(|j| (j * j) as f64).sum();
    // Order 2 written as the double sum that the convolved kernel stands for.
    let clamped = |t: i64| &statics[t.clamp(0, statics.len() as i64 - 1) as usize];
    for (t, row) in rows.iter_mut().enumerate() {
        let t = t as i64;
        if c.delta_order >= 1 {
            row.extend((0..c.n_mfcc).map(|k| {
                (-w..=w)
                    .map(|j| j as f64 / norm * clamped(t + j)[k])
                    .sum::<f64>()
            }));
        }
        if c.delta_order == 2 {
            row.extend((0..c.n_mfcc).map(|k| {
                (-w..=w)
                    .flat_map(|i| (-w..=w).map(move |j| (i, j)))
                    .map(|(i, j)| (i * j) as f64 / (norm * norm) * clamped(t + i + j)[k])
                    .sum::<f64>()
            }));
        }
    }
    normalize(&mut rows, c.cmvn);
    rows
}

fn frames(snip_edges: bool, length: usize, hop: usize, samples: &[f32]) -> Vec<Vec<f64>> {
    let n = samples.len();
    let (first, count) = if snip_edges {
        (
            0,
            if n < length {
                0
            } else {
                1 + (n - length) / hop
            },
        )
    } else {
        ((hop / 2) as i64 - (length / 2) as i64, (n + hop / 2) / hop)
    };
    let mirrored = |mut i: i64| loop {
        if i < 0 {
            i = -1 - i;
        } else if i >= n as i64 {
            i = 2 * n as i64 - 1 - i;
        } else {
            return f64::from(samples[i as usize]);
        }
    };
    (0..count)
        .map(|t| {
            let start = first + (t * hop) as i64;
            (start..start + length as i64).map(mirrored).collect()
        })
        .collect()
}

fn cepstra(c: &MfccConfig, rate: f64, frame: &[f64]) -> Vec<f64> {
    let n = frame.len();
    let floor = c.log_floor;
    let mut x: Vec<f64> = frame.iter().map(|x| x * c.input_scale).collect();
    if c.remove_dc {
        let mean = x.iter().sum::<f64>() / n as f64;
        x.iter_mut().for_each(|x| *x -= mean);
    }
    let energy = x.iter().map(|x| x * x).sum::<f64>().max(floor).ln();
    let a = c.preemphasis;
    let windowed: Vec<f64> = (0..n)
        .map(|i| (x[i] - a * x[i.saturating_sub(1)]) * window(c.window, i, n))
        .collect();

    let n_fft = n.next_power_of_two();
    let power: Vec<f64> = (0..n_fft / 2)
        .map(|k| {
            let angle = |i: usize| 2.0 * PI * ((k * i) % n_fft) as f64 / n_fft as f64;
            let re: f64 = (0..n).map(|i| windowed[i] * angle(i).cos()).sum();
            let im: f64 = (0..n).map(|i| windowed[i] * angle(i).sin()).sum();
            re * re + im * im
        })
        .collect();

    let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
    let fmax = c.fmax;
    let high = if fmax > 0.0 { fmax } else { rate / 2.0 + fmax };
    let (low, high) = (mel(c.fmin), mel(high));
    let point = |b: usize| low + (high - low) * b as f64 / (c.n_mels + 1) as f64;
    let log_mels: Vec<f64> = (0..c.n_mels)
        .map(|b| {
            let (left, centre, right) = (point(b), point(b + 1), point(b + 2));
            let weight = |m: f64| {
                if m <= left || m >= right {
                    0.0
                } else if m <= centre {
                    (m - left) / (centre - left)
                } else {
                    (right - m) / (right - centre)
                }
            };
            let energy: f64 = (0..n_fft / 2)
                .map(|k| weight(mel(k as f64 * rate / n_fft as f64)) * power[k])
                .sum();
            energy.max(floor).ln()
        })
        .collect();

    let m = c.n_mels as f64;
    let l = c.lifter;
    let mut cepstra: Vec<f64> = (0..c.n_mfcc)
        .map(|k| {
            let k = k as f64;
            let scale = (if k == 0.0 { 1.0 } else { 2.0 } / m).sqrt();
            let lift = if l > 0.0 {
                1.0 + l / 2.0 * (PI * k / l).sin()
            } else {
                1.0
            };
            let terms = log_mels.iter().enumerate();
            let sum: f64 = terms
                .map(|(i, x)| x * (PI * k * (i as f64 + 0.5) / m).cos())
                .sum();
            lift * scale * sum
        })
        .collect();
    if c.use_energy {
        cepstra[0] = energy;
    }
    cepstra
}

fn window(window: Window, i: usize, n: usize) -> f64 {
    let angle = 2.0 * PI * i as f64 / (n - 1) as f64;
    match window {
        Window::Povey => (0.5 - 0.5 * angle.cos()).powf(0.85),
        Window::Hann => 0.5 - 0.5 * angle.cos(),
        Window::Hamming => 0.54 - 0.46 * angle.cos(),
        Window::Rectangular => 1.0,
        other => unimplemented!("{other:?}"),
    }
}

fn normalize(rows: &mut [Vec<f64>], cmvn: Cmvn) {
    let n = rows.len() as f64;
    let width = rows.first().map_or(0, Vec::len);
    for k in 0..width {
        let mean = rows.iter().map(|row| row[k]).sum::<f64>() / n;
        let variance = rows.iter().map(|row| (row[k] - mean).powi(2)).sum::<f64>() / n;
        for row in rows.iter_mut() {
            match cmvn {
                Cmvn::None => {}
                Cmvn::Mean => row[k] -= mean,
                _ => row[k] = (row[k] - mean) / variance.sqrt(),
            }
        }
    }
}

fn configs() -> Vec<MfccConfig> {
    let mut all = vec![MfccConfig::mynah(), MfccConfig::kaldi()];
    for rate in [8_000, 11_025, 22_050] {
        let mut config = MfccConfig::kaldi().with_sample_rate(rate);
        config.edges = Edges::Mirror;
        config.use_energy = false;
        config.delta_order = 2;
        all.push(config);
    }
    for window in [Window::Hann, Window::Hamming, Window::Rectangular] {
        let mut config = MfccConfig::mynah();
        config.window = window;
        config.remove_dc = false;
        config.preemphasis = 0.0;
        (config.fmin, config.fmax) = (300.0, 3_400.0);
        (config.n_mfcc, config.lifter) = (20, 22.0);
        config.delta_window = 3;
        config.cmvn = Cmvn::Mean;
        all.push(config);
    }
    let mut config = MfccConfig::mynah();
    config.cmvn = Cmvn::MeanVariance;
    all.push(config);
    all
}

fn check(signal: &[f32], tolerance: f64) {
    for config in configs() {
        let features = Mfcc::<f32>::new(&config)
            .expect("a sound config")
            .compute(signal)
            .expect("no clip is refused");
        let expected = reference(&config, signal);
        assert_eq!(features.n_frames, expected.len());
        for (t, (row, expected)) in features.rows().zip(&expected).enumerate() {
            assert_eq!(row.len(), expected.len());
            for (k, (got, expected)) in row.iter().zip(expected).enumerate() {
                assert!(
                    (f64::from(*got) - expected).abs() <= tolerance,
                    "frame {t}, coefficient {k}: {got}, expected {expected}, {config:?}"
                );
            }
        }
    }
}

fn noise(n: usize, amplitude: f32) -> Vec<f32> {
    let mut state = 7u32;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            amplitude * (2.0 * (state as f32 / u32::MAX as f32) - 1.0)
        })
        .collect()
}

#[test]
fn noise_loud_and_faint() {
    check(&noise(4_000, 1.0), 1e-3);
    check(&noise(4_000, 1e-3), 1e-3);
}

#[test]
fn tones_over_a_noise_floor() {
    // Without the noise, empty filters would hold nothing but the rounding of the `f32` FFT; even
    // with it the tone's rounding shows there, and the lifter multiplies it by up to 12.
    let floor = noise(4_000, 1e-2);
    for step in [0.01f32, 0.3, 2.9] {
        let tone: Vec<f32> = (0..4_000)
            .map(|i| 0.3 * (step * i as f32).sin() + floor[i])
            .collect();
        check(&tone, 5e-3);
    }
}

#[test]
fn clips_of_every_awkward_length() {
    for n in [0, 1, 2, 79, 80, 81, 199, 200, 399, 400, 401, 560] {
        let mut config = MfccConfig::kaldi();
        config.edges = Edges::Mirror;
        config.delta_order = 2;
        let clip = noise(n, 0.5);
        let got = Mfcc::<f32>::new(&config).unwrap().compute(&clip).unwrap();
        let expected: Vec<f64> = reference(&config, &clip).concat();
        assert_eq!(got.data.len(), expected.len());
        for (got, expected) in got.data.iter().zip(expected) {
            assert!((f64::from(*got) - expected).abs() < 1e-3, "{n} samples");
        }
    }
}

#[test]
fn silence_is_the_floor() {
    let config = MfccConfig::mynah();
    let features = Mfcc::<f32>::new(&config)
        .unwrap()
        .compute(&[0.0; 1_000])
        .unwrap();
    let c0 = 40f32.sqrt() * config.log_floor.ln() as f32;
    for row in features.rows() {
        assert!((row[0] - c0).abs() < 1e-3);
        assert!(row[1..].iter().all(|x| x.abs() < 1e-4));
    }
}
