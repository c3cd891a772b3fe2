//! Sums in interleaved lanes.
//!
//! A plain `f32` sum may not be reordered, so the compiler cannot vectorise it; with the lane
//! order written out it can, every machine adds in the same order, and rounding errors grow
//! more slowly. The lanes themselves are added one after the other: a tree of them leads the
//! compiler to vectors of two.

use crate::Real;

/// Values of a block of [`dot`].
pub(crate) const LANES: usize = 4;

/// Values of [`sum_of`] added side by side.
const SUM_LANES: usize = 16;

/// The next whole number of [`LANES`], at least `len`.
pub(crate) fn padded(len: usize) -> usize {
    len.next_multiple_of(LANES)
}

/// `Σ x`.
pub(crate) fn sum<T: Real>(x: &[T]) -> T {
    sum_of(x, |x| x)
}

/// `Σ term(x)`.
#[inline]
pub(crate) fn sum_of<T: Real>(x: &[T], term: impl Fn(T) -> T) -> T {
    let (blocks, rest) = x.as_chunks::<SUM_LANES>();
    let mut lanes = [T::zero(); SUM_LANES];
    for block in blocks {
        for (lane, x) in lanes.iter_mut().zip(block) {
            *lane = *lane + term(*x);
        }
    }
    total(lanes) + rest.iter().map(|x| term(*x)).sum::<T>()
}

/// `Σ x·y`; both have as many blocks.
#[inline]
pub(crate) fn dot<T: Real>(x: &[[T; LANES]], y: &[[T; LANES]]) -> T {
    let mut lanes = [T::zero(); LANES];
    for (x_block, y_block) in x.iter().zip(y) {
        for ((lane, x), y) in lanes.iter_mut().zip(x_block).zip(y_block) {
            *lane = *lane + *x * *y;
        }
    }
    total(lanes)
}

fn total<T: Real, const N: usize>(lanes: [T; N]) -> T {
    lanes.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_plain_sum_at_every_length() {
        // Small integers are exact in f32, so any order must give the same answer.
        for len in 0..100 {
            let x: Vec<f32> = (0..len).map(|i| (i * 7 % 13) as f32 - 6.0).collect();
            let y: Vec<f32> = (0..len).map(|i| (i * 5 % 11) as f32 - 5.0).collect();
            assert_eq!(sum(&x), x.iter().sum::<f32>());
            assert_eq!(sum_of(&x, |x| x * x), x.iter().map(|x| x * x).sum());
            let (x, _) = x.as_chunks();
            let (y, _) = y.as_chunks();
            let products = x.as_flattened().iter().zip(y.as_flattened());
            assert_eq!(dot(x, y), products.map(|(a, b)| a * b).sum());
        }
    }
}
