//! 95 % intervals for a proportion.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Standard normal quantile at 0.975.
const Z: f64 = 1.959_963_984_540_054;

/// 3,999 resamples put the 2.5 % and 97.5 % points exactly on the 100th and the 3,900th smallest value
/// (Davison & Hinkley, *Bootstrap Methods and their Application*, 1997, §5.3: order statistic (R + 1)·α).
const N_RESAMPLES: usize = 3999;
const LOW: usize = 100 - 1;
const HIGH: usize = 3900 - 1;

/// Wilson score interval, 95 %, for `n_correct` successes in `n` independent trials. `None` for `n` = 0.
///
/// Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927):
/// (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n) with p = `n_correct` / `n` and z = 1.96. Always contains p.
///
/// # Panics
/// If `n_correct` > `n`.
///
/// ```
/// let [low, high] = mynah_eval::wilson(8, 50).expect("n > 0");
/// assert!((low - 0.083).abs() < 5e-4 && (high - 0.285).abs() < 5e-4);
/// ```
pub fn wilson(n_correct: usize, n: usize) -> Option<[f64; 2]> {
    assert!(n_correct <= n, "{n_correct} correct out of {n}");
    if n == 0 {
        return None;
    }
    let p = n_correct as f64 / n as f64;
    let n = n as f64;
    let z2 = Z * Z;
    let centre = p + z2 / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // Exact arithmetic needs no clamp; rounding would otherwise leave 1e-17 where 0 of n must give 0.
    Some([
        ((centre - half) / scale).clamp(0.0, p),
        ((centre + half) / scale).clamp(p, 1.0),
    ])
}

/// Percentile bootstrap over speakers, 95 %: speakers are drawn with replacement, as many as there are, 3,999 times;
/// each time the accuracy is pooled over the drawn speakers' clips (Efron & Tibshirani, *An Introduction to the
/// Bootstrap*, 1993, §13.3, with the speaker as the resampled unit).
///
/// `speakers` holds `(n_correct, n)` for each speaker; their order does not matter. The same seed gives the same
/// interval on every machine. `None` with fewer than two speakers, or if a speaker has no clip.
///
/// ```
/// // Equally good speakers leave nothing to vary.
/// assert_eq!(mynah_eval::bootstrap(&[(9, 10), (18, 20), (9, 10)], 1), Some([0.9, 0.9]));
/// ```
pub fn bootstrap(speakers: &[(usize, usize)], seed: u64) -> Option<[f64; 2]> {
    let units: Vec<(f64, f64)> = speakers
        .iter()
        .map(|&(k, n)| (k as f64, n as f64))
        .collect();
    bootstrap_ratio(&units, seed)
}

/// [`bootstrap`] of a ratio of sums: units of (part, whole) are drawn with replacement, and each time the parts are divided by the wholes. `None` with
/// fewer than two units, or if a whole is not above 0.
///
/// ```
/// // False alarms and hours of five stretches of a stream.
/// let stretches = [(0.0, 1.0), (2.0, 1.0), (0.0, 0.5), (1.0, 1.0), (0.0, 1.0)];
/// let [low, high] = mynah_eval::bootstrap_ratio(&stretches, 1).expect("five units");
/// assert!(low == 0.0 && high > 1.0);
/// ```
pub fn bootstrap_ratio(units: &[(f64, f64)], seed: u64) -> Option<[f64; 2]> {
    if units.len() < 2 || !units.iter().all(|&(_, whole)| whole > 0.0) {
        return None;
    }
    let mut units = units.to_vec();
    units.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut ratios: Vec<f64> = (0..N_RESAMPLES)
        .map(|_| {
            let (mut parts, mut wholes) = (0.0, 0.0);
            for _ in 0..units.len() {
                let (part, whole) = units[rng.random_range(0..units.len())];
                parts += part;
                wholes += whole;
            }
            parts / wholes
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    Some([ratios[LOW], ratios[HIGH]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn percent(interval: Option<[f64; 2]>) -> [String; 2] {
        interval.unwrap().map(|x| format!("{:.1}", 100.0 * x))
    }

    #[test]
    fn wilson_matches_hand_worked_values() {
        // 8/50: (0.16 + 0.038415 ± 1.96·√(0.002688 + 0.000384)) / 1.076829 = (0.198415 ± 0.108635) / 1.076829.
        assert_eq!(percent(wilson(8, 50)), ["8.3", "28.5"]);
        assert_eq!(percent(wilson(62, 2293)), ["2.1", "3.5"]);
        // 0/10: from 0 to z²/(n + z²) = 3.8415 / 13.8415; 10/10 is its mirror image.
        assert_eq!(percent(wilson(0, 10)), ["0.0", "27.8"]);
        assert_eq!(percent(wilson(10, 10)), ["72.2", "100.0"]);
        assert_eq!(wilson(0, 10).unwrap()[0], 0.0);
        assert_eq!(wilson(10, 10).unwrap()[1], 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    #[should_panic(expected = "3 correct out of 2")]
    fn wilson_refuses_more_successes_than_trials() {
        wilson(3, 2);
    }

    #[test]
    fn two_speakers_reach_from_one_to_the_other() {
        // Each is drawn twice in a quarter of the resamples, far beyond 2.5 %.
        assert_eq!(bootstrap(&[(1, 2), (2, 2)], 0), Some([0.5, 1.0]));
    }

    #[test]
    fn the_percentiles_follow_the_binomial_of_the_draws() {
        // Four speakers, one of them all wrong: the number of draws of that one is Binomial(4, 1/4), with
        // P(0) = 0.316, P(≥ 3) = 0.051, P(4) = 0.004. Three of four wrong is inside 95 %, four is not.
        assert_eq!(
            bootstrap(&[(5, 5), (5, 5), (0, 5), (5, 5)], 3),
            Some([0.25, 1.0])
        );
    }

    #[test]
    fn speakers_count_by_their_clips() {
        // 1 of 1 and 0 of 3: the mixed draw gives 1/4, which only a pooled accuracy does.
        let mut seen = bootstrap(&[(1, 1), (0, 3)], 0).unwrap().to_vec();
        assert_eq!(seen, [0.0, 1.0]);
        seen = bootstrap(&[(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (0, 100)], 0)
            .unwrap()
            .to_vec();
        // P(never drawn) = (5/6)^6 = 0.33; P(≥ 3 draws) = 0.062, P(≥ 4 draws) = 0.0087: so 3 wrong of 6 is the low end.
        assert_eq!(seen, [3.0 / 303.0, 1.0]);
    }

    #[test]
    fn too_few_speakers_have_no_bootstrap() {
        assert_eq!(bootstrap(&[], 0), None);
        assert_eq!(bootstrap(&[(3, 4)], 0), None);
        assert_eq!(bootstrap(&[(3, 4), (0, 0)], 0), None);
    }

    #[test]
    fn a_seed_repeats_and_another_differs() {
        let speakers: Vec<_> = (0..12).map(|i| (i * i % 17, 17 + i)).collect();
        assert_eq!(bootstrap(&speakers, 5), bootstrap(&speakers, 5));
        assert!((6..20).any(|seed| bootstrap(&speakers, seed) != bootstrap(&speakers, 5)));
    }

    proptest! {
        #[test]
        fn wilson_contains_the_proportion_and_mirrors(n in 1usize..100_000, part in 0.0..=1.0f64) {
            let n_correct = (part * n as f64) as usize;
            let [low, high] = wilson(n_correct, n).unwrap();
            let p = n_correct as f64 / n as f64;
            prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0);
            let [mirror_low, mirror_high] = wilson(n - n_correct, n).unwrap();
            prop_assert!((low + mirror_high - 1.0).abs() < 1e-12 && (high + mirror_low - 1.0).abs() < 1e-12);
        }

        #[test]
        fn bootstrap_ignores_the_order_of_speakers(
            speakers in prop::collection::vec((0usize..20).prop_flat_map(|n| (0..=n, Just(n + 1))), 2..8),
            seed: u64,
        ) {
            let mut reversed = speakers.clone();
            reversed.reverse();
            prop_assert_eq!(bootstrap(&speakers, seed), bootstrap(&reversed, seed));
        }
    }
}
