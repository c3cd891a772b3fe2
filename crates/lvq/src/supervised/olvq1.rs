use super::sequential::{Sequential, Shown, check_settings};
use crate::batch::Batch;
use crate::training::{Tally, run};
use crate::{Codebook, Decision, Error, Float, Online, Outcome, Rule, Source, Training};

/// Settings of [`Olvq1`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Olvq1Config {
    /// Passes over the samples, 1 to 1,000,000. Default 20; Kohonen advises 30 to 50 steps for each
    /// prototype in all.
    pub n_epochs: usize,
    /// Learning rate every prototype starts with and never exceeds, in (0, 1). Default 0.3.
    #[doc(alias = "alpha")]
    pub learning_rate: f64,
    /// Seed of the order in which each epoch presents the samples. Default 0.
    pub seed: u64,
}

impl Default for Olvq1Config {
    fn default() -> Self {
        Self {
            n_epochs: 20,
            learning_rate: 0.3,
            seed: 0,
        }
    }
}

/// OLVQ1 (Kohonen 1992): LVQ1 with a learning rate for each prototype, α ← α / (1 + s α) after it has
/// won, s = 1 for a sample of its class and −1 for any other; never above where it started. It moves
/// first, with the rate it had.
///
/// [`Epoch::mean_cost`](crate::Epoch::mean_cost) is the mean squared distance to the winner. The rates
/// at the end are [`Checkpoint::rates`](crate::Checkpoint::rates), so that a later run can go on
/// [from them](Self::with_rates).
#[derive(Debug, Clone)]
pub struct Olvq1 {
    config: Olvq1Config,
    rates: Option<Vec<f64>>,
}

impl Olvq1 {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &Olvq1Config) -> Result<Self, Error> {
        check_settings(config.n_epochs, config.learning_rate)?;
        Ok(Self {
            config: config.clone(),
            rates: None,
        })
    }

    /// Starts from the rates of an earlier run, one a prototype; rates above the configured one are
    /// lowered to it.
    ///
    /// # Errors
    /// [`Error::Config`] for a rate that is not above 0.
    pub fn with_rates(mut self, mut rates: Vec<f64>) -> Result<Self, Error> {
        for rate in &mut rates {
            super::require_rate(*rate)?;
            *rate = rate.min(self.config.learning_rate);
        }
        self.rates = Some(rates);
        Ok(self)
    }

    /// The rates training starts with, for `n_prototypes`.
    pub fn rates(&self, n_prototypes: usize) -> Vec<f64> {
        let equal = || vec![self.config.learning_rate; n_prototypes];
        self.rates.clone().unwrap_or_else(equal)
    }

    /// One update with the winner's rate, which then changes, and the decision before it.
    /// `x` must be finite, or NaN where a value is absent; a step does not check.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`, or that of `rates` not its number of
    /// prototypes.
    pub fn step<T: Float>(
        &self,
        codebook: &mut Codebook<T>,
        rates: &mut [f64],
        x: &[T],
        label: u32,
    ) -> Decision<T> {
        codebook.check_length(x);
        assert_eq!(rates.len(), codebook.n_prototypes(), "one rate a prototype");
        let batch = Batch::of_one(x, label);
        let greatest = self.config.learning_rate;
        show(codebook, rates, greatest, Shown::plain(&batch, greatest))
    }
}

/// The winner moves by its own rate, but no faster than the sample is shown; a sample that counts for nothing changes
/// nothing.
fn show<T: Float>(
    codebook: &mut Codebook<T>,
    rates: &mut [f64],
    greatest: f64,
    mut shown: Shown<'_, T>,
) -> Decision<T> {
    let decision = codebook.decide_among(&mut shown.batch.probes(codebook, shown.i));
    if shown.rate * shown.weight == 0.0 {
        return decision;
    }
    let winner = decision.winner;
    let own = &mut rates[winner];
    let sign = if decision.label == shown.label() {
        1.0
    } else {
        -1.0
    };
    shown.rate = shown.rate.min(*own);
    let x = shown.batch.met(codebook, shown.i, winner, decision.view);
    codebook.move_towards(winner, &x, sign * shown.rate_against(decision.label));
    *own = (*own / (1.0 + sign * *own)).min(greatest);
    decision
}

impl<T: Float> Rule<T> for Olvq1 {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        let Olvq1Config {
            n_epochs,
            learning_rate,
            seed,
        } = self.config;
        let rates = self.rates(codebook.n_prototypes());
        if rates.len() != codebook.n_prototypes() {
            return Err(Error::Mismatch {
                what: "n_prototypes",
                samples: rates.len(),
                codebook: codebook.n_prototypes(),
            });
        }
        let show = |codebook: &mut Codebook<T>, rates: &mut [f64], shown: Shown<'_, T>| {
            let label = shown.label();
            let decision = show(codebook, rates, learning_rate, shown);
            Tally::of(decision.distance, decision.label != label)
        };
        let mut learner = Sequential::new(source, Box::new(move |_| learning_rate), rates, show);
        run(n_epochs, seed, &mut learner, codebook, source, training)
    }
}

/// The rates go on from sample to sample; prototypes added in between start with the first rate.
impl<T: Float> Online<T> for Olvq1 {
    /// A prototype moves by its own rate, but at most by `learning_rate`.
    fn present(&mut self, codebook: &mut Codebook<T>, x: &[T], label: u32, learning_rate: f64) {
        codebook.check_length(x);
        let greatest = self.config.learning_rate;
        let rates = self.rates.get_or_insert_default();
        rates.resize(codebook.n_prototypes(), greatest);
        let batch = Batch::of_one(x, label);
        show(
            codebook,
            rates,
            greatest,
            Shown::plain(&batch, learning_rate),
        );
    }
}
