//! Sums in eight interleaved lanes.
//!
//! A plain `f32` sum may not be reordered, so the compiler cannot vectorise it; with the lane
//! order written out it can, every machine adds in the same order, and rounding errors grow
//! eight times more slowly.

use crate::Real;

const LANES: usize = 8;

/// Length of a run that [`dot`] finishes without leftovers, at least `len`.
pub(crate) fn padded(len: usize) -> usize {
    len.next_multiple_of(LANES)
}

/// `Σ x`.
pub(crate) fn sum<T: Real>(x: &[T]) -> T {
    let (blocks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [T::zero(); LANES];
    for block in blocks {
        for (lane, x) in lanes.iter_mut().zip(block) {
            *lane = *lane + *x;
        }
    }
    fold(lanes) + rest.iter().copied().sum::<T>()
}

/// `Σ x·y`; both have the same length.
pub(crate) fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    debug_assert_eq!(x.len(), y.len());
    let (x_blocks, x_rest) = x.as_chunks::<LANES>();
    let (y_blocks, y_rest) = y.as_chunks::<LANES>();
    let mut lanes = [T::zero(); LANES];
    for (x_block, y_block) in x_blocks.iter().zip(y_blocks) {
        for ((lane, x), y) in lanes.iter_mut().zip(x_block).zip(y_block) {
            *lane = *lane + *x * *y;
        }
    }
    fold(lanes) + x_rest.iter().zip(y_rest).map(|(x, y)| *x * *y).sum::<T>()
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
            assert_eq!(dot(&x, &y), x.iter().zip(&y).map(|(a, b)| a * b).sum());
        }
    }
}
