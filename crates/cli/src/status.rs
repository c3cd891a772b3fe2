//! How a run ended: exit statuses, and the naming of skipped inputs.

use std::fmt::Display;
use std::process::ExitCode;

use crate::output::note;

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

/// Names each bad input on standard error as it comes and counts them; under `--strict` the first one ends the run.
pub struct Skipped {
    strict: bool,
    silent: bool,
    n: usize,
}

impl Skipped {
    pub fn new(strict: bool) -> Self {
        Self {
            strict,
            silent: false,
            n: 0,
        }
    }

    /// For a second pass over inputs whose faults have been named.
    pub fn silent() -> Self {
        Self {
            strict: false,
            silent: true,
            n: 0,
        }
    }

    /// One input cannot be used; `problem` names it, its fault and the remedy.
    pub fn add(&mut self, problem: impl Display) -> anyhow::Result<()> {
        if self.strict {
            anyhow::bail!("{problem}\n       (--strict stops at the first bad input)");
        }
        if !self.silent {
            note(format!("skipped: {problem}"));
        }
        self.n += 1;
        Ok(())
    }

    /// More inputs of a kind already named.
    pub fn add_unnamed(&mut self, n: usize) {
        if n > 0 {
            note(format!("skipped: {n} more of the same corpus"));
            self.n += n;
        }
    }

    pub fn count(&self) -> usize {
        self.n
    }

    /// The closing count and the exit status.
    pub fn finish(self) -> Status {
        if self.n > 0 {
            let noun = if self.n == 1 {
                "input was"
            } else {
                "inputs were"
            };
            note(format!("{} {noun} skipped, named above", self.n));
        }
        Status { n_skipped: self.n }
    }
}
