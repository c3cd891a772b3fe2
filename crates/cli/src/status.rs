//! How a run ended: exit statuses, and the naming of skipped inputs.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mynah_corpus::Problem;
use serde::{Deserialize, Serialize};

use crate::output::{Side, note};

/// The command line asked for something that cannot be; exit status 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A usage error as an `anyhow` one.
pub fn usage<T>(message: impl Into<String>) -> anyhow::Result<T> {
    Err(Usage(message.into()).into())
}

/// An error and its causes in one line. Many messages quote their cause already; it is not said twice.
pub fn explain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A run that did what it could.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
    n_skipped: usize,
}

impl Status {
    /// Nothing was skipped.
    pub const DONE: Self = Self { n_skipped: 0 };
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(u8::from(status.n_skipped > 0))
    }
}

/// One input that could not be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// Its id, where it has one.
    pub utterance: Option<String>,
    /// The file, where it is one.
    pub path: Option<String>,
    /// The fault and the remedy.
    pub reason: String,
}

impl Skip {
    fn of(problem: impl Display) -> Self {
        Self {
            utterance: None,
            path: None,
            reason: problem.to_string(),
        }
    }

    /// A recording and what `error` says of it; its path is not said twice.
    pub fn recording(utterance: &str, path: &Path, error: &anyhow::Error) -> Self {
        let (path, reason) = (path.display().to_string(), explain(error));
        let rest = reason
            .strip_prefix(path.as_str())
            .and_then(|rest| rest.strip_prefix(": "));
        Self {
            utterance: Some(utterance.to_string()),
            reason: rest.map_or(reason.clone(), str::to_string),
            path: Some(path),
        }
    }
}

impl From<&Problem> for Skip {
    fn from(problem: &Problem) -> Self {
        let line = problem.line.map(|line| format!("line {line}: "));
        Self {
            utterance: None,
            path: Some(problem.path.display().to_string()),
            reason: line.unwrap_or_default() + &problem.message,
        }
    }
}

impl Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(path) = &self.path {
            let separator = if self.reason.starts_with("line ") {
                ", "
            } else {
                ": "
            };
            write!(f, "{path}{separator}")?;
        }
        f.write_str(&self.reason)
    }
}

/// Names each bad input on standard error as it comes and counts them; under `--strict` the first one ends the run.
pub struct Skipped {
    strict: bool,
    silent: bool,
    n: usize,
    list: Option<List>,
}

/// A file for programs to read, one JSON object a line. With it, people need not be told of every input.
struct List {
    path: PathBuf,
    skips: Vec<Skip>,
}

/// Inputs that are named on standard error where there is a list of all.
const N_NAMED: usize = 20;

impl Skipped {
    pub fn new(strict: bool) -> Self {
        Self {
            strict,
            silent: false,
            n: 0,
            list: None,
        }
    }

    /// For a second pass over inputs whose faults have been named.
    pub fn silent() -> Self {
        Self {
            silent: true,
            ..Self::new(false)
        }
    }

    /// With a list of all at `path`, if given.
    pub fn listed(strict: bool, path: Option<PathBuf>) -> Self {
        let skips = Vec::new();
        Self {
            list: path.map(|path| List { path, skips }),
            ..Self::new(strict)
        }
    }

    /// One input cannot be used; `problem` names it, its fault and the remedy.
    pub fn add(&mut self, problem: impl Display) -> anyhow::Result<()> {
        self.add_skip(Skip::of(problem))
    }

    /// One input cannot be used.
    pub fn add_skip(&mut self, skip: Skip) -> anyhow::Result<()> {
        if self.strict {
            return Err(Strict(skip.to_string()).into());
        }
        self.n += 1;
        if !self.silent && (self.list.is_none() || self.n <= N_NAMED) {
            note(format!("skipped: {skip}"));
        }
        if let Some(list) = &mut self.list {
            list.skips.push(skip);
        }
        Ok(())
    }

    /// More inputs of a kind already named.
    pub fn add_unnamed(&mut self, n: usize) {
        if n > 0 {
            note(format!("skipped: {n} more of the same corpus"));
            self.n += n;
        }
    }

    /// More inputs with the fault that was named.
    pub fn add_alike(&mut self, n: usize, fault: &str) {
        if n > 0 {
            if !self.silent {
                note(format!(
                    "skipped: {n} more of which the same is to be said: {fault}"
                ));
            }
            self.n += n;
        }
    }

    pub fn count(&self) -> usize {
        self.n
    }

    /// The list, where there is to be one; with nothing to put in it there is none afterwards.
    pub fn list(&self) -> anyhow::Result<Option<Side>> {
        let Some(List { path, skips }) = &self.list else {
            return Ok(None);
        };
        let mut lines = Vec::new();
        for skip in skips {
            serde_json::to_writer(&mut lines, skip)?;
            lines.push(b'\n');
        }
        Ok(Some(Side {
            path: path.clone(),
            bytes: (!lines.is_empty()).then_some(lines),
        }))
    }

    /// The closing count and the exit status.
    pub fn finish(self) -> Status {
        if self.n > 0 {
            let noun = if self.n == 1 {
                "input was"
            } else {
                "inputs were"
            };
            match &self.list {
                Some(list) if self.n > N_NAMED => {
                    let path = list.path.display();
                    note(format!(
                        "skipped: and {} more, named in {path}",
                        self.n - N_NAMED
                    ));
                    note(format!("{} {noun} skipped, named in {path}", self.n));
                }
                _ => note(format!("{} {noun} skipped, named above", self.n)),
            }
        }
        Status { n_skipped: self.n }
    }
}

/// The first bad input ended the run.
#[derive(Debug)]
pub struct Strict(String);

impl Display for Strict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let problem = &self.0;
        write!(
            f,
            "{problem}\n       (--strict stops at the first bad input)"
        )
    }
}

impl std::error::Error for Strict {}
