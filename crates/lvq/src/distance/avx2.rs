//! AVX2 with fused multiply-add: 8 values a register, 16 registers.

#![allow(unsafe_code)]

use super::set::{Lanes, Work};
use std::arch::x86_64::*;

/// Proof that the processor has AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    pub fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx2,fma")]
        fn enabled<W: Work>(set: Avx2, work: W) -> W::Output {
            work.run::<_, { Avx2::ROWS }, { Avx2::VECTORS }>(set)
        }
        // SAFETY: only `detect` makes a `Self`, where the processor has AVX2 and FMA.
        unsafe { enabled(self, work) }
    }
}

// SAFETY of every intrinsic below: only `detect` makes a `Self`, where the processor has AVX2 and FMA.
// Loads and stores need no alignment and touch 8 values, which the slices were checked to have.
impl Lanes for Avx2 {
    type Vector = __m256;
    const LANES: usize = 8;
    const ROWS: usize = 6;
    const VECTORS: usize = 2;
    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: above.
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> __m256 {
        let from = &from[..Self::LANES];
        // SAFETY: above.
        unsafe { _mm256_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn load_part(self, from: &[f32]) -> __m256 {
        // SAFETY: above; values behind the slice are not touched, as the mask excludes them.
        unsafe {
            let lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            let mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(from.len().min(8) as i32), lane);
            _mm256_maskload_ps(from.as_ptr(), mask)
        }
    }
    #[inline(always)]
    fn store(self, vector: __m256, to: &mut [f32]) {
        let to = &mut to[..Self::LANES];
        // SAFETY: above.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), vector) }
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: above.
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    fn subtract(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: above.
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    fn multiply(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: above.
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    fn multiply_add(self, a: __m256, b: __m256, sum: __m256) -> __m256 {
        // SAFETY: above.
        unsafe { _mm256_fmadd_ps(a, b, sum) }
    }
}
