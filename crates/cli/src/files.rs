//! What a command reads and what it writes, held against each other before any work.

use std::fs;
use std::path::{Path, PathBuf};

use mynah_corpus::VectorSet;

use crate::dataset::Data;
use crate::output;
use crate::status::usage;

/// The files of a command by their names.
#[derive(Default)]
pub struct Files {
    reads: Vec<PathBuf>,
    writes: Vec<PathBuf>,
}

impl Files {
    /// More that is read.
    pub fn read<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.reads.extend(paths.into_iter().cloned());
        self
    }

    /// A corpus or file of vectors that is read, with what belongs to it.
    pub fn read_corpus(mut self, path: &Path) -> Self {
        self.reads.extend(beside(path));
        self.reads.push(path.to_path_buf());
        self
    }

    /// More that is written.
    pub fn write<'a>(mut self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        self.writes.extend(paths.into_iter().cloned());
        self
    }

    /// Refuses now what could not be written after long work, to write over what is read, and to write a file twice.
    pub fn check(&self) -> anyhow::Result<()> {
        for (i, path) in self.writes.iter().enumerate() {
            if !output::is_stdout(path) {
                output::check_writable(path)?;
            }
            if self.writes[..i].iter().any(|other| is_same(other, path)) {
                return usage(format!(
                    "{}: would be written twice; give each output its own name",
                    path.display()
                ));
            }
        }
        output::check_apart(&self.writes, &self.reads)
    }

    /// Refuses to write over the recordings of a corpus, or under the name of one.
    pub fn check_clips(&self, data: &Data) -> anyhow::Result<()> {
        if let Data::Audio(corpus) = data {
            let clips = corpus.clips.iter().map(|clip| clip.path.clone());
            let clips: Vec<_> = clips.chain(corpus.background.iter().cloned()).collect();
            output::check_apart(&self.writes, &clips)?;
        }
        self.check_names()
    }

    /// As [`check`](Self::check), and refuses to write a model under the name of a recording.
    pub fn check_model(&self) -> anyhow::Result<()> {
        self.check()?;
        self.check_names()
    }

    fn check_names(&self) -> anyhow::Result<()> {
        match self.writes.iter().find(|path| mynah_corpus::is_audio(path)) {
            None => Ok(()),
            Some(path) => usage(format!(
                "{}: has the name of a recording; name the model something like words.mynah",
                path.display()
            )),
        }
    }
}

/// Whether two paths lead to the same place, where a file may not be yet; a device takes everything.
pub fn is_same(a: &Path, b: &Path) -> bool {
    if fs::metadata(a).is_ok_and(|found| !found.is_file()) {
        return false;
    }
    let place = |path: &Path| match path.canonicalize() {
        Ok(path) => path,
        Err(_) => {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            let folder = folder.unwrap_or(Path::new(".")).canonicalize();
            let name = path.file_name().unwrap_or_default();
            folder.map_or_else(|_| path.to_path_buf(), |folder| folder.join(name))
        }
    };
    place(a) == place(b)
}

/// Files that are read along with a corpus: the lists of its parts, the labels of images.
fn beside(path: &Path) -> Vec<PathBuf> {
    let folder = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(Path::new("")),
    };
    let mut found = Vec::new();
    if path.is_dir() {
        found.extend(["validation_list.txt", "testing_list.txt"].map(|name| folder.join(name)));
    }
    let is_idx = |path: &Path| path.to_string_lossy().contains("-ubyte");
    if (path.is_dir() || is_idx(path)) && VectorSet::is_at(path) {
        let folder = match folder == Path::new("") {
            true => Path::new("."),
            false => folder,
        };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        found.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| is_idx(path)),
        );
    }
    found
}
