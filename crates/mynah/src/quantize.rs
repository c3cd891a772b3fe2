//! From a model in floating-point numbers to one in whole numbers, and what that changed.

use half::f16;
use mynah_lvq::{Certainty, Codebook, Grid, QuantizedCodebook, Reach, Scaler, Steps};

use crate::{Decision, Error, Model, Prototypes, Recognizer, Spotting};

/// Most vectors a grid is fitted to; beyond, they only repeat what is known.
const MOST_VECTORS: usize = 8192;

/// Rounds a model to whole numbers, on a grid that suits the vectors it met.
pub struct Quantizer<'m> {
    recognizer: Recognizer<'m>,
    /// Standardised, `[n × dim]`.
    vectors: Vec<f32>,
}

impl<'m> Quantizer<'m> {
    /// Of a model in floating-point numbers.
    ///
    /// # Errors
    /// [`Error::Quantized`] for a model in whole numbers already, [`Error::AbsentValues`].
    pub fn new(model: &'m Model) -> Result<Self, Error> {
        model.float()?;
        if model.input().has_missing() {
            return Err(Error::AbsentValues);
        }
        Ok(Self {
            recognizer: Recognizer::new(model),
            vectors: Vec::new(),
        })
    }

    /// Meets a clip like those the model will hear, as the log mel energies that its [`Pipeline`](crate::Pipeline) made. Beyond some thousands, no more is learnt.
    ///
    /// # Panics
    /// As [`Recognizer::decide_sound`].
    pub fn meet_sound(&mut self, log_mels: &[f32]) {
        if !self.is_full() {
            self.recognizer.decide_sound(log_mels);
            self.keep();
        }
    }

    /// Meets a vector, for a model of such.
    ///
    /// # Panics
    /// As [`Recognizer::decide`].
    pub fn meet_vector(&mut self, vector: &[f32]) {
        if !self.is_full() {
            self.recognizer.decide(vector);
            self.keep();
        }
    }

    /// Meets no clip at all: takes the prototypes for inputs, twice as far from 0, as words lie further out than what is learnt of them.
    pub fn guess(&mut self) {
        let codebook = self.recognizer.model.codebook();
        let prototypes = codebook.map_or(&[][..], |codebook| codebook.prototypes());
        self.vectors.extend(prototypes.iter().map(|w| 2.0 * w));
    }

    /// Vectors met.
    pub fn n_vectors(&self) -> usize {
        self.vectors.len() / self.dim()
    }

    fn dim(&self) -> usize {
        self.recognizer.model.prototypes().dim()
    }

    fn is_full(&self) -> bool {
        self.n_vectors() >= MOST_VECTORS
    }

    /// The first view of the first cut tells of the range as well as all of them.
    fn keep(&mut self) {
        let dim = self.dim();
        self.vectors.extend(&self.recognizer.views[..dim]);
    }

    /// The model with prototypes of `bits` bits (8, 4 or 2) and inputs of 8, on a grid fitted to what was met. Standardisation and metric are rounded to 16-bit floats, the nearest training clips are left out.
    ///
    /// # Errors
    /// [`Error::Lvq`]: see [`QuantizedCodebook::fit`].
    pub fn quantize(&self, bits: u8, reach: Reach, steps: Steps) -> Result<Model, Error> {
        self.rounded(|codebook| QuantizedCodebook::fit(codebook, &self.vectors, bits, reach, steps))
    }

    /// The same on a grid that is known, as [`Provenance::learnt_grid`](crate::Provenance::learnt_grid).
    ///
    /// # Errors
    /// [`Error::Lvq`]: see [`QuantizedCodebook::new`].
    pub fn quantize_on(&self, grid: Grid) -> Result<Model, Error> {
        // It may come from a file.
        let grid = Grid::new(grid.step, grid.bits, grid.multiple)?;
        self.rounded(|codebook| QuantizedCodebook::new(codebook, grid, &[]))
    }

    fn rounded(
        &self,
        round: impl FnOnce(&Codebook) -> Result<QuantizedCodebook, mynah_lvq::Error>,
    ) -> Result<Model, Error> {
        let model = self.recognizer.model;
        let codebook = model.float()?;
        let metric = codebook.metric().map(half);
        let codebook = codebook.clone().with_metric(metric)?;
        let quantized = round(&codebook)?;
        let scaler = model.scaler();
        let halves = |values: &[f32]| values.iter().copied().map(half).collect();
        let scaler = Scaler::new(halves(scaler.mean()), halves(scaler.scale()))?;
        let mut provenance = model.provenance().clone();
        provenance.measured.clear();
        let whole = Model::new(
            model.labels().to_vec(),
            model.input().clone(),
            scaler,
            quantized,
            provenance,
        );
        let whole = whole.and_then(|whole| whole.with_trust(model.trust().cloned()));
        let spotting = model.spotting().cloned().map(|spotting| Spotting {
            budget: None,
            ..spotting
        });
        let whole = whole.and_then(|whole| whole.with_spotting(spotting));
        Ok(whole.expect("every part fits as it did before"))
    }
}

/// The nearest 16-bit float, where there is one.
fn half(value: f32) -> f32 {
    let half = f16::from_f32(value).to_f32();
    if half.is_finite() && (half != 0.0 || value == 0.0) {
        half
    } else {
        value
    }
}

/// Two models side by side, one made from the other by a [`Quantizer`].
pub struct Comparison<'m> {
    before: Recognizer<'m>,
    after: Recognizer<'m>,
    quantized: &'m QuantizedCodebook,
    certainty: Certainty<'m>,
}

/// What both say of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared<'m> {
    /// In floating-point numbers.
    pub before: Decision<'m>,
    /// In whole numbers.
    pub after: Decision<'m>,
    /// Whether it is proven that rounding cannot change the class.
    pub is_safe: bool,
    /// Values of the input, over all views, that lay beyond the grid.
    pub n_saturated: usize,
    /// Values of the input, over all views.
    pub n_values: usize,
}

impl<'m> Comparison<'m> {
    /// `None` unless the first model is in floating-point and the second in whole numbers, of vectors of one length.
    pub fn new(before: &'m Model, after: &'m Model) -> Option<Self> {
        let (Prototypes::Float(codebook), Prototypes::Whole(quantized)) =
            (before.prototypes(), after.prototypes())
        else {
            return None;
        };
        Some(Self {
            before: Recognizer::new(before),
            after: Recognizer::new(after),
            quantized,
            certainty: Certainty::new(codebook, quantized).ok()?,
        })
    }

    /// Of a clip, as the log mel energies that the models' [`Pipeline`](crate::Pipeline) made.
    ///
    /// # Panics
    /// As [`Recognizer::decide_sound`].
    pub fn sound(&mut self, log_mels: &[f32]) -> Compared<'m> {
        let before = self.before.decide_sound(log_mels);
        let after = self.after.decide_sound(log_mels);
        self.compared(before, after)
    }

    /// Of a vector, for models of such.
    ///
    /// # Panics
    /// As [`Recognizer::decide`].
    pub fn vector(&mut self, vector: &[f32]) -> Compared<'m> {
        let before = self.before.decide(vector);
        let after = self.after.decide(vector);
        self.compared(before, after)
    }

    fn compared(&self, before: Decision<'m>, after: Decision<'m>) -> Compared<'m> {
        let mut whole = Vec::new();
        let n_saturated = self.quantized.quantize_into(&self.after.views, &mut whole);
        let cuts = self.before.cuts().zip(self.after.cuts());
        Compared {
            is_safe: self.certainty.holds(before.prototype, cuts),
            before,
            after,
            n_saturated,
            n_values: whole.len(),
        }
    }
}
