use crate::{Error, Float, Samples};

/// Labelled vectors that are asked for as they are needed: held in memory ([`Samples`]), read from a
/// file larger than that, or computed on the way.
///
/// A sample may have several **views**, alternative vectors of one thing (the same word cut a little
/// earlier and later, say). A prototype is as near to the sample as to the nearest of them, and
/// learns from that one.
///
/// Training asks from several threads at once, and its result is reproducible if the answers are: a
/// call must depend on its arguments only.
#[allow(clippy::len_without_is_empty, reason = "never empty")]
pub trait Source<T: Float = f32>: Sync {
    /// Number of samples, at least one.
    fn len(&self) -> usize;

    /// Values in a vector, at least one.
    fn dim(&self) -> usize;

    /// Labels are below this.
    fn n_classes(&self) -> usize;

    /// Label of sample `i`, whatever the epoch.
    fn label(&self, i: usize) -> u32;

    /// Writes the views of sample `i` for pass `epoch` (from 0) over the samples to `views`,
    /// `[n_views × dim]`, which holds anything before. The same sample may differ from pass to pass,
    /// so that it can be augmented on the way.
    ///
    /// # Errors
    /// [`Error::Source`] if the sample cannot be had; training then ends with it.
    fn fill(&self, i: usize, epoch: usize, views: &mut [T]) -> Result<(), Error>;

    /// Views of a sample, at least one. Default 1.
    fn n_views(&self) -> usize {
        1
    }

    /// How much sample `i` counts, finite and ≥ 0; only the ratio to the others' matters. Default 1.
    fn weight(&self, _i: usize) -> f64 {
        1.0
    }

    /// Whether a value may be NaN, which then means that it is absent. Default `false`: every value
    /// is finite.
    fn has_missing(&self) -> bool {
        false
    }
}

impl<T: Float> Source<T> for Samples<'_, T> {
    fn len(&self) -> usize {
        Samples::len(self)
    }

    fn dim(&self) -> usize {
        Samples::dim(self)
    }

    fn n_classes(&self) -> usize {
        Samples::n_classes(self)
    }

    fn label(&self, i: usize) -> u32 {
        self.labels()[i]
    }

    fn fill(&self, i: usize, _epoch: usize, views: &mut [T]) -> Result<(), Error> {
        views.copy_from_slice(self.row(i));
        Ok(())
    }

    fn weight(&self, i: usize) -> f64 {
        Samples::weight(self, i)
    }

    fn has_missing(&self) -> bool {
        Samples::has_missing(self)
    }
}
