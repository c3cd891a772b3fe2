use crate::error::require;
use crate::{Error, Float};

/// Least and greatest of some values, the range an integer has to cover.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Extent<T = f32> {
    /// The least.
    pub min: T,
    /// The greatest.
    pub max: T,
}

impl<T: Float> Extent<T> {
    /// Of `values` and 0, which has to be a level of every quantization. NaN is passed over.
    pub fn of(values: &[T]) -> Self {
        let zero = T::default();
        let least = |a: T, &b: &T| if b < a { b } else { a };
        let greatest = |a: T, &b: &T| if b > a { b } else { a };
        Self {
            min: values.iter().fold(zero, least),
            max: values.iter().fold(zero, greatest),
        }
    }

    /// The smallest extent around both.
    pub fn union(self, other: Self) -> Self {
        Self {
            min: if other.min < self.min {
                other.min
            } else {
                self.min
            },
            max: if other.max > self.max {
                other.max
            } else {
                self.max
            },
        }
    }

    /// The greatest magnitude: half the width of the smallest symmetric extent around this one.
    pub fn magnitude(&self) -> T {
        let below = T::default() - self.min;
        if below > self.max { below } else { self.max }
    }
}

/// An [`Extent`] that follows those of batches: each end moves by 1 − decay of what it lacks, as in TensorFlow's
/// `MovingAvgQuantize`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovingExtent<T = f32> {
    extent: Extent<T>,
    rate: T,
}

impl<T: Float> MovingExtent<T> {
    /// From `start`; TensorFlow's is −6 to 6 and its decay 0.999.
    ///
    /// # Errors
    /// [`Error::Config`] unless `decay` is 0 or above and below 1.
    pub fn new(start: Extent<T>, decay: f64) -> Result<Self, Error> {
        let ok = (0.0..1.0).contains(&decay);
        require(ok, "ema_decay", decay, "0 or above and below 1")?;
        Ok(Self {
            extent: start,
            rate: T::from_f64(1.0) - T::from_f64(decay),
        })
    }

    /// Moves towards the extent of a batch.
    pub fn follow(&mut self, batch: Extent<T>) {
        let Extent { min, max } = &mut self.extent;
        *min = *min - (*min - batch.min) * self.rate;
        *max = *max - (*max - batch.max) * self.rate;
    }

    /// Where it is.
    pub fn extent(&self) -> Extent<T> {
        self.extent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_hold_zero() {
        assert_eq!(Extent::of(&[1.0, 3.0]), Extent { min: 0.0, max: 3.0 });
        assert_eq!(
            Extent::of(&[f64::NAN, -2.0, -1.0]),
            Extent {
                min: -2.0,
                max: 0.0
            }
        );
        let both = Extent::of(&[-2.0]).union(Extent::of(&[1.0]));
        assert_eq!((both.min, both.max, both.magnitude()), (-2.0, 1.0, 2.0));
        assert_eq!(Extent::<f32>::of(&[]).magnitude(), 0.0);
    }

    #[test]
    fn a_moving_extent_forgets_at_the_rate_of_its_decay() {
        let start = Extent {
            min: -6.0,
            max: 6.0,
        };
        let mut moving = MovingExtent::new(start, 0.75).unwrap();
        moving.follow(Extent {
            min: -2.0,
            max: 10.0,
        });
        assert_eq!(
            moving.extent(),
            Extent {
                min: -5.0,
                max: 7.0
            }
        );
        for decay in [-0.1, 1.0, f64::NAN] {
            assert!(MovingExtent::new(start, decay).is_err());
        }
    }
}
