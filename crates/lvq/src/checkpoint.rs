use crate::optimizer::State;
use crate::{Codebook, Epoch, Error, Extent, Float, Grid};
use std::mem::discriminant;

/// A training between two epochs: all that is needed to
/// [continue it](crate::Training::resume) to the same bytes. With the feature `serde` it can be
/// stored; what comes back from a file is checked before it is used.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound(
        serialize = "T: Float + serde::Serialize",
        deserialize = "T: Float + serde::Deserialize<'de>"
    ))
)]
pub struct Checkpoint<T = f32> {
    pub(crate) n_samples: usize,
    pub(crate) codebook: Codebook<T>,
    pub(crate) best: Option<Best<T>>,
    pub(crate) history: Vec<Epoch>,
    pub(crate) learner: LearnerState<T>,
}

/// The best epoch so far by its errors on the validation samples.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(bound(
        serialize = "T: Float + serde::Serialize",
        deserialize = "T: Float + serde::Deserialize<'de>"
    ))
)]
pub(crate) struct Best<T> {
    pub(crate) epoch: usize,
    pub(crate) n_errors: usize,
    pub(crate) codebook: Codebook<T>,
    /// The errors were counted on, if the training is quantize-aware.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) grid: Option<Grid>,
}

/// What a rule remembers from step to step besides the codebook.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct LearnerState<T> {
    /// Updates made.
    pub(crate) step: u64,
    /// One a group of parameters.
    pub(crate) optimizers: Vec<State<T>>,
    /// Rates of the single prototypes, and other values a rule learns for itself.
    pub(crate) rates: Vec<f64>,
    /// Points and gradients of a quasi-Newton method.
    pub(crate) points: Vec<[Vec<f64>; 2]>,
    /// Of the inputs' images, if the training is quantize-aware.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) inputs: Option<Extent<f64>>,
}

impl<T: Float> Checkpoint<T> {
    /// The codebook as the last epoch left it.
    pub fn codebook(&self) -> &Codebook<T> {
        &self.codebook
    }

    /// Every epoch so far.
    pub fn history(&self) -> &[Epoch] {
        &self.history
    }

    /// Learning rates of the single prototypes, from rules that have such (OLVQ1); else empty.
    pub fn rates(&self) -> &[f64] {
        &self.learner.rates
    }

    pub(crate) fn check(&self, codebook: &Codebook<T>, n_samples: usize) -> Result<(), Error> {
        let alike = |other: &Codebook<T>| {
            other.dim() == codebook.dim()
                && other.n_classes() == codebook.n_classes()
                && other.labels() == codebook.labels()
                && other.block() == codebook.block()
                && discriminant(other.metric()) == discriminant(codebook.metric())
                && other.metric().shape(other.dim()) == codebook.metric().shape(codebook.dim())
                && other.metric().values().len() == codebook.metric().values().len()
        };
        let best_fits = |best: &Best<T>| alike(&best.codebook) && best.epoch < self.history.len();
        let n_steps = (self.history.len() as u64).saturating_mul(n_samples as u64);
        if self.n_samples == n_samples
            && self.learner.step <= n_steps
            && alike(&self.codebook)
            && self.best.as_ref().is_none_or(best_fits)
        {
            Ok(())
        } else {
            Err(Error::Checkpoint)
        }
    }
}
