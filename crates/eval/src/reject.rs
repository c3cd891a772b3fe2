//! Accuracy against the share of answers that are withheld.

use serde::Serialize;

/// Shares of answers withheld that [`RejectCurve::rows`] tells of.
const SHARES: [f64; 9] = [0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5];

/// What is left when every answer below a certainty is withheld.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RejectPoint {
    /// Answers of at least this certainty are given.
    pub threshold: f64,
    /// Answers given, at least 1.
    pub n_accepted: usize,
    /// Of them, right ones.
    pub n_correct: usize,
    /// `n_correct` / `n_accepted`.
    pub accuracy: f64,
    /// Share of all answers withheld.
    pub rejected: f64,
}

/// The accuracy-reject curve (Nadeem, Zucker & Hanczar 2010): a good certainty withholds the wrong answers first.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RejectCurve {
    /// One for each certainty there is, rising: the first withholds nothing.
    pub points: Vec<RejectPoint>,
    /// Area under accuracy against share accepted, in 0..=1, by trapezoids; 1 − area is the risk over coverage.
    pub area: f64,
}

impl RejectCurve {
    /// From pairs of certainty and whether the answer was right; `None` without answers or with a certainty that is NaN.
    /// Equal certainties are withheld together.
    ///
    /// ```
    /// let answers = [(0.9, true), (0.8, true), (0.3, false), (0.1, true)];
    /// let curve = mynah_eval::RejectCurve::new(&answers).expect("there are answers");
    /// assert_eq!(curve.points[0].accuracy, 0.75);
    /// assert_eq!((curve.points[2].rejected, curve.points[2].accuracy), (0.5, 1.0));
    /// ```
    pub fn new(answers: &[(f64, bool)]) -> Option<Self> {
        if answers.is_empty() || answers.iter().any(|(certainty, _)| certainty.is_nan()) {
            return None;
        }
        let n = answers.len();
        let mut sorted = answers.to_vec();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut points: Vec<RejectPoint> = Vec::new();
        let mut n_correct = 0;
        for (i, &(certainty, is_correct)) in sorted.iter().enumerate() {
            n_correct += usize::from(is_correct);
            if sorted.get(i + 1).is_some_and(|next| next.0 == certainty) {
                continue;
            }
            let n_accepted = i + 1;
            points.push(RejectPoint {
                threshold: certainty,
                n_accepted,
                n_correct,
                accuracy: n_correct as f64 / n_accepted as f64,
                rejected: (n - n_accepted) as f64 / n as f64,
            });
        }
        // From nothing accepted, where the accuracy is taken to be that of the first point.
        let mut area = 0.0;
        let mut before = (0.0, points[0].accuracy);
        for point in &points {
            let accepted = 1.0 - point.rejected;
            area += (accepted - before.0) * 0.5 * (before.1 + point.accuracy);
            before = (accepted, point.accuracy);
        }
        points.reverse();
        Some(Self { points, area })
    }

    /// A few points: for each of 0, 1, 2, 5, 10, 15, 20, 30 and 50 %, the one that withholds the most without going
    /// beyond; each once.
    pub fn rows(&self) -> Vec<RejectPoint> {
        let mut rows: Vec<RejectPoint> = Vec::new();
        for share in SHARES {
            let within = self
                .points
                .iter()
                .take_while(|p| p.rejected <= share + 1e-12);
            if let Some(&point) = within.last()
                && rows.last() != Some(&point)
            {
                rows.push(point);
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_hand_worked_curve() {
        let answers = [(0.9, true), (0.5, false), (0.5, true), (0.2, false)];
        let curve = RejectCurve::new(&answers).unwrap();
        let points: Vec<_> = curve
            .points
            .iter()
            .map(|p| (p.threshold, p.n_accepted, p.n_correct))
            .collect();
        assert_eq!(points, [(0.2, 4, 2), (0.5, 3, 2), (0.9, 1, 1)]);
        // 1 from 0 to 1/4, to 2/3 at 3/4, to 1/2 at 1.
        let area = 0.25 + 0.5 * (1.0 + 2.0 / 3.0) / 2.0 + 0.25 * (2.0 / 3.0 + 0.5) / 2.0;
        assert!((curve.area - area).abs() < 1e-12);
        assert_eq!(curve.rows().len(), 2);
        assert_eq!(RejectCurve::new(&[]), None);
        assert_eq!(RejectCurve::new(&[(f64::NAN, true)]), None);
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_threshold(answers in prop::collection::vec((0..20u8, any::<bool>()), 1..60)) {
            let answers: Vec<(f64, bool)> = answers.iter().map(|&(c, ok)| (f64::from(c) / 20.0, ok)).collect();
            let curve = RejectCurve::new(&answers).unwrap();
            prop_assert_eq!(curve.points[0].rejected, 0.0);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&curve.area));
            for point in &curve.points {
                let accepted = answers.iter().filter(|a| a.0 >= point.threshold);
                prop_assert_eq!(accepted.clone().count(), point.n_accepted);
                prop_assert_eq!(accepted.filter(|a| a.1).count(), point.n_correct);
            }
        }
    }
}
