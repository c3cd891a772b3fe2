//! Which decisions rounding cannot change.
//!
//! Of the image z of a view of the input and the rounded one z + δ, and of two rounded prototypes w and k,
//! |z + δ − k|² − |z + δ − w|² = |z − k|² − |z − w|² + 2 δ·(w − k), and |δ·(w − k)| ≤ Σ |δᵢ| |wᵢ − kᵢ|, whichever way every value
//! was rounded. Where k meets another view than w, each distance is bounded by itself:
//! Σ (|zᵢ − kᵢ| − |δᵢ|)² ≤ |z + δ − k|² ≤ Σ (|zᵢ − kᵢ| + |δᵢ|)².

use std::ops::Range;

use super::packed::level;
use super::quantized::scale;
use crate::{Codebook, Error, QuantizedCodebook};

/// Rounding errors of this arithmetic itself, of a distance.
const SLACK: f64 = 1e-9;

/// Proves of decisions that whole numbers decide as floating-point numbers do.
#[derive(Debug, Clone)]
pub struct Certainty<'a> {
    codebook: &'a Codebook,
    quantized: &'a QuantizedCodebook,
    block: usize,
    /// The rounded prototypes, `[n × image_dim]`, exactly.
    prototypes: Vec<f64>,
}

/// The views of one cut.
struct Cut {
    dim: usize,
    /// z, `[n_views × dim]`.
    images: Vec<f64>,
    /// |δ| of every value, likewise.
    errors: Vec<f64>,
}

/// The view that is nearest, and how near: squared, and at most after rounding.
struct Met {
    view: usize,
    distance: f64,
    most: f64,
}

impl<'a> Certainty<'a> {
    /// Of decisions of a codebook, and of what was made of it.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if they differ in their sizes.
    pub fn new(codebook: &'a Codebook, quantized: &'a QuantizedCodebook) -> Result<Self, Error> {
        for (what, samples, codebook) in [
            ("dim", quantized.image_dim(), codebook.image_dim()),
            (
                "n_prototypes",
                quantized.labels().len(),
                codebook.n_prototypes(),
            ),
        ] {
            if samples != codebook {
                return Err(Error::Mismatch {
                    what,
                    samples,
                    codebook,
                });
            }
        }
        let (grid, n) = (quantized.grid(), quantized.image_dim());
        let tables = quantized.tables();
        let unit = f64::from(grid.step) * f64::from(grid.multiple);
        let rows = (0..tables.n_prototypes()).map(|j| tables.row(j));
        let prototypes = rows.flat_map(|row| {
            let value = move |i| f64::from(level(row, i, grid.bits));
            (0..n).map(move |i| value(i) * unit * f64::from(scale(quantized.exponents(), i)))
        });
        Ok(Self {
            codebook,
            quantized,
            block: tables.block(),
            prototypes: prototypes.collect(),
        })
    }

    /// Whether rounding cannot make another class of the codebook's decision for prototype `winner`, given the views of every cut of
    /// the thing, `[n_views × dim]`, as the codebook meets them and as the quantized one does: the two may be standardised apart by a
    /// rounding. `false` says nothing.
    ///
    /// # Panics
    /// If a cut is no whole number of vectors, there is none, or the winner does not exist.
    pub fn holds<'v>(
        &self,
        winner: usize,
        cuts: impl Iterator<Item = (&'v [f32], &'v [f32])>,
    ) -> bool {
        let cuts: Vec<Cut> = cuts.map(|(exact, met)| self.cut(exact, met)).collect();
        let labels = self.quantized.labels();
        let met = |home: &'_ Cut| -> Vec<Met> {
            let blocks = self.blocks();
            blocks.map(|block| self.met(home, winner, block)).collect()
        };
        let sum = |met: &[Met]| met.iter().map(|met| met.distance).sum::<f64>();
        let homes = cuts.iter().map(|cut| (cut, met(cut)));
        let home = homes.min_by(|a, b| sum(&a.1).total_cmp(&sum(&b.1)));
        let (home, met) = home.expect("at least one cut");
        let slack = SLACK * (1.0 + sum(&met));
        let mut rivals = (0..labels.len()).filter(|&k| labels[k] != labels[winner]);
        rivals.all(|rival| {
            let mut gaps = cuts
                .iter()
                .map(|cut| self.gap(cut, rival, winner, home, &met));
            gaps.all(|gap| gap > slack)
        })
    }

    /// Least that the rounded distance of `rival` in `cut` is above that of the winner in its `home`.
    fn gap(&self, cut: &Cut, rival: usize, winner: usize, home: &Cut, met: &[Met]) -> f64 {
        let of_block = |(b, block): (usize, Range<usize>)| {
            let (k, w) = (self.part(rival, &block), self.part(winner, &block));
            let met = &met[b];
            let gaps = (0..cut.n_views()).map(|view| {
                let (z, errors) = cut.part(view, &block);
                if std::ptr::eq(cut, home) && view == met.view {
                    return square(z, k) - met.distance - 2.0 * most_product(errors, w, k);
                }
                least(z, errors, k) - met.most
            });
            gaps.fold(f64::INFINITY, f64::min)
        };
        self.blocks().enumerate().map(of_block).sum()
    }

    /// The view of a block that is nearest to a prototype.
    fn met(&self, cut: &Cut, j: usize, block: Range<usize>) -> Met {
        let w = self.part(j, &block);
        let distances = (0..cut.n_views()).map(|view| (view, square(cut.part(view, &block).0, w)));
        let nearest = distances.min_by(|a, b| a.1.total_cmp(&b.1));
        let (view, distance) = nearest.expect("at least one view");
        let (z, errors) = cut.part(view, &block);
        Met {
            view,
            distance,
            most: most(z, errors, w),
        }
    }

    fn cut(&self, exact: &[f32], met: &[f32]) -> Cut {
        let quantized = self.quantized;
        let (mut images, mut whole) = (Vec::new(), Vec::new());
        self.codebook.project_all(exact, &mut images);
        quantized.quantize_into(met, &mut whole);
        let (step, n) = (f64::from(quantized.grid().step), quantized.image_dim());
        let images: Vec<f64> = images.into_iter().map(f64::from).collect();
        let pairs = images.iter().zip(&whole).enumerate();
        let error = |(i, (z, &q)): (usize, (&f64, &i8))| {
            (f64::from(q) * step * f64::from(scale(quantized.exponents(), i % n)) - z).abs()
        };
        Cut {
            dim: n,
            errors: pairs.map(error).collect(),
            images,
        }
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let n = self.quantized.image_dim();
        (0..n)
            .step_by(self.block)
            .map(move |at| at..n.min(at + self.block))
    }

    fn part(&self, j: usize, block: &Range<usize>) -> &[f64] {
        &self.prototypes[j * self.quantized.image_dim()..][block.clone()]
    }
}

impl Cut {
    fn n_views(&self) -> usize {
        self.images.len() / self.dim
    }

    /// z and |δ|.
    fn part(&self, view: usize, block: &Range<usize>) -> (&[f64], &[f64]) {
        let at = view * self.dim + block.start..view * self.dim + block.end;
        (&self.images[at.clone()], &self.errors[at])
    }
}

/// Σ |δᵢ| |aᵢ − bᵢ|.
fn most_product(errors: &[f64], a: &[f64], b: &[f64]) -> f64 {
    errors.iter().zip(apart(a, b)).map(|(e, d)| e * d).sum()
}

/// Least of |z + δ − k|².
fn least(z: &[f64], errors: &[f64], k: &[f64]) -> f64 {
    let pairs = errors.iter().zip(apart(z, k));
    pairs.map(|(e, d)| (d - e).powi(2)).sum()
}

/// Most of |z + δ − w|².
fn most(z: &[f64], errors: &[f64], w: &[f64]) -> f64 {
    let pairs = errors.iter().zip(apart(z, w));
    pairs.map(|(e, d)| (d + e).powi(2)).sum()
}

fn apart(a: &[f64], b: &[f64]) -> impl Iterator<Item = f64> {
    a.iter().zip(b).map(|(a, b)| (a - b).abs())
}

/// |a − b|².
fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decision, Grid, Metric};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Decisions that are called certain are the same in whole numbers; most are.
    #[test]
    fn certain_decisions_hold() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (dim, n, n_views) = (10, 12, 3);
        let mut random =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let labels: Vec<u32> = (0..n as u32).map(|j| j % 4).collect();
        let mut codebook = Codebook::new(dim, 4, random(n * dim), labels).unwrap();
        let metric = Metric::SharedOmega {
            tile: 5,
            n_rows: 5,
            values: random(25),
        };
        let (mut n_certain, mut n_changed, mut n_all) = (0, 0, 0);
        for (metric, block) in [
            (Metric::Euclidean, dim),
            (Metric::Euclidean, 4),
            (metric, 5),
        ] {
            codebook = codebook.with_block(dim).unwrap();
            codebook = codebook
                .with_metric(metric)
                .unwrap()
                .with_block(block)
                .unwrap();
            for step in [0.004, 0.03, 0.2] {
                let grid = Grid::new(step, 8, 1).unwrap();
                let quantized = QuantizedCodebook::new(&codebook, grid, &[]).unwrap();
                let certainty = Certainty::new(&codebook, &quantized).unwrap();
                for _ in 0..200 {
                    let views = random(2 * n_views * dim);
                    let cuts = || views.chunks_exact(n_views * dim);
                    let decisions = cuts().map(|views| codebook.decide_views(views));
                    let float = decisions.reduce(Decision::nearer).unwrap();
                    let decisions = cuts().map(|views| quantized.decide(views));
                    let whole = decisions.reduce(Decision::nearer).unwrap();
                    let is_certain = certainty.holds(float.winner, cuts().zip(cuts()));
                    n_all += 1;
                    n_certain += usize::from(is_certain);
                    n_changed += usize::from(whole.label != float.label);
                    assert!(!is_certain || whole.label == float.label, "step {step}");
                }
            }
        }
        assert!(
            4 * n_certain > n_all && n_changed > 20,
            "{n_certain} {n_changed}"
        );
    }
}
