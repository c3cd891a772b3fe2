//! Paths that lead to no readable file: named with a remedy, never waited for.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{RATE, Workshop, s16, say};

#[test]
fn missing_files_and_folders_in_place_of_files() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let good = "taught/uni/eve_nohash_0.wav";
    let run = shop
        .mynah(&format!("classify w.mynah nowhere.wav taught {good}"))
        .ends_with(1);
    let run = run
        .says("skipped: nowhere.wav: cannot be read")
        .says("skipped: taught: is a folder; name the recordings in it");
    assert!(run.stdout.starts_with(good));
    let run = shop
        .mynah(&format!("features nowhere.wav {good} -o f.csv"))
        .ends_with(1);
    run.says("skipped: nowhere.wav: cannot be read")
        .says("check that it exists");
    let run = shop
        .mynah("inspect nowhere.wav taught")
        .ends_with(1)
        .says("skipped: nowhere.wav: cannot be read");
    assert!(run.stdout.contains("60 clips"));
    for command in [
        "train nowhere -o x.mynah",
        "eval w.mynah nowhere",
        "train nowhere.csv -o x.mynah",
    ] {
        let run = shop
            .mynah(command)
            .ends_with(3)
            .says("no such file or folder: check the spelling");
        run.says("nowhere");
    }
    let run = shop.mynah(&format!("train {good} -o x.mynah")).ends_with(3);
    run.says("not a corpus: give a folder with one sub-folder per word")
        .says(good);
    fs::create_dir(shop.path("hollow")).unwrap();
    shop.mynah("train hollow -o x.mynah")
        .ends_with(3)
        .says("hollow: no audio")
        .says("one sub-folder per word");
    shop.mynah("features hollow -o x.csv")
        .ends_with(3)
        .says("hollow: no .wav");
    shop.mynah("inspect hollow")
        .ends_with(3)
        .says("hollow: no audio");
    let run = shop
        .mynah(&format!("train {good}/deeper -o x.mynah"))
        .ends_with(3);
    let run = run
        .says("deeper: cannot be read")
        .says("check its permissions");
    assert_eq!(
        run.stderr.matches("os error").count(),
        1,
        "twice the same: {}",
        run.stderr
    );
    assert!(!shop.path("x.mynah").exists() && !shop.path("x.csv").exists());
}

/// Neither has an end one could wait for.
#[cfg(unix)]
#[test]
fn pipes_and_devices_in_place_of_files() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let made = std::process::Command::new("mkfifo")
        .arg(shop.path("taught/ala/pipe.wav"))
        .status();
    assert!(made.unwrap().success());
    let run = shop.mynah("train taught -o x.mynah").ends_with(1);
    run.says("taught/ala/pipe.wav: is a pipe or a device, not a file");
    let run = shop
        .mynah("classify w.mynah /dev/zero taught/ala/ada_nohash_0.wav")
        .ends_with(1);
    run.says("/dev/zero: is not a file");
    let run = shop
        .mynah("classify /dev/zero taught/ala/ada_nohash_0.wav")
        .ends_with(3);
    run.says("/dev/zero: ")
        .says("give a model made by `mynah train`");
    shop.mynah("train /dev/zero -o x.mynah")
        .ends_with(3)
        .says("/dev/zero: not a corpus");
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Workshop::new();
    shop.model("w.mynah");
    let locked = "taught/ala/ada_nohash_0.wav";
    fs::set_permissions(shop.path(locked), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(shop.path(locked)).is_ok() {
        return; // Nothing is closed to the superuser.
    }
    let run = shop
        .mynah("train taught -o x.mynah")
        .ends_with(1)
        .says(locked);
    run.says("check that it exists and that you may read it");
    let run = shop
        .mynah(&format!(
            "classify w.mynah {locked} taught/uni/ada_nohash_0.wav"
        ))
        .ends_with(1);
    run.says(locked);
    fs::set_permissions(shop.path("taught/bebo"), fs::Permissions::from_mode(0o000)).unwrap();
    let run = shop.mynah("inspect taught").ends_with(1);
    run.says("taught/bebo: cannot be read")
        .says("check its permissions");
    fs::set_permissions(shop.path("w.mynah"), fs::Permissions::from_mode(0o000)).unwrap();
    shop.mynah("eval w.mynah taught")
        .ends_with(3)
        .says("w.mynah: cannot be read");
    fs::set_permissions(shop.path("taught/bebo"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn raw_samples_are_no_file() {
    let shop = Workshop::new();
    shop.write("raw.wav", s16(&say("ala", "ada", 0, RATE)));
    shop.mynah("inspect raw.wav")
        .ends_with(3)
        .says("raw.wav: is not sound in a known format")
        .says("ffmpeg -i");
}
