//! Two systems on the same trials.

use serde::Serialize;

/// How often each of two systems is right where the other is not, and whether chance explains it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Paired {
    /// Trials.
    pub n: usize,
    /// The first is right, the second wrong.
    pub only_first: usize,
    /// The second is right, the first wrong.
    pub only_second: usize,
    /// Probability of a difference at least as great between equally good systems: McNemar's exact test, two-sided. 1 where they are
    /// right alike.
    pub p: f64,
}

impl Paired {
    /// From whether each system was right in each trial.
    ///
    /// ```
    /// let trials = [(true, true), (true, false), (true, false), (true, false), (false, true)];
    /// let paired = mynah_eval::Paired::new(&trials);
    /// assert_eq!((paired.only_first, paired.only_second), (3, 1));
    /// assert_eq!(paired.p, 0.625);
    /// ```
    pub fn new(trials: &[(bool, bool)]) -> Self {
        let count = |pair| trials.iter().filter(|&&trial| trial == pair).count();
        let (only_first, only_second) = (count((true, false)), count((false, true)));
        Self {
            n: trials.len(),
            only_first,
            only_second,
            p: two_sided(only_first + only_second, only_first.min(only_second)),
        }
    }
}

/// P(at most `k` of `n` fair coins, or at least n − k): McNemar, "Note on the sampling error of the difference between correlated
/// proportions", Psychometrika 12 (1947), with the binomial in place of its approximation.
fn two_sided(n: usize, k: usize) -> f64 {
    // In logarithms: 2^-n is 0 in floating point from 1,075 on.
    let mut log_term = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = log_term.exp();
    for i in 0..k {
        log_term += ((n - i) as f64 / (i + 1) as f64).ln();
        sum += log_term.exp();
    }
    (2.0 * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_probabilities() {
        // 2 · (1 + 10 + 45) / 1024, of tables of the binomial.
        assert!((two_sided(10, 2) - 112.0 / 1024.0).abs() < 1e-12);
        assert_eq!(two_sided(0, 0), 1.0);
        assert_eq!(two_sided(4, 2), 1.0);
        // scipy.stats.binomtest(940, 2000).pvalue
        assert!(
            (two_sided(2000, 940) - 0.007_777_1).abs() < 1e-6,
            "{}",
            two_sided(2000, 940)
        );
    }
}
