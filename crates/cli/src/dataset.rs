//! What a command works on: recordings, or vectors. Decided here and nowhere else, by looking at the files.

use std::path::{Path, PathBuf};

use mynah::{Input, Model, VectorInput, clip_digest};
use mynah_corpus::{Clip, Corpus, VectorOptions, VectorSet};

use crate::args::DataOptions;
use crate::hearing::{self, Example, Heard};
use crate::splits::Part;
use crate::status::{Skipped, usage};
use crate::training::Plan;

/// A corpus of recordings, or vectors seen as one.
pub enum Data {
    Audio(Corpus),
    Vectors(VectorSet),
}

impl Data {
    /// Opens what lies at a path; every clip of it has a label.
    pub fn open(path: &Path, options: &DataOptions) -> anyhow::Result<Self> {
        match Self::open_any(path, options)? {
            Self::Vectors(set) if !set.is_labelled => usage(format!(
                "{}: its rows have no labels; give them with --labels FILE",
                path.display()
            )),
            data => Ok(data),
        }
    }

    /// [`open`](Self::open) of vectors that may be without labels.
    pub fn open_any(path: &Path, options: &DataOptions) -> anyhow::Result<Self> {
        let labels = options.labels.as_ref();
        let is_array = |labels: &PathBuf| {
            let name = labels.to_string_lossy();
            name.ends_with(".npy") || name.contains("-ubyte")
        };
        if options.label_column.is_some() && labels.is_some_and(is_array) {
            return usage("--label-column: the file of --labels has no columns; leave one away");
        }
        if labels.is_some() || VectorSet::is_at(path) {
            return Ok(Self::Vectors(VectorSet::open(path, &options.vectors())?));
        }
        let corpus = Corpus::open(path)?;
        if options.label_column.is_some() || options.missing {
            return usage(format!(
                "{}: holds recordings; --labels, --label-column and --missing are for vectors",
                path.display()
            ));
        }
        Ok(Self::Audio(corpus))
    }

    /// Opens what a model is to be asked about, as it takes it; refuses data of another kind.
    pub fn open_for(model: &Model, path: &Path, options: &DataOptions) -> anyhow::Result<Self> {
        let is_vectors = options.labels.is_some() || VectorSet::is_at(path);
        let has_missing = model.input().has_missing();
        if options.missing && !has_missing {
            return usage(
                "--missing: the model was trained without; rows with absent values are left out",
            );
        }
        let options = DataOptions {
            missing: is_vectors && has_missing,
            ..options.clone()
        };
        let mut data = Self::open(path, &options)?;
        data.check_for(model, path)?;
        data.arrange(model.input(), path)?;
        Ok(data)
    }

    /// Brings the columns of a table into the order of what they are to meet, where both have names.
    pub fn arrange(&mut self, input: &Input, path: &Path) -> anyhow::Result<()> {
        match (self, input) {
            (Self::Vectors(set), Input::Vectors(input)) => arrange(set, input, path),
            _ => Ok(()),
        }
    }

    /// The clips; of vectors, a clip a row.
    pub fn corpus(&self) -> &Corpus {
        match self {
            Self::Audio(corpus) => corpus,
            Self::Vectors(set) => &set.corpus,
        }
    }

    pub fn corpus_mut(&mut self) -> &mut Corpus {
        match self {
            Self::Audio(corpus) => corpus,
            Self::Vectors(set) => &mut set.corpus,
        }
    }

    /// What the things are called.
    pub fn nouns(&self) -> &'static Nouns {
        match self {
            Self::Audio(_) => &Nouns::SOUND,
            Self::Vectors(_) => &Nouns::VECTORS,
        }
    }

    /// What a model of these vectors is given; of recordings, the training decides.
    pub fn vector_input(&self, options: &DataOptions) -> Option<VectorInput> {
        let Self::Vectors(set) = self else {
            return None;
        };
        let mut input = VectorInput::new(set.row_shape.clone());
        input.columns.clone_from(&set.columns);
        input.has_missing = options.missing;
        Some(input)
    }

    /// Refuses data of another kind than the model's.
    fn check_for(&self, model: &Model, path: &Path) -> anyhow::Result<()> {
        let dim = model.prototypes().dim();
        match (self, model.input()) {
            (Self::Audio(_), Input::Audio(_)) => Ok(()),
            (Self::Vectors(set), Input::Vectors(_)) if set.dim() == dim => Ok(()),
            (Self::Vectors(set), Input::Vectors(_)) => usage(format!(
                "{}: has rows of {} values, the model takes {dim}; give it data like those it was trained on",
                path.display(),
                set.dim()
            )),
            (Self::Audio(_), _) => usage(format!(
                "{}: holds recordings, the model takes vectors of {dim} values; give it such a file",
                path.display()
            )),
            (Self::Vectors(_), _) => usage(format!(
                "{}: holds vectors, the model takes recordings; give it a corpus of audio",
                path.display()
            )),
        }
    }

    /// What training learns from in a part, in its order; broken clips are named and left out.
    pub fn hear(
        &self,
        part: &Part<'_>,
        plan: &Plan,
        skipped: &mut Skipped,
    ) -> anyhow::Result<Vec<(usize, Heard<'_>)>> {
        match self {
            Self::Audio(_) => hearing::hear(&part.clips, plan, skipped),
            Self::Vectors(set) => {
                let rows = part.rows.iter().map(|&row| Heard::row(set.row(row)));
                Ok(rows.enumerate().collect())
            }
        }
    }

    /// The digests of clips; broken ones are left out silently.
    pub fn digests(&self, clips: &[(usize, &Clip)]) -> anyhow::Result<Vec<u64>> {
        match self {
            Self::Audio(_) => {
                let clips: Vec<&Clip> = clips.iter().map(|(_, clip)| *clip).collect();
                hearing::digests(&clips)
            }
            Self::Vectors(set) => {
                let digest = |&(row, _): &(usize, &Clip)| clip_digest(set.row(row));
                Ok(clips.iter().map(digest).collect())
            }
        }
    }
}

/// Brings columns into the order of a model's, where both have names.
pub fn arrange(set: &mut VectorSet, input: &VectorInput, path: &Path) -> anyhow::Result<()> {
    if set.columns.is_empty() || input.columns.is_empty() || set.columns == input.columns {
        return Ok(());
    }
    let found = set.columns.join(", ");
    match set.arrange(&input.columns) {
        Ok(()) => Ok(()),
        Err(lacking) => usage(format!(
            "{}: has no column, or more than one, for {}; the model takes the columns {}, and here are {found}; name them \
             alike, and the label with --label-column",
            path.display(),
            lacking.join(", "),
            input.columns.join(", ")
        )),
    }
}

impl<'d> Heard<'d> {
    /// A vector that needs no hearing.
    pub fn row(values: &'d [f32]) -> Self {
        Self {
            example: Example::Vector(values),
            digest: clip_digest(values),
            seconds: 0.0,
            cost: 0.0,
        }
    }
}

impl DataOptions {
    /// How vectors are to be read.
    pub fn vectors(&self) -> VectorOptions {
        let mut options = VectorOptions::default();
        options.labels.clone_from(&self.labels);
        options.label_column.clone_from(&self.label_column);
        options.keep_missing = self.missing;
        options
    }
}

/// What clips, words and speakers are called.
pub struct Nouns {
    pub clips: &'static str,
    pub words: &'static str,
    pub speaker: &'static str,
    pub speakers: &'static str,
    /// What two copies are alike in, one by one.
    pub value: &'static str,
}

impl Nouns {
    pub const SOUND: Self = Self {
        clips: "clips",
        words: "words",
        speaker: "speaker",
        speakers: "speakers",
        value: "sample",
    };
    pub const VECTORS: Self = Self {
        clips: "rows",
        words: "classes",
        speaker: "group",
        speakers: "groups",
        value: "value",
    };
}
