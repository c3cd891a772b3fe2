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
            Metric::Euclidean => Cow::Borrowed(x),
            Metric::LocalOmegas { .. } => Cow::Borrowed(&[][..]),
            metric => {
                let mut image = vec![T::default(); codebook.image_dim()];
                metric.project(0, x, &mut image);
                Cow::Owned(image)
            }
        };
        Self::from_image(codebook, x, image)
    }

    /// The image is known already; it is `x` itself if the metric is Euclidean.
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
        let codebook = self.codebook;
        if !self.filled.is_empty() {
            // Where x has no value it takes the prototype's: no difference, whatever the metric.
            let present = self.x.iter().zip(codebook.prototype(j));
            for (filled, (&x, &w)) in self.filled.iter_mut().zip(present) {
                *filled = if x.is_nan() { w } else { x };
            }
            codebook.metric().project(j, &self.filled, &mut self.local);
            squared_euclidean(&self.local, codebook.image(j))
        } else if self.local.is_empty() {
            squared_euclidean(&self.image, codebook.image(j))
        } else {
            codebook.metric().project(j, self.x, &mut self.local);
            squared_euclidean(&self.local, codebook.image(j))
        }
    }
}

/// The view of a thing that is nearest to prototype `j`, and its distance; the first of several.
pub(crate) fn nearest_view<T: Float>(views: &mut [Probe<'_, T>], j: usize) -> (usize, T) {
    let mut nearest = (0, views[0].distance(j));
    for (v, view) in views.iter_mut().enumerate().skip(1) {
        let distance = view.distance(j);
        if distance < nearest.1 {
            nearest = (v, distance);
        }
    }
    nearest
}
