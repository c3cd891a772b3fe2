use super::sequential::{Sequential, Shown, check_settings};
use crate::batch::Batch;
use crate::training::{Tally, run};
use crate::{Codebook, Decision, Error, Float, Online, Outcome, Rule, Source, Training, schedule};

/// Settings of [`Lvq1`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Lvq1Config {
    /// Passes over the samples, 1 to 1,000,000. Default 20.
    pub n_epochs: usize,
    /// Learning rate of the first step, in (0, 1); falls to zero in a straight line over all
    /// steps. Default 0.03; Kohonen advises below 0.1.
    #[doc(alias = "alpha")]
    pub learning_rate: f64,
    /// Seed of the order in which each epoch presents the samples. Default 0.
    pub seed: u64,
}

impl Default for Lvq1Config {
    fn default() -> Self {
        Self {
            n_epochs: 20,
            learning_rate: 0.03,
            seed: 0,
        }
    }
}

/// LVQ1 (Kohonen 1990): the winner moves towards a sample of its own class and away from any
/// other, one sample after the other.
///
/// LVQ1 minimises no cost; [`Epoch::mean_cost`](crate::Epoch::mean_cost) is the mean squared
/// distance to the winner.
#[derive(Debug, Clone)]
pub struct Lvq1 {
    config: Lvq1Config,
}

impl Lvq1 {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &Lvq1Config) -> Result<Self, Error> {
        check_settings(config.n_epochs, config.learning_rate)?;
        Ok(Self {
            config: config.clone(),
        })
    }

    /// One update, w ← w ± learning_rate · (x − w) for the winner w, and the decision before it.
    /// [`train`](Rule::train) repeats this. `x` must be finite; a step does not check.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    pub fn step<T: Float>(
        codebook: &mut Codebook<T>,
        x: &[T],
        label: u32,
        learning_rate: f64,
    ) -> Decision<T> {
        codebook.check_length(x);
        let batch = Batch::of_one(x, label);
        show(codebook, &Shown::plain(&batch, learning_rate))
    }
}

fn show<T: Float>(codebook: &mut Codebook<T>, shown: &Shown<'_, T>) -> Decision<T> {
    let decision = codebook.decide_among(&mut shown.batch.probes(codebook, shown.i));
    let rate = shown.rate_against(decision.label);
    let is_right = decision.label == shown.label();
    let winner = decision.winner;
    let x = shown.batch.met(codebook, shown.i, winner, decision.view);
    codebook.move_towards(winner, &x, if is_right { rate } else { -rate });
    decision
}

impl<T: Float> Rule<T> for Lvq1 {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        let Lvq1Config {
            n_epochs,
            learning_rate,
            seed,
        } = self.config;
        let n_steps = n_epochs as u64 * source.len() as u64;
        let rate = Box::new(move |step| schedule::linear(learning_rate, step, n_steps));
        let show = |codebook: &mut Codebook<T>, _: &mut [f64], shown: Shown<'_, T>| {
            let decision = show(codebook, &shown);
            Tally::of(decision.distance, decision.label != shown.label())
        };
        let mut learner = Sequential::new(source, rate, Vec::new(), show);
        run(n_epochs, seed, &mut learner, codebook, source, training)
    }
}

impl<T: Float> Online<T> for Lvq1 {
    fn present(&mut self, codebook: &mut Codebook<T>, x: &[T], label: u32, learning_rate: f64) {
        Self::step(codebook, x, label, learning_rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_settings_out_of_range() {
        for (n_epochs, learning_rate, field) in [
            (0, 0.1, "n_epochs"),
            (1_000_001, 0.1, "n_epochs"),
            (1, 0.0, "learning_rate"),
            (1, 1.0, "learning_rate"),
            (1, f64::NAN, "learning_rate"),
        ] {
            let error = Lvq1::new(&Lvq1Config {
                n_epochs,
                learning_rate,
                seed: 0,
            })
            .unwrap_err();
            assert!(
                matches!(error, Error::Config { field: f, .. } if f == field),
                "{error}"
            );
        }
    }

    #[test]
    fn attracts_its_class_and_repels_others() {
        let mut codebook = Codebook::new(1, 2, vec![0.0, 10.0], vec![0, 1]).unwrap();
        assert_eq!(Lvq1::step(&mut codebook, &[1.0], 0, 0.5).winner, 0);
        assert_eq!(codebook.prototypes(), [0.5, 10.0]);
        Lvq1::step(&mut codebook, &[8.0], 0, 0.5);
        assert_eq!(codebook.prototypes(), [0.5, 11.0]);
    }
}
