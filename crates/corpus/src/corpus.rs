//! A list of clips, however it lies on disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::folders::WordFolder;
use crate::listing::Listing;
use crate::problem::Problems;
use crate::split::SplitLists;
use crate::{Clip, Error, ManifestFormat, Problem, Split, SplitCounts, flat, folders};

/// How a corpus lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Layout {
    /// One folder per word.
    Folders,
    /// `LABEL_SPEAKER_INDEX.wav` files in one folder.
    Flat,
    /// A CSV, TSV or JSONL file.
    Manifest,
    /// No recordings but a [`VectorSet`](crate::VectorSet).
    Vectors,
}

/// A corpus: its clips, and what about it could not be used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Corpus {
    /// The folder, or the folder the manifest lies in.
    pub root: PathBuf,
    /// How it lies on disk.
    pub layout: Layout,
    /// At least one; folders sorted by the bytes of their paths, manifests in the file's order.
    pub clips: Vec<Clip>,
    /// Audio in the folder `_background_noise_`, sorted.
    pub background: Vec<PathBuf>,
    /// Manifests lying in a folder that was opened as such, sorted; perhaps one of them was meant.
    pub manifests: Vec<PathBuf>,
    /// What could not be used or deserves a look, in the order found; the first 1,000.
    pub problems: Vec<Problem>,
    /// All problems, listed or not.
    pub n_problems: usize,
    /// Different entries of `validation_list.txt` and `testing_list.txt`.
    pub n_listed: usize,
    /// Of them, entries that name no clip here. Usual where a corpus is a part of the published one.
    pub n_listed_absent: usize,
}

impl Corpus {
    /// Lists the clips of a folder or manifest. The crate's introduction describes the layouts.
    ///
    /// A folder with audio in sub-folders is read as one folder per word, else one with audio directly inside as
    /// flat. Sub-folders are searched one level deep.
    ///
    /// # Errors
    /// If the path cannot be read, is no known layout, or holds no clip that can be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let metadata = fs::metadata(path).map_err(|e| Error::read(path, e))?;
        if metadata.is_dir() {
            return Self::from_folder(path);
        }
        // Only a regular file has an end one may count on.
        let Some(format) = ManifestFormat::from_path(path).filter(|_| metadata.is_file()) else {
            return Err(Error::NotACorpus { path: path.into() });
        };
        let bytes = fs::read(path).map_err(|e| Error::read(path, e))?;
        Self::from_manifest_bytes(&bytes, format, path)
    }

    fn from_folder(root: &Path) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let top = Listing::read(root).map_err(|e| Error::read(root, e))?;
        let mut words = Vec::new();
        let mut background = Vec::new();
        for folder in &top.folders {
            let name = folder.file_name().unwrap_or_default();
            let is_background = name == "_background_noise_";
            let is_class = name == "_unknown_" || name == "_silence_";
            if name.as_encoded_bytes().starts_with(b"_") && !is_background && !is_class {
                continue;
            }
            match Listing::read(folder) {
                Err(error) => problems.push(
                    folder,
                    format!("cannot be read ({error}): check its permissions"),
                ),
                Ok(listing) if is_background => {
                    listing.report_unusable(&mut problems);
                    background = listing.audio;
                }
                Ok(listing) => words.push(WordFolder {
                    path: folder.clone(),
                    listing,
                }),
            }
        }
        top.report_unusable(&mut problems);

        let (layout, clips, lists) = if words.iter().any(|word| !word.listing.audio.is_empty()) {
            for stray in &top.audio {
                problems.push(
                    stray,
                    "lies outside the word folders and is not used: move it into the folder of its word",
                );
            }
            let (clips, lists) = folders::read(root, &words, &mut problems)?;
            (Layout::Folders, clips, lists)
        } else if !top.audio.is_empty() {
            let clips = flat::read(&top.audio, &mut problems);
            (Layout::Flat, clips, SplitLists::default())
        } else {
            return Err(Error::NoAudio {
                path: root.into(),
                manifests: top.manifests,
            });
        };
        let mut corpus = Self::of_clips(root, root.into(), layout, clips, problems)?;
        corpus.background = background;
        corpus.manifests = top.manifests;
        corpus.n_listed = lists.n_listed();
        corpus.n_listed_absent = lists.n_absent();
        Ok(corpus)
    }

    /// A corpus of at least one clip; `path` is what was opened.
    pub(crate) fn of_clips(
        path: &Path,
        root: PathBuf,
        layout: Layout,
        clips: Vec<Clip>,
        problems: Problems,
    ) -> Result<Self, Error> {
        if clips.is_empty() {
            let Some(first) = problems.listed.into_iter().next() else {
                return Err(Error::EmptyManifest { path: path.into() });
            };
            return Err(Error::NothingUsable {
                path: path.into(),
                n_problems: problems.n,
                first: Box::new(first),
            });
        }
        Ok(Self {
            root,
            layout,
            clips,
            background: Vec::new(),
            manifests: Vec::new(),
            problems: problems.listed,
            n_problems: problems.n,
            n_listed: 0,
            n_listed_absent: 0,
        })
    }

    /// Labels, sorted, each once.
    pub fn labels(&self) -> Vec<&str> {
        let labels: BTreeSet<&str> = self.clips.iter().map(|c| c.label.as_str()).collect();
        labels.into_iter().collect()
    }

    /// Known speakers, sorted, each once.
    pub fn speakers(&self) -> Vec<&str> {
        let speakers: BTreeSet<&str> = self
            .clips
            .iter()
            .filter_map(|c| c.speaker.as_deref())
            .collect();
        speakers.into_iter().collect()
    }

    /// Whether any clip is on a side of a split.
    pub fn has_splits(&self) -> bool {
        self.clips.iter().any(|c| c.split.is_some())
    }

    /// Clips of one side, or with `None` all clips, in order. A clip on no side is only among all.
    pub fn select(&self, split: Option<Split>) -> impl Iterator<Item = &Clip> {
        self.clips
            .iter()
            .filter(move |c| split.is_none() || c.split == split)
    }

    /// Clips on each side.
    pub fn split_counts(&self) -> SplitCounts {
        let mut counts = SplitCounts::default();
        for clip in &self.clips {
            *match clip.split {
                Some(Split::Train) => &mut counts.train,
                Some(Split::Validation) => &mut counts.validation,
                Some(Split::Test) => &mut counts.test,
                None => &mut counts.unassigned,
            } += 1;
        }
        counts
    }
}
