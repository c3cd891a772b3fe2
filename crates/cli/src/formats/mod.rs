//! Feature formats. Encoding one recording is pure, so that it runs on any thread and its bytes can be kept, journaled and
//! continued; what a whole file needs beyond the recordings' bytes is made at the end from their [`Entry`]s.
//! Numbers are written so that they read back to the same bits.

mod csv;
mod jsonl;
mod npy;
mod record;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

pub use record::{About, Block, Dtype, Entry, InMemory, Record, Rows};

/// What can be asked for with `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    Npy,
    Csv,
    Jsonl,
}

impl Name {
    /// The format the ending of a file names.
    pub fn of_ending(path: &Path) -> Option<Self> {
        Some(match path.extension().and_then(OsStr::to_str)? {
            "npy" => Self::Npy,
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::Jsonl,
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
    /// HTK's code for the layout of the coefficients, where the preset has HTK's [default: 9, USER].
    pub parm_kind: Option<u16>,
}

/// The writer of a format. An error says what was asked for that the format cannot hold, and what to ask for instead.
pub fn new(name: Name, options: &Options) -> Result<Box<dyn Format>, String> {
    let _ = options;
    Ok(match name {
        Name::Npy => Box::new(npy::Npy),
        Name::Csv => Box::new(csv::Csv),
        Name::Jsonl => Box::new(jsonl::Jsonl),
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
    fn preamble(&self, n_coeffs: usize) -> Vec<u8> {
        let _ = n_coeffs;
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

/// A small file beside the features that is made from the entries alone.
pub struct Companion {
    pub path: PathBuf,
    /// Its contents; `None` where nothing is known that it could say, and it is not written.
    pub contents: Box<dyn Fn(&[Entry]) -> anyhow::Result<Option<Vec<u8>>>>,
}
