use super::{METRIC_START, adopt_any, check_temperature, learn_with_metric};
use crate::batch::Batch;
use crate::cost::{Cost, Pull, Verdict};
use crate::descent::{Descent, MetricDescent, step};
use crate::elementary::soft_max;
use crate::optimizer::{Optimizer, Schedule};
use crate::search::{Reach, reaches};
use crate::{Codebook, Error, Float, Online, Outcome, Rule, Source, Training};

/// Settings of [`Celvq`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct CelvqConfig {
    /// Passes over the samples, 1 to 1,000,000. Default 60.
    pub n_epochs: usize,
    /// Samples an update is averaged over, 1 to 1,000,000; more than there are means all.
    /// Default 256.
    pub batch_size: usize,
    /// Greatest learning rate of the prototypes, in (0, 1000]. Default 0.02, meant for Adam on
    /// standardised data.
    pub learning_rate: f64,
    /// τ, by which squared distances are divided, above 0. Default 1. The higher it is, the farther
    /// from the border samples still count; squared distances grow with the dimensions.
    pub temperature: f64,
    /// Greatest learning rate of the codebook's metric, in (0, 1000], if it is to learn too,
    /// whichever it is; it is normalised after each update. Default none.
    pub metric_learning_rate: Option<f64>,
    /// Share of the training before the metric starts to learn, 0 to 1. Default 0.1.
    pub metric_start: f64,
    /// How the learning rates change over the updates. Default one cycle.
    pub schedule: Schedule,
    /// How parameters follow the gradient. Default Adam.
    pub optimizer: Optimizer,
    /// Seed of the order in which each epoch presents the samples. Default 0.
    pub seed: u64,
}

impl Default for CelvqConfig {
    fn default() -> Self {
        Self {
            n_epochs: 60,
            batch_size: 256,
            learning_rate: 0.02,
            temperature: 1.0,
            metric_learning_rate: None,
            metric_start: METRIC_START,
            schedule: Schedule::OneCycle,
            optimizer: Optimizer::Adam,
            seed: 0,
        }
    }
}

/// Cross-entropy LVQ (Villmann, Kaden, Saralajew & Villmann 2018): the cost of a sample is −ln p of its
/// class, p the softmax of −mₖ / τ over the classes k, mₖ the squared distance of the class's nearest
/// prototype. These move, ∂cost/∂mₖ = (1 − pₖ) / τ for the sample's class and −pₖ / τ for any other.
///
/// Computed by way of the greatest exponent, so that far samples count as they should.
#[derive(Debug, Clone)]
pub struct Celvq {
    pub(crate) cost: CrossEntropy,
    descent: Descent,
}

impl Celvq {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &CelvqConfig) -> Result<Self, Error> {
        let descent = Descent {
            n_epochs: config.n_epochs,
            batch_size: config.batch_size,
            learning_rate: config.learning_rate,
            optimizer: config.optimizer,
            schedule: config.schedule,
            seed: config.seed,
            metric: config
                .metric_learning_rate
                .map(|learning_rate| MetricDescent {
                    learning_rate,
                    start: config.metric_start,
                }),
        };
        descent.check()?;
        check_temperature("temperature", config.temperature)?;
        let cost = CrossEntropy {
            temperature: config.temperature,
        };
        Ok(Self { cost, descent })
    }

    /// One step of plain gradient descent on one sample, and its cost before it; the metric moves
    /// by the second rate if there is one. `None`, and nothing moves, if the codebook has no
    /// prototype of the class or none of another.
    ///
    /// `x` must be finite, or NaN where a value is absent; a step does not check.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    pub fn step<T: Float>(
        &self,
        codebook: &mut Codebook<T>,
        x: &[T],
        label: u32,
        learning_rate: f64,
        metric_learning_rate: Option<f64>,
    ) -> Option<f64> {
        step(
            &self.cost,
            codebook,
            x,
            label,
            learning_rate,
            metric_learning_rate,
        )
        .map(|verdict| verdict.cost)
    }
}

impl<T: Float> Rule<T> for Celvq {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        learn_with_metric(&self.descent, &self.cost, codebook, source, training)
    }
}

impl<T: Float> Online<T> for Celvq {
    fn ready(&self, codebook: &mut Codebook<T>) -> Result<(), Error> {
        if self.descent.metric.is_some() {
            *codebook = adopt_any(codebook)?;
        }
        Ok(())
    }

    fn present(&mut self, codebook: &mut Codebook<T>, x: &[T], label: u32, learning_rate: f64) {
        let learns = self.descent.metric.is_some();
        let of_metric = learns.then(|| self.descent.metric_rate(learning_rate));
        self.step(codebook, x, label, learning_rate, of_metric);
    }
}

#[derive(Debug, Clone)]
pub(crate) struct CrossEntropy {
    temperature: f64,
}

impl<T: Float> Cost<T> for CrossEntropy {
    fn judge(&self, codebook: &Codebook<T>, batch: &Batch<T>, _progress: f64) -> Vec<Verdict> {
        reaches(codebook, batch, |label, all| {
            self.verdict(codebook, label, all)
        })
    }
}

impl CrossEntropy {
    fn verdict<T: Float>(&self, codebook: &Codebook<T>, label: u32, all: &[Reach<T>]) -> Verdict {
        // The nearest prototype of each class, in the order of the classes' first prototypes.
        let mut nearest: Vec<usize> = Vec::new();
        for (j, class) in codebook.labels().iter().enumerate() {
            match nearest
                .iter_mut()
                .find(|i| codebook.labels()[**i] == *class)
            {
                Some(i) if all[j].distance < all[*i].distance => *i = j,
                Some(_) => {}
                None => nearest.push(j),
            }
        }
        let exponent = |&j: &usize| -all[j].distance.to_f64() / self.temperature;
        let exponents: Vec<f64> = nearest.iter().map(exponent).collect();
        let mut shares = exponents.clone();
        let log_sum = soft_max(&mut shares);
        let mut verdict = Verdict::of(codebook, label, all);
        for ((&j, share), exponent) in nearest.iter().zip(shares).zip(exponents) {
            let is_own = codebook.labels()[j] == label;
            if is_own {
                verdict.cost = log_sum - exponent;
            }
            verdict.pulls.push(Pull {
                prototype: j,
                view: all[j].view,
                slope: (f64::from(u8::from(is_own)) - share) / self.temperature,
            });
        }
        verdict
    }
}
