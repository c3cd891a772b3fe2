//! Long runs, started by `scripts/soak`: hours of sound as fast as it goes, and minutes through a microphone by its clock.
//! They print what they measure. The tests run ten minutes of the first.
#![cfg(target_os = "linux")]
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

mod virtual_microphone;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use virtual_microphone::*;

fn asked(name: &str, default: f64) -> f64 {
    std::env::var(name).map_or(default, |given| given.parse().unwrap())
}

/// Half a minute of words and hiss, a whole number of hops of any kind, so that every round is heard alike.
fn round() -> Vec<u8> {
    let mut bytes = speech().repeat(10);
    bytes.truncate(2 * RATE * 30);
    assert_eq!(bytes.len(), 2 * RATE * 30);
    bytes
}

/// Resident memory of a process in kB, sampled until it ends.
fn watch(child: &mut Child) -> Vec<u64> {
    let mut sizes = Vec::new();
    let status = format!("/proc/{}/status", child.id());
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        sizes.extend(size);
        thread::sleep(Duration::from_millis(50));
    }
    sizes
}

/// The largest in the second tenth of the time, when all has been heard once, and in the last.
fn early_and_late(sizes: &[u64]) -> (u64, u64) {
    assert!(sizes.len() >= 20, "too short to tell");
    let tenth = sizes.len() / 10;
    let most = |part: &[u64]| part.iter().copied().max().unwrap();
    (
        most(&sizes[tenth..2 * tenth]),
        most(&sizes[sizes.len() - tenth..]),
    )
}

fn is_fired(event: &&Value) -> bool {
    event["is_fired"] == true
}

#[test]
#[ignore = "takes minutes: scripts/soak"]
fn hours_of_sound_as_fast_as_they_go() {
    println!("{}", run_through(asked("MYNAH_SOAK_HOURS", 8.0)));
}

#[test]
fn ten_minutes_of_sound_as_fast_as_they_go() {
    println!("{}", run_through(1.0 / 6.0));
}

/// So many hours through `spot`, and what was measured.
fn run_through(hours: f64) -> String {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    train(folder.path(), "digits.mynah", &WORDS);
    let (round, n_rounds) = (round(), (hours * 120.0) as usize);
    let mut file = File::create(folder.path().join("long.wav")).unwrap();
    let mut header = wav(&round)[..44].to_vec();
    let n_bytes = (round.len() * n_rounds) as u32;
    header[4..8].copy_from_slice(&(36 + n_bytes).to_le_bytes());
    header[40..44].copy_from_slice(&n_bytes.to_le_bytes());
    file.write_all(&header).unwrap();
    for _ in 0..n_rounds {
        file.write_all(&round).unwrap();
    }
    drop(file);

    let begin = Instant::now();
    let events = File::create(folder.path().join("events.jsonl")).unwrap();
    let mut child = mynah(folder.path())
        .args(["spot", "digits.mynah", "long.wav", "--json"])
        .stdout(events)
        .spawn()
        .unwrap();
    let sizes = watch(&mut child);
    assert!(child.wait().unwrap().success());
    let seconds = begin.elapsed().as_secs_f64();
    let (early, late) = early_and_late(&sizes);

    // Each round must be heard like the second one, at the same times within it.
    let text = fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let times: Vec<f64> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|event| event["start"].as_f64().unwrap())
        .collect();
    let of_round = |i: usize| -> Vec<i64> {
        let within = times.iter().map(|time| time - 30.0 * i as f64);
        let within = within.filter(|time| (0.0..30.0).contains(time));
        within.map(|time| (time * 1e3).round() as i64).collect()
    };
    let second = of_round(1);
    let n_alike = (1..n_rounds - 1).filter(|&i| of_round(i) == second).count();
    let measured = format!(
        "soak: {hours} h through `spot` in {seconds:.0} s ({:.0} times real time), {} events, {} a round; \
         {n_alike} of {} rounds alike to the millisecond; resident {early} kB early, {late} kB late",
        hours * 3_600.0 / seconds,
        times.len(),
        second.len(),
        n_rounds - 2
    );
    assert!(second.len() >= 10, "{measured}");
    assert_eq!(n_alike, n_rounds - 2, "{measured}");
    assert!(late <= early + 1_000, "memory grows: {measured}");
    measured
}

#[test]
#[ignore = "takes a quarter of an hour: scripts/soak"]
fn minutes_by_the_clock_while_the_other_core_is_loaded() {
    let seconds = (asked("MYNAH_SOAK_MINUTES", 15.0) * 60.0) as usize;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    train(folder.path(), "digits.mynah", &WORDS);
    let mut sound = round().repeat(seconds / 30 + 2);
    let config = clocked(folder.path(), &sound, "");
    sound.truncate(2 * RATE * seconds);
    fs::write(folder.path().join("same.wav"), wav(&sound)).unwrap();

    let n_cores = thread::available_parallelism().unwrap().get();
    // In sessions of their own: Linux shares a core out between sessions first, and within one they would starve the listener.
    let until_the_end = format!("while kill -0 {}; do :; done", std::process::id());
    let busy = |_| {
        let mut command = Command::new("setsid");
        command.args(["sh", "-c", &until_the_end]).spawn().unwrap()
    };
    let load: Vec<Child> = (1..n_cores).map(busy).collect();
    let out = File::create(folder.path().join("listened.jsonl")).unwrap();
    let mut child = mynah(folder.path())
        .args(["listen", "digits.mynah", "--json", "--all", "--seconds"])
        .arg(seconds.to_string())
        .env("ALSA_CONFIG_PATH", config)
        .stdout(out)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let sizes = watch(&mut child);
    for mut busy in load {
        busy.kill().unwrap();
        busy.wait().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let said = said(succeeded(&output));
    let (early, late) = early_and_late(&sizes);
    let listened = events_of(&folder.path().join("listened.jsonl"));

    let spotted = mynah(folder.path())
        .args(["spot", "digits.mynah", "same.wav", "--json", "--all"])
        .output()
        .unwrap();
    let mut spotted = lines(succeeded(&spotted));
    for event in &mut spotted {
        event.as_object_mut().unwrap().remove("file").unwrap();
    }
    println!(
        "soak: {seconds} s through the microphone, {} of {n_cores} cores loaded: {} events and {} near misses, {} by `spot`; \
         resident {early} kB early, {late} kB late; it says:\n{said}",
        n_cores - 1,
        listened.iter().filter(is_fired).count(),
        listened.len() - listened.iter().filter(is_fired).count(),
        match listened == spotted {
            true => "the same",
            false => "others",
        }
    );
    assert!(said.contains(" 0 lost in 0 gaps"), "{said}");
    assert!(listened == spotted);
    assert!(
        late <= early + 1_000,
        "memory grows: {early} kB, then {late} kB"
    );
}

fn events_of(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
