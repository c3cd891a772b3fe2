use crate::batch::Batch;
use crate::error::require;
use crate::int8::range::grid;
use crate::{Codebook, Error, Extent, Float, Grid, Metric, MovingExtent, Reach, Source};
use rayon::prelude::*;
use std::borrow::Cow;

/// Values whose extent one parallel task takes.
const PART: usize = 1 << 14;

/// Settings of training for a codebook that will be used in integers: the rule sees all images rounded to a
/// [`Grid`], and what it asks of a rounded value goes straight through to the value that is kept in floating point
/// (Bengio, Léonard & Courville 2013; Jacob et al. 2018).
///
/// The grid is symmetric and follows the training from its first step: inputs by a moving average of each batch's
/// [`Extent`] (of each 1,024 samples in larger batches), which starts at that of the first; prototypes by the greatest
/// magnitude they have, or where their levels are few, 4 or 2 bits, by the least squared error of rounding. A value of an input beyond the grid does not move the metric.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct QuantizeAware {
    /// Bits of a prototype's value: 8, 4 or 2. Inputs always have 8. Default 8.
    pub bits: u8,
    /// Updates before rounding begins. Default 0.
    pub delay: u64,
    /// Share of the inputs' extent that a batch leaves as it was, 0 or above and below 1. Default 0.999.
    pub ema_decay: f64,
}

impl Default for QuantizeAware {
    fn default() -> Self {
        Self {
            bits: 8,
            delay: 0,
            ema_decay: 0.999,
        }
    }
}

/// A quantize-aware training on its way.
#[derive(Debug, Clone)]
pub(crate) struct Quantizer {
    settings: QuantizeAware,
    /// Of the inputs' images; `None` before the first batch.
    inputs: Option<MovingExtent<f64>>,
}

impl Quantizer {
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub(crate) fn new(settings: QuantizeAware) -> Result<Self, Error> {
        let bits = settings.bits;
        require(matches!(bits, 8 | 4 | 2), "bits", bits.into(), "8, 4 or 2")?;
        MovingExtent::new(Extent::<f64>::of(&[]), settings.ema_decay)?;
        Ok(Self {
            settings,
            inputs: None,
        })
    }

    /// What the codebook sees of the batch at an update, and the codebook as the batch sees it: rounded once the delay
    /// has passed. The images of the batch must be those under the codebook's metric.
    pub(crate) fn see<'a, T: Float>(
        &mut self,
        codebook: &'a Codebook<T>,
        batch: &mut Batch<T>,
        step: u64,
    ) -> Cow<'a, Codebook<T>> {
        let extent = extent(batch.images(0..batch.len()));
        match &mut self.inputs {
            Some(inputs) => inputs.follow(extent),
            None => self.inputs = MovingExtent::new(extent, self.settings.ema_decay).ok(),
        }
        let is_active = step >= self.settings.delay;
        let Some(grid) = self.grid(codebook).filter(|_| is_active) else {
            return Cow::Borrowed(codebook);
        };
        batch.round(&grid);
        Cow::Owned(codebook.on_grid(grid))
    }

    /// The grid as it stands for a codebook; none before the first batch, and where all values are too small, or too
    /// large, for one.
    pub(crate) fn grid<T: Float>(&self, codebook: &Codebook<T>) -> Option<Grid> {
        let inputs = self.inputs?.extent().magnitude();
        let images: Vec<f32> = codebook
            .images()
            .par_iter()
            .map(|z| z.to_f64() as f32)
            .collect();
        let bits = self.settings.bits;
        let reach = match bits {
            8 => Reach::Max,
            _ => Reach::LeastError,
        };
        grid(inputs as f32, &images, bits, reach).ok()
    }

    /// Where the extent of the inputs is, to be kept.
    pub(crate) fn inputs(&self) -> Option<Extent<f64>> {
        self.inputs.map(|inputs| inputs.extent())
    }

    /// Continues from what was kept.
    pub(crate) fn restore(&mut self, inputs: Option<Extent<f64>>) -> Result<(), Error> {
        self.inputs = match inputs {
            Some(Extent { min, max })
                if !(min.is_finite() && max.is_finite() && min <= 0.0 && max >= 0.0) =>
            {
                return Err(Error::Checkpoint);
            }
            Some(extent) => Some(MovingExtent::new(extent, self.settings.ema_decay)?),
            None => None,
        };
        Ok(())
    }
}

/// Refuses what has no place on a grid.
pub(crate) fn check<T: Float>(codebook: &Codebook<T>, source: &dyn Source<T>) -> Result<(), Error> {
    if let Metric::LocalOmegas { .. } = codebook.metric() {
        return Err(Error::Unquantizable {
            what: "a metric with a matrix for each prototype",
            remedy: "take one that all prototypes share",
        });
    }
    if source.has_missing() {
        return Err(Error::Unquantizable {
            what: "an absent value",
            remedy: "give every sample all its values",
        });
    }
    Ok(())
}

/// Of many values, on all threads.
fn extent<T: Float>(values: &[T]) -> Extent<f64> {
    let parts = values.par_chunks(PART).map(Extent::of);
    let Extent { min, max } = parts.reduce(|| Extent::of(&[]), Extent::union);
    Extent {
        min: min.to_f64(),
        max: max.to_f64(),
    }
}
