//! Runs that are stopped, killed, run out of room, run twice at once; and runs in parts.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use common::{PATIENCE, RATE, Run, Workshop, end_of, say, signal, wait, wav};

/// Every kind of place: text and binary streams, containers, a folder.
const OUTPUTS: [&str; 6] = ["o.csv", "o.jsonl", "o.ark", "o.npz", "o.safetensors", "o/"];

/// A Kaldi data folder of so many utterances cut from one recording, every fiftieth beyond its end.
fn utterances(shop: &Workshop, n: usize) {
    let sound = say("ala", "ada", 0, RATE).repeat(20);
    shop.write("data/long.wav", wav(&sound, RATE));
    shop.write("data/wav.scp", "long long.wav\n");
    let segment = |i: usize| {
        let start = match i % 50 {
            49 => 100.0,
            place => place as f64 / 10.0,
        };
        format!("u{i:05} long {start} {}\n", start + 0.25)
    };
    shop.write("data/segments", (0..n).map(segment).collect::<String>());
}

/// Everything that lies there but the data.
fn written(shop: &Workshop) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = shop.files().into_iter();
    let files = files.filter(|path| !path.starts_with("data"));
    files.map(|path| (path.clone(), shop.read(path))).collect()
}

/// Bytes that the journal of a run has come to.
fn journaled(shop: &Workshop) -> u64 {
    let files = shop.files().into_iter();
    let journals = files.filter(|path| path.to_string_lossy().ends_with("journal"));
    let sizes = journals.filter_map(|path| fs::metadata(shop.path(path)).ok());
    sizes.map(|found| found.len()).sum()
}

/// Starts a run and waits until it has put more on disk than what lies there already.
fn well_begun(shop: &Workshop, line: &str) -> Child {
    let before = journaled(shop);
    let mut child = shop.spawn(line);
    let begin = Instant::now();
    while journaled(shop) <= before + 3_000 {
        assert!(begin.elapsed() < PATIENCE && child.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(1));
    }
    child
}

/// Takes away what a run has written.
fn clear(shop: &Workshop) {
    for path in written(shop).into_keys() {
        fs::remove_file(shop.path(path)).unwrap();
    }
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    let shop = Workshop::new();
    utterances(&shop, 8_000);
    for output in OUTPUTS {
        let line = format!("features data -o {output} --preset kaldi --threads 1");
        shop.mynah(&line).ends_with(1);
        let whole = written(&shop);
        clear(&shop);
        let line = format!("{line} --resume");
        for n_kills in 1..=3 {
            // Each gets further than the one before.
            let mut child = well_begun(&shop, &line);
            thread::sleep(Duration::from_millis(7 * n_kills));
            child.kill().unwrap();
            child.wait().unwrap();
            // What lies under the final name is whole.
            let target = PathBuf::from(output);
            if output != "o/" && shop.path(output).exists() {
                assert!(shop.read(output) == whole[&target], "{output}");
            }
        }
        shop.mynah(&line)
            .ends_with(1)
            .says("160 inputs were skipped");
        assert!(written(&shop) == whole, "{output}");
        clear(&shop);
    }
}

/// The sound changes behind the back of a run that goes on: what it had done is still of the old one.
#[test]
fn what_was_done_is_not_done_again() {
    let shop = Workshop::new();
    utterances(&shop, 8_000);
    let line = "features data -o o.csv --preset kaldi --threads 1";
    shop.mynah(line).ends_with(1);
    let old = shop.read("o.csv");
    clear(&shop);
    let mut child = well_begun(&shop, line);
    child.kill().unwrap();
    child.wait().unwrap();
    let journal = shop.read(".mynah-o.csv.journal");
    let done = journal.split(|&byte| byte == b'\n').skip(1);
    let done = done.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let ends = done.filter_map(|line| {
        let entry = line.get("done")?;
        Some(entry["offset"].as_u64()? + entry["len"].as_u64()?)
    });
    let end = ends.max().unwrap() as usize;
    let path = shop.path("data/long.wav");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let mut sound = shop.read(&path);
    sound[44..].reverse();
    fs::write(&path, sound).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    shop.mynah(&format!("{line} --resume")).ends_with(1);
    let found = shop.read("o.csv");
    assert!(end > 1_000 && found[..end] == old[..end]);
    assert!(found[end..] != old[end..], "the rest is of the new sound");
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let shop = Workshop::new();
    utterances(&shop, 8_000);
    for (output, n_signals) in [("o.csv", 1), ("o/", 1), ("o.csv", 2)] {
        shop.mynah(&format!("features data -o {output}"))
            .ends_with(1);
        let whole = written(&shop);
        clear(&shop);
        let mut child = well_begun(&shop, &format!("features data -o {output} --threads 1"));
        for _ in 0..n_signals {
            signal(&child, "INT");
        }
        if n_signals == 1 {
            let run = end_of(child).ends_with(3);
            run.says("mynah: interrupted after ")
                .says(" of 8000 inputs; the same command with --resume goes on from there");
        } else {
            assert_eq!(wait(&mut child).code(), Some(3));
        }
        let run = shop.mynah(&format!("features data -o {output} --resume"));
        assert_eq!(run.status, 1, "{}", run.stderr);
        assert!(written(&shop) == whole, "{output}");
        clear(&shop);
    }
}

#[test]
fn only_the_same_run_goes_on() {
    let shop = Workshop::new();
    utterances(&shop, 8_000);
    let mut child = well_begun(&shop, "features data -o o.csv --threads 1");
    child.kill().unwrap();
    child.wait().unwrap();
    let before = written(&shop);
    for other in [
        "--preset kaldi",
        "--sample-rate 16000",
        "--format jsonl",
        "--shard 1/1 --channel 1",
    ] {
        let run = shop.mynah(&format!("features data -o o.csv --resume {other}"));
        run.ends_with(3).says(
            "o.csv: the interrupted run cannot be continued: it was begun with other options",
        );
    }
    let sound = shop.read("data/long.wav");
    shop.write("data/long.wav", &sound[..sound.len() - 2]);
    shop.mynah("features data -o o.csv --resume")
        .ends_with(3)
        .says("its inputs have changed since")
        .says("begin anew without --resume");
    assert!(written(&shop) == before, "nothing was touched");
    shop.write("data/long.wav", sound);
    shop.mynah("features data -o o.csv")
        .ends_with(1)
        .says("o.csv: begins anew; an interrupted run had done");
    let whole = written(&shop);
    assert_eq!(whole.len(), 2, "{:?}", whole.keys());
    // Where there is nothing to go on with, it just runs.
    clear(&shop);
    shop.mynah("features data -o o.csv --resume --threads 1")
        .ends_with(1);
    assert!(written(&shop) == whole);
    shop.mynah("features data -o - --format csv --resume")
        .ends_with(2)
        .says("--resume needs a file or folder");
}

#[test]
fn two_runs_do_not_write_one_output() {
    let shop = Workshop::new();
    utterances(&shop, 8_000);
    for output in ["o.ark", "o/"] {
        shop.mynah(&format!("features data -o {output}"))
            .ends_with(1);
        let whole = written(&shop);
        clear(&shop);
        let child = well_begun(&shop, &format!("features data -o {output} --threads 1"));
        for resume in ["", "--resume"] {
            shop.mynah(&format!("features data -o {output} {resume}"))
                .ends_with(3)
                .says("another run is writing o");
        }
        end_of(child).ends_with(1);
        assert!(written(&shop) == whole, "{output}");
        clear(&shop);
    }
}

/// A limit on the size of files stands for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_had_no_room_goes_on_when_there_is() {
    let shop = Workshop::new();
    utterances(&shop, 2_000);
    for output in ["o.csv", "o.npz"] {
        shop.mynah(&format!("features data -o {output}"))
            .ends_with(1);
        let whole = written(&shop);
        clear(&shop);
        let run = shop.shell(&format!(
            "trap '' XFSZ; ulimit -f 1000; exec mynah features data -o {output}"
        ));
        run.ends_with(3)
            .says(&format!("{output}: cannot be written"))
            .says("the same command with --resume goes on from there");
        assert!(!shop.path(output).exists());
        shop.mynah(&format!("features data -o {output} --resume"))
            .ends_with(1);
        assert!(written(&shop) == whole, "{output}");
        clear(&shop);
    }
}

#[test]
fn threads_do_not_show() {
    let shop = Workshop::new();
    utterances(&shop, 300);
    for output in OUTPUTS {
        let mut runs = Vec::new();
        for threads in [1, 2, 7] {
            shop.mynah(&format!("features data -o {output} --threads {threads}"))
                .ends_with(1);
            runs.push(written(&shop));
            clear(&shop);
        }
        assert!(runs[0] == runs[1] && runs[0] == runs[2], "{output}");
    }
}

#[test]
fn the_parts_joined_are_the_whole() {
    let shop = Workshop::new();
    utterances(&shop, 123);
    for ending in ["csv", "jsonl", "ark"] {
        for n in [2, 5, 200] {
            shop.mynah(&format!("features data -o whole.{ending}"))
                .ends_with(1);
            let (mut joined, mut skipped) = (Vec::new(), Vec::new());
            for i in 1..=n {
                let run = shop.mynah(&format!("features data -o part.{ending} --shard {i}/{n}"));
                assert!(run.status <= 1, "{}", run.stderr);
                joined.extend(shop.read(format!("part.{ending}")));
                let list = shop.path(format!("part.{ending}.skipped.jsonl"));
                assert_eq!(list.exists(), run.status == 1);
                skipped.extend(fs::read(list).unwrap_or_default());
            }
            assert!(
                joined == shop.read(format!("whole.{ending}")),
                "{ending} of {n}"
            );
            assert!(skipped == shop.read(format!("whole.{ending}.skipped.jsonl")));
        }
    }
    clear(&shop);
    shop.mynah("features data -o o/").ends_with(1);
    let is_feature = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "npy");
    let mut whole = written(&shop);
    whole.retain(|path, _| is_feature(path));
    clear(&shop);
    // All at once, into one folder.
    let parts: Vec<Child> = (1..=3)
        .map(|i| shop.spawn(&format!("features data -o o/ --shard {i}/3")))
        .collect();
    for part in parts {
        assert!(Run::of(part.wait_with_output().unwrap()).status <= 1);
    }
    let mut joined = written(&shop);
    assert!(joined.contains_key(&PathBuf::from("o.2-of-3.skipped.jsonl")));
    joined.retain(|path, _| is_feature(path));
    assert!(joined == whole);
    for shard in ["0/3", "4/3", "3", "1/0", "x/y"] {
        shop.mynah(&format!("features data -o x.csv --shard {shard}"))
            .ends_with(2)
            .says("give I/N with 1 ≤ I ≤ N");
    }
}
