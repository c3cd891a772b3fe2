//! Any machine: arrays, which compilers make vectors of where they know how.

use super::CHUNK;
use super::set::{Words, Work};

/// No instruction set in particular.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scalar;

impl Scalar {
    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        work.run::<_, { Scalar::ROWS }, { Scalar::CHUNKS }>(self)
    }
}

impl Words for Scalar {
    type Chunk = [i32; CHUNK];
    const ROWS: usize = 2;
    const CHUNKS: usize = 1;
    const VALUES: usize = 2;
    const OFFSET: i16 = 0;
    #[inline(always)]
    fn splat(self, word: i32) -> [i32; CHUNK] {
        [word; CHUNK]
    }
    #[inline(always)]
    fn load(self, from: &[i32; CHUNK]) -> [i32; CHUNK] {
        *from
    }
    #[inline(always)]
    fn store(self, chunk: [i32; CHUNK], to: &mut [i32; CHUNK]) {
        *to = chunk;
    }
    #[inline(always)]
    fn dot(self, x: [i32; CHUNK], w: [i32; CHUNK], sum: [i32; CHUNK]) -> [i32; CHUNK] {
        let low = |word: i32| i32::from(word as i16);
        std::array::from_fn(|i| {
            let products = low(x[i]) * low(w[i]) + (x[i] >> 16) * (w[i] >> 16);
            sum[i].wrapping_add(products)
        })
    }
}
