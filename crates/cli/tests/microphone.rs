//! The microphone through the command, without hardware: ALSA's `file` plugin reads a named pipe that plays words at the
//! speed of sound, and a plugin of our own has a clock.
#![cfg(target_os = "linux")]
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

mod virtual_microphone;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use virtual_microphone::*;

/// What `spot` finds in the same samples, without the name of the file.
fn spotted(folder: &std::path::Path, model: &str, bytes: &[u8]) -> Vec<Value> {
    fs::write(folder.join("same.wav"), wav(bytes)).unwrap();
    let found = mynah(folder)
        .args(["spot", model, "same.wav", "--json", "--all"])
        .output();
    let mut events = lines(succeeded(&found.unwrap()));
    for event in &mut events {
        event.as_object_mut().unwrap().remove("file").unwrap();
    }
    events
}

#[test]
fn events_of_a_microphone_are_those_of_the_same_samples_in_a_file_and_a_pipe() {
    let speech = speech();
    let seconds = (speech.len() / 2 / RATE).to_string();
    let heard = &speech[..2 * RATE * (speech.len() / 2 / RATE)];
    for keywords in [&[][..], &WORDS] {
        let folder = tempfile::tempdir().unwrap();
        train(folder.path(), "digits.mynah", keywords);
        let spotted = spotted(folder.path(), "digits.mynah", heard);
        let fired = spotted.iter().filter(|event| event["is_fired"] == true);
        let fired: Vec<&str> = fired
            .map(|event| event["keyword"].as_str().unwrap())
            .collect();
        for word in WORDS {
            assert!(fired.contains(&word), "{fired:?}");
        }

        let listen = |config, device: &str| {
            let mut command = mynah(folder.path());
            command
                .args(["listen", "digits.mynah", "--json", "--all"])
                .args(["--device", device, "--seconds", &seconds])
                .env("ALSA_CONFIG_PATH", config);
            command.output().unwrap()
        };
        for device in ["bare source", "by the clock"] {
            let config = match device {
                "bare source" => fifo(folder.path(), speech.clone()),
                _ => clocked(folder.path(), &speech, ""),
            };
            let listened = listen(config, device);
            let said = said(succeeded(&listened));
            assert_eq!(lines(&listened), spotted, "{device}: {said}");
            assert!(
                said.contains("listening to") && said.contains("0 lost"),
                "{said}"
            );
        }
    }
}

#[test]
fn an_interrupt_ends_the_listening_with_a_summary_and_what_was_heard() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "digits.mynah", &[]);
    let config = clocked(folder.path(), &speech(), "");
    let mut child = mynah(folder.path())
        .args(["listen", "digits.mynah", "--json"])
        .env("ALSA_CONFIG_PATH", config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // It is there as soon as it is known, while the listening goes on.
    out.read_line(&mut line).unwrap();
    assert!(line.contains(WORDS[0]), "{line}");
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let said = said(succeeded(&output));
    assert!(
        said.contains("1 event") && said.contains("0 lost"),
        "{said}"
    );
}

#[test]
fn what_was_heard_before_it_was_pulled_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "digits.mynah", &[]);
    // In the pause after the first word, before it is decided.
    let config = clocked(folder.path(), &speech(), "unplug_ms 1700");
    let output = mynah(folder.path())
        .args(["listen", "digits.mynah", "--json"])
        .env("ALSA_CONFIG_PATH", config)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = said(&output);
    assert!(
        said.contains("the microphone failed") && said.contains("plugged in"),
        "{said}"
    );
    assert_eq!(lines(&output).len(), 1, "{said}");
}

#[test]
fn floats_that_are_no_sound_are_told_and_the_rest_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "digits.mynah", &[]);
    let float = |b: &[u8; 2]| f32::from(i16::from_le_bytes(*b)) / 32_768.0;
    let mut samples: Vec<f32> = speech().as_chunks().0.iter().map(float).collect();
    // In the pause before the first word.
    samples[RATE / 2] = f32::NAN;
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    let config = clocked(folder.path(), &bytes, "format \"FLOAT_LE\"");
    let output = mynah(folder.path())
        .args(["listen", "digits.mynah", "--json", "--seconds", "2"])
        .env("ALSA_CONFIG_PATH", config)
        .output()
        .unwrap();
    let said = said(succeeded(&output));
    assert!(said.contains("NaN"), "{said}");
    let heard = &lines(&output)[0];
    assert_eq!(heard["keyword"], WORDS[0]);
    assert!((0.9..1.1).contains(&heard["start"].as_f64().unwrap()));
}

#[test]
fn a_clock_that_is_not_the_declared_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = clocked(folder.path(), &speech(), "speed 1500");
    let checked = mynah(folder.path())
        .args(["devices", "--check"])
        .env("ALSA_CONFIG_PATH", config)
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(1));
    let said = said(&checked);
    assert!(
        said.contains("16000") && said.contains("a second"),
        "{said}"
    );
}

#[test]
fn busy_and_forbidden_microphones_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    train(folder.path(), "digits.mynah", &[]);
    for (how, remedy) in [
        ("busy", "in use by another program"),
        ("denied", "does not allow"),
    ] {
        let config = clocked(folder.path(), &[], &format!("refuse \"{how}\""));
        for command in ["listen digits.mynah", "devices --check"] {
            let mut run = mynah(folder.path());
            let run = run
                .args(command.split(' '))
                .env("ALSA_CONFIG_PATH", &config)
                .output()
                .unwrap();
            assert_eq!(
                run.status.code(),
                Some(if command.starts_with('l') { 3 } else { 1 })
            );
            assert!(said(&run).contains(remedy), "{command}: {}", said(&run));
        }
    }
}

#[test]
fn a_keyword_is_enrolled_from_the_microphone_as_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let word = |voice: &str| -> Vec<u8> {
        let path = corpus().join(format!("wav/seven/espeak-{voice}.wav"));
        let mut take = vec![0u8; 2 * RATE / 2];
        take.extend(&fs::read(path).unwrap()[44..]);
        let mut noise = 1u32;
        take.resize(2 * RATE * 5 / 2, 0);
        // No recording is digitally silent.
        for sample in take.as_chunks_mut::<2>().0 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = (noise >> 24) as i16 / 16 - 8;
            *sample = i16::from_le_bytes(*sample)
                .saturating_add(hiss)
                .to_le_bytes();
        }
        take
    };
    let takes = ["andy", "ed", "m1"].map(word);
    for (i, take) in takes.iter().enumerate() {
        fs::write(folder.path().join(format!("{i}.wav")), wav(take)).unwrap();
    }
    let config = clocked(folder.path(), &takes.concat(), "");
    let enrol = |from: &str| {
        let mut command = mynah(folder.path());
        command.args(["enrol", "seven", "-o", "seven.mynah", "--json"]);
        command.args(from.split(' '));
        let run = command.env("ALSA_CONFIG_PATH", &config).output().unwrap();
        let told = lines(succeeded(&run)).remove(0);
        let facts = ["n_used", "threshold", "n_prototypes", "held_back"];
        (facts.map(|fact| told[fact].clone()), said(&run))
    };
    let (recorded, said) = enrol("--record 3");
    assert!(said.contains("3 of 3: say \"seven\" now"), "{said}");
    assert_eq!(recorded[0], 3, "{said}");
    assert_eq!(recorded, enrol("0.wav 1.wav 2.wav").0, "{said}");
}

#[test]
fn features_of_the_microphone_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let config = fifo(folder.path(), speech());
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
fn devices_are_listed_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let config = fifo(folder.path(), speech());
    let devices = |options: &[&str]| {
        let mut command = mynah(folder.path());
        let command = command.arg("devices").args(options);
        command.env("ALSA_CONFIG_PATH", &config).output().unwrap()
    };
    let listed = devices(&[]);
    let text = String::from_utf8_lossy(&succeeded(&listed).stdout).to_string();
    assert!(
        text.contains("  0  virtual microphone") && text.contains("  1  bare source"),
        "{text}"
    );

    let checked = devices(&["--check", "--json", "--device", "bare source"]);
    let line = &lines(&checked)[0];
    assert_eq!(
        (&line["index"], &line["name"]),
        (&1.into(), &"bare source".into())
    );
    let delivers = &line["check"]["delivers"];
    assert_eq!(delivers["opened_as"]["sample_rate"], RATE);
    assert!(delivers["samples"].as_u64().unwrap() > 8_000, "{line}");
    assert_eq!(delivers["lost_samples"], 0);

    let refused = devices(&["--device", "no such"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(said(&refused).contains("no such") && said(&refused).contains("virtual microphone"));
}

#[test]
fn a_silent_microphone_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = fifo(folder.path(), Vec::new());
    let checked = mynah(folder.path())
        .args(["devices", "--check", "--device", "bare source"])
        .env("ALSA_CONFIG_PATH", &config)
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        said(&checked).contains("digital silence"),
        "{}",
        said(&checked)
    );
}

#[test]
fn without_any_microphone_it_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("asoundrc");
    fs::write(&config, "pcm.lonely { type null }\n").unwrap();
    for command in ["devices", "devices --check", "features --mic 1 -o x.npy"] {
        let run = mynah(folder.path())
            .args(command.split(' '))
            .env("ALSA_CONFIG_PATH", &config)
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(3), "{command}");
        let said = said(&run);
        assert!(
            said.contains("no microphone") && said.contains("arecord -l"),
            "{command}: {said}"
        );
    }
}

#[test]
fn a_microphone_that_is_not_there_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let config = fifo(folder.path(), Vec::new());
    let refused = mynah(folder.path())
        .args([
            "features", "--mic", "1", "--device", "no such", "-o", "x.npy",
        ])
        .env("ALSA_CONFIG_PATH", &config)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(3));
    let said = said(&refused);
    assert!(
        said.contains("no such") && said.contains("virtual microphone"),
        "{said}"
    );
    assert!(!folder.path().join("x.npy").exists());
}
