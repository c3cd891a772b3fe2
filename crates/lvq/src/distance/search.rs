use super::bounds::{Bounds, RowBounds, Scratch};
use super::set::Set;
use super::{Rows, squared_euclidean};
use crate::{Decision, Error, Float, Pair, RunnerUp};
use rayon::prelude::*;

/// Finds the nearest of many prototypes for many vectors, on all threads.
///
/// Every answer is that of a plain scan with [`squared_euclidean`], index and distance to the bit:
/// in `f32`, distances are first approximated by ‖x‖² − 2x·w + ‖w‖² with the best instructions the
/// processor has, and only prototypes that the error bound leaves in doubt are compared by
/// definition. In `f64` it is a plain scan.
///
/// ```
/// use mynah_lvq::{Nearest, Rows, Search};
///
/// let search = Search::new(&[0.0_f32, 0.0, 3.0, 4.0], 2)?;
/// let mut nearest = [Nearest::default(); 3];
/// search.nearest(&Rows::new(&[1.0, 0.0, 3.0, 3.0, 0.0, 0.0], 2)?, &mut nearest);
/// assert_eq!(nearest.map(|found| found.index), [0, 1, 0]);
/// assert_eq!(nearest.map(|found| found.distance), [1.0, 1.0, 0.0]);
/// # Ok::<(), mynah_lvq::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Search<T = f32> {
    dim: usize,
    prototypes: Vec<T>,
    /// `None` in f64.
    bounds: Option<Bounds>,
}

/// A prototype, and how near it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Nearest<T = f32> {
    /// Index of the nearest prototype; the lowest, if several are as near.
    pub index: usize,
    /// Its squared Euclidean distance.
    pub distance: T,
}

impl<T: Float> Search<T> {
    /// Prepares the search among row-major prototypes, `[n × dim]`.
    ///
    /// # Errors
    /// [`Error::Zero`] without prototypes or dimensions, [`Error::Length`] if the last is not whole.
    pub fn new(prototypes: &[T], dim: usize) -> Result<Self, Error> {
        Self::on(Set::best(), prototypes, dim)
    }

    pub(super) fn on(set: Set, prototypes: &[T], dim: usize) -> Result<Self, Error> {
        if Rows::new(prototypes, dim)?.is_empty() {
            return Err(Error::Zero { what: "prototypes" });
        }
        Ok(Self {
            dim,
            prototypes: prototypes.to_vec(),
            bounds: T::f32s(prototypes).and_then(|values| Bounds::new(set, values, dim)),
        })
    }

    /// Takes prototypes that moved. Does not allocate.
    ///
    /// # Panics
    /// If they are not as many as before.
    pub fn update(&mut self, prototypes: &[T]) {
        self.prototypes.copy_from_slice(prototypes);
        if let (Some(bounds), Some(values)) = (&mut self.bounds, T::f32s(prototypes)) {
            bounds.update(values);
        }
    }

    /// Values in a prototype.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of prototypes, at least one.
    pub fn n_prototypes(&self) -> usize {
        self.prototypes.len() / self.dim
    }

    /// The nearest prototype of each row.
    ///
    /// # Panics
    /// If the rows have another dim, or `out` another length.
    pub fn nearest(&self, rows: &Rows<'_, T>, out: &mut [Nearest<T>]) {
        self.each_row(rows, out, |_, row| {
            row.nearest(|_| true).expect("at least one prototype")
        });
    }

    /// What [`Codebook::decide`](crate::Codebook::decide) says of each row, if prototype `i` is of class `labels[i]`.
    ///
    /// # Panics
    /// If the rows have another dim, or `labels` or `out` another length.
    pub fn decide(&self, labels: &[u32], rows: &Rows<'_, T>, out: &mut [Decision<T>]) {
        assert_eq!(labels.len(), self.n_prototypes(), "one label a prototype");
        self.each_row(rows, out, |_, row| {
            let winner = row.nearest(|_| true).expect("at least one prototype");
            let label = labels[winner.index];
            let runner_up = row.nearest(|i| labels[i] != label);
            Decision {
                label,
                winner: winner.index,
                distance: winner.distance,
                runner_up: runner_up.map(|other| RunnerUp {
                    label: labels[other.index],
                    prototype: other.index,
                    distance: other.distance,
                }),
            }
        });
    }

    /// What [`Pair::find`] finds for each row of class `row_labels[i]`, if prototype `i` is of class `labels[i]`.
    ///
    /// # Panics
    /// If the rows have another dim, or `labels`, `row_labels` or `out` another length.
    pub fn pairs(
        &self,
        labels: &[u32],
        rows: &Rows<'_, T>,
        row_labels: &[u32],
        out: &mut [Option<Pair<T>>],
    ) {
        assert_eq!(labels.len(), self.n_prototypes(), "one label a prototype");
        assert_eq!(row_labels.len(), rows.len(), "one label a row");
        self.each_row(rows, out, |i, row| {
            let plus = row.nearest(|j| labels[j] == row_labels[i])?;
            let minus = row.nearest(|j| labels[j] != row_labels[i])?;
            Some(Pair {
                plus: plus.index,
                minus: minus.index,
                d_plus: plus.distance,
                d_minus: minus.distance,
            })
        });
    }

    /// Squared distances of each row from all prototypes, `[rows × n_prototypes]`, on all threads:
    /// the same bits on every machine, never negative. In `f32` not by definition but approximated,
    /// off by no more than about dim · 10⁻⁷ (‖x‖² + ‖w‖²).
    ///
    /// # Panics
    /// If the rows have another dim, or `out` another length.
    pub fn distances(&self, rows: &Rows<'_, T>, out: &mut [T]) {
        let n = self.n_prototypes();
        assert_eq!(rows.dim(), self.dim, "rows differ in dim");
        assert_eq!(
            rows.len() * n,
            out.len(),
            "one distance a row and prototype"
        );
        let fast = self.bounds.as_ref().zip(rows.f32s());
        let n_block = fast.map_or(PLAIN_BLOCK, |(bounds, _)| bounds.n_block());
        out.par_chunks_mut(n_block * n).enumerate().for_each_init(
            Scratch::default,
            |scratch, (block, out)| {
                let range = block * n_block..block * n_block + out.len() / n;
                if let (Some((bounds, rows)), Some(out)) = (fast, T::f32s_mut(out)) {
                    bounds.distances(&rows, range, scratch, out);
                    return;
                }
                for (i, out) in range.zip(out.chunks_exact_mut(n)) {
                    let prototypes = self.prototypes.chunks_exact(self.dim);
                    for (out, w) in out.iter_mut().zip(prototypes) {
                        *out = squared_euclidean(rows.row(i), w);
                    }
                }
            },
        );
    }

    fn each_row<R: Send>(
        &self,
        rows: &Rows<'_, T>,
        out: &mut [R],
        answer: impl Fn(usize, Row<'_, T>) -> R + Sync,
    ) {
        assert_eq!(rows.dim(), self.dim, "rows differ in dim");
        assert_eq!(rows.len(), out.len(), "one answer a row");
        let fast = self.bounds.as_ref().zip(rows.f32s());
        let n_block = fast.map_or(PLAIN_BLOCK, |(bounds, _)| bounds.n_block());
        out.par_chunks_mut(n_block).enumerate().for_each_init(
            Scratch::default,
            |scratch, (block, out)| {
                let range = block * n_block..block * n_block + out.len();
                let mut approximate =
                    fast.map(|(bounds, rows)| bounds.block(&rows, range.clone(), scratch));
                for ((i, out), at) in range.zip(out).zip(0..) {
                    let bounds = fast
                        .zip(approximate.as_mut())
                        .and_then(|((_, rows), block)| block.row(at, rows.row(i)));
                    let row = Row {
                        search: self,
                        x: rows.row(i),
                        bounds,
                    };
                    *out = answer(i, row);
                }
            },
        );
    }
}

/// Rows of a task where nothing is approximated.
const PLAIN_BLOCK: usize = 16;

/// One vector in a search.
struct Row<'a, T> {
    search: &'a Search<T>,
    x: &'a [T],
    bounds: Option<RowBounds<'a>>,
}

impl<T: Float> Row<'_, T> {
    /// The nearest of the prototypes to `keep`.
    fn nearest(&self, keep: impl Fn(usize) -> bool) -> Option<Nearest<T>> {
        let Search {
            dim, prototypes, ..
        } = self.search;
        let mut nearest: Option<Nearest<T>> = None;
        let mut compare = |index: usize| {
            let distance = squared_euclidean(self.x, &prototypes[index * dim..][..*dim]);
            if nearest.is_none_or(|least| distance < least.distance) {
                nearest = Some(Nearest { index, distance });
            }
        };
        match &self.bounds {
            Some(bounds) => bounds.candidates(keep, compare),
            None => (0..self.search.n_prototypes())
                .filter(|&index| keep(index))
                .for_each(&mut compare),
        }
        nearest
    }
}
