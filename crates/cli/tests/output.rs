//! Where results go: files that appear whole or not at all, full disks, readers that have gone.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Run, Workshop};

#[test]
fn where_nothing_can_be_written_nothing_is_done() {
    let shop = Workshop::new();
    shop.folders("words");
    let before = shop.files();
    for (command, said) in [
        (
            "train words -o nowhere/w.mynah",
            "nowhere/w.mynah: cannot be written: there is no folder nowhere",
        ),
        (
            "features words -o nowhere/f.csv",
            "nowhere/f.csv: cannot be written: there is no folder nowhere",
        ),
        (
            "demo -o nowhere/d.mynah",
            "nowhere/d.mynah: cannot be written: there is no folder nowhere",
        ),
        (
            "train words -o words",
            "words: cannot be written: it is a folder; name a file",
        ),
        (
            "demo -o words",
            "words: cannot be written: it is a folder; name a file",
        ),
    ] {
        // Before the work, not after it.
        let run = shop.mynah(command).ends_with(3).says(said);
        assert_eq!(run.stdout, "", "{command}");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
    let run = shop
        .mynah("features words -o words --format csv")
        .ends_with(2);
    run.says("words: a folder is for npy and htk; name a file");
    shop.mynah("features words -o words/ala/ada_nohash_0.wav/f.csv")
        .ends_with(3)
        .says("cannot be written");
    assert_eq!(shop.files(), before);
}

#[test]
fn an_input_is_not_written_over() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.manifest("m.csv", "words", "", |_, _| Some(String::new()));
    let clip = "words/ala/ada_nohash_0.wav";
    let before = [shop.read("m.csv"), shop.read(clip)];
    for (command, file) in [
        ("train m.csv -o m.csv".to_string(), "m.csv"),
        ("features m.csv -o ./m.csv".to_string(), "./m.csv"),
        (format!("train m.csv -o {clip}"), clip),
        (format!("train words -o {clip}"), clip),
        (format!("features m.csv -o {clip} --format csv"), clip),
        (format!("features {clip} -o {clip} --format npy"), clip),
    ] {
        shop.mynah(&command)
            .ends_with(3)
            .says(&format!("{file}: is an input too; name another file"));
    }
    assert_eq!([shop.read("m.csv"), shop.read(clip)], before);
}

#[test]
fn no_output_takes_the_place_of_an_input_or_of_another() {
    let shop = Workshop::new();
    let table = |i: usize| format!("{},{},{}\n", i % 2, i % 7, ["a", "b"][i % 2]);
    let table: String = (0..60).map(table).collect();
    for name in ["p.csv", "y.csv", "p.svg", "start.csv"] {
        shop.write(name, &table);
    }
    let make = "train p.csv -o m.mynah --epochs 2 --checkpoint c.ckpt --checkpoint-every 1";
    shop.mynah(make).succeeds();
    std::fs::copy(shop.path("m.mynah"), shop.path("m.svg")).unwrap();
    let before: Vec<_> = shop.files();
    let bytes: Vec<_> = before.iter().map(|path| shop.read(path)).collect();
    for (command, file) in [
        ("train p.csv -o o.mynah --curves p.csv", "p.csv"),
        ("train p.csv -o o.mynah --checkpoint p.csv", "p.csv"),
        (
            "train p.csv -o o.mynah --labels y.csv --curves ./y.csv",
            "./y.csv",
        ),
        ("train p.csv -o m.mynah --init-from m.mynah", "m.mynah"),
        (
            "train p.csv -o start.csv --init start.csv --curves o.csv",
            "start.csv",
        ),
        ("train p.csv -o c.ckpt --continue c.ckpt", "c.ckpt"),
        ("train p.csv -o m.mynah --add-to m.mynah", "m.mynah"),
        ("eval m.mynah p.csv --reject-curve p.csv", "p.csv"),
        ("eval m.svg p.csv --reject-curve m.svg", "m.svg"),
        ("cluster p.svg -o o.codebook --umatrix p.svg", "p.svg"),
        (
            "cluster p.csv -o o.codebook --labels p.svg --planes p.svg",
            "p.svg",
        ),
        ("calibrate m.mynah p.csv -o p.csv", "p.csv"),
        ("calibrate m.mynah p.csv -o m.mynah", "m.mynah"),
        ("inspect m.svg --relevances m.svg", "m.svg"),
    ] {
        shop.mynah(command)
            .ends_with(3)
            .says(&format!("{file}: is an input too; name another file"));
    }
    for command in [
        "train p.csv -o o.csv --curves o.csv",
        "train p.csv -o o.mynah --checkpoint ./o.mynah",
        "cluster p.csv -o o.codebook --umatrix a.svg --planes a.svg",
    ] {
        let run = shop.mynah(command).ends_with(2);
        run.says("would be written twice; give each output its own name");
    }
    assert_eq!(shop.files(), before);
    let after: Vec<_> = before.iter().map(|path| shop.read(path)).collect();
    assert!(after == bytes);
    // A checkpoint may take the place of the one it goes on from.
    shop.mynah("train p.csv -o n.mynah --epochs 2 --checkpoint c.ckpt --continue c.ckpt")
        .succeeds();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    for command in [
        "train taught",
        "features taught --format csv",
        "features taught --format jsonl",
        "demo",
    ] {
        let run = shop.mynah(&format!("{command} -o /dev/full")).ends_with(3);
        run.says("mynah: /dev/full: cannot be written: No space left on device");
    }
    shop.mynah("features taught/ala/ada_nohash_0.wav -o /dev/full --format npy")
        .ends_with(3)
        .says("No space left");
    assert!(fs::metadata("/dev/full").unwrap().len() == 0);
    for command in [
        "inspect taught",
        "eval w.mynah taught",
        "features taught -o - --format csv",
        "train taught -o -",
    ] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = shop
            .command(command.split(' '))
            .stdout(full)
            .output()
            .unwrap();
        Run::of(output).ends_with(3).says("No space left on device");
    }
    shop.has_no_parts();
}

/// A pipe nobody reads any more.
fn closed() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let clip = "taught/ala/ada_nohash_0.wav";
    for command in [
        "classify w.mynah CLIP CLIP",
        "classify w.mynah CLIP --json",
        "inspect taught",
        "inspect w.mynah CLIP --json",
        "eval w.mynah taught",
        "eval w.mynah taught --json",
        "eval taught --leave-one-speaker-out",
        "features taught -o - --format csv",
        "features taught -o - --format jsonl",
        "features CLIP -o - --format npy",
        "features taught -o /dev/stdout --format csv",
        "train taught -o -",
        "--help",
        "train --help",
    ] {
        let command = command.replace("CLIP", clip);
        let output = shop
            .command(command.split(' '))
            .stdout(closed())
            .output()
            .unwrap();
        let run = Run::of(output);
        assert_eq!(run.status, 0, "{command}: {}", run.stderr);
        assert!(!run.stderr.contains("pipe"), "{command}: {}", run.stderr);
    }
    // What goes to a file gets there all the same.
    for command in ["train taught -o piped.mynah", "demo -o demo.mynah"] {
        let output = shop
            .command(command.split(' '))
            .stdout(closed())
            .output()
            .unwrap();
        Run::of(output).succeeds();
    }
    shop.mynah("train taught -o seen.mynah").succeeds();
    assert!(shop.read("piped.mynah") == shop.read("seen.mynah"));
    shop.mynah("inspect demo.mynah").succeeds();

    // Nor is it one that nobody reads the complaints.
    let mut command = shop.command(["classify", "w.mynah", "nowhere.wav", clip]);
    let run = Run::of(command.stderr(closed()).output().unwrap()).ends_with(1);
    assert!(run.stdout.starts_with(clip), "{}", run.stdout);
    let mut command = shop.command(["eval", "w.mynah", "nowhere"]);
    Run::of(command.stderr(closed()).output().unwrap()).ends_with(3);
}
