//! CSV, TSV and JSONL lists of clips.

use std::borrow::Cow;
use std::path::Path;

use csv::ByteRecord;
use serde_json::{Map, Value};

use crate::problem::Problems;
use crate::{Clip, Corpus, Error, Layout, Split, speaker};

pub(crate) const PATH: &[&str] = &["path", "file", "filename", "audio", "wav"];
pub(crate) const LABEL: &[&str] = &["label", "class", "word", "keyword", "text"];
pub(crate) const SPEAKER: &[&str] = &["speaker", "speaker_id", "client_id", "user"];
pub(crate) const SPLIT: &[&str] = &["split", "set", "subset"];

/// Accepted names of each column, the preferred first, in the order of [`Cells`].
const COLUMNS: [&[&str]; 6] = [PATH, LABEL, SPEAKER, SPLIT, &["start"], &["end"]];

/// Path, label, speaker, split, start, end of one row, trimmed; `None` where there is no such column.
type Cells<'a> = [Option<Cow<'a, str>>; 6];

/// How a manifest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestFormat {
    /// Comma-separated, cells quoted with `"` where they contain commas or quotes (RFC 4180).
    Csv,
    /// Tab-separated. A quote inside a cell is just a character; a cell quoted as a whole is unquoted.
    Tsv,
    /// One JSON object a line.
    Jsonl,
}

impl ManifestFormat {
    /// By extension, in any case: `csv`, `tsv`, `jsonl` or `ndjson`.
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_ascii_lowercase().to_str()? {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

impl Corpus {
    /// Clips of a manifest's bytes; `manifest` names it in problems, and relative paths start from its folder.
    ///
    /// Columns (JSON keys) go by name, in any order and case; where a name has others, the first found counts:
    ///
    /// | column | or | |
    /// |---|---|---|
    /// | `path` | `file`, `filename`, `audio`, `wav` | the recording |
    /// | `label` | `class`, `word`, `keyword`, `text` | the word |
    /// | `speaker` | `speaker_id`, `client_id`, `user` | optional; without the column, from the file's name |
    /// | `split` | `set`, `subset` | optional; `train`, `validation` or `test`, also `training`, `val`, `valid`, `dev`, `testing` |
    /// | `start`, `end` | | optional; seconds, 0 ≤ start < end |
    ///
    /// Cells are trimmed; other columns are ignored. A row that cannot be used becomes a [`Problem`](crate::Problem)
    /// with its line.
    ///
    /// # Errors
    /// If the path or label column is missing, or no row can be used.
    pub fn from_manifest_bytes(
        bytes: &[u8],
        format: ManifestFormat,
        manifest: &Path,
    ) -> Result<Self, Error> {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(Error::Utf16 {
                path: manifest.into(),
            });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let root = manifest.parent().unwrap_or(Path::new(""));
        let mut clips = Vec::new();
        let mut problems = Problems::default();
        let mut row = |line: u64, cells: Result<Cells<'_>, String>| match cells
            .and_then(|cells| clip(cells, root))
        {
            Ok(clip) => clips.push(clip),
            Err(message) => problems.push_line(manifest, line, message),
        };
        match format {
            ManifestFormat::Csv => separated(bytes, b',', manifest, &mut row)?,
            ManifestFormat::Tsv => separated(bytes, b'\t', manifest, &mut row)?,
            ManifestFormat::Jsonl => json_lines(bytes, &mut row),
        }
        Self::of_clips(manifest, root.into(), Layout::Manifest, clips, problems)
    }
}

fn clip(cells: Cells<'_>, root: &Path) -> Result<Clip, String> {
    let [path, label, speaker, split, start, end] = cells;
    let path = needed(path, "path", PATH)?;
    let label = needed(label, "label", LABEL)?;
    let mut clip = Clip::whole(root.join(&*path), label.into_owned());
    clip.speaker = match speaker {
        None => speaker::from_file_name(&clip.path),
        Some(cell) => Some(cell.into_owned()).filter(|s| !s.is_empty()),
    };
    clip.split = match split.unwrap_or_default() {
        cell if cell.is_empty() => None,
        cell => Some(Split::from_name(&cell).ok_or_else(|| {
            format!("the split is {cell:?}: write train, validation or test, or leave it empty")
        })?),
    };
    clip.start = seconds(start, "start")?;
    clip.end = seconds(end, "end")?;
    if let Some(end) = clip.end {
        let start = clip.start.unwrap_or(0.0);
        if start >= end {
            return Err(format!(
                "starts at {start} s but ends at {end} s: the end must be later"
            ));
        }
    }
    Ok(clip)
}

fn needed<'a>(
    cell: Option<Cow<'a, str>>,
    what: &str,
    names: &[&str],
) -> Result<Cow<'a, str>, String> {
    match cell {
        None => Err(format!("has no {what}: add a key {}", names.join(" or "))),
        Some(cell) if cell.is_empty() => Err(format!(
            "the {what} is empty: fill it in or remove the line"
        )),
        Some(cell) if cell.contains(['\n', '\r']) => Err(format!(
            "the {what} goes on over several lines: close the quote it opens"
        )),
        Some(cell) => Ok(cell),
    }
}

fn seconds(cell: Option<Cow<'_, str>>, what: &str) -> Result<Option<f64>, String> {
    let cell = cell.unwrap_or_default();
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => Ok(Some(seconds)),
        _ => Err(format!(
            "the {what} is {cell:?}: write seconds from the start of the file, 0 or more, as 1.25"
        )),
    }
}

/// CSV and TSV: a header, then rows.
fn separated(
    bytes: &[u8],
    delimiter: u8,
    manifest: &Path,
    row: &mut dyn FnMut(u64, Result<Cells<'_>, String>),
) -> Result<(), Error> {
    let quoting = delimiter == b',';
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(quoting)
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    // Bytes in memory cannot fail to be read, and without UTF-8 or equal lengths asked for, nor can records.
    let mut next = |record: &mut ByteRecord| reader.read_byte_record(record).unwrap_or(false);
    if !next(&mut record) {
        return Err(Error::EmptyManifest {
            path: manifest.into(),
        });
    }
    let header: Vec<String> = record
        .iter()
        .map(|cell| {
            unquoted(String::from_utf8_lossy(cell), quoting)
                .trim()
                .to_string()
        })
        .collect();
    let places = COLUMNS.map(|names| {
        let place = |name: &&str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
        names.iter().find_map(place)
    });
    if places[0].is_none() || places[1].is_none() {
        return Err(Error::MissingColumns {
            path: manifest.into(),
            found: excerpt(header),
            separator: if quoting { "commas" } else { "tabs" },
        });
    }
    let mut lines = LineCounter::new(bytes);
    while next(&mut record) {
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let line = lines.line_at(record.position().map_or(0, |p| p.byte()) as usize);
        row(line, cells(&record, &places, header.len(), quoting));
    }
    Ok(())
}

/// Enough of a header to recognise it: what is no manifest may be one line of megabytes.
fn excerpt(header: Vec<String>) -> Vec<String> {
    let cells = header.into_iter().take(20);
    cells.map(|cell| cell.chars().take(40).collect()).collect()
}

fn cells<'a>(
    record: &'a ByteRecord,
    places: &[Option<usize>; 6],
    n_columns: usize,
    quoting: bool,
) -> Result<Cells<'a>, String> {
    // An unquoted comma in a label would otherwise cut it short in silence.
    if record
        .iter()
        .skip(n_columns)
        .any(|cell| !cell.trim_ascii().is_empty())
    {
        let got = record.len();
        let remedy = match quoting {
            true => "put cells that contain commas in quotes",
            false => "remove the extra tabs",
        };
        return Err(format!(
            "has {got} cells under {n_columns} columns: {remedy}"
        ));
    }
    let mut cells = Cells::default();
    for (cell, place) in cells.iter_mut().zip(places) {
        let Some(place) = *place else { continue };
        let text = std::str::from_utf8(record.get(place).unwrap_or_default())
            .map_err(|_| "is not UTF-8: save the manifest as UTF-8".to_string())?;
        *cell = Some(match unquoted(text.into(), quoting) {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_string()),
        });
    }
    Ok(cells)
}

/// In TSV, where a lone quote must not swallow the lines after it, the reader leaves quotes alone; a cell quoted as a
/// whole (as spreadsheets write) is unquoted here.
fn unquoted(cell: Cow<'_, str>, quoting: bool) -> Cow<'_, str> {
    let inner = |cell: &str| {
        let cell = cell.trim().strip_prefix('"')?.strip_suffix('"')?;
        Some(cell.replace("\"\"", "\""))
    };
    match inner(&cell).filter(|_| !quoting) {
        Some(text) => Cow::Owned(text),
        None => cell,
    }
}

/// Line of a record from its place in the file; the reader's own count stops at the blank lines before a record.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> LineCounter<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 1,
        }
    }

    /// Places must not decrease.
    fn line_at(&mut self, place: usize) -> u64 {
        while let Some(&byte) = self.bytes.get(self.at) {
            let is_break = matches!(byte, b'\n' | b'\r');
            if self.at >= place && !is_break {
                break;
            }
            // Lines end in \n, \r\n or \r.
            let ends_pair = byte == b'\n' && self.at > 0 && self.bytes[self.at - 1] == b'\r';
            self.line += u64::from(is_break && !ends_pair);
            self.at += 1;
        }
        self.line
    }
}

/// JSONL: every line is an object of its own.
fn json_lines(bytes: &[u8], row: &mut dyn FnMut(u64, Result<Cells<'_>, String>)) {
    for (line, text) in (1..).zip(bytes.split(|&b| b == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Map<String, Value>>(text) {
            Ok(object) => row(line, object_cells(&object)),
            Err(error) => row(line, Err(not_an_object(text, &error))),
        }
    }
}

fn not_an_object(text: &[u8], error: &serde_json::Error) -> String {
    match std::str::from_utf8(text) {
        Ok(_) => format!(
            "is not a JSON object (column {}): write {{\"path\": …, \"label\": …}} on one line",
            error.column()
        ),
        Err(_) => "is not UTF-8: save the manifest as UTF-8".to_string(),
    }
}

fn object_cells(object: &Map<String, Value>) -> Result<Cells<'_>, String> {
    let mut cells = Cells::default();
    for (cell, names) in cells.iter_mut().zip(COLUMNS) {
        let value = |name: &&str| {
            object
                .iter()
                .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        };
        let Some((key, value)) = names.iter().find_map(value) else {
            continue;
        };
        *cell = Some(match value {
            Value::Null => "".into(),
            Value::String(text) => text.trim().into(),
            Value::Number(number) => number.to_string().into(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return Err(format!(
                    "the value of {key:?} is neither a string nor a number: write one of them"
                ));
            }
        });
    }
    Ok(cells)
}
