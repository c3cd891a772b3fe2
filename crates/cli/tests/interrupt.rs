//! Ctrl-C: the run ends with status 3 and leaves everything as it was.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{PATIENCE, Workshop, end_of, signal};

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
        thread::sleep(Duration::from_millis(300));
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

/// Waits in the middle of the work for a pipe that it takes for a recording.
fn waiting(shop: &Workshop, line: &str) -> (Child, fs::File) {
    let pipe = shop.path("pipe.wav");
    let _ = fs::remove_file(&pipe);
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let child = shop.spawn(line);
    // Opens once the other side is open too.
    let (opened, open) = mpsc::channel();
    thread::spawn(move || opened.send(fs::OpenOptions::new().write(true).open(pipe)));
    let pipe = open.recv_timeout(PATIENCE).expect("nobody reads the pipe");
    (child, pipe.unwrap())
}

#[test]
fn every_command_stops_between_two_recordings() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write(
        "m.csv",
        "path,label\ntaught/uni/ada_nohash_0.wav,uni\npipe.wav,ala\n",
    );
    let clip = "taught/ala/ada_nohash_0.wav";
    for command in [
        "features CLIP pipe.wav -o out.csv",
        "features CLIP pipe.wav -o out/",
        "classify w.mynah pipe.wav CLIP",
        "eval w.mynah m.csv",
        "inspect m.csv CLIP",
    ] {
        let (child, mut pipe) = waiting(&shop, &command.replace("CLIP", clip));
        signal(&child, "INT");
        thread::sleep(Duration::from_millis(200));
        pipe.write_all(&shop.read(clip)).unwrap();
        drop(pipe);
        let run = end_of(child);
        assert_eq!(run.status, 3, "{command}: {}{}", run.stdout, run.stderr);
        assert!(
            run.stderr.contains("mynah: interrupted"),
            "{command}: {}",
            run.stderr
        );
        assert_eq!(run.stdout, "", "{command}");
        assert!(!shop.path("out.csv").exists());
        shop.has_no_parts();
    }
}

#[test]
fn a_second_signal_ends_it_at_once_and_tidies_up() {
    let shop = Workshop::new();
    shop.write("out.csv", "precious");
    let (child, pipe) = waiting(&shop, "features pipe.wav -o out.csv");
    signal(&child, "INT");
    thread::sleep(Duration::from_millis(200));
    signal(&child, "INT");
    end_of(child).ends_with(3);
    drop(pipe);
    assert_eq!(shop.read("out.csv"), b"precious");
    assert_eq!(shop.files(), [Path::new("out.csv"), Path::new("pipe.wav")]);
}
