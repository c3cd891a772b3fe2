//! Every search of a whole batch, on all threads.

use crate::batch::Batch;
use crate::pair::{Found, PairSearch};
use crate::probe::nearest_view;
use crate::{Codebook, Float};
use rayon::prelude::*;

/// Samples in one parallel task of the search, and prototypes compared with all of them before
/// the next ones, so that they stay in the cache. Each distance stands alone, so neither number
/// can change a result.
const CHUNK: usize = 16;
const BLOCK: usize = 8;

/// The pair of every sample of the batch, in its order.
pub(crate) fn pairs<T: Float>(codebook: &Codebook<T>, batch: &Batch<T>) -> Vec<Option<Found<T>>> {
    let n = codebook.n_prototypes();
    let mut found = vec![PairSearch::default(); batch.len()];
    let chunks = found.par_chunks_mut(CHUNK).enumerate();
    chunks.for_each(|(chunk, found)| {
        let samples = chunk * CHUNK..chunk * CHUNK + found.len();
        let mut views: Vec<_> = samples.clone().map(|i| batch.probes(codebook, i)).collect();
        for first in (0..n).step_by(BLOCK) {
            for ((found, views), i) in found.iter_mut().zip(&mut views).zip(samples.clone()) {
                for j in first..n.min(first + BLOCK) {
                    let (view, distance) = nearest_view(views, j);
                    found.see(codebook.labels()[j] == batch.label(i), j, view, distance);
                }
            }
        }
    });
    found.iter().map(PairSearch::found).collect()
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
        let reach = |j| {
            let (view, distance) = nearest_view(&mut views, j);
            Reach { view, distance }
        };
        let all: Vec<Reach<T>> = (0..codebook.n_prototypes()).map(reach).collect();
        judge(batch.label(i), &all)
    };
    (0..batch.len()).into_par_iter().map(reach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pair, Samples};

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
}
