//! What a run has done so far, so that another can go on from there.
//!
//! Beside the output lies a journal: who made it, then a line an input, written after the bytes it speaks of. If the
//! process is killed, every whole line of its journal is true. The journal is also the lock that keeps a second run away.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use fs4::{FileExt, TryLockError};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::formats::Entry;
use crate::inputs::Input;
use crate::output::note;
use crate::status::Skip;

/// What a killed run may have to do again.
const MAX_AGE: Duration = Duration::from_millis(100);

/// What must be the same for a run to go on where another stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    version: String,
    options: String,
    inputs: String,
}

impl Identity {
    /// Of options, written out in full, and of the inputs: their names and cuts, sizes and times.
    pub fn new(options: &str, inputs: &[Input]) -> Self {
        let line = |input| format!("{input:?}{:?}\n", stamp(input));
        let lines: Vec<String> = inputs.par_iter().map(line).collect();
        let mut digest = Sha256::new();
        lines.iter().for_each(|line| digest.update(line));
        Self {
            version: env!("CARGO_PKG_VERSION").to_string(),
            options: options.to_string(),
            inputs: hex(&digest.finalize()),
        }
    }

    fn check(&self, now: &Self, output: &Path) -> anyhow::Result<()> {
        let changed = if self.version != now.version {
            "another version of mynah began it".to_string()
        } else if self.options != now.options {
            let pairs = self.options.split(", ").zip(now.options.split(", "));
            let differs = pairs.into_iter().find(|(before, now)| before != now);
            let (before, now) = differs.unwrap_or_default();
            format!("it was begun with other options ({before}; now {now})")
        } else if self.inputs != now.inputs {
            "its inputs have changed since".to_string()
        } else {
            return Ok(());
        };
        anyhow::bail!(
            "{}: the interrupted run cannot be continued: {changed}; make it as it was, or begin anew without --resume",
            output.display()
        )
    }
}

/// Size and time of change, where they can be had.
fn stamp(input: &Input) -> Option<(u64, Option<std::time::SystemTime>)> {
    let metadata = fs::metadata(&input.stretch.path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What became of one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    Done(Entry),
    Skipped(Skip),
}

impl Line {
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Done(entry) => Some(entry),
            Self::Skipped(_) => None,
        }
    }
}

/// A journal, locked.
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Not yet written.
    lines: Vec<u8>,
    flushed: Instant,
    /// Half a line may stand at the end, and nothing may follow that.
    is_torn: bool,
}

impl Journal {
    /// Takes the place of the run that writes `output`, unless one is at work.
    pub fn lock(path: PathBuf, output: &Path) -> anyhow::Result<Self> {
        loop {
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false);
            let file = file.open(&path)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => anyhow::bail!(
                    "another run is writing {}; wait for it, or name another output",
                    output.display()
                ),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            // The run before may have ended between the two steps and taken its journal away.
            if is_at(&file, &path)? {
                return Ok(Self {
                    file,
                    path,
                    lines: Vec::new(),
                    flushed: Instant::now(),
                    is_torn: false,
                });
            }
        }
    }

    /// What the run before did, as far as `payload` bytes bear it out; cuts off the rest.
    ///
    /// # Errors
    /// If it was another run.
    pub fn resume(
        &mut self,
        identity: &Identity,
        payload: u64,
        output: &Path,
    ) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        let mut read = BufReader::new(&self.file);
        let mut text = Vec::new();
        let mut end = 0;
        let mut is_head = true;
        loop {
            text.clear();
            read.read_until(b'\n', &mut text)?;
            if !text.ends_with(b"\n") {
                break;
            }
            if is_head {
                let Ok(before) = serde_json::from_slice::<Identity>(&text) else {
                    break;
                };
                before.check(identity, output)?;
                is_head = false;
            } else {
                match serde_json::from_slice(&text) {
                    Ok(Line::Done(entry)) if entry.offset + entry.len > payload => break,
                    Ok(line) => lines.push(line),
                    Err(_) => break,
                }
            }
            end += text.len() as u64;
        }
        if is_head {
            self.begin(identity)?;
        } else {
            self.file.set_len(end)?;
            self.file.seek(SeekFrom::Start(end))?;
        }
        Ok(lines)
    }

    /// An empty journal in the place of whatever the run before left; says so if that was something.
    pub fn begin_anew(&mut self, identity: &Identity, output: &Path) -> anyhow::Result<()> {
        let n = BufReader::new(&self.file).lines().count().saturating_sub(1);
        if n > 0 {
            note(format!(
                "{}: begins anew; an interrupted run had done {n} inputs, and --resume would have gone on from there",
                output.display()
            ));
        }
        self.begin(identity)
    }

    /// An empty journal.
    pub fn begin(&mut self, identity: &Identity) -> anyhow::Result<()> {
        self.file.rewind()?;
        self.file.set_len(0)?;
        let mut head = serde_json::to_vec(identity)?;
        head.push(b'\n');
        Ok(self.file.write_all(&head)?)
    }

    /// Notes what became of the next input; not yet on disk.
    pub fn push(&mut self, line: &Line) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.lines, line)?;
        self.lines.push(b'\n');
        Ok(())
    }

    /// Whether what was noted last waits long enough to be written.
    pub fn is_due(&self) -> bool {
        self.flushed.elapsed() >= MAX_AGE
    }

    /// Writes what was noted; what it speaks of must be written already.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        let was_torn = std::mem::replace(&mut self.is_torn, true);
        anyhow::ensure!(!was_torn, "{}: could not be written", self.path.display());
        self.file.write_all(&self.lines)?;
        self.is_torn = false;
        self.lines.clear();
        self.flushed = Instant::now();
        Ok(())
    }

    /// Takes it away, and the lock with it.
    pub fn remove(self) -> anyhow::Result<()> {
        let path = self.path.display();
        fs::remove_file(&self.path).with_context(|| format!("{path}: cannot be removed"))
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match fs::metadata(path) {
        Ok(found) => Ok(id(found) == id(file.metadata()?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> std::io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn skipped(reason: &str) -> Line {
        Line::Skipped(Skip {
            utterance: Some("a".into()),
            path: None,
            reason: reason.into(),
        })
    }

    #[test]
    fn a_torn_line_is_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let output = Path::new("out");
        let identity = Identity::new("a", &[]);
        let mut journal = Journal::lock(path.clone(), output).unwrap();
        assert!(
            Journal::lock(path.clone(), output).is_err(),
            "one at a time"
        );
        journal.begin(&identity).unwrap();
        for reason in ["one", "two", "three"] {
            journal.push(&skipped(reason)).unwrap();
        }
        journal.flush().unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        let head = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = Journal::lock(path.clone(), output).unwrap();
            let lines = journal.resume(&identity, 0, output).unwrap();
            let n = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(lines.len(), n.saturating_sub(1));
            // What follows comes after the last whole line.
            journal.push(&skipped("next")).unwrap();
            journal.flush().unwrap();
            let mut expected = whole[..cut].to_vec();
            while expected.last().is_some_and(|&byte| byte != b'\n') {
                expected.pop();
            }
            expected = if expected.is_empty() {
                whole[..head].to_vec()
            } else {
                expected
            };
            assert!(fs::read(&path).unwrap().starts_with(&expected));
            drop(journal);
            let mut journal = Journal::lock(path.clone(), output).unwrap();
            let again = journal.resume(&identity, 0, output).unwrap();
            assert_eq!(again.len(), lines.len() + 1);
        }
        let mut journal = Journal::lock(path, output).unwrap();
        let other = Identity::new("b", &[]);
        let error = journal.resume(&other, 0, output).unwrap_err();
        assert!(error.to_string().contains("other options"), "{error}");
    }
}
