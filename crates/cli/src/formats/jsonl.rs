//! One JSON object a line and recording.

use std::io::Write;

use serde::Serialize;

use super::{About, Block, Format, Layout, Record};

pub struct Jsonl;

/// What a line says besides the numbers.
#[derive(Serialize)]
pub struct Head<'a> {
    utterance: &'a str,
    path: String,
    label: Option<&'a str>,
    speaker: Option<&'a str>,
    start: Option<f64>,
    end: Option<f64>,
    sample_rate: u32,
    n_frames: usize,
    n_coeffs: usize,
}

impl<'a> From<&'a About> for Head<'a> {
    fn from(about: &'a About) -> Self {
        Self {
            utterance: &about.utterance,
            path: about.path.display().to_string(),
            label: about.label.as_deref(),
            speaker: about.speaker.as_deref(),
            start: about.start,
            end: about.end,
            sample_rate: about.sample_rate,
            n_frames: about.n_frames,
            n_coeffs: about.n_coeffs,
        }
    }
}

impl Format for Jsonl {
    fn ending(&self) -> &'static str {
        "jsonl"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Stream
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut head = serde_json::to_vec(&Head::from(record.about))?;
        head.pop();
        out.write_all(&head)?;
        out.write_all(br#","features":["#)?;
        let mut separator: &[u8] = b"";
        let mut line = Vec::new();
        record.for_each_row(|row| {
            line.clear();
            line.extend(separator);
            separator = b",";
            match row {
                Block::F32(row) => serde_json::to_writer(&mut line, row)?,
                Block::F64(row) => serde_json::to_writer(&mut line, row)?,
            }
            Ok(out.write_all(&line)?)
        })?;
        Ok(out.write_all(b"]}\n")?)
    }
}
