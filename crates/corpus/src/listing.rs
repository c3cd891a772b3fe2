//! What lies in one folder.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::ManifestFormat;
use crate::problem::Problems;

const AUDIO: &[&str] = &["wav", "flac", "mp3", "ogg"];

/// Audio that nothing here decodes; passing over it in silence would look like a smaller corpus.
const OTHER_AUDIO: &[&str] = &[
    "3gp", "aac", "aif", "aiff", "amr", "au", "caf", "m4a", "mp4", "opus", "sph", "webm", "wma",
];

/// Files and folders directly in a folder, each sorted by the bytes of its path; hidden ones left out.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub audio: Vec<PathBuf>,
    pub folders: Vec<PathBuf>,
    pub manifests: Vec<PathBuf>,
    pub undecodable: Vec<PathBuf>,
}

impl Listing {
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<DirEntry>>>()?;
        entries.retain(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
        entries.sort_by_key(DirEntry::file_name);
        let mut listing = Self::default();
        for entry in entries {
            let path = entry.path();
            let place = if is_folder(&entry)? {
                &mut listing.folders
            } else if has_extension(&path, AUDIO) {
                &mut listing.audio
            } else if has_extension(&path, OTHER_AUDIO) {
                &mut listing.undecodable
            } else if ManifestFormat::from_path(&path).is_some() {
                &mut listing.manifests
            } else {
                continue;
            };
            place.push(path);
        }
        Ok(listing)
    }

    /// Reports the audio that cannot be decoded.
    pub fn report_undecodable(&self, problems: &mut Problems) {
        for path in &self.undecodable {
            problems.push(
                path,
                "audio in a format that is not read: convert it to wav or flac",
            );
        }
    }
}

/// Links count as what they lead to; a broken one counts as a file, and reading it will name it.
fn is_folder(entry: &DirEntry) -> io::Result<bool> {
    let kind = entry.file_type()?;
    Ok(kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()))
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|e| extensions.iter().any(|x| e.eq_ignore_ascii_case(x)))
}
