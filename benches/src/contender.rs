//! Our side of a race of `scripts/bench-peers`: the conversation that `peers/contender.py` leads.

// It talks through standard output.
#![allow(clippy::print_stdout)]

use std::fmt::Display;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use ndarray::ArrayD;
use ndarray_npy::{ReadableElement, read_npy};
use rustix::time::{ClockId, clock_gettime};

/// An averaged answer takes at least this long.
const SECONDS: f64 = 0.1;

/// Says hello in one line of JSON, with `facts` (`, "name": value`) beside the version; then runs a round whenever a line
/// arrives on standard input, and answers with the CPU seconds it gives.
pub fn serve(facts: &str, mut round: impl FnMut() -> io::Result<f64>) -> io::Result<()> {
    println!(r#"{{"version": "{}"{facts}}}"#, env!("CARGO_PKG_VERSION"));
    for line in io::stdin().lines() {
        line?;
        println!("{}", round()?);
    }
    Ok(())
}

/// CPU seconds of one call, and its result.
pub fn once<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = process_seconds();
    let result = work();
    (process_seconds() - start, result)
}

/// CPU seconds of a call, averaged over as many as take a tenth of a second.
pub fn averaged(mut work: impl FnMut()) -> f64 {
    let (mut passes, start) = (0.0, process_seconds());
    while process_seconds() - start < SECONDS {
        work();
        passes += 1.0;
    }
    (process_seconds() - start) / passes
}

/// The array of `folder/name.npy`: its shape, and its values row by row.
pub fn npy<T: ReadableElement>(folder: &str, name: &str) -> io::Result<(Vec<usize>, Vec<T>)> {
    let path = Path::new(folder).join(name).with_extension("npy");
    let array: ArrayD<T> = read_npy(&path)
        .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
    let shape = array.shape().to_vec();
    Ok((shape, array.into_raw_vec_and_offset().0))
}

/// One value a line, as the judge of the race reads them.
pub fn write_lines<T: Display>(path: &str, values: impl IntoIterator<Item = T>) -> io::Result<()> {
    let mut out = io::BufWriter::new(fs::File::create(path)?);
    for value in values {
        writeln!(out, "{value}")?;
    }
    out.flush()
}

/// CPU time of all threads: the work may be done on another than the caller's.
fn process_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
