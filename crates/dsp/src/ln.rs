//! The natural logarithm in single precision, many at a time.

/// `ln x` for positive `x`, subnormal ones too, to within 1 unit in the last place: branch-free, so that a
/// loop over it vectorises, and the same bits on every machine. Infinity and NaN stay as they are.
///
/// `x = 2^e (1 + f)` with `f` in −0.293..=0.414, and `ln(1 + f) = f − s·(f − R(s²))` for
/// `s = f / (2 + f)`, where `R(s²) = 2 atanh(s)/s − 2`. The coefficients of `R` make the largest
/// relative error of the logarithm smallest (Remez); it is 8·10⁻¹⁰ before rounding.
#[inline]
pub(crate) fn ln(x: f32) -> f32 {
    const SQRT_HALF: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
    const MANTISSA: u32 = 0x007f_ffff;
    const MANTISSA_BITS: u32 = 23;
    const R: [f32; 3] = [0.666_667_76, 0.399_775_42, 0.298_717_3];
    // ln 2 in two parts; the first has 9 trailing zeros, so that its product with `e` is exact.
    const LN_2: f32 = 0.693_145_75;
    const LN_2_REST: f32 = 1.428_606_8e-6;

    let subnormal = x < f32::MIN_POSITIVE;
    let (factor, shift) = if subnormal {
        ((1 << MANTISSA_BITS) as f32, MANTISSA_BITS as f32)
    } else {
        (1.0, 0.0)
    };
    let bits = (x * factor).to_bits().wrapping_sub(SQRT_HALF);
    let e = (bits as i32 >> MANTISSA_BITS) as f32 - shift;
    let f = f32::from_bits((bits & MANTISSA) + SQRT_HALF) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * (R[0] + z * (R[1] + z * R[2]));
    let y = e * LN_2 + (f - (s * (f - r) - e * LN_2_REST));
    if x < f32::INFINITY { y } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance from the true logarithm in units of the last place of its `f32` value.
    fn error_ulp(x: f32) -> f64 {
        let expected = f64::from(x).ln();
        let ulp = (expected as f32).abs().next_up() - (expected as f32).abs();
        ((f64::from(ln(x)) - expected) / f64::from(ulp)).abs()
    }

    #[test]
    fn within_one_unit_everywhere() {
        // A stride without a common factor with the powers of two meets every exponent with
        // mantissas of every kind; subnormals are the first 2²³ patterns.
        let dense = (1..0x7f80_0000).step_by(997);
        let around_one = 0x3f70_0000..0x3f90_0000;
        let worst = dense
            .chain(around_one.step_by(3))
            .map(|bits| error_ulp(f32::from_bits(bits)))
            .fold(0.0, f64::max);
        assert!(worst < 1.0, "{worst} units in the last place");
    }

    #[test]
    fn exact_at_one_and_kept_beyond_the_numbers() {
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(f32::INFINITY), f32::INFINITY);
        assert!(ln(f32::NAN).is_nan());
        for x in [
            f32::MIN_POSITIVE,
            f32::MIN_POSITIVE.next_down(),
            f32::from_bits(1),
            f32::MAX,
        ] {
            assert!(error_ulp(x) < 1.0, "{x}");
        }
    }
}
