//! Hugging Face's container: one tensor an utterance. The header is written here from the crate's own types, because the
//! crate's writer wants every tensor in memory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::ensure;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::Serialize;

use super::jsonl::Head;
use super::{Container, Dtype, Entry, Format, Layout, Record};

pub struct Safetensors {
    pub preset: String,
    pub columns: Vec<String>,
}

/// Everything besides the tensors, as one JSON value under the key `mynah`: several keys would come in no fixed order.
#[derive(Serialize)]
struct Notes<'a> {
    preset: &'a str,
    columns: &'a [String],
    recordings: Vec<Head<'a>>,
}

/// What readers take at most.
const MAX_HEADER: usize = 100_000_000;

impl Format for Safetensors {
    fn ending(&self) -> &'static str {
        "safetensors"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Container(self)
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        let about = record.about;
        ensure!(
            about.utterance != "__metadata__",
            "{}: no tensor can have the name __metadata__; rename the recording",
            about.path.display()
        );
        record.write_le(out)
    }
}

impl Container for Safetensors {
    fn finish(&self, payload: &mut File, entries: &[Entry], out: &mut File) -> anyhow::Result<()> {
        let mut out = BufWriter::new(out);
        out.write_all(&self.header(entries)?)?;
        for entry in entries {
            entry.copy(payload, &mut out)?;
        }
        Ok(out.flush()?)
    }
}

impl Safetensors {
    fn header(&self, entries: &[Entry]) -> anyhow::Result<Vec<u8>> {
        let notes = serde_json::to_string(&Notes {
            preset: &self.preset,
            columns: &self.columns,
            recordings: entries.iter().map(|entry| (&entry.about).into()).collect(),
        })?;
        let mut begin = 0;
        let tensors = entries.iter().map(|Entry { about, len, .. }| {
            let end = begin + *len as usize;
            let info = TensorInfo {
                dtype: match about.dtype {
                    Dtype::F32 => safetensors::Dtype::F32,
                    Dtype::F64 => safetensors::Dtype::F64,
                },
                shape: vec![about.n_frames, about.n_coeffs],
                data_offsets: (begin, end),
            };
            begin = end;
            (about.utterance.clone(), info)
        });
        let notes = HashMap::from([("mynah".to_string(), notes)]);
        let mut json = serde_json::to_vec(&Metadata::new(Some(notes), tensors.collect())?)?;
        // The numbers begin at a multiple of eight.
        json.resize(json.len().next_multiple_of(8), b' ');
        ensure!(
            json.len() <= MAX_HEADER,
            "{} recordings are more than the header of a safetensors file holds; split the run with --shard",
            entries.len()
        );
        let mut header = (json.len() as u64).to_le_bytes().to_vec();
        header.append(&mut json);
        Ok(header)
    }
}
