//! A folder with a file for every recording; each appears when it is whole.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::SpooledTempFile;

use super::guard;
use super::journal::{Identity, Journal, Line};
use super::shard::Shard;
use super::sink::{Bytes, Made, NoRoom, Sink, pour};
use crate::formats::{Entry, Format};
use crate::output::{self, Side};
use crate::status::Skip;

/// Where threads put their files before their turn comes.
#[derive(Clone)]
pub struct Parts {
    root: PathBuf,
    prefix: String,
}

impl Parts {
    pub fn new(root: &Path, shard: Shard) -> Self {
        Self {
            root: root.to_path_buf(),
            // Several shards may write to one folder.
            prefix: format!(".mynah-{shard}-"),
        }
    }

    /// Writes what the input of this index was encoded to.
    pub fn write(&self, index: usize, spool: SpooledTempFile) -> anyhow::Result<Bytes> {
        let path = self.root.join(format!("{}{index}.part", self.prefix));
        let no_room = || NoRoom(self.root.clone());
        let mut file = File::create(&path).with_context(no_room)?;
        let len = pour(spool, &mut file).with_context(no_room)?;
        Ok(Bytes::Part(path, len))
    }

    fn remove_all(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            if name.starts_with(self.prefix.as_bytes()) && name.ends_with(b".part") {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The folder, the journal in it, and an index of its files at the end.
pub struct Folder<'f> {
    format: &'f dyn Format,
    root: PathBuf,
    shard: Shard,
    parts: Parts,
    journal: Journal,
    resumed: Vec<Line>,
    entries: Vec<Entry>,
    /// Made or found already.
    folders: HashSet<PathBuf>,
    n_inputs: usize,
}

impl<'f> Folder<'f> {
    /// Begins, or with `is_resumed` goes on where a run of the same `identity` stopped.
    pub fn new(
        format: &'f dyn Format,
        root: &Path,
        shard: Shard,
        identity: &Identity,
        is_resumed: bool,
    ) -> anyhow::Result<Self> {
        let unwritable = || output::unwritable(root);
        fs::create_dir_all(root)
            .with_context(|| format!("{}: cannot make this folder", root.display()))?;
        let parts = Parts::new(root, shard);
        let journal = root.join(format!("{}journal", parts.prefix));
        let mut journal = Journal::lock(journal, root).with_context(unwritable)?;
        parts.remove_all().with_context(unwritable)?;
        let mut resumed = Vec::new();
        if is_resumed {
            resumed = journal.resume(identity, u64::MAX, root)?;
        } else {
            journal
                .begin_anew(identity, root)
                .with_context(unwritable)?;
        }
        Ok(Self {
            format,
            root: root.to_path_buf(),
            shard,
            parts,
            journal,
            entries: resumed.iter().filter_map(Line::entry).cloned().collect(),
            n_inputs: resumed.len(),
            resumed,
            folders: HashSet::new(),
        })
    }

    fn note(&mut self, line: &Line) -> anyhow::Result<()> {
        self.journal.push(line)?;
        self.n_inputs += 1;
        if self.journal.is_due() {
            let noted = self.journal.flush();
            noted.with_context(|| output::unwritable(&self.root))?;
        }
        Ok(())
    }

    /// The index comes last: where it is, all is there.
    fn write_index(&self, list: Option<Side>) -> anyhow::Result<()> {
        let index = guard::index(self.format, &self.root, self.shard);
        let index = Side {
            bytes: index.contents(&self.entries)?,
            path: index.path,
        };
        output::put(&Vec::from_iter(list.into_iter().chain([index])))
    }
}

impl Sink for Folder<'_> {
    fn resumed(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.resumed)
    }

    fn put(&mut self, Made { about, bytes }: Made) -> anyhow::Result<()> {
        let Bytes::Part(part, len) = bytes else {
            anyhow::bail!("{}: a folder takes files", self.root.display());
        };
        if self.entries.is_empty() {
            // What an earlier run left no longer speaks of what is here.
            output::remove(&guard::index(self.format, &self.root, self.shard).path)?;
        }
        let path = self.root.join(about.file(self.format.ending()));
        if let Some(folder) = path.parent()
            && !self.folders.contains(folder)
        {
            fs::create_dir_all(folder)
                .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
            self.folders.insert(folder.to_path_buf());
        }
        fs::rename(&part, &path).with_context(|| output::unwritable(&path))?;
        let entry = Entry {
            about,
            offset: 0,
            len,
        };
        let line = Line::Done(entry);
        self.note(&line)?;
        if let Line::Done(entry) = line {
            self.entries.push(entry);
        }
        Ok(())
    }

    fn skip(&mut self, skip: &Skip) -> anyhow::Result<()> {
        self.note(&Line::Skipped(skip.clone()))
    }

    fn finish(self: Box<Self>, list: Option<Side>) -> anyhow::Result<()> {
        self.write_index(list)?;
        self.journal.remove()
    }

    fn keep(mut self: Box<Self>) -> usize {
        let _ = self.parts.remove_all();
        if self.n_inputs == 0 {
            self.discard();
            return 0;
        }
        let _ = self.journal.flush();
        self.n_inputs
    }

    fn discard(self: Box<Self>) {
        let _ = self.parts.remove_all();
        let _ = self.journal.remove();
    }
}
