//! How fast products of bytes can be at most: what a benchmark holds the search against.

use super::CHUNK;
use super::set::{Set, Words, Work};
use std::hint::black_box;

/// Multiplies and adds, in registers alone, with the instructions that [`IntSearch`](crate::IntSearch) uses on this machine, `n_passes` times over
/// all sums; says how many products of two values that were. No search can be faster.
pub fn int8_peak(n_passes: usize) -> u64 {
    Set::best(8).run(Peak(n_passes))
}

struct Peak(usize);

impl Work for Peak {
    type Output = u64;
    #[inline(always)]
    fn run<S: Words, const R: usize, const C: usize>(self, set: S) -> u64 {
        // As many sums as wait for no other; they and what they are made of fit the registers.
        if C > 1 {
            passes::<S, 4, 3>(set, self.0)
        } else {
            passes::<S, 5, 1>(set, self.0)
        }
    }
}

/// Sums of `X` words times each of `W` chunks.
#[inline(always)]
fn passes<S: Words, const X: usize, const W: usize>(set: S, n_passes: usize) -> u64 {
    let mut sums = [[set.splat(0); W]; X];
    let w: [S::Chunk; W] = std::array::from_fn(|i| set.load(&black_box([i as i32; CHUNK])));
    let x: [i32; X] = std::array::from_fn(|i| i as i32);
    for _ in 0..n_passes {
        // From memory each time, or products would be made once for all passes.
        let x = *black_box(&x);
        for (sums, x) in sums.iter_mut().zip(x) {
            for i in 0..W {
                sums[i] = set.dot(set.splat(x), w[i], sums[i]);
            }
        }
    }
    for sum in sums.into_iter().flatten() {
        let mut out = [0; CHUNK];
        set.store(sum, &mut out);
        black_box(&out);
    }
    (n_passes * X * W * CHUNK * S::VALUES) as u64
}
