//! Files that are not this program's to write over or take away.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{RATE, Workshop, say, wav};

fn shop() -> Workshop {
    let shop = Workshop::new();
    shop.write("d/a.wav", wav(&say("ala", "ada", 0, RATE), RATE));
    shop.write("d/b.wav", wav(&say("bebo", "bob", 0, RATE), RATE));
    shop.write("d/index.csv", "path,label\na.wav,ala\nb.wav,bebo\n");
    shop.write("list.csv", "d/a.wav\nd/b.wav\n");
    shop.write("k/wav.scp", "a d/a.wav\nb d/b.wav\n");
    shop.write("k/utt2spk", "a ada\nb bob\n");
    shop.write("k/text", "a ala\nb bebo\n");
    shop.write("k/segments", "a a 0 0.2\nb b 0 0.2\n");
    shop
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let shop = shop();
    let before: Vec<_> = shop.files();
    let bytes: Vec<_> = before.iter().map(|path| shop.read(path)).collect();
    for (command, said) in [
        ("d/a.wav -o o.csv --skipped d/a.wav", "d/a.wav"),
        ("d/index.csv -o o.csv --skipped d/index.csv", "d/index.csv"),
        ("d/index.csv -o d/", "d/index.csv"),
        ("d/index.csv -o d --skipped s.jsonl", "d/index.csv"),
        (
            "--files-from list.csv -o o.jsonl --skipped list.csv",
            "list.csv",
        ),
        ("--files-from list.csv -o list.csv", "list.csv"),
        (
            "--files-from list.csv -o - --format csv --skipped list.csv",
            "list.csv",
        ),
        ("k -o k/wav.ark", "k/wav.scp"),
        ("k -o k/x.ark --skipped k/utt2spk", "k/utt2spk"),
        ("k -o k/segments --format csv", "k/segments"),
        ("k/wav.scp -o k/wav.ark", "k/wav.scp"),
    ] {
        shop.mynah(&format!("features {command}"))
            .ends_with(3)
            .says(&format!("{said}: is an input too; name another"));
        assert_eq!(shop.files(), before, "{command}");
    }
    for (command, said) in [
        ("d -o o.jsonl --skipped o.jsonl", "o.jsonl"),
        ("k -o o.ark --skipped ./o.scp", "./o.scp"),
        (
            "d/a.wav -o o/ --skipped o/index.csv --shard 1/1",
            "o/index.csv",
        ),
    ] {
        fs::create_dir_all(shop.path("o")).unwrap();
        shop.mynah(&format!("features {command}"))
            .ends_with(3)
            .says(&format!("{said}: is written by this run as"));
    }
    for (path, bytes) in before.iter().zip(bytes) {
        assert!(shop.read(path) == bytes);
    }
}

#[test]
fn a_strangers_file_beside_the_output_stays() {
    let shop = shop();
    for (file, command) in [
        ("train.text", "d -o train.ark"),
        ("train.scp", "d -o train.ark"),
        ("t/index.csv", "d -o t/"),
        ("o.csv.skipped.jsonl", "d -o o.csv"),
        ("mine.txt", "d -o o.csv --skipped mine.txt"),
    ] {
        shop.write(file, "{\"mine\": 1}\n");
        let before = shop.files();
        shop.mynah(&format!("features {command}"))
            .ends_with(3)
            .says(&format!("{file}: is there and "));
        assert_eq!(shop.files(), before);
        assert_eq!(shop.read(file), b"{\"mine\": 1}\n");
        fs::remove_file(shop.path(file)).unwrap();
    }
    // Another archive's lists, which are called the same.
    shop.mynah("features d -o x.ark").succeeds();
    let scp = shop.read("x.scp");
    shop.mynah("features d -o x.tark --format kaldi-text")
        .ends_with(3)
        .says("x.scp: is there and does not belong to an earlier x.tark");
    assert!(shop.read("x.scp") == scp);
}

#[test]
fn what_an_earlier_run_left_is_replaced() {
    let shop = shop();
    shop.write("d/bad.wav", "bad");
    for output in ["x.ark", "x/", "x.csv"] {
        shop.mynah(&format!("features d -o {output}")).ends_with(1);
        assert!(
            shop.path(format!("{}.skipped.jsonl", output.trim_end_matches('/')))
                .exists()
        );
        shop.mynah(&format!("features d -o {output}")).ends_with(1);
        shop.mynah(&format!("features d/a.wav -o {output}"))
            .succeeds();
        assert!(
            !shop
                .path(format!("{}.skipped.jsonl", output.trim_end_matches('/')))
                .exists()
        );
    }
    assert_eq!(shop.read("x.scp").split(|&b| b == b'\n').count(), 2);
    // With labels, then without: lists that no longer hold go.
    shop.mynah("features k -o x.ark").succeeds();
    assert!(shop.path("x.text").exists());
    shop.mynah("features d/a.wav -o x.ark").succeeds();
    assert!(!shop.path("x.text").exists());
}

/// A folder in the way of a list stands for a disk that is full.
#[test]
fn an_archive_is_not_there_without_its_lists() {
    let shop = shop();
    shop.mynah("features d/a.wav -o x.ark").succeeds();
    let before = shop.read("x.ark");
    fs::create_dir(shop.path(".mynah-x.utt2dur.whole")).unwrap();
    shop.mynah("features d -o x.ark")
        .ends_with(3)
        .says("--resume");
    assert!(shop.read("x.ark") == before);
    fs::remove_dir(shop.path(".mynah-x.utt2dur.whole")).unwrap();
    shop.mynah("features d -o x.ark --resume").succeeds();
    assert_eq!(shop.read("x.scp").split(|&b| b == b'\n').count(), 3);
    assert!(!shop.path(".mynah-x.ark.part").exists());
}

#[test]
fn outputs_are_told_by_their_names() {
    let shop = shop();
    shop.mynah("features d -o k3.out/").succeeds();
    assert!(shop.path("k3.out/a.npy").exists());
    shop.mynah("features d/a.wav -o O.CSV").succeeds().says("");
    shop.mynah("features d -o o.xyz")
        .ends_with(2)
        .says(".parquet");
    shop.mynah("features d -o d.npy")
        .ends_with(2)
        .says("give a folder: -o d-features/");
}

#[test]
fn resuming_under_strict_keeps_what_is_done() {
    let shop = shop();
    shop.write("d/bad.wav", "bad");
    shop.write("d/c.wav", wav(&say("ala", "bob", 1, RATE), RATE));
    fs::create_dir(shop.path(".mynah-x.csv.skipped.jsonl.whole")).unwrap();
    shop.mynah("features d -o x.csv").ends_with(3);
    let kept = shop.read(".mynah-x.csv.journal");
    shop.mynah("features d -o x.csv --resume --strict")
        .ends_with(3);
    assert!(shop.read(".mynah-x.csv.journal") == kept);
}
