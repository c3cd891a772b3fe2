//! What lies in one folder.

use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::ManifestFormat;
use crate::problem::Problems;

const AUDIO: &[&str] = &["wav", "flac", "mp3", "ogg"];

/// Audio that nothing here decodes; passing over it in silence would look like a smaller corpus.
const OTHER_AUDIO: &[&str] = &[
    "3gp", "aac", "aif", "aiff", "amr", "au", "caf", "m4a", "mp4", "opus", "sph", "webm", "wma",
];

/// Files and folders directly in a folder, each sorted by the bytes of its path; hidden ones left out. Links count as
/// what they lead to.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub audio: Vec<PathBuf>,
    pub folders: Vec<PathBuf>,
    pub manifests: Vec<PathBuf>,
    /// What has the name of audio or a manifest and cannot be read as such, with the fault and the remedy.
    unusable: Vec<(PathBuf, String)>,
}

impl Listing {
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<DirEntry>>>()?;
        entries.retain(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
        entries.sort_by_key(DirEntry::file_name);
        let mut listing = Self::default();
        for entry in entries {
            let (path, kind) = (entry.path(), kind(&entry));
            let is_folder = kind.as_ref().is_ok_and(FileType::is_dir);
            let place = if is_folder {
                &mut listing.folders
            } else if is_audio(&path) {
                &mut listing.audio
            } else if ManifestFormat::from_path(&path).is_some() {
                &mut listing.manifests
            } else if has_extension(&path, OTHER_AUDIO) {
                let message = "audio in a format that is not read: convert it to wav or flac";
                listing.unusable.push((path, message.to_owned()));
                continue;
            } else {
                continue;
            };
            match kind {
                Ok(kind) if is_folder || kind.is_file() => place.push(path),
                // Opening a pipe would wait for ever, and a device has no end.
                Ok(_) => listing.unusable.push((
                    path,
                    "is a pipe or a device, not a file: put a file in its place or remove it".to_owned(),
                )),
                Err(error) => listing.unusable.push((
                    path,
                    format!("cannot be read ({error}): if it is a link, mend or remove it, else check its permissions"),
                )),
            }
        }
        Ok(listing)
    }

    /// Reports what cannot be read.
    pub fn report_unusable(&self, problems: &mut Problems) {
        for (path, message) in &self.unusable {
            problems.push(path, message);
        }
    }
}

/// Of what a link leads to, for a link.
fn kind(entry: &DirEntry) -> io::Result<FileType> {
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        return Ok(fs::metadata(entry.path())?.file_type());
    }
    Ok(kind)
}

/// Whether a file's name says that it is audio which is read here: `wav`, `flac`, `mp3` or `ogg`, in any case.
pub fn is_audio(path: &Path) -> bool {
    has_extension(path, AUDIO)
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|e| extensions.iter().any(|x| e.eq_ignore_ascii_case(x)))
}
