use super::{METRIC_START, adopt_any, check_temperature, learn_with_metric};
use crate::batch::Batch;
use crate::cost::{Cost, Pull, Verdict};
use crate::descent::{Descent, MetricDescent, step};
use crate::elementary::soft_max;
use crate::optimizer::{Optimizer, Schedule};
use crate::probe::Probe;
use crate::search::{Reach, reaches};
use crate::{Codebook, Error, Float, Online, Outcome, Rule, Source, Training};

/// Settings of [`Rslvq`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct RslvqConfig {
    /// Passes over the samples, 1 to 1,000,000. Default 60.
    pub n_epochs: usize,
    /// Samples an update is averaged over, 1 to 1,000,000; more than there are means all.
    /// Default 256.
    pub batch_size: usize,
    /// Greatest learning rate of the prototypes, in (0, 1000]. Default 0.02, meant for Adam on
    /// standardised data.
    pub learning_rate: f64,
    /// Variance σ² of every component in each dimension, above 0. Default 1. It decides how far from
    /// the border samples still count; squared distances grow with the dimensions.
    pub sigma2: f64,
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

impl Default for RslvqConfig {
    fn default() -> Self {
        Self {
            n_epochs: 60,
            batch_size: 256,
            learning_rate: 0.02,
            sigma2: 1.0,
            metric_learning_rate: None,
            metric_start: METRIC_START,
            schedule: Schedule::OneCycle,
            optimizer: Optimizer::Adam,
            seed: 0,
        }
    }
}

/// Robust soft LVQ (Seo & Obermayer 2003): every prototype is a Gaussian of variance σ² and equal
/// weight; the cost of a sample is −ln p(x, y) / p(x). All prototypes move,
/// ∂cost/∂dⱼ = (P_y(j | x) − P(j | x)) / 2σ² with the posterior P_y among those of the sample's class
/// (0 for any other) and P among all.
///
/// Computed by way of the greatest exponent, so that far samples count as they should.
#[derive(Debug, Clone)]
pub struct Rslvq {
    pub(crate) cost: LikelihoodRatio,
    descent: Descent,
}

impl Rslvq {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &RslvqConfig) -> Result<Self, Error> {
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
        check_temperature("sigma2", config.sigma2)?;
        let cost = LikelihoodRatio {
            sigma2: config.sigma2,
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

    /// The classes' probabilities for `x` by the model the rule fits, `[n_classes]`, of sum 1;
    /// 0 for a class without prototypes. NaN in `x` marks an absent value.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    pub fn posteriors<T: Float>(&self, codebook: &Codebook<T>, x: &[T]) -> Vec<f64> {
        codebook.check_length(x);
        let mut probe = Probe::new(codebook, x).skip_missing();
        let exponent = |j| -probe.distance(j).to_f64() / (2.0 * self.cost.sigma2);
        let mut shares: Vec<f64> = (0..codebook.n_prototypes()).map(exponent).collect();
        soft_max(&mut shares);
        let mut classes = vec![0.0; codebook.n_classes()];
        for (share, &label) in shares.iter().zip(codebook.labels()) {
            classes[label as usize] += share;
        }
        classes
    }
}

impl<T: Float> Rule<T> for Rslvq {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        learn_with_metric(&self.descent, &self.cost, codebook, source, training)
    }
}

impl<T: Float> Online<T> for Rslvq {
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
pub(crate) struct LikelihoodRatio {
    sigma2: f64,
}

impl<T: Float> Cost<T> for LikelihoodRatio {
    fn judge(&self, codebook: &Codebook<T>, batch: &Batch<T>, _progress: f64) -> Vec<Verdict> {
        reaches(codebook, batch, |label, all| {
            self.verdict(codebook, label, all)
        })
    }
}

impl LikelihoodRatio {
    fn verdict<T: Float>(&self, codebook: &Codebook<T>, label: u32, all: &[Reach<T>]) -> Verdict {
        let exponent = |reach: &Reach<T>| -reach.distance.to_f64() / (2.0 * self.sigma2);
        let mut shares: Vec<f64> = all.iter().map(exponent).collect();
        let is_own = |(j, _): &(usize, &f64)| codebook.labels()[*j] == label;
        let own = shares.iter().enumerate().filter(is_own);
        let mut own_shares: Vec<f64> = own.map(|(_, share)| *share).collect();
        let log_own = soft_max(&mut own_shares);
        let log_all = soft_max(&mut shares);
        let mut verdict = Verdict::of(codebook, label, all);
        verdict.cost = log_all - log_own;
        let mut own_shares = own_shares.into_iter();
        for (j, (share, reach)) in shares.into_iter().zip(all).enumerate() {
            let own = if codebook.labels()[j] == label {
                own_shares.next().unwrap_or(0.0)
            } else {
                0.0
            };
            verdict.pulls.push(Pull {
                prototype: j,
                view: reach.view,
                slope: (own - share) / (2.0 * self.sigma2),
            });
        }
        verdict
    }
}
