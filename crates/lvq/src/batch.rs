use crate::cost::Verdict;
use crate::image::round;
use crate::probe::{Probe, compose};
use crate::{Codebook, Error, Float, Grid, Metric, Source};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Some samples of a source, taken together.
pub(crate) struct Batch<T> {
    dim: usize,
    n_views: usize,
    has_missing: bool,
    labels: Vec<u32>,
    /// `[n × n_views × dim]`.
    vectors: Vec<T>,
    /// Images under a metric that is the same for all prototypes, `[n × n_views × image_dim]`;
    /// empty where there is none, or where it is the vector itself.
    images: Vec<T>,
    /// Vectors put together block by block for the pulls on a prototype, `[n × dim]`, and their images.
    composed: Vec<T>,
    composed_images: Vec<T>,
}

impl<T: Float> Batch<T> {
    pub(crate) fn new(source: &dyn Source<T>) -> Self {
        Self {
            dim: source.dim(),
            n_views: source.n_views(),
            has_missing: source.has_missing(),
            labels: Vec::new(),
            vectors: Vec::new(),
            images: Vec::new(),
            composed: Vec::new(),
            composed_images: Vec::new(),
        }
    }

    /// One vector, `[dim]`, where NaN marks an absent value.
    pub(crate) fn of_one(x: &[T], label: u32) -> Self {
        Self {
            dim: x.len(),
            n_views: 1,
            has_missing: x.iter().any(|x| x.is_nan()),
            labels: vec![label],
            vectors: x.to_vec(),
            images: Vec::new(),
            composed: Vec::new(),
            composed_images: Vec::new(),
        }
    }

    /// Replaces what is held by the samples `indices`, in their order, as pass `epoch` sees them.
    pub(crate) fn load(
        &mut self,
        source: &dyn Source<T>,
        indices: &[usize],
        epoch: usize,
    ) -> Result<(), Error> {
        let (dim, stride) = (self.dim, self.n_views * self.dim);
        self.labels.clear();
        self.labels.extend(indices.iter().map(|&i| source.label(i)));
        self.vectors.resize(indices.len() * stride, T::default());
        self.images.clear();
        let has_missing = self.has_missing;
        let fault = self
            .vectors
            .par_chunks_exact_mut(stride)
            .zip(indices)
            .find_map_first(|(views, &row)| {
                if let Err(error) = source.fill(row, epoch, views) {
                    return Some(error);
                }
                let is_bad = |x: &T| !(x.is_finite() || has_missing && x.is_nan());
                let at = views.iter().position(is_bad)?;
                Some(Error::Value {
                    what: "source",
                    row,
                    column: at % dim,
                    got: views[at].to_f64(),
                    allowed: "finite",
                })
            });
        fault.map_or(Ok(()), Err)
    }

    /// Takes the images under the codebook's metric and on its grid, once for all that ask for them. They last as
    /// long as the metric stays.
    pub(crate) fn project(&mut self, codebook: &Codebook<T>) {
        self.images.clear();
        let metric = codebook.metric();
        if !matches!(metric, Metric::Euclidean | Metric::LocalOmegas { .. }) {
            codebook.project_all(&self.vectors, &mut self.images);
        }
        if let Some(grid) = codebook.grid() {
            self.round(grid);
        }
    }

    /// Rounds the images to a grid.
    pub(crate) fn round(&mut self, grid: &Grid) {
        if self.images.is_empty() {
            self.images.extend_from_slice(&self.vectors);
        }
        round(&mut self.images, |z| grid.fake_input(z));
    }

    /// Puts together what the pulled prototypes meet where the codebook is
    /// [elastic](Codebook::with_block), and lets the pulls point there.
    pub(crate) fn compose(&mut self, codebook: &Codebook<T>, verdicts: &mut [Verdict]) {
        if codebook.n_blocks() == 1 || self.n_views == 1 {
            return;
        }
        let mut met = Vec::new();
        for (i, verdict) in verdicts.iter_mut().enumerate() {
            for pull in &mut verdict.pulls {
                pull.view = self.n_views + met.len();
                met.push((i, pull.prototype));
            }
        }
        let mut composed = std::mem::take(&mut self.composed);
        composed.resize(met.len() * self.dim, T::default());
        composed
            .par_chunks_exact_mut(self.dim)
            .zip(&met)
            .for_each(|(out, &(i, j))| compose(&mut self.probes(codebook, i), j, out));
        if !self.images.is_empty() {
            codebook.project_all(&composed, &mut self.composed_images);
            if let Some(grid) = codebook.grid() {
                round(&mut self.composed_images, |z| grid.fake_input(z));
            }
        }
        self.composed = composed;
    }

    /// The vector that prototype `j` meets in sample `i`: `view`, the nearest to it, or what is put together where the
    /// codebook is [elastic](Codebook::with_block).
    pub(crate) fn met(
        &self,
        codebook: &Codebook<T>,
        i: usize,
        j: usize,
        view: usize,
    ) -> Cow<'_, [T]> {
        if codebook.n_blocks() == 1 || self.n_views == 1 {
            return Cow::Borrowed(self.view(i, view));
        }
        let mut met = vec![T::default(); self.dim];
        compose(&mut self.probes(codebook, i), j, &mut met);
        Cow::Owned(met)
    }

    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn label(&self, i: usize) -> u32 {
        self.labels[i]
    }

    /// View `v` of sample `i`, `[dim]`; beyond the views, what was composed.
    pub(crate) fn view(&self, i: usize, v: usize) -> &[T] {
        if let Some(at) = v.checked_sub(self.n_views) {
            return &self.composed[at * self.dim..][..self.dim];
        }
        &self.vectors[(i * self.n_views + v) * self.dim..][..self.dim]
    }

    /// Images of all views of some samples, `[samples × n_views × image_dim]`; they are the views themselves if the metric
    /// has none of its own.
    pub(crate) fn images(&self, samples: Range<usize>) -> &[T] {
        let all = match self.images.is_empty() {
            true => &self.vectors,
            false => &self.images,
        };
        let n = all.len() / self.len().max(1);
        &all[samples.start * n..samples.end * n]
    }

    pub(crate) fn n_views(&self) -> usize {
        self.n_views
    }

    /// Its image, if the metric has images of its own.
    pub(crate) fn image(&self, i: usize, v: usize) -> Option<&[T]> {
        let n = self.images.len() / (self.labels.len() * self.n_views);
        if let Some(at) = v.checked_sub(self.n_views) {
            return (n > 0).then(|| &self.composed_images[at * n..][..n]);
        }
        (n > 0).then(|| &self.images[(i * self.n_views + v) * n..][..n])
    }

    pub(crate) fn has_missing(&self) -> bool {
        self.has_missing
    }

    /// Every view of sample `i`.
    pub(crate) fn probes<'a>(&'a self, codebook: &'a Codebook<T>, i: usize) -> Vec<Probe<'a, T>> {
        let probe = |v| {
            let x = self.view(i, v);
            let probe = match self.image(i, v) {
                Some(image) => Probe::from_image(codebook, x, Cow::Borrowed(image)),
                None => Probe::new(codebook, x),
            };
            if self.has_missing {
                probe.skip_missing()
            } else {
                probe
            }
        };
        (0..self.n_views).map(probe).collect()
    }
}
