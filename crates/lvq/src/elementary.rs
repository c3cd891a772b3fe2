//! Functions whose last bit in the C library differs from one machine to the next, which training
//! would amplify. These are plain arithmetic.

/// ln 2 in two parts, so that k · LN_2_HIGH is exact (Cody & Waite 1980).
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// eˣ, within 1e-15 relative: x = k ln 2 + r, Taylor series of eʳ (|r| ≤ 0.35, so the term after r¹³
/// is below 1e-17), times 2ᵏ. Beyond ±700 it stays what it is there.
pub(crate) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let series = (1..=13)
        .rev()
        .fold(1.0, |sum, n| 1.0 + r * sum / f64::from(n));
    series * f64::from_bits(((1023 + k as i64) as u64) << 52)
}

/// ln x for a normal x > 0, within 1e-15 relative or 1e-16 absolute: x = 2ᵏ m with m between √½ and √2, and
/// ln m = 2 artanh s, s = (m − 1) / (m + 1), by its series (|s| ≤ 0.172, so the term after s²³ is
/// below 1e-18).
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut k = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let mut m = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    if m > std::f64::consts::SQRT_2 {
        m *= 0.5;
        k += 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let series = (0..=11)
        .rev()
        .fold(0.0, |sum, n| 1.0 / f64::from(2 * n + 1) + s * s * sum);
    k as f64 * LN_2_HIGH + (k as f64 * LN_2_LOW + 2.0 * s * series)
}

/// The logarithm of Σ eᵛ, and its terms as shares of the sum, by way of the greatest v, so that
/// neither vast nor tiny terms are lost. −∞ if there is none.
pub(crate) fn soft_max(values: &mut [f64]) -> f64 {
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() {
        return greatest;
    }
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = exp(*value - greatest);
        sum += *value;
    }
    values.iter_mut().for_each(|value| *value /= sum);
    greatest + ln(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_library() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.00999;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-15, "{x}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f64::INFINITY).is_finite() && exp(f64::NEG_INFINITY) > 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn ln_agrees_with_the_library() {
        for i in -40_000..=40_000 {
            let x = (f64::from(i) * 0.017).exp();
            let error = (ln(x) - x.ln()).abs();
            assert!(error <= 1e-15 * x.ln().abs() + 1e-16, "{x}");
        }
        for i in 1..10_000 {
            let x = 0.5 + f64::from(i) * 1e-4;
            assert!((ln(x) - x.ln()).abs() < 3e-16, "{x}");
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn shares_survive_vast_differences() {
        let mut values = [-1800.0, -1801.0, -5000.0];
        let log = soft_max(&mut values);
        assert!((log - (-1800.0 + (1.0 + (-1f64).exp()).ln())).abs() < 1e-12);
        assert!((values[0] - 1.0 / (1.0 + (-1f64).exp())).abs() < 1e-15);
        assert!(values[2] < 1e-300);
        assert_eq!(soft_max(&mut []), f64::NEG_INFINITY);
    }
}
