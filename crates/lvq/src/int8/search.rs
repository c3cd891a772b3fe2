use crate::distance::int8::{CHUNK, Contest, Packed, Panels, Set, decision};
use crate::{Decision, IntCodebook};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that are packed together: enough to make use of a panel of prototypes, few enough to stay in the cache.
const TOGETHER: usize = 128;

/// Decides like [`IntCodebook`], on winner, distances and runner-up to the bit, with the best instructions this processor has.
///
/// ```
/// use mynah_lvq::{Decision, IntCodebook, IntSearch};
///
/// let rows = [10i8, -20, 30, -10, 20, -30].map(|level| level as u8);
/// let tables = IntCodebook::new(3, 3, 8, 1, &rows, &[0, 1], &[])?;
/// let search = IntSearch::new(&tables);
/// let vectors = [11, -20, 28, -10, 0, 0];
/// let mut decisions = [Decision::default(); 2];
/// search.decide(&vectors, 1, &mut decisions);
/// assert_eq!(decisions[0], tables.decide(&vectors[..3]));
/// assert_eq!(decisions[1].label, 1);
/// # Ok::<(), mynah_lvq::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IntSearch {
    set: Set,
    dim: usize,
    blocks: Vec<(Range<usize>, Panels)>,
    /// Of each prototype, then of the last again.
    labels: Vec<[u32; CHUNK]>,
}

/// Room in which [`IntSearch`] works. One a thread; it grows to what is asked of it, and stays.
#[derive(Debug, Clone, Default)]
pub struct IntBuffers {
    rows: Packed,
    contests: Vec<Contest>,
    /// Distances from the nearest view in one block, and in all so far, `[n_things × n_chunks]`.
    least: Vec<[u32; CHUNK]>,
    sums: Vec<[u32; CHUNK]>,
}

impl IntSearch {
    /// Unpacks the tables: a byte for each value of a prototype, or two where the processor multiplies no bytes or the tables have exponents.
    pub fn new(tables: &IntCodebook<'_>) -> Self {
        let bits = match tables.exponents() {
            [] => 8,
            _ => 16,
        };
        Self::on(Set::best(bits), tables)
    }

    pub(super) fn on(set: Set, tables: &IntCodebook<'_>) -> Self {
        let (dim, n) = (tables.dim(), tables.n_prototypes());
        let exponents = tables.exponents();
        let starts = (0..dim).step_by(tables.block());
        let ranges = starts.map(|start| start..dim.min(start + tables.block()));
        let blocks = ranges.map(|range| {
            let rows = (0..n).flat_map(|j| range.clone().map(move |i| tables.value(j, i)));
            let rows: Vec<i16> = rows.collect();
            let shifts = exponents.get(range.clone()).unwrap_or(&[]);
            let panels = Panels::new(set, &rows, range.len(), shifts);
            (range, panels)
        });
        let blocks = blocks.collect();
        let mut labels = tables.labels().to_vec();
        labels.resize(n.next_multiple_of(CHUNK), labels[n - 1]);
        Self {
            set,
            dim,
            blocks,
            labels: labels.as_chunks().0.to_vec(),
        }
    }

    /// Values in a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// What [`IntCodebook::decide`] says of each of the things, `[n × n_views × dim]`, on all threads.
    ///
    /// # Panics
    /// If `things` is not as many as `out`, or there is no view.
    pub fn decide(&self, things: &[i8], n_views: usize, out: &mut [Decision<u32>]) {
        let size = self.check(things, n_views, out);
        let step = n_together(n_views);
        things
            .par_chunks(step * size)
            .zip(out.par_chunks_mut(step))
            .for_each_init(IntBuffers::default, |buffers, (things, out)| {
                self.decide_part(things, n_views, buffers, out);
            });
    }

    /// [`decide`](Self::decide) on this thread alone; allocates nothing once the buffers have grown.
    ///
    /// # Panics
    /// As [`decide`](Self::decide).
    pub fn decide_into(
        &self,
        things: &[i8],
        n_views: usize,
        buffers: &mut IntBuffers,
        out: &mut [Decision<u32>],
    ) {
        let size = self.check(things, n_views, out);
        let step = n_together(n_views);
        for (things, out) in things.chunks(step * size).zip(out.chunks_mut(step)) {
            self.decide_part(things, n_views, buffers, out);
        }
    }

    /// Values in a thing.
    fn check(&self, things: &[i8], n_views: usize, out: &[Decision<u32>]) -> usize {
        let size = n_views * self.dim;
        assert!(size > 0, "no view");
        assert_eq!(
            Some(things.len()),
            out.len().checked_mul(size),
            "one decision a thing"
        );
        size
    }

    fn decide_part(
        &self,
        things: &[i8],
        n_views: usize,
        buffers: &mut IntBuffers,
        out: &mut [Decision<u32>],
    ) {
        let IntBuffers {
            rows,
            contests,
            least,
            sums,
        } = buffers;
        let labels = &self.labels;
        if let ([(range, panels)], 1) = (self.blocks.as_slice(), n_views) {
            panels.pack(things, self.dim, range.clone(), rows);
            contests.clear();
            contests.resize(out.len(), Contest::NEW);
            panels.contest(rows, labels, contests);
            for (out, contest) in out.iter_mut().zip(contests) {
                *out = contest.decision();
            }
            return;
        }
        let n_chunks = labels.len();
        least.resize(out.len() * n_chunks, [0; CHUNK]);
        sums.clear();
        sums.resize(out.len() * n_chunks, [0; CHUNK]);
        for (range, panels) in &self.blocks {
            panels.pack(things, self.dim, range.clone(), rows);
            panels.against_views(rows, n_views, least);
            let (sums, least) = (sums.as_flattened_mut(), least.as_flattened());
            for (sum, &least) in sums.iter_mut().zip(least) {
                *sum += least;
            }
        }
        for (out, distances) in out.iter_mut().zip(sums.chunks_exact(n_chunks)) {
            *out = decision(self.set, distances, labels);
        }
    }
}

/// Things that are packed together.
pub(super) fn n_together(n_views: usize) -> usize {
    (TOGETHER / n_views).max(1)
}
