//! A word's samples to a decision.

use mynah_lvq::Decision as Nearest;

use crate::prototypes::Room;
use crate::{Error, Model, Pipeline, Prototypes};

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'m> {
    /// The word of the nearest prototype.
    pub label: &'m str,
    /// Index of that prototype.
    pub prototype: usize,
    /// Squared distance to it, in standardised units, by the model's metric.
    pub distance: f32,
    /// The word of the nearest prototype of another word; `None` where no other has a prototype.
    pub runner_up: Option<&'m str>,
    /// (d₂ − d₁) / (d₂ + d₁) of the two squared distances, 0 (undecided) to 1 (certain): the relative similarity of GLVQ.
    pub margin: f32,
    /// Whether the margin reaches the model's threshold; `true` for a model without thresholds.
    pub is_accepted: bool,
    /// Probability that the word is right, 0 to 1; `None` for a model without calibration.
    pub probability: Option<f64>,
}

impl<'m> Decision<'m> {
    /// The word, if the model is certain enough of it.
    pub fn answer(&self) -> Option<&'m str> {
        self.is_accepted.then_some(self.label)
    }
}

/// A model with the buffers to use it. One a thread.
pub struct Recognizer<'m> {
    pub(crate) model: &'m Model,
    pipeline: Option<Pipeline>,
    n_views: usize,
    /// `[n_cuts × n_views × dim]`.
    pub(crate) views: Vec<f32>,
    room: Room,
}

impl<'m> Recognizer<'m> {
    /// Allocates the buffers.
    pub fn new(model: &'m Model) -> Self {
        let pipeline = model.pipeline().map(|pipeline| {
            Pipeline::new(pipeline).expect("a model's pipeline was checked when it was made")
        });
        let n_views = pipeline.as_ref().map_or(1, Pipeline::n_views);
        let n_cuts = pipeline.as_ref().map_or(1, Pipeline::n_cuts);
        Self {
            model,
            n_views,
            views: vec![0.0; n_cuts * n_views * model.prototypes().dim()],
            pipeline,
            room: Room::default(),
        }
    }

    /// Recognises one word: mono samples of full scale ±1 at the model's rate.
    ///
    /// # Errors
    /// [`Error::TooShort`] and [`Error::NonFinite`]; [`Error::NotSound`] for a model of vectors.
    pub fn classify(&mut self, samples: &[f32]) -> Result<Decision<'m>, Error> {
        let pipeline = self.pipeline.as_mut().ok_or(Error::NotSound)?;
        pipeline.views_into(samples, &mut self.views)?;
        Ok(self.standardised_nearest())
    }

    /// Recognises the views of every cut, `[n_cuts × n_views × dim]`, that the model's [`Pipeline`] made earlier, or any for a model of vectors; NaN where a value
    /// is absent, if the model was trained with such.
    ///
    /// # Panics
    /// When `views` are not of the model's length.
    pub fn decide(&mut self, views: &[f32]) -> Decision<'m> {
        self.views.copy_from_slice(views);
        self.standardised_nearest()
    }

    /// [`classify`](Self::classify) from the log mel energies of a clip, as the model's [`Pipeline`] made them earlier.
    ///
    /// # Panics
    /// For a model of vectors, or without a frame.
    pub fn decide_sound(&mut self, log_mels: &[f32]) -> Decision<'m> {
        let pipeline = self.pipeline.as_mut().expect("a model of sound");
        pipeline.views_of(log_mels, &mut self.views);
        self.standardised_nearest()
    }

    fn standardised_nearest(&mut self) -> Decision<'m> {
        self.model.scaler().apply(&mut self.views);
        let nearest = self.nearest();
        self.named(&nearest)
    }

    /// The decision on the standardised vector in the buffer.
    pub(crate) fn nearest(&mut self) -> Nearest {
        match self.model.prototypes() {
            Prototypes::Float(codebook) if self.model.input().has_missing() => {
                codebook.decide_present(&self.views)
            }
            prototypes => prototypes.decide(&self.views, self.n_views, &mut self.room),
        }
    }

    /// The views of each cut, `[n_views × dim]`.
    pub(crate) fn cuts(&self) -> impl Iterator<Item = &[f32]> {
        self.views
            .chunks_exact(self.n_views * self.model.prototypes().dim())
    }

    fn named(&self, nearest: &Nearest) -> Decision<'m> {
        let model = self.model;
        let label = |class: u32| model.labels()[class as usize].as_str();
        let trust = model.trust();
        let thresholds = trust.and_then(|trust| trust.thresholds.as_ref());
        let margin = nearest.margin();
        Decision {
            label: label(nearest.label),
            prototype: nearest.winner,
            distance: nearest.distance,
            runner_up: nearest.runner_up.as_ref().map(|other| label(other.label)),
            margin,
            is_accepted: thresholds.is_none_or(|thresholds| thresholds.accepts(nearest)),
            probability: trust.map(|trust| trust.calibration.probability(margin)),
        }
    }
}
