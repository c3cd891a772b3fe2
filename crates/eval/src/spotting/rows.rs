//! How single keywords, speakers and levels fared.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Outcome, SpokenWord, Spotting, Verdict};
use crate::{poisson, wilson};

/// How some words fared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WordsScore {
    /// Words.
    pub n: usize,
    /// Of them, without a hit.
    pub n_missed: usize,
    /// `n_missed` / `n`; `None` without words.
    pub miss: Option<f64>,
    /// Wilson interval of `miss`, over words.
    pub miss_interval: Option<[f64; 2]>,
}

/// How one keyword fared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KeywordScore {
    /// Its words.
    #[serde(flatten)]
    pub words: WordsScore,
    /// Its events in no window.
    pub n_false_alarms: usize,
    /// By the hours outside all windows.
    pub false_alarms_per_hour: Option<f64>,
    /// Exact Poisson interval of that.
    pub false_alarm_interval: Option<[f64; 2]>,
    /// Its events in windows of other keywords' words.
    pub n_substitutions: usize,
}

impl WordsScore {
    pub(super) fn new(n: usize, n_missed: usize) -> Self {
        Self {
            n,
            n_missed,
            miss: (n > 0).then(|| n_missed as f64 / n as f64),
            miss_interval: wilson(n_missed, n),
        }
    }
}

/// A row for each value of `key`, sorted; words without one are in none.
pub(super) fn by<K: Ord>(
    spotting: &Spotting<'_>,
    outcome: &Outcome<'_>,
    key: impl Fn(&SpokenWord<'_>) -> Option<K>,
) -> Vec<(K, WordsScore)> {
    let mut counts: BTreeMap<K, (usize, usize)> = BTreeMap::new();
    for (word, hit) in spotting.words().iter().zip(&outcome.hits) {
        if let Some(key) = key(word) {
            let (n, n_missed) = counts.entry(key).or_default();
            *n += 1;
            *n_missed += usize::from(hit.is_none());
        }
    }
    counts
        .into_iter()
        .map(|(key, (n, n_missed))| (key, WordsScore::new(n, n_missed)))
        .collect()
}

/// A row for each keyword that was said or heard, sorted.
pub(super) fn by_keyword(
    spotting: &Spotting<'_>,
    outcome: &Outcome<'_>,
) -> Vec<(String, KeywordScore)> {
    let said = by(spotting, outcome, |word| Some(word.keyword.to_string()));
    let mut words: BTreeMap<String, WordsScore> = said.into_iter().collect();
    for event in &outcome.events {
        let unsaid = || WordsScore::new(0, 0);
        words
            .entry(event.keyword.to_string())
            .or_insert_with(unsaid);
    }
    let hours = spotting.false_alarm_hours();
    let row = |(keyword, words): (String, WordsScore)| {
        let count = |is_meant: fn(Verdict) -> bool| {
            let own = outcome
                .events
                .iter()
                .filter(|event| event.keyword == keyword);
            own.filter(|event| is_meant(event.verdict)).count()
        };
        let n_false_alarms = count(|verdict| verdict == Verdict::FalseAlarm);
        let score = KeywordScore {
            words,
            n_false_alarms,
            false_alarms_per_hour: (hours > 0.0).then(|| n_false_alarms as f64 / hours),
            false_alarm_interval: poisson(n_false_alarms, hours),
            n_substitutions: count(|verdict| matches!(verdict, Verdict::Substitution(_))),
        };
        (keyword, score)
    };
    words.into_iter().map(row).collect()
}
