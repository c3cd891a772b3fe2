//! Tests against recorded speech and reference outputs that are too large to live in the repository.
//!
//! They lie in a folder `shared` beside the checkout, or where `MYNAH_SHARED` says. Where it is absent such a test is
//! counted as ignored and says so; under continuous integration (`CI` is set) it fails.

#![allow(
    clippy::print_stdout,
    reason = "a test runner reports on standard output"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

pub mod golden_lvq;
mod golden_lvq_case;
mod golden_lvq_gradient;
mod golden_lvq_kohonen;
mod golden_lvq_quantization;
pub mod golden_lvq_unsupervised;
pub mod golden_mfcc;
mod golden_presets;

/// A test: the folder it reads, relative to the shared one, an environment variable that names another folder instead,
/// and what it does there. `Ok` is what to show, `Err` what went wrong.
pub struct SharedTest {
    /// Name in the test runner's list.
    pub name: &'static str,
    /// Folder below the shared one.
    pub folder: &'static str,
    /// Names an equivalent folder elsewhere, if set.
    pub variable: Option<&'static str>,
    /// The test itself.
    pub check: fn(&Path) -> Result<String, String>,
}

/// The `main` of a test file of shared tests; takes the arguments every Rust test takes.
pub fn run(tests: Vec<SharedTest>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They train on both cores; side by side they would only wait for each other.
    arguments.test_threads = Some(1);
    let trials: Vec<Trial> = tests.into_iter().map(trial).collect();
    let n_ignored = trials
        .iter()
        .filter(|trial| trial.has_ignored_flag())
        .count();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if n_ignored > 0 {
        println!(
            "skipped: {n_ignored} tests, for want of the recordings (set MYNAH_SHARED to their folder)"
        );
    }
    conclusion.exit_code()
}

fn trial(test: SharedTest) -> Trial {
    let folder = folder(&test);
    let is_absent = !folder.is_dir();
    let is_ci = std::env::var_os("CI").is_some();
    // A folder asked for by name has to be there.
    let is_named = test
        .variable
        .is_some_and(|name| std::env::var_os(name).is_some());
    Trial::test(test.name, move || {
        if is_absent {
            return Err(Failed::from(format!("{} is not there", folder.display())));
        }
        let shown = (test.check)(&folder)?;
        println!("{}:\n{shown}", test.name);
        Ok(())
    })
    .with_ignored_flag(is_absent && !is_ci && !is_named)
}

fn folder(test: &SharedTest) -> PathBuf {
    let named = test.variable.and_then(std::env::var_os);
    if let Some(folder) = named {
        return folder.into();
    }
    let shared = std::env::var_os("MYNAH_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    shared.join(test.folder)
}
