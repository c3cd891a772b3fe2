//! Folders on disk.
#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap in a test's helper is a failed test"
)]

use std::fs;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command;

use mynah_corpus::{Corpus, Error, Layout, Split};

/// A folder holding these (empty) files.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        write(dir.path(), file, "");
    }
    dir
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn names(corpus: &Corpus) -> Vec<String> {
    let relative = |path: &PathBuf| {
        path.strip_prefix(&corpus.root)
            .unwrap()
            .display()
            .to_string()
    };
    corpus.clips.iter().map(|c| relative(&c.path)).collect()
}

fn complaints(corpus: &Corpus) -> String {
    let lines: Vec<String> = corpus.problems.iter().map(|p| p.to_string()).collect();
    lines.join("\n")
}

#[test]
fn speech_commands_layout() {
    let dir = folder(&[
        "yes/0a_nohash_0.wav",
        "yes/0a_nohash_1.WAV",
        "yes/0b_nohash_0.wav",
        "no/0c_nohash_0.flac",
        "no/readme.txt",
        "no/.hidden.wav",
        "_background_noise_/b.wav",
        "_background_noise_/a.wav",
        "_other_/c.wav",
        ".git/x.wav",
        "LICENSE",
    ]);
    write(
        dir.path(),
        "validation_list.txt",
        "yes/0b_nohash_0.wav\r\nyes/absent_nohash_0.wav\r\n",
    );
    write(
        dir.path(),
        "testing_list.txt",
        "no/0c_nohash_0.flac\n\nbed/absent.wav\n",
    );
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(corpus.layout, Layout::Folders);
    assert_eq!(
        names(&corpus),
        [
            "no/0c_nohash_0.flac",
            "yes/0a_nohash_0.wav",
            "yes/0a_nohash_1.WAV",
            "yes/0b_nohash_0.wav"
        ]
    );
    let splits: Vec<_> = corpus.clips.iter().map(|c| c.split.unwrap()).collect();
    assert_eq!(
        splits,
        [Split::Test, Split::Train, Split::Train, Split::Validation]
    );
    assert_eq!(corpus.labels(), ["no", "yes"]);
    assert_eq!(corpus.speakers(), ["0a", "0b", "0c"]);
    assert_eq!(
        corpus.background,
        ["a.wav", "b.wav"].map(|f| dir.path().join("_background_noise_").join(f))
    );
    assert_eq!((corpus.n_listed, corpus.n_listed_absent), (4, 2));
    assert_eq!(complaints(&corpus), "");
}

#[test]
fn without_lists_there_is_no_split() {
    let dir = folder(&[
        "yes/1.wav",
        "no/00000030_NO_01.flac",
        "train.csv",
        "val.TSV",
    ]);
    let corpus = Corpus::open(dir.path()).unwrap();
    assert!(!corpus.has_splits());
    assert_eq!(corpus.clips[0].speaker.as_deref(), Some("00000030"));
    assert_eq!(corpus.clips[1].speaker, None);
    assert_eq!(
        corpus.manifests,
        ["train.csv", "val.TSV"].map(|f| dir.path().join(f))
    );
}

#[test]
fn one_list_is_enough_and_both_are_a_contradiction() {
    let dir = folder(&["yes/1.wav", "yes/2.wav"]);
    write(dir.path(), "testing_list.txt", "\u{feff}yes/1.wav");
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(corpus.clips[0].split, Some(Split::Test));
    assert_eq!(corpus.clips[1].split, Some(Split::Train));
    assert_eq!(corpus.n_problems, 0);

    write(dir.path(), "validation_list.txt", "yes/1.wav\nyes/1.wav\n");
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(corpus.clips[0].split, Some(Split::Test));
    assert_eq!(corpus.n_problems, 1);
    assert!(
        complaints(&corpus)
            .contains("testing_list.txt, line 1: yes/1.wav is in the validation list too")
    );
    assert_eq!((corpus.n_listed, corpus.n_listed_absent), (1, 0));
}

#[test]
fn an_unreadable_list_is_an_error_not_training_data() {
    let dir = folder(&["yes/1.wav"]);
    fs::create_dir(dir.path().join("testing_list.txt")).unwrap();
    let error = Corpus::open(dir.path()).unwrap_err();
    assert!(
        matches!(&error, Error::Read { path, .. } if path.ends_with("testing_list.txt")),
        "{error}"
    );
}

#[test]
fn clips_are_sorted_by_the_bytes_of_whole_paths() {
    let dir = folder(&[
        "zoom/1.wav",
        "zoom in/1.wav",
        "zoom in/10.wav",
        "zoom in/2.wav",
        "Zoom/1.wav",
    ]);
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(
        names(&corpus),
        [
            "Zoom/1.wav",
            "zoom in/1.wav",
            "zoom in/10.wav",
            "zoom in/2.wav",
            "zoom/1.wav"
        ]
    );
}

#[test]
fn what_a_word_folder_should_not_hold_is_named() {
    let dir = folder(&[
        "yes/1.wav",
        "yes/more/2.wav",
        "yes/3.m4a",
        "no/notes.txt",
        "stray.wav",
    ]);
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(names(&corpus), ["yes/1.wav"]);
    assert_eq!(corpus.n_problems, 4);
    let text = complaints(&corpus);
    for expected in [
        "more: lies inside",
        "3.m4a: audio in a format",
        "no: holds no audio",
        "stray.wav: lies outside",
    ] {
        assert!(text.contains(expected), "{expected} not in\n{text}");
    }
}

#[test]
fn flat_layout() {
    let dir = folder(&[
        "7_jackson_4.wav",
        "7_jackson_5.wav",
        "zoom_in_ada_0.flac",
        "odd.wav",
        "notes.txt",
        "pictures/a.png",
        "_background_noise_/fan.ogg",
    ]);
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(corpus.layout, Layout::Flat);
    assert_eq!(corpus.labels(), ["7", "zoom_in"]);
    assert_eq!(corpus.speakers(), ["ada", "jackson"]);
    let splits: Vec<_> = corpus.clips.iter().map(|c| c.split.unwrap()).collect();
    assert_eq!(splits, [Split::Test, Split::Train, Split::Test]);
    assert_eq!(corpus.background.len(), 1);
    assert_eq!(corpus.n_problems, 1);
    assert!(complaints(&corpus).contains("odd.wav: the name is not LABEL_SPEAKER_INDEX"));
}

#[test]
fn folders_that_are_no_corpus() {
    let nothing = folder(&[]);
    let error = Corpus::open(nothing.path()).unwrap_err();
    assert!(matches!(error, Error::NoAudio { .. }));
    assert!(
        error.to_string().contains("one sub-folder per word"),
        "{error}"
    );

    let only_noise = folder(&["_background_noise_/a.wav", "train.csv"]);
    let error = Corpus::open(only_noise.path()).unwrap_err();
    assert!(matches!(error, Error::NoAudio { .. }));
    assert!(
        error.to_string().contains("perhaps you meant") && error.to_string().contains("train.csv"),
        "{error}"
    );

    let misfits = folder(&["1-2.flac", "3-4.flac"]);
    let error = Corpus::open(misfits.path()).unwrap_err();
    assert!(matches!(error, Error::NothingUsable { n_problems: 2, .. }));
    assert!(error.to_string().contains("1-2.flac"), "{error}");
}

#[test]
fn paths_that_lead_nowhere() {
    let dir = folder(&["a.wav", "list.txt"]);
    let error = Corpus::open(dir.path().join("absent")).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));
    assert!(
        error.to_string().contains("absent: no such file"),
        "{error}"
    );
    for file in ["a.wav", "list.txt"] {
        let error = Corpus::open(dir.path().join(file)).unwrap_err();
        assert!(matches!(error, Error::NotACorpus { .. }), "{error}");
        assert!(error.to_string().contains(".jsonl"), "{error}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_are_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let dir = folder(&["yes/1.wav"]);
    let odd = |bytes: &[u8]| OsStr::from_bytes(bytes).to_os_string();
    let clip = dir.path().join("yes").join(odd(b"sp\xffk_nohash_0.wav"));
    fs::write(&clip, "").unwrap();
    let mut list = b"yes/sp\xffk_nohash_0.wav".to_vec();
    list.extend_from_slice(b"\nyes/\xfe.wav\n");
    fs::write(dir.path().join("testing_list.txt"), list).unwrap();
    let word = dir.path().join(odd(b"\xffno"));
    fs::create_dir(&word).unwrap();
    fs::write(word.join("1.wav"), "").unwrap();

    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(corpus.clips.len(), 2);
    assert_eq!(corpus.clips[1].path, clip);
    assert_eq!(corpus.clips[1].split, Some(Split::Test));
    assert_eq!(corpus.clips[1].speaker.as_deref(), Some("sp\u{fffd}k"));
    assert_eq!(corpus.n_problems, 1);
    assert!(complaints(&corpus).contains("not UTF-8"));

    let flat = folder(&["7_ada_0.wav"]);
    fs::write(flat.path().join(odd(b"7_\xff_1.wav")), "").unwrap();
    let corpus = Corpus::open(flat.path()).unwrap();
    assert_eq!((corpus.clips.len(), corpus.n_problems), (1, 1));
}

#[test]
#[cfg(unix)]
fn links_are_followed_and_broken_ones_reported() {
    let elsewhere = folder(&["1.wav"]);
    let dir = folder(&["yes/2.wav"]);
    let link = |to: &Path, from| std::os::unix::fs::symlink(to, dir.path().join(from)).unwrap();
    link(elsewhere.path(), "no");
    link(&elsewhere.path().join("1.wav"), "yes/3.wav");
    link("absent".as_ref(), "yes/1.wav");
    link("absent".as_ref(), "yes/of_no_concern");
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(names(&corpus), ["no/1.wav", "yes/2.wav", "yes/3.wav"]);
    assert_eq!(corpus.n_problems, 1);
    let complaint = complaints(&corpus);
    assert!(
        complaint.contains("yes/1.wav: cannot be read") && complaint.contains("link"),
        "{complaint}"
    );
}

/// Reading a pipe that nobody writes to would wait for ever.
#[test]
#[cfg(unix)]
fn pipes_and_devices_are_reported_and_not_listed() {
    let dir = folder(&["yes/1.wav", "_background_noise_/1.wav"]);
    for pipe in ["yes/2.wav", "_background_noise_/2.wav", "clips.csv"] {
        let made = Command::new("mkfifo").arg(dir.path().join(pipe)).status();
        assert!(made.unwrap().success());
    }
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("yes/3.wav")).unwrap();
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(names(&corpus), ["yes/1.wav"]);
    assert_eq!((corpus.background.len(), corpus.manifests.len()), (1, 0));
    assert_eq!(corpus.n_problems, 4);
    for path in [
        "yes/2.wav",
        "yes/3.wav",
        "_background_noise_/2.wav",
        "clips.csv",
    ] {
        let complaint = format!("{path}: is a pipe or a device, not a file: put a file");
        assert!(
            complaints(&corpus).contains(&complaint),
            "{}",
            complaints(&corpus)
        );
    }
}
