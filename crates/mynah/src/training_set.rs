//! Vectors to learn from, with what is known of each.

use std::sync::Mutex;

use mynah_lvq::{Codebook, Error as LvqError, Scaler, Source};

use crate::words::{Lessons, Words};
use crate::{AugmentConfig, Error, Pipeline, TrainConfig};

/// Vectors of labelled words, as they come out of the pipeline.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    pub(crate) dim: usize,
    pub(crate) label_names: Vec<String>,
    pub(crate) vectors: Vec<f32>,
    pub(crate) labels: Vec<u32>,
    /// Rows that are clips as they are, with the clips' names.
    clips: Vec<(usize, String)>,
    /// Sound of every row, if it is known.
    words: Words,
}

impl TrainingSet {
    /// An empty set of vectors of `dim` values for the words `label_names`.
    pub fn new(dim: usize, label_names: Vec<String>) -> Self {
        Self {
            dim,
            label_names,
            vectors: Vec::new(),
            labels: Vec::new(),
            clips: Vec::new(),
            words: Words::default(),
        }
    }

    /// Adds one vector.
    ///
    /// # Panics
    /// When `vector` is not `dim` long or `label` is not among the names.
    pub fn push(&mut self, vector: &[f32], label: &str) {
        assert_eq!(vector.len(), self.dim, "a vector of another pipeline");
        let class = self.label_names.iter().position(|name| name == label);
        let class = class.expect("the caller lists every label it uses");
        self.vectors.extend_from_slice(vector);
        self.labels.push(class as u32);
    }

    /// Adds the vector of a clip as it is, which can then be named as the nearest of a prototype.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn push_clip(&mut self, vector: &[f32], label: &str, name: impl Into<String>) {
        self.push(vector, label);
        self.clips.push((self.labels.len() - 1, name.into()));
    }

    /// Vectors in it.
    pub fn n_vectors(&self) -> usize {
        self.labels.len()
    }

    /// Adds a clip by the first of its views and its log mel energies (see [`Pipeline`]), so that training can hear it
    /// otherwise each time. All clips of a set are added like this, or none.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn push_sound(
        &mut self,
        view: &[f32],
        log_mels: &[f32],
        label: &str,
        name: impl Into<String>,
    ) {
        self.push_clip(view, label, name);
        self.words.push(log_mels);
    }

    /// Adds a clip by its samples, mono of full scale ±1 at the rate of `pipeline`, which must be the one of the training.
    ///
    /// # Errors
    /// As [`Pipeline::views_into`].
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn hear(
        &mut self,
        pipeline: &mut Pipeline,
        samples: &[f32],
        label: &str,
        name: impl Into<String>,
    ) -> Result<(), Error> {
        let mut log_mels = Vec::new();
        pipeline.log_mels_into(samples, &mut log_mels)?;
        self.push_sound(&pipeline.first_view_of(&log_mels), &log_mels, label, name);
        Ok(())
    }

    /// Makes room for `n` more vectors at once.
    pub fn reserve(&mut self, n: usize) {
        self.vectors.reserve_exact(n * self.dim);
        self.labels.reserve_exact(n);
    }

    /// Refuses vectors of another length, a word without an example, and a single word.
    pub(crate) fn check(&self, dim: usize) -> Result<(), Error> {
        self.check_words(dim)?;
        match self.label_names.len() {
            got @ (0 | 1) => Err(Error::TooFewClasses { got }),
            _ => Ok(()),
        }
    }

    /// Refuses vectors of another length and a word without an example.
    pub(crate) fn check_words(&self, dim: usize) -> Result<(), Error> {
        if self.dim != dim {
            return Err(Error::VectorLength {
                got: self.dim,
                needed: dim,
            });
        }
        let mut has_example = vec![false; self.label_names.len()];
        for &label in &self.labels {
            has_example[label as usize] = true;
        }
        if let Some(class) = has_example.iter().position(|has| !has) {
            return Err(Error::NoExample {
                label: self.label_names[class].clone(),
            });
        }
        Ok(())
    }

    /// Refuses a validation set of other vectors or words than the training's.
    pub(crate) fn check_validation(&self, dim: usize, names: &[String]) -> Result<(), Error> {
        if self.dim != dim {
            return Err(Error::VectorLength {
                got: self.dim,
                needed: dim,
            });
        }
        match self.label_names == names && !self.labels.is_empty() {
            true => Ok(()),
            false => Err(Error::Validation),
        }
    }

    /// The vectors with 0, the mean once they are standardised, for values that are absent.
    pub(crate) fn filled(&self) -> Vec<f32> {
        let present = |&x: &f32| if x.is_nan() { 0.0 } else { x };
        self.vectors.iter().map(present).collect()
    }

    /// How much a sample of each class counts.
    pub(crate) fn weights(&self, is_balanced: bool) -> Vec<f64> {
        let mut counts = vec![0usize; self.label_names.len()];
        for &label in &self.labels {
            counts[label as usize] += 1;
        }
        let weight = |n: usize| match is_balanced && n > 0 {
            true => 1.0 / n as f64,
            false => 1.0,
        };
        counts.into_iter().map(weight).collect()
    }

    /// The set as rules take it: its vectors, or its sounds heard by `pipeline` where they are known.
    pub(crate) fn source<'a>(
        &'a self,
        config: &'a TrainConfig,
        augment: Option<&'a AugmentConfig>,
        scaler: &'a Scaler,
        weights: Vec<f64>,
    ) -> Result<Box<dyn Source + 'a>, Error> {
        Ok(match config.input.pipeline() {
            Some(pipeline) if self.words.len() == self.labels.len() => Box::new(Lessons {
                words: &self.words,
                labels: &self.labels,
                weights,
                augment,
                scaler,
                pipeline: Pipeline::new(pipeline)?,
                idle: Mutex::default(),
                seed: config.seed,
            }),
            _ => Box::new(Rows {
                set: self,
                weights,
                has_missing: config.input.has_missing(),
            }),
        })
    }

    /// The name of the clip nearest to each prototype, whatever its word; none where no clip has a name. The vectors are
    /// standardised already.
    pub(crate) fn exemplars(&self, codebook: &Codebook) -> Vec<String> {
        if self.clips.is_empty() {
            return Vec::new();
        }
        let mut nearest = vec![(f32::INFINITY, 0); codebook.n_prototypes()];
        let mut distances = vec![0.0; codebook.n_prototypes()];
        for (i, &(row, _)) in self.clips.iter().enumerate() {
            let x = &self.vectors[row * self.dim..(row + 1) * self.dim];
            codebook.distances_into(x, &mut distances);
            for (nearest, &distance) in nearest.iter_mut().zip(&distances) {
                if distance < nearest.0 {
                    *nearest = (distance, i);
                }
            }
        }
        let name = |(_, i): (f32, usize)| self.clips[i].1.clone();
        nearest.into_iter().map(name).collect()
    }
}

/// A set as a source of samples.
pub(crate) struct Rows<'a> {
    set: &'a TrainingSet,
    /// Of each class.
    weights: Vec<f64>,
    has_missing: bool,
}

impl Source for Rows<'_> {
    fn len(&self) -> usize {
        self.set.labels.len()
    }

    fn dim(&self) -> usize {
        self.set.dim
    }

    fn n_classes(&self) -> usize {
        self.set.label_names.len()
    }

    fn label(&self, i: usize) -> u32 {
        self.set.labels[i]
    }

    fn fill(&self, i: usize, _epoch: usize, views: &mut [f32]) -> Result<(), LvqError> {
        views.copy_from_slice(&self.set.vectors[i * self.set.dim..(i + 1) * self.set.dim]);
        Ok(())
    }

    fn weight(&self, i: usize) -> f64 {
        self.weights[self.set.labels[i] as usize]
    }

    fn has_missing(&self) -> bool {
        self.has_missing
    }
}
