//! Which prototypes can be nearest, from approximate distances: the error bound of the search.
//!
//! Let u = 2⁻²⁴ be the unit roundoff, γₖ = ku / (1 − ku), X and W the norms of a row x and of a
//! prototype w, D = ‖x − w‖² without rounding, and p the computed inner product. A term of p meets
//! at most K roundings ([`Panels::n_roundings`]), so (Higham 2002, section 3.1, and Cauchy-Schwarz)
//!
//!   |2p − 2x·w| ≤ 2 γ_K Σ|xᵢwᵢ| ≤ 2 γ_K X W ≤ γ_K (X² + W²).
//!
//! W² is computed in lanes, off by at most ν W² with ν = γ of dim / 32 + 7. The table holds
//! ℓ = (1 − c) W², rounded once more, and the search forms b = ℓ − 2p, rounded once more: together
//! at most 3.1 u (X² + W²). So with c ≥ γ_K + ν + 4u
//!
//!   |b − (D − X² − c W²)| ≤ c (X² + W²),   that is
//!   b + (1 − c) X² ≤ D ≤ b + (1 + c) X² + 2 c W².                                            (1)
//!
//! The distance by definition, R of [`squared_euclidean`](crate::squared_euclidean), has
//! |R − D| ≤ ρ D with ρ = γ of dim / 32 + 9. Let k be any prototype; that of least b is best. The
//! nearest by definition has R ≤ R_k, so D ≤ D_k (1 + ρ) / (1 − ρ) ≤ (1 + 2.25 ρ) D_k, and with (1)
//!
//!   b ≤ b_k + 2 c (X² + W_k²) + 2.25 ρ (b_k + (1 + c) X² + 2 c W_k²).                        (2)
//!
//! Every prototype that meets (2) is compared by definition; no other can be nearest or tie.
//! Underflow adds at most 2⁻¹²⁴ to any of this as long as dim ≤ 2²⁰, and nothing overflows as long
//! as X² + W² ≤ 2¹²⁰. The former is covered by c, which is more than 4u too large, as long as
//! X² + W² ≥ 2⁻⁹⁰. Rows beyond these limits, NaN among them, are compared with every prototype by
//! definition.

use super::Rows;
use super::set::{Lanes, Set, Work};
use super::tile::{CHUNK, Panels};
use super::vectorised;
use std::ops::Range;

pub(super) const UNIT: f64 = 1.0 / (1 << 24) as f64;
/// More than a norm or its square can be off by.
pub(super) const SPARE: f64 = 1.0 + 1.0 / 256.0;
const MAX_DIM: usize = 1 << 20;
pub(super) const MIN_SUM: f64 = 1.0 / (1u128 << 90) as f64;
pub(super) const MAX_SUM: f64 = (1u128 << 120) as f64;

/// Packed prototypes, and what bounds their distances.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    panels: Panels,
    dim: usize,
    /// W², `[n_prototypes]`.
    norms: Vec<f32>,
    /// ℓ, infinite in the columns that only pad: `[panels.stride()]`.
    lowered: Vec<f32>,
    /// `[dim]` zeros: a norm is the distance from them.
    origin: Vec<f32>,
    /// Least and largest W²; NaN if one is.
    extremes: [f32; 2],
    c: f64,
    rho: f64,
}

/// Buffers of one thread, reused from block to block.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// `[rows × stride]`.
    products: Vec<f32>,
}

/// The approximate distances of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowBounds<'a> {
    bounds: &'a Bounds,
    /// p, `[stride]`.
    products: &'a [f32],
    /// At least X².
    norm: f64,
}

impl Bounds {
    /// `None` if the vectors are so long that the bound does not hold.
    pub fn new(set: Set, prototypes: &[f32], dim: usize) -> Option<Self> {
        if dim > MAX_DIM {
            return None;
        }
        let n_prototypes = prototypes.len() / dim;
        let panels = Panels::new(set, dim, n_prototypes);
        let in_lanes = dim as f64 / 32.0;
        let mut bounds = Self {
            dim,
            norms: vec![0.0; n_prototypes],
            lowered: vec![f32::INFINITY; panels.stride()],
            origin: vec![0.0; dim],
            extremes: [0.0; 2],
            // γₖ ≤ 1.07 ku for k up to 2²⁰ / 32 + 2¹³.
            c: 1.07 * (panels.n_roundings() as f64 + in_lanes + 16.0) * UNIT,
            rho: 1.07 * (in_lanes + 9.0) * UNIT,
            panels,
        };
        bounds.update(prototypes);
        Some(bounds)
    }

    /// Prototypes that moved, as many as before.
    pub fn update(&mut self, prototypes: &[f32]) {
        self.panels.pack(prototypes);
        self.extremes = [f32::INFINITY, 0.0];
        let [least, most] = &mut self.extremes;
        let rows = prototypes.chunks_exact(self.dim);
        for ((w, norm), lowered) in rows.zip(&mut self.norms).zip(&mut self.lowered) {
            *norm = vectorised(w, &self.origin);
            *lowered = ((1.0 - self.c) * f64::from(*norm)) as f32;
            *least = least.min(*norm);
            // One that is NaN stays.
            if norm.is_nan() || *norm > *most {
                *most = *norm;
            }
        }
    }

    /// Rows worth handing to [`block`](Self::block) at once.
    pub fn n_block(&self) -> usize {
        self.panels.n_block()
    }

    /// Values in a table of one value a prototype that [`RowBounds::candidates`] can take.
    pub fn stride(&self) -> usize {
        self.lowered.len()
    }

    /// Approximates the distances of a block of rows.
    pub fn fill(&self, rows: &Rows<'_, f32>, range: Range<usize>, scratch: &mut Scratch) {
        self.panels.products(rows, range, &mut scratch.products);
    }

    /// The bounds of row `x`, the `i`th of the block that filled `scratch`; `None` if it must be
    /// compared by definition.
    pub fn row<'a>(&'a self, i: usize, x: &[f32], scratch: &'a Scratch) -> Option<RowBounds<'a>> {
        let norm = f64::from(vectorised(x, &self.origin)) * SPARE;
        let [least, most] = self.extremes.map(f64::from);
        let holds = norm + least >= MIN_SUM && norm + most * SPARE <= MAX_SUM;
        holds.then(|| RowBounds {
            bounds: self,
            products: &scratch.products[i * self.stride()..][..self.stride()],
            norm,
        })
    }

    /// X² of a row.
    pub fn norm(&self, x: &[f32]) -> f32 {
        vectorised(x, &self.origin)
    }

    /// W² of every prototype.
    pub fn norms(&self) -> &[f32] {
        &self.norms
    }

    /// At least the greatest of them; NaN if one is.
    pub fn greatest_norm(&self) -> f64 {
        f64::from(self.extremes[1]) * SPARE
    }

    pub fn c(&self) -> f64 {
        self.c
    }

    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// p of some rows of the block that filled `scratch`, `[rows × stride]`.
    pub fn products<'a>(&self, rows: Range<usize>, scratch: &'a Scratch) -> &'a [f32] {
        &scratch.products[rows.start * self.stride()..rows.end * self.stride()]
    }
}

impl RowBounds<'_> {
    /// Calls `compare` with every prototype that can be nearest of those whose label is to `keep`,
    /// in their order. `labels` is `[stride]`.
    pub fn candidates(
        &self,
        labels: &[u32],
        keep: impl Fn(u32) -> bool,
        compare: impl FnMut(usize),
    ) {
        self.bounds.panels.set().run(Candidates {
            row: *self,
            labels,
            keep,
            compare,
        });
    }

    /// The right side of (2) for prototype k, rounded up.
    fn limit(&self, k: usize, b: f32) -> f32 {
        let Bounds { norms, c, rho, .. } = self.bounds;
        let b = f64::from(b);
        let error = 2.0 * c * (self.norm + f64::from(norms[k]) * SPARE);
        let distance = (b + self.norm + error).max(0.0);
        ((b + error + 2.25 * rho * distance) as f32).next_up()
    }
}

struct Candidates<'a, K, C> {
    row: RowBounds<'a>,
    labels: &'a [u32],
    keep: K,
    compare: C,
}

impl<K: Fn(u32) -> bool, C: FnMut(usize)> Work for Candidates<'_, K, C> {
    type Output = ();
    // Without an early end and index by index, so that the loops become vector code.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)]
    fn run<S: Lanes, const R: usize, const V: usize>(mut self, _: S) {
        let (products, _) = self.row.products.as_chunks::<CHUNK>();
        let (lowered, _) = self.row.bounds.lowered.as_chunks::<CHUNK>();
        let (labels, _) = self.labels.as_chunks::<CHUNK>();
        let chunks = || products.iter().zip(lowered).zip(labels).zip(0u32..);
        let (mut least, mut at) = ([f32::INFINITY; CHUNK], [0; CHUNK]);
        for (((products, lowered), labels), chunk) in chunks() {
            for i in 0..CHUNK {
                let b = lowered[i] - 2.0 * products[i];
                let nearer = (b < least[i]) & (self.keep)(labels[i]);
                least[i] = if nearer { b } else { least[i] };
                at[i] = if nearer { chunk } else { at[i] };
            }
        }
        let (mut k, mut b) = (0, f32::INFINITY);
        for i in 0..CHUNK {
            if least[i] < b {
                (k, b) = (at[i] as usize * CHUNK + i, least[i]);
            }
        }
        if b == f32::INFINITY {
            return;
        }
        let limit = self.row.limit(k, b);
        for (((products, lowered), labels), chunk) in chunks() {
            let mut near = [false; CHUNK];
            for i in 0..CHUNK {
                let b = lowered[i] - 2.0 * products[i];
                near[i] = (b <= limit) & (self.keep)(labels[i]);
            }
            if near != [false; CHUNK] {
                for i in 0..CHUNK {
                    if near[i] {
                        (self.compare)(chunk as usize * CHUNK + i);
                    }
                }
            }
        }
    }
}
