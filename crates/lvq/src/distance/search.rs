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
/// Standardised data leaves one or two prototypes in doubt. Data whose mean is a hundred times its
/// spread leaves nearly all, and the answer is as slow as a scan: subtract the mean first.
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
    /// Of each prototype, then padding.
    labels: Vec<u32>,
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
    /// Prepares the search among row-major prototypes, `[n × dim]`, all of class 0.
    ///
    /// # Errors
    /// [`Error::Zero`] without prototypes or dimensions, [`Error::Length`] if the last is not whole.
    pub fn new(prototypes: &[T], dim: usize) -> Result<Self, Error> {
        let n_prototypes = prototypes.len() / dim.max(1);
        Self::labelled(prototypes, dim, &vec![0; n_prototypes])
    }

    /// Prepares the search among row-major prototypes, `[n × dim]`, with their labels, `[n]`.
    ///
    /// # Errors
    /// [`Error::Zero`] without prototypes or dimensions, [`Error::Length`] if there are not `dim`
    /// values to a label.
    pub fn labelled(prototypes: &[T], dim: usize, labels: &[u32]) -> Result<Self, Error> {
        Self::on(Set::best(), prototypes, dim, labels)
    }

    pub(super) fn on(
        set: Set,
        prototypes: &[T],
        dim: usize,
        labels: &[u32],
    ) -> Result<Self, Error> {
        for (count, what) in [(dim, "dim"), (labels.len(), "prototypes")] {
            if count == 0 {
                return Err(Error::Zero { what });
            }
        }
        if labels.len().checked_mul(dim) != Some(prototypes.len()) {
            return Err(Error::Length {
                what: "prototypes",
                got: prototypes.len(),
                n_rows: labels.len(),
                dim,
            });
        }
        let bounds = T::f32s(prototypes).and_then(|values| Bounds::new(set, values, dim));
        let mut labels = labels.to_vec();
        labels.resize(bounds.as_ref().map_or(labels.len(), Bounds::stride), 0);
        Ok(Self {
            dim,
            prototypes: prototypes.to_vec(),
            labels,
            bounds,
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

    /// What [`Codebook::decide`](crate::Codebook::decide) says of each row.
    ///
    /// # Panics
    /// If the rows have another dim, or `out` another length.
    pub fn decide(&self, rows: &Rows<'_, T>, out: &mut [Decision<T>]) {
        self.each_row(rows, out, |_, row| {
            let mut decision = None;
            row.compare(
                |_| true,
                |j, distance| {
                    Decision::see(&mut decision, j, self.labels[j], 0, distance);
                },
            );
            let mut decision = decision.expect("at least one prototype");
            // Bounds leave in what can win only.
            if row.bounds.is_some() {
                let runner_up = row.nearest(|other| other != decision.label);
                decision.runner_up = runner_up.map(|other| RunnerUp {
                    label: self.labels[other.index],
                    prototype: other.index,
                    distance: other.distance,
                });
            }
            decision
        });
    }

    /// What [`Pair::find`] finds for each row, if row `i` is of class `labels[i]`.
    ///
    /// # Panics
    /// If the rows have another dim, or `labels` or `out` another length.
    pub fn pairs(&self, rows: &Rows<'_, T>, labels: &[u32], out: &mut [Option<Pair<T>>]) {
        assert_eq!(labels.len(), rows.len(), "one label a row");
        self.each_row(rows, out, |i, row| {
            let plus = row.nearest(|label| label == labels[i])?;
            let minus = row.nearest(|label| label != labels[i])?;
            Some(Pair {
                plus: plus.index,
                minus: minus.index,
                d_plus: plus.distance,
                d_minus: minus.distance,
            })
        });
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
                if let Some((bounds, rows)) = fast {
                    bounds.fill(&rows, range.clone(), scratch);
                }
                for ((i, out), at) in range.zip(out).zip(0..) {
                    let row = Row {
                        search: self,
                        x: rows.row(i),
                        bounds: fast
                            .and_then(|(bounds, rows)| bounds.row(at, rows.row(i), scratch)),
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
    /// The nearest of the prototypes whose label is to `keep`.
    fn nearest(&self, keep: impl Fn(u32) -> bool) -> Option<Nearest<T>> {
        let mut nearest: Option<Nearest<T>> = None;
        self.compare(keep, |index, distance| {
            if nearest.is_none_or(|least| distance < least.distance) {
                nearest = Some(Nearest { index, distance });
            }
        });
        nearest
    }

    /// Tells the distance of every prototype that can be the nearest of those whose label is to `keep`, in their order.
    fn compare(&self, keep: impl Fn(u32) -> bool, mut tell: impl FnMut(usize, T)) {
        let Search {
            dim,
            prototypes,
            labels,
            bounds: _,
        } = self.search;
        let compare = |index: usize| {
            tell(
                index,
                squared_euclidean(self.x, &prototypes[index * dim..][..*dim]),
            );
        };
        match &self.bounds {
            Some(bounds) => bounds.candidates(labels, keep, compare),
            None => (0..self.search.n_prototypes())
                .filter(|&index| keep(labels[index]))
                .for_each(compare),
        }
    }
}
