//! AVX-512F: 16 values a register, 32 registers.

#![allow(unsafe_code)]

use super::set::{Lanes, Work};
use std::arch::x86_64::*;

/// Proof that the processor has AVX-512F.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }

    pub fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx512f")]
        fn enabled<W: Work>(set: Avx512, work: W) -> W::Output {
            work.run::<_, { Avx512::ROWS }, { Avx512::VECTORS }>(set)
        }
        // SAFETY: only `detect` makes a `Self`, where the processor has AVX-512F.
        unsafe { enabled(self, work) }
    }
}

// SAFETY of every intrinsic below: only `detect` makes a `Self`, where the processor has AVX-512F.
// Loads and stores need no alignment and touch 16 values, which the slices were checked to have.
impl Lanes for Avx512 {
    type Vector = __m512;
    const LANES: usize = 16;
    const ROWS: usize = 8;
    const VECTORS: usize = 3;
    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: above.
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> __m512 {
        let from = &from[..Self::LANES];
        // SAFETY: above.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn load_part(self, from: &[f32]) -> __m512 {
        let mask = u16::MAX.unbounded_shr(16 - from.len().min(16) as u32);
        // SAFETY: above; values behind the slice are not touched, as the mask excludes them.
        unsafe { _mm512_maskz_loadu_ps(mask, from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, vector: __m512, to: &mut [f32]) {
        let to = &mut to[..Self::LANES];
        // SAFETY: above.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), vector) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: above.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn subtract(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: above.
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn multiply(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: above.
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn multiply_add(self, a: __m512, b: __m512, sum: __m512) -> __m512 {
        // SAFETY: above.
        unsafe { _mm512_fmadd_ps(a, b, sum) }
    }
}
