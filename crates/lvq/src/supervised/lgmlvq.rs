use super::log_det::LogDet;
use super::pair_cost::PairCost;
use super::{METRIC_RATE, METRIC_START, require_rows};
use crate::descent::{Descent, MetricDescent, step};
use crate::optimizer::{Optimizer, Schedule};
use crate::{
    Activation, Codebook, Error, Float, Metric, Online, Outcome, Pair, Rule, Source, Training,
};

/// Settings of [`Lgmlvq`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct LgmlvqConfig {
    /// Passes over the samples, 1 to 1,000,000. Default 60.
    pub n_epochs: usize,
    /// Samples an update is averaged over, 1 to 1,000,000; more than there are means all.
    /// Default 256.
    pub batch_size: usize,
    /// Greatest learning rate of the prototypes, in (0, 1000]. Default 0.02, meant for Adam on
    /// standardised data.
    pub learning_rate: f64,
    /// Greatest learning rate of the values of the matrices, in (0, 1000]. Default 0.002: they follow slowly.
    pub metric_learning_rate: f64,
    /// Share of the training before the values of the matrices start to learn, 0 to 1. Default 0.1.
    pub metric_start: f64,
    /// Rows of the matrices Ωⱼ it starts with, the greatest rank of each metric; at most as many as
    /// dimensions. Default none: as many as dimensions.
    pub n_rows: Option<usize>,
    /// Weight μ of the penalty −½ μ ln det(Ω Ωᵀ), at least 0, which keeps each matrix from losing
    /// rank (Schneider, Bunte, Stiekema, Hammer, Villmann & Biehl 2010). Default 0, none.
    pub regularisation: f64,
    /// How both learning rates change over the updates. Default one cycle.
    pub schedule: Schedule,
    /// How parameters follow the gradient. Default Adam.
    pub optimizer: Optimizer,
    /// The cost's f. Default sigmoid, β = 15.
    pub activation: Activation,
    /// β at the start, in (0, 1000], if it is to change in a straight line to that of the
    /// activation. Default none.
    pub beta_start: Option<f64>,
    /// Seed of the order in which each epoch presents the samples. Default 0.
    pub seed: u64,
}

impl Default for LgmlvqConfig {
    fn default() -> Self {
        Self {
            n_epochs: 60,
            batch_size: 256,
            learning_rate: 0.02,
            metric_learning_rate: METRIC_RATE,
            metric_start: METRIC_START,
            n_rows: None,
            regularisation: 0.0,
            schedule: Schedule::OneCycle,
            optimizer: Optimizer::Adam,
            activation: Activation::Sigmoid { beta: 15.0 },
            beta_start: None,
            seed: 0,
        }
    }
}

/// Localised generalised matrix LVQ (Schneider, Biehl & Hammer 2009): [GMLVQ](crate::Gmlvq) with a
/// matrix Ωⱼ for each prototype, d = ‖Ωⱼ (x − wⱼ)‖². The matrices of both prototypes of a pair descend
/// the gradient; after each update every matrix is divided by its Frobenius norm.
///
/// As many parameters as prototypes × rows × dimensions: few rows, or many samples.
#[derive(Debug, Clone)]
pub struct Lgmlvq {
    cost: LogDet<PairCost>,
    descent: Descent,
    n_rows: Option<usize>,
}

impl Lgmlvq {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &LgmlvqConfig) -> Result<Self, Error> {
        let descent = Descent {
            n_epochs: config.n_epochs,
            batch_size: config.batch_size,
            learning_rate: config.learning_rate,
            optimizer: config.optimizer,
            schedule: config.schedule,
            seed: config.seed,
            metric: Some(MetricDescent {
                learning_rate: config.metric_learning_rate,
                start: config.metric_start,
            }),
        };
        descent.check()?;
        let cost = PairCost {
            activation: config.activation,
            beta_start: config.beta_start,
        };
        cost.check()?;
        let cost = LogDet {
            cost,
            weight: config.regularisation,
        };
        cost.check()?;
        Ok(Self {
            cost,
            descent,
            n_rows: config.n_rows,
        })
    }

    /// The codebook with a metric this rule can learn: its own, normalised, if it is of the kind,
    /// else [`Metric::local_identities`].
    ///
    /// # Errors
    /// [`Error::Metric`] if it has another that is not Euclidean;
    /// [`Error::Config`] of `"n_rows"`.
    pub fn prepare<T: Float>(&self, codebook: &Codebook<T>) -> Result<Codebook<T>, Error> {
        let mut prepared = self.adopt(codebook)?;
        prepared.normalise_metric();
        Ok(prepared)
    }

    fn adopt<T: Float>(&self, codebook: &Codebook<T>) -> Result<Codebook<T>, Error> {
        super::adopt(
            codebook,
            "a matrix for each prototype",
            |metric| match metric {
                Metric::LocalOmegas { .. } => None,
                _ => {
                    let (n, dim) = (codebook.n_prototypes(), codebook.dim());
                    Some(Metric::local_identities(n, self.n_rows.unwrap_or(dim), dim))
                }
            },
        )
        .and_then(|codebook| require_rows(codebook, self.n_rows))
    }

    /// One step of plain gradient descent on one sample, and the pair before it: prototypes and
    /// values of the matrices move by their rates (prototypes first) times their full gradients, from the same old
    /// state; then the values of the matrices are normalised. `None`, and nothing moves, if the codebook has no
    /// prototype of the class or none of another.
    ///
    /// Of the configuration only what the cost is made of matters here. `x` must be finite, or NaN
    /// where a value is absent; a step does not check. The metric should be
    /// [prepared](Self::prepare): whatever it is, it is moved.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    pub fn step<T: Float>(
        &self,
        codebook: &mut Codebook<T>,
        x: &[T],
        label: u32,
        learning_rates: [f64; 2],
    ) -> Option<Pair<T>> {
        let [of_prototypes, of_metric] = learning_rates;
        step(
            &self.cost,
            codebook,
            x,
            label,
            of_prototypes,
            Some(of_metric),
        )
        .map(|verdict| verdict.pair.cast())
    }
}

impl<T: Float> Rule<T> for Lgmlvq {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        let mut prepared = self.prepare(codebook)?;
        let outcome = self
            .descent
            .learn(&self.cost, &mut prepared, source, training)?;
        *codebook = prepared;
        Ok(outcome)
    }
}

impl<T: Float> Online<T> for Lgmlvq {
    fn ready(&self, codebook: &mut Codebook<T>) -> Result<(), Error> {
        *codebook = self.adopt(codebook)?;
        Ok(())
    }

    fn present(&mut self, codebook: &mut Codebook<T>, x: &[T], label: u32, learning_rate: f64) {
        let rates = [learning_rate, self.descent.metric_rate(learning_rate)];
        self.step(codebook, x, label, rates);
    }
}
