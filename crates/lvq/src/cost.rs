use crate::batch::Batch;
use crate::gradient::Gradient;
use crate::{Codebook, Float};

/// A cost that depends on the samples' distances to the prototypes: what a gradient rule adds to
/// the common descent. It knows nothing of the metric, nor of how a parameter moves.
pub(crate) trait Cost<T: Float>: Sync {
    /// What the cost says of every sample of the batch, in its order. `progress` is the share of
    /// the training that has passed, for costs that change on the way.
    fn judge(&self, codebook: &Codebook<T>, batch: &Batch<T>, progress: f64) -> Vec<Verdict>;

    /// Adds what the cost asks of the metric alone, once an update.
    fn regularise(&self, _codebook: &Codebook<T>, _gradient: &mut Gradient<T>) {}
}

/// What a cost says of one sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) cost: f64,
    /// Whether the nearest prototype is of another class.
    pub(crate) is_error: bool,
    /// Class of the nearest prototype that is not of the sample's.
    pub(crate) rival: u32,
    pub(crate) pulls: Vec<Pull>,
}

/// How the cost of a sample changes with one of its distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pull {
    pub(crate) prototype: usize,
    /// The sample's view the distance is taken from.
    pub(crate) view: usize,
    /// ∂cost / ∂d, d the squared distance.
    pub(crate) slope: f64,
}
