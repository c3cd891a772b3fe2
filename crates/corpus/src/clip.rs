//! One labelled stretch of one recording.

use std::path::PathBuf;

use crate::Split;

/// A labelled recording, or a stretch of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// The audio file. That it exists is not checked; reading it will tell.
    pub path: PathBuf,
    /// The word; never empty.
    pub label: String,
    /// Who speaks, if known; never empty.
    pub speaker: Option<String>,
    /// Side of the split, if the corpus has one.
    pub split: Option<Split>,
    /// Seconds from the start of the file, finite, ≥ 0; `None` is the start of the file.
    pub start: Option<f64>,
    /// Seconds from the start of the file, finite, > `start`; `None` is the end of the file.
    pub end: Option<f64>,
}

impl Clip {
    /// A whole file with nothing known but its label.
    pub(crate) fn whole(path: PathBuf, label: String) -> Self {
        Self {
            path,
            label,
            speaker: None,
            split: None,
            start: None,
            end: None,
        }
    }
}
