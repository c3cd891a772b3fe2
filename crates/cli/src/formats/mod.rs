//! Feature formats. Encoding one recording is pure, so that it runs on any thread and its bytes can be kept, journaled and
//! continued; what a whole file needs beyond the recordings' bytes is made at the end from their [`Entry`]s.
//! Numbers are written so that they read back to the same bits.

mod companions;
mod csv;
mod htk;
mod jsonl;
mod kaldi;
mod npy;
mod npz;
#[cfg(feature = "parquet")]
mod parquet;
mod record;
mod safetensors;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use clap::ValueEnum;

pub use companions::{Companion, INDEX, of_folder};
pub use record::{About, Block, Dtype, Entry, InMemory, Record, Rows, path_of, safe_name};

/// What can be asked for with `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// NumPy, one array a file
    Npy,
    /// NumPy, one array an utterance
    Npz,
    /// A row a frame
    Csv,
    /// A line a recording
    Jsonl,
    /// Kaldi archive; beside feats.ark: feats.scp, .utt2spk, .utt2dur, .utt2num_frames, .text (labels)
    Kaldi,
    /// Kaldi archive as text
    KaldiText,
    /// HTK parameter file, one recording a file
    Htk,
    /// One tensor an utterance
    Safetensors,
    /// A row a recording (built with --features parquet)
    Parquet,
}

impl Name {
    /// The format the ending of a file names.
    pub fn of_ending(path: &Path) -> Option<Self> {
        let ending = path.extension().and_then(OsStr::to_str)?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::Jsonl,
            "ark" => Self::Kaldi,
            "htk" | "mfc" => Self::Htk,
            "safetensors" => Self::Safetensors,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }
}

/// What the writers need to know of the whole run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Type of the numbers written.
    pub dtype: Dtype,
    /// Whose definition the features follow; kept where a format has room for it.
    pub preset: String,
    /// Names of the coefficients, in the order of a row.
    pub columns: Vec<String>,
    /// HTK's code for the layout of the coefficients, where the preset has HTK's [default: 9, USER].
    pub parm_kind: Option<u16>,
}

/// The writer of a format. An error says what was asked for that the format cannot hold, and what to ask for instead.
pub fn new(name: Name, options: &Options) -> Result<Box<dyn Format>, String> {
    let preset = || options.preset.clone();
    Ok(match name {
        Name::Npy => Box::new(npy::Npy),
        Name::Npz => Box::new(npz::Npz),
        Name::Csv => Box::new(csv::Csv {
            columns: options.columns.clone(),
        }),
        Name::Jsonl => Box::new(jsonl::Jsonl),
        Name::Kaldi => Box::new(kaldi::Ark),
        Name::KaldiText => Box::new(kaldi::TextArk),
        Name::Htk if options.dtype == Dtype::F64 => {
            return Err("an HTK file holds float32 only; ask for f32, or write npy or ark".into());
        }
        Name::Htk => Box::new(htk::Htk {
            parm_kind: options.parm_kind.unwrap_or(htk::USER),
        }),
        Name::Safetensors => Box::new(safetensors::Safetensors {
            preset: preset(),
            columns: options.columns.clone(),
        }),
        #[cfg(feature = "parquet")]
        Name::Parquet => Box::new(parquet::Parquet {
            dtype: options.dtype,
            preset: preset(),
        }),
        #[cfg(not(feature = "parquet"))]
        Name::Parquet => {
            return Err(
                "this mynah was built without Parquet. Write another format, or build it with Parquet:\n  \
                 cargo build --release --features parquet"
                    .into(),
            );
        }
    })
}

/// How recordings make files.
pub enum Layout<'f> {
    /// One file holds one recording; many go to a folder.
    Single,
    /// The preamble, then one recording after the other: what is encoded is the file, and can be streamed.
    Stream,
    /// What is encoded is kept until all is there, then put into the container.
    Container(&'f dyn Container),
}

/// One way of writing features.
pub trait Format: Sync {
    /// Ending of a file, without the dot.
    fn ending(&self) -> &'static str;

    fn layout(&self) -> Layout<'_>;

    /// What stands before the first recording, in the first shard only.
    fn preamble(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The bytes of one recording. They depend on nothing but the record.
    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()>;

    /// Files beside the output file `target` that belong to it.
    fn companions(&self, target: &Path) -> Vec<Companion> {
        let _ = target;
        Vec::new()
    }
}

/// The last step of a format that is more than its recordings one after the other.
pub trait Container {
    /// Puts what was encoded, at the entries' offsets of `payload`, into a whole file, in the order of the entries.
    fn finish(&self, payload: &mut File, entries: &[Entry], out: &mut File) -> anyhow::Result<()>;
}
