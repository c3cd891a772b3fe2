//! Thousands of recordings, some of them broken in every way there is.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use common::{RATE, Workshop, f32s, say, wav, wav_of};
use serde_json::Value;

const N: usize = 2_000;

/// What is wrong with input `i`, and a word of what must be said of it.
fn fault(i: usize) -> Option<(usize, &'static str)> {
    const SAID: [&str; 8] = [
        "cut short",
        "is empty",
        "is not sound",
        "is NaN",
        "is not a file",
        "check that it exists",
        "broken WAV header",
        "too short",
    ];
    (i % 20 == 13).then(|| (i / 20 % SAID.len(), SAID[i / 20 % SAID.len()]))
}

/// A folder of them.
fn recordings(shop: &Workshop) {
    let samples = say("ala", "ada", 7, RATE);
    let good = wav(&samples[..1_000], RATE);
    let mut spoilt = samples.clone();
    spoilt[99] = f32::NAN;
    for i in 0..N {
        let name = format!("all/{:02}/r{i:04}.wav", i / 100);
        let path = shop.path(&name);
        match fault(i).map(|(kind, _)| kind) {
            None if i % 500 == 77 => {
                // A name that is no text is no fault.
                let name = OsStr::from_bytes(b"not\xffutf8 .wav");
                let folder = path.parent().unwrap();
                fs::write(folder.join(name), &good).unwrap();
            }
            None => drop(shop.write(&name, &good)),
            Some(0) => drop(shop.write(&name, &good[..500])),
            Some(1) => drop(shop.write(&name, "")),
            Some(2) => drop(shop.write(&name, "Dear diary")),
            Some(3) => drop(shop.write(&name, wav_of(3, 1, 32, RATE, &f32s(&spoilt)))),
            Some(4) => fs::create_dir_all(&path).unwrap(),
            Some(5) => symlink("nowhere", &path).unwrap(),
            Some(6) => drop(shop.write(&name, &good[..30])),
            Some(_) => drop(shop.write(&name, wav(&samples[..150], RATE))),
        }
    }
}

fn list(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn all_that_can_be_used_is_and_the_rest_is_listed() {
    let shop = Workshop::new();
    recordings(&shop);
    let run = shop.mynah("features all -o f.jsonl").ends_with(1);
    assert_eq!(run.stderr.lines().count(), 22, "{}", run.stderr);
    let run = run
        .says("skipped: and 80 more, named in f.jsonl.skipped.jsonl")
        .says("100 inputs were skipped, named in f.jsonl.skipped.jsonl");
    assert!(run.stdout.contains("features of 1900 recordings"));

    let skipped = list(&shop.read("f.jsonl.skipped.jsonl"));
    let expected: Vec<_> = (0..N).filter_map(|i| Some((i, fault(i)?.1))).collect();
    assert_eq!(skipped.len(), expected.len());
    for (skip, (i, said)) in skipped.iter().zip(expected) {
        assert_eq!(skip["utterance"], format!("{:02}/r{i:04}", i / 100));
        assert_eq!(skip["path"], format!("all/{:02}/r{i:04}.wav", i / 100));
        let reason = skip["reason"].as_str().unwrap();
        assert!(
            reason.contains(said) && !reason.contains("all/"),
            "{reason}"
        );
    }
    let made = list(&shop.read("f.jsonl"));
    assert_eq!(made.len(), N - 100);
    let ids: Vec<&str> = made
        .iter()
        .map(|line| line["utterance"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&"00/not%FFutf8%20"));
    // The folder says what is said there.
    assert_eq!(made[0]["label"], "00");

    // Elsewhere, and for programs that read the features from a pipe.
    let run = shop
        .mynah("features all -o - --format jsonl --skipped bad.jsonl")
        .ends_with(1);
    assert!(run.bytes == shop.read("f.jsonl"));
    assert!(shop.read("bad.jsonl") == shop.read("f.jsonl.skipped.jsonl"));
    // Without a list everything is named.
    let run = shop.mynah("features all -o - --format jsonl").ends_with(1);
    assert_eq!(run.stderr.matches("skipped: ").count(), 100);

    // What is mended is no longer listed.
    shop.mynah("features all/00/r0000.wav -o f.jsonl")
        .succeeds();
    assert!(!shop.path("f.jsonl.skipped.jsonl").exists());
}

#[test]
fn strict_stops_at_the_first_of_them_whatever_the_threads() {
    let shop = Workshop::new();
    recordings(&shop);
    for output in ["f.csv", "f.npz", "f.ark"] {
        for threads in [1, 2, 8] {
            let run = shop.mynah(&format!(
                "features all -o {output} --strict --threads {threads}"
            ));
            run.ends_with(3)
                .says("mynah: all/00/r0013.wav: the header promises");
            shop.has_no_parts();
            let left = shop.files();
            assert!(left.iter().all(|path| path.starts_with("all")), "{output}");
        }
    }
}

#[test]
fn a_list_names_files_by_line_or_zero() {
    let shop = Workshop::new();
    recordings(&shop);
    let names = ["all/00/r0001.wav", "all/00/r0013.wav", "all/01/r0100.wav"];
    let lines = names.join("\r\n") + "\n\n";
    let zeros = names.join("\0") + "\0";
    shop.write("list", &lines);
    shop.mynah("features --files-from list -o f.csv")
        .ends_with(1);
    let found = shop.read("f.csv");
    for text in [lines, zeros] {
        let args = "features --files-from - -o - --format csv".split(' ');
        let run = shop.feed(args, text.as_bytes()).ends_with(1);
        assert!(run.bytes == found);
    }
    let text = String::from_utf8(found).unwrap();
    // Named from the folder they share.
    assert!(text.contains("\n00/r0001,all/00/r0001.wav,") && text.contains("\n01/r0100,"));
    shop.write("list", "\n");
    shop.mynah("features --files-from list -o f.csv")
        .ends_with(3)
        .says("list: the list names no files");
    shop.mynah("features --files-from nowhere -o f.csv")
        .ends_with(3)
        .says("nowhere: the list of files cannot be read");
}
