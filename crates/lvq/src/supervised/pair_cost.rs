use crate::batch::Batch;
use crate::cost::{Cost, Pull, Verdict};
use crate::error::require;
use crate::pair::Found;
use crate::{Activation, Codebook, Error, Float, search};

/// The cost of GLVQ and its relatives, f(μ) of the nearest prototypes of the right class and of any
/// other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PairCost {
    pub(crate) activation: Activation,
    /// Steepness at the start, if it changes.
    pub(crate) beta_start: Option<f64>,
}

impl PairCost {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.activation.check()?;
        let Some(beta) = self.beta_start else {
            return Ok(());
        };
        let ok = beta > 0.0 && beta <= 1000.0;
        require(ok, "beta_start", beta, "above 0 and at most 1000")
    }

    /// The function f as it is after `progress` of the training.
    pub(crate) fn activation_at(&self, progress: f64) -> Activation {
        match self.beta_start {
            Some(start) => self.activation.on_the_way(start, progress),
            None => self.activation,
        }
    }

    /// What a pair of distances costs.
    pub(crate) fn of(d_plus: f64, d_minus: f64, f: Activation) -> PairVerdict {
        let mu = crate::pair::mu(d_plus, d_minus);
        PairVerdict {
            cost: f.value(mu),
            slopes: slopes(d_plus, d_minus, f.slope(mu)),
        }
    }
}

/// f(μ), and its slopes by the squared distances d⁺ and d⁻.
pub(crate) struct PairVerdict {
    pub(crate) cost: f64,
    pub(crate) slopes: [f64; 2],
}

/// ∂f(μ)/∂d⁺ = 2 f′ d⁻ / (d⁺ + d⁻)² and ∂f(μ)/∂d⁻ = −2 f′ d⁺ / (d⁺ + d⁻)²; zero where both distances
/// are.
fn slopes(d_plus: f64, d_minus: f64, slope: f64) -> [f64; 2] {
    let sum = d_plus + d_minus;
    if sum == 0.0 {
        return [0.0; 2];
    }
    let common = 2.0 * slope / sum;
    [common * (d_minus / sum), -common * (d_plus / sum)]
}

impl<T: Float> Cost<T> for PairCost {
    fn judge(&self, codebook: &Codebook<T>, batch: &Batch<T>, progress: f64) -> Vec<Verdict> {
        let f = self.activation_at(progress);
        let verdict = |found: Option<Found<T>>| {
            let Found { pair, views } =
                found.expect("checked: the sample's class and another have prototypes");
            let one = Self::of(pair.d_plus.to_f64(), pair.d_minus.to_f64(), f);
            let pulls = [pair.plus, pair.minus]
                .into_iter()
                .zip(views)
                .zip(one.slopes);
            let pull = |((prototype, view), slope)| Pull {
                prototype,
                view,
                slope,
            };
            Verdict {
                cost: one.cost,
                pair: pair.cast(),
                pulls: pulls.map(pull).collect(),
            }
        };
        search::pairs(codebook, batch)
            .into_iter()
            .map(verdict)
            .collect()
    }
}
