//! One file of all recordings, which appears when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::journal::{Identity, Journal, Line};
use super::sink::{Bytes, Made, Sink, pour};
use crate::formats::{Entry, Format, Layout};
use crate::output::{self, Side};
use crate::status::Skip;

/// Bytes held back before they are written.
const MAX_PENDING: usize = 1 << 20;

/// The recordings so far lie in a part file beside the output; what is journaled of them has been written.
pub struct OneFile<'f> {
    format: &'f dyn Format,
    /// As it was asked for.
    output: PathBuf,
    /// Where it lies.
    target: PathBuf,
    part_path: PathBuf,
    part: File,
    journal: Journal,
    resumed: Vec<Line>,
    /// For containers and companions.
    entries: Option<Vec<Entry>>,
    offset: u64,
    pending: Vec<u8>,
    /// The part may end with half of what was to be written, and nothing may follow that.
    is_torn: bool,
    n_inputs: usize,
}

impl<'f> OneFile<'f> {
    /// Begins, or with `is_resumed` goes on where a run of the same `identity` stopped.
    pub fn new(
        format: &'f dyn Format,
        output: &Path,
        target: &Path,
        preamble: Vec<u8>,
        identity: &Identity,
        is_resumed: bool,
    ) -> anyhow::Result<Self> {
        let unwritable = || output::unwritable(output);
        let part_path = output::hidden(target, "part");
        let mut journal =
            Journal::lock(output::hidden(target, "journal"), output).with_context(unwritable)?;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true);
        // Cut off after the journal says that nothing is done, not before.
        let mut part = options
            .truncate(false)
            .open(&part_path)
            .with_context(unwritable)?;
        let (mut resumed, mut pending) = (Vec::new(), Vec::new());
        if is_resumed {
            resumed = journal.resume(identity, part.metadata()?.len(), output)?;
        } else {
            journal
                .begin_anew(identity, output)
                .with_context(unwritable)?;
        }
        let mut offset = preamble.len() as u64;
        for entry in resumed.iter().filter_map(Line::entry) {
            offset = entry.offset + entry.len;
        }
        if part.metadata()?.len() < offset && !resumed.is_empty() {
            // The journal's first lines are of skipped inputs, and not even the preamble was written.
            resumed.clear();
            journal.begin(identity).with_context(unwritable)?;
        }
        if resumed.is_empty() {
            part.set_len(0)?;
            pending = preamble;
        } else {
            part.set_len(offset)?;
            part.seek(SeekFrom::Start(offset))?;
        }
        let has_companions = !format.companions(output).is_empty();
        let is_container = matches!(format.layout(), Layout::Container(_));
        let mut entries = (has_companions || is_container).then(Vec::new);
        if let Some(entries) = &mut entries {
            entries.extend(resumed.iter().filter_map(Line::entry).cloned());
        }
        Ok(Self {
            format,
            output: output.to_path_buf(),
            target: target.to_path_buf(),
            part_path,
            part,
            journal,
            n_inputs: resumed.len(),
            resumed,
            entries,
            offset,
            pending,
            is_torn: false,
        })
    }

    fn note(&mut self, line: &Line) -> anyhow::Result<()> {
        self.journal.push(line)?;
        self.n_inputs += 1;
        if self.pending.len() >= MAX_PENDING || self.journal.is_due() {
            self.flush()?;
        }
        Ok(())
    }

    /// First the bytes, then what speaks of them.
    fn flush(&mut self) -> anyhow::Result<()> {
        let was_torn = std::mem::replace(&mut self.is_torn, true);
        anyhow::ensure!(!was_torn, output::unwritable(&self.output));
        let written = self.part.write_all(&self.pending);
        written.with_context(|| output::unwritable(&self.output))?;
        self.is_torn = false;
        self.pending.clear();
        let noted = self.journal.flush();
        noted.with_context(|| output::unwritable(&self.output))
    }

    /// Puts the parts together, then in the place of the output.
    fn make_whole(&mut self, list: Option<Side>) -> anyhow::Result<()> {
        self.flush()?;
        let entries = self.entries.as_deref().unwrap_or_default();
        let unwritable = || output::unwritable(&self.output);
        let mut sides = Vec::from_iter(list);
        for companion in self.format.companions(&self.output) {
            let bytes = companion.contents(entries)?;
            let path = companion.path;
            sides.push(Side { path, bytes });
        }
        let Layout::Container(container) = self.format.layout() else {
            return output::publish(&sides, &self.part_path, &self.target);
        };
        let path = output::hidden(&self.target, "whole");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(true);
        let mut whole = options.open(&path).with_context(unwritable)?;
        let finished = container.finish(&mut self.part, entries, &mut whole);
        let published = finished
            .with_context(unwritable)
            .and_then(|()| output::publish(&sides, &path, &self.target));
        if published.is_err() {
            let _ = fs::remove_file(&path);
            return published;
        }
        output::remove(&self.part_path)
    }
}

impl Sink for OneFile<'_> {
    fn resumed(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.resumed)
    }

    fn put(&mut self, Made { about, bytes }: Made) -> anyhow::Result<()> {
        let Bytes::Spool(spool) = bytes else {
            anyhow::bail!("{}: one file takes bytes", self.output.display());
        };
        let poured: io::Result<u64> = if spool.is_rolled() {
            // Too long to be held back.
            self.flush()?;
            let poured = pour(spool, &mut self.part);
            self.is_torn = poured.is_err();
            poured
        } else {
            pour(spool, &mut self.pending)
        };
        let len = poured.with_context(|| output::unwritable(&self.output))?;
        let entry = Entry {
            about,
            offset: self.offset,
            len,
        };
        self.offset += len;
        let line = Line::Done(entry);
        self.note(&line)?;
        if let (Some(entries), Line::Done(entry)) = (&mut self.entries, line) {
            entries.push(entry);
        }
        Ok(())
    }

    fn skip(&mut self, skip: &Skip) -> anyhow::Result<()> {
        self.note(&Line::Skipped(skip.clone()))
    }

    fn finish(mut self: Box<Self>, list: Option<Side>) -> anyhow::Result<()> {
        self.make_whole(list)?;
        self.journal.remove()
    }

    fn keep(mut self: Box<Self>) -> usize {
        // On a full disk the last of it cannot be written; the journal does not speak of it then.
        let _ = self.flush();
        if self.n_inputs == 0 {
            self.discard();
            return 0;
        }
        self.n_inputs
    }

    fn discard(self: Box<Self>) {
        for path in [output::hidden(&self.target, "whole"), self.part_path] {
            let _ = fs::remove_file(path);
        }
        let _ = self.journal.remove();
    }
}
