//! What was corrected in a model: a folder beside it with the model as it was before each correction, never more than so many.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah::{Change, Tally};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::output::{self, Side};

/// Corrections that can be taken back; the oldest go first.
const MOST: usize = 50;

/// One correction.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The event as it was named.
    pub event: String,
    /// What it was said to be.
    pub truth: String,
    /// `added`, or `moved` with the indices of the prototypes.
    pub change: String,
    /// Whether the same sound is heard as it should be since.
    pub is_cured: bool,
    pub before: Counts,
    pub after: Counts,
    /// Whether it was made although other sounds got worse.
    pub is_forced: bool,
    /// SHA-256 of the corrected model's file.
    pub model_after: String,
}

/// Misses and false alarms among the sounds of the regression set.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub sounds: usize,
    pub misses: usize,
    pub false_alarms: usize,
}

impl From<Tally> for Counts {
    fn from(tally: Tally) -> Self {
        Self {
            sounds: tally.n,
            misses: tally.n_misses,
            false_alarms: tally.n_false_alarms,
        }
    }
}

/// In words.
pub fn change(change: &Change) -> String {
    match change {
        Change::Added(1) => String::from("added a prototype"),
        Change::Added(n) => format!("added {n} prototypes"),
        Change::Moved(prototypes) => {
            let indices: Vec<String> = prototypes.iter().map(ToString::to_string).collect();
            format!("moved prototype {}", indices.join(" and "))
        }
    }
}

/// What tells a model file from any other.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The folder of one model.
pub struct History {
    folder: PathBuf,
    /// Numbers of the entries, oldest first.
    numbers: Vec<u64>,
}

impl History {
    /// Of the model at `model`; it may have none yet.
    pub fn of(model: &Path) -> anyhow::Result<Self> {
        let mut name = model.file_name().unwrap_or_default().to_os_string();
        name.push(".history");
        let folder = model.with_file_name(name);
        let mut numbers = Vec::new();
        if folder.is_dir() {
            let entries = fs::read_dir(&folder);
            for entry in entries.with_context(|| format!("{}: cannot be read", folder.display()))? {
                let path = entry?.path();
                let is_entry = path.extension().is_some_and(|ending| ending == "json");
                let name = path.file_stem().and_then(|name| name.to_str());
                numbers.extend(
                    name.filter(|_| is_entry)
                        .and_then(|name| name.parse::<u64>().ok()),
                );
            }
            numbers.sort_unstable();
        }
        Ok(Self { folder, numbers })
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> anyhow::Result<Vec<Entry>> {
        self.numbers
            .iter()
            .map(|&number| self.entry(number))
            .collect()
    }

    fn entry(&self, number: u64) -> anyhow::Result<Entry> {
        let path = self.path(number, "json");
        let bytes =
            fs::read(&path).with_context(|| format!("{}: cannot be read", path.display()))?;
        serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{}: is no entry of this version's history; move the folder away",
                path.display()
            )
        })
    }

    /// Notes a correction, with the file of the model before it.
    pub fn note(&mut self, entry: &Entry, before: Vec<u8>) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder).with_context(|| output::unwritable(&self.folder))?;
        let number = self.numbers.last().map_or(1, |last| last + 1);
        let mut json = serde_json::to_vec_pretty(entry)?;
        json.push(b'\n');
        let side = |ending: &str, bytes| Side {
            path: self.path(number, ending),
            bytes: Some(bytes),
        };
        output::put(&[side("mynah", before), side("json", json)])?;
        self.numbers.push(number);
        while self.numbers.len() > MOST {
            let oldest = self.numbers.remove(0);
            self.forget(oldest)?;
        }
        Ok(())
    }

    /// The last correction and the file of the model before it, if there is one.
    pub fn last(&self) -> anyhow::Result<Option<(Entry, Vec<u8>)>> {
        let Some(&number) = self.numbers.last() else {
            return Ok(None);
        };
        let path = self.path(number, "mynah");
        let bytes =
            fs::read(&path).with_context(|| format!("{}: cannot be read", path.display()))?;
        Ok(Some((self.entry(number)?, bytes)))
    }

    /// Forgets the last correction.
    pub fn forget_last(&mut self) -> anyhow::Result<()> {
        match self.numbers.pop() {
            Some(number) => self.forget(number),
            None => Ok(()),
        }
    }

    fn forget(&self, number: u64) -> anyhow::Result<()> {
        output::remove(&self.path(number, "json"))?;
        output::remove(&self.path(number, "mynah"))
    }

    fn path(&self, number: u64, ending: &str) -> PathBuf {
        self.folder.join(format!("{number:06}.{ending}"))
    }
}
