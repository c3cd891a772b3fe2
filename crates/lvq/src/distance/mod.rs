//! Distances, and the search for the nearest prototype.
//!
//! [`squared_euclidean`] is the definition. `search.rs` finds what a plain scan with it finds, by
//! way of `tile.rs` (many inner products at once), `bounds.rs` (which prototypes they rule out) and
//! one file for each instruction set, chosen by `set.rs`.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bounds;
mod exact;
pub(crate) mod int8;
mod level;
mod levels;
mod matrix;
#[cfg(target_arch = "aarch64")]
mod neon;
mod rows;
mod scalar;
mod search;
#[cfg(test)]
mod searches;
mod set;
mod tile;
mod views;
#[cfg(test)]
mod views_searches;

pub use int8::int8_peak;
pub use level::{Level, limit_instructions};
pub(crate) use levels::to_levels;
pub(crate) use matrix::{Matrix, add_outer, dot};
pub use rows::Rows;
pub use search::{Nearest, Search};

pub(crate) use views::{Sums, ViewBounds};

use crate::Float;
use exact::{Distance, Distances};
use set::Set;

/// Partial sums of a distance. With 32 the compiler makes vectors of the inner loop at
/// optimisation levels 2 and 3; with 8 or 16, level 2 is three times slower (measured, SSE2).
const LANES: usize = 32;

/// Squared Euclidean distance Σ (x\[i\] − w\[i\])².
///
/// The order of the sum is part of the contract, so that every machine and caller gets the same
/// bits: term `i` is added to lane `i mod 32`, in the order of `i`; then the upper half of the
/// lanes is added to the lower, lane by lane, until one is left. No fused multiply-add.
///
/// # Panics
/// If the lengths differ.
// Compiled on its own: inlined, its speed would depend on the caller.
#[inline(never)]
pub fn squared_euclidean<T: Float>(x: &[T], w: &[T]) -> T {
    assert_eq!(x.len(), w.len(), "vectors differ in length");
    T::squared_euclidean(x, w)
}

/// As `f32` has it: with the best instructions of this machine.
#[inline]
pub(crate) fn vectorised(x: &[f32], w: &[f32]) -> f32 {
    let set = Set::best();
    // Compilers make better code of plain loops than of short arrays.
    if matches!(set, Set::Scalar(_)) {
        plain(x, w)
    } else {
        set.run(Distance { x, w })
    }
}

/// [`squared_euclidean`] of `x` and each of `rows`, `[out.len() × x.len()]`, faster than one by one.
#[inline]
pub(crate) fn squared_euclideans<T: Float>(x: &[T], rows: &[T], out: &mut [T]) {
    let set = Set::best();
    if !matches!(set, Set::Scalar(_))
        && let (Some(x), Some(rows), Some(out)) = (T::f32s(x), T::f32s(rows), T::f32s_mut(out))
    {
        return set.run(Distances { x, rows, out });
    }
    for (out, w) in out.iter_mut().zip(rows.chunks_exact(x.len())) {
        *out = plain(x, w);
    }
}

/// As `f64` has it: the definition in plain code.
#[inline(never)]
pub(crate) fn plain<T: Float>(x: &[T], w: &[T]) -> T {
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (w_chunks, w_rest) = w.as_chunks::<LANES>();
    let mut lanes = [T::default(); LANES];
    for (x, w) in x_chunks.iter().zip(w_chunks) {
        for lane in 0..LANES {
            let difference = x[lane] - w[lane];
            lanes[lane] += difference * difference;
        }
    }
    for ((sum, &x), &w) in lanes.iter_mut().zip(x_rest).zip(w_rest) {
        *sum += (x - w) * (x - w);
    }
    total(&mut lanes)
}

/// Adds the upper half of the lanes to the lower until one is left.
#[inline(always)]
fn total<T: Float>(lanes: &mut [T]) -> T {
    let mut half = lanes.len() / 2;
    while half > 0 {
        let (lower, upper) = lanes.split_at_mut(half);
        for (lower, &mut upper) in lower.iter_mut().zip(upper) {
            *lower += upper;
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// The contract in its most obvious form.
    fn twin(x: &[f32], w: &[f32]) -> f32 {
        let mut lanes = [0.0; 32];
        for i in 0..x.len() {
            let difference = x[i] - w[i];
            lanes[i % 32] += difference * difference;
        }
        for half in [16, 8, 4, 2, 1] {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
        }
        lanes[0]
    }

    fn exact(x: &[f32], w: &[f32]) -> f64 {
        x.iter()
            .zip(w)
            .map(|(&x, &w)| (f64::from(x) - f64::from(w)).powi(2))
            .sum()
    }

    #[test]
    fn every_length_matches_the_twin_to_the_bit() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut random = |n| -> Vec<f32> { (0..n).map(|_| rng.random_range(-3.0..3.0)).collect() };
        for dim in 0..=257 {
            let (x, w) = (random(dim), random(dim));
            let distance = squared_euclidean(&x, &w);
            assert_eq!(distance.to_bits(), twin(&x, &w).to_bits(), "dim {dim}");
            // A term has three roundings itself and meets at most dim/32 + 6 additions.
            let bound = exact(&x, &w) * (dim as f64 / 32.0 + 9.0) * f64::from(f32::EPSILON);
            assert!(
                (f64::from(distance) - exact(&x, &w)).abs() <= bound,
                "dim {dim}"
            );
        }
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn lengths_must_agree() {
        squared_euclidean(&[1.0], &[1.0, 2.0]);
    }
}
