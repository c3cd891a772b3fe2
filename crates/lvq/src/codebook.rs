use crate::distance::Matrix;
use crate::error::require;
use crate::probe::{Probe, nearest_views};
use crate::samples::check_rows;
use crate::{Decision, Error, Float, Grid, Metric};
use std::ops::Range;

/// Labelled prototypes, row-major `[n_prototypes × dim]`, one label a row, and the metric that says
/// which is nearest.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts<T>", into = "Parts<T>"),
    serde(bound(
        serialize = "T: Float + serde::Serialize",
        deserialize = "T: Float + serde::Deserialize<'de>"
    ))
)]
pub struct Codebook<T = f32> {
    dim: usize,
    pub(crate) n_classes: usize,
    pub(crate) prototypes: Vec<T>,
    pub(crate) labels: Vec<u32>,
    pub(crate) metric: Metric<T>,
    /// Values that choose their view together: `dim` for all.
    block: usize,
    /// Image of every prototype under the metric, `[n_prototypes × image_dim]`; empty where it is the prototype itself.
    pub(crate) images: Vec<T>,
    /// What all images are rounded to, see [`on_grid`](Self::on_grid).
    grid: Option<Grid>,
    /// Of a metric that has one for all prototypes.
    pub(crate) matrix: Option<Matrix<T>>,
}

impl<T: Float> Codebook<T> {
    /// Prototypes that exist already, from a file for example, under the Euclidean metric. A class
    /// may have none.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Label`], [`Error::Value`].
    pub fn new(
        dim: usize,
        n_classes: usize,
        prototypes: Vec<T>,
        labels: Vec<u32>,
    ) -> Result<Self, Error> {
        check_rows("prototypes", &prototypes, dim, &labels, n_classes)?;
        Ok(Self {
            dim,
            n_classes,
            prototypes,
            labels,
            metric: Metric::Euclidean,
            block: dim,
            images: Vec::new(),
            grid: None,
            matrix: None,
        })
    }

    /// The same prototypes under another metric.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`] or [`Error::Value`] of `"metric"`.
    pub fn with_metric(mut self, metric: Metric<T>) -> Result<Self, Error> {
        metric.check(self.dim, self.n_prototypes())?;
        check_block(self.block, self.dim, &metric)?;
        self.metric = metric;
        self.refresh();
        Ok(self)
    }

    /// The same prototypes, **elastic**: each block of `block` values (the last may have fewer) meets the
    /// view that is nearest to it, whatever view the others meet. If the views of a sequence are itself
    /// slid a little to and fro, its parts are free to slide each on its own. With one view, or `dim`
    /// values in a block, nothing changes.
    ///
    /// # Errors
    /// [`Error::Config`] unless `block` is 1 to `dim`; below `dim`, no metric with a matrix mixes
    /// blocks, so that the tiles of [`Metric::SharedOmega`] must divide it.
    pub fn with_block(mut self, block: usize) -> Result<Self, Error> {
        check_block(block, self.dim, &self.metric)?;
        self.block = block;
        Ok(self)
    }

    /// Values that choose their view together, see [`with_block`](Self::with_block).
    pub fn block(&self) -> usize {
        self.block
    }

    pub(crate) fn n_blocks(&self) -> usize {
        self.dim.div_ceil(self.block)
    }

    /// Where each block is in an image.
    pub(crate) fn image_blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let image_of = |end: usize| match end {
            0 => 0,
            _ => self.metric.image_dim(end),
        };
        let starts = (0..self.dim).step_by(self.block);
        starts.map(move |at| image_of(at)..image_of(self.dim.min(at + self.block)))
    }

    /// The same prototypes, their images and those of all vectors rounded to a grid: what an integer codebook
    /// sees. Local matrices and absent values know no grid.
    pub(crate) fn on_grid(&self, grid: Grid) -> Self {
        let mut seen = self.clone();
        seen.grid = Some(grid);
        seen.refresh();
        seen
    }

    pub(crate) fn grid(&self) -> Option<&Grid> {
        self.grid.as_ref()
    }

    /// Values in a prototype.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Labels are below this.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Number of prototypes, at least one.
    pub fn n_prototypes(&self) -> usize {
        self.labels.len()
    }

    /// Every prototype, `[n_prototypes × dim]`.
    pub fn prototypes(&self) -> &[T] {
        &self.prototypes
    }

    /// Prototype `i`, `[dim]`.
    ///
    /// # Panics
    /// If `i` is not below [`n_prototypes`](Self::n_prototypes).
    pub fn prototype(&self, i: usize) -> &[T] {
        &self.prototypes[i * self.dim..(i + 1) * self.dim]
    }

    /// Label of every prototype, `[n_prototypes]`.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// What the codebook calls near.
    pub fn metric(&self) -> &Metric<T> {
        &self.metric
    }

    /// Divides relevances by their sum (those below 0 become 0) and every matrix by its Frobenius
    /// norm, as the rules that learn them do.
    pub fn normalise_metric(&mut self) {
        let dim = self.dim;
        self.change(|_, metric| metric.normalise(dim));
    }

    /// The nearest prototype to `x` and the nearest of any other class. Allocates under a metric of
    /// relevances or matrices only.
    ///
    /// `x` should be finite; if it is not, the decision means nothing and its margin is 0.
    ///
    /// # Panics
    /// If the length of `x` is not [`dim`](Self::dim).
    pub fn decide(&self, x: &[T]) -> Decision<T> {
        self.check_length(x);
        self.decide_among(&mut [Probe::new(self, x)])
    }

    /// [`decide`](Self::decide) for a vector with absent values: a dimension that is NaN counts for
    /// no distance. A vector without any value is as near to every prototype.
    ///
    /// # Panics
    /// If the length of `x` is not [`dim`](Self::dim).
    pub fn decide_present(&self, x: &[T]) -> Decision<T> {
        self.check_length(x);
        self.decide_among(&mut [Probe::new(self, x).skip_missing()])
    }

    /// [`decide`](Self::decide) for several views of one thing, `[n_views × dim]`: a prototype is as
    /// near to the thing as to the nearest of them, [block by block](Self::with_block). Allocates.
    ///
    /// # Panics
    /// If `views` is not a whole number of vectors, at least one.
    pub fn decide_views(&self, views: &[T]) -> Decision<T> {
        let is_whole = !views.is_empty() && views.len().is_multiple_of(self.dim);
        assert!(is_whole, "no whole number of vectors of the codebook's dim");
        let views = views.chunks_exact(self.dim);
        self.decide_among(&mut views.map(|x| Probe::new(self, x)).collect::<Vec<_>>())
    }

    pub(crate) fn decide_among(&self, views: &mut [Probe<'_, T>]) -> Decision<T> {
        let mut decision = None;
        nearest_views(views, |j, view, distance| {
            Decision::see(&mut decision, j, self.labels[j], view, distance);
        });
        decision.expect("at least one prototype")
    }

    #[track_caller]
    pub(crate) fn check_length(&self, x: &[T]) {
        assert_eq!(
            x.len(),
            self.dim,
            "vector length differs from the codebook's dim"
        );
    }

    /// Changes prototypes and metric, and follows with all that is derived from them.
    pub(crate) fn change(&mut self, by: impl FnOnce(&mut [T], &mut Metric<T>)) {
        by(&mut self.prototypes, &mut self.metric);
        self.refresh();
    }

    /// Moves prototype `i` along `x` − prototype by `rate`; away from `x` if it is negative. Stays
    /// where `x` is NaN.
    pub(crate) fn move_towards(&mut self, i: usize, x: &[T], rate: f64) {
        let rate = T::from_f64(rate);
        let row = &mut self.prototypes[i * self.dim..(i + 1) * self.dim];
        for (w, &x) in row.iter_mut().zip(x) {
            if !x.is_nan() {
                *w += rate * (x - *w);
            }
        }
        if !self.images.is_empty() {
            self.refresh_image(i);
        }
    }
}

pub(crate) fn check_block<T: Float>(
    block: usize,
    dim: usize,
    metric: &Metric<T>,
) -> Result<(), Error> {
    let (ok, allowed) = match metric {
        _ if block == dim => (true, ""),
        Metric::Euclidean | Metric::Relevances(_) => {
            ((1..dim).contains(&block), "1 to the dim of the codebook")
        }
        Metric::SharedOmega { tile, .. } => (
            (1..dim).contains(&block) && block.is_multiple_of(*tile),
            "whole tiles of the metric",
        ),
        Metric::Omega { .. } | Metric::LocalOmegas { .. } => (
            false,
            "the dim of the codebook, as the metric mixes all values",
        ),
    };
    require(ok, "block", block as f64, allowed)
}

/// A codebook as it is stored.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts<T> {
    dim: usize,
    n_classes: usize,
    prototypes: Vec<T>,
    labels: Vec<u32>,
    metric: Metric<T>,
    block: usize,
}

#[cfg(feature = "serde")]
impl<T: Float> From<Codebook<T>> for Parts<T> {
    fn from(codebook: Codebook<T>) -> Self {
        Self {
            dim: codebook.dim,
            n_classes: codebook.n_classes,
            prototypes: codebook.prototypes,
            labels: codebook.labels,
            metric: codebook.metric,
            block: codebook.block,
        }
    }
}

#[cfg(feature = "serde")]
impl<T: Float> TryFrom<Parts<T>> for Codebook<T> {
    type Error = Error;

    fn try_from(parts: Parts<T>) -> Result<Self, Error> {
        Self::new(parts.dim, parts.n_classes, parts.prototypes, parts.labels)?
            .with_metric(parts.metric)?
            .with_block(parts.block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codebook(prototypes: &[f32], labels: &[u32]) -> Codebook {
        Codebook::new(1, 3, prototypes.to_vec(), labels.to_vec()).unwrap()
    }

    #[test]
    fn refuses_what_samples_refuse() {
        assert!(matches!(
            Codebook::<f32>::new(1, 1, vec![], vec![]),
            Err(Error::Zero { what: "prototypes" })
        ));
        assert!(matches!(
            Codebook::new(2, 1, vec![f32::NAN, 1.0], vec![0]),
            Err(Error::Value {
                what: "prototypes",
                row: 0,
                column: 0,
                ..
            })
        ));
        assert!(matches!(
            Codebook::new(1, 1, vec![1.0], vec![1]),
            Err(Error::Label { .. })
        ));
        assert!(matches!(
            Codebook::new(usize::MAX, 1, vec![1.0], vec![0, 0]),
            Err(Error::Length { .. })
        ));
    }

    #[test]
    fn runner_up_is_of_another_class() {
        let decision = codebook(&[0.0, 1.0, 4.0, 2.0, 3.0], &[0, 0, 1, 0, 2]).decide(&[0.9]);
        assert_eq!((decision.label, decision.winner), (0, 1));
        let other = decision.runner_up.unwrap();
        assert_eq!((other.label, other.prototype), (2, 4));
    }

    #[test]
    fn ties_go_to_the_lowest_index() {
        let decision = codebook(&[1.0, -1.0, 1.0, -1.0], &[1, 0, 0, 2]).decide(&[0.0]);
        assert_eq!((decision.winner, decision.label), (0, 1));
        assert_eq!(decision.runner_up.unwrap().prototype, 1);
        assert_eq!(decision.margin(), 0.0);
    }

    #[test]
    fn margin_covers_every_case() {
        let two = codebook(&[0.0, 2.0], &[0, 1]);
        assert_eq!(two.decide(&[0.0]).margin(), 1.0);
        assert_eq!(two.decide(&[1.0]).margin(), 0.0);
        assert_eq!(two.decide(&[0.5]).margin(), (2.25 - 0.25) / (2.25 + 0.25));
        assert_eq!(codebook(&[0.0, 0.0], &[0, 1]).decide(&[0.0]).margin(), 0.0);
        assert_eq!(codebook(&[0.0], &[0]).decide(&[5.0]).margin(), 1.0);
        for bad in [f32::NAN, f32::INFINITY, 3e38] {
            assert_eq!(two.decide(&[bad]).margin(), 0.0);
            assert_eq!(two.decide(&[bad]).winner, 0);
            assert_eq!(codebook(&[0.0], &[0]).decide(&[bad]).margin(), 0.0);
        }
    }

    #[test]
    #[should_panic(expected = "length")]
    fn vector_must_have_the_right_length() {
        codebook(&[0.0], &[0]).decide(&[1.0, 2.0]);
    }
}
