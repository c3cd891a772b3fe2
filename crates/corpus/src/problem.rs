//! What could not be used, and what to do about it.

use std::fmt;
use std::path::PathBuf;

/// A file or manifest line that was left out, or deserves a look.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file or folder concerned.
    pub path: PathBuf,
    /// Its line, counted from 1, where it is a text file.
    pub line: Option<u64>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Junk of one byte a line must not grow into gigabytes of complaints: these many are kept, all are counted.
const MAX_LISTED: usize = 1000;

/// Problems as they are found.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub listed: Vec<Problem>,
    pub n: usize,
}

impl Problems {
    pub fn push(&mut self, path: impl Into<PathBuf>, message: impl Into<String>) {
        self.add(path.into(), None, message.into());
    }

    pub fn push_line(&mut self, path: impl Into<PathBuf>, line: u64, message: impl Into<String>) {
        self.add(path.into(), Some(line), message.into());
    }

    fn add(&mut self, path: PathBuf, line: Option<u64>, message: String) {
        self.n += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(Problem {
                path,
                line,
                message,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_file_line_and_remedy() {
        let mut problems = Problems::default();
        problems.push("a/b.wav", "is odd: even it");
        problems.push_line("m.csv", 7, "has no label: add one");
        assert_eq!(problems.listed[0].to_string(), "a/b.wav: is odd: even it");
        assert_eq!(
            problems.listed[1].to_string(),
            "m.csv, line 7: has no label: add one"
        );
    }

    #[test]
    fn all_are_counted_and_a_thousand_kept() {
        let mut problems = Problems::default();
        for line in 0..5000 {
            problems.push_line("m.csv", line, "x");
        }
        assert_eq!((problems.n, problems.listed.len()), (5000, 1000));
    }
}
