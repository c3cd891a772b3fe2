//! Thresholds against every choice there is.
#![allow(clippy::unwrap_used)]

use mynah_lvq::{Codebook, Error, Goal, Judged, Thresholds};
use proptest::prelude::*;

/// Right and wrong answers that are rejected.
fn rejected(thresholds: &Thresholds, answers: &[Judged]) -> (usize, usize) {
    let mut counts = (0, 0);
    for answer in answers {
        if !thresholds.accepts_certainty(answer.winner, answer.certainty) {
            match answer.is_right {
                true => counts.0 += 1,
                false => counts.1 += 1,
            }
        }
    }
    counts
}

fn accuracy(answers: &[Judged], (right, wrong): (usize, usize)) -> f64 {
    let n_right = answers.iter().filter(|a| a.is_right).count() - right;
    match answers.len() - right - wrong {
        0 => 0.0,
        left => n_right as f64 / left as f64,
    }
}

fn answers() -> impl Strategy<Value = Vec<Judged>> {
    let one =
        (0..3usize, 0..12u8, any::<bool>()).prop_map(|(winner, certainty, is_right)| Judged {
            winner,
            certainty: f64::from(certainty) / 12.0,
            is_right,
        });
    prop::collection::vec(one, 1..14)
}

/// Every combination of thresholds that differ in what they reject.
fn all_per_prototype() -> Vec<Thresholds> {
    let steps: Vec<f64> = (0..=12)
        .map(|i| f64::from(i) / 12.0 - 1.0 / 24.0)
        .map(|t| t.max(0.0))
        .collect();
    let mut all = Vec::new();
    for &a in &steps {
        for &b in &steps {
            for &c in &steps {
                all.push(Thresholds::PerPrototype(vec![a, b, c]));
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn thresholds_a_prototype_are_the_best_there_are(answers in answers(), share in 0.0..1.0f64) {
        let all: Vec<_> = all_per_prototype().iter().map(|t| rejected(t, &answers)).collect();
        for goal in [Goal::Accuracy(share.max(0.01)), Goal::Rejected(share)] {
            let fit = Thresholds::fit_per_prototype(3, &answers, goal).unwrap();
            prop_assert!(fit.is_for(3));
            let got = rejected(&fit, &answers);
            let reaches = |&(right, wrong): &(usize, usize)| match goal {
                Goal::Accuracy(least) => accuracy(&answers, (right, wrong)) >= least,
                Goal::Rejected(most) => (right + wrong) as f64 <= most * answers.len() as f64,
                _ => unreachable!(),
            };
            let reaching: Vec<_> = all.iter().copied().filter(reaches).collect();
            if reaching.is_empty() {
                continue;
            }
            prop_assert!(reaches(&got), "{fit:?} {got:?}");
            match goal {
                Goal::Accuracy(_) => {
                    let fewest = reaching.iter().map(|(r, w)| r + w).min().unwrap();
                    prop_assert_eq!(got.0 + got.1, fewest, "{:?}", fit);
                }
                _ => {
                    let best = reaching.iter().map(|&c| accuracy(&answers, c)).fold(0.0, f64::max);
                    prop_assert!(accuracy(&answers, got) >= best - 1e-12, "{:?} {} {}", fit, accuracy(&answers, got), best);
                }
            }
        }
    }

    #[test]
    fn one_threshold_is_never_better_than_one_a_prototype(answers in answers(), share in 0.0..1.0f64) {
        let goal = Goal::Rejected(share);
        let global = Thresholds::fit_global(&answers, goal).unwrap();
        let local = Thresholds::fit_per_prototype(3, &answers, goal).unwrap();
        let of = |t: &Thresholds| accuracy(&answers, rejected(t, &answers));
        prop_assert!(of(&local) >= of(&global) - 1e-12);
    }
}

#[test]
fn a_prototype_without_faults_rejects_nothing() {
    let judged = |winner, certainty, is_right| Judged {
        winner,
        certainty,
        is_right,
    };
    let answers = [
        judged(0, 0.1, false),
        judged(0, 0.5, true),
        judged(1, 0.05, true),
        judged(1, 0.6, true),
    ];
    let goal = Goal::Accuracy(1.0);
    let local = Thresholds::fit_per_prototype(2, &answers, goal).unwrap();
    assert_eq!(local, Thresholds::PerPrototype(vec![0.3, 0.0]));
    assert_eq!(rejected(&local, &answers), (0, 1));
    let global = Thresholds::fit_global(&answers, goal).unwrap();
    assert_eq!(rejected(&global, &answers), (1, 1));
}

#[test]
fn decisions_are_accepted_by_their_winner() {
    let codebook = Codebook::new(1, 2, vec![0.0f32, 2.0], vec![0, 1]).unwrap();
    let decision = codebook.decide(&[0.5]);
    assert_eq!(decision.margin(), 0.8);
    assert!(Thresholds::Global(0.7).accepts(&decision));
    assert!(!Thresholds::PerPrototype(vec![0.9, 0.0]).accepts(&decision));
    assert!(!Thresholds::PerPrototype(vec![0.9, 0.0]).is_for(3));
    assert!(!Thresholds::Global(f64::NAN).is_for(3));
}

#[test]
fn refusals() {
    let one = [Judged {
        winner: 0,
        certainty: 0.5,
        is_right: true,
    }];
    assert!(matches!(
        Thresholds::fit_global(&[], Goal::Accuracy(0.9)),
        Err(Error::Zero { .. })
    ));
    assert!(matches!(
        Thresholds::fit_global(&one, Goal::Accuracy(0.0)),
        Err(Error::Config { .. })
    ));
    assert!(matches!(
        Thresholds::fit_global(&one, Goal::Rejected(1.0)),
        Err(Error::Config { .. })
    ));
    assert!(matches!(
        Thresholds::fit_per_prototype(0, &one, Goal::Rejected(0.1)),
        Err(Error::Config { .. })
    ));
}

#[test]
fn neighbouring_certainties_are_parted_and_no_number_is_refused() {
    let low = 0.5f64.next_up();
    let judged = |certainty, is_right| Judged {
        winner: 0,
        certainty,
        is_right,
    };
    for low in [0.5, low] {
        let answers = [judged(low, false), judged(low.next_up(), true)];
        let goal = Goal::Accuracy(1.0);
        for thresholds in [
            Thresholds::fit_global(&answers, goal),
            Thresholds::fit_per_prototype(1, &answers, goal),
        ] {
            assert_eq!(rejected(&thresholds.unwrap(), &answers), (0, 1));
        }
    }
    for bad in [f64::NAN, -0.1, 1.1] {
        let answers = [judged(0.5, true), judged(bad, true)];
        let error = Thresholds::fit_global(&answers, Goal::Rejected(0.0)).unwrap_err();
        assert!(matches!(error, Error::Value { row: 1, .. }), "{error}");
    }
}
