//! A model slid over sound: what it would take for the keyword.

use std::collections::BTreeSet;
use std::ops::Range;

use mynah_lvq::{Codebook, Scaler, Scan};
use rayon::prelude::*;

use super::lessons::CONTEXT;
use super::material::Classes;
use crate::SpotterConfig;
use crate::lessons::Ears;
use crate::spotter::border;

/// A window, and how much nearer it is to the keyword than to all else: ln(c / d) of the squared distances, where c is the spotter's
/// [`border`], but at most the radius of the keyword's prototype. The spotter's score is 1 / (1 + e^(−4 nearness)).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub sound: usize,
    pub word: Range<usize>,
    pub nearness: f32,
}

/// How a sound is looked through, hop by hop as the spotter does.
pub(super) struct Look<'a> {
    pub ears: &'a Ears,
    pub scaler: &'a Scaler,
    pub codebook: &'a Codebook,
    pub classes: Classes<'a>,
    /// One a prototype.
    pub radii: &'a [f32],
    /// Lengths of windows in frames.
    pub lengths: &'a [usize],
}

/// Peaks nearer than this many frames to a higher one are the same.
const APART: usize = 50;

impl Look<'_> {
    /// The peaks in every sound, log mel energies `[n_frames × n_mels]`, in the order of the sounds.
    pub fn peaks<S: AsRef<[f32]> + Sync>(&self, sounds: &[S]) -> Vec<Found> {
        let of_sound = |(sound, log_mels): (usize, &S)| self.peaks_of(sound, log_mels.as_ref());
        let peaks: Vec<Vec<Found>> = sounds.par_iter().enumerate().map(of_sound).collect();
        peaks.concat()
    }

    fn peaks_of(&self, sound: usize, log_mels: &[f32]) -> Vec<Found> {
        let mut hops = Vec::new();
        self.ears.lend(|pipeline| {
            let n_coeffs = pipeline.n_coeffs();
            let mut frames = Vec::new();
            pipeline.frames_of(log_mels, &mut frames);
            let n_heard = frames.len() / n_coeffs;
            let config = SpotterConfig::default();
            // The last frame goes on, as at the end of a stream.
            if let Some(last) = frames.len().checked_sub(n_coeffs) {
                for _ in 0..config.smoothing_hops * config.hop_frames {
                    frames.extend_from_within(last..last + n_coeffs);
                }
            }
            let n_frames = frames.len() / n_coeffs;
            let mut views = vec![0.0; pipeline.n_views() * pipeline.dim()];
            let mut distances = vec![0.0; self.codebook.n_prototypes()];
            let mut scan = Scan::new(self.codebook);
            let shortest = self.lengths.iter().copied().min().unwrap_or(1);
            for end in (shortest..=n_frames).step_by(config.hop_frames) {
                let mut best: Option<Found> = None;
                let is_heard = |length: &&usize| **length <= end && end - **length < n_heard;
                for &length in self.lengths.iter().filter(is_heard) {
                    let word = end - length..end;
                    let from = word.start.saturating_sub(CONTEXT);
                    let to = (end + CONTEXT).min(n_frames);
                    let rows = &frames[from * n_coeffs..to * n_coeffs];
                    pipeline.window_into(rows, word.start - from..end - from, &mut views);
                    self.scaler.apply(&mut views);
                    scan.distances_into(&views, &mut distances);
                    let nearness = nearness(self.codebook, self.classes, self.radii, &distances);
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
        highest(smoothed(hops))
    }
}

/// By the distances to all prototypes; of those of the keyword the `radii` hold, one a prototype, or none.
pub(super) fn nearness(
    codebook: &Codebook,
    classes: Classes<'_>,
    radii: &[f32],
    distances: &[f32],
) -> f32 {
    let [mut own, mut other, mut background] = [f32::INFINITY; 3];
    let mut radius = f32::INFINITY;
    for (j, (&distance, &label)) in distances.iter().zip(codebook.labels()).enumerate() {
        if label != classes.keyword {
            other = other.min(distance);
            if classes.is_background(label) {
                background = background.min(distance);
            }
        } else if distance < own {
            own = distance;
            radius = radii.get(j).copied().unwrap_or(f32::INFINITY);
        }
    }
    let border = border(own, other, background).min(radius);
    (border / own.max(f32::MIN_POSITIVE)).ln()
}

/// Every hop with the mean of its score and those before, as the spotter has it.
fn smoothed(mut hops: Vec<Found>) -> Vec<Found> {
    let n = SpotterConfig::default().smoothing_hops;
    let scores: Vec<f32> = hops.iter().map(|hop| super::score(hop.nearness)).collect();
    for (i, hop) in hops.iter_mut().enumerate() {
        let recent = &scores[(i + 1).saturating_sub(n)..=i];
        let mean = recent.iter().sum::<f32>() / n as f32;
        hop.nearness = (mean / (1.0 - mean).max(f32::EPSILON)).ln() / 4.0;
    }
    hops
}

/// The peaks, highest first.
fn highest(mut hops: Vec<Found>) -> Vec<Found> {
    hops.sort_by(|a, b| b.nearness.total_cmp(&a.nearness));
    let mut ends = BTreeSet::new();
    hops.retain(|hop| {
        let end = hop.word.end;
        let near = (end + 1).saturating_sub(APART)..end + APART;
        ends.range(near).next().is_none() && ends.insert(end)
    });
    hops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrol::{Base, SILENCE, UNKNOWN, score};
    use crate::{Model, Provenance, SpotEvent, Spotter, SpotterConfig, Spotting};

    /// Glides and pauses.
    fn sound(n: usize) -> Vec<f32> {
        let pitch = |t: f32| 0.05 + 0.04 * (0.0003 * t).sin() + 0.03 * (0.0011 * t).cos();
        let sample = |t: f32| 0.3 * (pitch(t) * t).sin() * (0.0005 * t).sin().max(0.0);
        (0..n).map(|t| sample(t as f32)).collect()
    }

    #[test]
    fn what_is_looked_for_here_is_scored_as_the_spotter_scores_it() {
        let base = Base::bundled();
        let ears = Ears::new(&base.pipeline).unwrap();
        let mut pipeline = ears.pipeline.clone();
        let samples = sound(80_000);
        let (mut log_mels, mut frames) = (Vec::new(), Vec::new());
        pipeline.log_mels_into(&samples, &mut log_mels).unwrap();
        pipeline.frames_of(&log_mels, &mut frames);
        let dim = pipeline.dim();
        let mut prototypes = Vec::new();
        for start in [20, 92, 172, 252, 332] {
            let mut window = vec![0.0; dim];
            pipeline.window_into(&frames, start..start + 48, &mut window);
            base.scaler.apply(&mut window);
            prototypes.extend(window);
        }
        let codebook = Codebook::new(dim, 3, prototypes, vec![0, 1, 1, 2, 2]).unwrap();
        let codebook = codebook.with_metric(base.metric.clone()).unwrap();
        let labels = [SILENCE, UNKNOWN, "glide"].map(String::from);
        let (radii, lengths) = (
            vec![f32::MAX, f32::MAX, f32::MAX, 900.0, 900.0],
            vec![40, 48],
        );
        let look = Look {
            ears: &ears,
            scaler: &base.scaler,
            codebook: &codebook,
            classes: Classes {
                labels: &labels,
                keyword: 2,
                unknown: Some(1),
                silence: Some(0),
            },
            radii: &radii,
            lengths: &lengths,
        };
        let peaks = look.peaks(&[&log_mels]);
        let spotting = Spotting {
            radii: radii.clone(),
            lengths: lengths.clone(),
            ..Spotting::default()
        };
        let model = Model::new(
            labels.to_vec(),
            base.pipeline.clone(),
            base.scaler.clone(),
            codebook.clone(),
            Provenance::new(),
        );
        let model = model.unwrap().with_spotting(Some(spotting)).unwrap();
        let mut spotter = Spotter::new(&model, &SpotterConfig::default()).unwrap();
        let mut events = Vec::new();
        spotter.push(&samples, &mut events);
        spotter.finish(&mut events);
        // Features that were made at once are heard as those of a stream.
        let at_once = spotter.hear_sound(&log_mels);
        let told = |events: &[SpotEvent<'_>]| -> Vec<_> {
            let told = events
                .iter()
                .map(|e| (e.start, e.end, e.score.to_bits(), e.is_fired));
            told.collect()
        };
        assert_eq!(told(&at_once), told(&events));
        let mut spotted: Vec<f32> = events.iter().map(|event| event.score).collect();
        spotted.sort_unstable_by(|a, b| b.total_cmp(a));
        // Two places the keyword was taken from, and others that are like it.
        for (peak, spotted) in peaks.iter().zip(&spotted).take(2) {
            let looked = score(peak.nearness);
            assert!((looked - spotted).abs() < 1e-4, "{looked} {spotted}");
            assert!(looked > 0.3, "{looked}");
        }
        assert!(peaks.len() >= 2 && spotted.len() >= 2);
    }
}
