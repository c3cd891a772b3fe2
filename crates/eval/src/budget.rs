//! Thresholds by the false alarms that may be.

use crate::poisson;

/// Thresholds that keep false alarms within a budget, and what is known of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Budgeted {
    /// One a keyword: the least score that would not have been reached more often than allowed.
    pub thresholds: Vec<f32>,
    /// False alarms at these thresholds, of all keywords.
    pub n_events: usize,
    /// Upper end of the 95 % interval of the false alarms an hour, of all keywords.
    pub at_most: f64,
}

/// Why no thresholds keep within a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OverBudget {
    /// Even without one false alarm so few hours would not show it.
    Hours {
        /// Hours that would do.
        needed: f64,
        /// False alarms an hour that so few show at least.
        shown: f64,
    },
    /// A keyword is too like the background.
    Alike {
        /// Index of the keyword.
        keyword: usize,
        /// The threshold it would take.
        needed: f32,
    },
}

/// Thresholds at which the 95 % interval of the rate of false alarms, of all keywords together, stays within `per_hour`.
/// `scores` has for each keyword what it reached in `hours` of background that hold no keyword, one score an event, 0 to 1; a
/// threshold must not be above `most`, at which words themselves would be missed.
///
/// A threshold set just above the score of rank r + 1 lets r events pass, but was chosen by these very scores: the rate beyond
/// it follows a gamma distribution of shape r + 1, as the interval of r events in one Poisson process has it. With K thresholds
/// the shapes add up: the upper end is that of Σr + K − 1 events. So many as that allows are shared out evenly.
///
/// # Errors
/// [`OverBudget`].
///
/// # Panics
/// Without a keyword, or unless `hours` and `per_hour` are above 0 and finite.
pub fn thresholds_within(
    scores: &[Vec<f32>],
    hours: f64,
    per_hour: f64,
    most: f32,
) -> Result<Budgeted, OverBudget> {
    assert!(!scores.is_empty(), "no keyword");
    assert!(per_hour > 0.0 && per_hour.is_finite(), "no budget");
    let n_keywords = scores.len();
    let at_most = |n_events: usize| {
        let [_, high] = poisson(n_events + n_keywords - 1, hours).expect("hours above 0");
        high
    };
    if at_most(0) > per_hour {
        let shown = at_most(0);
        let needed = shown * hours / per_hour;
        return Err(OverBudget::Hours { needed, shown });
    }
    let mut allowed = 0;
    while allowed < scores.iter().map(Vec::len).sum() && at_most(allowed + 1) <= per_hour {
        allowed += 1;
    }
    let mut thresholds = Vec::with_capacity(n_keywords);
    let mut n_events = 0;
    for (keyword, scores) in scores.iter().enumerate() {
        let mut sorted = scores.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let passed = allowed / n_keywords + usize::from(keyword < allowed % n_keywords);
        let threshold = sorted.get(passed).map_or(0.0, |score| score.next_up());
        if threshold > most {
            return Err(OverBudget::Alike {
                keyword,
                needed: threshold,
            });
        }
        n_events += sorted.iter().filter(|&&score| score >= threshold).count();
        thresholds.push(threshold);
    }
    Ok(Budgeted {
        thresholds,
        at_most: at_most(n_events),
        n_events,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_hours_show_nothing() {
        let silent = [vec![]];
        let OverBudget::Hours { needed, shown } =
            thresholds_within(&silent, 5.0, 0.5, 0.95).unwrap_err()
        else {
            panic!("five hours cannot show half an alarm an hour");
        };
        // 3.689 events in each of them.
        assert!((needed - 7.378).abs() < 1e-3, "{needed}");
        assert!((shown - 0.738).abs() < 1e-3, "{shown}");
        assert!(thresholds_within(&silent, 7.4, 0.5, 0.95).is_ok());
        // Two thresholds were chosen by the same hours.
        assert!(thresholds_within(&[vec![], vec![]], 7.4, 0.5, 0.95).is_err());
    }

    #[test]
    fn so_many_pass_as_the_interval_allows() {
        let scores: Vec<f32> = (1..=90).map(|i| i as f32 / 100.0).collect();
        let found = thresholds_within(&[scores], 10.0, 1.0, 0.95).unwrap();
        // Of 4 events the upper end is 10.24, of 3 it is 8.77.
        assert_eq!(found.n_events, 3);
        assert!(found.thresholds[0] > 0.87 && found.thresholds[0] < 0.88);
        assert!((found.at_most - 0.877).abs() < 1e-3);
    }

    #[test]
    fn a_budget_is_shared_and_equal_scores_pass_together_or_not_at_all() {
        let scores = [vec![0.3, 0.5, 0.2], vec![0.7, 0.7, 0.7, 0.1]];
        let found = thresholds_within(&scores, 10.0, 1.0, 0.95).unwrap();
        // Two may pass: one of each keyword, but the three equal ones cannot be told apart.
        assert_eq!(found.n_events, 1);
        assert_eq!(found.thresholds, [0.3f32.next_up(), 0.7f32.next_up()]);
    }

    #[test]
    fn a_word_like_the_background_is_named() {
        let scores = [vec![0.2], vec![0.99; 9]];
        let error = thresholds_within(&scores, 20.0, 0.5, 0.95).unwrap_err();
        assert!(matches!(error, OverBudget::Alike { keyword: 1, .. }));
    }
}
