//! What a model knows of words in continuous sound: how far from a prototype a word may lie, and from which score on it counts.

use serde::{Deserialize, Serialize};

/// Whether a label stands for what is no keyword: `_unknown_`, `_silence_`, `_background_noise_` and the like.
pub fn is_background(label: &str) -> bool {
    label.starts_with('_')
}

/// Score of what is as near to a keyword as to all else, or at the prototype's radius.
pub(crate) const BORDER: f32 = 0.5;

/// Frames that a window may have.
const LENGTHS: std::ops::RangeInclusive<usize> = 1..=mynah_align::MAX_FRAMES;

/// What was learnt for spotting; part of a model, and bound to its prototypes and labels.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spotting {
    /// Squared distance within which lies what a prototype stands for, one a prototype, [`f32::MAX`] for one without a bound; empty where
    /// none was learnt.
    #[serde(default)]
    pub radii: Vec<f32>,
    /// Score from which a keyword counts, 0 to 1, one a label; empty for the default of every keyword. Those of background
    /// labels mean nothing.
    #[serde(default)]
    pub thresholds: Vec<f32>,
    /// Lengths of the windows that slide over a stream, frames, shortest first; empty where the prototypes tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<usize>,
    /// What the thresholds were fitted to, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

/// The background that thresholds were fitted to.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// False alarms an hour that were allowed.
    pub per_hour: f64,
    /// Hours of background heard.
    pub hours: f64,
    /// False alarms in them at the thresholds.
    pub n_events: usize,
}

impl Budget {
    /// So many false alarms an hour were allowed, and so many were heard in so many hours.
    pub fn new(per_hour: f64, hours: f64, n_events: usize) -> Self {
        Self {
            per_hour,
            hours,
            n_events,
        }
    }
}

impl Spotting {
    pub(crate) fn is_for(&self, n_prototypes: usize, n_labels: usize) -> bool {
        let are_sizes = [
            (self.radii.len(), n_prototypes),
            (self.thresholds.len(), n_labels),
        ];
        are_sizes.iter().all(|&(got, n)| got == 0 || got == n)
            && self.radii.iter().all(|r| r.is_finite() && *r > 0.0)
            && self.thresholds.iter().all(|t| (0.0..=1.0).contains(t))
            && self.lengths.is_sorted()
            && self.lengths.iter().all(|n| LENGTHS.contains(n))
            && self.budget.as_ref().is_none_or(|budget| {
                budget.per_hour > 0.0 && budget.hours > 0.0 && budget.per_hour.is_finite()
            })
    }

    /// The same for so many prototypes and labels in all; of the new ones nothing is known but that all words together have these
    /// `durations`.
    pub(crate) fn with_more(
        &self,
        n_prototypes: usize,
        n_labels: usize,
        durations: &[usize],
    ) -> Self {
        let mut more = self.clone();
        if !more.radii.is_empty() {
            more.radii.resize(n_prototypes, f32::MAX);
        }
        if !more.thresholds.is_empty() {
            more.thresholds.resize(n_labels, BORDER);
        }
        if let (Some(shortest), Some(longest)) = (self.lengths.first(), self.lengths.last()) {
            let beyond = durations.iter().filter(|&n| n < shortest || n > longest);
            more.lengths.extend(beyond);
            more.lengths.sort_unstable();
        }
        more.budget = None;
        more
    }

    /// The same without what belongs to one label and its prototypes.
    pub(crate) fn without(&self, class: usize, prototype_labels: &[u32]) -> Self {
        let kept = |(i, _): &(usize, &f32)| prototype_labels[*i] as usize != class;
        let radii = self.radii.iter().enumerate().filter(kept);
        let thresholds = self.thresholds.iter().enumerate();
        Self {
            radii: radii.map(|(_, &r)| r).collect(),
            thresholds: thresholds
                .filter(|&(i, _)| i != class)
                .map(|(_, &t)| t)
                .collect(),
            lengths: self.lengths.clone(),
            budget: None,
        }
    }
}
