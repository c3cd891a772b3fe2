use super::pair_cost::PairCost;
use super::{METRIC_START, adopt_any, learn_with_metric};
use crate::batch::Batch;
use crate::cost::{Cost, Pull, Verdict};
use crate::descent::{Descent, MetricDescent, step};
use crate::elementary::{exp, ln};
use crate::error::require;
use crate::optimizer::{Optimizer, Schedule};
use crate::search::{Reach, reaches};
use crate::{Activation, Codebook, Error, Float, Online, Outcome, Rule, Source, Training};

/// Settings of [`Sng`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct SngConfig {
    /// Passes over the samples, 1 to 1,000,000. Default 60.
    pub n_epochs: usize,
    /// Samples an update is averaged over, 1 to 1,000,000; more than there are means all.
    /// Default 256.
    pub batch_size: usize,
    /// Greatest learning rate of the prototypes, in (0, 1000]. Default 0.02, meant for Adam on
    /// standardised data.
    pub learning_rate: f64,
    /// Range γ of the neighbourhood at the start, in ranks, above 0. Default none: half the
    /// prototypes of the sample's class.
    pub range_start: Option<f64>,
    /// Its range at the end, above 0; it shrinks by the same factor in equal times. Default 0.01:
    /// the nearest alone.
    pub range_end: f64,
    /// The cost's f. Default sigmoid, β = 15.
    pub activation: Activation,
    /// β at the start, in (0, 1000], if it is to change in a straight line to that of the
    /// activation. Default none.
    pub beta_start: Option<f64>,
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

impl Default for SngConfig {
    fn default() -> Self {
        Self {
            n_epochs: 60,
            batch_size: 256,
            learning_rate: 0.02,
            range_start: None,
            range_end: 0.01,
            activation: Activation::Sigmoid { beta: 15.0 },
            beta_start: None,
            metric_learning_rate: None,
            metric_start: METRIC_START,
            schedule: Schedule::OneCycle,
            optimizer: Optimizer::Adam,
            seed: 0,
        }
    }
}

/// Supervised neural gas (Hammer, Strickert & Villmann 2005): every prototype of the sample's class
/// learns as the nearest does in [GLVQ](crate::Glvq), by its rank k (from 0) among them: the cost is
/// Σ exp(−k / γ) f(μₖ) / Σ exp(−k / γ) with the pairs of rank k and the nearest prototype of any
/// other class. As γ shrinks it becomes GLVQ, with a result that depends less on the start.
///
/// With a metric that learns it is the paper's relevance (or matrix) neural gas; a Euclidean
/// codebook then gets relevances.
#[derive(Debug, Clone)]
pub struct Sng {
    pub(crate) cost: Neighbourhood,
    descent: Descent,
}

impl Sng {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &SngConfig) -> Result<Self, Error> {
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
        for (field, range) in [
            ("range_start", config.range_start.unwrap_or(1.0)),
            ("range_end", config.range_end),
        ] {
            let ok = range > 0.0 && range <= 1e6;
            require(ok, field, range, "above 0 and at most 1,000,000")?;
        }
        let cost = Neighbourhood {
            pair: PairCost {
                activation: config.activation,
                beta_start: config.beta_start,
            },
            start: config.range_start,
            end: config.range_end,
        };
        cost.pair.check()?;
        Ok(Self { cost, descent })
    }

    /// One step of plain gradient descent on one sample, and its cost before it; the metric moves
    /// by the second rate if there is one. `None`, and nothing moves, if the codebook has no
    /// prototype of the class or none of another.
    ///
    /// `x` must be finite, or NaN where a value is absent; a step does not check. The
    /// neighbourhood has its range of the start.
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

impl<T: Float> Rule<T> for Sng {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        learn_with_metric(&self.descent, &self.cost, codebook, source, training)
    }
}

impl<T: Float> Online<T> for Sng {
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
pub(crate) struct Neighbourhood {
    pair: PairCost,
    start: Option<f64>,
    end: f64,
}

impl<T: Float> Cost<T> for Neighbourhood {
    fn judge(&self, codebook: &Codebook<T>, batch: &Batch<T>, progress: f64) -> Vec<Verdict> {
        let f = self.pair.activation_at(progress);
        reaches(codebook, batch, |label, all| {
            self.verdict(codebook, label, all, f, progress)
        })
    }
}

impl Neighbourhood {
    fn verdict<T: Float>(
        &self,
        codebook: &Codebook<T>,
        label: u32,
        all: &[Reach<T>],
        f: Activation,
        progress: f64,
    ) -> Verdict {
        let labels = codebook.labels();
        let mut own: Vec<usize> = (0..all.len()).filter(|&j| labels[j] == label).collect();
        own.sort_by(|&a, &b| {
            let order = all[a]
                .distance
                .to_f64()
                .total_cmp(&all[b].distance.to_f64());
            order.then(a.cmp(&b))
        });
        let start = self.start.unwrap_or(own.len() as f64 / 2.0).max(self.end);
        let range = start * exp(progress * ln(self.end / start));
        let mut shares: Vec<f64> = (0..own.len())
            .map(|rank| exp(-(rank as f64) / range))
            .collect();
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        let mut verdict = Verdict::of(codebook, label, all);
        let minus = verdict.pair.minus;
        let mut away = Pull {
            prototype: minus,
            view: all[minus].view,
            slope: 0.0,
        };
        for (&j, share) in own.iter().zip(shares) {
            let one = PairCost::of(all[j].distance.to_f64(), all[minus].distance.to_f64(), f);
            verdict.cost += share * one.cost;
            away.slope += share * one.slopes[1];
            verdict.pulls.push(Pull {
                prototype: j,
                view: all[j].view,
                slope: share * one.slopes[0],
            });
        }
        verdict.pulls.push(away);
        verdict
    }
}
