//! Ctrl-C: the run ends with status 3 and leaves everything as it was.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};
use std::thread;
use std::time::Duration;

use common::{Workshop, end_of, signal, wait};

/// For a signal to be noticed, or a pipe to be filled.
const MOMENT: Duration = Duration::from_millis(400);
const CLIP: &str = "taught/ala/ada_nohash_0.wav";

#[test]
fn training_stops_and_leaves_what_was_there() {
    for name in ["INT", "TERM"] {
        let shop = Workshop::new();
        shop.folders("words");
        shop.write("w.mynah", "precious");
        let before = shop.files();
        let mut child = shop.spawn("train words -o w.mynah --epochs 1000000");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.starts_with("training on words"), "{line}");
        // Into the passes, which would take minutes.
        thread::sleep(MOMENT);
        assert!(
            child.try_wait().unwrap().is_none(),
            "a million passes are over already"
        );
        signal(&child, name);
        end_of(child)
            .ends_with(3)
            .says("interrupted; what was being made is not written");
        assert_eq!(shop.read("w.mynah"), b"precious");
        assert_eq!(shop.files(), before);
    }
}

/// Starts a command on `CLIP` and on so many missing files that it waits in the middle for somebody to read its
/// complaints about them.
fn in_the_middle(shop: &Workshop, line: &str) -> (Child, BufReader<ChildStderr>) {
    let missing: Vec<String> = (0..1_100)
        .map(|i| format!("{}-{i}.wav", "missing".repeat(30)))
        .collect();
    shop.write(
        "m.csv",
        format!(
            "path,label\n{CLIP},ala\n{}",
            missing.join(",ala\n") + ",ala"
        ),
    );
    let line = line.replace("CLIPS", &format!("{CLIP} {}", missing.join(" ")));
    let mut child = shop.spawn(&line);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    stderr.read_line(&mut first).unwrap();
    assert!(
        first.contains("missing-0.wav: cannot be read"),
        "{line}: {first}"
    );
    thread::sleep(MOMENT);
    (child, stderr)
}

#[test]
fn every_command_stops_between_two_recordings() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    for command in [
        "features CLIPS -o - --format csv",
        "classify w.mynah CLIPS",
        "eval w.mynah m.csv",
        "inspect m.csv taught",
    ] {
        let (mut child, mut stderr) = in_the_middle(&shop, command);
        signal(&child, "INT");
        thread::sleep(MOMENT);
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(wait(&mut child).code(), Some(3), "{command}: {said}");
        assert!(
            said.ends_with("mynah: interrupted; what was being made is not written\n"),
            "{command}: {said}"
        );
        assert!(!said.contains("missing-1000.wav"), "{command} went on");
        shop.has_no_parts();
    }
}
