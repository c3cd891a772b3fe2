//! What enrolment stands on: how to hear, what tells words apart whoever speaks, and speech without the keyword.

use std::sync::OnceLock;

use mynah_lvq::{Codebook, Metric, Scaler};
use serde::{Deserialize, Serialize};

use crate::container::{self, Format, Tensor};
use crate::regression::RegressionCard;
use crate::{AlignConfig, Error, Model, ModelError, PipelineConfig, Regression};

const FORMAT: Format = Format {
    name: "mynah-enrolment-base",
    version: 1,
};

/// Made by `corpora/negatives/generate` from synthetic speech alone.
const BUNDLED: &[u8] = include_bytes!("base.model");

/// What enrolment stands on. A handful of clips of one keyword can teach neither which differences between two sounds are
/// those of voices, nor what people say otherwise: both were learnt before.
#[derive(Clone, Debug)]
pub struct Base {
    pub(super) pipeline: PipelineConfig,
    pub(super) scaler: Scaler,
    pub(super) metric: Metric,
    pub(super) block: usize,
    pub(super) negatives: Regression,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    pipeline: PipelineConfig,
    block: usize,
    negatives: RegressionCard,
}

impl Base {
    /// What is built in, for sound at 16 kHz.
    pub fn bundled() -> &'static Self {
        static BASE: OnceLock<Base> = OnceLock::new();
        BASE.get_or_init(|| Self::from_bytes(BUNDLED).expect("tested, and not changed since"))
    }

    /// The metric and the standardisation of a model trained on many words of many voices, and sounds without a keyword.
    ///
    /// # Errors
    /// [`Error::NotSound`], [`Error::Quantized`]; [`Error::Lvq`] for a metric that belongs to its prototypes.
    pub fn new(model: &Model, negatives: Regression) -> Result<Self, Error> {
        let codebook = model.float()?;
        // A matrix of every prototype's own cannot be had for those to come.
        Codebook::new(codebook.dim(), 1, vec![0.0; codebook.dim()], vec![0])?
            .with_metric(codebook.metric().clone())?;
        Ok(Self {
            pipeline: model.pipeline().ok_or(Error::NotSound)?.clone(),
            scaler: model.scaler().clone(),
            metric: codebook.metric().clone(),
            block: codebook.block(),
            negatives,
        })
    }

    /// What a model stands on, with the built-in sounds without a keyword if it hears as they were heard.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(model: &Model) -> Result<Self, Error> {
        let bundled = Self::bundled();
        let pipeline = model.pipeline().ok_or(Error::NotSound)?;
        let negatives = match pipeline.mfcc == bundled.pipeline.mfcc {
            true => bundled.negatives.clone(),
            false => Regression::new(pipeline.mfcc.n_mels),
        };
        Self::new(model, negatives)
    }

    /// The same for words of one view: windows that are tried everywhere and of several lengths need not be slid as well.
    pub fn with_one_view(mut self) -> Self {
        if let AlignConfig::Warp(warp) = &mut self.pipeline.align {
            warp.n_slides = 0;
        }
        self
    }

    /// As a file.
    ///
    /// # Panics
    /// For a metric other than one matrix for all frames.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Metric::SharedOmega {
            tile,
            n_rows,
            values,
        } = &self.metric
        else {
            panic!("a base is made of a model trained by GMLVQ");
        };
        let (negatives, levels) = self.negatives.to_parts();
        let n_mels = self.negatives.n_mels();
        let card = Card {
            pipeline: self.pipeline.clone(),
            block: self.block,
            negatives,
        };
        let dim = self.scaler.dim();
        let tensors = vec![
            Tensor::floats("scaler_mean", vec![dim], self.scaler.mean()),
            Tensor::floats("scaler_scale", vec![dim], self.scaler.scale()),
            Tensor::floats("shared_omega", vec![*n_rows, *tile], values),
            Tensor::u8s("levels", vec![levels.len() / n_mels, n_mels], levels),
        ];
        container::to_bytes(&FORMAT, &card, tensors)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut contents = container::from_bytes(&FORMAT, bytes)?;
        let card: Card = contents.card()?;
        let side = |side| {
            contents
                .shape("shared_omega")
                .get(side)
                .copied()
                .unwrap_or(0)
        };
        let scaler = Scaler::new(
            contents.floats("scaler_mean")?,
            contents.floats("scaler_scale")?,
        );
        Ok(Self {
            scaler: scaler.map_err(ModelError::inconsistent)?,
            metric: Metric::SharedOmega {
                n_rows: side(0),
                tile: side(1),
                values: contents.floats("shared_omega")?,
            },
            block: card.block,
            negatives: Regression::from_parts(card.negatives, &contents.u8s("levels")?)?,
            pipeline: card.pipeline,
        })
    }
}
