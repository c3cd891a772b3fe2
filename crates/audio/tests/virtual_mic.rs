//! A microphone without hardware: ALSA's `file` plugin feeds known samples to `Microphone`.
//! ALSA reads its configuration from the environment, so each recording is made by this test
//! binary run again as a child.
#![cfg(target_os = "linux")]
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mynah_audio::Error;
use mynah_audio::mic::{MicConfig, Microphone, devices};

/// What a recording is to be, and what came of it.
struct Recording<'a> {
    dir: &'a Path,
    device: Option<&'a str>,
    rate: u32,
    n: usize,
}

/// Records `MYNAH_N` samples at `MYNAH_RATE` into the file `MYNAH_OUT`.
#[test]
#[ignore = "the child of the tests below"]
fn child() {
    let get = |name| std::env::var(name).unwrap();
    let n: usize = get("MYNAH_N").parse().unwrap();
    let mut config = MicConfig::default();
    config.device = std::env::var("MYNAH_DEVICE").ok();
    config.sample_rate = get("MYNAH_RATE").parse().unwrap();
    let names: Vec<_> = devices().unwrap().into_iter().map(|d| d.name).collect();
    assert_eq!(names, ["virtual microphone", "bare source"]);
    let mut absent = MicConfig::default();
    absent.device = Some("no such".to_owned());
    assert!(matches!(
        Microphone::open(&absent),
        Err(Error::NoMicrophone { available, .. }) if available == names
    ));

    let mut microphone = Microphone::open(&config).unwrap();
    let mut samples = Vec::new();
    while samples.len() < n {
        assert!(microphone.read_block(&mut samples).unwrap() > 0);
    }
    println!("native rate {};", microphone.native().sample_rate);
    let bytes: Vec<u8> = samples[..n].iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(get("MYNAH_OUT"), bytes).unwrap();
}

impl Recording<'_> {
    /// Runs the child on `sound.raw`, and returns what it heard and printed. The default device
    /// is 32-bit float stereo at 48 kHz, converted by ALSA to whatever else is asked for; the bare
    /// source hands its bytes over as whatever is asked for.
    fn make(&self) -> (Vec<f32>, String) {
        let asoundrc = format!(
            "pcm.!default {{ type plug slave {{ pcm \"source\" format FLOAT_LE rate 48000 channels 2 }}
                 hint {{ show on description \"virtual microphone\" }} }}
             pcm.source {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{}\"
                 format \"raw\" hint {{ show on description \"bare source\" }} }}\n",
            self.dir.join("sound.raw").display(),
        );
        fs::write(self.dir.join("asoundrc"), asoundrc).unwrap();
        let out = self.dir.join("heard.f32");
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "child", "--nocapture"])
            .env("ALSA_CONFIG_PATH", self.dir.join("asoundrc"))
            .env("MYNAH_OUT", &out)
            .env("MYNAH_N", self.n.to_string())
            .env("MYNAH_RATE", self.rate.to_string())
            .stdout(Stdio::piped());
        if let Some(device) = self.device {
            command.env("MYNAH_DEVICE", device);
        }
        let mut child = command.spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("the child hangs");
            }
            thread::sleep(Duration::from_millis(10));
        };
        let mut printed = String::new();
        child.stdout.unwrap().read_to_string(&mut printed).unwrap();
        assert!(status.success(), "{printed}");
        let heard = fs::read(out).unwrap();
        let heard = heard.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b));
        (heard.collect(), printed)
    }
}

/// White noise, so that every stretch of it is unlike every other.
fn noise(n: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as i32 as f32 / 2_147_483_648.0
    };
    (0..n).map(|_| next()).collect()
}

fn to_bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Plays raw samples into a named pipe at the speed of sound, 160 ms at a time, as the microphone fetches them: the plugin
/// gives a block whole where it comes whole.
fn play(fifo: &Path, bytes: Vec<u8>, n_per_second: usize) {
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    // Read-write, so that neither opening nor reading meets a pipe without its other side.
    let mut pipe = OpenOptions::new()
        .read(true)
        .write(true)
        .open(fifo)
        .unwrap();
    // Not joined: once nobody listens it waits for ever, and ends with the process.
    thread::spawn(move || {
        for block in bytes.chunks(n_per_second * 160 / 1000) {
            pipe.write_all(block).unwrap();
            thread::sleep(Duration::from_millis(160));
        }
        thread::sleep(Duration::from_secs(60));
    });
}

/// `heard` is a stretch of `played`, bit for bit.
fn assert_stretch(heard: &[f32], played: &[f32]) {
    let start = played
        .windows(64)
        .position(|w| *w == heard[..64])
        .expect("what was heard first was never played");
    let stretch = &played[start..start + heard.len()];
    let differ = heard.iter().zip(stretch).position(|(a, b)| a != b);
    assert_eq!(differ, None, "a gap or a changed sample");
}

#[test]
fn hears_a_file_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let played = noise(64_000);
    fs::write(dir.path().join("sound.raw"), to_bytes(&played)).unwrap();
    // A plain file has no clock: it comes as fast as it is read, and the ring holds 4 s.
    let recording = Recording {
        dir: dir.path(),
        device: Some("BARE"),
        rate: 16_000,
        n: 32_000,
    };
    let (heard, printed) = recording.make();
    assert_stretch(&heard, &played);
    assert!(printed.contains("native rate 16000;"), "{printed}");
}

#[test]
fn hears_a_live_stream_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let played = noise(160_000);
    play(&dir.path().join("sound.raw"), to_bytes(&played), 4 * 16_000);
    // Not through the converter, which now and then loses a period of the `file` plugin.
    let recording = Recording {
        dir: dir.path(),
        device: Some("bare source"),
        rate: 16_000,
        n: 16_000,
    };
    let (heard, printed) = recording.make();
    assert_stretch(&heard, &played);
    assert!(printed.contains("native rate 16000;"), "{printed}");
}

#[test]
fn converts_a_rate_the_device_does_not_offer() {
    let dir = tempfile::tempdir().unwrap();
    // ALSA's converter offers 4 kHz and more; below, what the device prefers is taken: stereo
    // float at 48 kHz, which the converter lets through as it is.
    let (native, wanted, hz) = (48_000, 3_000, 440.0);
    let wave = |i: i32, rate: u32| (TAU * hz * f64::from(i) / f64::from(rate)).sin();
    let stereo = |i| [0.6, 0.4].map(|level| (level * wave(i, native)) as f32);
    let played: Vec<f32> = (0..480_000).flat_map(stereo).collect();
    // A pipe holds no two blocks of so many bytes, and a block that comes in parts is not given whole; a file has no clock, and
    // the ring holds 4 s.
    fs::write(dir.path().join("sound.raw"), to_bytes(&played)).unwrap();
    let recording = Recording {
        dir: dir.path(),
        device: Some("0"),
        rate: wanted,
        n: 6_000,
    };
    let (heard, printed) = recording.make();
    assert!(printed.contains("native rate 48000;"), "{printed}");
    // Each 75 samples are 11 whole periods, so all give the same sum of a sine and a cosine of
    // 440 Hz and nothing else: no gap, no change. Not the first 100 ms, where the tone begins out
    // of nothing. The level is the mean of both channels.
    let cosine = |i: i32| (TAU * hz * f64::from(i) / f64::from(wanted)).cos();
    let fits = heard.as_chunks::<75>().0[4..].iter().map(|stretch| {
        let samples = || (0..).zip(stretch.iter().map(|&x| f64::from(x)));
        let a = samples().map(|(i, x)| x * wave(i, wanted)).sum::<f64>() / 37.5;
        let b = samples().map(|(i, x)| x * cosine(i)).sum::<f64>() / 37.5;
        let rest = samples().map(|(i, x)| (x - a * wave(i, wanted) - b * cosine(i)).powi(2));
        (a, b, rest.sum::<f64>() / 75.0)
    });
    let fits: Vec<_> = fits.collect();
    let (first_a, first_b, _) = fits[0];
    assert!((first_a.hypot(first_b) - 0.5).abs() < 1e-4);
    for (i, &(a, b, rest)) in fits.iter().enumerate() {
        assert!(
            (a - first_a).hypot(b - first_b) < 1e-4 && rest < 1e-10,
            "stretch {i} of {}: sine {a}, cosine {b}, rest {rest}",
            fits.len()
        );
    }
}
