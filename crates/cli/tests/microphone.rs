//! The microphone through the command: ALSA's `file` plugin reads a named pipe that plays words at the speed of sound.
#![cfg(target_os = "linux")]
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

const RATE: usize = 16_000;
const WORDS: [&str; 3] = ["three", "seven", "eight"];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/spoken-digits")
}

/// `WORDS` in a voice of the training, a second of faint hiss around each, 16-bit mono.
fn speech() -> Vec<u8> {
    let mut noise = 1u32;
    let mut hiss = |n: usize| -> Vec<u8> {
        let mut next = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((noise >> 24) as i16 - 128) / 16
        };
        (0..n).flat_map(|_| next().to_le_bytes()).collect()
    };
    let mut samples = hiss(RATE);
    for word in WORDS {
        let wav = fs::read(corpus().join("wav").join(word).join("espeak-andy.wav")).unwrap();
        samples.extend_from_slice(&wav[44..]);
        samples.extend(hiss(RATE));
    }
    samples
}

/// Plays into a named pipe that ALSA takes for the default microphone; returns the configuration that says so.
fn virtual_microphone(folder: &Path, bytes: Vec<u8>) -> PathBuf {
    let fifo = folder.join("sound.raw");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    // Read-write, so that neither opening nor reading meets a pipe without its other side.
    let mut pipe = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&fifo)
        .unwrap();
    // Not joined: once nobody listens it waits for ever, and ends with the process.
    thread::spawn(move || {
        for block in bytes.chunks(2 * RATE / 50) {
            pipe.write_all(block).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        loop {
            pipe.write_all(&[0; 2 * RATE / 50]).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
    });
    let config = folder.join("asoundrc");
    let text = format!(
        "pcm.!default {{ type plug slave {{ pcm \"source\" format S16_LE rate {RATE} channels 1 }}
             hint {{ show on description \"virtual microphone\" }} }}
         pcm.source {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{}\"
             format \"raw\" hint {{ show on description \"bare source\" }} }}\n",
        fifo.display()
    );
    fs::write(&config, text).unwrap();
    config
}

fn mynah(folder: &Path) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["60", env!("CARGO_BIN_EXE_mynah")])
        .current_dir(folder);
    command
}

fn succeeded(output: &Output) -> &Output {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn labels(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["keyword"]
                .as_str()
                .unwrap()
                .to_string()
        })
        .collect()
}

#[test]
fn words_from_the_microphone_are_those_from_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = corpus().join("manifest.csv");
    let trained = mynah(folder.path())
        .args(["train", "-o", "digits.mynah"])
        .arg(manifest)
        .output()
        .unwrap();
    succeeded(&trained);

    let speech = speech();
    let mut piped = mynah(folder.path())
        .args(["listen", "digits.mynah", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    piped.stdin.take().unwrap().write_all(&speech).unwrap();
    let piped = labels(succeeded(&piped.wait_with_output().unwrap()));
    assert_eq!(piped, WORDS);

    let seconds = speech.len() / 2 / RATE;
    let config = virtual_microphone(folder.path(), speech);
    let heard = mynah(folder.path())
        .args([
            "listen",
            "digits.mynah",
            "--json",
            "--seconds",
            &seconds.to_string(),
        ])
        .env("ALSA_CONFIG_PATH", &config)
        .output()
        .unwrap();
    assert_eq!(labels(succeeded(&heard)), piped);
    let said = String::from_utf8_lossy(&heard.stderr).to_string();
    assert!(said.contains("listening to"), "{said}");
}

#[test]
fn features_of_the_microphone_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let config = virtual_microphone(folder.path(), speech());
    let recorded = mynah(folder.path())
        .args(["features", "--mic", "1", "-o", "spoken.jsonl"])
        .env("ALSA_CONFIG_PATH", &config)
        .output()
        .unwrap();
    succeeded(&recorded);
    let written: Value =
        serde_json::from_slice(&fs::read(folder.path().join("spoken.jsonl")).unwrap()).unwrap();
    assert_eq!(written["sample_rate"], RATE);
    assert_eq!(written["n_frames"], 98);
    assert_eq!(written["features"].as_array().unwrap().len(), 98);
}

#[test]
fn a_microphone_that_is_not_there_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let config = virtual_microphone(folder.path(), Vec::new());
    let refused = mynah(folder.path())
        .args([
            "features", "--mic", "1", "--device", "no such", "-o", "x.npy",
        ])
        .env("ALSA_CONFIG_PATH", &config)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(3));
    let said = String::from_utf8_lossy(&refused.stderr).to_string();
    assert!(
        said.contains("no such") && said.contains("virtual microphone"),
        "{said}"
    );
    assert!(!folder.path().join("x.npy").exists());
}
