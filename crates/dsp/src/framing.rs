//! Cutting a signal into overlapping frames.
//!
//! Frame counts, positions and reflection follow Kaldi (`feature-window.cc`: `NumFrames`,
//! `FirstSampleOfFrame`, `ExtractWindow`). Positions count from the start of the slice at hand,
//! which need not be the start of the clip: every rule here is the same after a shift, so a stream
//! can forget what it no longer needs.

use crate::MfccConfig;

#[derive(Clone, Debug)]
pub(crate) struct Framing {
    pub(crate) frame_length: usize,
    pub(crate) hop_length: usize,
    snip_edges: bool,
}

impl Framing {
    pub(crate) fn new(config: &MfccConfig) -> Self {
        Self {
            frame_length: config.frame_length(),
            hop_length: config.hop_length(),
            snip_edges: config.snip_edges,
        }
    }

    /// Number of frames in a clip of `n_samples`.
    pub(crate) fn n_frames(&self, n_samples: usize) -> usize {
        if !self.snip_edges {
            n_samples.saturating_add(self.hop_length / 2) / self.hop_length
        } else if n_samples < self.frame_length {
            0
        } else {
            1 + (n_samples - self.frame_length) / self.hop_length
        }
    }

    /// Where frame 0 starts: before the clip when its edges are not snipped.
    pub(crate) fn first_start(&self) -> isize {
        if self.snip_edges {
            0
        } else {
            (self.hop_length / 2) as isize - (self.frame_length / 2) as isize
        }
    }

    /// Whether the frame at `start` ends within the first `n_samples`.
    pub(crate) fn is_inside(&self, start: isize, n_samples: usize) -> bool {
        start + self.frame_length as isize <= n_samples as isize
    }

    /// Whether the frame at `start` belongs to a clip that ends after `n_samples`:
    /// [`Framing::n_frames`] asked frame by frame.
    pub(crate) fn belongs(&self, start: isize, n_samples: usize) -> bool {
        if self.snip_edges {
            self.is_inside(start, n_samples)
        } else {
            let reach = self.frame_length / 2 + self.hop_length % 2;
            start + reach as isize <= n_samples as isize
        }
    }

    /// The `[frame_length]` samples from `start` on. Where the frame reaches beyond the ends of
    /// `samples`, they are mirrored there, in `room` of the same length.
    pub(crate) fn extract<'a>(
        &self,
        samples: &'a [f32],
        start: isize,
        room: &'a mut [f32],
    ) -> &'a [f32] {
        if start >= 0 && self.is_inside(start, samples.len()) {
            return &samples[start as usize..][..self.frame_length];
        }
        for (x, i) in room.iter_mut().zip(start..) {
            *x = samples[reflect(i, samples.len())];
        }
        room
    }
}

/// −1 → 0, −2 → 1, n → n−1, …, repeated as often as needed; `n` is at least 1.
fn reflect(i: isize, n: usize) -> usize {
    let i = i.rem_euclid(2 * n as isize) as usize;
    if i < n { i } else { 2 * n - 1 - i }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(frame_length: usize, hop_length: usize, snip_edges: bool) -> Framing {
        Framing {
            frame_length,
            hop_length,
            snip_edges,
        }
    }

    #[test]
    fn counting_and_asking_agree() {
        for (n, h) in [(25, 10), (24, 10), (25, 11), (2, 1), (3, 7), (4, 9)] {
            for snip_edges in [true, false] {
                let framing = framing(n, h, snip_edges);
                for n_samples in 0..120 {
                    let starts = (0..).map(|t| framing.first_start() + t * h as isize);
                    let asked = starts.take_while(|&s| framing.belongs(s, n_samples));
                    assert_eq!(asked.count(), framing.n_frames(n_samples));
                }
            }
        }
    }

    #[test]
    fn frames_of_kaldi() {
        let snip = framing(400, 160, true);
        let counts = [0, 399, 400, 559, 560, 16_000].map(|n| snip.n_frames(n));
        assert_eq!(counts, [0, 0, 1, 1, 2, 98]);
        let mirror = framing(400, 160, false);
        let counts = [0, 79, 80, 239, 240, 16_000].map(|n| mirror.n_frames(n));
        assert_eq!(counts, [0, 0, 1, 1, 2, 100]);
    }

    #[test]
    fn mirrors_at_both_ends_as_often_as_needed() {
        let indices: Vec<usize> = (-7..8).map(|i| reflect(i, 3)).collect();
        assert_eq!(indices, [0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]);
        let (framing, mut room) = (framing(6, 2, false), [0.0; 6]);
        let frame = framing.extract(&[1.0, 2.0, 3.0, 4.0], -2, &mut room);
        assert_eq!(frame, [2.0, 1.0, 1.0, 2.0, 3.0, 4.0]);
    }
}
