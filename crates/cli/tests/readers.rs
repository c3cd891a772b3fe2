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

mod common;
#[path = "common/written.rs"]
mod written;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use common::Workshop;
use libtest_mimic::{Arguments, Failed, Trial};
use written::Made;
use written::formats::{About, Dtype, Name};

/// What a test does with the Python it is given.
type Check = dyn Fn(&Path) -> Result<(), Failed> + Send;

fn main() -> ExitCode {
    let python = std::env::var_os("MYNAH_READERS_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/readers/bin/python"),
        PathBuf::from,
    );
    let is_absent = !python.is_file();
    let is_ignored = is_absent && std::env::var_os("CI").is_none();
    let trial = |name: &str, check: Box<Check>| {
        let python = python.clone();
        let check = move || {
            if is_absent {
                return Err(
                    format!("{} is not there; scripts/test makes it", python.display()).into(),
                );
            }
            check(&python)
        };
        Trial::test(name, check).with_ignored_flag(is_ignored)
    };
    let hard = |dtype, n| {
        Box::new(move |python: &Path| {
            let mut made = written::recordings(dtype);
            made.truncate(n);
            formats(python, dtype, &made)
        })
    };
    let trials = vec![
        trial("hard_recordings_as_f32", hard(Dtype::F32, usize::MAX)),
        trial("hard_recordings_as_f64", hard(Dtype::F64, usize::MAX)),
        trial("one_recording", hard(Dtype::F32, 1)),
        trial("no_recording", hard(Dtype::F32, 0)),
        trial("the_command", Box::new(command)),
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

fn read_back(python: &Path, folder: &Path) -> Result<(), Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers.py");
    let mut python = Command::new(python);
    let output = python
        .arg(script)
        .arg(".")
        .current_dir(folder)
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

fn formats(python: &Path, dtype: Dtype, made: &[Made]) -> Result<(), Failed> {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in written::all(dtype) {
        let stem = if name == Name::KaldiText {
            "text"
        } else {
            "feats"
        };
        written::write(&*format, made, folder.path(), stem);
    }
    expect(folder.path(), dtype, Some("kaldi"), made);
    read_back(python, folder.path())
}

/// A corpus through the command; what its JSON lines say is what all other formats must hold.
fn command(python: &Path) -> Result<(), Failed> {
    let shop = Workshop::new();
    shop.folders("words");
    let clip = "words/bebo/cyd_nohash_1.wav";
    shop.write("دفتر/say hi.wav", shop.read(clip));
    shop.write(
        "m.csv",
        format!(
            "path,label,speaker\n{clip},\"bebo, \"\"twice\"\"\",cyd\nدفتر/say hi.wav,two words,\n"
        ),
    );
    let mut outputs = vec![
        "feats.jsonl",
        "feats.csv",
        "feats.npz",
        "feats.ark",
        "feats.safetensors",
        "text.ark --format kaldi-text",
        "npy/",
        "htk/ --format htk",
    ];
    if cfg!(feature = "parquet") {
        outputs.push("feats.parquet");
    }
    for output in outputs {
        shop.mynah(&format!("features m.csv --preset kaldi -o {output}"))
            .succeeds()
            .quietly();
    }
    let lines = String::from_utf8(shop.read("feats.jsonl")).unwrap();
    let made = lines.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().map(String::from);
        let path = PathBuf::from(text("path").unwrap());
        let rows: Vec<Vec<f32>> = serde_json::from_value(line["features"].clone()).unwrap();
        Made {
            about: About {
                utterance: text("utterance").unwrap(),
                name: path.with_extension(""),
                path,
                label: text("label"),
                speaker: text("speaker"),
                start: None,
                end: None,
                sample_rate: common::RATE,
                seconds: 0.35,
                hop_seconds: 0.01,
                n_frames: rows.len(),
                n_coeffs: rows[0].len(),
                dtype: Dtype::F32,
            },
            numbers: rows.concat().into_iter().map(f64::from).collect(),
        }
    });
    let made: Vec<Made> = made.collect();
    assert_eq!(made.len(), 2);
    expect(&shop.path(""), Dtype::F32, None, &made);
    read_back(python, &shop.path(""))
}

/// What was written, told without any of our formats; the preset is not held to anything where none is given.
fn expect(folder: &Path, dtype: Dtype, preset: Option<&str>, made: &[Made]) {
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
        serde_json::json!({ "dtype": dtype, "preset": preset, "recordings": recordings });
    fs::write(folder.join("expected.json"), expected.to_string()).unwrap();
}
