use crate::batch::Batch;
use crate::gradient::Gradient;
use crate::pair::{Pair, PairSearch};
use crate::search::Reach;
use crate::{Codebook, Float};

/// A cost that depends on the samples' distances to the prototypes: what a gradient rule adds to
/// the common descent. It knows nothing of the metric, nor of how a parameter moves.
pub(crate) trait Cost<T: Float>: Sync {
    /// What the cost says of every sample of the batch, in its order. `progress` is the share of
    /// the training that has passed, for costs that change on the way.
    fn judge(&self, codebook: &Codebook<T>, batch: &Batch<T>, progress: f64) -> Vec<Verdict>;

    /// Adds the gradient of what the cost asks of the metric alone, once an update.
    fn regularise(&self, _codebook: &Codebook<T>, _gradient: &mut Gradient<T>) {}

    /// What [`regularise`](Self::regularise) adds the gradient of.
    fn penalty(&self, _codebook: &Codebook<T>) -> f64 {
        0.0
    }
}

/// What a cost says of one sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) cost: f64,
    /// The nearest prototypes of the sample's class and of any other.
    pub(crate) pair: Pair<f64>,
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

impl Verdict {
    /// Of a sample with these distances to all prototypes: no cost yet, and no pulls.
    pub(crate) fn of<T: Float>(codebook: &Codebook<T>, label: u32, all: &[Reach<T>]) -> Self {
        let mut search = PairSearch::default();
        for (j, (reach, &class)) in all.iter().zip(codebook.labels()).enumerate() {
            search.see(class == label, j, reach.view, reach.distance);
        }
        let found = search
            .found()
            .expect("checked: its class and another have prototypes");
        Self {
            cost: 0.0,
            pair: found.pair.cast(),
            pulls: Vec::new(),
        }
    }
}
