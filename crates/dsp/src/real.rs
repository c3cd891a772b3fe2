//! The two float types the engine computes in.

use std::fmt::Debug;
use std::iter::Sum;

use bytemuck::Pod;
use rustfft::FftNum;
use rustfft::num_traits::Float;

use crate::ln;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32`, for speed, or `f64`, for tools that compute in double precision. Tables are always set up in
/// `f64` and rounded once.
pub trait Real: sealed::Sealed + FftNum + Float + Pod + Sum + Default + Debug {
    /// The nearest value.
    fn of(x: f64) -> Self;
    /// The same value in double precision.
    fn f64(self) -> f64;
    /// `ln` of every value, in place. Values are positive or NaN.
    #[doc(hidden)]
    fn ln_all(values: &mut [Self]);
}

impl Real for f32 {
    fn of(x: f64) -> Self {
        x as f32
    }

    fn f64(self) -> f64 {
        f64::from(self)
    }

    fn ln_all(values: &mut [Self]) {
        for x in values {
            *x = ln::ln(*x);
        }
    }
}

impl Real for f64 {
    fn of(x: f64) -> Self {
        x
    }

    fn f64(self) -> f64 {
        self
    }

    fn ln_all(values: &mut [Self]) {
        for x in values {
            *x = x.ln();
        }
    }
}
