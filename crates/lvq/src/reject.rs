use crate::{Decision, Error, Float};

/// Most answers that [`Thresholds::fit_per_prototype`] weighs rejecting; bounds its memory.
const MOST_REJECTED: usize = 20_000;

/// One answer of a codebook to a vector of known label: what thresholds are fitted to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Index of the winner.
    pub winner: usize,
    /// [`Decision::margin`], in \[0, 1\].
    pub certainty: f64,
    /// Whether the answer was right.
    pub is_right: bool,
}

/// What thresholds are to reach on the answers they are fitted to.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Goal {
    /// At least this share of the accepted answers right, in (0, 1\], by rejecting as few as it takes.
    Accuracy(f64),
    /// At most this share of the answers rejected, in \[0, 1), so that as many as can be of the rest are right.
    Rejected(f64),
}

/// From which certainty on an answer is accepted.
///
/// One threshold for all (Chow's rule on the relative similarity), or one for each winner: a prototype in a crowded place
/// then asks for more than one that stands alone (Fischer, Hammer & Wersing, *Efficient rejection strategies for
/// prototype-based classification*, Neurocomputing 2015; *Optimal local rejection for classifiers*, 2016).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Thresholds {
    /// The same for every prototype, in \[0, 1\].
    Global(f64),
    /// One for each prototype of the codebook, in \[0, 1\].
    PerPrototype(Vec<f64>),
}

impl Thresholds {
    /// The one threshold that reaches the goal; where none does, the one that comes nearest.
    ///
    /// # Errors
    /// [`Error::Zero`] without answers, [`Error::Value`] for a certainty and [`Error::Config`] for a goal out of range.
    pub fn fit_global(answers: &[Judged], goal: Goal) -> Result<Self, Error> {
        check(answers, goal)?;
        let cuts = cuts(answers.iter());
        let points = cuts.iter().map(|cut| (cut.n_right, cut.n_wrong));
        let best = choose(points, answers, goal);
        Ok(Self::Global(cuts[best].threshold))
    }

    /// The thresholds, one a prototype, that reach the goal together; where none do, those that come nearest. They are
    /// optimal on these answers: of all ways to reject so many, the one that rejects the most wrong ones (dynamic
    /// programming, as in the paper of 2016). A prototype without a wrong answer rejects nothing.
    ///
    /// # Errors
    /// As [`fit_global`](Self::fit_global); [`Error::Config`] for a winner not below `n_prototypes`.
    pub fn fit_per_prototype(
        n_prototypes: usize,
        answers: &[Judged],
        goal: Goal,
    ) -> Result<Self, Error> {
        check(answers, goal)?;
        let mut cells = vec![Vec::new(); n_prototypes];
        for answer in answers {
            let Some(cell) = cells.get_mut(answer.winner) else {
                return Err(Error::Config {
                    field: "winner",
                    got: answer.winner as f64,
                    allowed: "below the number of prototypes",
                });
            };
            cell.push(answer);
        }
        let cells: Vec<Vec<Cut>> = cells
            .into_iter()
            .map(|cell| cuts(cell.into_iter()))
            .collect();
        let most = answers.len().min(MOST_REJECTED);
        // best[n]: most wrong ones among at most n rejected answers, by the cells so far.
        let mut best = vec![0usize; most + 1];
        let mut choices = Vec::with_capacity(n_prototypes);
        for cuts in &cells {
            let mut chosen = vec![0u16; if cuts.len() > 1 { most + 1 } else { 0 }];
            let mut next = best.clone();
            let cuts = cuts.iter().enumerate().take(usize::from(u16::MAX));
            for (i, cut) in cuts.skip(1) {
                for n in cut.n_rejected()..=most {
                    let n_wrong = best[n - cut.n_rejected()] + cut.n_wrong;
                    if n_wrong > next[n] {
                        (next[n], chosen[n]) = (n_wrong, i as u16);
                    }
                }
            }
            best = next;
            choices.push(chosen);
        }
        let points = best.iter().enumerate();
        // Where fewer do as well, they come first and are chosen.
        let n_right = answers.iter().filter(|answer| answer.is_right).count();
        let points = points.map(|(n, &n_wrong)| ((n - n_wrong).min(n_right), n_wrong));
        let mut left = choose(points, answers, goal);
        let mut thresholds = vec![0.0; n_prototypes];
        for (j, chosen) in choices.iter().enumerate().rev() {
            let cut = &cells[j][chosen.get(left).map_or(0, |&i| usize::from(i))];
            thresholds[j] = cut.threshold;
            left -= cut.n_rejected();
        }
        Ok(Self::PerPrototype(thresholds))
    }

    /// Whether the decision is certain enough.
    ///
    /// # Panics
    /// If the winner has no threshold: the decision is another codebook's.
    pub fn accepts<T: Float>(&self, decision: &Decision<T>) -> bool {
        self.accepts_certainty(decision.winner, decision.margin().to_f64())
    }

    /// [`accepts`](Self::accepts), by winner and certainty.
    ///
    /// # Panics
    /// If the winner has no threshold.
    pub fn accepts_certainty(&self, winner: usize, certainty: f64) -> bool {
        certainty >= self.of(winner)
    }

    /// The threshold of a prototype.
    ///
    /// # Panics
    /// If it has none.
    pub fn of(&self, prototype: usize) -> f64 {
        match self {
            Self::Global(threshold) => *threshold,
            Self::PerPrototype(thresholds) => thresholds[prototype],
        }
    }

    /// Whether they fit a codebook of so many prototypes and lie in \[0, 1\].
    pub fn is_for(&self, n_prototypes: usize) -> bool {
        let ok = |threshold: &f64| (0.0..=1.0).contains(threshold);
        match self {
            Self::Global(threshold) => ok(threshold),
            Self::PerPrototype(all) => all.len() == n_prototypes && all.iter().all(ok),
        }
    }
}

/// A threshold and what it rejects.
struct Cut {
    threshold: f64,
    n_right: usize,
    n_wrong: usize,
}

impl Cut {
    fn n_rejected(&self) -> usize {
        self.n_right + self.n_wrong
    }
}

/// Every threshold worth a thought, from none on: just above a wrong answer, in the middle to the next answer.
fn cuts<'a>(answers: impl Iterator<Item = &'a Judged>) -> Vec<Cut> {
    let mut answers: Vec<&Judged> = answers.collect();
    answers.sort_by(|a, b| a.certainty.total_cmp(&b.certainty));
    let mut cuts = vec![Cut {
        threshold: 0.0,
        n_right: 0,
        n_wrong: 0,
    }];
    let (mut n_right, mut n_wrong) = (0, 0);
    let mut has_new = false;
    for (i, answer) in answers.iter().enumerate() {
        if answer.is_right {
            n_right += 1;
        } else {
            n_wrong += 1;
            has_new = true;
        }
        let next = answers.get(i + 1);
        let above = next.map_or(1.0, |next| next.certainty);
        // Equal certainties cannot be parted.
        let is_end = above > answer.certainty;
        if has_new && is_end {
            let middle = f64::midpoint(answer.certainty, above);
            cuts.push(Cut {
                // Between neighbouring numbers there is no middle.
                threshold: if middle > answer.certainty {
                    middle
                } else {
                    above
                },
                n_right,
                n_wrong,
            });
            has_new = false;
        }
    }
    cuts
}

/// Of points (right, wrong answers rejected), the one that reaches the goal at least cost, else comes nearest.
fn choose(points: impl Iterator<Item = (usize, usize)>, answers: &[Judged], goal: Goal) -> usize {
    let n = answers.len();
    let n_right = answers.iter().filter(|answer| answer.is_right).count();
    let mut best: Option<(usize, bool, f64, usize)> = None;
    for (i, (right, wrong)) in points.enumerate() {
        let rejected = right + wrong;
        let accuracy = match n - rejected {
            0 => 0.0,
            left => (n_right - right) as f64 / left as f64,
        };
        let reaches = match goal {
            Goal::Accuracy(least) => accuracy >= least,
            Goal::Rejected(most) => rejected as f64 <= most * n as f64,
        };
        let is_better = best.is_none_or(|(_, reached, at, by)| match (reaches, reached, goal) {
            (true, false, _) => true,
            (false, true, _) => false,
            (true, true, Goal::Accuracy(_)) => rejected < by,
            _ => accuracy > at,
        });
        if is_better {
            best = Some((i, reaches, accuracy, rejected));
        }
    }
    best.map_or(0, |(i, ..)| i)
}

fn check(answers: &[Judged], goal: Goal) -> Result<(), Error> {
    if answers.is_empty() {
        return Err(Error::Zero { what: "answers" });
    }
    for (row, answer) in answers.iter().enumerate() {
        if !(0.0..=1.0).contains(&answer.certainty) {
            return Err(Error::Value {
                what: "certainties",
                row,
                column: 0,
                got: answer.certainty,
                allowed: "0 to 1",
            });
        }
    }
    let (field, got, ok, allowed) = match goal {
        Goal::Accuracy(share) => (
            "accuracy",
            share,
            share > 0.0 && share <= 1.0,
            "above 0 and at most 1",
        ),
        Goal::Rejected(share) => (
            "rejected",
            share,
            (0.0..1.0).contains(&share),
            "at least 0 and below 1",
        ),
    };
    crate::error::require(ok, field, got, allowed)
}
