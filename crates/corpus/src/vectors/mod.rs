//! Labelled vectors of any origin: npy, npz, CSV, TSV and IDX files.

mod array;
mod holdout;
mod idx;
mod npy;
mod npz;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use array::Array;

use crate::problem::Problems;
use crate::{Clip, Corpus, Error, Layout, Split};

/// How vectors are to be read.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// A file with one label a row: npy, text or IDX. Else they are searched in or beside the data.
    pub labels: Option<PathBuf>,
    /// The column of the label, by name or counted from 1, in text. Default: a column named label, class, target or y, else
    /// the last.
    pub label_column: Option<String>,
    /// Values a row should have; text with just as many columns then has no label.
    pub dim: Option<usize>,
    /// Keep rows with missing values, which become NaN; else they are problems.
    pub keep_missing: bool,
}

/// Vectors with what is known of each.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VectorSet {
    /// A clip a row: label, group (as speaker) and split. The path of a clip names its row: `X.npy[3]`, or `data.csv:5` by
    /// line.
    pub corpus: Corpus,
    /// `[n × dim]`, finite; NaN only where missing values were asked for.
    pub values: Vec<f32>,
    /// Shape of a row: `[dim]`, or of an image `[height, width]`.
    pub row_shape: Vec<usize>,
    /// Names of the columns; empty where they have none.
    pub columns: Vec<String>,
    /// Whether the rows have labels; else every label is `?`.
    pub is_labelled: bool,
}

impl VectorSet {
    /// Whether a path leads to vectors rather than to recordings; looks into the file.
    pub fn is_at(path: &Path) -> bool {
        match ending(path).as_str() {
            "npy" | "npz" => path.is_file(),
            "csv" | "tsv" | "data" => path.is_file() && text::is_vectors(path),
            _ if path.is_dir() => idx::in_folder(path).is_some(),
            _ => path.is_file() && idx::is_idx(path),
        }
    }

    /// Reads vectors and what is known of them.
    ///
    /// - **npy**: `[n × …]`, labels in a file of their own ([`Options::labels`]).
    /// - **npz**: arrays `X` or `data` and `y` or `labels`; or `x_train`, `y_train`, `x_test`, `y_test`.
    /// - **csv, tsv, data**: one row a line. A first line without numbers names the columns; `speaker`, `group` or `subject`
    ///   says what a row belongs to, `split` its side, a column without a name is passed over.
    /// - **IDX**: `…images-idx3-ubyte[.gz]` or the folder of it, with the labels beside it; `train-…` brings `t10k-…` along as
    ///   the test side.
    ///
    /// A row with a value that is not finite, or without a label, becomes a [`Problem`](crate::Problem).
    ///
    /// # Errors
    /// If a file cannot be read, data and labels differ in number, or no row can be used.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        if fs::metadata(path)
            .map_err(|e| Error::read(path, e))?
            .is_dir()
        {
            return match idx::in_folder(path) {
                Some(images) => images_of(&images, options),
                None => Err(Error::NotACorpus { path: path.into() }),
            };
        }
        match ending(path).as_str() {
            "csv" | "tsv" | "data" => text::read(path, options),
            "npy" => {
                let data = read_npy(path)?;
                one(path, options, vec![(String::new(), None, data, None)])
            }
            "npz" => {
                let sides = npz::read(path).map_err(|fault| Error::vectors(path, fault))?;
                let is_one = sides.len() == 1;
                let sides = sides.into_iter().map(|side| {
                    let names = side.labels.map(|labels| labels.names()).transpose();
                    let names =
                        names.map_err(|fault| Error::vectors(path, format!("labels: {fault}")))?;
                    let name = if is_one {
                        String::new()
                    } else {
                        format!(":{}", side.name)
                    };
                    Ok((name, side.split, side.data, names))
                });
                one(path, options, sides.collect::<Result<_, Error>>()?)
            }
            _ => images_of(path, options),
        }
    }

    /// Brings the columns into the order of these names.
    ///
    /// # Errors
    /// The names that no column has, or more than one; nothing is changed then.
    pub fn arrange(&mut self, names: &[String]) -> Result<(), Vec<String>> {
        let place = |name: &String| {
            let mut found = (0..)
                .zip(&self.columns)
                .filter(|(_, column)| *column == name);
            let place = found.next().map(|(place, _)| place);
            place.filter(|_| found.next().is_none())
        };
        let places: Vec<Option<usize>> = names.iter().map(place).collect();
        let lacking = names
            .iter()
            .zip(&places)
            .filter(|(_, place)| place.is_none());
        let lacking: Vec<String> = lacking.map(|(name, _)| name.clone()).collect();
        if !lacking.is_empty() {
            return Err(lacking);
        }
        let places: Vec<usize> = places.into_iter().flatten().collect();
        let rows = self.values.chunks_exact(self.columns.len());
        self.values = rows
            .flat_map(|row| places.iter().map(|&place| row[place]))
            .collect();
        self.columns = names.to_vec();
        self.row_shape = vec![names.len()];
        Ok(())
    }

    /// Values of a row.
    pub fn dim(&self) -> usize {
        self.row_shape.iter().product()
    }

    /// Row `i`, `[dim]`; it belongs to clip `i` of the corpus.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.dim()..(i + 1) * self.dim()]
    }
}

/// Suffix of its rows' names, side, data and labels.
type Section = (String, Option<Split>, Array, Option<Vec<String>>);

/// Sections to one set.
fn one(path: &Path, options: &Options, sections: Vec<Section>) -> Result<VectorSet, Error> {
    let refuse = |fault: String| Error::vectors(path, fault);
    let shape = match &sections[0].2.shape[..] {
        [_, shape @ ..] if !shape.is_empty() => shape.to_vec(),
        shape => {
            return Err(refuse(format!(
                "has the shape {shape:?}; vectors are rows of a table (x.reshape(n, -1))"
            )));
        }
    };
    let mut rows = Rows::new(path, shape.clone(), Vec::new(), options);
    rows.is_labelled =
        options.labels.is_some() || sections.iter().all(|section| section.3.is_some());
    for (suffix, split, data, names) in sections {
        if data.shape[1..] != shape {
            return Err(refuse(format!(
                "its parts have rows of {:?} and {shape:?}; give them one shape",
                &data.shape[1..]
            )));
        }
        let n_rows = data.n_rows();
        let names = match &options.labels {
            Some(labels) => Some(read_labels(labels, n_rows, options)?),
            None => names,
        };
        if let Some(names) = names.as_ref().filter(|names| names.len() != n_rows) {
            return Err(refuse(format!(
                "has {} labels for {n_rows} rows; give one a row",
                names.len()
            )));
        }
        let values = data.numbers().map_err(refuse)?;
        let dim: usize = shape.iter().product();
        for (row, values) in values.chunks_exact(dim).enumerate() {
            let label = names.as_ref().map(|names| names[row].clone());
            rows.suffix.clone_from(&suffix);
            rows.at(row, values, label, split);
        }
    }
    rows.finish()
}

fn images_of(path: &Path, options: &Options) -> Result<VectorSet, Error> {
    let files = idx::files(path);
    let section = |files: &idx::Files, split, suffix: String| -> Result<Section, Error> {
        let read = |path: &Path| idx::read(path).map_err(|fault| Error::vectors(path, fault));
        let labels = files.labels.as_ref().filter(|_| options.labels.is_none());
        let names = labels.map(|path| {
            read(path)?
                .names()
                .map_err(|fault| Error::vectors(path, fault))
        });
        Ok((suffix, split, read(&files.images)?, names.transpose()?))
    };
    let test = idx::test_side(&files.images).filter(|_| options.labels.is_none());
    let split = test.as_ref().map(|_| Split::Train);
    let mut sections = vec![section(&files, split, String::new())?];
    if let Some(test) = test {
        let name = test
            .images
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        sections.push(section(&test, Some(Split::Test), format!(":{name}"))?);
    }
    one(&files.images, options, sections)
}

fn read_npy(path: &Path) -> Result<Array, Error> {
    let file = fs::File::open(path).map_err(|e| Error::read(path, e))?;
    npy::read(&mut std::io::BufReader::new(file)).map_err(|fault| Error::vectors(path, fault))
}

/// One label a row, from a file of any kind.
fn read_labels(path: &Path, n_rows: usize, options: &Options) -> Result<Vec<String>, Error> {
    if !path.is_file() {
        return Err(Error::NotFound { path: path.into() });
    }
    let named = |fault| Error::vectors(path, fault);
    let names = match ending(path).as_str() {
        "npy" => read_npy(path)?.names().map_err(named)?,
        _ if idx::is_idx(path) => idx::read(path)
            .and_then(|labels| labels.names())
            .map_err(named)?,
        _ => text::labels(path, n_rows, options.label_column.as_deref())?,
    };
    match names.len() == n_rows {
        true => Ok(names),
        false => Err(named(format!(
            "has {} labels for {n_rows} rows; give one a row",
            names.len()
        ))),
    }
}

fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_ascii_lowercase()
}

/// A set in the making: each row is checked as it comes.
struct Rows<'a> {
    path: &'a Path,
    options: &'a Options,
    suffix: String,
    shape: Vec<usize>,
    columns: Vec<String>,
    is_labelled: bool,
    values: Vec<f32>,
    clips: Vec<Clip>,
    problems: Problems,
}

impl<'a> Rows<'a> {
    fn new(path: &'a Path, shape: Vec<usize>, columns: Vec<String>, options: &'a Options) -> Self {
        Self {
            path,
            options,
            suffix: String::new(),
            shape,
            columns,
            is_labelled: true,
            values: Vec::new(),
            clips: Vec::new(),
            problems: Problems::default(),
        }
    }

    /// A row of an array, counted from 0.
    fn at(&mut self, row: usize, values: &[f32], label: Option<String>, split: Option<Split>) {
        let name = format!("{}{}[{row}]", self.path.display(), self.suffix);
        self.add(name, None, values, label, None, split);
    }

    /// A row of a text, by line.
    fn push(
        &mut self,
        line: Option<u64>,
        values: &[f32],
        label: Option<String>,
        group: Option<String>,
        split: Option<Split>,
    ) {
        let name = format!("{}:{}", self.path.display(), line.unwrap_or(0));
        self.add(name, line, values, label, group, split);
    }

    fn add(
        &mut self,
        name: String,
        line: Option<u64>,
        values: &[f32],
        label: Option<String>,
        group: Option<String>,
        split: Option<Split>,
    ) {
        let label = match label {
            Some(label) if label.is_empty() => {
                Err("has no label; give it one or remove the row".to_string())
            }
            Some(label) => Ok(label),
            None => Ok("?".to_string()),
        };
        let is_good =
            |value: &f32| value.is_finite() || (value.is_nan() && self.options.keep_missing);
        let fault = values.iter().position(|value| !is_good(value)).map(|column| {
            let named = self.columns.get(column).map(|name| format!(" ({name})")).unwrap_or_default();
            match values[column].is_nan() {
                true => format!("column {}{named} is missing (NaN); fill it, remove the row, or train with --missing", column + 1),
                false => format!("column {}{named} is {}; every value must be finite", column + 1, values[column]),
            }
        });
        match (label, fault) {
            (Ok(label), None) => {
                self.values.extend_from_slice(values);
                self.clips.push(Clip {
                    path: name.into(),
                    label,
                    speaker: group,
                    split,
                    start: None,
                    end: None,
                });
            }
            (Err(fault), _) | (_, Some(fault)) => match line {
                Some(line) => self.problems.push_line(self.path, line, fault),
                None => self.problems.push(name, fault),
            },
        }
    }

    fn finish(self) -> Result<VectorSet, Error> {
        let root = self.path.parent().unwrap_or(Path::new("")).into();
        Ok(VectorSet {
            corpus: Corpus::of_clips(self.path, root, Layout::Vectors, self.clips, self.problems)?,
            values: self.values,
            row_shape: self.shape,
            columns: self.columns,
            is_labelled: self.is_labelled,
        })
    }
}
