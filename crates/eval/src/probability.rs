//! Whether answers are right as often as their probabilities say.

use serde::Serialize;

/// Equal parts of 0..=1.
const N_BINS: usize = 10;
/// Nearest to certainty a probability counts; else one sure answer that is wrong would cost infinity.
const SUREST: f64 = 1e-6;

/// Answers of like probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProbabilityBin {
    /// Answers in it, at least 1.
    pub n: usize,
    /// Mean of their probabilities.
    pub probability: f64,
    /// Share of them that were right.
    pub accuracy: f64,
}

/// How far probabilities can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProbabilityReport {
    /// Answers.
    pub n: usize,
    /// Mean of −ln p of what came true, natural logarithm; p is kept 1e-6 from 0 and 1.
    pub log_loss: f64,
    /// Expected calibration error: mean of |accuracy − probability| over ten equal bins, weighted by answers (Naeini,
    /// Cooper & Hauskrecht 2015).
    pub ece: f64,
    /// Bins that hold an answer, rising.
    pub bins: Vec<ProbabilityBin>,
}

impl ProbabilityReport {
    /// From pairs of the probability given to an answer and whether it was right; `None` without any, or with one outside
    /// 0..=1.
    pub fn new(answers: &[(f64, bool)]) -> Option<Self> {
        let is_good = |&(p, _): &(f64, bool)| (0.0..=1.0).contains(&p);
        if answers.is_empty() || !answers.iter().all(is_good) {
            return None;
        }
        let n = answers.len();
        let mut bins = [(0usize, 0.0, 0usize); N_BINS];
        let mut log_loss = 0.0;
        for &(p, is_right) in answers {
            let kept = p.clamp(SUREST, 1.0 - SUREST);
            log_loss -= if is_right { kept.ln() } else { (-kept).ln_1p() };
            let bin = &mut bins[((p * N_BINS as f64) as usize).min(N_BINS - 1)];
            *bin = (bin.0 + 1, bin.1 + p, bin.2 + usize::from(is_right));
        }
        let bins: Vec<ProbabilityBin> = bins
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, sum, n_right)| ProbabilityBin {
                n,
                probability: sum / n as f64,
                accuracy: n_right as f64 / n as f64,
            })
            .collect();
        let gap = |bin: &ProbabilityBin| bin.n as f64 * (bin.accuracy - bin.probability).abs();
        Some(Self {
            n,
            log_loss: log_loss / n as f64,
            ece: bins.iter().map(gap).sum::<f64>() / n as f64,
            bins,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_worked_values() {
        let report =
            ProbabilityReport::new(&[(0.8, true), (0.8, true), (0.8, false), (0.25, false)])
                .unwrap();
        let log_loss = -(2.0 * 0.8f64.ln() + 0.2f64.ln() + 0.75f64.ln()) / 4.0;
        assert!((report.log_loss - log_loss).abs() < 1e-12);
        assert!((report.ece - (3.0 * (0.8 - 2.0 / 3.0) + 0.25) / 4.0).abs() < 1e-12);
        assert_eq!(report.bins.len(), 2);
    }

    #[test]
    fn the_ends_of_the_scale() {
        let sure = ProbabilityReport::new(&[(1.0, true), (0.0, false)]).unwrap();
        assert!(sure.log_loss < 1e-5 && sure.ece == 0.0);
        let wrong = ProbabilityReport::new(&[(1.0, false)]).unwrap();
        assert!(wrong.log_loss.is_finite() && wrong.ece == 1.0);
        assert_eq!(ProbabilityReport::new(&[]), None);
        assert_eq!(ProbabilityReport::new(&[(1.1, true)]), None);
        assert_eq!(ProbabilityReport::new(&[(f64::NAN, true)]), None);
    }
}
