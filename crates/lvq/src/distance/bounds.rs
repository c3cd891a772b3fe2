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
use super::set::Set;
use super::tile::Panels;
use std::ops::Range;

const UNIT: f64 = 1.0 / (1 << 24) as f64;
/// More than a norm or its square can be off by.
const SPARE: f64 = 1.0 + 1.0 / 256.0;
const MAX_DIM: usize = 1 << 20;
const MIN_SUM: f64 = 1.0 / (1u128 << 90) as f64;
const MAX_SUM: f64 = (1u128 << 120) as f64;

/// Packed prototypes, and what bounds their distances.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    panels: Panels,
    dim: usize,
    /// W², `[n_prototypes]`.
    norms: Vec<f32>,
    /// ℓ, infinite in the columns that only pad: `[panels.stride()]`.
    lowered: Vec<f32>,
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

/// The approximate distances of a block of rows.
pub(super) struct Block<'a> {
    bounds: &'a Bounds,
    products: &'a mut [f32],
}

/// The approximate distances of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowBounds<'a> {
    bounds: &'a Bounds,
    /// b, `[stride]`.
    b: &'a [f32],
    /// X².
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
            *norm = squared_norm(w);
            *lowered = ((1.0 - self.c) * f64::from(*norm)) as f32;
            *least = least.min(*norm);
            // One that is NaN stays.
            if !(*norm <= *most) {
                *most = *norm;
            }
        }
    }

    /// Rows worth handing to [`block`](Self::block) at once.
    pub fn n_block(&self) -> usize {
        self.panels.n_block()
    }

    /// Approximates the distances of those rows.
    pub fn block<'a>(
        &'a self,
        rows: &Rows<'_, f32>,
        range: Range<usize>,
        scratch: &'a mut Scratch,
    ) -> Block<'a> {
        self.panels.products(rows, range, &mut scratch.products);
        Block {
            bounds: self,
            products: &mut scratch.products,
        }
    }

    /// Squared distances of those rows from all prototypes, `[rows × n_prototypes]`: off by at most
    /// about dim / 2²³ of X² + W², never negative, and the same bits on every machine.
    pub fn distances(
        &self,
        rows: &Rows<'_, f32>,
        range: Range<usize>,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) {
        self.panels
            .portable_products(rows, range.clone(), &mut scratch.products);
        let products = scratch.products.chunks_exact(self.panels.stride());
        let out = out.chunks_exact_mut(self.norms.len());
        for ((i, products), out) in range.zip(products).zip(out) {
            let norm = squared_norm(rows.row(i));
            for ((out, p), w) in out.iter_mut().zip(products).zip(&self.norms) {
                let distance = norm + (w - 2.0 * p);
                *out = if distance < 0.0 { 0.0 } else { distance };
            }
        }
    }
}

impl Block<'_> {
    /// The bounds of row `x`, the `i`th of the block; `None` if it must be compared by definition.
    pub fn row(&mut self, i: usize, x: &[f32]) -> Option<RowBounds<'_>> {
        let bounds = self.bounds;
        let norm = f64::from(squared_norm(x)) * SPARE;
        let [least, most] = bounds.extremes.map(f64::from);
        if !(norm + least >= MIN_SUM && norm + most * SPARE <= MAX_SUM) {
            return None;
        }
        let stride = bounds.lowered.len();
        let b = &mut self.products[i * stride..][..stride];
        for (b, lowered) in b.iter_mut().zip(&bounds.lowered) {
            *b = lowered - 2.0 * *b;
        }
        Some(RowBounds { bounds, b, norm })
    }
}

/// Values that are looked through together.
const CHUNK: usize = 16;

impl RowBounds<'_> {
    /// Calls `compare` with every prototype that can be nearest of those to `keep`, in their order.
    pub fn candidates(&self, keep: impl Fn(usize) -> bool, mut compare: impl FnMut(usize)) {
        let Some(limit) = self.limit(&keep) else {
            return;
        };
        for (chunk, first) in self.b.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
            // No early end, so that it becomes vector code.
            if chunk.iter().fold(false, |any, &b| any | (b <= limit)) {
                for (index, &b) in (first..).zip(chunk) {
                    if b <= limit && keep(index) {
                        compare(index);
                    }
                }
            }
        }
    }

    /// The right side of (2), rounded up; `None` if there is no prototype to keep.
    fn limit(&self, keep: impl Fn(usize) -> bool) -> Option<f32> {
        let Self { bounds, b, norm } = *self;
        let Bounds { norms, c, rho, .. } = bounds;
        let mut best = None;
        let mut least = f32::INFINITY;
        for (index, &b) in b[..norms.len()].iter().enumerate() {
            if b < least && keep(index) {
                (best, least) = (Some(index), b);
            }
        }
        let error = 2.0 * c * (norm + f64::from(norms[best?]) * SPARE);
        let distance = (f64::from(least) + norm + error).max(0.0);
        Some(((f64::from(least) + error + 2.25 * rho * distance) as f32).next_up())
    }
}

/// Σ x², in the order of [`squared_euclidean`](crate::squared_euclidean).
fn squared_norm(x: &[f32]) -> f32 {
    const LANES: usize = 32;
    let mut sums = [0.0; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x * x;
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += x * x;
    }
    let mut half = LANES / 2;
    while half > 0 {
        let (lower, upper) = sums.split_at_mut(half);
        for (lower, upper) in lower.iter_mut().zip(upper) {
            *lower += *upper;
        }
        half /= 2;
    }
    sums[0]
}
