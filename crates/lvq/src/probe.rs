use crate::distance::squared_euclideans;
use crate::image::round;
use crate::{Codebook, Float, Metric, squared_euclidean};
use std::borrow::Cow;

/// A vector on its way to be compared with prototypes: the one place where distances are made.
pub(crate) struct Probe<'a, T: Float> {
    codebook: &'a Codebook<T>,
    x: &'a [T],
    /// What the prototypes' images are compared with; unused under local matrices.
    image: Cow<'a, [T]>,
    /// Image made for one prototype.
    local: Vec<T>,
    /// `x`, its absent values taken from a prototype; empty if it has none.
    filled: Vec<T>,
}

impl<'a, T: Float> Probe<'a, T> {
    /// Of `[dim]`. NaN is a value like any other: it makes every distance NaN.
    pub(crate) fn new(codebook: &'a Codebook<T>, x: &'a [T]) -> Self {
        let image = match codebook.metric() {
            Metric::Euclidean if codebook.grid().is_none() => Cow::Borrowed(x),
            Metric::LocalOmegas { .. } => Cow::Borrowed(&[][..]),
            _ => {
                let mut image = vec![T::default(); codebook.image_dim()];
                codebook.project(0, x, &mut image, &mut Vec::new());
                if let Some(grid) = codebook.grid() {
                    round(&mut image, |z| grid.fake_input(z));
                }
                Cow::Owned(image)
            }
        };
        Self::from_image(codebook, x, image)
    }

    /// The image is known already; it is `x` itself if the metric is Euclidean and there is no grid.
    pub(crate) fn from_image(codebook: &'a Codebook<T>, x: &'a [T], image: Cow<'a, [T]>) -> Self {
        let local = match codebook.metric() {
            Metric::LocalOmegas { n_rows, .. } => vec![T::default(); *n_rows],
            _ => Vec::new(),
        };
        Self {
            codebook,
            x,
            image,
            local,
            filled: Vec::new(),
        }
    }

    /// NaN marks an absent value, a dimension that counts for no distance.
    pub(crate) fn skip_missing(mut self) -> Self {
        if self.x.iter().any(|x| x.is_nan()) {
            self.filled = self.x.to_vec();
            self.local.resize(self.codebook.image_dim(), T::default());
        }
        self
    }

    /// Squared distance of prototype `j`.
    pub(crate) fn distance(&mut self, j: usize) -> T {
        self.prepare(j);
        squared_euclidean(self.image(), self.codebook.image(j))
    }

    /// Tells the squared distance of every prototype, in their order.
    pub(crate) fn distances(&mut self, mut tell: impl FnMut(usize, T)) {
        if !self.local.is_empty() {
            (0..self.codebook.n_prototypes()).for_each(|j| tell(j, self.distance(j)));
            return;
        }
        const TOGETHER: usize = 16;
        let mut distances = [T::default(); TOGETHER];
        let n = self.image.len();
        let parts = self.codebook.images().chunks(TOGETHER * n);
        for (first, images) in (0..).step_by(TOGETHER).zip(parts) {
            let distances = &mut distances[..images.len() / n];
            squared_euclideans(&self.image, images, distances);
            for (j, &distance) in (first..).zip(&*distances) {
                tell(j, distance);
            }
        }
    }

    /// Makes the image that prototype `j` is compared with, where it is not the same for all.
    fn prepare(&mut self, j: usize) {
        let codebook = self.codebook;
        if !self.filled.is_empty() {
            // Where x has no value it takes the prototype's: no difference, whatever the metric.
            let present = self.x.iter().zip(codebook.prototype(j));
            for (filled, (&x, &w)) in self.filled.iter_mut().zip(present) {
                *filled = if x.is_nan() { w } else { x };
            }
            codebook.project(j, &self.filled, &mut self.local, &mut Vec::new());
        } else if !self.local.is_empty() {
            codebook.project(j, self.x, &mut self.local, &mut Vec::new());
        }
    }

    /// What [`prepare`](Self::prepare) made.
    fn image(&self) -> &[T] {
        if self.local.is_empty() {
            &self.image
        } else {
            &self.local
        }
    }
}

/// How near prototype `j` is to a thing, and the view that is nearest: the first of several. Block by
/// block there is no such view, and the answer is 0.
pub(crate) fn nearest_view<T: Float>(views: &mut [Probe<'_, T>], j: usize) -> (usize, T) {
    if views.len() > 1 && views[0].codebook.n_blocks() > 1 {
        let mut sum = T::default();
        nearest_blocks(views, j, |_, distance| sum += distance);
        return (0, sum);
    }
    let mut nearest = (0, views[0].distance(j));
    for (v, view) in views.iter_mut().enumerate().skip(1) {
        let distance = view.distance(j);
        if distance < nearest.1 {
            nearest = (v, distance);
        }
    }
    nearest
}

/// Tells [`nearest_view`] of every prototype, in their order: prototype, view, distance.
pub(crate) fn nearest_views<T: Float>(
    views: &mut [Probe<'_, T>],
    mut tell: impl FnMut(usize, usize, T),
) {
    if let [view] = views {
        return view.distances(|j, distance| tell(j, 0, distance));
    }
    for j in 0..views[0].codebook.n_prototypes() {
        let (view, distance) = nearest_view(views, j);
        tell(j, view, distance);
    }
}

/// The vector that prototype `j` meets in a thing: each block from the view that is nearest there.
pub(crate) fn compose<T: Float>(views: &mut [Probe<'_, T>], j: usize, out: &mut [T]) {
    let block = views[0].codebook.block();
    let mut sources = Vec::new();
    nearest_blocks(views, j, |view, _| sources.push(view));
    for ((out, at), view) in out.chunks_mut(block).zip((0..).step_by(block)).zip(sources) {
        out.copy_from_slice(&views[view].x[at..][..out.len()]);
    }
}

/// Tells of each block the first of the nearest views, and its distance.
fn nearest_blocks<T: Float>(views: &mut [Probe<'_, T>], j: usize, mut tell: impl FnMut(usize, T)) {
    views.iter_mut().for_each(|view| view.prepare(j));
    let codebook = views[0].codebook;
    for block in codebook.image_blocks() {
        let w = &codebook.image(j)[block.clone()];
        let distance = |view: &Probe<'_, T>| squared_euclidean(&view.image()[block.clone()], w);
        let mut nearest = (0, distance(&views[0]));
        for (v, view) in views.iter().enumerate().skip(1) {
            let distance = distance(view);
            if distance < nearest.1 {
                nearest = (v, distance);
            }
        }
        tell(nearest.0, nearest.1);
    }
}

impl<T: Float> Codebook<T> {
    /// The squared distance of every prototype, `[n_prototypes]`. NaN in `x` marks an absent value.
    ///
    /// # Panics
    /// If the length of `x` is not [`dim`](Self::dim), or that of `distances` not the number of prototypes.
    pub fn distances_into(&self, x: &[T], distances: &mut [T]) {
        self.check_length(x);
        assert_eq!(
            distances.len(),
            self.n_prototypes(),
            "not one place a prototype"
        );
        let mut probe = Probe::new(self, x).skip_missing();
        probe.distances(|j, distance| distances[j] = distance);
    }
}
