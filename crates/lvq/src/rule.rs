use crate::{Codebook, Error, Float, Samples};
use std::ops::ControlFlow;

/// A way of moving the prototypes of a codebook to fit labelled samples.
pub trait Rule<T: Float = f32> {
    /// Trains `codebook` in place. `observer` hears of each epoch as it ends; if it breaks,
    /// training stops there, with success.
    ///
    /// The result depends on the arguments and the configuration only, not on threads or machine.
    ///
    /// # Errors
    /// [`Error::Mismatch`] of samples and codebook; [`Error::NoPrototype`] for a class that has
    /// samples; [`Error::OneClass`] from rules that compare classes; [`Error::Diverged`]. After an
    /// error the codebook is as it was.
    fn train(
        &self,
        codebook: &mut Codebook<T>,
        samples: &Samples<'_, T>,
        observer: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<(), Error>;
}

/// What training reports at the end of an epoch: one pass over all samples.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Index of the epoch, from 0.
    pub index: usize,
    /// Epochs the run will take.
    pub n_epochs: usize,
    /// Mean over the samples of the rule's cost, each taken just before its sample was learnt.
    pub mean_cost: f64,
    /// Samples classified wrongly just before they were learnt.
    pub n_errors: usize,
}

/// What every rule demands of samples and codebook.
pub(crate) fn check<T: Float>(
    codebook: &Codebook<T>,
    samples: &Samples<'_, T>,
) -> Result<(), Error> {
    for (what, samples, codebook) in [
        ("dim", samples.dim(), codebook.dim()),
        ("n_classes", samples.n_classes(), codebook.n_classes()),
    ] {
        if samples != codebook {
            return Err(Error::Mismatch {
                what,
                samples,
                codebook,
            });
        }
    }
    let mut has_prototype = vec![false; codebook.n_classes()];
    for &label in codebook.labels() {
        has_prototype[label as usize] = true;
    }
    match samples
        .labels()
        .iter()
        .find(|&&label| !has_prototype[label as usize])
    {
        Some(&class) => Err(Error::NoPrototype { class }),
        None => Ok(()),
    }
}

/// Refuses to go on from a codebook or cost that is not finite.
pub(crate) fn check_finite<T: Float>(codebook: &Codebook<T>, epoch: &Epoch) -> Result<(), Error> {
    if epoch.mean_cost.is_finite() && codebook.prototypes().iter().all(|w| w.is_finite()) {
        Ok(())
    } else {
        Err(Error::Diverged { epoch: epoch.index })
    }
}
