//! Microphones without hardware for the command, and something to say into them.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "no topic uses all of it")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

pub const RATE: usize = 16_000;
/// Samples of one or two periods of the microphone; the plugin gives them whole where they come whole.
const BLOCK: usize = RATE * 160 / 1000;
pub const WORDS: [&str; 3] = ["three", "seven", "eight"];

pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/spoken-digits")
}

pub fn mynah(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mynah"));
    command.current_dir(folder);
    command
}

#[track_caller]
pub fn succeeded(output: &Output) -> &Output {
    assert!(output.status.success(), "{}", said(output));
    output
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).to_string()
}

/// One JSON value a line.
pub fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A manifest of the digits; those not in `keywords` stand for other speech, unless there are none.
pub fn manifest(keywords: &[&str]) -> String {
    let manifest = fs::read_to_string(corpus().join("manifest.csv")).unwrap();
    let mut rows = manifest.lines();
    let mut text = format!("{}\n", rows.next().unwrap());
    for row in rows {
        let mut cells: Vec<&str> = row.split(',').collect();
        let path = corpus().join(cells[0]);
        cells[0] = path.to_str().unwrap();
        if !keywords.is_empty() && !keywords.contains(&cells[1]) {
            cells[1] = "_unknown_";
        }
        text += &format!("{}\n", cells.join(","));
    }
    text
}

/// Trains a model of the digits in [`manifest`].
pub fn train(folder: &Path, name: &str, keywords: &[&str]) {
    fs::write(folder.join("manifest.csv"), manifest(keywords)).unwrap();
    let trained = mynah(folder)
        .args(["train", "manifest.csv", "-o", name])
        .output();
    succeeded(&trained.unwrap());
}

/// `WORDS` in a voice of the training, a second of faint hiss around each, 16-bit mono.
pub fn speech() -> Vec<u8> {
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

/// 16-bit mono samples as a WAV file.
pub fn wav(bytes: &[u8]) -> Vec<u8> {
    let n = bytes.len() as u32;
    let rate = RATE as u32;
    let mut wav = Vec::from(*b"RIFF");
    wav.extend((36 + n).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(rate.to_le_bytes());
    wav.extend((2 * rate).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(n.to_le_bytes());
    wav.extend(bytes);
    wav
}

/// Plays 16-bit samples, as floats, into a named pipe that ALSA takes for the microphone "bare source"; returns the
/// configuration that says so. The default device converts them, and now and then loses a period on the way.
pub fn fifo(folder: &Path, bytes: Vec<u8>) -> PathBuf {
    let fifo = folder.join("sound.fifo");
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
        let float = |b: &[u8; 2]| (f32::from(i16::from_le_bytes(*b)) / 32_768.0).to_le_bytes();
        let bytes: Vec<u8> = bytes.as_chunks().0.iter().flat_map(float).collect();
        let silence = [0; 4 * BLOCK];
        let blocks = bytes
            .chunks(4 * BLOCK)
            .chain(std::iter::repeat(&silence[..]));
        let begin = Instant::now();
        for (i, block) in blocks.enumerate() {
            let due = begin + Duration::from_millis(160) * i as u32;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            pipe.write_all(block).unwrap();
        }
    });
    let config = folder.join("asoundrc");
    let text = format!(
        "pcm.!default {{ type plug slave {{ pcm \"source\" format FLOAT_LE rate {RATE} channels 1 }}
             hint {{ show on description \"virtual microphone\" }} }}
         pcm.source {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{}\"
             format \"raw\" hint {{ show on description \"bare source\" }} }}\n",
        fifo.display()
    );
    fs::write(&config, text).unwrap();
    config
}

/// A microphone by a clock of its own, which loses what is not fetched in time; see `crates/audio/tests/microphone/clocked.c`,
/// which tells of `as_what` too. It begins with the first of `bytes` when it is opened.
pub fn clocked(folder: &Path, bytes: &[u8], as_what: &str) -> PathBuf {
    let library = folder.join("clocked.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../audio/tests/microphone/clocked.c");
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-DPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-lasound")
        .status();
    assert!(made.unwrap().success());
    let sound = folder.join("sound.raw");
    fs::write(&sound, bytes).unwrap();
    let config = folder.join("asoundrc");
    let text = format!(
        "pcm_type.clocked {{ lib \"{}\" }}
         pcm.!default {{ type clocked infile \"{}\" {as_what} hint {{ show on description \"by the clock\" }} }}\n",
        library.display(),
        sound.display(),
    );
    fs::write(&config, text).unwrap();
    config
}
