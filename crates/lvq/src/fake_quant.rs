use crate::error::require;
use crate::{Error, Extent, Float};

/// Rounds values to the levels of an integer and back, so that a training feels what an integer will do (Jacob et al.
/// 2018); the arithmetic of TensorFlow's `fake_quant_with_min_max_vars`, in f32 to the bit.
///
/// The range asked for is nudged so that 0 is a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FakeQuant<T = f32> {
    min: T,
    max: T,
    step: T,
    inverse_step: T,
    /// Steps from the least level to 0.
    zero: T,
    zero_point: u16,
}

/// What a value's rounding hands back of a gradient, see [`FakeQuant::gradient`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FakeQuantGradient<T = f32> {
    /// By the value.
    pub x: T,
    /// By the least value of the range.
    pub min: T,
    /// By the greatest.
    pub max: T,
}

impl<T: Float> FakeQuant<T> {
    /// Integers of `bits`, 2 to 16, unsigned: from 0, or from 1 if the range is `narrow`, which gives as many
    /// levels on either side of 0 where `extent` is symmetric.
    ///
    /// # Errors
    /// [`Error::Config`] for other bits, or an extent without width: not finite, not from a smaller to a larger value, or too
    /// narrow for a step.
    pub fn new(extent: Extent<T>, bits: u8, narrow: bool) -> Result<Self, Error> {
        require((2..=16).contains(&bits), "bits", bits.into(), "2 to 16")?;
        let Extent { min, max } = extent;
        let greatest = ((1u32 << bits) - 1) as f64;
        let least = f64::from(u8::from(narrow));
        let n_steps = T::from_f64(greatest - least);
        let step = (max - min) / n_steps;
        let inverse_step = T::from_f64(1.0) / step;
        let ok = step > T::default() && step.is_finite() && inverse_step.is_finite();
        let width = (max - min).to_f64();
        require(ok, "extent", width, "finite and above 0 in width")?;
        let exact = (T::from_f64(least) - min / step).to_f64();
        let zero_point = exact.round().clamp(least, greatest);
        let level = |level: f64| T::from_f64(level - zero_point) * step;
        let min = level(least);
        Ok(Self {
            min,
            max: level(greatest),
            step,
            inverse_step,
            zero: floor((T::default() - min) * inverse_step + half()),
            zero_point: zero_point as u16,
        })
    }

    /// The nearest level to `x`, half a step going up; the end of the range beyond it.
    pub fn value(&self, x: T) -> T {
        let clamped = if x < self.min {
            self.min
        } else if x > self.max {
            self.max
        } else {
            x
        };
        floor((clamped - self.min) * self.inverse_step - self.zero + half()) * self.step
    }

    /// The straight-through gradient: `upstream`, ∂cost / ∂value, goes to `x` where it is in the range and to the end
    /// of the range that it lies beyond where it is not.
    pub fn gradient(&self, x: T, upstream: T) -> FakeQuantGradient<T> {
        let none = T::default();
        let [mut of_x, mut min, mut max] = [none; 3];
        if x < self.min {
            min = upstream;
        } else if x > self.max {
            max = upstream;
        } else {
            of_x = upstream;
        }
        FakeQuantGradient { x: of_x, min, max }
    }

    /// The range as it was nudged: its ends are levels.
    pub fn extent(&self) -> Extent<T> {
        Extent {
            min: self.min,
            max: self.max,
        }
    }

    /// Distance of neighbouring levels.
    pub fn step(&self) -> T {
        self.step
    }

    /// The integer that stands for 0.
    pub fn zero_point(&self) -> u16 {
        self.zero_point
    }
}

fn half<T: Float>() -> T {
    T::from_f64(0.5)
}

fn floor<T: Float>(value: T) -> T {
    T::from_f64(value.to_f64().floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quant(min: f64, max: f64, bits: u8, narrow: bool) -> FakeQuant<f64> {
        FakeQuant::new(Extent { min, max }, bits, narrow).unwrap()
    }

    #[test]
    fn zero_is_a_level_and_ends_are_kept() {
        for bits in 2..=16 {
            for narrow in [false, true] {
                for (min, max) in [(-1.0, 1.0), (-0.3, 7.0), (0.0, 2.0), (-2.0, 0.0)] {
                    let quant = quant(min, max, bits, narrow);
                    let Extent { min, max } = quant.extent();
                    assert_eq!(quant.value(0.0), 0.0);
                    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
                    assert!(near(quant.value(-9.0), min) && near(quant.value(9.0), max));
                    let n_steps = (1u32 << bits) - 1 - u32::from(narrow);
                    assert!(near(max - min, f64::from(n_steps) * quant.step()));
                }
            }
        }
    }

    #[test]
    fn is_the_grid_where_the_range_is_symmetric_and_narrow() {
        let grid = crate::Grid::new(0.03, 4, 7).unwrap();
        let limit = f64::from(7.0 * 7.0 * grid.step);
        let quant = quant(-limit, limit, 4, true);
        for i in -200..200_i16 {
            let z = f32::from(i) / 100.0 + 0.001;
            let fake = f64::from(grid.fake_prototype(z));
            assert!((quant.value(f64::from(z)) - fake).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn gradient_goes_straight_through_or_to_the_end() {
        let quant = quant(-1.0, 1.0, 8, true);
        let parts = |x| {
            let FakeQuantGradient { x, min, max } = quant.gradient(x, 2.0);
            [x, min, max]
        };
        assert_eq!(parts(-1.5), [0.0, 2.0, 0.0]);
        assert_eq!(parts(0.3), [2.0, 0.0, 0.0]);
        assert_eq!(parts(1.5), [0.0, 0.0, 2.0]);
    }

    #[test]
    fn refuses_what_has_no_step() {
        let refused =
            |min: f32, max, bits| FakeQuant::new(Extent { min, max }, bits, false).is_err();
        assert!(refused(-1.0, 1.0, 1) && refused(-1.0, 1.0, 17));
        assert!(refused(0.0, 0.0, 8) && refused(1.0, -1.0, 8) && refused(0.0, 1e-44, 8));
        assert!(refused(f32::NAN, 1.0, 8) && refused(0.0, f32::INFINITY, 8));
    }
}
