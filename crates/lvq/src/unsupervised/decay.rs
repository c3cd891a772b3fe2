use crate::Error;
use crate::elementary::{exp, ln};
use crate::error::require;

/// How a rate or a radius falls over a run of T steps; t counts from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Decay {
    /// to + (from − to) · (T − t) / T: a straight line that would reach `to` at step T (SOM_PAK).
    Linear {
        /// At step 0.
        from: f64,
        /// At step T.
        to: f64,
    },
    /// from · (to / from)^(t / T) (Martinetz & Schulten 1991).
    Exponential {
        /// At step 0.
        from: f64,
        /// At step T, above 0.
        to: f64,
    },
    /// from · C / (C + t) with C = T / 100: LVQ_PAK's "inverse t".
    Inverse {
        /// At step 0.
        from: f64,
    },
}

impl Decay {
    /// The value at step `t` of `n_steps`; that of step `n_steps`, if `t` is beyond it.
    pub fn at(self, t: u64, n_steps: u64) -> f64 {
        let n = n_steps.max(1) as f64;
        let t = t.min(n_steps) as f64;
        match self {
            Self::Linear { from, to } => to + (from - to) * (n - t) / n,
            Self::Exponential { from, to } => {
                let ratio = (to / from).max(f64::MIN_POSITIVE);
                from * exp(t / n * ln(ratio))
            }
            Self::Inverse { from } => {
                let c = n / 100.0;
                from * c / (c + t)
            }
        }
    }

    /// Refuses ends that are not finite, above `max`, below 0, or that rise.
    pub(super) fn check(
        self,
        field: &'static str,
        max: f64,
        allowed: &'static str,
    ) -> Result<(), Error> {
        let (from, to) = match self {
            Self::Linear { from, to } => (from, to),
            Self::Exponential { from, to } => {
                require(
                    to > 0.0,
                    field,
                    to,
                    "above 0 at both ends if it falls exponentially",
                )?;
                (from, to)
            }
            Self::Inverse { from } => (from, 0.0),
        };
        require(from > 0.0 && from <= max, field, from, allowed)?;
        require(
            to >= 0.0 && to <= from,
            field,
            to,
            "from 0 to its first value",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runs_from_its_first_value() {
        let linear = Decay::Linear { from: 3.0, to: 1.0 };
        let all: Vec<f64> = (0..6).map(|t| linear.at(t, 4)).collect();
        assert_eq!(all, [3.0, 2.5, 2.0, 1.5, 1.0, 1.0]);
        let exponential = Decay::Exponential { from: 4.0, to: 1.0 };
        assert!((exponential.at(1, 2) - 2.0).abs() < 1e-15);
        let inverse = Decay::Inverse { from: 0.5 };
        assert_eq!((inverse.at(0, 200), inverse.at(2, 200)), (0.5, 0.25));
        for decay in [linear, exponential, inverse] {
            assert!(decay.at(0, 0).is_finite());
        }
    }

    #[test]
    fn refuses_what_rises_or_is_negative() {
        let check = |decay: Decay| decay.check("learning_rate", 1.0, "above 0 and at most 1");
        for bad in [
            Decay::Linear { from: 0.1, to: 0.2 },
            Decay::Linear { from: 0.0, to: 0.0 },
            Decay::Linear { from: 1.5, to: 0.0 },
            Decay::Linear {
                from: 0.5,
                to: -0.1,
            },
            Decay::Linear {
                from: f64::NAN,
                to: 0.0,
            },
            Decay::Exponential { from: 0.5, to: 0.0 },
            Decay::Inverse { from: -1.0 },
        ] {
            assert!(matches!(check(bad), Err(Error::Config { .. })), "{bad:?}");
        }
        assert_eq!(check(Decay::Linear { from: 1.0, to: 0.0 }), Ok(()));
    }
}
