use crate::Error;
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

/// eˣ, within 1e-15 relative. The C library's differs in the last bit from one machine to the
/// next, which training would amplify; this is plain arithmetic: x = k ln 2 + r, Taylor series of
/// eʳ (|r| ≤ 0.35, so the term after r¹³ is below 1e-17), times 2ᵏ.
pub(crate) fn exp(x: f64) -> f64 {
    // ln 2 in two parts, so that k · LN_2_HIGH is exact (Cody & Waite 1980).
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = x.clamp(-700.0, 700.0);
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let series = (1..=13)
        .rev()
        .fold(1.0, |sum, n| 1.0 + r * sum / f64::from(n));
    series * f64::from_bits(((1023 + k as i64) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_library() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.00999;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-15, "{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f64::INFINITY).is_finite() && exp(f64::NEG_INFINITY) > 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

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
