//! Recipe of a long stream: words at stated levels, at random places, over a background.
//!
//! Nothing here reads or keeps sound. The background is shown block by block to a [`Survey`], each word once to a [`WordShape`]; a [`Mix`] then
//! says where each word lies and by what it is multiplied. The same shapes, survey and seed give the same mix.
//!
//! # Levels
//! A level is that of *active* sound, after ITU-T P.56: the mean power of the frames of 32 ms that lie at most 15.9 dB below it, so that
//! pauses do not count; never that of the loudest frame, which is some 10 dB above it. A word's level is its clip's. The background's level at a word is
//! that of the frames from 5 s before the word to 5 s after it, so that a word in a pause of a talk has the talk for its background. With noise, their powers are added.

mod level;
mod plan;

use std::ops::Range;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use level::{Survey, WordShape};

use level::{FRAME_SECONDS, active_power};

/// Background on either side of a word that its level is measured in, s.
const SURROUNDINGS: f64 = 5.0;
/// No sample of a mix is greater.
const PEAK: f32 = 0.99;
/// Words fade in and out so long, s: a cut would click.
const FADE: f64 = 0.005;

/// What a stream is to be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MixConfig {
    /// Of the stream, Hz. 16000.
    pub sample_rate: u32,
    /// Length of the stream in samples.
    pub n_samples: u64,
    /// Least time before the first word, between two, and after the last, s. 5.
    pub gap: f64,
    /// Levels of words above the background's, dB; each in turn. 10.
    pub snr_db: Vec<f64>,
    /// Level of the background above that of noise under it, dB. 20.
    pub noise_db: f64,
    /// At most so many words; `None` is as many as leave twice the gaps on average.
    pub n_words: Option<usize>,
    /// Of everything random.
    pub seed: u64,
}

impl MixConfig {
    /// A stream of so many samples.
    pub fn new(sample_rate: u32, n_samples: u64) -> Self {
        Self {
            sample_rate,
            n_samples,
            gap: 5.0,
            snr_db: vec![10.0],
            noise_db: 20.0,
            n_words: None,
            seed: 1,
        }
    }
}

/// Why a stream cannot be mixed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MixError {
    /// A setting that is no number, or outside what it may be.
    #[error("{name} is {got}: {allowed}")]
    Config {
        /// Which.
        name: &'static str,
        /// The value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// Not even one word fits.
    #[error(
        "no word fits into {seconds:.1} s with {gap} s before and after it: make the stream longer or the gap shorter"
    )]
    NoRoom {
        /// Length of the stream, s.
        seconds: f64,
        /// The gap, s.
        gap: f64,
    },
    /// More words asked for than fit.
    #[error(
        "{asked} words were asked for and {fit} fit with gaps of {gap} s: ask for fewer, or for a longer stream or shorter gaps"
    )]
    TooMany {
        /// Words asked for.
        asked: usize,
        /// Words that fit, or that there are.
        fit: usize,
        /// The gap, s.
        gap: f64,
    },
    /// A background that has no level.
    #[error("the {what} is silent: a level above it cannot be had; give another")]
    Silent {
        /// "background" or "noise".
        what: &'static str,
    },
}

/// A word in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Which of the words given, from 0.
    pub word: usize,
    /// Its clip's place in the stream, samples.
    pub clip: Range<u64>,
    /// Where in the stream it is heard, samples: its clip without the quiet at both ends.
    pub voiced: Range<u64>,
    /// Its level above the background's, dB.
    pub snr_db: f64,
    /// What its samples are multiplied by.
    pub gain: f32,
}

/// Where words lie in a stream and what everything is multiplied by.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mix {
    /// By their place.
    pub placed: Vec<Placed>,
    /// What the background is multiplied by: below 1 where the words would else be clipped.
    pub background_gain: f32,
    /// What the noise is multiplied by.
    pub noise_gain: f32,
    sample_rate: u32,
}

impl Mix {
    /// Places words, of which `lengths` (samples) are known: returned as (word, first sample) by their place, in a random order of the words.
    ///
    /// # Errors
    /// [`MixError::Config`], [`MixError::NoRoom`] and [`MixError::TooMany`].
    pub fn places(config: &MixConfig, lengths: &[u64]) -> Result<Vec<(usize, u64)>, MixError> {
        let checks = [
            (
                "gap",
                config.gap,
                config.gap >= 0.0,
                "give seconds, 0 or more",
            ),
            ("noise_db", config.noise_db, true, "give dB"),
        ];
        let levels = config
            .snr_db
            .iter()
            .map(|&snr| ("snr_db", snr, true, "give dB"));
        for (name, got, is_allowed, allowed) in checks.into_iter().chain(levels) {
            if !(got.is_finite() && is_allowed) {
                return Err(MixError::Config { name, got, allowed });
            }
        }
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        plan::places(config, lengths, &mut rng)
    }

    /// Weighs the words at their `places`; `shapes` are those of the placed words in that order. `noise` lies under the background, where there is any.
    ///
    /// # Errors
    /// [`MixError::Silent`].
    pub fn new(
        config: &MixConfig,
        places: &[(usize, u64)],
        shapes: &[WordShape],
        background: &Survey,
        noise: Option<&Survey>,
    ) -> Result<Self, MixError> {
        let whole = 0..background.powers.len();
        let overall = active_power(&background.powers);
        let overall = overall.ok_or(MixError::Silent { what: "background" })?;
        let noise_gain = match noise {
            None => 0.0,
            Some(noise) => {
                let power = active_power(&noise.powers);
                let power = power.ok_or(MixError::Silent { what: "noise" })?;
                (overall / power * 10f64.powf(-config.noise_db / 10.0)).sqrt()
            }
        };
        let of_noise = |frame: usize| noise.map_or((0.0, 0.0), |noise| noise.frame(frame));
        let both = |frames: Range<usize>| {
            let frame = |i: usize| {
                let (power, peak) = of_noise(i);
                (
                    background.powers[i] + (noise_gain * noise_gain) as f32 * power,
                    background.peaks[i] + noise_gain as f32 * peak,
                )
            };
            let frames: (Vec<f32>, Vec<f32>) = frames.map(frame).unzip();
            frames
        };
        let frame_samples = f64::from(config.sample_rate) * FRAME_SECONDS;
        let around = (SURROUNDINGS / FRAME_SECONDS) as usize;
        let frame_at = |sample: u64| ((sample as f64 / frame_samples) as usize).min(whole.end);
        let mut peak = both(whole.clone()).1.into_iter().fold(0f32, f32::max);
        let snrs = config.snr_db.iter().copied().cycle();
        let mut placed = Vec::with_capacity(places.len());
        for ((&(word, start), shape), snr_db) in places.iter().zip(shapes).zip(snrs) {
            let clip = start..start + shape.n_samples;
            let (first, past) = (
                frame_at(clip.start),
                (frame_at(clip.end) + 1).min(whole.end),
            );
            let near = first.saturating_sub(around)..(past + around).min(whole.end);
            // In a long silence the word has the whole background for its measure.
            let level = active_power(&both(near).0).unwrap_or(overall);
            let gain = (level / shape.power * 10f64.powf(snr_db / 10.0)).sqrt() as f32;
            let under = both(first..past).1.into_iter().fold(0f32, f32::max);
            peak = peak.max(under + gain * shape.peak);
            placed.push(Placed {
                word,
                voiced: start + shape.voiced.start..start + shape.voiced.end,
                clip,
                snr_db,
                gain,
            });
        }
        let background_gain = if peak > PEAK { PEAK / peak } else { 1.0 };
        for word in &mut placed {
            word.gain *= background_gain;
        }
        Ok(Self {
            placed,
            background_gain,
            noise_gain: noise_gain as f32 * background_gain,
            sample_rate: config.sample_rate,
        })
    }

    /// How much quieter everything was made lest words be clipped, dB.
    pub fn attenuation_db(&self) -> f64 {
        -20.0 * f64::from(self.background_gain).log10()
    }

    /// Adds noise to background, in place.
    ///
    /// # Panics
    /// If there is less noise than background.
    pub fn lay(&self, background: &mut [f32], noise: Option<&[f32]>) {
        for (i, sample) in background.iter_mut().enumerate() {
            let noise = noise.map_or(0.0, |noise| noise[i]);
            *sample = self.background_gain * *sample + self.noise_gain * noise;
        }
    }

    /// Adds what of a placed word falls into the block of the stream that begins at sample `begin`; `samples` are the whole word.
    pub fn add(&self, placed: &Placed, samples: &[f32], begin: u64, block: &mut [f32]) {
        let n_fade = (FADE * f64::from(self.sample_rate)).ceil();
        let past = begin + block.len() as u64;
        let (from, to) = (placed.clip.start.max(begin), placed.clip.end.min(past));
        for at in from..to.max(from) {
            let i = (at - placed.clip.start) as usize;
            let to_edge = (i + 1).min(samples.len() - i) as f64;
            let fade = (to_edge / n_fade).min(1.0) as f32;
            block[(at - begin) as usize] += placed.gain * fade * samples[i];
        }
    }
}
