//! The model file, format 3.
//!
//! A quantized model has, in place of `prototypes`, `prototype_levels` [n × bytes] u8 and, where the steps differ, `exponents` [image_dim] u8: see
//! [`IntCodebook`](mynah_lvq::IntCodebook). What stands below as f32 is f16 where that loses nothing.
//!
//! Tensors: `prototypes` [n × dim] f16 where that loses nothing, else f32; `prototype_labels` [n] u32, `scaler_mean` and `scaler_scale` [dim] f32,
//! `training_clips` [n_clips] u64 (see [`clip_digest`](crate::clip_digest)) and, of a calibrated model, `calibration_clips`; of a model that carries sounds, `regression_levels`
//! [n_frames × n_mels] u8; of the metric, where it is not Euclidean,
//! `relevances` [dim], `omega` [n_rows × dim], `shared_omega` [n_rows × tile] or `local_omegas` [n × n_rows × dim], f32.

use std::path::Path;

use mynah_lvq::{Codebook, Grid, Metric, QuantizedCodebook, QuantizedParts, Scaler};
use serde::{Deserialize, Serialize};

use super::Model;
use crate::container::{self, Contents, Format, Tensor};
use crate::regression::RegressionCard;
use crate::{Input, ModelError, Prototypes, Provenance, Regression, Spotting, Trust};

const FORMAT: Format = Format {
    name: "mynah-model",
    version: 3,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    labels: Vec<String>,
    input: Input,
    /// Values of a prototype that choose their view together.
    block: usize,
    /// Where the values of a quantized model lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grid: Option<Grid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trust: Option<Trust>,
    /// The sounds of `regression_levels`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    regression: Option<RegressionCard>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spotting: Option<Spotting>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exemplars: Vec<String>,
    provenance: Provenance,
}

impl Model {
    /// The model file. The same model always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (regression, levels) = self.regression.as_ref().map(Regression::to_parts).unzip();
        let card = Card {
            labels: self.labels.clone(),
            input: self.input.clone(),
            block: self.prototypes.block(),
            grid: self.quantized().map(QuantizedCodebook::grid),
            trust: self.trust.clone(),
            regression,
            spotting: self.spotting.clone(),
            exemplars: self.exemplars.clone(),
            provenance: self.provenance.clone(),
        };
        let (n, dim) = (self.prototypes.n_prototypes(), self.prototypes.dim());
        let mut tensors = vec![
            Tensor::u32s("prototype_labels", vec![n], self.prototypes.labels()),
            Tensor::floats("scaler_mean", vec![dim], self.scaler.mean()),
            Tensor::floats("scaler_scale", vec![dim], self.scaler.scale()),
            Tensor::u64s("training_clips", &self.provenance.clips),
        ];
        match &self.prototypes {
            Prototypes::Float(codebook) => {
                let values = codebook.prototypes();
                tensors.push(Tensor::floats("prototypes", vec![n, dim], values));
            }
            Prototypes::Whole(quantized) => {
                let QuantizedParts {
                    rows, exponents, ..
                } = quantized.to_parts();
                tensors.push(Tensor::u8s(
                    "prototype_levels",
                    vec![n, rows.len() / n],
                    rows,
                ));
                if !exponents.is_empty() {
                    tensors.push(Tensor::u8s("exponents", vec![exponents.len()], exponents));
                }
            }
        }
        if let Some(trust) = self.trust.as_ref().filter(|trust| !trust.clips.is_empty()) {
            tensors.push(Tensor::u64s("calibration_clips", &trust.clips));
        }
        if let (Some(levels), Some(set)) = (levels, &self.regression) {
            let shape = vec![levels.len() / set.n_mels(), set.n_mels()];
            tensors.push(Tensor::u8s("regression_levels", shape, levels));
        }
        tensors.extend(metric_tensor(&self.prototypes));
        container::to_bytes(&FORMAT, &card, tensors)
    }

    /// Reads a model file's bytes and checks all of it: container, version, checksum, sizes, finiteness, label range.
    ///
    /// # Errors
    /// [`ModelError`]. No byte string makes it panic or take more memory than a small multiple of its length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut contents = container::from_bytes(&FORMAT, bytes)?;
        let mut card: Card = contents.card()?;
        card.provenance.clips = contents.u64s("training_clips")?;
        if let Some(trust) = card.trust.as_mut()
            && contents.has("calibration_clips")
        {
            trust.clips = contents.u64s("calibration_clips")?;
        }
        let scaler = Scaler::new(
            contents.floats("scaler_mean")?,
            contents.floats("scaler_scale")?,
        )
        .map_err(ModelError::inconsistent)?;
        let regression = match card.regression {
            Some(of) => Some(Regression::from_parts(
                of,
                &contents.u8s("regression_levels")?,
            )?),
            None => None,
        };
        let metric = metric(&contents)?;
        let (dim, n_classes) = (scaler.dim(), card.labels.len());
        let labels = contents.u32s("prototype_labels")?;
        let prototypes = match card.grid {
            None => Codebook::new(dim, n_classes, contents.floats("prototypes")?, labels)
                .and_then(|codebook| codebook.with_metric(metric)?.with_block(card.block))
                .map(Prototypes::from),
            Some(grid) => QuantizedCodebook::from_parts(QuantizedParts {
                dim,
                n_classes,
                block: card.block,
                metric,
                grid,
                exponents: match contents.has("exponents") {
                    true => contents.u8s("exponents")?,
                    false => Vec::new(),
                },
                rows: contents.u8s("prototype_levels")?,
                labels,
            })
            .map(Prototypes::from),
        };
        let prototypes = prototypes.map_err(ModelError::inconsistent)?;
        Self::new(card.labels, card.input, scaler, prototypes, card.provenance)?
            .with_exemplars(card.exemplars)?
            .with_trust(card.trust)?
            .with_regression(regression)?
            .with_spotting(card.spotting)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`], which does not name the file: the caller knows it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::from_bytes(&container::read(path.as_ref())?)
    }
}

fn metric_tensor(codebook: &Prototypes) -> Option<Tensor> {
    let (n, dim) = (codebook.n_prototypes(), codebook.dim());
    match codebook.metric() {
        Metric::Relevances(values) => Some(Tensor::floats("relevances", vec![dim], values)),
        Metric::Omega { n_rows, values } => {
            Some(Tensor::floats("omega", vec![*n_rows, dim], values))
        }
        Metric::SharedOmega {
            tile,
            n_rows,
            values,
        } => Some(Tensor::floats("shared_omega", vec![*n_rows, *tile], values)),
        Metric::LocalOmegas { n_rows, values } => Some(Tensor::floats(
            "local_omegas",
            vec![n, *n_rows, dim],
            values,
        )),
        _ => None,
    }
}

/// The metric by the tensor that is there; its sizes are the codebook's to check.
fn metric(contents: &Contents<'_>) -> Result<Metric, ModelError> {
    let n_rows = |name, side| contents.shape(name).get(side).copied().unwrap_or(0);
    Ok(if contents.has("relevances") {
        Metric::Relevances(contents.floats("relevances")?)
    } else if contents.has("omega") {
        Metric::Omega {
            n_rows: n_rows("omega", 0),
            values: contents.floats("omega")?,
        }
    } else if contents.has("shared_omega") {
        Metric::SharedOmega {
            tile: n_rows("shared_omega", 1),
            n_rows: n_rows("shared_omega", 0),
            values: contents.floats("shared_omega")?,
        }
    } else if contents.has("local_omegas") {
        Metric::LocalOmegas {
            n_rows: n_rows("local_omegas", 1),
            values: contents.floats("local_omegas")?,
        }
    } else {
        Metric::Euclidean
    })
}
