use crate::Error;
use crate::elementary::exp;
use crate::error::require;

/// The function f of GLVQ's cost Σ f(μ), where μ in \[−1, 1\] is negative for a sample classified
/// rightly.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Activation {
    /// f(μ) = μ: every sample pulls alike.
    Identity,
    /// f(μ) = 1 / (1 + exp(−β μ)): samples near the border pull most.
    Sigmoid {
        /// Steepness β, in (0, 1000]. The cost nears the count of errors as it grows.
        beta: f64,
    },
}

impl Activation {
    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            Self::Identity => Ok(()),
            Self::Sigmoid { beta } => require(
                beta > 0.0 && beta <= 1000.0,
                "beta",
                beta,
                "above 0 and at most 1000",
            ),
        }
    }

    /// The same function with a steepness between `start` and its own, after `progress` in \[0, 1\]
    /// of a training.
    pub(crate) fn on_the_way(self, start: f64, progress: f64) -> Self {
        match self {
            Self::Identity => self,
            Self::Sigmoid { beta } => Self::Sigmoid {
                beta: start + (beta - start) * progress,
            },
        }
    }

    /// f(μ).
    pub fn value(self, mu: f64) -> f64 {
        match self {
            Self::Identity => mu,
            Self::Sigmoid { beta } => 1.0 / (1.0 + exp(-beta * mu)),
        }
    }

    /// f′(μ).
    pub fn slope(self, mu: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Sigmoid { beta } => {
                let f = self.value(mu);
                beta * f * (1.0 - f)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slope_is_the_derivative() {
        for activation in [Activation::Identity, Activation::Sigmoid { beta: 15.0 }] {
            for mu in [-1.0, -0.3, 0.0, 0.02, 0.7] {
                let h = 1e-5;
                let numeric = (activation.value(mu + h) - activation.value(mu - h)) / (2.0 * h);
                assert!((activation.slope(mu) - numeric).abs() < 1e-6);
            }
        }
        assert_eq!(Activation::Sigmoid { beta: 3.0 }.value(0.0), 0.5);
    }
}
