//! WebAssembly with vectors of 128 bits, which a build has or has not: a quarter of a chunk a register.

#![allow(unsafe_code)]

use super::CHUNK;
use super::set::{Words, Work};
use std::arch::wasm32::*;

/// The registers of simd128.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Simd128;

impl Simd128 {
    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        work.run::<_, { Simd128::ROWS }, { Simd128::CHUNKS }>(self)
    }
}

impl Words for Simd128 {
    type Chunk = [v128; 4];
    const ROWS: usize = 2;
    const CHUNKS: usize = 1;
    const VALUES: usize = 2;
    const OFFSET: i16 = 0;
    #[inline(always)]
    fn splat(self, word: i32) -> Self::Chunk {
        [i32x4_splat(word); 4]
    }
    #[inline(always)]
    fn load(self, from: &[i32; CHUNK]) -> Self::Chunk {
        let from = from.as_ptr().cast::<v128>();
        // SAFETY: a quarter of 16 words, 4 i words on; no alignment is needed.
        [0, 1, 2, 3].map(|i| unsafe { v128_load(from.add(i)) })
    }
    #[inline(always)]
    fn store(self, chunk: Self::Chunk, to: &mut [i32; CHUNK]) {
        let to = to.as_mut_ptr().cast::<v128>();
        for (i, quarter) in chunk.into_iter().enumerate() {
            // SAFETY: as above.
            unsafe { v128_store(to.add(i), quarter) }
        }
    }
    #[inline(always)]
    fn dot(self, x: Self::Chunk, w: Self::Chunk, sum: Self::Chunk) -> Self::Chunk {
        [0, 1, 2, 3].map(|i| i32x4_add(sum[i], i32x4_dot_i16x8(x[i], w[i])))
    }
}
