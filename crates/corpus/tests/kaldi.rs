//! Kaldi data folders, whole and broken.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use mynah_corpus::{Error, KaldiData};
use proptest::prelude::*;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn recordings_are_utterances_where_there_are_no_segments() {
    let data = folder(&[
        ("wav.scp", "b  /far/b one.wav \n\na\tnear.wav\r\n"),
        ("near.wav", ""),
        ("utt2spk", "a ada\nb bob\nz nobody\n"),
        ("text", "a hello   world\nb\n"),
    ]);
    assert!(KaldiData::is_at(data.path()) && KaldiData::is_at(Path::new("x/wav.scp")));
    assert!(!KaldiData::is_at(&data.path().join("text")));
    let of_folder = KaldiData::open(data.path()).unwrap();
    let of_file = KaldiData::open(data.path().join("wav.scp")).unwrap();
    assert_eq!(of_folder.utterances, of_file.utterances);
    let [b, a] = &of_folder.utterances[..] else {
        panic!("{of_folder:?}")
    };
    assert_eq!(
        (b.id.as_str(), b.path.as_path()),
        ("b", Path::new("/far/b one.wav"))
    );
    assert_eq!(
        (b.speaker.as_deref(), b.text.as_deref()),
        (Some("bob"), None)
    );
    // Nothing of that name is in the working directory.
    assert_eq!(a.path, data.path().join("near.wav"));
    assert_eq!(a.text.as_deref(), Some("hello world"));
    assert_eq!((a.start, a.end), (None, None));
    assert_eq!(of_folder.n_problems, 0);
}

#[test]
fn segments_cut_recordings() {
    let data = folder(&[
        ("wav.scp", "r1 /r1.wav\nr2 /r2.wav\n"),
        ("segments", "u2 r2 0 1.5\nu1 r1 0.25 -1\n"),
        ("utt2spk", "u1 ada\n"),
    ]);
    let data = KaldiData::open(data.path()).unwrap();
    let found: Vec<_> = data
        .utterances
        .iter()
        .map(|u| (u.id.as_str(), u.path.to_str().unwrap(), u.start, u.end))
        .collect();
    assert_eq!(
        found,
        [
            ("u2", "/r2.wav", Some(0.0), Some(1.5)),
            ("u1", "/r1.wav", Some(0.25), None)
        ]
    );
    assert_eq!(data.utterances[1].speaker.as_deref(), Some("ada"));
}

#[test]
fn lines_that_cannot_be_used_are_named_and_the_rest_goes_on() {
    let data = folder(&[
        (
            "wav.scp",
            "ok /ok.wav\npipe sph2pipe -f wav x.sph |\nark raw.ark:1234\nnone\nok /again.wav\nin -\n",
        ),
        (
            "segments",
            "s1 ok 0 1\ns2 pipe 0 1\ns3 ok 2 1\ns4 ok 0 inf\ns5 ok 0\ns6 ok -1 1\ns7 ok 0 0\ns1 ok 1 2\ns8 ok 0 1 1\n",
        ),
    ]);
    let found = KaldiData::open(data.path()).unwrap();
    assert_eq!(found.utterances.len(), 1);
    assert_eq!(found.n_problems, 13);
    let told: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
    for (i, (line, said)) in [
        (2, "pipe: is a command, and commands in lists are not run"),
        (3, "ark: lies inside the archive raw.ark"),
        (4, "none: names no file"),
        (5, "ok: the id is there already"),
        (6, "in: is standard input"),
        (2, "s2: the recording pipe is not usable"),
        (3, "s3: starts at 2 s and ends at 1 s"),
        (4, "s4: from \"0\" to \"inf\" is no stretch"),
        (5, "s5: has 3 fields"),
        (6, "s6: starts at -1 s"),
        (7, "s7: starts at 0 s and ends at 0 s"),
        (8, "s1: the id is there already"),
        (9, "s8: asks for channel 1, which is chosen for the whole run: leave the fifth column away and give --channel 2"),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(
            told[i].contains(&format!("line {line}: {said}")),
            "{said:?} is not in {}",
            told[i]
        );
    }
}

#[test]
fn nothing_usable_is_an_error() {
    let open = |files: &[(&str, &str)]| KaldiData::open(folder(files).path().join("wav.scp"));
    assert!(matches!(open(&[]), Err(Error::NotFound { .. })));
    assert!(matches!(
        open(&[("wav.scp", "\n")]),
        Err(Error::EmptyManifest { .. })
    ));
    let error = open(&[("wav.scp", "a b |\n")]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("wav.scp, line 1: a: is a command"),
        "{error}"
    );
    let error = open(&[("wav.scp", "a b\n"), ("segments", "")]).unwrap_err();
    assert!(matches!(error, Error::EmptyManifest { .. }), "{error}");
}

#[test]
fn lists_that_say_two_things_are_named() {
    let data = folder(&[
        ("wav.scp", "a /a.wav\n"),
        ("segments", "u a 0 1 -1\n"),
        ("utt2spk", "u ada\nu bob\n"),
        ("text", "u one\nu two\n"),
    ]);
    let data = KaldiData::open(data.path()).unwrap();
    let [u] = &data.utterances[..] else {
        panic!("{data:?}")
    };
    let said = (u.speaker.as_deref(), u.text.as_deref(), u.end);
    assert_eq!(said, (Some("ada"), Some("one"), Some(1.0)));
    assert_eq!(data.n_problems, 2);
}

proptest! {
    /// Any bytes: no panic, and what comes out keeps its promises.
    #[test]
    fn any_lists(scp in "[a-c |:\n\t0-9é-]{0,60}", segments in "[a-c \n0-9.e-]{0,60}") {
        let data = folder(&[("wav.scp", &scp), ("segments", &segments)]);
        if let Ok(data) = KaldiData::open(data.path()) {
            prop_assert!(!data.utterances.is_empty());
            for u in &data.utterances {
                prop_assert!(!u.id.is_empty() && !u.id.contains(char::is_whitespace));
                let start = u.start.unwrap();
                prop_assert!(start >= 0.0 && start.is_finite() && u.end.is_none_or(|end| end > start));
            }
        }
    }
}
