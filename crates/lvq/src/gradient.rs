use crate::batch::Batch;
use crate::cost::Verdict;
use crate::distance::add_outer;
use crate::metric::add_scaled;
use crate::{Codebook, Float, Grid, Metric};
use rayon::prelude::*;

/// Values of a relevance profile in one parallel task.
const COLUMNS: usize = 64;

/// Gradient of a cost, laid out as the codebook's parameters.
#[derive(Debug, Clone)]
pub(crate) struct Gradient<T> {
    /// `[n_prototypes × dim]`.
    pub(crate) prototypes: Vec<T>,
    /// As [`Metric::values`]; empty where the metric is not learnt.
    pub(crate) metric: Vec<T>,
    /// Room for the pulls at each prototype.
    tugs: Vec<Vec<Tug<T>>>,
    /// Room for what a matrix learns from, `w − x` of every pull and its image: megabytes, not to be had anew for every
    /// batch.
    room: [Vec<T>; 2],
}

/// A pull at a prototype: 2 · weight · ∂cost/∂d, twice as every ∂d/∂… has a factor 2 or is a square.
#[derive(Debug, Clone, Copy)]
struct Tug<T> {
    sample: usize,
    view: usize,
    factor: T,
}

impl<T: Float> Gradient<T> {
    pub(crate) fn new(codebook: &Codebook<T>, learns_metric: bool) -> Self {
        let n_metric = if learns_metric {
            codebook.metric().values().len()
        } else {
            0
        };
        Self {
            prototypes: vec![T::default(); codebook.prototypes().len()],
            metric: vec![T::default(); n_metric],
            tugs: vec![Vec::new(); codebook.n_prototypes()],
            room: Default::default(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.prototypes.fill(T::default());
        self.metric.fill(T::default());
    }

    /// Adds the gradient of Σ weight · cost over the batch. Every sum runs in the order of the
    /// batch and belongs to one thread, so the bits do not depend on their number.
    pub(crate) fn add(
        &mut self,
        codebook: &Codebook<T>,
        batch: &Batch<T>,
        verdicts: &[Verdict],
        weights: &[f64],
    ) {
        self.tugs.iter_mut().for_each(Vec::clear);
        for (sample, (verdict, weight)) in verdicts.iter().zip(weights).enumerate() {
            for pull in &verdict.pulls {
                self.tugs[pull.prototype].push(Tug {
                    sample,
                    view: pull.view,
                    factor: T::from_f64(weight * (2.0 * pull.slope)),
                });
            }
        }
        let tugs = &self.tugs;
        let scene = Scene {
            codebook,
            batch,
            tugs,
        };
        let rows = self
            .prototypes
            .par_chunks_exact_mut(codebook.dim())
            .enumerate();
        rows.for_each(|(j, row)| scene.add_prototype(j, row));
    }

    /// Adds the gradient of the metric over the batch that [`add`](Self::add) saw last.
    pub(crate) fn add_metric(&mut self, codebook: &Codebook<T>, batch: &Batch<T>) {
        let dim = codebook.dim();
        let tugs = &self.tugs;
        let scene = Scene {
            codebook,
            batch,
            tugs,
        };
        match codebook.metric() {
            Metric::Euclidean => {}
            Metric::Relevances(relevances) => {
                let parts = self.metric.par_chunks_mut(COLUMNS).enumerate();
                parts.for_each(|(part, sums)| match codebook.grid() {
                    None => scene.add_relevances(part * COLUMNS, sums),
                    Some(grid) => {
                        scene.add_rounded_relevances(relevances, grid, part * COLUMNS, sums);
                    }
                });
            }
            Metric::Omega { n_rows, .. } => {
                scene.add_omega(dim, *n_rows, &mut self.room, &mut self.metric);
            }
            Metric::SharedOmega { tile, n_rows, .. } => {
                scene.add_omega(*tile, *n_rows, &mut self.room, &mut self.metric);
            }
            Metric::LocalOmegas { n_rows, .. } => {
                let parts = self.metric.par_chunks_exact_mut(n_rows * dim).enumerate();
                parts.for_each(|(j, sums)| scene.add_local(j, sums));
            }
        }
    }
}

struct Scene<'a, T> {
    codebook: &'a Codebook<T>,
    batch: &'a Batch<T>,
    tugs: &'a [Vec<Tug<T>>],
}

impl<T: Float> Scene<'_, T> {
    /// w − x, 0 where x is absent.
    fn difference(&self, j: usize, tug: &Tug<T>, out: &mut [T]) {
        let x = self.batch.view(tug.sample, tug.view);
        let pairs = self.codebook.prototype(j).iter().zip(x);
        for (out, (&w, &x)) in out.iter_mut().zip(pairs) {
            *out = w - x;
        }
        if self.batch.has_missing() {
            let absent = out.iter_mut().filter(|out| out.is_nan());
            absent.for_each(|out| *out = T::default());
        }
    }

    /// Ω (w − x), 0 where x is absent; `difference` is what [`difference`](Self::difference) made.
    fn image(&self, j: usize, tug: &Tug<T>, difference: &[T], out: &mut [T]) {
        let known = self.batch.image(tug.sample, tug.view);
        match known.filter(|_| !self.batch.has_missing()) {
            Some(image) => {
                let pairs = self.codebook.image(j).iter().zip(image);
                for (out, (&w, &x)) in out.iter_mut().zip(pairs) {
                    *out = w - x;
                }
            }
            None => self.codebook.project(j, difference, out, &mut Vec::new()),
        }
    }

    /// ∂d/∂w = 2 Λ (w − x), Λ the identity, the relevances or ΩᵀΩ.
    fn add_prototype(&self, j: usize, row: &mut [T]) {
        let codebook = self.codebook;
        let mut difference = vec![T::default(); codebook.dim()];
        let metric = codebook.metric();
        let of_vectors = matches!(metric, Metric::Euclidean | Metric::Relevances(_));
        if of_vectors && codebook.grid().is_none() {
            for tug in &self.tugs[j] {
                self.difference(j, tug, &mut difference);
                if let Metric::Relevances(relevances) = metric {
                    for (d, &relevance) in difference.iter_mut().zip(relevances) {
                        *d = relevance * *d;
                    }
                }
                add_scaled(row, tug.factor, &difference);
            }
            return;
        }
        let mut image = vec![T::default(); codebook.image_dim()];
        let mut sum = image.clone();
        let mut back = vec![T::default(); codebook.dim()];
        for tug in &self.tugs[j] {
            self.difference(j, tug, &mut difference);
            self.image(j, tug, &difference, &mut image);
            if !self.batch.has_missing() {
                add_scaled(&mut sum, tug.factor, &image);
                continue;
            }
            back.fill(T::default());
            metric.add_transposed(j, &image, &mut back);
            let x = self.batch.view(tug.sample, tug.view);
            for ((g, &back), x) in row.iter_mut().zip(&back).zip(x) {
                if !x.is_nan() {
                    *g += tug.factor * back;
                }
            }
        }
        // Where nothing is absent every pull goes through the same Ωᵀ: once for their sum.
        metric.add_transposed(j, &sum, row);
    }

    /// ∂d/∂λ = (w − x)², for the dimensions from `first`.
    fn add_relevances(&self, first: usize, sums: &mut [T]) {
        let half = T::from_f64(0.5);
        for (j, tugs) in self.tugs.iter().enumerate() {
            let w = &self.codebook.prototype(j)[first..][..sums.len()];
            for tug in tugs {
                let x = &self.batch.view(tug.sample, tug.view)[first..];
                for ((sum, &w), &x) in sums.iter_mut().zip(w).zip(x) {
                    if !x.is_nan() {
                        *sum += half * tug.factor * (w - x) * (w - x);
                    }
                }
            }
        }
    }

    /// The same on a grid: ∂d/∂λ = e (w − x) / √λ by the difference e of the rounded images, x counted as 0 where its image is
    /// beyond the grid. A relevance of 0 stays.
    fn add_rounded_relevances(&self, relevances: &[T], grid: &Grid, first: usize, sums: &mut [T]) {
        let half = T::from_f64(0.5);
        let limit = T::from_f64(grid.input_limit().into());
        for (j, tugs) in self.tugs.iter().enumerate() {
            let w = &self.codebook.prototype(j)[first..];
            let rounded_w = &self.codebook.image(j)[first..];
            for tug in tugs {
                let x = &self.batch.view(tug.sample, tug.view)[first..];
                let Some(image) = self.batch.image(tug.sample, tug.view) else {
                    continue;
                };
                for (at, sum) in sums.iter_mut().enumerate() {
                    let root = relevances[first + at].sqrt();
                    if root > T::default() {
                        let x = match is_beyond(root * x[at], limit) {
                            true => T::default(),
                            false => x[at],
                        };
                        let e = rounded_w[at] - image[first + at];
                        *sum += half * tug.factor * e * (w[at] - x) / root;
                    }
                }
            }
        }
    }

    /// ∂d/∂Ω = 2 Ω (w − x) (w − x)ᵀ, summed over the tiles of `tile` values; Ω has `n_rows`.
    fn add_omega(&self, tile: usize, n_rows: usize, room: &mut [Vec<T>; 2], sums: &mut [T]) {
        let pulls: Vec<_> = (0..)
            .zip(self.tugs)
            .flat_map(|(j, tugs)| tugs.iter().map(move |tug| (j, tug)))
            .collect();
        let n_tiles = self.codebook.dim() / tile;
        let [differences, images] = room;
        differences.resize(pulls.len() * n_tiles * tile, T::default());
        images.resize(pulls.len() * n_tiles * n_rows, T::default());
        differences
            .par_chunks_exact_mut(n_tiles * tile)
            .zip(images.par_chunks_exact_mut(n_tiles * n_rows))
            .zip(&pulls)
            .for_each_init(
                || {
                    (
                        vec![T::default(); self.codebook.dim()],
                        vec![T::default(); self.codebook.image_dim()],
                    )
                },
                |(difference, image), ((differences, images), &(j, tug))| {
                    self.difference(j, tug, difference);
                    self.image(j, tug, difference, image);
                    differences.copy_from_slice(&difference[..n_tiles * tile]);
                    for (out, &y) in images.iter_mut().zip(&*image) {
                        *out = tug.factor * y;
                    }
                },
            );
        add_outer(images, differences, tile, sums);
        if let Some(grid) = self.codebook.grid() {
            self.add_beyond(&pulls, grid, [tile, n_rows], sums);
        }
    }

    /// What [`add_omega`](Self::add_omega) adds too much on a grid, where an input's image is beyond it: there x counts
    /// as 0, 2 e wᵀ = 2 e (w − x)ᵀ + 2 e xᵀ.
    fn add_beyond(
        &self,
        pulls: &[(usize, &Tug<T>)],
        grid: &Grid,
        [tile, n_rows]: [usize; 2],
        sums: &mut [T],
    ) {
        let n_tiles = self.codebook.dim() / tile;
        let limit = T::from_f64(grid.input_limit().into());
        let mut exact = vec![T::default(); self.codebook.image_dim()];
        let (mut vectors, mut images) = (Vec::new(), Vec::new());
        for &(j, tug) in pulls {
            let Some(image) = self.batch.image(tug.sample, tug.view) else {
                continue;
            };
            // Only what was rounded to the end of the grid can have been beyond.
            if !image
                .iter()
                .any(|&z| z >= limit || T::default() - z >= limit)
            {
                continue;
            }
            let x = self.batch.view(tug.sample, tug.view);
            self.codebook.project(j, x, &mut exact, &mut Vec::new());
            vectors.extend_from_slice(&x[..n_tiles * tile]);
            let differences = self.codebook.image(j).iter().zip(image).zip(&exact);
            images.extend(
                differences
                    .take(n_tiles * n_rows)
                    .map(|((&w, &x), &exact)| match is_beyond(exact, limit) {
                        true => tug.factor * (w - x),
                        false => T::default(),
                    }),
            );
        }
        add_outer(&images, &vectors, tile, sums);
    }

    /// The same for the whole matrix of prototype `j`.
    fn add_local(&self, j: usize, sums: &mut [T]) {
        let mut difference = vec![T::default(); self.codebook.dim()];
        let mut image = vec![T::default(); self.codebook.image_dim()];
        for tug in &self.tugs[j] {
            self.difference(j, tug, &mut difference);
            self.image(j, tug, &difference, &mut image);
            for (row, &y) in sums.chunks_exact_mut(difference.len()).zip(&image) {
                add_scaled(row, tug.factor * y, &difference);
            }
        }
    }
}

fn is_beyond<T: Float>(z: T, limit: T) -> bool {
    z > limit || T::default() - z > limit
}
