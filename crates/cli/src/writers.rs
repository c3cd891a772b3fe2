//! Feature formats. Numbers are written so that they read back to the same bits.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah::dsp::Features;
use ndarray::ArrayView2;
use ndarray_npy::WriteNpyExt;
use serde::Serialize;

use crate::inputs::Input;
use crate::output;

/// The features of one recording with where they come from.
pub struct Record<'a> {
    pub input: &'a Input,
    pub frames: &'a Features,
    pub sample_rate: u32,
}

/// Takes one recording after the other.
pub trait Writer {
    fn write(&mut self, record: &Record<'_>) -> anyhow::Result<()>;
}

/// One array, `[n_frames × n_coeffs]` float32.
pub struct Npy<'o> {
    out: &'o mut dyn Write,
}

impl<'o> Npy<'o> {
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self { out }
    }
}

impl Writer for Npy<'_> {
    fn write(&mut self, record: &Record<'_>) -> anyhow::Result<()> {
        let Features {
            data,
            n_frames,
            n_coeffs,
            ..
        } = record.frames;
        let array = ArrayView2::from_shape((*n_frames, *n_coeffs), data)?;
        Ok(array.write_npy(&mut *self.out)?)
    }
}

/// A .npy for every recording.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Refuses recordings that would go to the same file, before anything is written.
    pub fn new(root: &Path, inputs: &[Input]) -> anyhow::Result<Self> {
        let mut first = HashMap::new();
        for input in inputs {
            if let Some(other) = first.insert(&input.name, input) {
                let [path, other] = [input, other].map(|input| input.stretch.path.display());
                let file = root.join(&input.name);
                anyhow::bail!(
                    "{other} and {path} would both go to {}.npy; rename one, or write .csv or .jsonl",
                    file.display()
                );
            }
        }
        fs::create_dir_all(root)
            .with_context(|| format!("{}: cannot make this folder", root.display()))?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }
}

impl Writer for Folder {
    fn write(&mut self, record: &Record<'_>) -> anyhow::Result<()> {
        let mut path = self.root.join(&record.input.name);
        path.as_mut_os_string().push(".npy");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
        }
        output::write(&path, |out| Npy::new(out).write(record))
    }
}

/// A row a frame: path, label, speaker, start and end of the stretch, frame, then the coefficients.
pub struct Csv<'o> {
    csv: csv::Writer<&'o mut dyn Write>,
    has_header: bool,
}

impl<'o> Csv<'o> {
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self {
            csv: csv::Writer::from_writer(out),
            has_header: false,
        }
    }

    pub fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.csv.flush()?)
    }
}

impl Writer for Csv<'_> {
    fn write(&mut self, record: &Record<'_>) -> anyhow::Result<()> {
        if !self.has_header {
            let coefficients = (0..record.frames.n_coeffs).map(|i| format!("c{i}"));
            let names = ["path", "label", "speaker", "start", "end", "frame"].map(str::to_string);
            self.csv
                .write_record(names.into_iter().chain(coefficients))?;
            self.has_header = true;
        }
        let Input {
            stretch,
            label,
            speaker,
            ..
        } = record.input;
        for (i, row) in record.frames.rows().enumerate() {
            self.csv
                .write_field(stretch.path.as_os_str().as_encoded_bytes())?;
            self.csv.write_field(label.as_deref().unwrap_or_default())?;
            self.csv
                .write_field(speaker.as_deref().unwrap_or_default())?;
            for bound in [stretch.start, stretch.end] {
                self.csv
                    .write_field(bound.map_or(String::new(), |seconds| seconds.to_string()))?;
            }
            self.csv.write_field(i.to_string())?;
            for value in row {
                self.csv.write_field(value.to_string())?;
            }
            self.csv.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }
}

/// One JSON object a line and recording.
pub struct Jsonl<'o> {
    out: &'o mut dyn Write,
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    label: Option<&'a str>,
    speaker: Option<&'a str>,
    start: Option<f64>,
    end: Option<f64>,
    sample_rate: u32,
    n_frames: usize,
    n_coeffs: usize,
    features: Vec<&'a [f32]>,
}

impl<'o> Jsonl<'o> {
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self { out }
    }
}

impl Writer for Jsonl<'_> {
    fn write(&mut self, record: &Record<'_>) -> anyhow::Result<()> {
        let Input {
            stretch,
            label,
            speaker,
            ..
        } = record.input;
        serde_json::to_writer(
            &mut *self.out,
            &Line {
                path: stretch.path.display().to_string(),
                label: label.as_deref(),
                speaker: speaker.as_deref(),
                start: stretch.start,
                end: stretch.end,
                sample_rate: record.sample_rate,
                n_frames: record.frames.n_frames,
                n_coeffs: record.frames.n_coeffs,
                features: record.frames.rows().collect(),
            },
        )?;
        Ok(self.out.write_all(b"\n")?)
    }
}
