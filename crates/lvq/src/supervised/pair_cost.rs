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

    fn verdict<T: Float>(codebook: &Codebook<T>, found: &Found<T>, f: Activation) -> Verdict {
        let pair = &found.pair;
        let mu = pair.mu();
        let [plus, minus] = slopes(pair.d_plus.to_f64(), pair.d_minus.to_f64(), f.slope(mu));
        let pull = |prototype, view, slope| Pull {
            prototype,
            view,
            slope,
        };
        Verdict {
            cost: f.value(mu),
            is_error: pair.is_error(),
            rival: codebook.labels()[pair.minus],
            pulls: vec![
                pull(pair.plus, found.views[0], plus),
                pull(pair.minus, found.views[1], minus),
            ],
        }
    }
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
        let f = match self.beta_start {
            Some(start) => self.activation.on_the_way(start, progress),
            None => self.activation,
        };
        let found = search::pairs(codebook, batch);
        let verdict = |found: Option<Found<T>>| {
            let found = found.expect("checked: the sample's class and another have prototypes");
            Self::verdict(codebook, &found, f)
        };
        found.into_iter().map(verdict).collect()
    }
}
