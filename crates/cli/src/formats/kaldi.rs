//! Kaldi's archives of matrices, binary and text. Compressed matrices (`CM `) are not written: they keep 8 bits of a number.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::companions::{self, Companion};
use super::{Dtype, Format, Layout, Record};

/// `key \0BFM \4rows\4cols` and the numbers, little-endian, row by row; `DM ` for doubles.
pub struct Ark;

impl Format for Ark {
    fn ending(&self) -> &'static str {
        "ark"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Stream
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        let about = record.about;
        let kind = match about.dtype {
            Dtype::F32 => "FM",
            Dtype::F64 => "DM",
        };
        write!(out, "{} \0B{kind} ", about.utterance)?;
        for n in [about.n_frames, about.n_coeffs] {
            let n = i32::try_from(n).ok().with_context(|| {
                format!(
                    "{}: {n} rows are more than a Kaldi matrix holds; cut it into segments",
                    about.path.display()
                )
            })?;
            out.write_all(&[4])?;
            out.write_all(&n.to_le_bytes())?;
        }
        record.write_le(out)
    }

    fn companions(&self, target: &Path) -> Vec<Companion> {
        companions::of_ark(target)
    }
}

/// `key  [` and a line of numbers a frame; `]` ends the last.
pub struct TextArk;

impl Format for TextArk {
    fn ending(&self) -> &'static str {
        "ark"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Stream
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        write!(out, "{}  [", record.about.utterance)?;
        let mut line = String::new();
        record.for_each_row(|row| {
            line.clear();
            line.push_str("\n ");
            row.push_text(' ', &mut line);
            Ok(out.write_all(line.as_bytes())?)
        })?;
        Ok(out.write_all(b" ]\n")?)
    }

    fn companions(&self, target: &Path) -> Vec<Companion> {
        companions::of_ark(target)
    }
}
