//! Why a corpus cannot be used at all.

use std::io;
use std::path::PathBuf;

use crate::Problem;

/// Why a corpus cannot be used at all. What concerns single files or lines is a [`Problem`] instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path leads nowhere.
    #[error("{path}: no such file or folder: check the spelling", path = path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// The system refused to read it.
    #[error("{path}: cannot be read ({source}): check its permissions and that the disk is connected", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is not a manifest.
    #[error(
        "{path}: not a corpus: give a folder with one sub-folder per word, a folder of LABEL_SPEAKER_INDEX.wav files, \
         or a manifest ending in .csv, .tsv, .jsonl or .ndjson",
        path = path.display()
    )]
    NotACorpus {
        /// The path as given.
        path: PathBuf,
    },
    /// A file that is no table of labels.
    #[error("{path}: no table of labels: name it .csv, .tsv, .jsonl or .ndjson", path = path.display())]
    NotLabels {
        /// The path as given.
        path: PathBuf,
    },
    /// A folder without audio in it or one folder below.
    #[error(
        "{path}: no audio (wav, flac, mp3, ogg) in it or in its sub-folders: a corpus is one sub-folder per word \
         (yes/1.wav), or LABEL_SPEAKER_INDEX.wav files directly inside, or a manifest (.csv, .tsv, .jsonl){}",
        manifests_hint(manifests),
        path = path.display()
    )]
    NoAudio {
        /// The folder.
        path: PathBuf,
        /// Manifests seen in it, which may be what was meant.
        manifests: Vec<PathBuf>,
    },
    /// Files or rows there are, but none can be used.
    #[error("{path}: none of its {n_problems} clips can be used; the first: {first}", path = path.display())]
    NothingUsable {
        /// The folder or manifest.
        path: PathBuf,
        /// How many were refused.
        n_problems: usize,
        /// Why the first was.
        first: Box<Problem>,
    },
    /// A manifest without rows.
    #[error("{path}: the manifest lists no clips: add rows with path and label", path = path.display())]
    EmptyManifest {
        /// The manifest.
        path: PathBuf,
    },
    /// A manifest whose header lacks the path or the label.
    #[error(
        "{path}: has the columns {found:?}, needs one for the path ({}) and one for the label ({}), \
         separated by {separator}: rename or add a column in the first line",
        crate::manifest::PATH.join(", "),
        crate::manifest::LABEL.join(", "),
        path = path.display()
    )]
    MissingColumns {
        /// The manifest.
        path: PathBuf,
        /// Header cells as read: the first 20, each cut to 40 characters.
        found: Vec<String>,
        /// What separates columns in a file of this name: "commas" or "tabs".
        separator: &'static str,
    },
    /// Vectors, or the labels of vectors, that cannot be read.
    #[error("{path}: {fault}", path = path.display())]
    Vectors {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        fault: String,
    },
    /// A manifest in a two-byte encoding.
    #[error("{path}: is UTF-16 text: save it as UTF-8", path = path.display())]
    Utf16 {
        /// The manifest.
        path: PathBuf,
    },
    /// A split by speaker was asked for, but some clips name none.
    #[error(
        "{n_unknown} of {n} clips have no speaker, so they cannot be split by speaker: give a manifest with a speaker \
         column"
    )]
    UnknownSpeakers {
        /// Clips without a speaker.
        n_unknown: usize,
        /// All clips.
        n: usize,
    },
    /// A split by speaker was asked for, but there is nobody to hold out.
    #[error(
        "{n_speakers} speaker(s), but a split by speaker needs at least 2: add recordings of other voices"
    )]
    TooFewSpeakers {
        /// Different speakers.
        n_speakers: usize,
    },
}

impl Error {
    pub(crate) fn vectors(path: impl Into<PathBuf>, fault: impl Into<String>) -> Self {
        Self::Vectors {
            path: path.into(),
            fault: fault.into(),
        }
    }

    pub(crate) fn read(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::Read { path, source },
        }
    }
}

fn manifests_hint(manifests: &[PathBuf]) -> String {
    match manifests {
        [] => String::new(),
        [first, ..] => format!("; perhaps you meant {}", first.display()),
    }
}
