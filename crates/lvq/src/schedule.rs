//! Learning rates over a training run of `n_steps` steps: `step < n_steps`, the first being step 0. The rate of any later
//! step is 0.

/// Share of the run [`one_cycle`] spends rising.
const WARM_UP: f64 = 0.3;

/// Falls from `initial` at step 0 in a straight line that would reach zero at step `n_steps`:
/// initial · (T − t) / T, as LVQ_PAK and R `class` do.
pub fn linear(initial: f64, step: u64, n_steps: u64) -> f64 {
    initial * n_steps.saturating_sub(step) as f64 / n_steps.max(1) as f64
}

/// One cycle (Smith & Topin 2019): rises in a straight line to `peak` over the first 30 % of the
/// run, then falls to zero along (1 − u)² (1 + 2u), which has the ends and flat tangents of the
/// customary half cosine (within 0.011 of it), and the same bits on every machine.
pub fn one_cycle(peak: f64, step: u64, n_steps: u64) -> f64 {
    let progress = ((step as f64 + 0.5) / n_steps as f64).min(1.0);
    if progress < WARM_UP {
        return peak * progress / WARM_UP;
    }
    let u = (progress - WARM_UP) / (1.0 - WARM_UP);
    peak * (1.0 - u) * (1.0 - u) * (1.0 + 2.0 * u)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_runs_to_zero() {
        let rates: Vec<f64> = (0..=4).map(|t| linear(0.2, t, 4)).collect();
        assert_eq!(rates, [0.2, 0.2 * 3.0 / 4.0, 0.1, 0.05, 0.0]);
    }

    #[test]
    fn one_cycle_rises_then_falls_as_the_half_cosine() {
        let n = 1000;
        let rates: Vec<f64> = (0..n).map(|t| one_cycle(2.0, t, n)).collect();
        let top = rates
            .iter()
            .position(|&r| r == rates.iter().copied().fold(0.0, f64::max));
        assert!(top.unwrap().abs_diff(300) <= 1);
        assert!(rates[..300].is_sorted() && rates[300..].is_sorted_by(|a, b| a >= b));
        assert!(rates[0] > 0.0 && rates[999] > 0.0 && rates[999] < 1e-5);
        for (t, rate) in rates.iter().enumerate().skip(300) {
            let u = (t as f64 + 0.5 - 300.0) / 700.0;
            assert!((rate - (1.0 + (std::f64::consts::PI * u).cos())).abs() < 2.0 * 0.011);
        }
    }

    #[test]
    fn nothing_is_learnt_after_the_run() {
        for (step, n_steps) in [(4, 4), (5, 4), (u64::MAX, 4), (0, 0), (1, 0)] {
            assert_eq!(linear(0.2, step, n_steps), 0.0);
            assert_eq!(one_cycle(0.2, step, n_steps), 0.0);
        }
    }

    #[test]
    fn one_step_is_enough() {
        let rate = one_cycle(1.0, 0, 1);
        assert!(rate > 0.0 && rate < 1.0);
    }
}
