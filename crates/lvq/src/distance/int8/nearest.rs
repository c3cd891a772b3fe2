//! What becomes of the distances that a tile leaves: the nearest prototype and the nearest of another class, or the nearest view.

use super::set::{Set, Words, Work};
use super::tile::{CHUNK, Sink};
use crate::Decision;

/// The decision between the prototypes seen so far.
#[derive(Debug, Clone)]
pub(crate) struct Contest {
    decision: Option<Decision<u32>>,
    /// Nothing changes by a prototype that is not nearer than this: the runner-up's distance. No distance is as great as the greatest number.
    bound: u32,
}

impl Contest {
    /// Nothing seen.
    pub const NEW: Self = Self {
        decision: None,
        bound: u32::MAX,
    };

    /// Chunks are shown in their order; `first_chunk` is the first of these.
    #[inline(always)]
    fn see(&mut self, first_chunk: usize, distances: &[[u32; CHUNK]], labels: &[[u32; CHUNK]]) {
        // One comparison for all of them, and after the first few it mostly ends there.
        let distances = distances.as_flattened();
        let nearest = distances.iter().fold(u32::MAX, |least, &d| least.min(d));
        if nearest < self.bound {
            self.see_each(first_chunk * CHUNK, distances, labels.as_flattened());
        }
    }

    #[cold]
    #[inline(never)]
    fn see_each(&mut self, first: usize, distances: &[u32], labels: &[u32]) {
        for (i, (&distance, &label)) in distances.iter().zip(labels).enumerate() {
            if distance < self.bound {
                Decision::see(&mut self.decision, first + i, label, 0, distance);
                let rival = self.decision.as_ref().and_then(|d| d.runner_up.as_ref());
                self.bound = rival.map_or(u32::MAX, |rival| rival.distance);
            }
        }
    }

    /// The winner, and the nearest of another class.
    ///
    /// # Panics
    /// If nothing was seen.
    pub fn decision(&self) -> Decision<u32> {
        self.decision.expect("at least one prototype was seen")
    }
}

/// One contest a row.
pub(super) struct Contests<'a> {
    pub labels: &'a [[u32; CHUNK]],
    pub contests: &'a mut [Contest],
}

impl Sink for Contests<'_> {
    #[inline(always)]
    fn take(&mut self, row: usize, first_chunk: usize, distances: &[[u32; CHUNK]]) {
        self.contests[row].see(first_chunk, distances, &self.labels[first_chunk..]);
    }
}

/// The nearest of some rows.
pub(super) struct AgainstViews<'a> {
    pub n_views: usize,
    pub n_chunks: usize,
    /// `[n_things × n_chunks]`.
    pub least: &'a mut [[u32; CHUNK]],
}

impl Sink for AgainstViews<'_> {
    #[inline(always)]
    fn take(&mut self, row: usize, first_chunk: usize, distances: &[[u32; CHUNK]]) {
        let thing = row / self.n_views;
        let least = &mut self.least[thing * self.n_chunks + first_chunk..];
        for (least, distances) in least.iter_mut().zip(distances) {
            for (least, &distance) in least.iter_mut().zip(distances) {
                *least = distance.min(*least);
            }
        }
    }
}

/// The decision on distances that are known, `[n_chunks]` like `labels`.
pub(crate) fn decision(
    set: Set,
    distances: &[[u32; CHUNK]],
    labels: &[[u32; CHUNK]],
) -> Decision<u32> {
    set.run(Known { distances, labels }).decision()
}

struct Known<'a> {
    distances: &'a [[u32; CHUNK]],
    labels: &'a [[u32; CHUNK]],
}

impl Work for Known<'_> {
    type Output = Contest;
    #[inline(always)]
    fn run<S: Words, const R: usize, const C: usize>(self, _: S) -> Contest {
        let mut contest = Contest::NEW;
        contest.see(0, self.distances, self.labels);
        contest
    }
}
