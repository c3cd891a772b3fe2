//! What was said against what was answered.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::Trial;

/// Counts of every (truth, answer) pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Confusion {
    /// Names of rows and columns: the model's labels in their order, then, sorted, labels that occur only in trials.
    pub labels: Vec<String>,
    /// `[n_labels × n_labels]`; `counts[truth][answer]`.
    pub counts: Vec<Vec<usize>>,
}

impl Confusion {
    /// Counts the trials. A label the model does not know still gets its row, and no answer in it can be right.
    pub fn new(labels: &[String], trials: &[Trial<'_>]) -> Self {
        let mut names: Vec<&str> = Vec::new();
        let mut index: HashMap<&str, usize> = HashMap::new();
        let in_trials: BTreeSet<&str> = trials.iter().flat_map(|t| [t.truth, t.answer]).collect();
        for name in labels.iter().map(String::as_str).chain(in_trials) {
            index.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            });
        }
        let mut counts = vec![vec![0; names.len()]; names.len()];
        for trial in trials {
            counts[index[trial.truth]][index[trial.answer]] += 1;
        }
        Self {
            labels: names.into_iter().map(String::from).collect(),
            counts,
        }
    }

    /// Trials in which label `i` was said.
    pub fn n_said(&self, i: usize) -> usize {
        self.counts[i].iter().sum()
    }

    /// Trials in which label `i` was answered.
    pub fn n_answered(&self, i: usize) -> usize {
        self.counts.iter().map(|row| row[i]).sum()
    }

    /// Trials in which label `i` was said and answered.
    pub fn n_correct(&self, i: usize) -> usize {
        self.counts[i][i]
    }
}
