//! 95 % intervals for a rate of events in time.

use crate::bisect::bisect;

/// In each tail.
const TAIL: f64 = 0.025;

/// Exact Poisson interval of a rate, 95 %: `n` events were counted in `exposure` (hours, say). `None` unless that is above 0 and finite.
///
/// Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936): from where as many events or more have a probability of
/// 0.025, to where as few or fewer have, which are χ²(0.025; 2n) / 2 and χ²(0.975; 2n + 2) / 2;
/// from 0 for n = 0.
///
/// ```
/// // No event in 10 hours only shows that there are fewer than 0.37 an hour.
/// let [low, high] = mynah_eval::poisson(0, 10.0).expect("there is time");
/// assert_eq!(low, 0.0);
/// assert!((high - 0.369).abs() < 5e-4);
/// ```
pub fn poisson(n: usize, exposure: f64) -> Option<[f64; 2]> {
    if !(exposure > 0.0 && exposure.is_finite()) {
        return None;
    }
    let mean = n as f64;
    let ln_factorial: f64 = (2..=n).map(|k| (k as f64).ln()).sum();
    // Of n events exactly, when `expected` are to be expected.
    let probability = |expected: f64| (mean * expected.ln() - expected - ln_factorial).exp();
    let low = match n {
        0 => 0.0,
        _ => bisect(0.0, mean, |expected| {
            probability(expected) * or_more(n, expected) < TAIL
        }),
    };
    let widest = mean + 10.0 * mean.sqrt() + 10.0;
    let high = bisect(mean, widest, |expected| {
        probability(expected) * or_fewer(n, expected) > TAIL
    });
    Some([low / exposure, high / exposure])
}

/// Probability of `n` events or more over that of `n`, where fewer than `n` are `expected`.
fn or_more(n: usize, expected: f64) -> f64 {
    series((n + 1..).map(|k| expected / k as f64))
}

/// Probability of `n` events or fewer over that of `n`, where more than `n` are `expected`.
fn or_fewer(n: usize, expected: f64) -> f64 {
    series((1..=n).rev().map(|k| k as f64 / expected))
}

/// 1 + a + a·b + a·b·c …, of factors below 1, until the rest is lost in rounding.
fn series(factors: impl Iterator<Item = f64>) -> f64 {
    let terms = factors.scan(1.0, |term, factor| {
        *term *= factor;
        Some(*term)
    });
    1.0 + terms.take_while(|&term| term > 1e-18).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_intervals() {
        // Summed term by term, apart from this code, with the logarithm of the gamma function.
        let known = [
            (0, 0.0, 3.688_879_454_113_936),
            (1, 0.025_317_807_984_289_9, 5.571_643_390_938_898),
            (2, 0.242_209_278_543_964_4, 7.224_687_667_723_961),
            (10, 4.795_388_696, 18.390_356_042),
            (1_000, 938.973_018, 1_063.952_136),
        ];
        for (n, low, high) in known {
            let found = poisson(n, 1.0).unwrap();
            assert!(
                (found[0] - low).abs() <= 1e-6 * low.max(1.0),
                "{n}: {found:?}"
            );
            assert!((found[1] - high).abs() <= 1e-6 * high, "{n}: {found:?}");
        }
        assert_eq!(poisson(3, 0.0), None);
        assert_eq!(poisson(3, f64::NAN), None);
    }

    proptest! {
        #[test]
        fn contains_the_rate_and_rises(n in 0usize..100_000, hours in 0.01..1e4f64) {
            let [low, high] = poisson(n, hours).unwrap();
            let rate = n as f64 / hours;
            prop_assert!(0.0 <= low && low <= rate && rate < high && high.is_finite());
            let [next_low, next_high] = poisson(n + 1, hours).unwrap();
            prop_assert!(low < next_low && high < next_high);
            // As Wilson and Hilferty's approximation (1931) has it, for counts that are not small.
            let cube = |k: f64, z: f64| k * (1.0 - 1.0 / (9.0 * k) + z / (3.0 * k.sqrt())).powi(3) / hours;
            if n >= 30 {
                prop_assert!((low / cube(n as f64, -1.959_964) - 1.0).abs() < 1e-3);
                prop_assert!((high / cube(n as f64 + 1.0, 1.959_964) - 1.0).abs() < 1e-3);
            }
        }
    }
}
