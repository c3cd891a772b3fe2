//! Rows of CSV, TSV and JSONL tables whose columns go by name.

use std::borrow::Cow;
use std::path::Path;

use csv::ByteRecord;
use serde_json::{Map, Value};

use crate::Error;

/// One row, trimmed, in the order of the columns asked for; `None` where there is no such column.
pub(crate) type Cells<'a, const N: usize> = [Option<Cow<'a, str>>; N];

/// Accepted names of each column, the preferred first.
pub(crate) type Columns<const N: usize> = [&'static [&'static str]; N];

/// What is done with each row, or with what is wrong with it; its line comes first.
pub(crate) type Visit<'v, const N: usize> = &'v mut dyn FnMut(u64, Result<Cells<'_, N>, String>);

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

/// Reads a table; the first two columns, the path and the label, must be there.
pub(crate) fn read<const N: usize>(
    bytes: &[u8],
    format: ManifestFormat,
    manifest: &Path,
    columns: &Columns<N>,
    row: Visit<'_, N>,
) -> Result<(), Error> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Error::Utf16 {
            path: manifest.into(),
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match format {
        ManifestFormat::Csv => separated(bytes, b',', manifest, columns, row),
        ManifestFormat::Tsv => separated(bytes, b'\t', manifest, columns, row),
        ManifestFormat::Jsonl => {
            json_lines(bytes, columns, row);
            Ok(())
        }
    }
}

/// CSV and TSV: a header, then rows.
fn separated<const N: usize>(
    bytes: &[u8],
    delimiter: u8,
    manifest: &Path,
    columns: &Columns<N>,
    row: Visit<'_, N>,
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
    let places = columns.map(|names| {
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

fn cells<'a, const N: usize>(
    record: &'a ByteRecord,
    places: &[Option<usize>; N],
    n_columns: usize,
    quoting: bool,
) -> Result<Cells<'a, N>, String> {
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
    let mut cells = [const { None }; N];
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
fn json_lines<const N: usize>(bytes: &[u8], columns: &Columns<N>, row: Visit<'_, N>) {
    for (line, text) in (1..).zip(bytes.split(|&b| b == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Map<String, Value>>(text) {
            Ok(object) => row(line, object_cells(&object, columns)),
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

fn object_cells<'a, const N: usize>(
    object: &'a Map<String, Value>,
    columns: &Columns<N>,
) -> Result<Cells<'a, N>, String> {
    let mut cells = [const { None }; N];
    for (cell, names) in cells.iter_mut().zip(columns) {
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
