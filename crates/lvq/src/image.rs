//! Images of vectors under a codebook's metric: where both are images, every distance is Euclidean.

use crate::distance::{Matrix, dot};
use crate::{Codebook, Float, Metric};
use rayon::prelude::*;

/// Vectors that one parallel task takes.
const CHUNK: usize = 32;
/// Values that one takes to a grid.
const ROUNDED: usize = 1 << 14;

impl<T: Float> Metric<T> {
    /// The matrix, if there is one for all prototypes.
    pub(crate) fn matrix(&self, dim: usize) -> Option<Matrix<T>> {
        match self {
            Self::Omega { values, .. } => Some(Matrix::new(values, dim)),
            Self::SharedOmega { tile, values, .. } => Some(Matrix::new(values, *tile)),
            Self::Euclidean | Self::Relevances(_) | Self::LocalOmegas { .. } => None,
        }
    }

    /// Images of `vectors`, `[n × dim]`, that the image of prototype `j` is compared with, to `images`,
    /// `[n × image_dim]`. `j` matters to local matrices only. `matrix` is what [`matrix`](Self::matrix) made.
    pub(crate) fn project(
        &self,
        matrix: Option<&Matrix<T>>,
        dim: usize,
        j: usize,
        vectors: &[T],
        images: &mut [T],
        scratch: &mut Vec<f32>,
    ) {
        let image_dim = self.image_dim(dim);
        let pairs = || vectors.chunks_exact(dim);
        match self {
            Self::Euclidean => images.copy_from_slice(vectors),
            Self::Relevances(relevances) => {
                for (x, image) in pairs().zip(images.chunks_exact_mut(image_dim)) {
                    for ((y, &x), &relevance) in image.iter_mut().zip(x).zip(relevances) {
                        *y = relevance.sqrt() * x;
                    }
                }
            }
            Self::LocalOmegas { .. } => {
                let omega = self.omega(j, dim).unwrap_or(&[]);
                for (x, image) in pairs().zip(images.chunks_exact_mut(image_dim)) {
                    for (y, row) in image.iter_mut().zip(omega.chunks_exact(dim)) {
                        *y = dot(row, x);
                    }
                }
            }
            Self::Omega { .. } | Self::SharedOmega { .. } => {
                let Some(matrix) = matrix else { return };
                let n_rest = dim % matrix.dim();
                if n_rest == 0 {
                    return matrix.apply(vectors, images, scratch);
                }
                for (x, image) in pairs().zip(images.chunks_exact_mut(image_dim)) {
                    let (tiles, rest) = x.split_at(dim - n_rest);
                    let (image, end) = image.split_at_mut(image_dim - n_rest);
                    matrix.apply(tiles, image, scratch);
                    end.copy_from_slice(rest);
                }
            }
        }
    }
}

impl<T: Float> Codebook<T> {
    /// Values in an image.
    pub(crate) fn image_dim(&self) -> usize {
        self.metric().image_dim(self.dim())
    }

    /// Images of `vectors`, `[n × dim]`, that the image of prototype `j` is compared with, to `images`,
    /// `[n × image_dim]`. `j` matters to local matrices only.
    pub(crate) fn project(
        &self,
        j: usize,
        vectors: &[T],
        images: &mut [T],
        scratch: &mut Vec<f32>,
    ) {
        let matrix = self.matrix.as_ref();
        self.metric()
            .project(matrix, self.dim(), j, vectors, images, scratch);
    }

    /// [`project`](Self::project) of many vectors under a metric that is the same for all prototypes, on all threads.
    pub(crate) fn project_all(&self, vectors: &[T], images: &mut Vec<T>) {
        let (dim, image_dim) = (self.dim(), self.image_dim());
        images.resize(vectors.len() / dim * image_dim, T::default());
        let parts = vectors.par_chunks(CHUNK * dim);
        parts
            .zip(images.par_chunks_mut(CHUNK * image_dim))
            .for_each_init(Vec::new, |scratch, (vectors, images)| {
                self.project(0, vectors, images, scratch);
            });
    }

    /// Image of prototype `j` under the metric, `[image_dim]`.
    pub(crate) fn image(&self, j: usize) -> &[T] {
        &self.images()[j * self.image_dim()..][..self.image_dim()]
    }

    /// Image of every prototype, `[n_prototypes × image_dim]`.
    pub(crate) fn images(&self) -> &[T] {
        match self.images.is_empty() {
            true => &self.prototypes,
            false => &self.images,
        }
    }

    /// Follows a change of prototypes or metric.
    pub(crate) fn refresh(&mut self) {
        self.matrix = self.metric.matrix(self.dim());
        let mut images = std::mem::take(&mut self.images);
        match self.metric {
            Metric::Euclidean => images.clear(),
            Metric::LocalOmegas { .. } => {
                images.resize(self.n_prototypes() * self.image_dim(), T::default());
                let rows = self.prototypes.par_chunks_exact(self.dim());
                rows.zip(images.par_chunks_exact_mut(self.image_dim()))
                    .enumerate()
                    .for_each(|(j, (w, image))| self.project(j, w, image, &mut Vec::new()));
            }
            _ => self.project_all(&self.prototypes, &mut images),
        }
        if let Some(grid) = self.grid() {
            if images.is_empty() {
                images.extend_from_slice(&self.prototypes);
            }
            round(&mut images, |z| grid.fake_prototype(z));
        }
        self.images = images;
    }

    pub(crate) fn refresh_image(&mut self, i: usize) {
        let mut images = std::mem::take(&mut self.images);
        let n = self.image_dim();
        let image = &mut images[i * n..][..n];
        self.project(i, self.prototype(i), image, &mut Vec::new());
        if let Some(grid) = self.grid() {
            round(image, |z| grid.fake_prototype(z));
        }
        self.images = images;
    }
}

/// Takes every value to a grid's.
pub(crate) fn round<T: Float>(images: &mut [T], fake: impl Fn(f32) -> f32 + Sync) {
    images.par_chunks_mut(ROUNDED).for_each(|images| {
        for z in images {
            *z = T::from_f64(fake(z.to_f64() as f32).into());
        }
    });
}
