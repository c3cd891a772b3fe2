//! `--memory` and `--scratch`: a corpus larger than memory, the same model, and a disk without room.
#![allow(clippy::unwrap_used)]

mod common;

use common::Workshop;

#[test]
fn a_training_from_disk_gives_the_bytes_of_one_in_memory() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.write("spool/here", "");
    let course = "--split-by speaker --validation validation --set n_epochs=4";
    let from_disk = "--memory 0 --scratch spool";
    shop.mynah(&format!("train words -o plain.mynah {course}"))
        .succeeds();
    shop.mynah(&format!(
        "train words -o spooled.mynah {course} {from_disk} --curves c.csv --checkpoint w.ckpt --checkpoint-every 2"
    ))
    .succeeds();
    assert_eq!(shop.read("plain.mynah"), shop.read("spooled.mynah"));
    assert_eq!(shop.read("spool/here"), b"");
    // Where it lies is no part of the training: it goes on in memory.
    shop.mynah(&format!(
        "train words -o continued.mynah {course} --continue w.ckpt"
    ))
    .succeeds();
    assert_eq!(shop.read("plain.mynah"), shop.read("continued.mynah"));
    let files = shop.files();
    let spooled = files.iter().filter(|path| path.starts_with("spool"));
    assert_eq!(spooled.count(), 1, "{files:?}");
}

#[test]
fn words_are_added_and_speakers_left_out_from_disk() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.manifest("two.csv", "words", "", |_, take| {
        (take < 2).then(String::new)
    });
    shop.mynah("train two.csv -o w.mynah --epochs 2").succeeds();
    shop.mynah("forget w.mynah ala -o fewer.mynah").succeeds();
    for (name, options) in [("a", ""), ("b", "--memory 0 --scratch words")] {
        shop.mynah(&format!(
            "train two.csv -o {name}.mynah --add-to fewer.mynah {options}"
        ))
        .succeeds();
    }
    assert_eq!(shop.read("a.mynah"), shop.read("b.mynah"));
    let line = "eval words --leave-one-speaker-out --epochs 2";
    let (held, spooled) = (
        shop.json(line),
        shop.json(&format!("{line} --memory 0 --scratch words")),
    );
    assert_eq!(held["confusion"], spooled["confusion"]);
    assert_eq!(held["n_correct"], spooled["n_correct"]);
    assert_eq!(held["reject"], spooled["reject"]);
}

#[test]
fn a_folder_that_is_not_there_is_refused_before_the_work() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.write("file", "");
    for folder in ["nowhere", "file"] {
        shop.mynah(&format!("train words -o w.mynah --scratch {folder}"))
            .ends_with(2)
            .says(&format!("--scratch {folder}: is not a folder"));
    }
}

#[cfg(unix)]
#[test]
fn a_disk_without_room_is_named_with_the_need_and_the_remedy() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.write("spool/here", "");
    shop.write("w.mynah", "precious");
    // No file may grow beyond 16 blocks of 512 or 1,024 bytes.
    let run = shop.shell(
        "trap '' XFSZ; ulimit -f 16; exec mynah train words -o w.mynah --memory 0 --scratch spool",
    );
    run.ends_with(3)
        .says("spool: cannot take what training keeps of the clips")
        .says("60 clips need about 1 MB")
        .says("make room there, name a folder on another disk, or allow more memory");
    assert_eq!(shop.read("w.mynah"), b"precious");
    shop.has_no_parts();
}
