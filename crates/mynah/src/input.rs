//! What a model is given: sound, or vectors that something else made.

use serde::{Deserialize, Serialize};

use crate::{Error, Pipeline, PipelineConfig};

/// What a model is given.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a model has one")]
pub enum Input {
    /// Recordings of one word each, made vectors by a pipeline.
    Audio(PipelineConfig),
    /// Vectors as they are.
    Vectors(VectorInput),
}

/// What is known of vectors that did not come from sound.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorInput {
    /// Shape of a vector: `[dim]`, or of an image `[height, width]`.
    pub shape: Vec<usize>,
    /// Names of the values; empty where they have none.
    pub columns: Vec<String>,
    /// Whether a value may be NaN, which then means that it is absent.
    pub has_missing: bool,
}

impl VectorInput {
    /// Vectors of this shape without names, every value present.
    pub fn new(shape: Vec<usize>) -> Self {
        Self {
            shape,
            columns: Vec::new(),
            has_missing: false,
        }
    }
}

impl Input {
    /// Checks the settings and gives the length of a vector.
    ///
    /// # Errors
    /// As [`Pipeline::new`]; [`Error::Shape`] for vectors without values, or names that are not as many.
    pub fn dim(&self) -> Result<usize, Error> {
        match self {
            Self::Audio(pipeline) => Ok(Pipeline::new(pipeline)?.dim()),
            Self::Vectors(VectorInput { shape, columns, .. }) => {
                let mut sides = shape.iter().copied();
                let dim = sides.try_fold(1usize, |n, side| n.checked_mul(side));
                match dim.filter(|&dim| dim > 0 && !shape.is_empty()) {
                    Some(dim) if columns.is_empty() || columns.len() == dim => Ok(dim),
                    _ => Err(Error::Shape {
                        shape: shape.clone(),
                        n_columns: columns.len(),
                    }),
                }
            }
        }
    }

    /// How samples become vectors, where it is sound.
    pub fn pipeline(&self) -> Option<&PipelineConfig> {
        match self {
            Self::Audio(pipeline) => Some(pipeline),
            Self::Vectors(_) => None,
        }
    }

    /// Whether a value may be absent.
    pub fn has_missing(&self) -> bool {
        matches!(self, Self::Vectors(vectors) if vectors.has_missing)
    }
}

impl From<PipelineConfig> for Input {
    fn from(pipeline: PipelineConfig) -> Self {
        Self::Audio(pipeline)
    }
}
