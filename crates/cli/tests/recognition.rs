//! Accuracy on people, through the command, at the settings a user gets without asking for any.

use std::path::Path;
use std::process::{Command, ExitCode};

use mynah_tests::{SharedTest, run};
use serde_json::Value;

fn main() -> ExitCode {
    run(vec![
        SharedTest {
            name: "free_spoken_digits_official_split",
            folder: "corpora/free-spoken-digits",
            variable: None,
            check: |corpus| {
                let report = train_and_eval(corpus, corpus)?;
                at_least(&report, "accuracy", 0.985)
            },
        },
        SharedTest {
            name: "free_spoken_digits_unheard_speaker",
            folder: "corpora/free-spoken-digits",
            variable: None,
            check: |corpus| {
                let report = mynah(
                    "eval",
                    &[path(corpus)?, "--leave-one-speaker-out", "--json"],
                )?;
                at_least(&json(&report)?, "mean_over_speakers", 0.82)
            },
        },
        SharedTest {
            name: "arabic_commands_unheard_speakers",
            folder: "corpora/arabic-speech-commands",
            variable: None,
            check: |corpus| {
                let report = train_and_eval(&corpus.join("train.csv"), &corpus.join("val.csv"))?;
                at_least(&report, "accuracy", 0.96)
            },
        },
    ])
}

fn train_and_eval(learn: &Path, test: &Path) -> Result<Value, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let model = folder.path().join("words.mynah");
    mynah("train", &[path(learn)?, "-o", path(&model)?])?;
    json(&mynah("eval", &[path(&model)?, path(test)?, "--json"])?)
}

fn at_least(report: &Value, field: &str, bar: f64) -> Result<String, String> {
    let got = report[field]
        .as_f64()
        .ok_or_else(|| format!("no {field} in {report}"))?;
    if got >= bar {
        Ok(format!("{field} {got:.4}, at least {bar}"))
    } else {
        Err(format!("{field} is {got:.4}, below {bar}"))
    }
}

fn mynah(command: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_mynah"))
        .arg(command)
        .args(arguments)
        .output()
        .map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!(
            "{command} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|e| e.to_string())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|e| format!("{e} in {text}"))
}

fn path(path: &Path) -> Result<&str, String> {
    path.to_str()
        .ok_or_else(|| format!("{} is not UTF-8", path.display()))
}
