//! `read`: files, and messages that name them.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::fs;
#[cfg(unix)]
use std::process::Command;

use mynah_audio::{Channel, Error, read};

const WAV: &[u8] = include_bytes!("data/tone.wav");

#[test]
fn the_name_does_not_decide_the_format() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tone.mp3");
    fs::write(&path, WAV).unwrap();
    assert_eq!(read(&path, Channel::Mix).unwrap().samples.len(), 1_600);
}

#[test]
fn a_message_names_file_fault_and_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("clip.wav");
    fs::write(&path, &WAV[..1_044]).unwrap();
    let error = read(&path, Channel::Mix).unwrap_err();
    assert!(
        matches!(&error, Error::File { fault, .. } if matches!(**fault, Error::Truncated { .. }))
    );
    assert_eq!(
        error.to_string(),
        format!(
            "{}: the header promises 6400 bytes of samples but the file holds 1000; it was cut \
             short or never finished: copy it again, or repair it with \
             `sox --ignore-length in.wav out.wav`",
            path.display()
        )
    );
}

#[test]
fn what_cannot_be_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let fault = |path: &std::path::Path| match read(path, Channel::Mix).unwrap_err() {
        Error::File { fault, .. } => *fault,
        other => panic!("{other}"),
    };
    let empty = dir.path().join("empty.wav");
    fs::write(&empty, b"").unwrap();
    assert!(matches!(fault(&empty), Error::Empty));
    assert!(matches!(
        fault(&dir.path().join("absent.wav")),
        Error::Io(_)
    ));
    #[cfg(unix)]
    {
        assert!(matches!(fault(dir.path()), Error::NotAFile));
        // It has no end.
        assert!(matches!(fault("/dev/zero".as_ref()), Error::NotAFile));
        // Opening it would wait for a writer.
        let pipe = dir.path().join("pipe.wav");
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(matches!(fault(&pipe), Error::NotAFile));
    }
}
