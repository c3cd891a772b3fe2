//! What is said where in long streams.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::manifest::{LABEL, PATH, SPEAKER, needed, seconds};
use crate::problem::Problems;
use crate::rows::{self, Cells, Columns};
use crate::{Error, ManifestFormat, Problem};

const SNR: &[&str] = &["snr", "snr_db"];
const DURATION: &[&str] = &["duration", "stream_duration"];
/// In the order in which `row` takes them.
const COLUMNS: Columns<7> = [PATH, LABEL, &["start"], &["end"], SPEAKER, SNR, DURATION];

/// Streams and the words in them, of one table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Labels {
    /// In the order in which the table first names them; at least one.
    pub streams: Vec<LabelledStream>,
    /// In the table's order.
    pub words: Vec<LabelledWord>,
    /// Rows that could not be used; the first 1,000.
    pub problems: Vec<Problem>,
    /// All such rows, listed or not.
    pub n_problems: usize,
}

/// One recording of a table of labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledStream {
    /// The audio file. That it exists is not checked.
    pub path: PathBuf,
    /// Its length as the table tells it, s, above 0.
    pub duration: Option<f64>,
}

/// One word in a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledWord {
    /// Place of its stream in [`Labels::streams`].
    pub stream: usize,
    /// The word; never empty.
    pub label: String,
    /// s from the beginning of the stream, finite, ≥ 0.
    pub start: f64,
    /// s, finite, > `start`.
    pub end: f64,
    /// Who speaks, if the table tells.
    pub speaker: Option<String>,
    /// Level above the background, dB, if the table tells.
    pub snr_db: Option<f64>,
}

impl Labels {
    /// Reads a table; relative paths start from its folder.
    ///
    /// Columns (JSON keys) as in [`Corpus::from_manifest_bytes`](crate::Corpus::from_manifest_bytes), with `start` and `end` in every row, `speaker`, which is
    /// never taken from a file's name, and two more, both optional: `snr` (`snr_db`), the word's level above the background in dB, and `duration`, the length of the
    /// whole stream in seconds. A row without a label, start and end names a stream in which nothing, or nothing else, is said.
    ///
    /// # Errors
    /// If the file cannot be read, is no table, lacks the path or label column, or names no stream.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let format = ManifestFormat::from_path(path)
            .ok_or_else(|| Error::NotLabels { path: path.into() })?;
        let bytes = fs::read(path).map_err(|e| Error::read(path, e))?;
        Self::from_bytes(&bytes, format, path)
    }

    /// [`open`](Self::open) of a table's bytes; `table` names it in problems.
    ///
    /// # Errors
    /// As `open`, reading apart.
    pub fn from_bytes(bytes: &[u8], format: ManifestFormat, table: &Path) -> Result<Self, Error> {
        let root = table.parent().unwrap_or(Path::new(""));
        let mut labels = Self {
            streams: Vec::new(),
            words: Vec::new(),
            problems: Vec::new(),
            n_problems: 0,
        };
        let mut problems = Problems::default();
        let mut places = HashMap::new();
        rows::read(bytes, format, table, &COLUMNS, &mut |line, cells| {
            let row = cells.and_then(|cells| labels.row(cells, root, &mut places));
            if let Err(message) = row {
                problems.push_line(table, line, message);
            }
        })?;
        if labels.streams.is_empty() {
            let Some(first) = problems.listed.into_iter().next() else {
                return Err(Error::EmptyManifest { path: table.into() });
            };
            return Err(Error::NothingUsable {
                path: table.into(),
                n_problems: problems.n,
                first: Box::new(first),
            });
        }
        labels.problems = problems.listed;
        labels.n_problems = problems.n;
        Ok(labels)
    }

    fn row(
        &mut self,
        cells: Cells<'_, 7>,
        root: &Path,
        places: &mut HashMap<PathBuf, usize>,
    ) -> Result<(), String> {
        let [path, label, start, end, speaker, snr, duration] = cells;
        let path = root.join(&*needed(path, "path", PATH)?);
        let (start, end) = (seconds(start, "start")?, seconds(end, "end")?);
        let duration = seconds(duration, "duration")?.filter(|&duration| duration > 0.0);
        let snr_db = decibels(snr.as_deref().unwrap_or_default())?;
        let label = label.unwrap_or_default();
        let is_word = !label.is_empty() || start.is_some() || end.is_some();
        if is_word {
            needed(Some(label.clone()), "label", LABEL)?;
        }
        let span = match (start, end) {
            (Some(start), Some(end)) if start < end => Some((start, end)),
            _ if !is_word => None,
            _ => {
                return Err("a word needs its start and, later, its end, in seconds from the beginning of the stream".to_string());
            }
        };
        let stream = *places.entry(path).or_insert_with_key(|path| {
            self.streams.push(LabelledStream {
                path: path.clone(),
                duration: None,
            });
            self.streams.len() - 1
        });
        let known = &mut self.streams[stream].duration;
        if let (Some(known), Some(told)) = (*known, duration)
            && known != told
        {
            return Err(format!(
                "the stream is {told} s long here and {known} s in an earlier row: correct one of them"
            ));
        }
        *known = known.or(duration);
        if let Some((start, end)) = span {
            self.words.push(LabelledWord {
                stream,
                label: label.into_owned(),
                start,
                end,
                speaker: speaker
                    .map(|cell| cell.into_owned())
                    .filter(|s| !s.is_empty()),
                snr_db,
            });
        }
        Ok(())
    }
}

fn decibels(cell: &str) -> Result<Option<f64>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(snr) if snr.is_finite() => Ok(Some(snr)),
        _ => Err(format!(
            "the snr is {cell:?}: write dB, as 10 or -2.5, or leave it empty"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: &str) -> Result<Labels, Error> {
        let path = Path::new(name);
        let format = ManifestFormat::from_path(path).expect("a known ending");
        Labels::from_bytes(text.as_bytes(), format, path)
    }

    #[test]
    fn words_of_several_streams() {
        let labels = read(
            "path,label,start,end,speaker,snr,duration\n\
             a.wav,go,1.5,2,ada,10,60\n\
             a.wav,stop,3,3.5,,,\n\
             b.wav,,,,,,30\n\
             b.wav,go,5,4,,,\n\
             a.wav,go,7,8,,loud,\n\
             a.wav,go,7,8,,,61\n",
            "in/l.csv",
        )
        .unwrap();
        let streams: Vec<_> = labels
            .streams
            .iter()
            .map(|s| (s.path.to_str().unwrap(), s.duration))
            .collect();
        assert_eq!(
            streams,
            [("in/a.wav", Some(60.0)), ("in/b.wav", Some(30.0))]
        );
        assert_eq!(labels.words.len(), 2);
        assert_eq!(
            labels.words[0],
            LabelledWord {
                stream: 0,
                label: "go".into(),
                start: 1.5,
                end: 2.0,
                speaker: Some("ada".into()),
                snr_db: Some(10.0),
            }
        );
        assert_eq!(
            (labels.words[1].speaker.as_deref(), labels.words[1].snr_db),
            (None, None)
        );
        let lines: Vec<_> = labels.problems.iter().map(|p| p.line.unwrap()).collect();
        assert_eq!(lines, [5, 6, 7]);
    }

    #[test]
    fn lines_of_json_and_tables_that_are_none() {
        let labels = read(
            r#"{"path": "a.wav", "label": "go", "start": 0.5, "end": 1, "snr_db": -5}"#,
            "l.jsonl",
        )
        .unwrap();
        assert_eq!(labels.words[0].snr_db, Some(-5.0));
        assert!(matches!(
            read("label,start,end\ngo,1,2\n", "l.csv"),
            Err(Error::MissingColumns { .. })
        ));
        assert!(matches!(
            read("path,label\n", "l.csv"),
            Err(Error::EmptyManifest { .. })
        ));
        let all_bad = read("path,label,start,end\na.wav,go,1,\n", "l.csv");
        assert!(matches!(all_bad, Err(Error::NothingUsable { .. })));
    }
}
