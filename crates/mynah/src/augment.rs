//! One recording made to sound like many: other voices, rooms and tempos, in the domain of log mel energies.

use std::f32::consts::PI;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::Error;

/// How far a clip is changed each time it is learnt; every amount is drawn anew. Clips in use are never changed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentConfig {
    /// Mel axis bent by up to so many of its bands, at least 0, as by a longer or shorter vocal tract. Default 3.
    pub bend_bands: f32,
    /// Step of the random walk over the mel axis that tilts the spectrum, as another microphone does, nepers of energy, at
    /// least 0. Default 0.3.
    pub tilt: f32,
    /// Share of the clips that get a steady noise, 0 to 1. Default 0.8.
    pub noise_share: f32,
    /// Least and greatest distance of that noise below the peak of the clip's mean log mel energy, nepers of energy
    /// (1 neper is 4.3 dB). Default 1 to 10.
    pub noise_below: [f32; 2],
    /// Time axis bent by two waves, the tempo differing by up to this share along one and half as much along the other, 0 to
    /// 0.6. Default 0.3.
    pub time_bend: f32,
    /// End points moved by up to so many frames each, at most 1,000. Default 5.
    pub endpoint_jitter: usize,
    /// End point threshold moved by up to this much, 0 to 1. Default 0.15.
    pub threshold_jitter: f32,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            bend_bands: 3.0,
            tilt: 0.3,
            noise_share: 0.8,
            noise_below: [1.0, 10.0],
            time_bend: 0.3,
            endpoint_jitter: 5,
            threshold_jitter: 0.15,
        }
    }
}

/// Knots of the random walks over the mel axis, and how far the noise's walks a step.
const KNOTS: usize = 8;
const NOISE_TILT: f32 = 0.3;
/// Spread of a noise's log energy from cell to cell, about that of a periodogram smoothed by a mel filter.
const NOISE_SPREAD: f32 = 0.5;
/// Where two log energies lie further apart than this, their sum is the greater.
const MASKED: f32 = 12.0;

impl AugmentConfig {
    /// Whether its numbers make sense; training asks.
    ///
    /// # Errors
    /// [`Error::Augment`].
    pub fn check(&self) -> Result<(), Error> {
        let [least, most] = self.noise_below;
        let not_negative = "a number of at least 0";
        let any = f32::MAX;
        for (field, got, greatest, allowed) in [
            ("bend_bands", self.bend_bands, any, not_negative),
            ("tilt", self.tilt, any, not_negative),
            ("noise_share", self.noise_share, 1.0, "0 to 1"),
            (
                "noise_below",
                least,
                most,
                "two numbers of at least 0, the first not the greater",
            ),
            ("noise_below", most, any, not_negative),
            ("time_bend", self.time_bend, 0.6, "0 to 0.6"),
            (
                "endpoint_jitter",
                self.endpoint_jitter as f32,
                1000.0,
                "at most 1000",
            ),
            ("threshold_jitter", self.threshold_jitter, 1.0, "0 to 1"),
        ] {
            if !(0.0..=greatest).contains(&got) {
                let got = f64::from(got);
                return Err(Error::Augment {
                    field,
                    got,
                    allowed,
                });
            }
        }
        Ok(())
    }

    /// Appends another version of a clip, log mel energies `[n_frames × n_mels]`, to `out`.
    pub(crate) fn apply<R: Rng>(
        &self,
        clip: &[f32],
        n_mels: usize,
        rng: &mut R,
        out: &mut Vec<f32>,
    ) {
        let n_frames = clip.len() / n_mels;
        let begin = out.len();
        let bend = Bend::new(n_mels, self.bend_bands, rng);
        let tilt = walk(n_mels, self.tilt, rng);
        let tempo = [1.0, 0.5].map(|share| share * self.time_bend * signed(rng));
        for t in 0..n_frames {
            let u = t as f32 / (n_frames - 1).max(1) as f32;
            let moved =
                tempo[0] * (PI * u).sin() / PI + tempo[1] * (2.0 * PI * u).sin() / (2.0 * PI);
            let position = ((u + moved) * (n_frames - 1) as f32).clamp(0.0, (n_frames - 1) as f32);
            let below = position as usize;
            let above = (below + 1).min(n_frames - 1);
            let share = position - below as f32;
            let row = |t: usize| &clip[t * n_mels..(t + 1) * n_mels];
            let (a, b) = (row(below), row(above));
            let at = |m: usize| a[m] + share * (b[m] - a[m]);
            out.extend((0..n_mels).map(|m| bend.at(m, at) + tilt[m]));
        }
        if coin(rng, self.noise_share) {
            self.add_noise(&mut out[begin..], n_mels, rng);
        }
    }

    fn add_noise(&self, clip: &mut [f32], n_mels: usize, rng: &mut impl Rng) {
        let peak = clip
            .chunks_exact(n_mels)
            .map(|row| row.iter().sum::<f32>() / n_mels as f32)
            .fold(f32::MIN, f32::max);
        let [least, most] = self.noise_below;
        let level = peak - least - (most - least) * rng.random::<f32>();
        let colour = walk(n_mels, NOISE_TILT, rng);
        for row in clip.chunks_exact_mut(n_mels) {
            for (x, colour) in row.iter_mut().zip(&colour) {
                *x = log_sum(*x, level + colour + NOISE_SPREAD * normal(rng));
            }
        }
    }
}

/// A mel axis drawn out or pressed together towards its upper end, or around its middle.
struct Bend(Vec<(usize, f32)>);

impl Bend {
    fn new(n_mels: usize, bands: f32, rng: &mut impl Rng) -> Self {
        let amount = bands * signed(rng);
        let is_arch = coin(rng, 0.5);
        let last = (n_mels - 1) as f32;
        let source = |m: usize| {
            let u = m as f32 / last.max(1.0);
            let shape = if is_arch { (PI * u).sin() } else { u };
            let position = (m as f32 + amount * shape).clamp(0.0, last);
            (position as usize, position.fract())
        };
        Self((0..n_mels).map(source).collect())
    }

    fn at(&self, m: usize, row: impl Fn(usize) -> f32) -> f32 {
        let (below, share) = self.0[m];
        let low = row(below);
        if share == 0.0 {
            return low;
        }
        low + share * (row(below + 1) - low)
    }
}

/// A random walk over the mel axis with mean 0.
fn walk(n_mels: usize, step: f32, rng: &mut impl Rng) -> Vec<f32> {
    let mut at = 0.0;
    let mut knots = [0.0; KNOTS];
    for knot in &mut knots {
        at += step * normal(rng);
        *knot = at;
    }
    let mean = knots.iter().sum::<f32>() / KNOTS as f32;
    let value = |m: usize| {
        let position = m as f32 * (KNOTS - 1) as f32 / (n_mels - 1).max(1) as f32;
        let below = (position as usize).min(KNOTS - 2);
        let share = position - below as f32;
        knots[below] + share * (knots[below + 1] - knots[below]) - mean
    };
    (0..n_mels).map(value).collect()
}

/// ln(eᵃ + eᵇ).
fn log_sum(a: f32, b: f32) -> f32 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    if high - low > MASKED {
        return high;
    }
    high + (low - high).exp().ln_1p()
}

fn coin(rng: &mut impl Rng, share: f32) -> bool {
    rng.random::<f32>() < share
}

/// Uniform in \[−1, 1).
fn signed(rng: &mut impl Rng) -> f32 {
    2.0 * rng.random::<f32>() - 1.0
}

/// Nearly normal, mean 0 and deviation 1: the sum of four uniform numbers, in 16 bits each.
fn normal(rng: &mut impl Rng) -> f32 {
    let bits: u64 = rng.random();
    let sum: u64 = (0..4).map(|i| bits >> (16 * i) & 0xffff).sum();
    // Four uniform numbers on [0, 65536) have mean 131,070 and deviation 65,536 / √3.
    (sum as f32 - 131_070.0) * (3f32.sqrt() / 65_536.0)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const N_MELS: usize = 40;

    fn clip() -> Vec<f32> {
        let level = |i: usize| ((i / N_MELS) as f32 * 0.3).sin() * 5.0 + (i % N_MELS) as f32 * 0.1;
        (0..50 * N_MELS).map(level).collect()
    }

    fn changed(config: &AugmentConfig, seed: u64) -> Vec<f32> {
        let mut out = Vec::new();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        config.apply(&clip(), N_MELS, &mut rng, &mut out);
        out
    }

    /// Nothing is changed but what a test asks for.
    fn nothing() -> AugmentConfig {
        AugmentConfig {
            bend_bands: 0.0,
            tilt: 0.0,
            noise_share: 0.0,
            time_bend: 0.0,
            ..AugmentConfig::default()
        }
    }

    fn farthest(a: &[f32], b: &[f32]) -> f32 {
        let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f32::max)
    }

    #[test]
    fn no_amounts_no_change() {
        assert!(farthest(&changed(&nothing(), 1), &clip()) < 1e-4);
    }

    #[test]
    fn versions_differ_and_repeat_with_the_seed() {
        let config = AugmentConfig::default();
        let first = changed(&config, 1);
        assert_eq!(first.len(), clip().len());
        assert!(first.iter().all(|x| x.is_finite()));
        assert_eq!(first, changed(&config, 1));
        assert!(farthest(&first, &changed(&config, 2)) > 0.1);
    }

    #[test]
    fn a_tilt_is_the_same_in_every_frame_and_has_mean_zero() {
        let tilted = changed(
            &AugmentConfig {
                tilt: 0.5,
                ..nothing()
            },
            3,
        );
        let clip = clip();
        let tilt: Vec<f32> = (0..N_MELS).map(|m| tilted[m] - clip[m]).collect();
        assert!(farthest(&tilt, &[0.0; N_MELS]) > 0.1);
        for (tilted, row) in tilted.chunks(N_MELS).zip(clip.chunks(N_MELS)) {
            let here: Vec<f32> = tilted.iter().zip(row).map(|(a, b)| a - b).collect();
            assert!(farthest(&here, &tilt) < 1e-3);
        }
    }

    #[test]
    fn noise_fills_what_is_quiet_and_leaves_the_peak() {
        let config = AugmentConfig {
            noise_share: 1.0,
            noise_below: [6.0, 6.0],
            ..nothing()
        };
        let (noisy, clip) = (changed(&config, 4), clip());
        assert!(noisy.iter().zip(&clip).all(|(a, b)| a >= b));
        let mean = |row: &[f32]| row.iter().sum::<f32>() / N_MELS as f32;
        let quietest = |clip: &[f32]| clip.chunks(N_MELS).map(mean).fold(f32::MAX, f32::min);
        let loudest = |clip: &[f32]| clip.chunks(N_MELS).map(mean).fold(f32::MIN, f32::max);
        assert!(quietest(&noisy) > quietest(&clip) + 2.0);
        assert!((loudest(&noisy) - loudest(&clip)).abs() < 0.1);
    }

    #[test]
    fn one_mel_band_is_enough() {
        let mut out = Vec::new();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        AugmentConfig::default().apply(&[1.0, 2.0, 3.0], 1, &mut rng, &mut out);
        assert!(out.len() == 3 && out.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        assert!(AugmentConfig::default().check().is_ok());
        let refuse = |change: fn(&mut AugmentConfig), name| {
            let mut config = AugmentConfig::default();
            change(&mut config);
            let error = config.check().unwrap_err();
            assert!(matches!(error, Error::Augment { field, .. } if field == name));
        };
        refuse(|c| c.bend_bands = f32::NAN, "bend_bands");
        refuse(|c| c.noise_share = 1.1, "noise_share");
        refuse(|c| c.noise_below = [5.0, 4.0], "noise_below");
        refuse(|c| c.time_bend = f32::INFINITY, "time_bend");
        refuse(|c| c.endpoint_jitter = usize::MAX, "endpoint_jitter");
        refuse(|c| c.threshold_jitter = -0.1, "threshold_jitter");
    }

    #[test]
    fn normal_has_mean_zero_and_deviation_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let values: Vec<f32> = (0..20_000).map(|_| normal(&mut rng)).collect();
        let mean = values.iter().sum::<f32>() / 20_000.0;
        let power = values.iter().map(|x| x * x).sum::<f32>() / 20_000.0;
        assert!(
            mean.abs() < 0.03 && (power - 1.0).abs() < 0.05,
            "{mean} {power}"
        );
    }
}
