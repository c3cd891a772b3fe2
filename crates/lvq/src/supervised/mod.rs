//! The learning rules, one file each.

pub(crate) mod celvq;
pub(crate) mod glvq;
pub(crate) mod gmlvq;
pub(crate) mod grlvq;
pub(crate) mod lgmlvq;
pub(crate) mod log_det;
pub(crate) mod lvq1;
pub(crate) mod lvq21;
pub(crate) mod lvq3;
pub(crate) mod olvq1;
pub(crate) mod pair_cost;
pub(crate) mod rslvq;
mod sequential;
pub(crate) mod sng;
pub(crate) mod two_nearest;

use crate::cost::Cost;
use crate::descent::Descent;
use crate::error::require;
use crate::{Codebook, Error, Float, Metric, Outcome, Source, Training};

/// A metric learns about ten times slower than the prototypes, and starts later (Schneider, Biehl &
/// Hammer 2009).
const METRIC_RATE: f64 = 0.002;
const METRIC_START: f64 = 0.1;

/// A codebook with a metric of the kind a rule learns. `start` makes one where the present
/// is of another kind; only the Euclidean gives way to it.
fn adopt<T: Float>(
    codebook: &Codebook<T>,
    needed: &'static str,
    start: impl FnOnce(&Metric<T>) -> Option<Metric<T>>,
) -> Result<Codebook<T>, Error> {
    match (start(codebook.metric()), codebook.metric()) {
        (None, _) => Ok(codebook.clone()),
        (Some(metric), Metric::Euclidean) => codebook.clone().with_metric(metric),
        (Some(_), _) => Err(Error::Metric { needed }),
    }
}

/// Refuses matrices of other sizes than the rule is set to, and with more rows than columns.
fn require_rows<T: Float>(
    codebook: Codebook<T>,
    n_rows: Option<usize>,
) -> Result<Codebook<T>, Error> {
    let Some([got, n_columns]) = codebook.metric().shape(codebook.dim()) else {
        return Ok(codebook);
    };
    let ok = got <= n_columns && n_rows.is_none_or(|n_rows| n_rows == got);
    let allowed =
        "at most the dimensions (of a tile), and the rows of the codebook's matrix if it has one";
    require(ok, "n_rows", n_rows.unwrap_or(got) as f64, allowed)?;
    Ok(codebook)
}

/// A rate of one prototype, from an earlier training.
fn require_rate(rate: f64) -> Result<(), Error> {
    require(rate > 0.0, "rates", rate, "above 0")
}

/// A scale of squared distances.
fn check_temperature(field: &'static str, value: f64) -> Result<(), Error> {
    let ok = value > 0.0 && value.is_finite();
    require(ok, field, value, "above 0 and finite")
}

/// Trains by a rule that works under any metric, and may learn it: where there is none to learn it
/// starts from equal relevances.
fn learn_with_metric<T: Float>(
    descent: &Descent,
    cost: &dyn Cost<T>,
    codebook: &mut Codebook<T>,
    source: &dyn Source<T>,
    training: Training<'_, T>,
) -> Result<Outcome<T>, Error> {
    if descent.metric.is_none() {
        return descent.learn(cost, codebook, source, training);
    }
    let mut prepared = adopt_any(codebook)?;
    prepared.normalise_metric();
    let outcome = descent.learn(cost, &mut prepared, source, training)?;
    *codebook = prepared;
    Ok(outcome)
}

/// A codebook with a metric that can learn.
fn adopt_any<T: Float>(codebook: &Codebook<T>) -> Result<Codebook<T>, Error> {
    adopt(codebook, "one that learns", |metric| match metric {
        Metric::Euclidean => Some(Metric::equal_relevances(codebook.dim())),
        _ => None,
    })
}
