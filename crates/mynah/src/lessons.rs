//! Clips as a source of vectors to learn from: another version of each in every pass.

use std::sync::Mutex;

use mynah_lvq::{Error as LvqError, Scaler, Source};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{AugmentConfig, Error, Pipeline, PipelineConfig, Sound};

/// A pipeline for any number of threads.
pub(crate) struct Ears {
    pub(crate) pipeline: Pipeline,
    /// Pipelines not at work: a thread takes one and gives it back.
    idle: Mutex<Vec<Pipeline>>,
}

impl Ears {
    pub(crate) fn new(config: &PipelineConfig) -> Result<Self, Error> {
        Ok(Self {
            pipeline: Pipeline::new(config)?,
            idle: Mutex::default(),
        })
    }

    /// Does `work` with a pipeline that no other thread has.
    pub(crate) fn lend(&self, work: impl FnOnce(&mut Pipeline)) {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let mut pipeline = idle.unwrap_or_else(|| self.pipeline.clone());
        work(&mut pipeline);
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(pipeline);
        }
    }
}

/// What training hears of clips.
pub(crate) struct Lessons<'a> {
    pub(crate) sounds: &'a [Sound],
    pub(crate) labels: &'a [u32],
    /// Of each class.
    pub(crate) weights: Vec<f64>,
    /// `None` for the clips as they are.
    pub(crate) augment: Option<&'a AugmentConfig>,
    pub(crate) scaler: &'a Scaler,
    pub(crate) ears: Ears,
    pub(crate) seed: u64,
}

impl Source for Lessons<'_> {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn dim(&self) -> usize {
        self.ears.pipeline.dim()
    }

    fn n_classes(&self) -> usize {
        self.weights.len()
    }

    fn n_views(&self) -> usize {
        self.ears.pipeline.n_views()
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
        let cut = self.sounds[i].cut();
        let log_mels = self.sounds[i].log_mels();
        let log_mels = log_mels.map_err(|error| LvqError::Source {
            index: i,
            reason: error.to_string(),
        })?;
        self.ears.lend(|pipeline| match self.augment {
            Some(augment) => pipeline.lesson_into(&log_mels, cut, augment, &mut rng, views),
            None => pipeline.sound_into(&log_mels, cut, &mut rng, views),
        });
        self.scaler.apply(views);
        Ok(())
    }
}
