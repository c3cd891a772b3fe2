//! Prototypes of a keyword, and of what is nearest to it without being it.

use mynah_lvq::{Codebook, Counts, Glvq, GlvqConfig, Init, Metric, Rule, Samples, Scan, Training};
use rayon::prelude::*;

use super::lessons::Stretch;
use super::material::{Classes, Lot, Material, Sounds};
use super::scan::nearness;
use crate::Error;
use crate::train::{in_halves, with_prototypes};

/// Share of the cost of each class but silence, whose share is less.
const SILENCE_WEIGHT: f64 = 0.2;
/// Versions of the keyword's clips in which the radius is measured; training knows none of them.
const N_RADIUS: usize = 400;

/// What was learnt.
pub(super) struct Learnt {
    pub codebook: Codebook,
    /// What would soonest have been taken for the keyword.
    pub mined: Vec<Stretch>,
}

/// What is learnt, and from what.
pub(super) struct Task<'a> {
    pub sounds: Sounds<'a>,
    pub material: Material,
    pub classes: Classes<'a>,
    pub metric: &'a Metric,
    pub block: usize,
    /// Prototypes that stay as they are, and are followed by the new ones.
    pub fixed: Option<&'a Codebook>,
}

impl Task<'_> {
    /// The fixed prototypes and the new ones, those of the keyword first, from all but the part that is held back.
    ///
    /// Of many windows without the keyword a share is learnt from; then, again and again, those that are soonest taken for it.
    pub fn learn(&self, held: Option<usize>) -> Result<Learnt, Error> {
        let config = self.sounds.config;
        let Material {
            taught,
            pool,
            places,
        } = &self.material;
        let mut lesson = Lot::default();
        lesson.take(taught, taught.kept(held));
        let mut left = pool.kept(held);
        // A part of the pool gives the same share of it.
        let n_of = |n: usize| (n * left.len()).div_ceil(places.len().max(1));
        let (n_first, n_mined) = (n_of(config.n_first), n_of(config.n_mined));
        lesson.take(pool, left.drain(..n_first.min(left.len())));
        let mut codebook = self.started(&lesson)?;
        self.train(&mut codebook, &lesson, config.n_passes)?;
        let mut hardest = Vec::new();
        for _ in 0..config.n_minings {
            let Some(unknown) = self.classes.unknown.filter(|_| !left.is_empty()) else {
                break;
            };
            left = self.hardest_first(&codebook, &left);
            hardest = left.drain(..n_mined.min(left.len())).collect();
            let mut mined = Lot::default();
            mined.take(pool, hardest.iter().copied());
            let placed = self.place(&mined.vectors, config.n_hard)?;
            codebook.add_prototypes(unknown, &placed)?;
            lesson.take(pool, hardest.iter().copied());
            self.train(&mut codebook, &lesson, config.n_mined_passes)?;
        }
        let mined = hardest.iter().take(super::N_KEPT).map(|&i| {
            let place = &places[i];
            let negative = &self.sounds.negatives[place.sound];
            Stretch::cut(negative, self.sounds.n_mels(), place.word.clone())
        });
        Ok(Learnt {
            codebook: in_halves(&codebook)?,
            mined: mined.collect(),
        })
    }

    /// The radius of every prototype, squared: for those of the keyword, as far as its clips lie in all their versions from the
    /// nearest of them, and a little more; for others endless.
    pub fn radii(&self, codebook: &Codebook, held: Option<usize>) -> Vec<f32> {
        let keyword = self.classes.keyword;
        let n_values = self.sounds.ears.pipeline.n_views() * codebook.dim();
        let nearest = |scan: &mut Scan<'_>, i: usize| {
            let mut views = vec![0.0; n_values];
            let mut distances = vec![0.0; codebook.n_prototypes()];
            self.sounds.unlearnt(held, i, &mut views);
            scan.distances_into(&views, &mut distances);
            let own = distances.iter().zip(codebook.labels());
            let own = own.filter(|&(_, &label)| label == keyword);
            own.map(|(&d, _)| d).fold(f32::INFINITY, f32::min)
        };
        let farthest = (0..N_RADIUS)
            .into_par_iter()
            .map_init(|| Scan::new(codebook), nearest)
            .reduce(|| 0.0, f32::max);
        let radius = (self.sounds.config.radius * farthest).max(f32::MIN_POSITIVE);
        let of = |&label: &u32| match label == keyword {
            true => radius,
            false => f32::MAX,
        };
        codebook.labels().iter().map(of).collect()
    }

    /// Prototypes on vectors of one class.
    fn place(&self, vectors: &[f32], n: usize) -> Result<Vec<f32>, Error> {
        let dim = self.sounds.ears.pipeline.dim();
        let labels = vec![0; vectors.len() / dim];
        let n = n.min(labels.len());
        let samples = Samples::new(vectors, dim, &labels, 1)?;
        let placed = Init::KMeans.codebook(&samples, Counts::Equal(n), self.sounds.config.seed)?;
        Ok(placed.prototypes().to_vec())
    }

    /// The fixed prototypes, and the first of the new ones.
    fn started(&self, lesson: &Lot) -> Result<Codebook, Error> {
        let dim = self.sounds.ears.pipeline.dim();
        let (mut prototypes, mut labels) = match self.fixed {
            Some(fixed) => (fixed.prototypes().to_vec(), fixed.labels().to_vec()),
            None => (Vec::new(), Vec::new()),
        };
        let config = self.sounds.config;
        let classes = self.classes;
        let is_new = self.fixed.is_none();
        for (class, n) in [
            (Some(classes.keyword), config.n_prototypes),
            (classes.unknown.filter(|_| is_new), config.n_unknown),
            (classes.silence.filter(|_| is_new), config.n_silence),
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
        let codebook = Codebook::new(dim, classes.n(), prototypes, labels)?;
        Ok(codebook
            .with_metric(self.metric.clone())?
            .with_block(self.block)?)
    }

    /// Some passes; the fixed prototypes are put back.
    fn train(&self, codebook: &mut Codebook, lesson: &Lot, n_passes: usize) -> Result<(), Error> {
        let ours = self.sounds.config;
        let mut config = GlvqConfig::default();
        config.n_epochs = n_passes;
        config.batch_size = ours.batch_size;
        config.learning_rate = ours.learning_rate;
        config.seed = ours.seed;
        let mut counts = vec![0usize; self.classes.n()];
        lesson
            .labels
            .iter()
            .for_each(|&label| counts[label as usize] += 1);
        let weight = |(class, &n): (usize, &usize)| {
            let share = match Some(class as u32) == self.classes.silence {
                true => SILENCE_WEIGHT,
                false => 1.0,
            };
            share / n.max(1) as f64
        };
        let weights: Vec<f64> = counts.iter().enumerate().map(weight).collect();
        let dim = codebook.dim();
        let samples = Samples::new(&lesson.vectors, dim, &lesson.labels, self.classes.n())?;
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
    fn hardest_first(&self, codebook: &Codebook, windows: &[usize]) -> Vec<usize> {
        let dim = codebook.dim();
        let pool = &self.material.pool.vectors;
        let near = |scan: &mut Scan<'_>, &i: &usize| {
            let mut distances = vec![0.0; codebook.n_prototypes()];
            scan.distances_into(&pool[i * dim..(i + 1) * dim], &mut distances);
            (nearness(codebook, self.classes, &[], &distances), i)
        };
        let scans = windows.par_iter().map_init(|| Scan::new(codebook), near);
        let mut found: Vec<(f32, usize)> = scans.collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().map(|(_, i)| i).collect()
    }
}
