//! Which prototypes can be nearest to a thing that has several views, each block of a prototype meeting the view nearest to
//! it: the error bound of that search, from the bounds of its blocks (`bounds.rs`, whose names are used here).
//!
//! In a block, a = X² + (W² − 2p) is off by what p is, by the errors of both computed norms, at most ν (X² + W²), and by the
//! roundings of its two sums, together at most 4u (X² + W²), all of which c holds:
//! |a − D| ≤ c (X² + W²) ≤ e, with the greatest X of the views and the greatest W of the prototypes. The least of several
//! views is off by e at most, too, and the sum S of the B blocks by
//!
//!   E = Σ e + 3 B u Σ (X² + W²),   the second part being the roundings of the sum itself.
//!
//! The distance by definition, R, has |R − D| ≤ ρ D, where ρ is that of the longest block and B u more. Let k be the
//! prototype of least S. The nearest by definition has R ≤ R_k, so D ≤ (1 + 2.25 ρ) D_k, and
//!
//!   S ≤ (1 + 2.25 ρ) (S_k + E) + E.
//!
//! What `bounds.rs` says of underflow and overflow holds for the sums over the blocks.

use super::Rows;
use super::bounds::{Bounds, MAX_SUM, MIN_SUM, SPARE, Scratch, UNIT};
use super::set::{Lanes, Set, Work};
use super::tile::CHUNK;
use rayon::prelude::*;
use std::ops::Range;

const MAX_BLOCKS: usize = 1 << 10;

/// Prototypes, block by block.
#[derive(Debug)]
pub(crate) struct ViewBounds {
    set: Set,
    dim: usize,
    blocks: Vec<(Range<usize>, Bounds)>,
    /// Values in a row of [`Sums`], the prototypes and padding.
    stride: usize,
    /// ρ of the sum.
    rho: f64,
}

/// Approximate distances of some things. One for each thread, reused.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    scratch: Scratch,
    /// S, `[things × stride]`.
    sums: Vec<f32>,
    /// Σ (X² + W²) and Σ e of each thing.
    errors: Vec<[f64; 2]>,
    /// X² of the views of one thing.
    norms: Vec<f32>,
}

impl ViewBounds {
    /// Of prototypes, row-major `[n × dim]`, whose values `blocks` parts, at least one, none of it empty. `None` if the
    /// bound does not hold for them.
    pub(crate) fn new(prototypes: &[f32], dim: usize, blocks: &[Range<usize>]) -> Option<Self> {
        Self::on(Set::best(), prototypes, dim, blocks)
    }

    pub(super) fn on(
        set: Set,
        prototypes: &[f32],
        dim: usize,
        blocks: &[Range<usize>],
    ) -> Option<Self> {
        if blocks.len() > MAX_BLOCKS {
            return None;
        }
        let bounds = |range: &Range<usize>| {
            let rows = prototypes.chunks_exact(dim);
            let values: Vec<f32> = rows.flat_map(|w| &w[range.clone()]).copied().collect();
            let bounds = Bounds::new(set, &values, range.len())?;
            Some((range.clone(), bounds))
        };
        let blocks: Vec<_> = blocks.par_iter().map(bounds).collect::<Option<_>>()?;
        let rho = blocks.iter().map(|(_, bounds)| bounds.rho());
        let rho = rho.fold(0.0, f64::max) + 1.07 * blocks.len() as f64 * UNIT;
        let stride = blocks[0].1.stride();
        Some(Self {
            set,
            dim,
            blocks,
            stride,
            rho,
        })
    }

    /// Things of `n_views` worth handing to [`fill`](Self::fill) at once.
    pub(crate) fn n_block(&self, n_views: usize) -> usize {
        (self.blocks[0].1.n_block() / n_views).max(1)
    }

    /// Values in a table of one value a prototype that [`candidates`](Self::candidates) can take.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// Approximates the distances of things, `[n × n_views × dim]`.
    pub(crate) fn fill(&self, things: &[f32], n_views: usize, sums: &mut Sums) {
        let n = things.len() / (n_views * self.dim);
        let Sums {
            scratch,
            sums,
            errors,
            norms,
        } = sums;
        sums.clear();
        sums.resize(n * self.stride, 0.0);
        errors.clear();
        errors.resize(n, [0.0; 2]);
        for (range, bounds) in &self.blocks {
            let rows = Rows::part(things, self.dim, range.clone());
            bounds.fill(&rows, 0..rows.len(), scratch);
            for (i, (sums, error)) in sums
                .chunks_exact_mut(self.stride)
                .zip(&mut *errors)
                .enumerate()
            {
                let views = i * n_views..(i + 1) * n_views;
                norms.clear();
                norms.extend(views.clone().map(|view| bounds.norm(rows.row(view))));
                let greatest = norms
                    .iter()
                    // One that is NaN stays.
                    .fold(0.0, |a: f32, &b| if a.is_nan() || a > b { a } else { b });
                let sum = f64::from(greatest) * SPARE + bounds.greatest_norm();
                error[0] += sum;
                error[1] += bounds.c() * sum;
                self.set.run(AddNearest {
                    norms,
                    products: bounds.products(views, scratch),
                    of_prototypes: bounds.norms(),
                    sums,
                });
            }
        }
    }

    /// Calls `compare` with every prototype that can be nearest to thing `i` of those that filled `sums`, of the prototypes
    /// whose label is to `keep`, in their order. False, and no call, if all must be compared. `labels` is `[stride]`.
    pub(crate) fn candidates(
        &self,
        i: usize,
        sums: &Sums,
        labels: &[u32],
        keep: impl Fn(u32) -> bool,
        compare: impl FnMut(usize),
    ) -> bool {
        let [norms, blocks] = sums.errors[i];
        if !(MIN_SUM..=MAX_SUM).contains(&norms) {
            return false;
        }
        let of_sum = self.blocks.len() as f64 * UNIT;
        self.set.run(Candidates {
            sums: &sums.sums[i * self.stride..][..self.stride],
            labels,
            keep,
            compare,
            error: blocks + 3.0 * of_sum * norms,
            factor: 1.0 + 2.25 * self.rho,
        });
        true
    }
}

/// Adds to each prototype's sum the least of its approximate distances from some views.
struct AddNearest<'a> {
    norms: &'a [f32],
    /// `[views × stride]`.
    products: &'a [f32],
    of_prototypes: &'a [f32],
    sums: &'a mut [f32],
}

impl Work for AddNearest<'_> {
    type Output = ();
    #[inline(always)]
    #[allow(
        clippy::needless_range_loop,
        reason = "so that the loops become vector code"
    )]
    fn run<S: Lanes, const R: usize, const V: usize>(self, _: S) {
        let stride = self.sums.len();
        let (sums, _) = self.sums.as_chunks_mut::<CHUNK>();
        for (chunk, sums) in sums.iter_mut().enumerate() {
            // Columns that only pad stay infinitely far.
            let mut of_prototypes = [f32::INFINITY; CHUNK];
            for (out, &norm) in of_prototypes
                .iter_mut()
                .zip(&self.of_prototypes[chunk * CHUNK..])
            {
                *out = norm;
            }
            let mut least = [f32::INFINITY; CHUNK];
            for (&norm, products) in self.norms.iter().zip(self.products.chunks_exact(stride)) {
                let products = &products[chunk * CHUNK..][..CHUNK];
                for i in 0..CHUNK {
                    let distance = norm + (of_prototypes[i] - 2.0 * products[i]);
                    least[i] = if distance < least[i] {
                        distance
                    } else {
                        least[i]
                    };
                }
            }
            for i in 0..CHUNK {
                sums[i] += least[i];
            }
        }
    }
}

struct Candidates<'a, K, C> {
    sums: &'a [f32],
    labels: &'a [u32],
    keep: K,
    compare: C,
    /// E.
    error: f64,
    /// 1 + 2.25 ρ.
    factor: f64,
}

impl<K: Fn(u32) -> bool, C: FnMut(usize)> Work for Candidates<'_, K, C> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes, const R: usize, const V: usize>(mut self, _: S) {
        let kept = || self.sums.iter().zip(self.labels);
        let mut least = f32::INFINITY;
        for (&sum, &label) in kept() {
            least = if (self.keep)(label) & (sum < least) {
                sum
            } else {
                least
            };
        }
        let limit = (f64::from(least) + self.error).max(0.0) * self.factor + self.error;
        let limit = (limit as f32).next_up();
        for (j, (&sum, &label)) in self.sums.iter().zip(self.labels).enumerate() {
            if sum <= limit && sum < f32::INFINITY && (self.keep)(label) {
                (self.compare)(j);
            }
        }
    }
}
