//! The features of one recording, and what is known of it.

use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Float type of the numbers written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    #[default]
    F32,
    F64,
}

impl Dtype {
    /// Bytes of a number.
    #[cfg(feature = "parquet")]
    pub fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// Some rows of a recording, row-major.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Block<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
}

impl Block<'_> {
    fn dtype(self) -> Dtype {
        match self {
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
        }
    }

    fn len(self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// The numbers' bytes, lowest first.
    pub fn write_le(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::F32(values) => write_bytes(values, f32::to_le_bytes, out),
            Self::F64(values) => write_bytes(values, f64::to_le_bytes, out),
        }
    }

    /// The numbers as the shortest text that reads back to the same bits, each after `separator`.
    pub fn push_text(self, separator: char, text: &mut String) {
        match self {
            Self::F32(values) => push_text(values, separator, text),
            Self::F64(values) => push_text(values, separator, text),
        }
    }
}

/// In pieces, so that a long recording is not held twice.
pub fn write_bytes<T: Copy, const N: usize>(
    values: &[T],
    bytes_of: fn(T) -> [u8; N],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(N * values.len().min(PIECE));
    for piece in values.chunks(PIECE) {
        bytes.clear();
        bytes.extend(piece.iter().flat_map(|&value| bytes_of(value)));
        out.write_all(&bytes)?;
    }
    Ok(())
}

const PIECE: usize = 8_192;

fn push_text<T: Display>(values: &[T], separator: char, text: &mut String) {
    for value in values {
        text.push(separator);
        // A string takes all it is given.
        let _ = write!(text, "{value}");
    }
}

/// The rows of a recording in blocks of whole rows, in order, as often as asked: from memory, or from a temporary file,
/// since hours of features do not fit in memory.
pub trait Rows {
    fn for_each(
        &mut self,
        f: &mut dyn FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>;
}

/// Rows that are all in memory.
pub struct InMemory<'a>(pub Block<'a>);

impl Rows for InMemory<'_> {
    fn for_each(
        &mut self,
        f: &mut dyn FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        f(self.0)
    }
}

/// What is known of a recording's features besides the numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Unique in the run, without white space, not empty.
    pub utterance: String,
    /// Where its features go in a folder, without ending.
    #[serde(with = "as_written")]
    pub name: PathBuf,
    /// The recording.
    #[serde(with = "as_written")]
    pub path: PathBuf,
    pub label: Option<String>,
    pub speaker: Option<String>,
    /// First moment of the stretch used, s.
    pub start: Option<f64>,
    /// Last moment of the stretch used, s.
    pub end: Option<f64>,
    /// Hz.
    pub sample_rate: u32,
    /// Length of the sound, s.
    pub seconds: f64,
    /// From one frame to the next, s.
    pub hop_seconds: f64,
    pub n_frames: usize,
    pub n_coeffs: usize,
    pub dtype: Dtype,
}

impl About {
    /// Its file below the folder of features.
    pub fn file(&self, ending: &str) -> PathBuf {
        let mut file = self.name.clone();
        file.as_mut_os_string().push(".");
        file.as_mut_os_string().push(ending);
        file
    }
}

/// What an utterance is called in a folder or archive; an id must not lead out of it, nor to the place of another, as
/// `a//b` to that of `a/b`.
pub fn safe_name(id: &str) -> String {
    let path = Path::new(id);
    let is_below = path.components().all(|c| matches!(c, Component::Normal(_)));
    let plain: PathBuf = path.components().collect();
    // A backslash leads elsewhere once the archive is unpacked on Windows.
    if is_below && plain.as_os_str() == id && !id.contains('\\') {
        return id.to_string();
    }
    match id {
        "." | ".." => id.replace('.', "%2E"),
        _ => id.replace(['/', '\\'], "%2F"),
    }
}

/// One recording to write.
pub struct Record<'a> {
    pub about: &'a About,
    pub rows: &'a mut dyn Rows,
}

impl Record<'_> {
    /// Every block in order; fails where the rows are not what [`About`] promises, as a header may be written already.
    pub fn for_each(
        &mut self,
        mut f: impl FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let About {
            n_frames,
            n_coeffs,
            dtype,
            ..
        } = *self.about;
        let mut n_values = 0;
        let mut is_fit = true;
        self.rows.for_each(&mut |block| {
            n_values += block.len();
            is_fit &= block.dtype() == dtype && block.len() % n_coeffs == 0;
            f(block)
        })?;
        anyhow::ensure!(
            is_fit && n_values == n_frames * n_coeffs,
            "{}: its features are not the {n_frames} × {n_coeffs} announced; a temporary file was changed, run it again",
            self.about.path.display()
        );
        Ok(())
    }

    /// Every row in order, as a block of its own.
    pub fn for_each_row(
        &mut self,
        mut f: impl FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let n_coeffs = self.about.n_coeffs;
        self.for_each(|block| match block {
            Block::F32(values) => values
                .chunks_exact(n_coeffs)
                .try_for_each(|row| f(Block::F32(row))),
            Block::F64(values) => values
                .chunks_exact(n_coeffs)
                .try_for_each(|row| f(Block::F64(row))),
        })
    }

    /// The numbers' bytes, lowest first, with nothing around them.
    pub fn write_le(&mut self, out: &mut dyn Write) -> anyhow::Result<()> {
        self.for_each(|block| Ok(block.write_le(out)?))
    }
}

/// A recording that has been encoded, without its numbers: what the journal holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    #[serde(flatten)]
    pub about: About,
    /// Where its bytes begin in the payload, preamble included.
    pub offset: u64,
    /// Number of its bytes.
    pub len: u64,
}

impl Entry {
    /// Copies its bytes out of the payload.
    pub fn copy(&self, payload: &mut File, out: &mut impl Write) -> anyhow::Result<()> {
        payload.seek(SeekFrom::Start(self.offset))?;
        let n = io::copy(&mut payload.take(self.len), out)?;
        anyhow::ensure!(
            n == self.len,
            "{}: its encoded features are cut short; run it again from the start",
            self.about.path.display()
        );
        Ok(())
    }
}

/// Paths as text where they are text, else as their bytes, so that a journal gives every name back as it was.
mod as_written {
    use std::borrow::Cow;
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written<'a> {
        Text(Cow<'a, str>),
        Bytes(Vec<u8>),
    }

    pub fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        let written = path.to_str().map_or_else(
            || Written::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
            |text| Written::Text(text.into()),
        );
        written.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Ok(match Written::deserialize(from)? {
            Written::Text(text) => text.into_owned().into(),
            Written::Bytes(bytes) => super::path_of(bytes),
        })
    }
}

/// The path of these bytes.
#[cfg(unix)]
pub fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// The path of these bytes, as far as they are text.
#[cfg(not(unix))]
pub fn path_of(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder_and_apart() {
        for (id, name) in [
            ("a/b", "a/b"),
            ("../b", "..%2Fb"),
            ("/b", "%2Fb"),
            ("..", "%2E%2E"),
            ("a/", "a%2F"),
            ("a//b", "a%2F%2Fb"),
            ("..\\b", "..%2Fb"),
            ("a/./b", "a%2F.%2Fb"),
        ] {
            assert_eq!(safe_name(id), name);
        }
    }
}
