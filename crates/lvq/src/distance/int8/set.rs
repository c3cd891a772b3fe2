//! Which instruction set multiplies: found out at run time, because a build serves many machines.

use super::CHUNK;
#[cfg(target_arch = "x86_64")]
use super::avx2::{Avx2, AvxVnni};
#[cfg(target_arch = "x86_64")]
use super::avx512::{Avx512, Avx512Vnni};
#[cfg(target_arch = "aarch64")]
use super::neon::Neon;
use super::scalar::Scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd128::Simd128;
use crate::distance::level::{Level, ceiling};

/// The registers of an instruction set. A value of the type is the proof that the processor has it.
///
/// A word of 32 bits holds some values that lie side by side in a row: four bytes or two 16-bit numbers, the first in the lowest bits.
pub(super) trait Words: Copy {
    /// A chunk of words, in one register or several.
    type Chunk: Copy;
    /// Rows and chunks of a tile whose sums, with what they are made of, fill the registers.
    const ROWS: usize;
    const CHUNKS: usize;
    /// Values in a word, 4 or 2.
    const VALUES: usize;
    /// What is added to a prototype's values in a word: 128 where the instruction takes them for numbers without a sign.
    const OFFSET: i16;
    fn splat(self, word: i32) -> Self::Chunk;
    fn load(self, from: &[i32; CHUNK]) -> Self::Chunk;
    fn store(self, chunk: Self::Chunk, to: &mut [i32; CHUNK]);
    /// In every lane: sum + the inner product of the values of `x` and of `w`, modulo 2³².
    fn dot(self, x: Self::Chunk, w: Self::Chunk, sum: Self::Chunk) -> Self::Chunk;
}

/// What can be compiled for any instruction set. `run` and all it calls must be `inline(always)`,
/// so that they become part of a function that may use the set.
pub(super) trait Work {
    type Output;
    /// `R` and `C` are the set's `ROWS` and `CHUNKS`.
    fn run<S: Words, const R: usize, const C: usize>(self, set: S) -> Self::Output;
}

/// An instruction set this processor has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(Avx512Vnni),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    AvxVnni(AvxVnni),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128(Simd128),
    Scalar(Scalar),
}

/// The same expression for whichever set it is.
macro_rules! each {
    ($set:expr, $s:ident => $body:expr) => {
        match $set {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512Vnni($s) => $body,
            #[cfg(target_arch = "x86_64")]
            Set::Avx512($s) => $body,
            #[cfg(target_arch = "x86_64")]
            Set::AvxVnni($s) => $body,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2($s) => $body,
            #[cfg(target_arch = "aarch64")]
            Set::Neon($s) => $body,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Set::Simd128($s) => $body,
            Set::Scalar($s) => $body,
        }
    };
}

impl Set {
    /// All that this processor has, the best first.
    pub fn available() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            Avx512Vnni::detect().map(Self::Avx512Vnni),
            #[cfg(target_arch = "x86_64")]
            Avx512::detect().map(Self::Avx512),
            #[cfg(target_arch = "x86_64")]
            AvxVnni::detect().map(Self::AvxVnni),
            #[cfg(target_arch = "x86_64")]
            Avx2::detect().map(Self::Avx2),
            #[cfg(target_arch = "aarch64")]
            Some(Self::Neon(Neon)),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Some(Self::Simd128(Simd128)),
            Some(Self::Scalar(Scalar)),
        ]
        .into_iter()
        .flatten()
    }

    /// The best of those whose words hold values of so many bits, 8 or 16.
    pub fn best(bits: usize) -> Self {
        let mut sets = Self::available().filter(|set| set.level() as u8 <= ceiling());
        let best = sets.find(|set| set.value_bits() >= bits);
        best.unwrap_or(Self::Scalar(Scalar))
    }

    /// Where it stands among all.
    pub fn level(self) -> Level {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(_) => Level::Avx512Vnni,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => Level::Avx512,
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni(_) => Level::AvxVnni,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => Level::Avx2,
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => Level::Neon,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128(_) => Level::Simd128,
            Self::Scalar(_) => Level::Scalar,
        }
    }

    /// Bits of a value in a word.
    pub fn value_bits(self) -> usize {
        32 / self.n_values()
    }

    /// Values in a word.
    pub fn n_values(self) -> usize {
        fn n_values<S: Words>(_: S) -> usize {
            S::VALUES
        }
        each!(self, set => n_values(set))
    }

    /// What is added to a prototype's values.
    pub fn offset(self) -> i16 {
        fn offset<S: Words>(_: S) -> i16 {
            S::OFFSET
        }
        each!(self, set => offset(set))
    }

    /// Chunks of a full tile.
    pub fn n_chunks(self) -> usize {
        fn n_chunks<S: Words>(_: S) -> usize {
            S::CHUNKS
        }
        each!(self, set => n_chunks(set))
    }

    pub(super) fn run<W: Work>(self, work: W) -> W::Output {
        each!(self, set => set.run(work))
    }
}
