//! A model slid over sound that holds no keyword: what it would take for one.

use std::ops::Range;

use mynah_lvq::{Codebook, Scaler, Scan};
use rayon::prelude::*;

use super::lessons::CONTEXT;
use crate::lessons::Ears;

/// A window, and how much nearer it is to the keyword than to all else: ln(c / d) of the squared distances, where c is that of all
/// else, but at most the radius of the keyword's prototype. The spotter's score is 1 / (1 + e^(−4 nearness)).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub sound: usize,
    pub word: Range<usize>,
    pub nearness: f32,
}

/// How a sound is looked through.
pub(super) struct Look<'a> {
    pub ears: &'a Ears,
    pub scaler: &'a Scaler,
    pub codebook: &'a Codebook,
    pub keyword: u32,
    /// One a prototype, or none.
    pub radii: &'a [f32],
    /// Lengths of windows in frames.
    pub lengths: &'a [usize],
    /// Frames from window to window.
    pub hop_frames: usize,
}

/// Peaks nearer than this many frames to a higher one are the same.
const APART: usize = 50;

impl Look<'_> {
    /// The peaks in every sound, log mel energies `[n_frames × n_mels]`, in the order of the sounds.
    pub fn peaks(&self, sounds: &[&[f32]]) -> Vec<Found> {
        let of_sound = |(sound, log_mels): (usize, &&[f32])| self.peaks_of(sound, log_mels);
        let peaks: Vec<Vec<Found>> = sounds.par_iter().enumerate().map(of_sound).collect();
        peaks.concat()
    }

    fn peaks_of(&self, sound: usize, log_mels: &[f32]) -> Vec<Found> {
        let mut hops = Vec::new();
        self.ears.lend(|pipeline| {
            let n_coeffs = pipeline.n_coeffs();
            let mut frames = Vec::new();
            pipeline.frames_of(log_mels, &mut frames);
            let n_frames = frames.len() / n_coeffs;
            let mut views = vec![0.0; pipeline.n_views() * pipeline.dim()];
            let mut distances = vec![0.0; self.codebook.n_prototypes()];
            let mut scan = Scan::new(self.codebook);
            let shortest = self.lengths.iter().copied().min().unwrap_or(1);
            for end in (shortest..=n_frames).step_by(self.hop_frames) {
                let mut best: Option<Found> = None;
                for &length in self.lengths.iter().filter(|&&length| length <= end) {
                    let word = end - length..end;
                    let from = word.start.saturating_sub(CONTEXT);
                    let to = (end + CONTEXT).min(n_frames);
                    let rows = &frames[from * n_coeffs..to * n_coeffs];
                    pipeline.window_into(rows, word.start - from..end - from, &mut views);
                    self.scaler.apply(&mut views);
                    scan.distances_into(&views, &mut distances);
                    let nearness = self.nearness(&distances);
                    if best.as_ref().is_none_or(|best| nearness > best.nearness) {
                        best = Some(Found {
                            sound,
                            word,
                            nearness,
                        });
                    }
                }
                hops.extend(best);
            }
        });
        highest(hops)
    }

    fn nearness(&self, distances: &[f32]) -> f32 {
        let (mut other, mut own, mut radius) = (f32::INFINITY, f32::INFINITY, f32::INFINITY);
        for (j, (&distance, &label)) in distances.iter().zip(self.codebook.labels()).enumerate() {
            if label != self.keyword {
                other = other.min(distance);
            } else if distance < own {
                own = distance;
                radius = self.radii.get(j).copied().unwrap_or(f32::INFINITY);
            }
        }
        (other.min(radius) / own.max(f32::MIN_POSITIVE)).ln()
    }
}

/// The peaks, highest first.
fn highest(mut hops: Vec<Found>) -> Vec<Found> {
    hops.sort_by(|a, b| b.nearness.total_cmp(&a.nearness));
    let mut peaks: Vec<Found> = Vec::new();
    for hop in hops {
        if peaks
            .iter()
            .all(|peak| peak.word.end.abs_diff(hop.word.end) >= APART)
        {
            peaks.push(hop);
        }
    }
    peaks
}
