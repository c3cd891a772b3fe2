//! NEON, which every 64-bit Arm processor has: a quarter of a chunk of bytes a register, 32 registers.

#![allow(unsafe_code)]

use super::CHUNK;
use super::set::{Words, Work};
use std::arch::aarch64::*;

/// The registers of NEON.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neon;

impl Neon {
    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        work.run::<_, { Neon::ROWS }, { Neon::CHUNKS }>(self)
    }
}

// SAFETY of every intrinsic below: the target has NEON. Loads and stores touch a quarter of a chunk of 16 words, 4 i words on.
impl Words for Neon {
    type Chunk = [int32x4_t; 4];
    const ROWS: usize = 4;
    const CHUNKS: usize = 1;
    const VALUES: usize = 4;
    const OFFSET: i16 = 0;
    #[inline(always)]
    fn splat(self, word: i32) -> Self::Chunk {
        // SAFETY: above.
        [unsafe { vdupq_n_s32(word) }; 4]
    }
    #[inline(always)]
    fn load(self, from: &[i32; CHUNK]) -> Self::Chunk {
        // SAFETY: above.
        [0, 1, 2, 3].map(|i| unsafe { vld1q_s32(from.as_ptr().add(4 * i)) })
    }
    #[inline(always)]
    fn store(self, chunk: Self::Chunk, to: &mut [i32; CHUNK]) {
        for (i, quarter) in chunk.into_iter().enumerate() {
            // SAFETY: above.
            unsafe { vst1q_s32(to.as_mut_ptr().add(4 * i), quarter) }
        }
    }
    // Two products make at most 2 · 128 · 127, which 16 bits hold.
    #[inline(always)]
    fn dot(self, x: Self::Chunk, w: Self::Chunk, sum: Self::Chunk) -> Self::Chunk {
        // SAFETY: above.
        [0, 1, 2, 3].map(|i| unsafe {
            let (x, w) = (vreinterpretq_s8_s32(x[i]), vreinterpretq_s8_s32(w[i]));
            let low = vmull_s8(vget_low_s8(x), vget_low_s8(w));
            let high = vmull_high_s8(x, w);
            vpadalq_s16(sum[i], vpaddq_s16(low, high))
        })
    }
}
