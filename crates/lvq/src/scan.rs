//! The distance of every prototype, again and again, without allocating.

use crate::codebook::Codebook;
use crate::distance::squared_euclideans;
use crate::probe::{Probe, nearest_view};
use crate::{IntCodebook, Metric, QuantizedCodebook};
use std::ops::Range;

/// Squared distances of all prototypes of a codebook to the views of one thing after the other, in buffers that are made
/// once. The same bits as [`Codebook::decide_views`] compares; only local matrices allocate.
#[derive(Debug)]
pub struct Scan<'c>(Book<'c>);

#[derive(Debug)]
enum Book<'c> {
    Float(FloatScan<'c>),
    Local(&'c Codebook),
    Whole(WholeScan<'c>),
}

#[derive(Debug)]
struct FloatScan<'c> {
    codebook: &'c Codebook,
    /// Of an image.
    blocks: Vec<Range<usize>>,
    /// Images of the prototypes block by block, each `[n_prototypes × block]`: what is compared together lies together.
    rows: Vec<f32>,
    /// Images of the views, `[n_views × image_dim]`.
    images: Vec<f32>,
    projecting: Vec<f32>,
    /// Of one block to one view, and the least so far, `[n_prototypes]` each.
    distances: Vec<f32>,
    least: Vec<f32>,
}

#[derive(Debug)]
struct WholeScan<'c> {
    quantized: &'c QuantizedCodebook,
    tables: IntCodebook<'c>,
    images: Vec<f32>,
    projecting: Vec<f32>,
    levels: Vec<i8>,
}

impl<'c> Scan<'c> {
    /// Of a codebook in floating-point numbers.
    pub fn new(codebook: &'c Codebook) -> Self {
        if matches!(codebook.metric(), Metric::LocalOmegas { .. }) || codebook.grid().is_some() {
            return Self(Book::Local(codebook));
        }
        let n = codebook.n_prototypes();
        let blocks: Vec<_> = codebook.image_blocks().collect();
        let mut rows = Vec::with_capacity(n * codebook.image_dim());
        for block in &blocks {
            for j in 0..n {
                rows.extend_from_slice(&codebook.image(j)[block.clone()]);
            }
        }
        Self(Book::Float(FloatScan {
            codebook,
            blocks,
            rows,
            images: Vec::new(),
            projecting: Vec::new(),
            distances: vec![0.0; n],
            least: vec![0.0; n],
        }))
    }

    /// Of one in whole numbers; distances are in the units of the other.
    pub fn of_whole(quantized: &'c QuantizedCodebook) -> Self {
        Self(Book::Whole(WholeScan {
            quantized,
            tables: quantized.tables(),
            images: Vec::new(),
            projecting: Vec::new(),
            levels: Vec::new(),
        }))
    }

    /// The squared distance of every prototype to a thing of `views`, `[n_views × dim]`, to `out`, `[n_prototypes]`:
    /// block by block the nearest view counts.
    ///
    /// # Panics
    /// If `views` is not a whole number of vectors, at least one, or `out` not one place a prototype.
    pub fn distances_into(&mut self, views: &[f32], out: &mut [f32]) {
        match &mut self.0 {
            Book::Float(scan) => scan.distances_into(views, out),
            Book::Whole(scan) => scan.distances_into(views, out),
            Book::Local(codebook) => {
                let probes = views.chunks_exact(codebook.dim());
                let mut probes: Vec<_> = probes.map(|x| Probe::new(codebook, x)).collect();
                for (j, out) in out.iter_mut().enumerate() {
                    *out = nearest_view(&mut probes, j).1;
                }
            }
        }
    }
}

impl FloatScan<'_> {
    fn distances_into(&mut self, views: &[f32], out: &mut [f32]) {
        let (dim, image_dim) = (self.codebook.dim(), self.codebook.image_dim());
        check(views, dim, out, self.least.len());
        let images = match self.codebook.metric() {
            Metric::Euclidean => views,
            _ => {
                self.images.resize(views.len() / dim * image_dim, 0.0);
                self.codebook
                    .project(0, views, &mut self.images, &mut self.projecting);
                &self.images
            }
        };
        out.fill(0.0);
        let mut rest = self.rows.as_slice();
        for block in &self.blocks {
            let (rows, later) = rest.split_at(out.len() * block.len());
            rest = later;
            for (v, image) in images.chunks_exact(image_dim).enumerate() {
                let image = &image[block.clone()];
                if v == 0 {
                    squared_euclideans(image, rows, &mut self.least);
                    continue;
                }
                squared_euclideans(image, rows, &mut self.distances);
                for (least, &distance) in self.least.iter_mut().zip(&self.distances) {
                    if distance < *least {
                        *least = distance;
                    }
                }
            }
            for (out, least) in out.iter_mut().zip(&self.least) {
                *out += least;
            }
        }
    }
}

impl WholeScan<'_> {
    fn distances_into(&mut self, views: &[f32], out: &mut [f32]) {
        check(views, self.quantized.dim(), out, self.tables.n_prototypes());
        let unit = self.quantized.distance_unit();
        self.quantized.levels_into(
            views,
            &mut self.images,
            &mut self.projecting,
            &mut self.levels,
        );
        for (j, out) in out.iter_mut().enumerate() {
            *out = self.tables.distance(j, &self.levels) as f32 * unit;
        }
    }
}

#[track_caller]
fn check(views: &[f32], dim: usize, out: &[f32], n_prototypes: usize) {
    let is_whole = !views.is_empty() && views.len().is_multiple_of(dim);
    assert!(is_whole, "no whole number of vectors of the codebook's dim");
    assert_eq!(out.len(), n_prototypes, "not one place a prototype");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grid;

    #[test]
    fn the_distances_are_those_decisions_compare() {
        let (dim, n, n_views) = (25, 21, 5);
        let value = |i: usize| (((i * 7919) % 1009) as f32 / 500.0 - 1.0).powi(3);
        let prototypes: Vec<f32> = (0..n * dim).map(value).collect();
        let labels = (0..n as u32).map(|j| j % 3).collect();
        let book = Codebook::new(dim, 3, prototypes, labels).unwrap();
        let views: Vec<f32> = (0..n_views * dim).map(|i| value(i + 77)).collect();
        let shared = Metric::SharedOmega {
            tile: 4,
            n_rows: 3,
            values: (0..12).map(value).collect(),
        };
        let metrics = [
            Metric::Euclidean,
            Metric::equal_relevances(dim),
            shared,
            Metric::local_identities(n, 3, dim),
        ];
        let mut n_held = 0;
        for (metric, block) in metrics.iter().flat_map(|m| [(m, dim), (m, 8)]) {
            let book = book.clone().with_metric(metric.clone()).unwrap();
            let Ok(book) = book.with_block(block) else {
                continue;
            };
            let mut out = vec![0.0; n];
            let mut scan = Scan::new(&book);
            for _ in 0..2 {
                scan.distances_into(&views, &mut out);
                let mut probes: Vec<_> = views
                    .chunks_exact(dim)
                    .map(|x| Probe::new(&book, x))
                    .collect();
                for (j, &got) in out.iter().enumerate() {
                    let expected = nearest_view(&mut probes, j).1;
                    assert_eq!(got.to_bits(), expected.to_bits(), "{metric:?}, {block}");
                }
            }
            let decision = book.decide_views(&views);
            assert_eq!(decision.distance, out[decision.winner]);
            n_held += 1;
            if matches!(metric, Metric::LocalOmegas { .. }) {
                continue;
            }
            let grid = Grid::reaching(2.0, 2.0, 8).unwrap();
            let whole = QuantizedCodebook::new(&book, grid, &[]).unwrap();
            Scan::of_whole(&whole).distances_into(&views, &mut out);
            let decision = whole.decide(&views).in_units(whole.distance_unit());
            assert_eq!(decision.distance, out[decision.winner]);
        }
        assert_eq!(n_held, 7);
    }
}
