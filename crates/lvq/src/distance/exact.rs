//! Sums in 32 lanes, the definition of a distance, with vector instructions.

use super::LANES;
use super::set::{Lanes, Work};
use super::tile::CHUNK;

/// Σ (x − w)².
pub(super) struct Distance<'a> {
    pub x: &'a [f32],
    /// As long as `x`.
    pub w: &'a [f32],
}

impl Work for Distance<'_> {
    type Output = f32;
    #[inline(always)]
    fn run<S: Lanes, const R: usize, const V: usize>(self, set: S) -> f32 {
        match LANES / S::LANES {
            2 => distance::<S, 2>(set, self.x, self.w),
            4 => distance::<S, 4>(set, self.x, self.w),
            _ => distance::<S, 8>(set, self.x, self.w),
        }
    }
}

/// `N` vectors make up the lanes.
#[inline(always)]
fn distance<S: Lanes, const N: usize>(set: S, x: &[f32], w: &[f32]) -> f32 {
    const { assert!(S::LANES <= LANES) };
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (w_chunks, w_rest) = w.as_chunks::<LANES>();
    let mut sums = [set.splat(0.0); N];
    for (x, w) in x_chunks.iter().zip(w_chunks) {
        for (v, sum) in sums.iter_mut().enumerate() {
            let at = v * S::LANES;
            let difference = set.subtract(set.load(&x[at..]), set.load(&w[at..]));
            *sum = set.add(*sum, set.multiply(difference, difference));
        }
    }
    for (v, sum) in sums.iter_mut().enumerate() {
        let at = (v * S::LANES).min(x_rest.len());
        let difference = set.subtract(set.load_part(&x_rest[at..]), set.load_part(&w_rest[at..]));
        *sum = set.add(*sum, set.multiply(difference, difference));
    }
    let mut half = N / 2;
    while half > 0 {
        for v in 0..half {
            sums[v] = set.add(sums[v], sums[v + half]);
        }
        half /= 2;
    }
    let mut lanes = [0.0; CHUNK];
    set.store(sums[0], &mut lanes);
    super::total(&mut lanes[..S::LANES])
}
