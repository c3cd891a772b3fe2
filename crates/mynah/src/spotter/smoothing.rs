//! The mean of the last few scores of every label: one lucky window is no word.

/// Running means over `n_hops` hops.
pub(super) struct Smoothing {
    n_hops: usize,
    /// `[n_hops × n_labels]`, the oldest overwritten.
    recent: Vec<f32>,
    at: usize,
}

impl Smoothing {
    pub(super) fn new(n_hops: usize, n_labels: usize) -> Self {
        Self {
            n_hops,
            recent: vec![0.0; n_hops * n_labels],
            at: 0,
        }
    }

    /// Takes the scores of a hop, one a label; what came before the first hop counts as 0.
    pub(super) fn push(&mut self, scores: impl Iterator<Item = f32>) {
        let n_labels = self.recent.len() / self.n_hops;
        let row = &mut self.recent[self.at * n_labels..][..n_labels];
        for (slot, score) in row.iter_mut().zip(scores) {
            *slot = score;
        }
        self.at = (self.at + 1) % self.n_hops;
    }

    pub(super) fn mean(&self, label: usize) -> f32 {
        let n_labels = self.recent.len() / self.n_hops;
        let of_label = self.recent.iter().skip(label).step_by(n_labels);
        of_label.sum::<f32>() / self.n_hops as f32
    }

    pub(super) fn reset(&mut self) {
        self.recent.fill(0.0);
        self.at = 0;
    }
}
