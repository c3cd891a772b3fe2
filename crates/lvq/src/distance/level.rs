//! The instruction sets by name, and up to which one is used.

use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set of any kind of processor; of one kind, the better is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(
    missing_docs,
    reason = "their names are those of the processors' manuals"
)]
pub enum Level {
    Scalar,
    Simd128,
    Neon,
    Avx2,
    AvxVnni,
    Avx512,
    Avx512Vnni,
}

impl Level {
    /// Those that this processor has, the best first.
    pub fn available() -> impl Iterator<Item = Self> {
        super::int8::Set::available().map(super::int8::Set::level)
    }
}

static CEILING: AtomicU8 = AtomicU8::new(Level::Avx512Vnni as u8);

/// Leaves alone every instruction set above this one, in whatever is made from now on: for benchmarks, which show what each is worth.
/// The answers are the same.
pub fn limit_instructions(level: Level) {
    CEILING.store(level as u8, Ordering::Relaxed);
}

/// The greatest that may be used.
pub(super) fn ceiling() -> u8 {
    CEILING.load(Ordering::Relaxed)
}
