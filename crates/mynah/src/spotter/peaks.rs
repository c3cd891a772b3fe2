//! From scores to events: a word is one peak of its keyword's score, and is followed by a rest.

use std::collections::VecDeque;

use super::judge::Rated;
use crate::{Model, is_background};

/// A peak, before it is compared with thresholds.
pub(super) struct Alarm {
    pub class: u32,
    /// The smoothed score at the peak.
    pub score: f32,
    pub rated: Rated,
    /// Samples heard when the peak was known to be one.
    pub time: u64,
}

/// What one hop says of one keyword.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scored {
    /// Smoothed.
    pub score: f32,
    pub rated: Rated,
}

/// Finds peaks: scores that no score of the same keyword reaches in the `back` hops before, nor exceeds in the `wait` hops
/// after, nor one of another keyword in `wait` hops before and after.
pub(super) struct Peaks {
    keywords: Vec<u32>,
    n_labels: usize,
    back: usize,
    wait: usize,
    floor: f32,
    /// Samples of rest after an event.
    refractory: u64,
    /// `n_labels` for each of the last hops.
    hops: VecDeque<Scored>,
    /// End of the last event of each label.
    fired: Vec<Option<u64>>,
}

impl Peaks {
    pub(super) fn new(
        model: &Model,
        back: usize,
        wait: usize,
        floor: f32,
        refractory: u64,
    ) -> Self {
        let labels = model.labels();
        let n_labels = labels.len();
        let is_keyword = |&label: &u32| !is_background(&labels[label as usize]);
        let mut peaks = Self {
            keywords: (0..n_labels as u32).filter(is_keyword).collect(),
            n_labels,
            back,
            wait,
            floor,
            refractory,
            hops: VecDeque::with_capacity((back + wait + 2) * n_labels),
            fired: vec![None; n_labels],
        };
        peaks.reset();
        peaks
    }

    pub(super) fn reset(&mut self) {
        self.hops.clear();
        let n = (self.back + self.wait + 1) * self.n_labels;
        self.hops.resize(n, Scored::default());
        self.fired.fill(None);
    }

    /// Takes the next hop, one `Scored` a label; `time` samples have been heard. What turns out to be a peak is appended.
    pub(super) fn push(
        &mut self,
        hop: impl Iterator<Item = Scored>,
        time: u64,
        alarms: &mut Vec<Alarm>,
    ) {
        self.hops.drain(..self.n_labels);
        self.hops.extend(hop);
        for &class in &self.keywords {
            let here = self.at(self.back, class);
            if here.score >= self.floor && here.score > 0.0 && self.is_peak(class, here.score) {
                alarms.push(Alarm {
                    class,
                    score: here.score,
                    rated: here.rated,
                    time,
                });
            }
        }
    }

    /// The stream is over: nothing follows that could exceed what is still waiting.
    pub(super) fn finish(&mut self, time: u64, alarms: &mut Vec<Alarm>) {
        for _ in 0..self.wait {
            let nothing = std::iter::repeat_n(Scored::default(), self.n_labels);
            self.push(nothing, time, alarms);
        }
    }

    /// Whether an alarm comes after the rest; if so, the next one begins.
    pub(super) fn fire(&mut self, alarm: &Alarm) -> bool {
        let fired = &mut self.fired[alarm.class as usize];
        let is_rested = fired.is_none_or(|end| alarm.rated.end >= end + self.refractory);
        if is_rested {
            *fired = Some(alarm.rated.end);
        }
        is_rested
    }

    fn at(&self, hop: usize, class: u32) -> Scored {
        self.hops[hop * self.n_labels + class as usize]
    }

    fn is_peak(&self, class: u32, score: f32) -> bool {
        let last = self.back + self.wait;
        let before = (0..self.back).all(|hop| self.at(hop, class).score < score);
        let after = (self.back + 1..=last).all(|hop| self.at(hop, class).score <= score);
        let near = self.back.saturating_sub(self.wait)..=last;
        let is_above = |other: u32| {
            let highest = near
                .clone()
                .map(|hop| self.at(hop, other).score)
                .fold(0.0, f32::max);
            highest < score || (highest == score && class <= other)
        };
        before
            && after
            && self
                .keywords
                .iter()
                .all(|&other| other == class || is_above(other))
    }
}
