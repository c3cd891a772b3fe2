//! CSV, TSV and JSONL lists of clips.

use std::borrow::Cow;
use std::path::Path;

use crate::problem::Problems;
use crate::rows::{self, Cells, Columns};
use crate::{Clip, Corpus, Error, Layout, ManifestFormat, Split, speaker};

pub(crate) const PATH: &[&str] = &["path", "file", "filename", "audio", "wav"];
pub(crate) const LABEL: &[&str] = &["label", "class", "word", "keyword", "text"];
pub(crate) const SPEAKER: &[&str] = &["speaker", "speaker_id", "client_id", "user"];
pub(crate) const SPLIT: &[&str] = &["split", "set", "subset"];

/// In the order in which [`clip`] takes them.
const COLUMNS: Columns<6> = [PATH, LABEL, SPEAKER, SPLIT, &["start"], &["end"]];

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
        let root = manifest.parent().unwrap_or(Path::new(""));
        let mut clips = Vec::new();
        let mut problems = Problems::default();
        let mut row = |line: u64, cells: Result<Cells<'_, 6>, String>| match cells
            .and_then(|cells| clip(cells, root))
        {
            Ok(clip) => clips.push(clip),
            Err(message) => problems.push_line(manifest, line, message),
        };
        rows::read(bytes, format, manifest, &COLUMNS, &mut row)?;
        Self::of_clips(manifest, root.into(), Layout::Manifest, clips, problems)
    }
}

fn clip(cells: Cells<'_, 6>, root: &Path) -> Result<Clip, String> {
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

pub(crate) fn needed<'a>(
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

pub(crate) fn seconds(cell: Option<Cow<'_, str>>, what: &str) -> Result<Option<f64>, String> {
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
