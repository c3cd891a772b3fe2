use crate::Error;
use crate::error::require;

/// Where inputs and prototypes may lie: whole multiples of a step, on both sides of 0.
///
/// Inputs have the levels −127 to 127. Prototypes have those of `bits`, and a step `multiple` times as great, so that each is on the grid
/// of the inputs too, and a difference of both is exact.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Grid {
    /// Of the inputs, above 0.
    pub step: f32,
    /// Of a prototype's level: 8, 4 or 2.
    pub bits: u8,
    /// The prototypes' step over the inputs'; 1 for 8 bits, at most 18 for 4 and 127 for 2.
    pub multiple: u8,
}

impl Grid {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`Error::Config`] for a step that is not above 0 and finite, or has no finite inverse, `bits` or `multiple` out of range.
    pub fn new(step: f32, bits: u8, multiple: u8) -> Result<Self, Error> {
        let is_step = step > 0.0 && step.is_finite() && (1.0 / step).is_finite();
        let allowed = "above 0 and finite; data that never vary have no step";
        require(is_step, "step", step.into(), allowed)?;
        require(matches!(bits, 8 | 4 | 2), "bits", bits.into(), "8, 4 or 2")?;
        let allowed = "1 to 127 divided by the greatest level";
        let most = 127 / most_level(bits);
        let is_multiple = (1..=most).contains(&i16::from(multiple));
        require(is_multiple, "multiple", multiple.into(), allowed)?;
        Ok(Self {
            step,
            bits,
            multiple,
        })
    }

    /// The grid that reaches as far as `inputs` and as `prototypes` with its outermost levels, both above 0: nearly so, as one step is a
    /// multiple of the other.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn reaching(inputs: f32, prototypes: f32, bits: u8) -> Result<Self, Error> {
        let reach = inputs + prototypes;
        require(reach.is_finite(), "range", reach.into(), "finite")?;
        if bits == 8 {
            return Self::new(inputs.max(prototypes) / 127.0, bits, 1);
        }
        let step = inputs / 127.0;
        let most = most_level(bits.clamp(2, 8));
        let multiple = (prototypes / (f32::from(most) * step)).round();
        let multiple = multiple.clamp(1.0, f32::from(127 / most));
        Self::new(step, bits, multiple as u8)
    }

    /// The level of an input: the nearest, of two the greater, and never beyond ±127. Exact in `f32` on every machine.
    #[inline(always)]
    pub fn input(&self, value: f32) -> i8 {
        nearest_level(value / self.step, 127.0)
    }

    /// The level of a prototype.
    pub fn prototype(&self, value: f32) -> i8 {
        let step = self.step * f32::from(self.multiple);
        nearest_level(value / step, f32::from(most_level(self.bits)))
    }

    /// The value that the level of an input stands for.
    pub(crate) fn fake_input(&self, value: f32) -> f32 {
        f32::from(self.input(value)) * self.step
    }

    /// The value that the level of a prototype stands for.
    pub(crate) fn fake_prototype(&self, value: f32) -> f32 {
        let steps = i16::from(self.prototype(value)) * i16::from(self.multiple);
        f32::from(steps) * self.step
    }

    /// The greatest value that an input's level stands for.
    pub(crate) fn input_limit(&self) -> f32 {
        127.0 * self.step
    }

    /// Whether an input lies beyond the outermost levels, and is pulled in.
    #[inline(always)]
    pub fn saturates(&self, value: f32) -> bool {
        value.abs() > 127.5 * self.step
    }
}

/// Of `bits`, on both sides of 0.
pub(super) const fn most_level(bits: u8) -> i16 {
    (1 << (bits - 1)) - 1
}

#[inline(always)]
fn nearest_level(quotient: f32, most: f32) -> i8 {
    // Clamped first: half a level beyond the last would be rounded out of range.
    (quotient.clamp(-most, most) + 0.5).floor() as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_nearest_within_range() {
        let grid = Grid::new(0.5, 4, 3).unwrap();
        let inputs = [0.0, 0.24, 0.25, -0.25, -0.26, 63.5, 64.0, -1e9, 1e9];
        let levels = [0, 0, 1, 0, -1, 127, 127, -127, 127];
        assert_eq!(inputs.map(|x| grid.input(x)), levels);
        let prototypes = [0.7, 0.8, 10.5, 12.0, -12.0];
        assert_eq!(prototypes.map(|w| grid.prototype(w)), [0, 1, 7, 7, -7]);
        assert_eq!(
            [63.6, -63.8, 63.8].map(|x| grid.saturates(x)),
            [false, true, true]
        );
        assert_eq!(grid.input(f32::NAN), 0);
    }

    #[test]
    fn steps_are_multiples() {
        let grid = Grid::reaching(12.7, 5.0, 8).unwrap();
        assert_eq!((grid.step, grid.multiple), (0.1, 1));
        let grid = Grid::reaching(12.7, 5.0, 4).unwrap();
        assert_eq!((grid.step, grid.multiple), (0.1, 7));
        let grid = Grid::reaching(1.0, 50.0, 2).unwrap();
        assert_eq!(grid.multiple, 127);
        for (inputs, prototypes, bits) in [
            (0.0, 0.0, 8),
            (f32::NAN, 1.0, 8),
            (f32::INFINITY, 1.0, 4),
            (1e-40, 1e-41, 8),
            (1.0, 1.0, 3),
        ] {
            assert!(Grid::reaching(inputs, prototypes, bits).is_err());
        }
    }
}
