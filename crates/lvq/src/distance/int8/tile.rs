//! Distances of many rows from many prototypes: the part that no instruction set changes.
//!
//! Prototypes are packed into panels, `[words × width]` with the prototypes side by side, so that a vector register holds the same
//! values of several of them. A tile is the inner products of a few rows with one panel, kept in registers while the words stream by.

use super::nearest::{AgainstViews, Contest, Contests};
use super::set::{Set, Words, Work};
use std::ops::Range;

/// Columns are padded to a multiple of this, the longest vector.
pub(crate) const CHUNK: usize = 16;

/// Where a cache line begins: loads across two of them take twice as long.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
struct Line([i32; CHUNK]);

/// Prototypes packed for one instruction set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Panels {
    set: Set,
    /// In a row.
    n_words: usize,
    /// By which power of two a row's values are multiplied; empty: by none.
    shifts: Vec<u8>,
    /// One panel after the other, each `[n_words × n_chunks]`.
    words: Vec<Line>,
    /// Σ w² of every prototype.
    norms: Vec<[u32; CHUNK]>,
}

/// Rows packed for one instruction set. Reused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packed {
    /// `[n × n_words]`.
    words: Vec<i32>,
    /// What is the same in all distances of a row: Σ x², and twice the offset times Σ x, which the products have too much.
    constants: Vec<u32>,
}

/// What becomes of distances as a tile is done.
pub(super) trait Sink {
    /// Of a row from the prototypes of some chunks, one after the other.
    fn take(&mut self, row: usize, first_chunk: usize, distances: &[[u32; CHUNK]]);
}

impl Panels {
    /// Of prototypes `[n × dim]`, at least one, whose values fit a word of the set: ±127 times 2^`shifts`.
    pub fn new(set: Set, prototypes: &[i16], dim: usize, shifts: &[u8]) -> Self {
        let rows: Vec<&[i16]> = prototypes.chunks_exact(dim).collect();
        let n_values = set.n_values();
        let n_words = dim.div_ceil(n_values);
        let stride = rows.len().next_multiple_of(CHUNK);
        // Columns that only pad repeat the last prototype: of equals the first wins.
        let row = |column: usize| rows[column.min(rows.len() - 1)];
        let mut words = Vec::with_capacity(stride / CHUNK * n_words);
        for chunks in panels(stride / CHUNK, set.n_chunks()) {
            for k in 0..n_words {
                let values = |row: &'_ [i16]| word(&row[k * n_values..], n_values, set.offset());
                words.extend(chunks.clone().map(|chunk| {
                    let column = chunk * CHUNK;
                    Line(std::array::from_fn(|i| values(row(column + i))))
                }));
            }
        }
        let square = |&w: &i16| i32::from(w).pow(2) as u32;
        let norm = |row: &[i16]| row.iter().map(square).fold(0, u32::wrapping_add);
        let norms: Vec<u32> = (0..stride).map(|column| norm(row(column))).collect();
        Self {
            set,
            n_words,
            shifts: shifts.to_vec(),
            words,
            norms: norms.as_chunks().0.to_vec(),
        }
    }

    /// The values `part` of each row of `[n × dim]`.
    pub fn pack(&self, rows: &[i8], dim: usize, part: Range<usize>, packed: &mut Packed) {
        let n_rows = rows.len() / dim;
        packed.words.resize(n_rows * self.n_words, 0);
        packed.constants.resize(n_rows, 0);
        self.set.run(Pack {
            rows,
            dim,
            part,
            shifts: &self.shifts,
            n_words: self.n_words,
            packed,
        });
    }

    /// Shows every prototype's distance from each row to the row's contest.
    pub fn contest(&self, rows: &Packed, labels: &[[u32; CHUNK]], contests: &mut [Contest]) {
        self.meet(rows, Contests { labels, contests });
    }

    /// Each prototype's distance from the nearest of a thing's rows, `n_views` each, to `least`, `[n_things × n_chunks]`.
    pub fn against_views(&self, rows: &Packed, n_views: usize, least: &mut [[u32; CHUNK]]) {
        least.fill([u32::MAX; CHUNK]);
        let n_chunks = self.norms.len();
        self.meet(
            rows,
            AgainstViews {
                n_views,
                n_chunks,
                least,
            },
        );
    }

    fn meet(&self, rows: &Packed, sink: impl Sink) {
        self.set.run(Tiles {
            panels: self,
            rows,
            sink,
        });
    }
}

/// The chunks of each panel: full ones, then one of the rest.
fn panels(n_chunks: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    let starts = (0..n_chunks).step_by(width);
    starts.map(move |start| start..n_chunks.min(start + width))
}

/// The first values of a row as a word; zeros where it has ended.
fn word(values: &[i16], n_values: usize, offset: i16) -> i32 {
    let bits = 32 / n_values;
    let values = values.iter().take(n_values).zip((0..).step_by(bits));
    let parts = values.map(|(&w, at)| (((w + offset) as u32) & (u32::MAX >> (32 - bits))) << at);
    parts.sum::<u32>() as i32
}

struct Pack<'a> {
    rows: &'a [i8],
    dim: usize,
    part: Range<usize>,
    shifts: &'a [u8],
    n_words: usize,
    packed: &'a mut Packed,
}

impl Work for Pack<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Words, const R: usize, const C: usize>(self, _: S) {
        let Self {
            rows,
            dim,
            part,
            shifts,
            n_words,
            packed,
        } = self;
        let words = packed.words.chunks_exact_mut(n_words);
        let rows = rows.chunks_exact(dim).map(|row| &row[part.clone()]);
        for ((x, words), constant) in rows.zip(words).zip(&mut packed.constants) {
            let term = |x: i32| (x * (x + 2 * i32::from(S::OFFSET))) as u32;
            if S::VALUES == 4 {
                let (fours, rest) = x.as_chunks::<4>();
                for (word, &x) in words.iter_mut().zip(fours) {
                    *word = i32::from_le_bytes(x.map(|x| x as u8));
                }
                if let [.., last] = words
                    && !rest.is_empty()
                {
                    let bytes = std::array::from_fn(|i| rest.get(i).map_or(0, |&x| x as u8));
                    *last = i32::from_le_bytes(bytes);
                }
                let terms = x.iter().map(|&x| term(i32::from(x)));
                *constant = terms.fold(0, u32::wrapping_add);
                continue;
            }
            if shifts.is_empty() {
                for (word, x) in words.iter_mut().zip(x.chunks(2)) {
                    let high = x.get(1).copied().unwrap_or(0);
                    *word = i32::from(x[0]) & 0xffff | i32::from(high) << 16;
                }
                let terms = x.iter().map(|&x| term(i32::from(x)));
                *constant = terms.fold(0, u32::wrapping_add);
                continue;
            }
            *constant = 0;
            words.fill(0);
            for (i, (&x, &shift)) in x.iter().zip(shifts).enumerate() {
                let x = i32::from(x) << shift;
                words[i / 2] |= (x & 0xffff) << (i % 2 * 16);
                *constant = constant.wrapping_add(term(x));
            }
        }
    }
}

struct Tiles<'a, K> {
    panels: &'a Panels,
    rows: &'a Packed,
    sink: K,
}

impl<K: Sink> Work for Tiles<'_, K> {
    type Output = ();
    #[inline(always)]
    fn run<S: Words, const R: usize, const C: usize>(self, set: S) {
        let Self {
            panels,
            rows,
            mut sink,
        } = self;
        let n_words = panels.n_words;
        let n_rows = rows.constants.len();
        for chunks in self::panels(panels.norms.len(), C) {
            let words = &panels.words[chunks.start * n_words..chunks.end * n_words];
            let mut start = 0;
            while start < n_rows {
                let tile = Tile {
                    rows,
                    start,
                    words,
                    norms: &panels.norms[chunks.clone()],
                    first_chunk: chunks.start,
                };
                start += match (n_rows - start, chunks.len()) {
                    (1, 1) => tile.run::<S, K, 1, 1>(set, &mut sink),
                    (1, 2) => tile.run::<S, K, 1, 2>(set, &mut sink),
                    (1, _) => tile.run::<S, K, 1, C>(set, &mut sink),
                    (_, 1) => tile.run::<S, K, R, 1>(set, &mut sink),
                    (_, 2) => tile.run::<S, K, R, 2>(set, &mut sink),
                    _ => tile.run::<S, K, R, C>(set, &mut sink),
                };
            }
        }
    }
}

/// A few rows and a panel.
struct Tile<'a> {
    rows: &'a Packed,
    /// The first of its rows.
    start: usize,
    /// `[n_words × n_chunks]`.
    words: &'a [Line],
    norms: &'a [[u32; CHUNK]],
    first_chunk: usize,
}

impl Tile<'_> {
    /// `R` rows, or as many as are left; says how many.
    #[inline(always)]
    fn run<S: Words, K: Sink, const R: usize, const C: usize>(self, set: S, sink: &mut K) -> usize {
        let constants = &self.rows.constants[self.start..];
        let n_words = self.words.len() / C;
        // The last tile repeats the last row.
        let rows: [&[i32]; R] = std::array::from_fn(|r| {
            let row = self.start + r.min(constants.len() - 1);
            &self.rows.words[row * n_words..][..n_words]
        });
        let sums = sums::<S, R, C>(set, rows, self.words);
        let mut products = [[[0; CHUNK]; C]; R];
        for (products, sums) in products.iter_mut().zip(sums) {
            for (products, sum) in products.iter_mut().zip(sums) {
                set.store(sum, products);
            }
        }
        for (r, (products, &constant)) in products.iter().zip(constants).enumerate() {
            let mut distances = [[0; CHUNK]; C];
            // One loop over all of them, which compilers make vectors of; they would not of one for each chunk.
            let known = products
                .as_flattened()
                .iter()
                .zip(self.norms.as_flattened());
            for (distance, (&product, &norm)) in distances.as_flattened_mut().iter_mut().zip(known)
            {
                let twice = 2u32.wrapping_mul(product as u32);
                *distance = constant.wrapping_add(norm).wrapping_sub(twice);
            }
            sink.take(self.start + r, self.first_chunk, &distances);
        }
        R.min(constants.len())
    }
}

#[inline(always)]
fn sums<S: Words, const R: usize, const C: usize>(
    set: S,
    rows: [&[i32]; R],
    panel: &[Line],
) -> [[S::Chunk; C]; R] {
    let mut sums = [[set.splat(0); C]; R];
    for (k, lines) in panel.as_chunks::<C>().0.iter().enumerate() {
        let w: [S::Chunk; C] = std::array::from_fn(|c| set.load(&lines[c].0));
        for r in 0..R {
            let x = set.splat(rows[r][k]);
            for c in 0..C {
                sums[r][c] = set.dot(x, w[c], sums[r][c]);
            }
        }
    }
    sums
}
