//! Prototypes of a keyword, and of what is nearest to it without being it.

use mynah_lvq::{
    Codebook, Counts, Glvq, GlvqConfig, Init, Metric, Rule, Samples, Scaler, Scan, Source, Training,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::EnrolConfig;
use super::lessons::{Lessons, Stretch};
use super::scan::{Found, Look};
use crate::Error;
use crate::lessons::Ears;
use crate::train::in_halves;

/// Versions of the clips that the first prototypes are placed on.
const START_PASSES: usize = 100;
/// Passes in whose versions of the clips the radius is measured; training knows none of them.
const RADIUS_PASSES: std::ops::Range<usize> = 1_000_000..1_000_008;
/// Share of the cost of each class but silence, whose share is less.
const SILENCE_WEIGHT: f64 = 0.2;

/// What was learnt.
pub(super) struct Learnt {
    pub codebook: Codebook,
    /// What would soonest have been taken for the keyword.
    pub mined: Vec<Stretch>,
}

/// What is learnt, and from what.
pub(super) struct Task<'a> {
    pub config: &'a EnrolConfig,
    pub ears: &'a Ears,
    pub scaler: &'a Scaler,
    pub metric: &'a Metric,
    pub block: usize,
    /// Prototypes that stay as they are, and are followed by the new ones.
    pub fixed: Option<&'a Codebook>,
    pub n_classes: usize,
    pub keyword: u32,
    /// The class of what is no keyword; without, nothing is set against the keyword but the fixed prototypes.
    pub unknown: Option<u32>,
    pub silence: Option<u32>,
    /// Clips of all classes but the unknown.
    pub clips: Vec<Stretch>,
    /// Log mel energies without a keyword.
    pub negatives: &'a [Vec<f32>],
}

impl Task<'_> {
    /// The fixed prototypes and the new ones, those of the keyword first.
    pub fn learn(&self) -> Result<Learnt, Error> {
        let lengths = self.lengths();
        let mut stretches = self.clips.clone();
        let n_words = stretches.iter().filter(|s| s.label == self.keyword).count();
        let words = self.clips.iter().filter(|s| s.label == self.keyword);
        for _ in 1..self.config.n_versions.div_ceil(n_words.max(1)) {
            stretches.extend(words.clone().cloned());
        }
        stretches.extend(self.windows(&lengths));
        let mut codebook = self.started(&stretches)?;
        self.train(&mut codebook, &stretches, self.config.n_passes)?;
        let mut mined = Vec::new();
        for _ in 0..self.config.n_minings {
            let Some(unknown) = self.unknown else { break };
            let hard = self.hard(&codebook, &lengths, unknown);
            if hard.is_empty() {
                break;
            }
            let lessons = self.lessons(&hard);
            let (vectors, _) = lessons.first_views(0..2)?;
            let n = self.config.n_hard.min(vectors.len() / codebook.dim());
            let labels = vec![0; vectors.len() / codebook.dim()];
            let samples = Samples::new(&vectors, codebook.dim(), &labels, 1)?;
            let placed = Init::KMeans.codebook(&samples, Counts::Equal(n), self.config.seed)?;
            codebook.add_prototypes(unknown, placed.prototypes())?;
            stretches.extend_from_slice(&hard);
            mined.extend(hard);
            self.train(&mut codebook, &stretches, self.config.n_mined_passes)?;
        }
        Ok(Learnt {
            codebook: in_halves(&codebook)?,
            mined,
        })
    }

    /// The radius of every prototype, squared: for those of the keyword, as far as its clips lie in all their versions from the
    /// nearest of them, and a little more; for others endless.
    pub fn radii(&self, codebook: &Codebook) -> Result<Vec<f32>, Error> {
        let of_keyword = self.clips.iter().filter(|clip| clip.label == self.keyword);
        let words: Vec<Stretch> = of_keyword.cloned().collect();
        let lessons = self.lessons(&words);
        let mut views = vec![0.0; lessons.n_views() * lessons.dim()];
        let mut distances = vec![0.0; codebook.n_prototypes()];
        let mut scan = Scan::new(codebook);
        let mut farthest = 0f32;
        for pass in RADIUS_PASSES {
            for i in 0..words.len() {
                lessons.fill(i, pass, &mut views)?;
                scan.distances_into(&views, &mut distances);
                let own = distances.iter().zip(codebook.labels());
                let own = own.filter(|&(_, &label)| label == self.keyword);
                farthest = farthest.max(own.map(|(&d, _)| d).fold(f32::INFINITY, f32::min));
            }
        }
        let radius = (self.config.radius * farthest).max(f32::MIN_POSITIVE);
        let of = |&label: &u32| match label == self.keyword {
            true => radius,
            false => f32::MAX,
        };
        Ok(codebook.labels().iter().map(of).collect())
    }

    /// Lengths of the windows in which the keyword is looked for: those of its clips.
    pub fn lengths(&self) -> Vec<usize> {
        let of_keyword = self.clips.iter().filter(|clip| clip.label == self.keyword);
        let mut lengths: Vec<usize> = of_keyword.map(|clip| clip.word.len()).collect();
        lengths.sort_unstable();
        let at = |share: f32| lengths[((lengths.len() - 1) as f32 * share).round() as usize];
        let mut chosen: Vec<usize> = [0.15, 0.5, 0.85].map(at).to_vec();
        chosen.dedup();
        chosen
    }

    /// Windows anywhere in what is no keyword, as long as the keyword.
    fn windows(&self, lengths: &[usize]) -> Vec<Stretch> {
        let Some(unknown) = self.unknown else {
            return Vec::new();
        };
        let n_mels = self.ears.pipeline.n_mels();
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        let frames: Vec<usize> = self.negatives.iter().map(|n| n.len() / n_mels).collect();
        let total: usize = frames.iter().sum();
        let (shortest, longest) = (lengths[0], lengths[lengths.len() - 1]);
        let mut windows = Vec::new();
        if total == 0 {
            return windows;
        }
        for _ in 0..self.config.n_windows {
            let mut at = rng.random_range(0..total);
            let sound = frames.iter().position(|&n| {
                let is_here = at < n;
                if !is_here {
                    at -= n;
                }
                is_here
            });
            let Some(sound) = sound else { continue };
            let length = rng.random_range(shortest * 3 / 4..=longest * 5 / 4).max(5);
            let end = (at + length).min(frames[sound]);
            let start = end.saturating_sub(length);
            let log_mels = &self.negatives[sound];
            windows.push(Stretch::cut(log_mels, n_mels, start..end, unknown));
        }
        windows
    }

    /// The fixed prototypes, and the first of the new ones.
    fn started(&self, stretches: &[Stretch]) -> Result<Codebook, Error> {
        let dim = self.ears.pipeline.dim();
        let of = |class: u32| -> Result<Vec<f32>, Error> {
            let own: Vec<Stretch> = stretches
                .iter()
                .filter(|s| s.label == class)
                .cloned()
                .collect();
            let n_clips = own.len();
            if n_clips == 0 {
                return Ok(Vec::new());
            }
            let is_keyword = class == self.keyword;
            let passes = if is_keyword {
                START_PASSES.div_ceil(n_clips)
            } else {
                1
            };
            let (vectors, _) = self.lessons(&own).first_views(0..passes)?;
            let n = if is_keyword {
                self.config.n_prototypes.min(2 * n_clips)
            } else if Some(class) == self.unknown {
                self.config.n_unknown.min(n_clips)
            } else {
                self.config.n_silence.min(n_clips)
            };
            let labels = vec![0; vectors.len() / dim];
            let samples = Samples::new(&vectors, dim, &labels, 1)?;
            let placed = Init::KMeans.codebook(&samples, Counts::Equal(n), self.config.seed)?;
            Ok(placed.prototypes().to_vec())
        };
        let mut prototypes = self
            .fixed
            .map_or(Vec::new(), |fixed| fixed.prototypes().to_vec());
        let mut labels = self
            .fixed
            .map_or(Vec::new(), |fixed| fixed.labels().to_vec());
        let unknown = self.unknown.filter(|_| self.fixed.is_none());
        let silence = self.silence.filter(|_| self.fixed.is_none());
        for class in [Some(self.keyword), unknown, silence].into_iter().flatten() {
            let placed = of(class)?;
            labels.extend(std::iter::repeat_n(class, placed.len() / dim));
            prototypes.extend(placed);
        }
        let codebook = Codebook::new(dim, self.n_classes, prototypes, labels)?;
        Ok(codebook
            .with_metric(self.metric.clone())?
            .with_block(self.block)?)
    }

    fn lessons<'s>(&'s self, stretches: &'s [Stretch]) -> Lessons<'s> {
        let mut counts = vec![0usize; self.n_classes];
        stretches.iter().for_each(|s| counts[s.label as usize] += 1);
        let weight = |(class, &n): (usize, &usize)| {
            let share = match Some(class as u32) == self.silence {
                true => SILENCE_WEIGHT,
                false => 1.0,
            };
            share / n.max(1) as f64
        };
        Lessons {
            stretches,
            weights: counts.iter().enumerate().map(weight).collect(),
            keyword: self.keyword,
            beneath: self.negatives,
            beneath_share: self.config.beneath_share,
            augment: &self.config.augment,
            scaler: self.scaler,
            ears: self.ears,
            seed: self.config.seed,
        }
    }

    /// Some passes; the fixed prototypes are put back.
    fn train(
        &self,
        codebook: &mut Codebook,
        stretches: &[Stretch],
        n_passes: usize,
    ) -> Result<(), Error> {
        let mut config = GlvqConfig::default();
        config.n_epochs = n_passes;
        config.batch_size = self.config.batch_size;
        config.learning_rate = self.config.learning_rate;
        config.seed = self.config.seed;
        let lessons = self.lessons(stretches);
        Glvq::new(&config)?.learn(codebook, &lessons, Training::new())?;
        if let Some(fixed) = self.fixed {
            let n = fixed.prototypes().len();
            let prototypes = [fixed.prototypes(), &codebook.prototypes()[n..]].concat();
            let labels = codebook.labels().to_vec();
            *codebook = Codebook::new(codebook.dim(), self.n_classes, prototypes, labels)?
                .with_metric(codebook.metric().clone())?
                .with_block(codebook.block())?;
        }
        Ok(())
    }

    /// What the model would soonest take for the keyword.
    fn hard(&self, codebook: &Codebook, lengths: &[usize], unknown: u32) -> Vec<Stretch> {
        let n_mels = self.ears.pipeline.n_mels();
        let sounds: Vec<&[f32]> = self.negatives.iter().map(Vec::as_slice).collect();
        let mut found = self
            .look(codebook, &[], lengths, self.config.mining_hop)
            .peaks(&sounds);
        found.sort_by(|a, b| b.nearness.total_cmp(&a.nearness));
        found.truncate(self.config.n_mined);
        let stretch =
            |found: &Found| Stretch::cut(sounds[found.sound], n_mels, found.word.clone(), unknown);
        found.iter().map(stretch).collect()
    }

    /// Looks for the keyword.
    pub fn look<'s>(
        &'s self,
        codebook: &'s Codebook,
        radii: &'s [f32],
        lengths: &'s [usize],
        hop_frames: usize,
    ) -> Look<'s> {
        Look {
            ears: self.ears,
            scaler: self.scaler,
            codebook,
            keyword: self.keyword,
            radii,
            lengths,
            hop_frames,
        }
    }
}
