//! AVX2, which multiplies 16-bit numbers, and AVX-VNNI, which multiplies bytes: half a chunk a register, 16 registers.

#![allow(unsafe_code)]

use super::CHUNK;
use super::set::{Words, Work};
use std::arch::x86_64::*;

/// Proof that the processor has AVX2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Avx2(());

/// Proof that the processor has AVX2 and AVX-VNNI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AvxVnni(Avx2);

impl Avx2 {
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx2")]
        fn enabled<W: Work>(set: Avx2, work: W) -> W::Output {
            work.run::<_, { Avx2::ROWS }, { Avx2::CHUNKS }>(set)
        }
        // SAFETY: only `detect` makes a `Self`, where the processor has AVX2.
        unsafe { enabled(self, work) }
    }
}

impl AvxVnni {
    pub fn detect() -> Option<Self> {
        let avx2 = Avx2::detect()?;
        is_x86_feature_detected!("avxvnni").then_some(Self(avx2))
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        #[target_feature(enable = "avx2,avxvnni")]
        fn enabled<W: Work>(set: AvxVnni, work: W) -> W::Output {
            work.run::<_, { AvxVnni::ROWS }, { AvxVnni::CHUNKS }>(set)
        }
        // SAFETY: only `detect` makes a `Self`, where the processor has both.
        unsafe { enabled(self, work) }
    }
}

// SAFETY of every intrinsic below: only `detect` makes a `Self`, where the processor has the set.
// Loads and stores need no alignment and touch half a chunk of 16 words: the first, or the one 8 words on.
impl Words for Avx2 {
    type Chunk = [__m256i; 2];
    const ROWS: usize = 6;
    const CHUNKS: usize = 1;
    const VALUES: usize = 2;
    const OFFSET: i16 = 0;
    #[inline(always)]
    fn splat(self, word: i32) -> Self::Chunk {
        // SAFETY: above.
        [unsafe { _mm256_set1_epi32(word) }; 2]
    }
    #[inline(always)]
    fn load(self, from: &[i32; CHUNK]) -> Self::Chunk {
        let from = from.as_ptr().cast::<__m256i>();
        // SAFETY: above.
        [0, 1].map(|half| unsafe { _mm256_loadu_si256(from.add(half)) })
    }
    #[inline(always)]
    fn store(self, chunk: Self::Chunk, to: &mut [i32; CHUNK]) {
        let to = to.as_mut_ptr().cast::<__m256i>();
        // SAFETY: above.
        unsafe {
            _mm256_storeu_si256(to, chunk[0]);
            _mm256_storeu_si256(to.add(1), chunk[1]);
        }
    }
    #[inline(always)]
    fn dot(self, x: Self::Chunk, w: Self::Chunk, sum: Self::Chunk) -> Self::Chunk {
        // SAFETY: above.
        [0, 1].map(|i| unsafe { _mm256_add_epi32(sum[i], _mm256_madd_epi16(x[i], w[i])) })
    }
}

impl Words for AvxVnni {
    type Chunk = [__m256i; 2];
    const ROWS: usize = Avx2::ROWS;
    const CHUNKS: usize = Avx2::CHUNKS;
    const VALUES: usize = 4;
    // Of two factors the instruction takes the first for a number without a sign.
    const OFFSET: i16 = 128;
    #[inline(always)]
    fn splat(self, word: i32) -> Self::Chunk {
        self.0.splat(word)
    }
    #[inline(always)]
    fn load(self, from: &[i32; CHUNK]) -> Self::Chunk {
        self.0.load(from)
    }
    #[inline(always)]
    fn store(self, chunk: Self::Chunk, to: &mut [i32; CHUNK]) {
        self.0.store(chunk, to);
    }
    #[inline(always)]
    fn dot(self, x: Self::Chunk, w: Self::Chunk, sum: Self::Chunk) -> Self::Chunk {
        // SAFETY: above.
        [0, 1].map(|i| unsafe { _mm256_dpbusd_avx_epi32(sum[i], w[i], x[i]) })
    }
}
