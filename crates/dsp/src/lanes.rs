//! Sums in eight interleaved lanes.
//!
//! A plain `f32` sum may not be reordered, so the compiler cannot vectorise it; with the lane
//! order written out it can, every machine adds in the same order, and rounding errors grow
//! eight times more slowly.

use crate::Real;

/// Values added side by side.
pub(crate) const LANES: usize = 8;

/// The next whole number of lanes, at least `len`.
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
    let (blocks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [T::zero(); LANES];
    for block in blocks {
        for (lane, x) in lanes.iter_mut().zip(block) {
            *lane = *lane + term(*x);
        }
    }
    fold(lanes) + rest.iter().map(|x| term(*x)).sum::<T>()
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
    fold(lanes)
}

fn fold<T: Real>(l: [T; LANES]) -> T {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
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
