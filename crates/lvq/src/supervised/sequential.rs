use crate::batch::Batch;
use crate::checkpoint::LearnerState;
use crate::error::require;
use crate::training::{HELD, Learner, Pass, Tally};
use crate::{Codebook, CostMatrix, Error, Float, Source};

/// A sample that Kohonen's rules learn, one after the other.
pub(crate) struct Shown<'a, T> {
    pub(crate) batch: &'a Batch<T>,
    /// Its index in the batch.
    pub(crate) i: usize,
    /// Learning rate of this step.
    pub(crate) rate: f64,
    /// What the sample counts, 1 in the mean.
    pub(crate) weight: f64,
    pub(crate) costs: Option<&'a CostMatrix>,
}

impl<'a, T: Float> Shown<'a, T> {
    /// The first sample of a batch, learnt as it is.
    pub(crate) fn plain(batch: &'a Batch<T>, rate: f64) -> Self {
        Self {
            batch,
            i: 0,
            rate,
            weight: 1.0,
            costs: None,
        }
    }

    pub(crate) fn label(&self) -> u32 {
        self.batch.label(self.i)
    }

    /// The rate times the weight and what taking the sample for `wrong` costs; at most 1, so that
    /// no weight throws a prototype beyond the sample.
    pub(crate) fn rate_against(&self, wrong: u32) -> f64 {
        let cost = match self.costs {
            Some(costs) if wrong != self.label() => costs.of(self.label(), wrong),
            _ => 1.0,
        };
        (self.rate * self.weight * cost).min(1.0)
    }
}

/// The loop over samples of a rule without a cost. `show` makes one step and says what it counts.
pub(crate) struct Sequential<T, F> {
    batch: Batch<T>,
    step: u64,
    /// Learning rate of each step.
    rate: Box<dyn Fn(u64) -> f64>,
    /// Rates of the single prototypes, if the rule has such.
    rates: Vec<f64>,
    show: F,
}

impl<T, F> Sequential<T, F>
where
    T: Float,
    F: FnMut(&mut Codebook<T>, &mut [f64], Shown<'_, T>) -> Tally,
{
    pub(crate) fn new(
        source: &dyn Source<T>,
        rate: Box<dyn Fn(u64) -> f64>,
        rates: Vec<f64>,
        show: F,
    ) -> Self {
        Self {
            batch: Batch::new(source),
            step: 0,
            rate,
            rates,
            show,
        }
    }
}

impl<T, F> Learner<T> for Sequential<T, F>
where
    T: Float,
    F: FnMut(&mut Codebook<T>, &mut [f64], Shown<'_, T>) -> Tally,
{
    fn pass(&mut self, codebook: &mut Codebook<T>, pass: &Pass<'_, T>) -> Result<Tally, Error> {
        let mut sum = Tally::default();
        for part in pass.order.chunks(HELD) {
            self.batch.load(pass.source, part, pass.epoch)?;
            self.batch.project(codebook);
            for (i, &index) in part.iter().enumerate() {
                let shown = Shown {
                    batch: &self.batch,
                    i,
                    rate: (self.rate)(self.step),
                    weight: pass.weight(index),
                    costs: pass.costs,
                };
                let tally = (self.show)(codebook, &mut self.rates, shown);
                sum.cost += pass.weight(index) * tally.cost;
                sum.n_errors += tally.n_errors;
                self.step += 1;
            }
        }
        Ok(sum)
    }

    fn state(&self) -> LearnerState<T> {
        LearnerState {
            step: self.step,
            optimizers: Vec::new(),
            rates: self.rates.clone(),
            points: Vec::new(),
            inputs: None,
        }
    }

    fn restore(&mut self, state: LearnerState<T>) -> Result<(), Error> {
        if !state.optimizers.is_empty() || state.rates.len() != self.rates.len() {
            return Err(Error::Checkpoint);
        }
        (self.step, self.rates) = (state.step, state.rates);
        Ok(())
    }
}

/// What Kohonen's rules ask of their first two settings.
pub(crate) fn check_settings(n_epochs: usize, learning_rate: f64) -> Result<(), Error> {
    let n_epochs_ok = (1..=1_000_000).contains(&n_epochs);
    require(n_epochs_ok, "n_epochs", n_epochs as f64, "1 to 1,000,000")?;
    let rate_ok = learning_rate > 0.0 && learning_rate < 1.0;
    require(
        rate_ok,
        "learning_rate",
        learning_rate,
        "above 0 and below 1",
    )
}
