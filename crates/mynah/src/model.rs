//! The model file: safetensors with one JSON document, checked as a whole before anything in it is believed.
//!
//! Tensors: `prototypes` [n × dim] f32, `prototype_labels` [n] u32, `scaler_mean` and `scaler_scale` [dim] f32,
//! `training_clips` [n_clips] u64 (see [`clip_digest`]). The metadata has one key, `mynah`: an object of `sha256` and
//! `model`. The digest covers the text of `model` and every tensor's name, type, shape and bytes.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use mynah_lvq::{Codebook, Scaler};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::{Pipeline, PipelineConfig, Provenance};

const FORMAT: &str = "mynah-model";
const VERSION: u32 = 2;
const KEY: &str = "mynah";

/// Everything needed to recognise: how samples become vectors, and the labelled prototypes to hold them against.
#[derive(Clone, Debug)]
pub struct Model {
    labels: Vec<String>,
    pipeline: PipelineConfig,
    scaler: Scaler,
    codebook: Codebook,
    provenance: Provenance,
}

/// Why a model file was refused.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A folder, a device or a pipe.
    #[error("is not a file; give a model made by `mynah train`")]
    NotAFile,
    /// Not a safetensors file, or a truncated one.
    #[error("not a model, or cut short ({0}); copy it again or train it anew")]
    Container(String),
    /// A safetensors file of something else.
    #[error("a safetensors file, but not one mynah wrote; give a model made by `mynah train`")]
    NotMynah,
    /// Written by another version of the format.
    #[error("model format {got}, this mynah reads {VERSION}; update mynah or train the model anew")]
    Version {
        /// The file's version.
        got: u32,
    },
    /// Contents differ from what was written.
    #[error("damaged: its contents do not match its checksum; copy it again or train it anew")]
    Checksum,
    /// Contents that do not fit together.
    #[error("inconsistent: {0}; train it anew")]
    Inconsistent(String),
}

/// The envelope in the metadata. `RawValue` keeps the very text the digest was taken of.
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    sha256: String,
    #[serde(borrow)]
    model: &'a RawValue,
}

/// Read before the rest, so that a newer format is named as such.
#[derive(Deserialize)]
struct Version {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Card {
    format: String,
    version: u32,
    labels: Vec<String>,
    pipeline: PipelineConfig,
    provenance: Provenance,
}

impl Model {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`ModelError::Inconsistent`] when they do not fit: label count and classes, vector length, scaler and prototypes;
    /// a label empty or there twice; training clips not sorted.
    pub fn new(
        labels: Vec<String>,
        pipeline: PipelineConfig,
        scaler: Scaler,
        codebook: Codebook,
        provenance: Provenance,
    ) -> Result<Self, ModelError> {
        let inconsistent = |message: String| Err(ModelError::Inconsistent(message));
        let dim = match Pipeline::new(&pipeline) {
            Ok(pipeline) => pipeline.dim(),
            Err(error) => return inconsistent(error.to_string()),
        };
        if codebook.dim() != dim || scaler.dim() != dim {
            return inconsistent(format!(
                "vectors have {dim} values, prototypes {}, the scaler {}",
                codebook.dim(),
                scaler.dim()
            ));
        }
        if codebook.n_classes() != labels.len() {
            return inconsistent(format!(
                "{} labels for {} classes",
                labels.len(),
                codebook.n_classes()
            ));
        }
        let mut names: Vec<&str> = labels.iter().map(String::as_str).collect();
        names.sort_unstable();
        if names.iter().any(|name| name.is_empty())
            || names.windows(2).any(|pair| pair[0] == pair[1])
        {
            return inconsistent("a label is empty or there twice".to_string());
        }
        if !provenance.clips.is_sorted() {
            return inconsistent("the digests of the training clips are not sorted".to_string());
        }
        Ok(Self {
            labels,
            pipeline,
            scaler,
            codebook,
            provenance,
        })
    }

    /// The words, in the order of the codebook's classes.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How samples become vectors.
    pub fn pipeline(&self) -> &PipelineConfig {
        &self.pipeline
    }

    /// Standardisation between the pipeline's vectors and the prototypes.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// The prototypes, `[n × dim]`, in standardised units.
    pub fn codebook(&self) -> &Codebook {
        &self.codebook
    }

    /// Where the model comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Adds a measurement to the model card.
    pub fn add_measurement(&mut self, measured: crate::Measured) {
        self.provenance.measured.push(measured);
    }

    /// The model file. The same model always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let card = Card {
            format: FORMAT.to_string(),
            version: VERSION,
            labels: self.labels.clone(),
            pipeline: self.pipeline.clone(),
            provenance: self.provenance.clone(),
        };
        let card = serde_json::value::to_raw_value(&card)
            .expect("a card holds only strings, numbers and lists");
        let (n, dim) = (self.codebook.n_prototypes(), self.codebook.dim());
        let clips = &self.provenance.clips;
        // Sorted by name, as the digest wants them.
        let tensors = [
            Tensor::new(
                "prototype_labels",
                Dtype::U32,
                vec![n],
                bytes_of(self.codebook.labels(), u32::to_le_bytes),
            ),
            Tensor::new(
                "prototypes",
                Dtype::F32,
                vec![n, dim],
                bytes_of(self.codebook.prototypes(), f32::to_le_bytes),
            ),
            Tensor::new(
                "scaler_mean",
                Dtype::F32,
                vec![dim],
                bytes_of(self.scaler.mean(), f32::to_le_bytes),
            ),
            Tensor::new(
                "scaler_scale",
                Dtype::F32,
                vec![dim],
                bytes_of(self.scaler.scale(), f32::to_le_bytes),
            ),
            Tensor::new(
                "training_clips",
                Dtype::U64,
                vec![clips.len()],
                bytes_of(clips, u64::to_le_bytes),
            ),
        ];
        let views: Vec<_> = tensors
            .iter()
            .map(|tensor| (tensor.name, tensor.view()))
            .collect();
        let envelope = Envelope {
            sha256: digest(&card, &views),
            model: &card,
        };
        let envelope = serde_json::to_string(&envelope).expect("the card is JSON already");
        // One key only: the container writes its metadata in no fixed order.
        let metadata = HashMap::from([(KEY.to_string(), envelope)]);
        safetensors::serialize(views, Some(metadata))
            .expect("shapes and lengths agree by construction")
    }

    /// Reads a model file's bytes and checks all of it: container, version, checksum, sizes, finiteness, label range.
    ///
    /// # Errors
    /// [`ModelError`]. No byte string makes it panic or take more memory than a small multiple of its length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let container =
            |error: safetensors::SafeTensorError| ModelError::Container(error.to_string());
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(container)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(container)?;
        let metadata = metadata.metadata().as_ref().ok_or(ModelError::NotMynah)?;
        let envelope = metadata.get(KEY).ok_or(ModelError::NotMynah)?;
        let damaged = |_| ModelError::Checksum;
        let envelope: Envelope<'_> = serde_json::from_str(envelope).map_err(damaged)?;
        let version: Version = serde_json::from_str(envelope.model.get()).map_err(damaged)?;
        if version.format != FORMAT {
            return Err(ModelError::NotMynah);
        }
        if version.version != VERSION {
            return Err(ModelError::Version {
                got: version.version,
            });
        }
        let mut views = tensors.tensors();
        views.sort_by(|(a, _), (b, _)| a.cmp(b));
        if metadata.len() != 1 || digest(envelope.model, &views) != envelope.sha256 {
            return Err(ModelError::Checksum);
        }
        let inconsistent =
            |error: &dyn std::fmt::Display| ModelError::Inconsistent(error.to_string());
        let mut card: Card =
            serde_json::from_str(envelope.model.get()).map_err(|e| inconsistent(&e))?;
        let floats = |name| read(&tensors, name, Dtype::F32, f32::from_le_bytes);
        card.provenance.clips = read(&tensors, "training_clips", Dtype::U64, u64::from_le_bytes)?;
        let scaler = Scaler::new(floats("scaler_mean")?, floats("scaler_scale")?)
            .map_err(|e| inconsistent(&e))?;
        let codebook = Codebook::new(
            scaler.dim(),
            card.labels.len(),
            floats("prototypes")?,
            read(&tensors, "prototype_labels", Dtype::U32, u32::from_le_bytes)?,
        )
        .map_err(|e| inconsistent(&e))?;
        Self::new(
            card.labels,
            card.pipeline,
            scaler,
            codebook,
            card.provenance,
        )
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError`], which does not name the file: the caller knows it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        // A device such as /dev/zero has no end.
        if !fs::metadata(&path)?.is_file() {
            return Err(ModelError::NotAFile);
        }
        Self::from_bytes(&fs::read(path)?)
    }
}

/// What identifies a training clip in a model: the first eight bytes of the SHA-256 of its mono samples at their own
/// rate, so that a copy is known by its sound whatever its name or container.
pub fn clip_digest(samples: &[f32]) -> u64 {
    let mut hash = Sha256::new();
    for block in samples.chunks(1024) {
        hash.update(bytes_of(block, f32::to_le_bytes));
    }
    let hash = hash.finalize();
    u64::from_le_bytes(std::array::from_fn(|i| hash[i]))
}

struct Tensor {
    name: &'static str,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    fn new(name: &'static str, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> Self {
        Self {
            name,
            dtype,
            shape,
            bytes,
        }
    }

    fn view(&self) -> TensorView<'_> {
        TensorView::new(self.dtype, self.shape.clone(), &self.bytes)
            .expect("shape and length agree by construction")
    }
}

fn bytes_of<T: Copy, const N: usize>(values: &[T], to_bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| to_bytes(value)).collect()
}

fn read<T, const N: usize>(
    tensors: &SafeTensors<'_>,
    name: &str,
    dtype: Dtype,
    from_bytes: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, ModelError> {
    let missing = |_| ModelError::Inconsistent(format!("tensor {name} is missing"));
    let tensor = tensors.tensor(name).map_err(missing)?;
    if tensor.dtype() != dtype {
        return Err(ModelError::Inconsistent(format!(
            "tensor {name} is {:?}, not {dtype:?}",
            tensor.dtype()
        )));
    }
    let values = tensor.data().as_chunks::<N>().0;
    Ok(values.iter().map(|&bytes| from_bytes(bytes)).collect())
}

/// `tensors` sorted by name. Lengths go in beside the bytes, so that no two contents run together.
fn digest<N: AsRef<str>>(card: &RawValue, tensors: &[(N, TensorView<'_>)]) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(card.get().as_bytes());
    for (name, tensor) in tensors {
        add(name.as_ref().as_bytes());
        add(format!("{:?} {:?}", tensor.dtype(), tensor.shape()).as_bytes());
        add(tensor.data());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
