//! What every topic needs: the binary, recordings made of thin air, corpora of them.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "no topic uses all of it")]

use std::collections::BTreeSet;
use std::f32::consts::TAU;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// What the corpora are recorded at, Hz.
pub const RATE: u32 = 8_000;
pub const WORDS: [&str; 3] = ["ala", "bebo", "uni"];
pub const SPEAKERS: [&str; 5] = ["ada", "bob", "cyd", "dan", "eve"];

/// A folder of its own, and the tool run in it.
pub struct Workshop(TempDir);

impl Workshop {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mynah"));
        command.args(args).current_dir(self.0.path());
        command
    }

    /// Starts a line and leaves it running, with pipes at all its ends.
    pub fn spawn(&self, line: &str) -> Child {
        let mut command = self.command(line.split_whitespace());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.feed(args, b"")
    }

    /// Runs with bytes on standard input.
    pub fn feed<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>, input: &[u8]) -> Run {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // Apart, so that neither side waits for the other; what refuses its options never reads.
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let run = Run::of(child.wait_with_output().unwrap());
        let _ = writer.join().unwrap();
        run
    }

    /// [`run`](Self::run) of a line split at its spaces.
    pub fn mynah(&self, line: &str) -> Run {
        self.run(line.split_whitespace())
    }

    /// What a shell makes of a line in which the tool is called `mynah` or by its path.
    pub fn shell(&self, line: &str) -> Run {
        let tool = Path::new(env!("CARGO_BIN_EXE_mynah")).parent().unwrap();
        let path = std::env::join_paths([tool.to_path_buf()].into_iter().chain(
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
        ));
        let mut shell = Command::new("sh");
        shell
            .args(["-c", line])
            .current_dir(self.0.path())
            .env("PATH", path.unwrap());
        Run::of(shell.output().unwrap())
    }

    /// The one object that `line --json` prints.
    pub fn json(&self, line: &str) -> Value {
        let run = self.mynah(&format!("{line} --json")).succeeds();
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Every file below the folder, sorted, relative.
    pub fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, root: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_path_buf());
                }
            }
        }
        let mut found = Vec::new();
        walk(self.0.path(), self.0.path(), &mut found);
        found.sort();
        found
    }

    /// Nothing half written lies about.
    #[track_caller]
    pub fn has_no_parts(&self) {
        let mut files = self.files();
        files.retain(|path| path.to_string_lossy().contains(".mynah-"));
        assert!(files.is_empty(), "{files:?}");
    }

    /// Five speakers say each word four times, one folder a word, named as Speech Commands does.
    pub fn folders(&self, name: &str) {
        for ((word, speaker, take), wav) in recordings() {
            self.write(format!("{name}/{word}/{speaker}_nohash_{take}.wav"), wav);
        }
    }

    /// The same as LABEL_SPEAKER_INDEX files: three takes of each word to test (index 0 to 4), one to train (5).
    pub fn flat(&self, name: &str) {
        for ((word, speaker, take), wav) in recordings() {
            self.write(format!("{name}/{word}_{speaker}_{}.wav", take + 2), wav);
        }
    }

    /// A manifest over [`folders`](Self::folders) of the clips that `choose` gives a row to: what follows path and label.
    pub fn manifest(
        &self,
        name: &str,
        folders: &str,
        header: &str,
        choose: impl Fn(&str, usize) -> Option<String>,
    ) {
        let mut text = format!("path,label{header}\n");
        for (word, speaker, take) in utterances() {
            if let Some(row) = choose(speaker, take) {
                text += &format!("{folders}/{word}/{speaker}_nohash_{take}.wav,{word}{row}\n");
            }
        }
        self.write(name, text);
    }

    /// A model of all words and speakers.
    pub fn model(&self, name: &str) {
        self.folders("taught");
        self.mynah(&format!("train taught -o {name}")).succeeds();
    }
}

/// A hang is a failure, not a wait.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a signal by name.
#[cfg(unix)]
pub fn signal(child: &Child, name: &str) {
    let script = format!("kill -{name} {}", child.id());
    let sent = Command::new("sh").args(["-c", &script]).status();
    assert!(sent.unwrap().success());
}

/// Waits for the end, but not forever.
pub fn wait(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("still running after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn end_of(mut child: Child) -> Run {
    wait(&mut child);
    Run::of(child.wait_with_output().unwrap())
}

/// How a run ended. That it neither panicked nor was killed is asserted for every one.
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// Standard output as it came.
    pub bytes: Vec<u8>,
}

impl Run {
    pub fn of(output: Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let status = output.status.code();
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(status.is_some(), "killed: {:?}\n{stderr}", output.status);
        Self {
            status: status.unwrap(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr,
            bytes: output.stdout,
        }
    }

    #[track_caller]
    pub fn ends_with(self, status: i32) -> Self {
        assert_eq!(
            self.status, status,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Status 0; it may have warned.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "no {text:?} in\n{}",
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn quietly(self) -> Self {
        assert_eq!(self.stderr, "");
        self
    }

    /// One JSON value a line.
    pub fn lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap();
        self.stdout.lines().map(line).collect()
    }
}

/// Word, speaker and take.
pub type Utterance = (&'static str, &'static str, usize);

/// Every clip of a corpus.
pub fn utterances() -> impl Iterator<Item = Utterance> {
    let all = WORDS
        .iter()
        .flat_map(|&word| SPEAKERS.map(|speaker| (word, speaker)));
    all.flat_map(|(word, speaker)| (0..4).map(move |take| (word, speaker, take)))
}

/// Every clip of a corpus as a file; made once.
fn recordings() -> impl Iterator<Item = (Utterance, &'static [u8])> {
    static MADE: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let made =
            utterances().map(|(word, speaker, take)| wav(&say(word, speaker, take, RATE), RATE));
        made.collect()
    });
    utterances().zip(made.iter().map(Vec::as_slice))
}

/// A third of a second of something like speech: the harmonics of a voice under two formants that glide as the word
/// has it. The same arguments give the same samples.
pub fn say(word: &str, speaker: &str, take: usize, rate: u32) -> Vec<f32> {
    let (low, high) = match word {
        "ala" => ([700.0, 800.0], [1_200.0, 1_300.0]),
        "bebo" => ([350.0, 500.0], [2_400.0, 900.0]),
        "uni" => ([300.0, 280.0], [700.0, 2_600.0]),
        _ => panic!("nobody says {word}"),
    };
    let voice = SPEAKERS.iter().position(|&s| s == speaker).unwrap() as f32;
    let pitch = 110.0 + 22.0 * voice + 3.0 * take as f32;
    let tract = 1.0 + 0.025 * (voice - 2.0);
    let mut noise = Noise(1 + take as u32 + 10 * voice as u32);
    let n = rate as usize * 35 / 100;
    (0..n)
        .map(|i| {
            let t = i as f32 / n as f32;
            let glide = |[from, to]: [f32; 2]| tract * (from + (to - from) * t);
            let (low, high) = (glide(low), glide(high));
            let seconds = i as f32 / rate as f32;
            let voiced: f32 = (1..=(3_500.0 / pitch) as usize)
                .map(|h| {
                    let f = h as f32 * pitch;
                    let peak = |centre: f32| (-((f - centre) / 180.0).powi(2)).exp();
                    (peak(low) + 0.6 * peak(high) + 0.01) * (TAU * f * seconds).sin()
                })
                .sum();
            0.15 * (std::f32::consts::PI * t).sin() * voiced + noise.next()
        })
        .collect()
}

/// A quiet room.
pub struct Noise(pub u32);

impl Noise {
    pub fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.002
    }
}

/// A 16-bit mono WAV file.
pub fn wav(samples: &[f32], rate: u32) -> Vec<u8> {
    wav_of(1, 1, 16, rate, &s16(samples))
}

/// 16-bit little-endian samples.
pub fn s16(samples: &[f32]) -> Vec<u8> {
    let bytes = |&s: &f32| ((s.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes();
    samples.iter().flat_map(bytes).collect()
}

/// 32-bit float little-endian samples.
pub fn f32s(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_le_bytes()).collect()
}

/// The 44 bytes of a WAV header and the samples after it. `tag` is 1 for integers, 3 for floats.
pub fn wav_of(tag: u16, n_channels: u16, bits: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let block = n_channels * bits / 8;
    let mut wav = Vec::from(*b"RIFF");
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0");
    wav.extend(tag.to_le_bytes());
    wav.extend(n_channels.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend(rate.wrapping_mul(u32::from(block)).to_le_bytes());
    wav.extend(block.to_le_bytes());
    wav.extend(bits.to_le_bytes());
    wav.extend(b"data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    wav
}

/// The keys of a JSON object.
pub fn keys(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Every speaker waits another time before each word, which zero-filling cannot cope with.
pub fn hesitating(shop: &Workshop, name: &str) {
    for (word, speaker, take) in utterances() {
        let voice = SPEAKERS.iter().position(|&s| s == speaker).unwrap();
        let mut noise = Noise(77 + voice as u32);
        let mut samples: Vec<f32> = (0..1_200 * voice).map(|_| noise.next()).collect();
        samples.extend(say(word, speaker, take, RATE));
        shop.write(
            format!("{name}/{word}/{speaker}_nohash_{take}.wav"),
            wav(&samples, RATE),
        );
    }
}

/// Chance is a third.
pub const GOOD: f64 = 0.9;

#[track_caller]
pub fn is_good(report: &Value) {
    let accuracy = report["accuracy"].as_f64().unwrap();
    assert!(accuracy >= GOOD, "accuracy {accuracy}");
}
