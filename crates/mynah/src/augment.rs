//! One recording made to sound like many: other voices, rooms and tempos, in the domain of log mel energies.

use std::f32::consts::PI;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// How far a clip is changed each time it is learnt; every amount is drawn anew. Clips in use are never changed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentConfig {
    /// Mel axis bent by up to so many of its bands, as by a longer or shorter vocal tract. Default 4.
    pub bend_bands: f32,
    /// Step of the random walk over the mel axis that tilts the spectrum, as another microphone does, nepers of energy.
    /// Default 0.3.
    pub tilt: f32,
    /// Share of the clips that get a steady noise, 0 to 1. Default 0.7.
    pub noise_share: f32,
    /// Least and greatest distance of that noise below the peak of the clip's mean log mel energy, nepers of energy
    /// (1 neper is 4.3 dB). Default 4 to 14.
    pub noise_below: [f32; 2],
    /// Time axis bent so that tempo differs by up to this share within the clip. Default 0.3.
    pub time_bend: f32,
    /// Up to so many frames of the clip's own background are put before and after it, for half of the clips: what a
    /// tightly cut clip lacks, and a microphone always has. Default 20.
    pub surround_frames: usize,
    /// End points moved by up to so many frames each. Default 5.
    pub endpoint_jitter: usize,
    /// End point threshold moved by up to this much. Default 0.15.
    pub threshold_jitter: f32,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            bend_bands: 4.0,
            tilt: 0.3,
            noise_share: 0.7,
            noise_below: [4.0, 14.0],
            time_bend: 0.3,
            surround_frames: 20,
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
    /// Appends another version of a clip, log mel energies `[n_frames × n_mels]`, to `out`; the number of frames may grow.
    pub(crate) fn apply<R: Rng>(
        &self,
        clip: &[f32],
        n_mels: usize,
        rng: &mut R,
        out: &mut Vec<f32>,
    ) {
        let n_frames = clip.len() / n_mels;
        let begin = out.len();
        let quiet = background(clip, n_mels);
        let surround = |out: &mut Vec<f32>, rng: &mut R| {
            if self.surround_frames == 0 || !coin(rng, 0.5) {
                return;
            }
            for _ in 0..rng.random_range(0..=self.surround_frames) {
                out.extend(quiet.iter().map(|level| level + NOISE_SPREAD * normal(rng)));
            }
        };
        surround(out, rng);
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
        surround(out, rng);
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
            let u = m as f32 / last;
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

/// Each band's level in the quietest tenth of the frames.
fn background(clip: &[f32], n_mels: usize) -> Vec<f32> {
    let mut rows: Vec<&[f32]> = clip.chunks_exact(n_mels).collect();
    let loudness = |row: &&[f32]| row.iter().sum::<f32>();
    rows.sort_by(|a, b| loudness(a).total_cmp(&loudness(b)));
    rows.truncate(rows.len().div_ceil(10));
    let mean = |m: usize| rows.iter().map(|row| row[m]).sum::<f32>() / rows.len() as f32;
    (0..n_mels).map(mean).collect()
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
