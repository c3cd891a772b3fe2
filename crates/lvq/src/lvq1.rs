use crate::error::require;
use crate::rule::{check, check_finite};
use crate::{Codebook, Decision, Epoch, Error, Float, Rule, Samples, schedule};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

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
/// LVQ1 minimises no cost; [`Epoch::mean_cost`] is the mean squared distance to the winner.
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
        let Lvq1Config {
            n_epochs,
            learning_rate,
            seed: _,
        } = *config;
        let n_epochs_ok = (1..=1_000_000).contains(&n_epochs);
        require(n_epochs_ok, "n_epochs", n_epochs as f64, "1 to 1,000,000")?;
        let rate_ok = learning_rate > 0.0 && learning_rate < 1.0;
        require(
            rate_ok,
            "learning_rate",
            learning_rate,
            "above 0 and below 1",
        )?;
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
        let decision = codebook.decide(x);
        let rate = if decision.label == label {
            learning_rate
        } else {
            -learning_rate
        };
        codebook.move_towards(decision.winner, x, rate);
        decision
    }
}

impl<T: Float> Rule<T> for Lvq1 {
    fn train(
        &self,
        codebook: &mut Codebook<T>,
        samples: &Samples<'_, T>,
        observer: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        check(codebook, samples)?;
        let Lvq1Config {
            n_epochs,
            learning_rate,
            seed,
        } = self.config;
        let mut trained = codebook.clone();
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let n_steps = n_epochs as u64 * samples.len() as u64;
        let mut steps = 0..n_steps;
        for index in 0..n_epochs {
            order.shuffle(&mut rng);
            let (mut cost, mut n_errors) = (0.0, 0);
            for (&i, step) in order.iter().zip(&mut steps) {
                let (x, label) = (samples.row(i), samples.labels()[i]);
                let rate = schedule::linear(learning_rate, step, n_steps);
                let decision = Self::step(&mut trained, x, label, rate);
                cost += decision.distance.to_f64();
                n_errors += usize::from(decision.label != label);
            }
            let epoch = Epoch {
                index,
                n_epochs,
                mean_cost: cost / samples.len() as f64,
                n_errors,
            };
            check_finite(&trained, &epoch)?;
            if observer(&epoch).is_break() {
                break;
            }
        }
        *codebook = trained;
        Ok(())
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
