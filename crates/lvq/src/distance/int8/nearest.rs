//! What becomes of the distances that a tile leaves: the nearest prototype and the nearest of another class, or the nearest view.

use super::set::{Set, Words, Work};
use super::tile::{CHUNK, Sink};
use crate::{Decision, RunnerUp};

/// The winner and its runner-up of the prototypes seen so far in each lane of a chunk.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(crate) struct Contest {
    least: [u32; CHUNK],
    /// Its label.
    label: [u32; CHUNK],
    /// Its chunk.
    at: [u32; CHUNK],
    /// The least of another label.
    other: [u32; CHUNK],
    /// Its chunk.
    other_at: [u32; CHUNK],
}

impl Contest {
    /// Nothing seen. No distance is as great as this.
    pub const NEW: Self = Self {
        least: [u32::MAX; CHUNK],
        label: [u32::MAX; CHUNK],
        at: [0; CHUNK],
        other: [u32::MAX; CHUNK],
        other_at: [0; CHUNK],
    };

    /// Chunks are shown in their order: of equals the first stays. What [`Decision::see`] does, in every lane without a branch.
    #[inline(always)]
    fn see(&mut self, chunk: usize, distances: &[u32; CHUNK], labels: &[u32; CHUNK]) {
        let chunk = chunk as u32;
        let before = self.clone();
        for i in 0..CHUNK {
            let (distance, label) = (distances[i], labels[i]);
            let is_nearer = mask(distance < before.least[i]);
            // The one that does not win.
            let loser = distance.max(before.least[i]);
            let loser_at = pick(is_nearer, before.at[i], chunk);
            let is_other = mask(label != before.label[i]);
            let moves = is_other & (is_nearer | mask(loser < before.other[i]));
            self.other[i] = pick(moves, loser, before.other[i]);
            self.other_at[i] = pick(moves, loser_at, before.other_at[i]);
            self.least[i] = distance.min(before.least[i]);
            self.label[i] = pick(is_nearer, label, before.label[i]);
            self.at[i] = pick(is_nearer, chunk, before.at[i]);
        }
    }

    /// The winner of all lanes, and the nearest of another class. `labels` as they were seen.
    pub fn decision(&self, labels: &[[u32; CHUNK]]) -> Decision<u32> {
        let column = |at: &[u32; CHUNK], lane: usize| at[lane] as usize * CHUNK + lane;
        let first = |lane| (self.least[lane], column(&self.at, lane));
        let second = |lane| (self.other[lane], column(&self.other_at, lane));
        let (distance, winner) = (0..CHUNK).map(first).min().unwrap_or_default();
        let label_of = |column: usize| labels[column / CHUNK][column % CHUNK];
        let label = label_of(winner);
        let others = (0..CHUNK).map(|lane| match self.label[lane] == label {
            true => second(lane),
            false => first(lane),
        });
        let other = others.min().filter(|&(distance, _)| distance < u32::MAX);
        Decision {
            label,
            winner,
            distance,
            view: 0,
            runner_up: other.map(|(distance, prototype)| RunnerUp {
                label: label_of(prototype),
                prototype,
                distance,
            }),
        }
    }
}

/// All bits or none.
#[inline(always)]
fn mask(is_so: bool) -> u32 {
    0u32.wrapping_sub(u32::from(is_so))
}

/// `a` where the mask has bits, else `b`. Compilers make a masked store of a choice, and wait long to load what one wrote.
#[inline(always)]
fn pick(mask: u32, a: u32, b: u32) -> u32 {
    (a & mask) | (b & !mask)
}

/// One contest a row.
pub(super) struct Contests<'a> {
    pub labels: &'a [[u32; CHUNK]],
    pub contests: &'a mut [Contest],
}

impl Sink for Contests<'_> {
    #[inline(always)]
    fn take(&mut self, row: usize, first_chunk: usize, distances: &[[u32; CHUNK]]) {
        let labels = &self.labels[first_chunk..];
        let mut contest = self.contests[row].clone();
        for (c, (distances, labels)) in distances.iter().zip(labels).enumerate() {
            contest.see(first_chunk + c, distances, labels);
        }
        self.contests[row] = contest;
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
    set.run(Known { distances, labels }).decision(labels)
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
        for (chunk, (distances, labels)) in self.distances.iter().zip(self.labels).enumerate() {
            contest.see(chunk, distances, labels);
        }
        contest
    }
}
