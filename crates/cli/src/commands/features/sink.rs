//! Where encoded recordings go, in order, one after the other.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::{SpooledData, SpooledTempFile};

use super::journal::Line;
use crate::formats::{About, Entry, Format, Layout};
use crate::output::{self, Side};
use crate::status::Skip;

/// One recording, ready to be put in its place.
pub struct Made {
    pub about: About,
    pub bytes: Bytes,
}

/// What a recording was encoded to.
pub enum Bytes {
    /// In memory, or in a temporary file without a name.
    Spool(SpooledTempFile),
    /// Already in the folder, under a name for the time being.
    Part(PathBuf, u64),
}

/// Takes what becomes of each input, in order.
pub trait Sink {
    /// What an interrupted run did before, once.
    fn resumed(&mut self) -> Vec<Line> {
        Vec::new()
    }

    fn put(&mut self, made: Made) -> anyhow::Result<()>;

    fn skip(&mut self, skip: &Skip) -> anyhow::Result<()>;

    /// Everything is there: makes the result and, before it appears, the list of what was skipped.
    fn finish(self: Box<Self>, list: Option<Side>) -> anyhow::Result<()>;

    /// Ends without a result; returns how many inputs need not be done again.
    fn keep(self: Box<Self>) -> usize;

    /// Ends without a result and without a trace.
    fn discard(self: Box<Self>);
}

/// A temporary file could not be written, which is not the recording's fault.
#[derive(Debug)]
pub struct NoRoom(pub PathBuf);

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: takes no temporary file", self.0.display())
    }
}

/// Appends what was encoded to `out` and returns its length.
pub fn pour(spool: SpooledTempFile, out: &mut dyn Write) -> io::Result<u64> {
    match spool.into_inner() {
        SpooledData::InMemory(bytes) => {
            out.write_all(bytes.get_ref())?;
            Ok(bytes.get_ref().len() as u64)
        }
        SpooledData::OnDisk(mut file) => {
            file.rewind()?;
            io::copy(&mut file, out)
        }
    }
}

/// Standard output, or a pipe or device, which cannot be gone back on.
pub struct Direct<'f> {
    format: &'f dyn Format,
    path: PathBuf,
    out: Box<dyn Write>,
    /// What a container is made from at the end.
    payload: Option<File>,
    entries: Vec<Entry>,
    offset: u64,
}

impl<'f> Direct<'f> {
    pub fn new(
        format: &'f dyn Format,
        path: &Path,
        out: Box<dyn Write>,
        preamble: &[u8],
    ) -> anyhow::Result<Self> {
        let is_container = matches!(format.layout(), Layout::Container(_));
        let payload = is_container.then(tempfile::tempfile).transpose();
        let mut direct = Self {
            format,
            path: path.to_path_buf(),
            out: Box::new(BufWriter::new(out)),
            payload: payload.with_context(|| NoRoom(std::env::temp_dir()))?,
            entries: Vec::new(),
            offset: preamble.len() as u64,
        };
        direct.write(|out| out.write_all(preamble))?;
        Ok(direct)
    }

    fn write<T>(&mut self, f: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> anyhow::Result<T> {
        match &mut self.payload {
            Some(payload) => f(payload).with_context(|| NoRoom(std::env::temp_dir())),
            None => f(&mut self.out).with_context(|| output::unwritable(&self.path)),
        }
    }
}

impl Sink for Direct<'_> {
    fn put(&mut self, Made { about, bytes }: Made) -> anyhow::Result<()> {
        let len = match bytes {
            Bytes::Spool(spool) => self.write(|out| pour(spool, out))?,
            Bytes::Part(..) => anyhow::bail!("{}: a stream takes bytes", self.path.display()),
        };
        if self.payload.is_some() {
            let offset = self.offset;
            self.entries.push(Entry { about, offset, len });
        }
        self.offset += len;
        Ok(())
    }

    fn skip(&mut self, _: &Skip) -> anyhow::Result<()> {
        Ok(())
    }

    fn finish(mut self: Box<Self>, list: Option<Side>) -> anyhow::Result<()> {
        if let (Layout::Container(container), Some(payload)) =
            (self.format.layout(), &mut self.payload)
        {
            let mut whole = tempfile::tempfile()?;
            container.finish(payload, &self.entries, &mut whole)?;
            whole.rewind()?;
            io::copy(&mut whole, &mut self.out).with_context(|| output::unwritable(&self.path))?;
        }
        let flushed = self.out.flush();
        flushed.with_context(|| output::unwritable(&self.path))?;
        output::put(list.as_slice())
    }

    fn keep(self: Box<Self>) -> usize {
        0
    }

    fn discard(self: Box<Self>) {}
}
