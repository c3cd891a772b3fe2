//! Vectors as text: one row a line, columns separated by commas, semicolons or tabs.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::ByteRecord;

use super::{Options, Rows, VectorSet};
use crate::manifest::{PATH, SPEAKER, SPLIT};
use crate::{Error, Split};

/// Columns that hold the label if none is named and they are there.
pub(super) const LABEL: &[&str] = &["label", "class", "target", "y"];
/// Columns that hold who or what a row belongs to, besides those of manifests.
const GROUP: &[&str] = &["group", "subject"];
/// Cells that mean: not known.
const MISSING: &[&str] = &["", "?", "na", "n/a", "nan", "null"];

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Value,
    Label,
    Group,
    Split,
    /// A count of the rows, as pandas writes it: a column without a name.
    Count,
}

/// Whether the file looks like vectors: no column for paths, and a number within the first two lines.
pub(super) fn is_vectors(path: &Path) -> bool {
    let Ok(mut reader) = open(path) else {
        return false;
    };
    let mut records = reader.byte_records().map_while(Result::ok);
    let Some(first) = records.next() else {
        return false;
    };
    let is_manifest = first
        .iter()
        .any(|cell| PATH.contains(&lower(cell).as_str()));
    let has_number = |record: &ByteRecord| record.iter().any(|cell| number(cell).is_ok());
    !is_manifest && (has_number(&first) || records.next().is_some_and(|second| has_number(&second)))
}

/// A reader of cells; the separator is a tab in a .tsv, else what the first line has most of.
fn open(path: &Path) -> Result<csv::Reader<BufReader<File>>, Error> {
    let unreadable = |error| Error::read(path, error);
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut begin = Vec::new();
    let limit = 1 << 20;
    file.by_ref()
        .take(limit)
        .read_until(b'\n', &mut begin)
        .map_err(unreadable)?;
    if begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff") {
        return Err(Error::Utf16 { path: path.into() });
    }
    let count = |separator: u8| begin.iter().filter(|&&byte| byte == separator).count();
    let is_tsv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("tsv"));
    let separator = match is_tsv {
        true => b'\t',
        false => [b',', b';', b'\t']
            .into_iter()
            .rev()
            .max_by_key(|&s| count(s))
            .unwrap_or(b','),
    };
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut builder = csv::ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(separator);
    Ok(builder.from_reader(file))
}

/// Reads rows, with the label in a column or apart.
pub(super) fn read(path: &Path, options: &Options) -> Result<VectorSet, Error> {
    let refuse = |fault: String| Error::vectors(path, fault);
    let mut reader = open(path)?;
    let mut record = ByteRecord::new();
    let mut next = |record: &mut ByteRecord| {
        let more = reader.read_byte_record(record).map_err(|error| {
            Error::vectors(path, format!("cannot be read ({error}); save it anew"))
        })?;
        Ok::<_, Error>(more.then(|| record.position().map_or(0, csv::Position::line)))
    };
    let Some(mut line) = next(&mut record)? else {
        return Err(refuse("is empty; give one row a line".to_string()));
    };
    let first: Vec<String> = record.iter().map(text).collect();
    let header = header(&first, options).map_err(refuse)?;
    let roles = roles(&first, header.as_deref(), options).map_err(refuse)?;
    let n_columns = roles.len();
    let columns = header.as_ref().map_or(Vec::new(), |names| {
        let named = names
            .iter()
            .zip(&roles)
            .filter(|(_, role)| **role == Role::Value);
        named.map(|(name, _)| name.clone()).collect()
    });
    let dim = roles.iter().filter(|&&role| role == Role::Value).count();
    if dim == 0 {
        return Err(refuse(
            "has no column of numbers besides the label; give at least one".to_string(),
        ));
    }
    let mut rows = Rows::new(path, vec![dim], columns, options);
    rows.is_labelled = roles.contains(&Role::Label);
    // Of the lines so far, whether each failed at the same column, and the text there in the first.
    let mut text_column: Option<(usize, String)> = None;
    let place = |text: &Option<(usize, String)>| text.as_ref().map(|(at, _)| *at);
    let mut n_lines = 0;
    let is_row_first = header.is_none();
    let mut row = vec![0.0; dim];
    let mut has_row = is_row_first;
    if !has_row {
        match next(&mut record)? {
            Some(at) => (line, has_row) = (at, true),
            None => return Err(refuse("has a header and no rows; add them".to_string())),
        }
    }
    while has_row {
        let text = text_at(&record, &roles);
        match n_lines {
            0 => text_column = text,
            _ if place(&text) != place(&text_column) => {
                text_column = None;
            }
            _ => {}
        }
        n_lines += 1;
        match cells(&record, &roles, n_columns, &mut row) {
            Ok((label, group, split)) => {
                let label = if rows.is_labelled { label } else { None };
                rows.push(Some(line), &row, label, group, split);
            }
            Err(fault) => rows.problems.push_line(path, line, fault),
        }
        match next(&mut record)? {
            Some(at) => line = at,
            None => has_row = false,
        }
    }
    if let Some((at, example)) = text_column.filter(|_| n_lines > 1) {
        let named = header.as_ref().and_then(|names| names.get(at));
        let named = named.map_or(String::new(), |name| format!(" ({name})"));
        return Err(refuse(format!(
            "column {}{named} is text in every line, as {example:?}; remove the column, or say with --label-column {} that it \
             is the label",
            at + 1,
            at + 1
        )));
    }
    rows.finish()
}

/// The names of the columns, if the first line has them: no cell of it is a number, besides names given.
fn header(first: &[String], options: &Options) -> Result<Option<Vec<String>>, String> {
    let is_named = |cell: &String| {
        options
            .label_column
            .as_ref()
            .is_some_and(|name| name.eq_ignore_ascii_case(cell))
    };
    if options
        .label_column
        .as_ref()
        .is_some_and(|name| name.parse::<usize>().is_err())
    {
        if first.iter().any(is_named) {
            return Ok(Some(first.to_vec()));
        }
        let shown: Vec<_> = first.iter().take(20).collect();
        let name = options.label_column.as_deref().unwrap_or_default();
        return Err(format!(
            "has no column {name:?}; its first line has {shown:?}"
        ));
    }
    let is_number = |cell: &String| number(cell.as_bytes()).is_ok();
    let known = |cell: &String| {
        let cell = cell.to_ascii_lowercase();
        [LABEL, GROUP, SPEAKER, SPLIT]
            .iter()
            .any(|names| names.contains(&cell.as_str()))
    };
    if first.iter().any(known) || (first.len() > 1 && !first.iter().any(is_number)) {
        return Ok(Some(first.to_vec()));
    }
    Ok(None)
}

fn roles(
    first: &[String],
    header: Option<&[String]>,
    options: &Options,
) -> Result<Vec<Role>, String> {
    let mut roles = vec![Role::Value; first.len()];
    for (role, name) in roles.iter_mut().zip(header.unwrap_or_default()) {
        let name = name.to_ascii_lowercase();
        let is = |names: &[&str]| names.contains(&name.as_str());
        *role = match () {
            () if is(SPLIT) => Role::Split,
            () if is(SPEAKER) || is(GROUP) => Role::Group,
            () if name.is_empty() || name == "unnamed: 0" => Role::Count,
            () => Role::Value,
        };
    }
    if options.labels.is_some() {
        return Ok(roles);
    }
    let named = |wanted: &str| {
        header?
            .iter()
            .position(|name| name.eq_ignore_ascii_case(wanted))
    };
    let label = match &options.label_column {
        Some(column) => match column.parse::<usize>() {
            Ok(n) if (1..=first.len()).contains(&n) => Some(n - 1),
            Ok(n) => {
                return Err(format!(
                    "has {} columns, no column {n}; columns count from 1",
                    first.len()
                ));
            }
            Err(_) => named(column),
        },
        None => {
            let last = roles.iter().rposition(|&role| role == Role::Value);
            let n_values = roles.iter().filter(|&&role| role == Role::Value).count();
            let by_name = LABEL.iter().find_map(|name| named(name));
            // Rows to classify need no label; the model knows how many values there are.
            by_name.or(last.filter(|_| options.dim != Some(n_values)))
        }
    };
    if let Some(label) = label {
        roles[label] = Role::Label;
    }
    Ok(roles)
}

/// The first value of a line that is no number.
fn text_at(record: &ByteRecord, roles: &[Role]) -> Option<(usize, String)> {
    let cells = record.iter().zip(roles).enumerate();
    let mut values = cells.filter(|(_, (_, role))| **role == Role::Value);
    values.find_map(|(at, (cell, _))| Some((at, number(cell).err()?)))
}

type Belonging = (Option<String>, Option<String>, Option<Split>);

/// Label, group and split of a row, and its values into `row`.
fn cells(
    record: &ByteRecord,
    roles: &[Role],
    n_columns: usize,
    row: &mut [f32],
) -> Result<Belonging, String> {
    if record.len() != n_columns {
        return Err(format!(
            "has {} columns, the first line has {n_columns}; repair the line",
            record.len()
        ));
    }
    let (mut label, mut group, mut split) = (None, None, None);
    let mut values = row.iter_mut();
    for (column, (cell, role)) in (1..).zip(record.iter().zip(roles)) {
        match role {
            Role::Value => {
                let value = number(cell).map_err(|text| {
                    format!("column {column} is {text:?}, not a number; repair or remove the line")
                })?;
                if let Some(slot) = values.next() {
                    *slot = value;
                }
            }
            Role::Label => label = Some(text(cell)),
            Role::Group => group = Some(text(cell)).filter(|name| !name.is_empty()),
            Role::Split => {
                let name = text(cell);
                split = Split::from_name(&name);
                if split.is_none() && !name.is_empty() {
                    return Err(format!(
                        "its split is {name:?}; write train, validation or test"
                    ));
                }
            }
            Role::Count => {}
        }
    }
    Ok((label, group, split))
}

fn text(cell: &[u8]) -> String {
    let cell = cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell);
    String::from_utf8_lossy(cell).trim().to_string()
}

fn lower(cell: &[u8]) -> String {
    text(cell).to_ascii_lowercase()
}

/// A cell's number, NaN where it says that there is none; else its text, cut.
fn number(cell: &[u8]) -> Result<f32, String> {
    let text = text(cell);
    if MISSING.contains(&text.to_ascii_lowercase().as_str()) {
        return Ok(f32::NAN);
    }
    text.parse().map_err(|_| text.chars().take(40).collect())
}

/// One label a line, of a text file.
pub(super) fn labels(
    path: &Path,
    n_rows: usize,
    column: Option<&str>,
) -> Result<Vec<String>, Error> {
    let mut reader = open(path)?;
    let mut records = Vec::new();
    for record in reader.byte_records() {
        records.push(record.map_err(|error| {
            Error::vectors(path, format!("cannot be read ({error}); save it anew"))
        })?);
    }
    let has_header = records.len() == n_rows + 1;
    if records.len() != n_rows && !has_header {
        return Err(Error::vectors(
            path,
            format!(
                "has {} labels for {n_rows} rows; give one a row",
                records.len()
            ),
        ));
    }
    let names: Vec<String> = match has_header {
        true => records.remove(0).iter().map(text).collect(),
        false => Vec::new(),
    };
    let named = |wanted: &str| {
        names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(wanted))
    };
    let place = match column {
        Some(column) => match column.parse::<usize>() {
            Ok(n) if n > 0 => Some(n - 1),
            _ => Some(
                named(column)
                    .ok_or_else(|| Error::vectors(path, format!("has no column {column:?}")))?,
            ),
        },
        None => LABEL.iter().find_map(|name| named(name)),
    };
    let label = |record: ByteRecord| {
        let place = place.unwrap_or(record.len().saturating_sub(1));
        record.get(place).map(text).unwrap_or_default()
    };
    Ok(records.into_iter().map(label).collect())
}
