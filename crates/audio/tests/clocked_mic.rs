//! A microphone without hardware that is as unforgiving as one: a plugin for ALSA (`microphone/clocked.c`) with a clock
//! of its own and one form of samples, which loses what is not fetched in time and can be pulled out.
//! ALSA reads its configuration from the environment, so each recording is made by this test
//! binary run again as a child.
#![cfg(target_os = "linux")]
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use mynah_audio::mic::{MicConfig, Microphone};
use mynah_audio::resample;

const RATE: u32 = 16_000;

/// Records `MYNAH_N` samples into `heard.f32` and prints what else there is to know.
#[test]
#[ignore = "the child of the tests below"]
fn child() {
    let n: usize = std::env::var("MYNAH_N").unwrap().parse().unwrap();
    let mut config = MicConfig::default();
    config.device = std::env::var("MYNAH_DEVICE").ok();
    let mut microphone = match Microphone::open(&config) {
        Ok(microphone) => microphone,
        Err(error) => return println!("\nrefused: {error:?}"),
    };
    println!("\nnative {:?}", microphone.native());
    let mut samples = Vec::new();
    while samples.len() < n {
        if let Err(error) = microphone.read_block(&mut samples) {
            println!("ended: {error}");
            break;
        }
    }
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write("heard.f32", bytes).unwrap();
    println!("health {:?}", microphone.health());
    println!("overruns {:?}", microphone.overruns());
}

/// The plugin; made once.
fn plugin() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clocked.so");
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-DPIC", "-O1", "-o"])
            .arg(&library)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/microphone/clocked.c"))
            .arg("-lasound")
            .status();
        assert!(made.unwrap().success());
        library
    })
}

/// A folder with a microphone in it.
struct Room(tempfile::TempDir);

impl Room {
    /// The microphone plays `bytes`; `as_what` tells how, see the plugin. The default device takes them for packed stereo
    /// of 24 bits at 44.1 kHz, and converts.
    fn new(bytes: &[u8], as_what: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("sound.raw"), bytes).unwrap();
        let sound = dir.path().join("sound.raw");
        let config = format!(
            "pcm_type.clocked {{ lib \"{}\" }}
             pcm.bare {{ type clocked infile \"{1}\" {as_what} hint {{ show on description \"bare\" }} }}
             pcm.packed {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{1}\" format \"raw\" }}
             pcm.!default {{ type plug slave {{ pcm \"packed\" format S24_3LE rate 44100 channels 2 }}
                 hint {{ show on description \"converted\" }} }}\n",
            plugin().display(),
            sound.display(),
        );
        fs::write(dir.path().join("asoundrc"), config).unwrap();
        Room(dir)
    }

    fn start(&self, device: &str, n: usize) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "child", "--nocapture"])
            .current_dir(self.0.path())
            .env("ALSA_CONFIG_PATH", self.0.path().join("asoundrc"))
            .env("MYNAH_DEVICE", device)
            .env("MYNAH_N", n.to_string());
        command.stdout(Stdio::piped()).spawn().unwrap()
    }

    fn end(&self, child: Child) -> Heard {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        let bytes = fs::read(self.0.path().join("heard.f32")).unwrap_or_default();
        let samples = bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b));
        Heard {
            samples: samples.collect(),
            said,
        }
    }

    /// What is heard of the first `n` samples.
    fn record(&self, device: &str, n: usize) -> Heard {
        self.end(self.start(device, n))
    }
}

struct Heard {
    samples: Vec<f32>,
    said: String,
}

impl Heard {
    /// The number after the last `name` in what was said.
    fn number(&self, name: &str) -> f64 {
        let at = self
            .said
            .rfind(name)
            .unwrap_or_else(|| panic!("no {name} in {}", self.said));
        let rest = &self.said[at + name.len()..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'));
        rest[..end.unwrap_or(rest.len())].parse().unwrap()
    }
}

/// White noise, so that every stretch of it is unlike every other.
fn noise(n: usize) -> Vec<i16> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i16
    };
    (0..n).map(|_| next()).collect()
}

fn s16(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn floats(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|&x| f32::from(x) / 32_768.0).collect()
}

/// Where in `played` the stretch that begins with these samples is.
fn place(heard: &[f32], played: &[f32]) -> Option<usize> {
    played.windows(heard.len()).position(|w| w == heard)
}

#[test]
fn stereo_of_24_bits_at_44100_hz_and_nothing_else() {
    let mono = noise(88_200);
    // Their mean is the sound; in four bytes, and packed in three.
    let block = |&x: &i16| [i32::from(x) << 8, 0].map(|x| x.to_le_bytes());
    let four: Vec<u8> = mono.iter().flat_map(block).flatten().collect();
    let three = four
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|b| [b[0], b[1], b[2]]);
    let three: Vec<u8> = three.collect();

    let room = Room::new(&four, "format \"S24_LE\" rate 44100 channels 2");
    let heard = room.record("bare", 12_000);
    for fact in ["sample_rate: 44100", "n_channels: 2", "\"i24\""] {
        assert!(heard.said.contains(fact), "{}", heard.said);
    }
    let half: Vec<f32> = floats(&mono).iter().map(|x| x / 2.0).collect();
    let expected = resample(&half, 44_100, RATE).unwrap();
    assert_eq!(heard.samples[..12_000], expected[..12_000]);

    // What is packed is not read as it is; ALSA's converter, the default device, unpacks it.
    let room = Room::new(&three, "format \"S24_3LE\" rate 44100 channels 2");
    let refused = room.record("bare", 100);
    assert!(
        refused.said.contains("refused: MicrophoneFormat"),
        "{}",
        refused.said
    );
    let heard = room.record("converted", 12_000);
    let power = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32;
    // A third of the power of noise at full scale, less what ALSA's filter takes and its mixing leaves.
    let level = power(&heard.samples[2_000..12_000]) / power(&half);
    assert!((0.5..4.5).contains(&level), "{level}");
}

#[test]
fn busy_forbidden_and_absent_ones() {
    for (how, expected) in [
        ("refuse \"busy\"", "refused: MicrophoneBusy"),
        ("refuse \"denied\"", "refused: MicrophoneDenied"),
        ("format \"S16_LE\"", "native "),
    ] {
        let room = Room::new(&[0; 32_000], how);
        let said = room.record("bare", 100).said;
        assert!(said.contains(expected), "{how}: {said}");
    }
    let room = Room::new(&[], "");
    fs::remove_file(room.0.path().join("sound.raw")).unwrap();
    let said = room.record("bare", 100).said;
    assert!(said.contains("refused: NoMicrophone"), "{said}");
}

#[test]
fn what_was_heard_before_it_was_pulled_out_is_not_lost() {
    let played = noise(64_000);
    let room = Room::new(&s16(&played), "unplug_ms 700");
    let heard = room.record("bare", 64_000);
    assert!(
        heard.said.contains("ended: the microphone failed"),
        "{}",
        heard.said
    );
    let n = heard.samples.len();
    assert!((8_000..=11_200).contains(&n), "{n}");
    assert_eq!(heard.samples, floats(&played)[..n]);
}

#[test]
fn a_clock_that_is_wrong_is_measured() {
    let room = Room::new(&s16(&noise(80_000)), "speed 1500");
    let heard = room.record("bare", 48_000);
    let rate = heard.number("per_second: ");
    assert!((rate / 24_000.0 - 1.0).abs() < 0.1, "{}", heard.said);
}

#[test]
fn sound_that_came_while_nobody_fetched_it_is_counted() {
    let played = noise(160_000);
    let room = Room::new(&s16(&played), "");
    let mut child = room.start("bare", 48_000);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("native")));
    thread::sleep(Duration::from_millis(500));
    let id = child.id().to_string();
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &id]).status();
        assert!(sent.unwrap().success());
    };
    signal("-STOP");
    thread::sleep(Duration::from_millis(500));
    signal("-CONT");
    let said: Vec<String> = lines.map(Result::unwrap).collect();
    let heard = room.end(child);
    let heard = Heard {
        said: said.join("\n"),
        ..heard
    };

    let played = floats(&played);
    let gaps = heard.number("n_gaps: ");
    assert!(gaps >= 1.0, "{}", heard.said);
    // Silence is in the place of what was lost: the end of what was heard has its own time.
    let n = heard.samples.len();
    let end = place(&heard.samples[n - 64..], &played).unwrap() + 64;
    let lost = heard.number("n_samples: ");
    let longest = heard.samples.split(|&x| x != 0.0).map(<[f32]>::len).max();
    assert!(end.abs_diff(n) < 640, "{n} samples end at {end}");
    assert!(
        lost > 4_000.0 && longest.unwrap() as f64 >= lost,
        "{lost} are counted"
    );
}
