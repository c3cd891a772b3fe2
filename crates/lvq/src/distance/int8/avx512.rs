//! AVX-512, which multiplies 16-bit numbers, and its VNNI, which multiplies bytes: a chunk a register, 32 registers.

#![allow(unsafe_code)]

use super::CHUNK;
use super::set::{Words, Work};
use std::arch::x86_64::*;

/// Proof that the processor has AVX-512BW.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Avx512(());

/// Proof that the processor has AVX-512BW and its VNNI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Avx512Vnni(Avx512);

impl Avx512 {
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512bw").then_some(Self(()))
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx512bw")]
        fn enabled<W: Work>(set: Avx512, work: W) -> W::Output {
            work.run::<_, { Avx512::ROWS }, { Avx512::CHUNKS }>(set)
        }
        // SAFETY: only `detect` makes a `Self`, where the processor has AVX-512BW.
        unsafe { enabled(self, work) }
    }
}

impl Avx512Vnni {
    pub fn detect() -> Option<Self> {
        let avx512 = Avx512::detect()?;
        is_x86_feature_detected!("avx512vnni").then_some(Self(avx512))
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx512bw,avx512vnni")]
        fn enabled<W: Work>(set: Avx512Vnni, work: W) -> W::Output {
            work.run::<_, { Avx512Vnni::ROWS }, { Avx512Vnni::CHUNKS }>(set)
        }
        // SAFETY: only `detect` makes a `Self`, where the processor has both.
        unsafe { enabled(self, work) }
    }
}

// SAFETY of every intrinsic below: only `detect` makes a `Self`, where the processor has the set.
// Loads and stores need no alignment and touch a chunk of 16 words.
impl Words for Avx512 {
    type Chunk = __m512i;
    const ROWS: usize = 8;
    const CHUNKS: usize = 3;
    const VALUES: usize = 2;
    const OFFSET: i16 = 0;
    #[inline(always)]
    fn splat(self, word: i32) -> __m512i {
        // SAFETY: above.
        unsafe { _mm512_set1_epi32(word) }
    }
    #[inline(always)]
    fn load(self, from: &[i32; CHUNK]) -> __m512i {
        // SAFETY: above.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store(self, chunk: __m512i, to: &mut [i32; CHUNK]) {
        // SAFETY: above.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), chunk) }
    }
    #[inline(always)]
    fn dot(self, x: __m512i, w: __m512i, sum: __m512i) -> __m512i {
        // SAFETY: above.
        unsafe { _mm512_add_epi32(sum, _mm512_madd_epi16(x, w)) }
    }
}

impl Words for Avx512Vnni {
    type Chunk = __m512i;
    const ROWS: usize = Avx512::ROWS;
    const CHUNKS: usize = Avx512::CHUNKS;
    const VALUES: usize = 4;
    // Of two factors the instruction takes the first for a number without a sign.
    const OFFSET: i16 = 128;
    #[inline(always)]
    fn splat(self, word: i32) -> __m512i {
        self.0.splat(word)
    }
    #[inline(always)]
    fn load(self, from: &[i32; CHUNK]) -> __m512i {
        self.0.load(from)
    }
    #[inline(always)]
    fn store(self, chunk: __m512i, to: &mut [i32; CHUNK]) {
        self.0.store(chunk, to);
    }
    #[inline(always)]
    fn dot(self, x: __m512i, w: __m512i, sum: __m512i) -> __m512i {
        // SAFETY: above.
        unsafe { _mm512_dpbusd_epi32(sum, w, x) }
    }
}
