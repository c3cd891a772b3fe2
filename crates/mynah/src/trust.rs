//! When to believe an answer: thresholds and probabilities, fitted to answers that training did not see.

use mynah_lvq::{Calibration, Goal, Judged, Thresholds};
use serde::{Deserialize, Serialize};

/// What was fitted to answers of known truth; part of a model.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// From which certainty on an answer is given; without, every one is.
    pub thresholds: Option<Thresholds>,
    /// From certainty to the probability that the answer is right.
    pub calibration: Calibration,
    /// The corpus it was fitted to, as it was named.
    pub corpus: String,
    /// Which part of it.
    pub split: String,
    /// Answers it was fitted to.
    pub n: usize,
    /// [`clip_digest`](crate::clip_digest) of their clips, sorted; empty where they were not noted.
    #[serde(skip)]
    pub clips: Vec<u64>,
}

/// Which thresholds are fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reject {
    /// One for the whole model.
    PerModel,
    /// One for each prototype.
    PerPrototype,
}

impl Trust {
    /// Fits to answers of a model of `n_prototypes`: probabilities, and thresholds if there is a goal for them.
    ///
    /// # Errors
    /// Without answers, or for a goal out of range.
    pub fn fit(
        answers: &[Judged],
        n_prototypes: usize,
        goal: Option<(Reject, Goal)>,
    ) -> Result<Self, mynah_lvq::Error> {
        let pairs: Vec<(f64, bool)> = answers
            .iter()
            .map(|answer| (answer.certainty, answer.is_right))
            .collect();
        let thresholds = goal.map(|(reject, goal)| match reject {
            Reject::PerModel => Thresholds::fit_global(answers, goal),
            Reject::PerPrototype => Thresholds::fit_per_prototype(n_prototypes, answers, goal),
        });
        Ok(Self {
            thresholds: thresholds.transpose()?,
            calibration: Calibration::fit(&pairs)?,
            corpus: String::new(),
            split: String::new(),
            n: answers.len(),
            clips: Vec::new(),
        })
    }

    pub(crate) fn is_for(&self, n_prototypes: usize) -> bool {
        let Calibration { slope, offset } = self.calibration;
        let thresholds = self.thresholds.as_ref();
        self.clips.is_sorted()
            && slope.is_finite()
            && offset.is_finite()
            && thresholds.is_none_or(|t| t.is_for(n_prototypes))
    }
}
