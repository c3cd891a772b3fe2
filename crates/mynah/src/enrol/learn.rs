//! Prototypes of a keyword, and of what is nearest to it without being it.

use std::ops::Range;

use mynah_lvq::{
    Codebook, Counts, Glvq, GlvqConfig, Init, Metric, Rule, Samples, Scaler, Scan, Training,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::EnrolConfig;
use super::lessons::{Beneath, Lessons, Stretch};
use super::scan::nearness;
use crate::Error;
use crate::lessons::Ears;
use crate::train::{in_halves, with_prototypes};

/// What keywords are heard above: speech, and noises.
const BENEATH_WORDS: [Beneath; 2] = [
    Beneath {
        share: 0.8,
        below: [1.0, 6.0],
    },
    Beneath {
        share: 0.5,
        below: [1.5, 7.0],
    },
];
/// What lies beneath all else; speech without a keyword may also be beneath a noise.
const BENEATH_OTHERS: [Beneath; 2] = [
    Beneath {
        share: 0.3,
        below: [1.0, 6.0],
    },
    Beneath {
        share: 0.5,
        below: [-1.0, 7.0],
    },
];
/// Share of the cost of each class but silence, whose share is less.
const SILENCE_WEIGHT: f64 = 0.2;
/// Versions of the keyword's clips in which the radius is measured; training knows none of them.
const N_RADIUS: usize = 400;
/// Share of the longest and the shortest clips that say nothing of how long the keyword is.
const ODD_LENGTHS: f32 = 0.1;
/// The keyword may be so much longer or shorter than in its clips.
const LONGER: f32 = 1.15;

/// A window of a sound without a keyword.
#[derive(Clone, Debug)]
struct Place {
    sound: usize,
    word: Range<usize>,
}

/// Vectors to learn from, `[_ × dim]`, and the class of each.
#[derive(Default)]
struct Lesson {
    vectors: Vec<f32>,
    labels: Vec<u32>,
}

impl Lesson {
    fn add(&mut self, vectors: &[f32], dim: usize, label: u32) {
        self.vectors.extend_from_slice(vectors);
        self.labels
            .extend(std::iter::repeat_n(label, vectors.len() / dim));
    }
}

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
    /// Clips of the keyword, and of the others that the model knows.
    pub clips: Vec<Stretch>,
    /// Log mel energies without a keyword.
    pub negatives: &'a [Vec<f32>],
    /// Those of noises.
    pub noises: &'a [Vec<f32>],
}

impl Task<'_> {
    /// The fixed prototypes and the new ones, those of the keyword first.
    ///
    /// Of many windows without the keyword a part is learnt from; then, again and again, those that are soonest taken for it.
    pub fn learn(&self) -> Result<Learnt, Error> {
        let config = self.config;
        let dim = self.ears.pipeline.dim();
        let lengths = self.lengths();
        let mut lesson = Lesson::default();
        lesson.add(
            &self.versions(self.keyword, config.n_versions),
            dim,
            self.keyword,
        );
        for other in 0..self.n_classes as u32 {
            if ![Some(self.keyword), self.unknown, self.silence].contains(&Some(other)) {
                lesson.add(&self.versions(other, config.n_known), dim, other);
            }
        }
        if let Some(silence) = self.silence {
            let places = places(
                self.noises,
                self.n_mels(),
                &lengths,
                config.n_noises,
                config.seed,
            );
            lesson.add(&self.windows(self.noises, &places), dim, silence);
        }
        let n_windows = self.unknown.map_or(0, |_| config.n_windows);
        let places = places(
            self.negatives,
            self.n_mels(),
            &lengths,
            n_windows,
            config.seed,
        );
        let pool = self.windows(self.negatives, &places);
        let n_first = (config.n_first * dim).min(pool.len());
        if let Some(unknown) = self.unknown {
            lesson.add(&pool[..n_first], dim, unknown);
        }
        let mut codebook = self.started(&lesson)?;
        self.train(&mut codebook, &lesson, config.n_passes)?;
        // What follows the first part has not been learnt yet.
        let mut left: Vec<usize> = (n_first / dim..places.len()).collect();
        let mut hardest = Vec::new();
        for _ in 0..config.n_minings {
            let Some(unknown) = self.unknown.filter(|_| !left.is_empty()) else {
                break;
            };
            left = self.hardest_first(&codebook, &pool, &left);
            let mined: Vec<usize> = left.drain(..config.n_mined.min(left.len())).collect();
            let vectors: Vec<f32> = mined
                .iter()
                .flat_map(|&i| &pool[i * dim..(i + 1) * dim])
                .copied()
                .collect();
            let placed = self.place(&vectors, config.n_hard)?;
            codebook.add_prototypes(unknown, &placed)?;
            lesson.add(&vectors, dim, unknown);
            self.train(&mut codebook, &lesson, config.n_mined_passes)?;
            hardest = mined;
        }
        let mined = hardest.iter().map(|&i| {
            let Place { sound, word } = places[i].clone();
            let unknown = self.unknown.unwrap_or_default();
            Stretch::cut(&self.negatives[sound], self.n_mels(), word, unknown)
        });
        Ok(Learnt {
            codebook: in_halves(&codebook)?,
            mined: mined.take(super::N_KEPT).collect(),
        })
    }

    /// The radius of every prototype, squared: for those of the keyword, as far as its clips lie in all their versions from the
    /// nearest of them, and a little more; for others endless.
    pub fn radii(&self, codebook: &Codebook) -> Vec<f32> {
        let words: Vec<&Stretch> = self.clips_of(self.keyword).collect();
        let lessons = self.lessons(BENEATH_WORDS);
        let n_values = self.ears.pipeline.n_views() * self.ears.pipeline.dim();
        let nearest = |scan: &mut Scan<'_>, i: usize| {
            let mut views = vec![0.0; n_values];
            let mut distances = vec![0.0; codebook.n_prototypes()];
            lessons.fill(words[i % words.len()], usize::MAX - i, &mut views);
            scan.distances_into(&views, &mut distances);
            let own = distances.iter().zip(codebook.labels());
            let own = own.filter(|&(_, &label)| label == self.keyword);
            own.map(|(&d, _)| d).fold(f32::INFINITY, f32::min)
        };
        let farthest = (0..N_RADIUS)
            .into_par_iter()
            .map_init(|| Scan::new(codebook), nearest)
            .reduce(|| 0.0, f32::max);
        let radius = (self.config.radius * farthest).max(f32::MIN_POSITIVE);
        let of = |&label: &u32| match label == self.keyword {
            true => radius,
            false => f32::MAX,
        };
        codebook.labels().iter().map(of).collect()
    }

    /// Lengths of the windows in which the keyword is looked for.
    pub fn lengths(&self) -> Vec<usize> {
        let mut lengths: Vec<usize> = self
            .clips_of(self.keyword)
            .map(|clip| clip.word.len())
            .collect();
        lengths.sort_unstable();
        let at = |share: f32| lengths[((lengths.len() - 1) as f32 * share).round() as usize] as f32;
        let (shortest, longest) = (at(ODD_LENGTHS) / LONGER, at(1.0 - ODD_LENGTHS) * LONGER);
        crate::spotter::lengths(f64::from(shortest), f64::from(longest))
    }

    fn n_mels(&self) -> usize {
        self.ears.pipeline.n_mels()
    }

    fn clips_of(&self, label: u32) -> impl Iterator<Item = &Stretch> {
        self.clips.iter().filter(move |clip| clip.label == label)
    }

    /// So many versions of the clips of a class, as vectors; none where it has no clip.
    fn versions(&self, label: u32, n: usize) -> Vec<f32> {
        let clips: Vec<&Stretch> = self.clips_of(label).collect();
        match clips.len() {
            0 => Vec::new(),
            n_clips => self
                .lessons(BENEATH_WORDS)
                .first_views(n, |i| clips[i % n_clips].clone()),
        }
    }

    /// Windows without a keyword as vectors.
    fn windows(&self, sounds: &[Vec<f32>], places: &[Place]) -> Vec<f32> {
        let cut = |i: usize| {
            let Place { sound, word } = places[i].clone();
            Stretch::cut(&sounds[sound], self.n_mels(), word, 0)
        };
        self.lessons(BENEATH_OTHERS).first_views(places.len(), cut)
    }

    /// Prototypes on vectors of one class.
    fn place(&self, vectors: &[f32], n: usize) -> Result<Vec<f32>, Error> {
        let dim = self.ears.pipeline.dim();
        let labels = vec![0; vectors.len() / dim];
        let n = n.min(labels.len());
        let samples = Samples::new(vectors, dim, &labels, 1)?;
        let placed = Init::KMeans.codebook(&samples, Counts::Equal(n), self.config.seed)?;
        Ok(placed.prototypes().to_vec())
    }

    /// The fixed prototypes, and the first of the new ones.
    fn started(&self, lesson: &Lesson) -> Result<Codebook, Error> {
        let dim = self.ears.pipeline.dim();
        let (mut prototypes, mut labels) = match self.fixed {
            Some(fixed) => (fixed.prototypes().to_vec(), fixed.labels().to_vec()),
            None => (Vec::new(), Vec::new()),
        };
        let config = self.config;
        let is_new = self.fixed.is_none();
        for (class, n) in [
            (Some(self.keyword), config.n_prototypes),
            (self.unknown.filter(|_| is_new), config.n_unknown),
            (self.silence.filter(|_| is_new), config.n_silence),
        ] {
            let rows = lesson.vectors.chunks_exact(dim).zip(&lesson.labels);
            let own = rows.filter(|&(_, &label)| Some(label) == class);
            let vectors: Vec<f32> = own.flat_map(|(row, _)| row).copied().collect();
            if let Some(class) = class.filter(|_| !vectors.is_empty()) {
                let placed = self.place(&vectors, n)?;
                labels.extend(std::iter::repeat_n(class, placed.len() / dim));
                prototypes.extend(placed);
            }
        }
        let codebook = Codebook::new(dim, self.n_classes, prototypes, labels)?;
        Ok(codebook
            .with_metric(self.metric.clone())?
            .with_block(self.block)?)
    }

    fn lessons(&self, beneath: [Beneath; 2]) -> Lessons<'_> {
        Lessons {
            ears: self.ears,
            scaler: self.scaler,
            augment: &self.config.augment,
            speech: self.negatives,
            noises: self.noises,
            beneath,
            seed: self.config.seed,
        }
    }

    /// Some passes; the fixed prototypes are put back.
    fn train(
        &self,
        codebook: &mut Codebook,
        lesson: &Lesson,
        n_passes: usize,
    ) -> Result<(), Error> {
        let mut config = GlvqConfig::default();
        config.n_epochs = n_passes;
        config.batch_size = self.config.batch_size;
        config.learning_rate = self.config.learning_rate;
        config.seed = self.config.seed;
        let mut counts = vec![0usize; self.n_classes];
        lesson
            .labels
            .iter()
            .for_each(|&label| counts[label as usize] += 1);
        let weight = |(class, &n): (usize, &usize)| {
            let share = match Some(class as u32) == self.silence {
                true => SILENCE_WEIGHT,
                false => 1.0,
            };
            share / n.max(1) as f64
        };
        let weights: Vec<f64> = counts.iter().enumerate().map(weight).collect();
        let dim = codebook.dim();
        let samples = Samples::new(&lesson.vectors, dim, &lesson.labels, self.n_classes)?;
        let samples = samples.with_class_weights(&weights)?;
        Glvq::new(&config)?.learn(codebook, &samples, Training::new())?;
        if let Some(fixed) = self.fixed {
            let n = fixed.prototypes().len();
            let prototypes = [fixed.prototypes(), &codebook.prototypes()[n..]].concat();
            *codebook = with_prototypes(codebook, prototypes)?;
        }
        Ok(())
    }

    /// These of the windows, first those that the model would soonest take for the keyword.
    fn hardest_first(&self, codebook: &Codebook, pool: &[f32], windows: &[usize]) -> Vec<usize> {
        let dim = codebook.dim();
        let near = |scan: &mut Scan<'_>, &i: &usize| {
            let mut distances = vec![0.0; codebook.n_prototypes()];
            scan.distances_into(&pool[i * dim..(i + 1) * dim], &mut distances);
            (nearness(codebook, self.keyword, &[], &distances), i)
        };
        let scans = windows.par_iter().map_init(|| Scan::new(codebook), near);
        let mut found: Vec<(f32, usize)> = scans.collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().map(|(_, i)| i).collect()
    }
}

/// So many windows anywhere in sounds, about as long as the keyword.
fn places(
    sounds: &[Vec<f32>],
    n_mels: usize,
    lengths: &[usize],
    n: usize,
    seed: u64,
) -> Vec<Place> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let frames: Vec<usize> = sounds.iter().map(|sound| sound.len() / n_mels).collect();
    let total: usize = frames.iter().sum();
    if total == 0 {
        return Vec::new();
    }
    let (shortest, longest) = (lengths[0], lengths[lengths.len() - 1]);
    let mut place = || {
        let mut at = rng.random_range(0..total);
        let mut sound = 0;
        while at >= frames[sound] {
            at -= frames[sound];
            sound += 1;
        }
        let length = rng.random_range(shortest..=longest);
        let end = (at + length).min(frames[sound]);
        Place {
            sound,
            word: end.saturating_sub(length)..end,
        }
    };
    (0..n).map(|_| place()).collect()
}
