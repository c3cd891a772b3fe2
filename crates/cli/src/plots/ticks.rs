//! Round numbers along an axis.

/// Values 1, 2 or 5 times a power of ten apart.
pub struct Ticks {
    pub values: Vec<f64>,
    step: f64,
}

impl Ticks {
    /// About `n` round values from `least` to `greatest`; only `least`, if they are equal.
    pub fn new(least: f64, greatest: f64, n: usize) -> Self {
        let rough = (greatest - least) / n.max(1) as f64;
        if !(rough > 0.0 && rough.is_finite()) {
            return Self {
                values: vec![least],
                step: least.abs() / 100.0,
            };
        }
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|&step| step >= rough * 0.999)
            .unwrap_or(10.0 * power);
        let (first, last) = ((least / step).ceil(), (greatest / step + 1e-9).floor());
        let count = (last - first).max(0.0) as usize + 1;
        // Adding 0 makes a 0 of −0.
        let values = (0..count).map(|i| (first + i as f64) * step + 0.0);
        Self {
            values: values.collect(),
            step,
        }
    }

    /// A value with as many digits as tell it from the next.
    pub fn label(&self, value: f64) -> String {
        if value != 0.0 && !(1e-4..1e6).contains(&value.abs().max(self.step)) {
            return format!("{value:.1e}");
        }
        let decimals = (-self.step.log10()).ceil().clamp(0.0, 9.0) as usize;
        format!("{value:.decimals$}")
    }
}

/// A number alone, to four digits.
pub fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e5).contains(&size) => {
            let decimals = (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize;
            format!("{value:.decimals$}")
        }
        _ => format!("{value:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(least: f64, greatest: f64) -> Vec<String> {
        let ticks = Ticks::new(least, greatest, 5);
        ticks.values.iter().map(|&v| ticks.label(v)).collect()
    }

    #[test]
    fn values_are_round_and_within() {
        assert_eq!(labels(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-3.0, 17.0), ["0", "5", "10", "15"]);
        assert_eq!(
            labels(0.001, 0.0052),
            ["0.001", "0.002", "0.003", "0.004", "0.005"]
        );
        assert_eq!(labels(0.0, 2e7), ["0", "5.0e6", "1.0e7", "1.5e7", "2.0e7"]);
        assert_eq!(labels(7.0, 7.0).len(), 1);
        assert_eq!(labels(0.0, f64::INFINITY).len(), 1);
    }

    #[test]
    fn numbers_keep_four_digits() {
        let all = [0.0, 1.0, -12.3456, 0.012_345, 123_456.0].map(number);
        assert_eq!(all, ["0", "1.000", "-12.35", "0.01235", "1.235e5"]);
    }
}
