//! NEON, which every 64-bit Arm processor has: 4 values a register, 32 registers.

#![allow(unsafe_code)]

use super::set::{Lanes, Work};
use std::arch::aarch64::*;

/// The registers of NEON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neon;

impl Neon {
    pub fn run<W: Work>(self, work: W) -> W::Output {
        work.run::<_, { Neon::ROWS }, { Neon::VECTORS }>(self)
    }
}

// SAFETY of every intrinsic below: the target has NEON. Loads and stores touch 4 values, which the
// slices were checked to have.
impl Lanes for Neon {
    type Vector = float32x4_t;
    const LANES: usize = 4;
    const ROWS: usize = 8;
    const VECTORS: usize = 3;
    #[inline(always)]
    fn splat(self, value: f32) -> float32x4_t {
        // SAFETY: above.
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> float32x4_t {
        let from = &from[..Self::LANES];
        // SAFETY: above.
        unsafe { vld1q_f32(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, vector: float32x4_t, to: &mut [f32]) {
        let to = &mut to[..Self::LANES];
        // SAFETY: above.
        unsafe { vst1q_f32(to.as_mut_ptr(), vector) }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: above.
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    fn subtract(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: above.
        unsafe { vsubq_f32(a, b) }
    }
    #[inline(always)]
    fn multiply(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: above.
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    fn multiply_add(self, a: float32x4_t, b: float32x4_t, sum: float32x4_t) -> float32x4_t {
        // SAFETY: above.
        unsafe { vfmaq_f32(sum, a, b) }
    }
}
