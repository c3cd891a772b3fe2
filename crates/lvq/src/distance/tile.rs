//! Many inner products at once: the part of the search that no instruction set changes.
//!
//! Prototypes are packed into panels, `[dim × width]` with the prototypes side by side, so that a
//! vector register holds the same coefficient of several of them. A tile is the inner products of
//! a few rows with one panel, kept in registers while the coefficients stream by.

use super::Rows;
use super::set::{Lanes, Portable, Set, Work};
use std::ops::Range;

/// Coefficients that are summed before the sum goes to memory: keeps a panel's part in the cache,
/// and the rounding errors of long vectors small.
const DEPTH: usize = 256;

/// Columns are padded to a multiple of this, the longest vector.
pub(super) const CHUNK: usize = 16;

/// Prototypes packed for one instruction set.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    set: Set,
    dim: usize,
    n_prototypes: usize,
    /// One panel after the other, each `[dim × width]`; zeros where prototypes are missing.
    values: Vec<f32>,
}

impl Panels {
    pub fn new(set: Set, dim: usize, n_prototypes: usize) -> Self {
        let mut panels = Self {
            set,
            dim,
            n_prototypes,
            values: Vec::new(),
        };
        panels.values = vec![0.0; panels.stride() * dim];
        panels
    }

    pub fn set(&self) -> Set {
        self.set
    }

    /// `[n_prototypes × dim]`, of the same size as before.
    pub fn pack(&mut self, prototypes: &[f32]) {
        // A block of coefficients of a panel at a time, which stays in the nearest cache.
        const BLOCK: usize = 16;
        let dim = self.dim;
        for columns in columns(self.set, self.n_prototypes) {
            let width = columns.len();
            let panel = &mut self.values[columns.start * dim..columns.end * dim];
            let held = columns.start..columns.end.min(self.n_prototypes);
            for first in (0..dim).step_by(BLOCK) {
                let block = first..dim.min(first + BLOCK);
                let target = &mut panel[block.start * width..block.end * width];
                for (column, prototype) in held.clone().enumerate() {
                    let source = &prototypes[prototype * dim..][block.clone()];
                    for (target, &value) in target.chunks_exact_mut(width).zip(source) {
                        target[column] = value;
                    }
                }
            }
        }
    }

    /// The prototypes as the columns of `[dim × n_prototypes]`.
    pub fn pack_columns(&mut self, values: &[f32]) {
        for columns in columns(self.set, self.n_prototypes) {
            let width = columns.len();
            let panel = &mut self.values[columns.start * self.dim..columns.end * self.dim];
            let held = columns.start..columns.end.min(self.n_prototypes);
            let rows = values.chunks_exact(self.n_prototypes);
            for (target, row) in panel.chunks_exact_mut(width).zip(rows) {
                target[..held.len()].copy_from_slice(&row[held.clone()]);
            }
        }
    }

    /// Roundings that a term of [`products`](Self::products) meets at most.
    pub fn n_roundings(&self) -> usize {
        let depth = depth(self.dim);
        1 + depth + self.dim.div_ceil(depth)
    }

    /// Values in a row of [`products`](Self::products), a multiple of [`CHUNK`]: the prototypes,
    /// then anything.
    pub fn stride(&self) -> usize {
        self.n_prototypes.next_multiple_of(CHUNK)
    }

    /// Rows worth handing to [`products`](Self::products) at once: as many as leave it in the cache.
    pub fn n_block(&self) -> usize {
        const VALUES: usize = 1 << 16;
        (VALUES / self.stride())
            .clamp(32, 240)
            .next_multiple_of(self.set.n_rows())
    }

    /// Inner products of those rows with all prototypes, `[rows × stride]`; `out` is resized to hold them.
    /// They differ with the instruction set by rounding.
    pub fn products(&self, rows: &Rows<'_, f32>, range: Range<usize>, out: &mut Vec<f32>) {
        self.resize(range.len(), out);
        self.set.run(Products {
            panels: self,
            rows,
            range,
            out,
        });
    }

    /// [`products`](Self::products) to the same bits on every machine; slower on some.
    pub fn portable_products(&self, rows: &Rows<'_, f32>, range: Range<usize>, out: &mut Vec<f32>) {
        self.resize(range.len(), out);
        self.set.run(PortableProducts(Products {
            panels: self,
            rows,
            range,
            out,
        }));
    }

    fn resize(&self, n_rows: usize, out: &mut Vec<f32>) {
        out.resize(
            n_rows.next_multiple_of(self.set.n_rows()) * self.stride(),
            0.0,
        );
    }
}

struct Products<'a> {
    panels: &'a Panels,
    rows: &'a Rows<'a, f32>,
    range: Range<usize>,
    /// `[a multiple of R × stride]`
    out: &'a mut [f32],
}

impl Work for Products<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes, const R: usize, const V: usize>(self, set: S) {
        let Self {
            panels,
            rows,
            range,
            out,
        } = self;
        let (dim, stride, step) = (panels.dim, panels.stride(), depth(panels.dim));
        for first in (0..dim).step_by(step) {
            let depth = first..dim.min(first + step);
            for columns in columns(panels.set, panels.n_prototypes) {
                let panel = &panels.values[columns.start * dim..columns.end * dim];
                let part = &panel[depth.start * columns.len()..depth.end * columns.len()];
                let tiles = out.chunks_exact_mut(R * stride);
                for (start, out) in range.clone().step_by(R).zip(tiles) {
                    // The last tile repeats the last row.
                    let rows: [&[f32]; R] = std::array::from_fn(|i| {
                        &rows.row((start + i).min(range.end - 1))[depth.clone()]
                    });
                    let out = &mut out[columns.start..];
                    match columns.len() / S::LANES {
                        1 => tile::<S, R, 1>(set, rows, part, stride, first == 0, out),
                        2 => tile::<S, R, 2>(set, rows, part, stride, first == 0, out),
                        _ => tile::<S, R, V>(set, rows, part, stride, first == 0, out),
                    }
                }
            }
        }
    }
}

struct PortableProducts<'a>(Products<'a>);

impl Work for PortableProducts<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Lanes, const R: usize, const V: usize>(self, set: S) {
        self.0.run::<_, R, V>(Portable(set));
    }
}

/// Equal parts of at most [`DEPTH`] coefficients.
fn depth(dim: usize) -> usize {
    dim.div_ceil(dim.div_ceil(DEPTH))
}

/// The columns of each panel: full ones, then one of as few vectors as hold the rest.
fn columns(set: Set, n_prototypes: usize) -> impl Iterator<Item = Range<usize>> {
    let end = n_prototypes.next_multiple_of(set.n_lanes());
    (0..end)
        .step_by(set.width())
        .map(move |start| start..end.min(start + set.width()))
}

#[inline(always)]
fn tile<S: Lanes, const R: usize, const V: usize>(
    set: S,
    rows: [&[f32]; R],
    panel: &[f32],
    stride: usize,
    first: bool,
    out: &mut [f32],
) {
    let depth = rows[0].len();
    let rows = rows.map(|row| &row[..depth]);
    let mut sums = [[set.splat(0.0); V]; R];
    for (k, panel) in (0..depth).zip(panel.chunks_exact(V * S::LANES)) {
        let w: [S::Vector; V] = std::array::from_fn(|v| set.load(&panel[v * S::LANES..]));
        for r in 0..R {
            let x = set.splat(rows[r][k]);
            for v in 0..V {
                sums[r][v] = set.multiply_add(x, w[v], sums[r][v]);
            }
        }
    }
    for r in 0..R {
        for v in 0..V {
            let out = &mut out[r * stride + v * S::LANES..][..S::LANES];
            let sum = if first {
                sums[r][v]
            } else {
                set.add(set.load(out), sums[r][v])
            };
            set.store(sum, out);
        }
    }
}
