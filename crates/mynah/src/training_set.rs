//! Vectors to learn from, with what is known of each.

use std::borrow::Cow;

use mynah_lvq::{Codebook, Counts, Error as LvqError, Scaler, Source};

use crate::draw::Draw;
use crate::exemplars::Nearest;
use crate::first_views::FirstViews;
use crate::lessons::{Ears, Lessons};
use crate::{AugmentConfig, Error, Input, Pipeline, Scratch, Sound, Standardise, TrainConfig};

/// Vectors of sounds that are in memory to place the first prototypes, bytes: 40,000 of the default pipeline.
const START_BYTES: usize = 1 << 27;

/// Examples of labelled words: sounds, or vectors that something else made. A set holds one kind.
///
/// Vectors lie in memory. Of sounds lies there what their [`Scratch`] allows, and a name and some 60 bytes of each clip; the
/// vectors are made of them as they are needed.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    pub(crate) dim: usize,
    pub(crate) label_names: Vec<String>,
    pub(crate) labels: Vec<u32>,
    /// Names of the clips.
    names: Vec<Option<Box<str>>>,
    /// One row a label, or none.
    vectors: Vec<f32>,
    /// One a label, or none.
    sounds: Vec<Sound>,
    scratch: Scratch,
}

impl TrainingSet {
    /// An empty set of vectors of `dim` values for the words `label_names`.
    pub fn new(dim: usize, label_names: Vec<String>) -> Self {
        Self {
            dim,
            label_names,
            labels: Vec::new(),
            names: Vec::new(),
            vectors: Vec::new(),
            sounds: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// The set with another place for the clips it is yet to [`hear`](Self::hear).
    pub fn with_scratch(mut self, scratch: Scratch) -> Self {
        self.scratch = scratch;
        self
    }

    /// Adds one vector.
    ///
    /// # Panics
    /// When `vector` is not `dim` long, `label` is not among the names, or the set holds sounds.
    pub fn push(&mut self, vector: &[f32], label: &str) {
        assert_eq!(vector.len(), self.dim, "a vector of another pipeline");
        assert!(self.sounds.is_empty(), "a vector among sounds");
        self.push_label(label, None);
        self.vectors.extend_from_slice(vector);
    }

    /// Adds the vector of a clip as it is, which can then be named as the nearest of a prototype.
    ///
    /// # Panics
    /// As [`push`](Self::push).
    pub fn push_clip(&mut self, vector: &[f32], label: &str, name: impl Into<String>) {
        self.push(vector, label);
        if let Some(last) = self.names.last_mut() {
            *last = Some(name.into().into());
        }
    }

    /// Vectors or sounds in it.
    pub fn n_vectors(&self) -> usize {
        self.labels.len()
    }

    /// Adds a clip by its sound, so that training can hear it otherwise each time.
    ///
    /// # Panics
    /// When `label` is not among the names, or the set holds vectors.
    pub fn push_sound(&mut self, sound: Sound, label: &str, name: impl Into<String>) {
        assert!(self.vectors.is_empty(), "a sound among vectors");
        self.push_label(label, Some(name.into().into()));
        self.sounds.push(sound);
    }

    fn push_label(&mut self, label: &str, name: Option<Box<str>>) {
        let class = self.label_names.iter().position(|name| name == label);
        let class = class.expect("the caller lists every label it uses");
        self.labels.push(class as u32);
        self.names.push(name);
    }

    /// Adds a clip by its samples, mono of full scale ±1 at the rate of `pipeline`, which must be the one of the training.
    ///
    /// # Errors
    /// As [`Pipeline::views_into`] and [`Scratch::keep`].
    ///
    /// # Panics
    /// As [`push_sound`](Self::push_sound).
    pub fn hear(
        &mut self,
        pipeline: &mut Pipeline,
        samples: &[f32],
        label: &str,
        name: impl Into<String>,
    ) -> Result<(), Error> {
        let mut log_mels = Vec::new();
        pipeline.log_mels_into(samples, &mut log_mels)?;
        let sound = self.scratch.keep(&log_mels, pipeline.n_mels())?;
        self.push_sound(sound, label, name);
        Ok(())
    }

    /// Makes room for `n` more vectors at once; sounds need none.
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

    /// What hears the sounds; `None` where the set holds vectors.
    pub(crate) fn ears(&self, input: &Input) -> Result<Option<Ears>, Error> {
        if self.sounds.is_empty() {
            return Ok(None);
        }
        let ears = Ears::new(input.pipeline().ok_or(Error::NotSound)?)?;
        let needed = ears.pipeline.n_mels();
        match self.sounds.iter().find(|sound| sound.n_mels() != needed) {
            Some(sound) => Err(Error::OtherBands {
                got: sound.n_mels(),
                needed,
            }),
            None => Ok(Some(ears)),
        }
    }

    fn first_views<'a>(&'a self, ears: &'a Ears, scaler: &'a Scaler) -> FirstViews<'a> {
        FirstViews {
            sounds: &self.sounds,
            ears,
            scaler,
        }
    }

    /// What brings the vectors to one scale.
    pub(crate) fn fit(&self, input: &Input, standardise: Standardise) -> Result<Scaler, Error> {
        if let Some(ears) = self.ears(input)? {
            let as_they_are = Scaler::identity(self.dim)?;
            return self.first_views(&ears, &as_they_are).fit(standardise);
        }
        Ok(match standardise {
            Standardise::Each | Standardise::Coefficient => {
                Scaler::fit_present(&self.vectors, self.dim)?
            }
            Standardise::Whole => Scaler::fit_whole(&self.vectors, self.dim)?,
            Standardise::None => Scaler::identity(self.dim)?,
        })
    }

    /// Standardises the vectors; those of sounds are as they are made.
    pub(crate) fn standardise(&mut self, scaler: &Scaler) {
        scaler.apply(&mut self.vectors);
    }

    /// All vectors, standardised, with 0, the mean, for values that are absent.
    pub(crate) fn filled(&self, input: &Input, scaler: &Scaler) -> Result<Cow<'_, [f32]>, Error> {
        if let Some(ears) = self.ears(input)? {
            let all: Vec<usize> = (0..self.sounds.len()).collect();
            return Ok(self.first_views(&ears, scaler).of(&all)?.into());
        }
        let present = |&x: &f32| if x.is_nan() { 0.0 } else { x };
        Ok(match input.has_missing() {
            true => self.vectors.iter().map(present).collect(),
            false => Cow::Borrowed(&self.vectors),
        })
    }

    /// What prototypes are placed on: as [`filled`](Self::filled), but of very many sounds some of each word, `START_BYTES`
    /// in all.
    pub(crate) fn start(
        &self,
        input: &Input,
        scaler: &Scaler,
        counts: &Counts,
        seed: u64,
    ) -> Result<StartSet<'_>, Error> {
        let Some(ears) = self.ears(input)? else {
            return Ok(StartSet {
                vectors: self.filled(input, scaler)?,
                labels: Cow::Borrowed(&self.labels),
                counts: counts.clone(),
            });
        };
        let most = START_BYTES / (size_of::<f32>() * self.dim);
        let n_classes = self.label_names.len();
        let draw = Draw::new(&self.labels, n_classes, counts, most, seed)?;
        Ok(StartSet {
            vectors: self.first_views(&ears, scaler).of(&draw.chosen)?.into(),
            labels: draw.chosen.iter().map(|&i| self.labels[i]).collect(),
            counts: draw.counts,
        })
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
        Ok(match self.ears(&config.input)? {
            Some(ears) => Box::new(Lessons {
                sounds: &self.sounds,
                labels: &self.labels,
                weights,
                augment,
                scaler,
                ears,
                seed: config.seed,
            }),
            None => Box::new(Rows {
                set: self,
                weights,
                has_missing: config.input.has_missing(),
            }),
        })
    }

    /// The name of the clip nearest to each prototype, whatever its word; none where no clip has a name. Vectors are
    /// standardised already.
    pub(crate) fn exemplars(
        &self,
        input: &Input,
        scaler: &Scaler,
        codebook: &Codebook,
    ) -> Result<Vec<String>, Error> {
        let mut nearest = Nearest::new(codebook);
        match self.ears(input)? {
            Some(ears) => {
                let views = self.first_views(&ears, scaler);
                views.blocks(|vectors| nearest.meet(vectors, &self.names))?;
            }
            None => nearest.meet(&self.vectors, &self.names),
        }
        Ok(nearest.names(&self.names))
    }
}

/// What prototypes are placed on.
pub(crate) struct StartSet<'a> {
    /// Standardised, without gaps.
    pub(crate) vectors: Cow<'a, [f32]>,
    pub(crate) labels: Cow<'a, [u32]>,
    pub(crate) counts: Counts,
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
