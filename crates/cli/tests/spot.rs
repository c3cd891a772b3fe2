//! Keywords in recordings, and that a recording and a stream of the same samples give the same events.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;

use common::{Noise, RATE, Run, Workshop, s16, say, wav};
use serde_json::Value;

const SAID: [(&str, &str); 3] = [("uni", "ada"), ("ala", "cyd"), ("bebo", "eve")];

/// Words 0.6 s apart in a quiet room, 8 kHz.
fn talk() -> Vec<f32> {
    let mut noise = Noise(5);
    let mut samples = Vec::new();
    for (word, speaker) in SAID {
        samples.extend((0..4_800).map(|_| noise.next()));
        samples.extend(say(word, speaker, 8, RATE));
    }
    samples.extend((0..4_800).map(|_| noise.next()));
    samples
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_no_fault_of_a_recording() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("a.wav", wav(&talk(), RATE));
    shop.write("b.wav", wav(&talk(), RATE));
    let fault = "mynah: standard output: cannot be written: No space left on device";
    for options in ["", "--json"] {
        let run = shop.shell(&format!(
            "mynah spot w.mynah a.wav b.wav {options} > /dev/full"
        ));
        let run = run.ends_with(3).says(fault);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
    // A folder where a sound was to be.
    shop.write("heard/000001-uni.wav/x", "");
    let run = shop.mynah("spot w.mynah a.wav b.wav --keep-events heard");
    let run = run.ends_with(3).says(
        "mynah: --keep-events: heard/000001-uni.wav: cannot be written: it is a folder; name a file",
    );
    assert!(!run.stderr.contains("skipped"), "{}", run.stderr);
}

#[test]
fn a_model_comes_first() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("talk.wav", wav(&talk(), RATE));
    shop.mynah("spot talk.wav w.mynah")
        .ends_with(2)
        .says("talk.wav: is a recording, and MODEL comes first; give a model made by");
}

/// Events as `listen` prints them.
fn without_file(run: &Run) -> Vec<Value> {
    let mut lines = run.lines();
    for line in &mut lines {
        let file = line.as_object_mut().unwrap().remove("file");
        assert_eq!(file.unwrap(), "talk.wav");
    }
    lines
}

#[test]
fn a_recording_and_a_stream_give_the_same_events_whatever_the_chunks() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("talk.wav", wav(&talk(), RATE));
    let input = s16(&talk());
    for options in [
        "--mode endpoint",
        "--mode sliding --all",
        "--mode endpoint --all",
    ] {
        let spotted = shop
            .mynah(&format!("spot w.mynah talk.wav --json {options}"))
            .succeeds();
        let events = without_file(&spotted);
        assert!(events.len() >= SAID.len(), "{options}: {events:?}");
        for size in [1_001, 16_384, input.len()] {
            let mut child = shop.spawn(&format!(
                "listen w.mynah - --sample-rate 8000 --json {options}"
            ));
            let mut stdin = child.stdin.take().unwrap();
            for piece in input.chunks(size) {
                stdin.write_all(piece).unwrap();
            }
            drop(stdin);
            let heard = Run::of(child.wait_with_output().unwrap()).succeeds();
            assert_eq!(heard.lines(), events, "{options}, in pieces of {size}");
        }
    }
}

#[test]
fn words_said_alone_are_found_and_told() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("talk.wav", wav(&talk(), RATE));
    let run = shop
        .mynah("spot w.mynah talk.wav --json")
        .succeeds()
        .quietly();
    let keywords: Vec<String> = run
        .lines()
        .iter()
        .map(|line| line["keyword"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(keywords, SAID.map(|(word, _)| word));
    let text = shop.mynah("spot w.mynah talk.wav").succeeds().stdout;
    for (line, (word, _)) in text.lines().zip(SAID) {
        assert!(
            line.starts_with("talk.wav\t") && line.contains(&format!("s  {word}\tscore ")),
            "{line}"
        );
    }
    // A threshold that none reaches.
    let none = shop
        .mynah("spot w.mynah talk.wav --json --threshold 1")
        .succeeds();
    assert!(none.lines().is_empty());
    let all = shop
        .mynah("spot w.mynah talk.wav --json --threshold 1 --all")
        .succeeds();
    assert_eq!(all.lines().len(), SAID.len());
    assert!(all.lines().iter().all(|line| line["is_fired"] == false));
}

#[test]
fn a_model_of_words_alone_says_what_it_lacks_in_sliding_windows() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("talk.wav", wav(&talk(), RATE));
    shop.mynah("spot w.mynah talk.wav --mode sliding")
        .succeeds()
        .says("knows nothing but its words");
}

#[test]
fn a_bad_recording_is_named_and_the_others_are_heard() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("talk.wav", wav(&talk(), RATE));
    shop.write("bad.wav", b"RIFF\x10\0\0\0WAVEjunk");
    let run = shop
        .mynah("spot w.mynah bad.wav none.wav talk.wav --json")
        .ends_with(1)
        .says("skipped: bad.wav: ")
        .says("skipped: none.wav: ")
        .says("2 inputs were skipped");
    assert_eq!(without_file(&run).len(), SAID.len());
    shop.mynah("spot w.mynah bad.wav")
        .ends_with(3)
        .says("not one recording could be used");
    shop.mynah("spot w.mynah bad.wav talk.wav --strict")
        .ends_with(3)
        .says("bad.wav");
    shop.mynah("spot w.mynah talk.wav --threshold 2")
        .ends_with(2)
        .says("give a score from 0 to 1");
    // A folder stands for the recordings in it, each heard once.
    shop.write("day/talk.wav", wav(&talk(), RATE));
    let run = shop
        .mynah("spot w.mynah ./day day/talk.wav --json")
        .succeeds();
    assert_eq!(run.lines().len(), SAID.len());
}
