//! Every search of a whole batch, on all threads.

use crate::batch::Batch;
use crate::distance::{Sums, ViewBounds};
use crate::pair::{Found, PairSearch};
use crate::probe::{nearest_view, nearest_views};
use crate::{Codebook, Float, Metric};
use rayon::prelude::*;
use std::ops::Range;

/// Samples in one parallel task where no bound rules prototypes out.
const CHUNK: usize = 16;

/// The pair of every sample of the batch, in its order: what comparing it with every prototype by definition finds.
pub(crate) fn pairs<T: Float>(codebook: &Codebook<T>, batch: &Batch<T>) -> Vec<Option<Found<T>>> {
    let bounds = bounds(codebook, batch);
    let mut labels = codebook.labels().to_vec();
    labels.resize(bounds.as_ref().map_or(labels.len(), ViewBounds::stride), 0);
    // As much as is good for the cache, but something for every thread.
    let share = batch.len().div_ceil(rayon::current_num_threads()).max(1);
    let most = bounds
        .as_ref()
        .map_or(CHUNK, |bounds| bounds.n_block(batch.n_views()));
    let step = most.min(share);
    let mut found = vec![PairSearch::default(); batch.len()];
    let chunks = found.par_chunks_mut(step).enumerate();
    chunks.for_each_init(Sums::default, |sums, (chunk, found)| {
        let samples = chunk * step..chunk * step + found.len();
        let things = batch.images(samples.clone());
        let bounds = bounds
            .as_ref()
            .zip(T::f32s(things))
            .map(|(bounds, things)| {
                bounds.fill(things, batch.n_views(), sums);
                bounds
            });
        for ((at, found), i) in found.iter_mut().enumerate().zip(samples) {
            let mut views = batch.probes(codebook, i);
            let label = batch.label(i);
            let mut see = |j: usize| {
                let (view, distance) = nearest_view(&mut views, j);
                found.see(labels[j] == label, j, view, distance);
            };
            let is_done = bounds.is_some_and(|bounds| {
                bounds.candidates(at, sums, &labels, |other| other == label, &mut see)
                    && bounds.candidates(at, sums, &labels, |other| other != label, &mut see)
            });
            if !is_done {
                (0..codebook.n_prototypes()).for_each(see);
            }
        }
    });
    found.iter().map(PairSearch::found).collect()
}

/// What rules prototypes out, where every sample has images that are compared with all of them.
fn bounds<T: Float>(codebook: &Codebook<T>, batch: &Batch<T>) -> Option<ViewBounds> {
    if batch.has_missing() || matches!(codebook.metric(), Metric::LocalOmegas { .. }) {
        return None;
    }
    let whole = 0..codebook.image_dim();
    let blocks: Vec<Range<usize>> = match batch.n_views() {
        1 => vec![whole],
        _ => codebook.image_blocks().collect(),
    };
    ViewBounds::new(T::f32s(codebook.images())?, codebook.image_dim(), &blocks)
}

/// How far a prototype is from a sample, and from which of its views.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reach<T> {
    pub(crate) view: usize,
    /// Squared.
    pub(crate) distance: T,
}

/// What `judge` says of every sample of the batch, in its order, given its label and its distances to
/// all prototypes.
pub(crate) fn reaches<T: Float, R: Send>(
    codebook: &Codebook<T>,
    batch: &Batch<T>,
    judge: impl Fn(u32, &[Reach<T>]) -> R + Sync,
) -> Vec<R> {
    let reach = |i: usize| {
        let mut views = batch.probes(codebook, i);
        let mut all: Vec<Reach<T>> = Vec::with_capacity(codebook.n_prototypes());
        nearest_views(&mut views, |_, view, distance| {
            all.push(Reach { view, distance });
        });
        judge(batch.label(i), &all)
    };
    (0..batch.len()).into_par_iter().map(reach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grid, Pair, Samples, Source};

    #[test]
    fn batches_find_the_pairs_of_single_searches() {
        // 37 samples: several chunks, the last short; 11 prototypes: one block and three over.
        let (dim, n_classes) = (5, 3);
        let value = |i: usize| ((i * 7919) % 101) as f32 / 50.0 - 1.0;
        let data: Vec<f32> = (0..37 * dim).map(value).collect();
        let labels: Vec<u32> = (0..37).map(|i| i % 3).collect();
        let samples = Samples::new(&data, dim, &labels, n_classes).unwrap();
        let prototypes = (1000..1000 + 11 * dim).map(value).collect();
        let codebook = Codebook::new(
            dim,
            n_classes,
            prototypes,
            vec![0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1],
        )
        .unwrap();
        let order: Vec<usize> = (0..37).rev().collect();
        let mut batch = Batch::new(&samples);
        batch.load(&samples, &order, 0).unwrap();
        for (&i, found) in order.iter().zip(pairs(&codebook, &batch)) {
            let pair = Pair::find(&codebook, samples.row(i), labels[i]);
            assert_eq!(found.map(|found| found.pair), pair);
            assert!(pair.is_some());
        }
    }

    /// Vectors in three views each.
    struct Slid<'a>(Samples<'a>);

    impl Source for Slid<'_> {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn dim(&self) -> usize {
            self.0.dim()
        }
        fn n_classes(&self) -> usize {
            self.0.n_classes()
        }
        fn n_views(&self) -> usize {
            3
        }
        fn label(&self, i: usize) -> u32 {
            self.0.labels()[i]
        }
        fn fill(&self, i: usize, _: usize, views: &mut [f32]) -> Result<(), crate::Error> {
            let x = self.0.row(i);
            for (v, view) in views.chunks_mut(x.len()).enumerate() {
                view.copy_from_slice(x);
                view.rotate_left(v);
            }
            Ok(())
        }
    }

    #[test]
    fn bounds_rule_out_no_pair_whatever_the_metric_and_the_blocks() {
        let (dim, n_classes, n) = (24, 3, 101);
        let value = |i: usize| (((i * 7919) % 1009) as f32 / 500.0 - 1.0).powi(3);
        let data: Vec<f32> = (0..n * dim).map(value).collect();
        let labels: Vec<u32> = (0..n as u32).map(|i| i % 3).collect();
        let source = Slid(Samples::new(&data, dim, &labels, n_classes).unwrap());
        // Some prototypes are samples, some are equal.
        let prototypes: Vec<f32> = (0..40 * dim).map(|i| data[i % (35 * dim)]).collect();
        let classes = (0..40).map(|j| j % 3).collect();
        let book = Codebook::new(dim, n_classes, prototypes, classes).unwrap();
        let shared = Metric::SharedOmega {
            tile: 4,
            n_rows: 3,
            values: (0..12).map(value).collect(),
        };
        // Of a block of 16 one value is left, of the shorter last one all 8.
        let low = Metric::SharedOmega {
            tile: 16,
            n_rows: 1,
            values: (0..16).map(value).collect(),
        };
        let metrics = [
            Metric::Euclidean,
            Metric::equal_relevances(dim),
            shared,
            low,
        ];
        for metric in metrics {
            for block in [dim, 16, 8] {
                let book = book.clone().with_metric(metric.clone()).unwrap();
                let Ok(book) = book.with_block(block) else {
                    continue;
                };
                for book in [book.on_grid(Grid::new(0.01, 2, 40).unwrap()), book] {
                    let mut batch = Batch::new(&source);
                    batch.load(&source, &(0..n).collect::<Vec<_>>(), 0).unwrap();
                    batch.project(&book);
                    for (i, found) in pairs(&book, &batch).into_iter().enumerate() {
                        let mut views = batch.probes(&book, i);
                        let mut scan = PairSearch::default();
                        for j in 0..40 {
                            let (view, distance) = nearest_view(&mut views, j);
                            scan.see(book.labels()[j] == labels[i], j, view, distance);
                        }
                        let at = format!("{metric:?}, block {block}, sample {i}");
                        assert_eq!(found, scan.found(), "{at}, {:?}", book.grid());
                    }
                }
            }
        }
    }
}
