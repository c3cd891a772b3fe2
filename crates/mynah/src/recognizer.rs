//! A word's samples to a decision.

use mynah_lvq::Decision as Nearest;

use crate::{Error, Model, Pipeline};

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<'m> {
    /// The word of the nearest prototype.
    pub label: &'m str,
    /// Squared Euclidean distance to it, in standardised units.
    pub distance: f32,
    /// The word of the nearest prototype of another word; `None` for a model of one word.
    pub runner_up: Option<&'m str>,
    /// (d₂ − d₁) / (d₂ + d₁) of the two squared distances, 0 (undecided) to 1 (certain): the relative similarity of GLVQ.
    pub margin: f32,
}

/// A model with the buffers to use it. One a thread.
pub struct Recognizer<'m> {
    model: &'m Model,
    pipeline: Pipeline,
    vector: Vec<f32>,
}

impl<'m> Recognizer<'m> {
    /// Allocates the buffers.
    pub fn new(model: &'m Model) -> Self {
        let pipeline = Pipeline::new(model.pipeline())
            .expect("a model's pipeline was checked when it was made");
        Self {
            model,
            vector: vec![0.0; pipeline.dim()],
            pipeline,
        }
    }

    /// Recognises one word: mono samples of full scale ±1 at the model's rate.
    ///
    /// # Errors
    /// [`Error::TooShort`] and [`Error::NonFinite`].
    pub fn classify(&mut self, samples: &[f32]) -> Result<Decision<'m>, Error> {
        self.pipeline.vector_into(samples, &mut self.vector)?;
        Ok(self.nearest())
    }

    /// Recognises a vector that the model's [`Pipeline`] made earlier.
    ///
    /// # Panics
    /// When `vector` is not of the pipeline's length.
    pub fn decide(&mut self, vector: &[f32]) -> Decision<'m> {
        self.vector.copy_from_slice(vector);
        self.nearest()
    }

    fn nearest(&mut self) -> Decision<'m> {
        self.model.scaler().apply(&mut self.vector);
        let nearest = self.model.codebook().decide(&self.vector);
        self.named(&nearest)
    }

    fn named(&self, nearest: &Nearest) -> Decision<'m> {
        let label = |class: u32| self.model.labels()[class as usize].as_str();
        Decision {
            label: label(nearest.label),
            distance: nearest.distance,
            runner_up: nearest.runner_up.as_ref().map(|other| label(other.label)),
            margin: nearest.margin(),
        }
    }
}
