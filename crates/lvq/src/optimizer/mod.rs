//! How parameters follow a gradient. Knows nothing of rules, codebooks or metrics.

mod adam;
mod sgd;

use crate::error::require;
use crate::{Error, Float, schedule};
use adam::Adam;
use sgd::Sgd;

/// How parameters follow the gradient of the mean cost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Optimizer {
    /// Adam (Kingma & Ba 2015): each value moves by about the learning rate, whatever the scale of
    /// its gradient. The learning rate is in units of the data.
    #[default]
    Adam,
    /// Stochastic gradient descent: a value moves by the learning rate times its gradient. For the
    /// relative costs of GLVQ, whose gradient shrinks with the distances, rates must grow with the
    /// number of dimensions.
    Sgd {
        /// Share of the last movement that is repeated, in [0, 1); 0 for none (Polyak 1964).
        momentum: f64,
    },
    /// L-BFGS (Liu & Nocedal 1989), with a line search that halves a step until it lowers the cost.
    /// Every epoch is one step over all samples, and costs as much as two or more; batches,
    /// schedule and a late start of the metric do not apply. The learning rate bounds the first
    /// step.
    Lbfgs {
        /// Steps whose curvature is remembered, 1 to 100; 10 is customary. Memory grows with it.
        memory: usize,
    },
}

/// How the learning rate changes over the updates of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Schedule {
    /// [`schedule::one_cycle`]: up, then down to zero.
    #[default]
    OneCycle,
    /// [`schedule::linear`]: in a straight line to zero.
    Linear,
    /// Always the same.
    Constant,
}

impl Schedule {
    /// The rate of update `step` of `n_steps`, the greatest being `peak`.
    pub fn rate(self, peak: f64, step: u64, n_steps: u64) -> f64 {
        match self {
            Self::OneCycle => schedule::one_cycle(peak, step, n_steps),
            Self::Linear => schedule::linear(peak, step, n_steps),
            Self::Constant => peak,
        }
    }
}

impl Optimizer {
    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            Self::Adam => Ok(()),
            Self::Sgd { momentum } => require(
                (0.0..1.0).contains(&momentum),
                "momentum",
                momentum,
                "at least 0 and below 1",
            ),
            Self::Lbfgs { memory } => {
                let ok = (1..=100).contains(&memory);
                require(ok, "memory", memory as f64, "1 to 100")
            }
        }
    }
}

/// An optimiser that looks at one gradient at a time, at work on a group of parameters that share a
/// learning rate.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub(crate) enum State<T> {
    Adam(Adam<T>),
    Sgd(Sgd<T>),
}

impl<T: Float> State<T> {
    pub(crate) fn adam(n_parameters: usize) -> Self {
        Self::Adam(Adam::new(n_parameters))
    }

    pub(crate) fn sgd(n_parameters: usize, momentum: f64) -> Self {
        Self::Sgd(Sgd::new(n_parameters, momentum))
    }

    pub(crate) fn step(&mut self, parameters: &mut [T], gradient: &[T], learning_rate: f64) {
        match self {
            Self::Adam(adam) => adam.step(parameters, gradient, learning_rate),
            Self::Sgd(sgd) => sgd.step(parameters, gradient, learning_rate),
        }
    }

    /// Whether this state, from a file perhaps, could have come from `other`.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Adam(a), Self::Adam(b)) => a.fits(b),
            (Self::Sgd(a), Self::Sgd(b)) => a.fits(b),
            _ => false,
        }
    }
}
