use super::sequential::{Sequential, Shown, check_settings};
use super::two_nearest::{TwoNearest, Window, WindowOn, show};
use crate::batch::Batch;
use crate::error::require;
use crate::training::{Tally, run};
use crate::{Codebook, Error, Float, Online, Outcome, Rule, Source, Training, schedule};

/// Settings of [`Lvq3`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct Lvq3Config {
    /// Passes over the samples, 1 to 1,000,000. Default 20.
    pub n_epochs: usize,
    /// Learning rate of the first step, in (0, 1); falls to zero in a straight line over all
    /// steps. Default 0.03.
    #[doc(alias = "alpha")]
    pub learning_rate: f64,
    /// Relative width s of the window, in (0, 1): a sample lies in it if
    /// d₁ / d₂ > (1 − s) / (1 + s). Default 0.3, customary are 0.2 to 0.3.
    pub window: f64,
    /// Which distances the d are. Default squared ones.
    pub window_on: WindowOn,
    /// Share ε of the rate by which the two nearest move towards a sample if both are of its class,
    /// in \[0, 1\]. Default 0.1, customary are 0.1 to 0.5.
    pub epsilon: f64,
    /// Seed of the order in which each epoch presents the samples. Default 0.
    pub seed: u64,
}

impl Default for Lvq3Config {
    fn default() -> Self {
        Self {
            n_epochs: 20,
            learning_rate: 0.03,
            window: 0.3,
            window_on: WindowOn::Squared,
            epsilon: 0.1,
            seed: 0,
        }
    }
}

/// LVQ3 (Kohonen 1990): [LVQ2.1](crate::Lvq21), and if both nearest prototypes are of the sample's
/// class, wherever it lies, both move towards it by ε α (x − w).
///
/// With one prototype a class the second branch never runs, and prototypes drift apart as those of
/// LVQ2.1 do. [`Epoch::mean_cost`](crate::Epoch::mean_cost) is the mean squared distance to the
/// winner.
#[derive(Debug, Clone)]
pub struct Lvq3 {
    config: Lvq3Config,
}

impl Lvq3 {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &Lvq3Config) -> Result<Self, Error> {
        check_settings(config.n_epochs, config.learning_rate)?;
        let epsilon_ok = (0.0..=1.0).contains(&config.epsilon);
        require(epsilon_ok, "epsilon", config.epsilon, "0 to 1")?;
        let rule = Self {
            config: config.clone(),
        };
        rule.window().check()?;
        Ok(rule)
    }

    fn window(&self) -> Window {
        Window {
            width: self.config.window,
            on: self.config.window_on,
        }
    }

    /// One update, and what it looked at; `None` if the codebook has one prototype only. Of the
    /// configuration only the window and ε matters here. `x` must be finite, or NaN where a value
    /// is absent; a step does not check.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    pub fn step<T: Float>(
        &self,
        codebook: &mut Codebook<T>,
        x: &[T],
        label: u32,
        learning_rate: f64,
    ) -> Option<TwoNearest<T>> {
        codebook.check_length(x);
        let batch = Batch::of_one(x, label);
        show(
            codebook,
            &Shown::plain(&batch, learning_rate),
            self.window(),
            Some(self.config.epsilon),
        )
    }
}

impl<T: Float> Rule<T> for Lvq3 {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        let (n_epochs, learning_rate) = (self.config.n_epochs, self.config.learning_rate);
        let n_steps = n_epochs as u64 * source.len() as u64;
        let rate = Box::new(move |step| schedule::linear(learning_rate, step, n_steps));
        let show = |codebook: &mut Codebook<T>, _: &mut [f64], shown: Shown<'_, T>| {
            let nearest = show(codebook, &shown, self.window(), Some(self.config.epsilon));
            nearest.map_or_else(Tally::default, |nearest| {
                let is_error = codebook.labels()[nearest.winner] != shown.label();
                Tally::of(nearest.distances[0], is_error)
            })
        };
        let mut learner = Sequential::new(source, rate, Vec::new(), show);
        run(
            n_epochs,
            self.config.seed,
            &mut learner,
            codebook,
            source,
            training,
        )
    }
}

impl<T: Float> Online<T> for Lvq3 {
    fn present(&mut self, codebook: &mut Codebook<T>, x: &[T], label: u32, learning_rate: f64) {
        self.step(codebook, x, label, learning_rate);
    }
}
