use crate::{Codebook, Error, Float, Outcome, Samples, Source, Training};
use std::ops::ControlFlow;

/// A way of moving the prototypes of a codebook to fit labelled samples.
pub trait Rule<T: Float = f32> {
    /// Trains `codebook` in place on any source of samples; `training` says what is watched, when
    /// to stop early and where to continue.
    ///
    /// The result depends on the arguments and the configuration only, not on threads or machine.
    ///
    /// # Errors
    /// [`Error::Mismatch`] of source and codebook; [`Error::NoPrototype`] for a class that has
    /// samples; [`Error::OneClass`] from rules that compare classes; [`Error::Metric`] from rules
    /// that learn a metric of another kind; [`Error::Checkpoint`]; what the source answers;
    /// [`Error::Diverged`]. After an error the codebook is as it was.
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error>;

    /// [`learn`](Self::learn) from samples in memory. `observer` hears of each epoch as it ends; if
    /// it breaks, training stops there, with success.
    ///
    /// # Errors
    /// Those of [`learn`](Self::learn).
    fn train(
        &self,
        codebook: &mut Codebook<T>,
        samples: &Samples<'_, T>,
        observer: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.learn(codebook, samples, Training::new().observe(observer))
            .map(drop)
    }
}

/// What training reports at the end of an epoch: one pass over all samples.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Epoch {
    /// Index of the epoch, from 0.
    pub index: usize,
    /// Epochs the run will take.
    pub n_epochs: usize,
    /// Mean over the samples, by their weights, of the rule's cost, each taken just before its
    /// sample was learnt.
    pub mean_cost: f64,
    /// Samples classified wrongly just before they were learnt.
    pub n_errors: usize,
    /// Validation samples classified wrongly after the epoch; `None` without validation.
    pub n_validation_errors: Option<usize>,
}
