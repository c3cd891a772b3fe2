//! Sounds that no one makes: hiss, hum, rumble, knocks.

use std::f32::consts::TAU;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A second each.
const SECONDS: f32 = 1.0;
/// Levels between which they lie, dB of full scale.
const LEVEL_DB: [f32; 2] = [-70.0, -20.0];

/// So many noises at a sample rate, Hz, each of another kind than the one before.
pub(super) fn noises(n: usize, sample_rate: u32, seed: u64) -> Vec<Vec<f32>> {
    let one = |i: usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(i as u64);
        let n_samples = (SECONDS * sample_rate as f32) as usize;
        let mut sound = hiss(n_samples, &mut rng);
        match i % 4 {
            1 => add(&mut sound, &hum(n_samples, sample_rate, &mut rng), 3.0),
            2 => add(&mut sound, &knocks(n_samples, sample_rate, &mut rng), 10.0),
            3 => swell(&mut sound, &mut rng),
            _ => {}
        }
        let [least, most] = LEVEL_DB;
        let level = 10f32.powf((least + (most - least) * rng.random::<f32>()) / 20.0);
        let power = sound.iter().map(|x| x * x).sum::<f32>() / n_samples as f32;
        let gain = level / power.sqrt().max(f32::MIN_POSITIVE);
        sound
            .iter_mut()
            .for_each(|x| *x = (*x * gain).clamp(-1.0, 1.0));
        sound
    };
    (0..n).map(one).collect()
}

/// White noise through a low pass of one pole, which may be anywhere.
fn hiss(n: usize, rng: &mut impl Rng) -> Vec<f32> {
    let pole = 0.98 * rng.random::<f32>();
    let mut last = 0.0;
    let next = |_| {
        last = pole * last + (1.0 - pole) * (2.0 * rng.random::<f32>() - 1.0);
        last
    };
    (0..n).map(next).collect()
}

/// A tone of the mains or a motor, with overtones.
fn hum(n: usize, sample_rate: u32, rng: &mut impl Rng) -> Vec<f32> {
    let pitch = 40.0 + 360.0 * rng.random::<f32>();
    let amplitudes: Vec<f32> = (1..=8).map(|k| rng.random::<f32>() / k as f32).collect();
    let sample = |i: usize| {
        let phase = TAU * pitch * i as f32 / sample_rate as f32;
        let overtones = amplitudes.iter().zip(1u8..);
        overtones
            .map(|(a, k)| a * (f32::from(k) * phase).sin())
            .sum()
    };
    (0..n).map(sample).collect()
}

/// Short sounds that ring and die away.
fn knocks(n: usize, sample_rate: u32, rng: &mut impl Rng) -> Vec<f32> {
    let mut sound = vec![0.0; n];
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..n);
        let pitch = TAU * (100.0 + 2_900.0 * rng.random::<f32>()) / sample_rate as f32;
        let decay = 1.0 / ((0.005 + 0.05 * rng.random::<f32>()) * sample_rate as f32);
        for (i, x) in sound[at..].iter_mut().enumerate() {
            let (t, noise) = (i as f32, 2.0 * rng.random::<f32>() - 1.0);
            *x += (-t * decay).exp() * ((pitch * t).sin() + 0.5 * noise);
        }
    }
    sound
}

/// Lets a sound come and go.
fn swell(sound: &mut [f32], rng: &mut impl Rng) {
    let n = sound.len() as f32;
    let (turns, phase) = (0.5 + 3.0 * rng.random::<f32>(), TAU * rng.random::<f32>());
    for (i, x) in sound.iter_mut().enumerate() {
        *x *= 0.05 + (TAU * turns * i as f32 / n + phase).sin().powi(2);
    }
}

fn add(to: &mut [f32], other: &[f32], gain: f32) {
    to.iter_mut().zip(other).for_each(|(x, y)| *x += gain * y);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noises_are_finite_differ_and_repeat_with_the_seed() {
        let first = noises(8, 16_000, 1);
        assert_eq!(first, noises(8, 16_000, 1));
        assert_ne!(first, noises(8, 16_000, 2));
        for sound in &first {
            assert_eq!(sound.len(), 16_000);
            assert!(sound.iter().all(|x| x.abs() <= 1.0));
            assert!(sound.iter().any(|x| x.abs() > 1e-5));
        }
    }
}
