//! Clips to learn, held as log mel energies, as a source of vectors: another version of each clip in every pass.

use std::sync::Mutex;

use mynah_lvq::{Error as LvqError, Scaler, Source};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{AugmentConfig, Pipeline};

/// Labelled clips.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// Log mel energies, one clip after the other.
    log_mels: Vec<f32>,
    /// Where each clip ends in `log_mels`.
    ends: Vec<usize>,
}

impl Words {
    /// Number of clips.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn push(&mut self, log_mels: &[f32]) {
        self.log_mels.extend_from_slice(log_mels);
        self.ends.push(self.log_mels.len());
    }

    fn clip(&self, i: usize) -> &[f32] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.log_mels[start..self.ends[i]]
    }
}

/// What training hears of [`Words`].
pub(crate) struct Lessons<'a> {
    pub(crate) words: &'a Words,
    pub(crate) labels: &'a [u32],
    /// Of each class.
    pub(crate) weights: Vec<f64>,
    /// `None` for the clips as they are.
    pub(crate) augment: Option<&'a AugmentConfig>,
    pub(crate) scaler: &'a Scaler,
    pub(crate) pipeline: Pipeline,
    /// Pipelines not at work: a thread takes one and gives it back.
    pub(crate) idle: Mutex<Vec<Pipeline>>,
    pub(crate) seed: u64,
}

impl Source for Lessons<'_> {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn dim(&self) -> usize {
        self.pipeline.dim()
    }

    fn n_classes(&self) -> usize {
        self.weights.len()
    }

    fn n_views(&self) -> usize {
        self.pipeline.n_views()
    }

    fn label(&self, i: usize) -> u32 {
        self.labels[i]
    }

    fn weight(&self, i: usize) -> f64 {
        self.weights[self.labels[i] as usize]
    }

    fn fill(&self, i: usize, epoch: usize, views: &mut [f32]) -> Result<(), LvqError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream((epoch as u64) << 32 | i as u64);
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut pipeline = idle.unwrap_or_else(|| self.pipeline.clone());
        match self.augment {
            Some(augment) => pipeline.lesson_into(self.words.clip(i), augment, &mut rng, views),
            None => pipeline.views_of(self.words.clip(i), views),
        }
        self.scaler.apply(views);
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(pipeline);
        }
        Ok(())
    }
}
