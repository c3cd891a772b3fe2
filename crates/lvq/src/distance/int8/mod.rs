//! Squared distances of whole numbers, many at once: exact, so that every instruction set gives the same bits.
//!
//! Σ (x − w)² = Σ x² − 2 Σ x w + Σ w², of which only the middle is made pair by pair, in register tiles (`tile.rs`) by whatever
//! multiplies and adds bytes or 16-bit numbers on this processor: one file for each instruction set, chosen by `set.rs`. What a tile found
//! is used up at once (`nearest.rs`): products never go to memory.
//!
//! All sums are modulo 2³², as the instructions make them; a distance fits 32 bits (see [`IntCodebook::new`](crate::IntCodebook::new)), so that none is wrong.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod nearest;
#[cfg(target_arch = "aarch64")]
mod neon;
mod peak;
mod scalar;
mod set;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod tile;

pub(crate) use nearest::{Contest, decision};
pub use peak::int8_peak;
pub(crate) use set::Set;
pub(crate) use tile::{CHUNK, Packed, Panels};
