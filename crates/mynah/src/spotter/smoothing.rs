//! The mean of the last few scores of every label: one lucky window is no word.

use super::judge::Rated;

/// Running means over `n_hops` hops.
pub(super) struct Smoothing {
    n_hops: usize,
    /// `[n_hops × n_labels]`, the oldest overwritten.
    recent: Vec<Rated>,
    at: usize,
}

impl Smoothing {
    pub(super) fn new(n_hops: usize, n_labels: usize) -> Self {
        Self {
            n_hops,
            recent: vec![Rated::default(); n_hops * n_labels],
            at: 0,
        }
    }

    /// Takes what a hop says, one a label; what came before the first hop counts as 0.
    pub(super) fn push(&mut self, rated: &[Rated]) {
        self.recent[self.at * rated.len()..][..rated.len()].copy_from_slice(rated);
        self.at = (self.at + 1) % self.n_hops;
    }

    /// The mean score of a label, and the window that has the highest of these scores, the first of equals: the word is there.
    pub(super) fn mean(&self, label: usize) -> (f32, Rated) {
        let n_labels = self.recent.len() / self.n_hops;
        let (mut sum, mut best) = (0.0, Rated::default());
        for hop in self.at..self.at + self.n_hops {
            let rated = self.recent[hop % self.n_hops * n_labels + label];
            sum += rated.score;
            if rated.score > best.score {
                best = rated;
            }
        }
        (sum / self.n_hops as f32, best)
    }

    pub(super) fn reset(&mut self) {
        self.recent.fill(Rated::default());
        self.at = 0;
    }
}
