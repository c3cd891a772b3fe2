use crate::training::{check_learnt, check_sizes};
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
    /// [`Error::Diverged`]; [`Error::Vanished`]. After an error the codebook is as it was.
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

/// A rule that learns one sample at a time: all that a stream needs. Every rule is one.
///
/// ```
/// use mynah_lvq::{Codebook, Lvq1, Lvq1Config, Online, Samples};
///
/// let mut codebook = Codebook::new(1, 2, vec![0.0f32, 4.0], vec![0, 1])?;
/// let mut rule = Lvq1::new(&Lvq1Config::default())?;
/// // Whenever samples arrive:
/// let arrived = Samples::new(&[1.0, 3.0, 1.5], 1, &[0, 1, 1], 2)?;
/// let n_errors = rule.partial_fit(&mut codebook, &arrived, 0.03)?;
/// assert_eq!(n_errors, 1);
/// # Ok::<(), mynah_lvq::Error>(())
/// ```
pub trait Online<T: Float = f32> {
    /// Gives a Euclidean codebook the metric that the rule learns, if it learns one.
    ///
    /// # Errors
    /// [`Error::Metric`] if the codebook has one of another kind; [`Error::Config`].
    fn ready(&self, _codebook: &mut Codebook<T>) -> Result<(), Error> {
        Ok(())
    }

    /// One step of the rule on one vector, `[dim]`. Prototypes move by plain gradient descent or
    /// Kohonen's rule at `learning_rate`; a metric that learns follows in the proportion of the
    /// configuration's rates. Nothing moves where the rule lacks a prototype to compare. `x` must
    /// be finite, or NaN where a value is absent.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    fn present(&mut self, codebook: &mut Codebook<T>, x: &[T], label: u32, learning_rate: f64);

    /// Learns samples once, in their order, each by a [step](Self::present) at `learning_rate` times
    /// its weight, and returns how many were taken for another class before they were learnt.
    /// However a stream is cut into calls, the codebook has the same bytes.
    ///
    /// A class of the stream may have no prototype; [`Codebook::add_class`] and
    /// [`Codebook::add_prototypes`] give it one.
    ///
    /// # Errors
    /// [`Error::Mismatch`] of samples and codebook; those of [`ready`](Self::ready);
    /// [`Error::Diverged`]; [`Error::Vanished`]. After an error the codebook is as it was.
    fn partial_fit(
        &mut self,
        codebook: &mut Codebook<T>,
        samples: &Samples<'_, T>,
        learning_rate: f64,
    ) -> Result<usize, Error> {
        check_sizes(codebook, samples)?;
        let mut trained = codebook.clone();
        self.ready(&mut trained)?;
        let mut n_errors = 0;
        for (i, (x, label)) in samples.iter().enumerate() {
            n_errors += usize::from(trained.decide_present(x).label != label);
            self.present(&mut trained, x, label, learning_rate * samples.weight(i));
        }
        check_learnt(&trained, 0)?;
        *codebook = trained;
        Ok(n_errors)
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
