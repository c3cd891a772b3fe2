//! Every format, read back by the readers its users have: numpy, kaldiio, safetensors, pyarrow.
//!
//! They run in the Python that `MYNAH_READERS_PYTHON` names, else in the one `scripts/test` makes in `target/readers`.
//! Where there is none the tests are counted as ignored; under continuous integration (`CI` is set) they fail.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "no test uses all of the command's formats")]
#![allow(
    clippy::print_stdout,
    reason = "a test runner reports on standard output"
)]

#[path = "common/written.rs"]
mod written;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use written::Made;
use written::formats::{Dtype, Name};

fn main() -> ExitCode {
    let python = std::env::var_os("MYNAH_READERS_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/readers/bin/python"),
        PathBuf::from,
    );
    let is_absent = !python.is_file();
    let is_ignored = is_absent && std::env::var_os("CI").is_none();
    let trial = |name: &str, dtype, n| {
        let python = python.clone();
        let check = move || {
            if is_absent {
                return Err(
                    format!("{} is not there; scripts/test makes it", python.display()).into(),
                );
            }
            let mut made = written::recordings(dtype);
            made.truncate(n);
            read_back(&python, dtype, &made)
        };
        Trial::test(name, check).with_ignored_flag(is_ignored)
    };
    let trials = vec![
        trial("hard_recordings_as_f32", Dtype::F32, usize::MAX),
        trial("hard_recordings_as_f64", Dtype::F64, usize::MAX),
        trial("one_recording", Dtype::F32, 1),
        trial("no_recording", Dtype::F32, 0),
    ];
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    if is_ignored {
        println!(
            "skipped: the readers of other tools, for want of {} (scripts/test makes it, given Python with venv and a network)",
            python.display()
        );
    }
    conclusion.exit_code()
}

fn read_back(python: &Path, dtype: Dtype, made: &[Made]) -> Result<(), Failed> {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in written::all(dtype) {
        let stem = if name == Name::KaldiText {
            "text"
        } else {
            "feats"
        };
        written::write(&*format, made, folder.path(), stem);
    }
    expect(folder.path(), dtype, made);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .output()
        .unwrap();
    let [said, complaint] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    if !output.status.success() {
        return Err(format!("{said}{complaint}").into());
    }
    print!("{said}");
    Ok(())
}

/// What was written, told without any of our formats.
fn expect(folder: &Path, dtype: Dtype, made: &[Made]) {
    let mut recordings = Vec::new();
    for (i, made) in made.iter().enumerate() {
        let bytes: Vec<u8> = match dtype {
            Dtype::F32 => made.f32s().iter().flat_map(|v| v.to_le_bytes()).collect(),
            Dtype::F64 => made.numbers.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        fs::write(folder.join(format!("{i}.numbers")), bytes).unwrap();
        let mut about = serde_json::to_value(&made.about).unwrap();
        about["numbers"] = format!("{i}.numbers").into();
        recordings.push(about);
    }
    let dtype = match dtype {
        Dtype::F32 => "<f4",
        Dtype::F64 => "<f8",
    };
    let expected =
        serde_json::json!({ "dtype": dtype, "preset": "kaldi", "recordings": recordings });
    fs::write(folder.join("expected.json"), expected.to_string()).unwrap();
}
