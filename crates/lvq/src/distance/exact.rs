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
        let Self { x, w } = self;
        let [sum] = match LANES / S::LANES {
            2 => sums::<S, 2, 1>(set, x, [w]),
            4 => sums::<S, 4, 1>(set, x, [w]),
            _ => sums::<S, 8, 1>(set, x, [w]),
        };
        sum
    }
}

/// Σ (x − w)² of many w: several at a time, so that x is loaded once for all of them.
pub(super) struct Distances<'a> {
    pub x: &'a [f32],
    /// `[n × x.len()]`.
    pub rows: &'a [f32],
    /// `[n]`.
    pub out: &'a mut [f32],
}

impl Work for Distances<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes, const R: usize, const V: usize>(self, set: S) {
        // Eight vectors of sums, which leaves room in the registers of every set.
        match LANES / S::LANES {
            2 => distances::<S, 2, 4>(set, self),
            4 => distances::<S, 4, 2>(set, self),
            _ => distances::<S, 8, 1>(set, self),
        }
    }
}

#[inline(always)]
fn distances<S: Lanes, const N: usize, const W: usize>(set: S, work: Distances<'_>) {
    let Distances { x, rows, out } = work;
    let dim = x.len();
    for (rows, out) in rows.chunks(W * dim).zip(out.chunks_mut(W)) {
        if out.len() == W {
            let rows = std::array::from_fn(|w| &rows[w * dim..][..dim]);
            out.copy_from_slice(&sums::<S, N, W>(set, x, rows));
            continue;
        }
        for (w, out) in rows.chunks_exact(dim).zip(out) {
            [*out] = sums::<S, N, 1>(set, x, [w]);
        }
    }
}

/// Of `W` rows, each as long as `x`. `N` vectors make up the lanes.
#[inline(always)]
fn sums<S: Lanes, const N: usize, const W: usize>(
    set: S,
    x: &[f32],
    rows: [&[f32]; W],
) -> [f32; W] {
    const { assert!(S::LANES <= LANES) };
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let rows = rows.map(|w| w[..x.len()].as_chunks::<LANES>());
    let mut sums = [[set.splat(0.0); N]; W];
    for (c, x) in x_chunks.iter().enumerate() {
        for (sums, (w_chunks, _)) in sums.iter_mut().zip(&rows) {
            let w = &w_chunks[c];
            for (v, sum) in sums.iter_mut().enumerate() {
                let at = v * S::LANES;
                let difference = set.subtract(set.load(&x[at..]), set.load(&w[at..]));
                *sum = set.add(*sum, set.multiply(difference, difference));
            }
        }
    }
    for (sums, (_, w_rest)) in sums.iter_mut().zip(&rows) {
        let rests = x_rest.chunks(S::LANES).zip(w_rest.chunks(S::LANES));
        for (sum, (x, w)) in sums.iter_mut().zip(rests) {
            let difference = set.subtract(set.load_part(x), set.load_part(w));
            *sum = set.add(*sum, set.multiply(difference, difference));
        }
    }
    // Not a closure of `map`, which would be compiled without the set.
    let mut totals = [0.0; W];
    for (total, sums) in totals.iter_mut().zip(&mut sums) {
        let mut half = N / 2;
        while half > 0 {
            for v in 0..half {
                sums[v] = set.add(sums[v], sums[v + half]);
            }
            half /= 2;
        }
        let mut lanes = [0.0; CHUNK];
        set.store(sums[0], &mut lanes);
        *total = super::total(&mut lanes[..S::LANES]);
    }
    totals
}
