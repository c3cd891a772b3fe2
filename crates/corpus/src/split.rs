//! Train, validation, test: as the corpus says, or by speaker.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::Path;
use std::{fmt, fs, io};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem::Problems;
use crate::{Corpus, Error};

/// A side of the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    Train,
    /// To choose settings by.
    Validation,
    /// To report, once.
    Test,
}

impl Split {
    /// `train`, `training`; `validation`, `val`, `valid`, `dev`; `test`, `testing`; in any case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "train" | "training" => Some(Self::Train),
            "validation" | "val" | "valid" | "dev" => Some(Self::Validation),
            "test" | "testing" => Some(Self::Test),
            _ => None,
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Clips on each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SplitCounts {
    /// Clips to learn from.
    pub train: usize,
    /// Clips to choose settings by.
    pub validation: usize,
    /// Clips to report.
    pub test: usize,
    /// Clips on no side.
    pub unassigned: usize,
}

/// `validation_list.txt` and `testing_list.txt`: relative paths, one a line.
#[derive(Debug, Default)]
pub(crate) struct SplitLists {
    /// By `word/file`, as bytes: names need not be UTF-8.
    splits: HashMap<Vec<u8>, Split>,
    present: bool,
    /// Entries asked for by a clip so far.
    n_found: usize,
}

impl SplitLists {
    /// Reads the lists there are. One that exists but cannot be read is an error: its clips would count as training.
    pub fn read(root: &Path, problems: &mut Problems) -> Result<Self, Error> {
        let mut lists = Self::default();
        for (name, split) in [
            ("validation_list.txt", Split::Validation),
            ("testing_list.txt", Split::Test),
        ] {
            let path = root.join(name);
            let bytes = match fs::metadata(&path) {
                // A pipe would be waited for, a device never ends.
                Ok(found) if !found.is_file() => {
                    let error = io::Error::other("it is not a file");
                    return Err(Error::read(path, error));
                }
                Ok(_) => fs::read(&path).map_err(|error| Error::read(&path, error))?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::read(path, error)),
            };
            lists.present = true;
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            for (line, entry) in (1..).zip(text.split(|&b| b == b'\n')) {
                let entry = entry.trim_ascii();
                if entry.is_empty() {
                    continue;
                }
                // The test list is read last and wins: the doubtful clip is then not trained on.
                let before = lists.splits.insert(entry.to_vec(), split);
                if before.is_some_and(|before| before != split) {
                    let clip = String::from_utf8_lossy(entry);
                    problems.push_line(
                        &path,
                        line,
                        format!(
                            "{clip} is in the validation list too and counts as test: remove it from one list"
                        ),
                    );
                }
            }
        }
        Ok(lists)
    }

    /// Side of a clip: `None` without any list, training if in neither.
    pub fn split_of(&mut self, label: &str, file_name: &OsStr) -> Option<Split> {
        if !self.present {
            return None;
        }
        let entry = [label.as_bytes(), b"/", file_name.as_encoded_bytes()].concat();
        let listed = self.splits.get(&entry).copied();
        self.n_found += usize::from(listed.is_some());
        Some(listed.unwrap_or(Split::Train))
    }

    /// Different entries of the lists.
    pub fn n_listed(&self) -> usize {
        self.splits.len()
    }

    /// Entries that named no clip.
    pub fn n_absent(&self) -> usize {
        self.splits.len() - self.n_found
    }
}

impl Corpus {
    /// Splits by speaker, whatever split there was: nobody is on two sides.
    ///
    /// Speakers are sorted by the SHA-256 of their names; of S speakers the first max(1, round(0.2 S)) are the test
    /// set, the next round(0.1 S) validation (halves round up), the rest training. So it depends on the set of names
    /// and nothing else: training and evaluating the same corpus see the same split. Adding or removing a speaker may
    /// move others.
    ///
    /// # Errors
    /// [`Error::UnknownSpeakers`] if a clip has no speaker, [`Error::TooFewSpeakers`] with fewer than two; the corpus
    /// is then unchanged.
    pub fn assign_speaker_split(&mut self) -> Result<(), Error> {
        let n_unknown = self.clips.iter().filter(|c| c.speaker.is_none()).count();
        if n_unknown > 0 {
            return Err(Error::UnknownSpeakers {
                n_unknown,
                n: self.clips.len(),
            });
        }
        let mut speakers = self.speakers();
        let n = speakers.len();
        if n < 2 {
            return Err(Error::TooFewSpeakers { n_speakers: n });
        }
        speakers.sort_by_cached_key(|name| <[u8; 32]>::from(Sha256::digest(name)));
        let n_test = ((2 * n + 5) / 10).max(1);
        let n_validation = (n + 5) / 10;
        let side = |place| match place {
            _ if place < n_test => Split::Test,
            _ if place < n_test + n_validation => Split::Validation,
            _ => Split::Train,
        };
        let sides: BTreeMap<String, Split> = speakers
            .iter()
            .enumerate()
            .map(|(place, name)| (name.to_string(), side(place)))
            .collect();
        for clip in &mut self.clips {
            clip.split = clip.speaker.as_ref().map(|name| sides[name]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_names() {
        for (name, split) in [
            ("train", Split::Train),
            ("Training", Split::Train),
            ("val", Split::Validation),
            ("VALID", Split::Validation),
            ("dev", Split::Validation),
            ("validation", Split::Validation),
            ("test", Split::Test),
            ("testing", Split::Test),
        ] {
            assert_eq!(Split::from_name(name), Some(split));
        }
        for name in ["", "tset", "eval", "trainer"] {
            assert_eq!(Split::from_name(name), None);
        }
        assert_eq!(
            format!("{:>6}|{}", Split::Test, Split::Validation),
            "  test|validation"
        );
    }
}
