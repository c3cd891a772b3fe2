//! The files of mynah: safetensors with one JSON document, checked as a whole before anything in it is believed.
//!
//! The metadata has one key, `mynah`: an object of `sha256` and `model` (the document, whatever the file is). The digest
//! covers the text of `model` and every tensor's name, type, shape and bytes.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

const KEY: &str = "mynah";

/// Why a file of mynah was refused.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A folder, a device or a pipe.
    #[error("is not a file; give a model made by `mynah train` or `mynah enrol`")]
    NotAFile,
    /// Not a safetensors file, or a truncated one.
    #[error("not a model, or cut short ({0}); copy it again or train it anew")]
    Container(String),
    /// A safetensors file of something else.
    #[error(
        "a safetensors file, but not one mynah wrote; give a model made by `mynah train` or `mynah enrol`"
    )]
    NotMynah,
    /// A file of mynah, but of another kind.
    #[error("is a {got}, not a {wanted}; see `mynah inspect`")]
    Kind {
        /// What the file is.
        got: String,
        /// What is read.
        wanted: &'static str,
    },
    /// Written by another version of the format.
    #[error("model format {got}, this mynah reads {reads}; update mynah or train the model anew")]
    Version {
        /// The file's version.
        got: u32,
        /// The version that is read.
        reads: u32,
    },
    /// Contents differ from what was written.
    #[error("damaged: its contents do not match its checksum; copy it again or train it anew")]
    Checksum,
    /// Contents that do not fit together.
    #[error("inconsistent: {0}; train it anew")]
    Inconsistent(String),
}

impl ModelError {
    pub(crate) fn inconsistent(fault: impl std::fmt::Display) -> Self {
        Self::Inconsistent(fault.to_string())
    }
}

/// A kind of file.
pub(crate) struct Format {
    pub name: &'static str,
    pub version: u32,
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

/// What is written: the fields of a card after those of its format.
#[derive(Serialize)]
struct Document<'a, C> {
    format: &'a str,
    version: u32,
    #[serde(flatten)]
    card: &'a C,
}

/// The file. The same contents always give the same bytes.
pub(crate) fn to_bytes(
    format: &Format,
    card: &impl Serialize,
    mut tensors: Vec<Tensor>,
) -> Vec<u8> {
    let document = Document {
        format: format.name,
        version: format.version,
        card,
    };
    let card = serde_json::value::to_raw_value(&document)
        .expect("a card holds only strings, numbers and lists");
    // As the digest wants them.
    tensors.sort_by_key(|tensor| tensor.name);
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
    safetensors::serialize(views, Some(metadata)).expect("shapes and lengths agree by construction")
}

/// A file whose checksum is right; what it says is still to be checked.
pub(crate) struct Contents<'a> {
    pub card: serde_json::Map<String, serde_json::Value>,
    tensors: SafeTensors<'a>,
}

/// Checks container, kind, version and checksum.
pub(crate) fn from_bytes<'a>(format: &Format, bytes: &'a [u8]) -> Result<Contents<'a>, ModelError> {
    let container = |error: safetensors::SafeTensorError| ModelError::Container(error.to_string());
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(container)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(container)?;
    let metadata = metadata.metadata().as_ref().ok_or(ModelError::NotMynah)?;
    let envelope = metadata.get(KEY).ok_or(ModelError::NotMynah)?;
    let damaged = |_| ModelError::Checksum;
    let envelope: Envelope<'_> = serde_json::from_str(envelope).map_err(damaged)?;
    let version: Version = serde_json::from_str(envelope.model.get()).map_err(damaged)?;
    match version.format.strip_prefix("mynah-") {
        None => return Err(ModelError::NotMynah),
        Some(got) if version.format != format.name => {
            return Err(ModelError::Kind {
                got: got.chars().take(20).collect(),
                wanted: format.name.trim_start_matches("mynah-"),
            });
        }
        Some(_) => {}
    }
    if version.version != format.version {
        return Err(ModelError::Version {
            got: version.version,
            reads: format.version,
        });
    }
    let mut views = tensors.tensors();
    views.sort_by(|(a, _), (b, _)| a.cmp(b));
    if metadata.len() != 1 || digest(envelope.model, &views) != envelope.sha256 {
        return Err(ModelError::Checksum);
    }
    let mut card: serde_json::Map<_, _> =
        serde_json::from_str(envelope.model.get()).map_err(ModelError::inconsistent)?;
    card.remove("format");
    card.remove("version");
    Ok(Contents { card, tensors })
}

/// Reads a file's bytes; devices such as /dev/zero have no end and are refused.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    if !fs::metadata(path)?.is_file() {
        return Err(ModelError::NotAFile);
    }
    Ok(fs::read(path)?)
}

impl Contents<'_> {
    /// The document as what it should be.
    pub fn card<C: for<'de> Deserialize<'de>>(&mut self) -> Result<C, ModelError> {
        let card = std::mem::take(&mut self.card);
        serde_json::from_value(card.into()).map_err(ModelError::inconsistent)
    }

    pub fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// The sides of a tensor; none for one that is not there.
    pub fn shape(&self, name: &str) -> Vec<usize> {
        let tensor = self.tensors.tensor(name);
        tensor.map_or(Vec::new(), |tensor| tensor.shape().to_vec())
    }

    pub fn f32s(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        self.values(name, Dtype::F32, f32::from_le_bytes)
    }

    /// Single precision, or half where that lost nothing.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        match self.tensors.tensor(name).map(|tensor| tensor.dtype()) {
            Ok(Dtype::F16) => self.values(name, Dtype::F16, |b| f16::from_le_bytes(b).to_f32()),
            _ => self.f32s(name),
        }
    }

    pub fn u8s(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        self.values(name, Dtype::U8, u8::from_le_bytes)
    }

    pub fn u32s(&self, name: &str) -> Result<Vec<u32>, ModelError> {
        self.values(name, Dtype::U32, u32::from_le_bytes)
    }

    pub fn u64s(&self, name: &str) -> Result<Vec<u64>, ModelError> {
        self.values(name, Dtype::U64, u64::from_le_bytes)
    }

    fn values<T, const N: usize>(
        &self,
        name: &str,
        dtype: Dtype,
        from_bytes: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, ModelError> {
        let missing = |_| ModelError::Inconsistent(format!("tensor {name} is missing"));
        let tensor = self.tensors.tensor(name).map_err(missing)?;
        if tensor.dtype() != dtype {
            return Err(ModelError::Inconsistent(format!(
                "tensor {name} is {:?}, not {dtype:?}",
                tensor.dtype()
            )));
        }
        let values = tensor.data().as_chunks::<N>().0;
        Ok(values.iter().map(|&bytes| from_bytes(bytes)).collect())
    }
}

/// What identifies a training clip in a model: the first eight bytes of the SHA-256 of its mono samples at their own
/// rate, so that a copy is known by its sound whatever its name or container; of a vector, of its values.
pub fn clip_digest(samples: &[f32]) -> u64 {
    let mut hash = Sha256::new();
    for block in samples.chunks(1024) {
        hash.update(bytes_of(block, f32::to_le_bytes));
    }
    let hash = hash.finalize();
    u64::from_le_bytes(std::array::from_fn(|i| hash[i]))
}

/// A tensor to be written.
pub(crate) struct Tensor {
    name: &'static str,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    pub fn f32s(name: &'static str, shape: Vec<usize>, values: &[f32]) -> Self {
        let bytes = bytes_of(values, f32::to_le_bytes);
        Self {
            name,
            dtype: Dtype::F32,
            shape,
            bytes,
        }
    }

    /// In half precision if that loses nothing, else in single.
    pub fn floats(name: &'static str, shape: Vec<usize>, values: &[f32]) -> Self {
        let is_short = |&x: &f32| f16::from_f32(x).to_f32() == x;
        if !values.iter().all(is_short) {
            return Self::f32s(name, shape, values);
        }
        Self {
            name,
            dtype: Dtype::F16,
            shape,
            bytes: bytes_of(values, |x| f16::from_f32(x).to_le_bytes()),
        }
    }

    pub fn u8s(name: &'static str, shape: Vec<usize>, bytes: Vec<u8>) -> Self {
        Self {
            name,
            dtype: Dtype::U8,
            shape,
            bytes,
        }
    }

    pub fn u32s(name: &'static str, shape: Vec<usize>, values: &[u32]) -> Self {
        let bytes = bytes_of(values, u32::to_le_bytes);
        Self {
            name,
            dtype: Dtype::U32,
            shape,
            bytes,
        }
    }

    pub fn u64s(name: &'static str, values: &[u64]) -> Self {
        let bytes = bytes_of(values, u64::to_le_bytes);
        Self {
            name,
            dtype: Dtype::U64,
            shape: vec![values.len()],
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
