use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// `f32` or `f64`, the element type of vectors. Sealed.
///
/// Models use `f32`; `f64` is for checking a rule against a reference.
pub trait Float:
    sealed::Sealed
    + Copy
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + 'static
{
    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;
    /// NaN, which stands for an absent value where one is allowed.
    fn is_nan(self) -> bool;
    /// Correctly rounded square root.
    fn sqrt(self) -> Self;
}

mod sealed {
    use crate::distance;

    pub trait Sealed: Sized {
        /// The same values, if they are `f32`: some work is only faster in that type.
        fn f32s(_values: &[Self]) -> Option<&[f32]> {
            None
        }
        fn f32s_mut(_values: &mut [Self]) -> Option<&mut [f32]> {
            None
        }
        fn squared_euclidean(x: &[Self], w: &[Self]) -> Self;
    }
    impl Sealed for f32 {
        fn f32s(values: &[Self]) -> Option<&[f32]> {
            Some(values)
        }
        fn f32s_mut(values: &mut [Self]) -> Option<&mut [f32]> {
            Some(values)
        }
        fn squared_euclidean(x: &[Self], w: &[Self]) -> Self {
            distance::vectorised(x, w)
        }
    }
    impl Sealed for f64 {
        fn squared_euclidean(x: &[Self], w: &[Self]) -> Self {
            distance::plain(x, w)
        }
    }
}

macro_rules! float {
    ($($t:ident),*) => {$(
        impl Float for $t {
            fn from_f64(value: f64) -> Self {
                value as $t
            }
            fn to_f64(self) -> f64 {
                self.into()
            }
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
            fn is_nan(self) -> bool {
                $t::is_nan(self)
            }
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
        }
    )*};
}
float!(f32, f64);
