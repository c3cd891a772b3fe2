//! Which instruction set does the work: found out at run time, because a build serves many machines.

use super::level::{Level, ceiling};
#[cfg(target_arch = "aarch64")]
use super::neon::Neon;
use super::scalar::Scalar;
use super::tile::CHUNK;
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512::Avx512};

/// The registers of an instruction set. A value of the type is the proof that the processor has it.
pub(super) trait Lanes: Copy {
    /// Several `f32`.
    type Vector: Copy;
    /// How many.
    const LANES: usize;
    /// Rows and vectors of a tile whose sums, with what they are made of, fill the registers.
    const ROWS: usize;
    const VECTORS: usize;
    fn splat(self, value: f32) -> Self::Vector;
    /// The first [`LANES`](Self::LANES) values of the slice.
    fn load(self, from: &[f32]) -> Self::Vector;
    /// As many values as there are, at most [`LANES`](Self::LANES), then zeros.
    #[inline(always)]
    fn load_part(self, from: &[f32]) -> Self::Vector {
        let mut values = [0.0; CHUNK];
        for (value, from) in values[..Self::LANES].iter_mut().zip(from) {
            *value = *from;
        }
        self.load(&values)
    }
    /// To the first [`LANES`](Self::LANES) values of the slice.
    fn store(self, vector: Self::Vector, to: &mut [f32]);
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn multiply(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a·b + sum as fast as can be: rounded once or twice.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, sum: Self::Vector) -> Self::Vector;
}

/// The same registers, but every product is rounded before it is added: the same bits on any machine.
#[derive(Clone, Copy)]
pub(super) struct Portable<S>(pub S);

impl<S: Lanes> Lanes for Portable<S> {
    type Vector = S::Vector;
    const LANES: usize = S::LANES;
    const ROWS: usize = S::ROWS;
    const VECTORS: usize = S::VECTORS;
    #[inline(always)]
    fn splat(self, value: f32) -> S::Vector {
        self.0.splat(value)
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> S::Vector {
        self.0.load(from)
    }
    #[inline(always)]
    fn load_part(self, from: &[f32]) -> S::Vector {
        self.0.load_part(from)
    }
    #[inline(always)]
    fn store(self, vector: S::Vector, to: &mut [f32]) {
        self.0.store(vector, to);
    }
    #[inline(always)]
    fn add(self, a: S::Vector, b: S::Vector) -> S::Vector {
        self.0.add(a, b)
    }
    #[inline(always)]
    fn subtract(self, a: S::Vector, b: S::Vector) -> S::Vector {
        self.0.subtract(a, b)
    }
    #[inline(always)]
    fn multiply(self, a: S::Vector, b: S::Vector) -> S::Vector {
        self.0.multiply(a, b)
    }
    #[inline(always)]
    fn multiply_add(self, a: S::Vector, b: S::Vector, sum: S::Vector) -> S::Vector {
        self.0.add(self.0.multiply(a, b), sum)
    }
}

/// What can be compiled for any instruction set. `run` and all it calls must be `inline(always)`,
/// so that they become part of a function that may use the set.
pub(super) trait Work {
    type Output;
    /// `R` and `V` are the set's `ROWS` and `VECTORS`.
    fn run<S: Lanes, const R: usize, const V: usize>(self, set: S) -> Self::Output;
}

/// An instruction set this processor has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    Scalar(Scalar),
}

/// The same expression for whichever set it is.
macro_rules! each {
    ($set:expr, $s:ident => $body:expr) => {
        match $set {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512($s) => $body,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2($s) => $body,
            #[cfg(target_arch = "aarch64")]
            Set::Neon($s) => $body,
            Set::Scalar($s) => $body,
        }
    };
}

impl Set {
    /// All that this processor has, the best first.
    pub fn available() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            Avx512::detect().map(Self::Avx512),
            #[cfg(target_arch = "x86_64")]
            Avx2::detect().map(Self::Avx2),
            #[cfg(target_arch = "aarch64")]
            Some(Self::Neon(Neon)),
            Some(Self::Scalar(Scalar)),
        ]
        .into_iter()
        .flatten()
    }

    pub fn best() -> Self {
        let mut sets = Self::available().filter(|set| set.level() as u8 <= ceiling());
        sets.next().unwrap_or(Self::Scalar(Scalar))
    }

    /// Where it stands among all.
    fn level(self) -> Level {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => Level::Avx512,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => Level::Avx2,
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => Level::Neon,
            Self::Scalar(_) => Level::Scalar,
        }
    }

    /// Values in a vector.
    pub fn n_lanes(self) -> usize {
        fn n_lanes<S: Lanes>(_: S) -> usize {
            S::LANES
        }
        each!(self, set => n_lanes(set))
    }

    /// Rows of a tile.
    pub fn n_rows(self) -> usize {
        fn n_rows<S: Lanes>(_: S) -> usize {
            S::ROWS
        }
        each!(self, set => n_rows(set))
    }

    /// Columns of a full tile.
    pub fn width(self) -> usize {
        fn width<S: Lanes>(_: S) -> usize {
            S::LANES * S::VECTORS
        }
        each!(self, set => width(set))
    }

    pub fn run<W: Work>(self, work: W) -> W::Output {
        each!(self, set => set.run(work))
    }
}
