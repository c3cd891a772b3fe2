//! What a format cannot hold, rows that are not what was announced, payloads cut short, a full disk.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "no test uses all of the command's formats")]

#[path = "common/written.rs"]
mod written;

use std::fs::{self, File};
use std::io;

use written::formats::{self, About, Block, Dtype, Entry, InMemory, Layout, Name, Options, Record};

#[test]
fn what_htk_cannot_say_is_refused() {
    let options = Options {
        columns: Vec::new(),
        dtype: Dtype::F64,
        preset: String::new(),
        parm_kind: None,
    };
    let fault = formats::new(Name::Htk, &options).err().unwrap();
    assert!(fault.contains("float32 only; ask for f32"), "{fault}");
    let format = written::format(Name::Htk, Dtype::F32);
    let refuse = |change: fn(&mut About)| {
        let mut made = written::recordings(Dtype::F32).swap_remove(0);
        change(&mut made.about);
        let mut record = Record {
            about: &made.about,
            rows: &mut InMemory(Block::F32(&[])),
        };
        let fault = format
            .encode(&mut record, &mut Vec::new())
            .unwrap_err()
            .to_string();
        assert!(
            fault.contains("more than an HTK file can say; write npy or ark"),
            "{fault}"
        );
    };
    refuse(|about| about.n_coeffs = 8_192);
    refuse(|about| about.n_frames = 1 << 31);
    refuse(|about| about.hop_seconds = 215.0);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_what_to_do() {
    let options = Options {
        columns: Vec::new(),
        dtype: Dtype::F32,
        preset: String::new(),
        parm_kind: None,
    };
    let fault = formats::new(Name::Parquet, &options).err().unwrap();
    assert!(fault.contains("built without Parquet") && fault.contains("--features parquet"));
}

#[test]
fn rows_that_are_not_those_announced_are_an_error() {
    for (name, format) in written::all(Dtype::F32) {
        for change in [
            |about: &mut About| about.n_frames += 1,
            |about: &mut About| about.n_frames -= 1,
            |about: &mut About| about.n_coeffs = 2,
            |about: &mut About| about.dtype = Dtype::F64,
        ] {
            let mut made = written::recordings(Dtype::F32).swap_remove(0);
            let numbers = made.f32s();
            change(&mut made.about);
            let mut record = Record {
                about: &made.about,
                rows: &mut InMemory(Block::F32(&numbers)),
            };
            let fault = format
                .encode(&mut record, &mut Vec::new())
                .unwrap_err()
                .to_string();
            assert!(
                fault.contains("corpus/plain.wav: its features are not"),
                "{name:?}: {fault}"
            );
        }
    }
}

#[test]
fn a_payload_cut_short_is_an_error() {
    for (name, format) in written::all(Dtype::F32) {
        let Layout::Container(container) = format.layout() else {
            continue;
        };
        let made = written::recordings(Dtype::F32).swap_remove(0);
        let mut payload = made.encode(&*format);
        let entry = Entry {
            about: made.about,
            offset: 0,
            len: payload.len() as u64,
        };
        payload.pop();
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("payload");
        fs::write(&kept, payload).unwrap();
        let mut out = File::create(folder.path().join("out")).unwrap();
        let fault = container.finish(&mut File::open(kept).unwrap(), &[entry], &mut out);
        let fault = fault.unwrap_err().to_string();
        assert!(fault.contains("cut short"), "{name:?}: {fault}");
    }
}

#[cfg(target_os = "linux")]
/// Whether the system's own word is among the causes, by which the command knows it.
fn is_full(fault: &anyhow::Error) -> bool {
    let mut causes = fault
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|error| error.kind() == io::ErrorKind::StorageFull)
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_in_every_format() {
    for (name, format) in written::all(Dtype::F32) {
        let made = written::recordings(Dtype::F32).swap_remove(0);
        let numbers = made.f32s();
        let mut full = File::options().write(true).open("/dev/full").unwrap();
        let mut record = Record {
            about: &made.about,
            rows: &mut InMemory(Block::F32(&numbers)),
        };
        let fault = format.encode(&mut record, &mut full).unwrap_err();
        assert!(is_full(&fault), "{name:?}: {fault:#}");
        if let Layout::Container(container) = format.layout() {
            let bytes = made.encode(&*format);
            let entry = Entry {
                about: made.about,
                offset: 0,
                len: bytes.len() as u64,
            };
            let folder = tempfile::tempdir().unwrap();
            let kept = folder.path().join("payload");
            fs::write(&kept, bytes).unwrap();
            let done = container.finish(&mut File::open(kept).unwrap(), &[entry], &mut full);
            let fault = done.unwrap_err();
            assert!(is_full(&fault), "{name:?}: {fault:#}");
        }
    }
}

#[test]
fn names_that_a_container_keeps_for_itself_are_refused() {
    let mut made = written::recordings(Dtype::F32).swap_remove(0);
    made.about.utterance = "__metadata__".into();
    let format = written::format(Name::Safetensors, Dtype::F32);
    let fault = made.encode_in_blocks(&*format, 1).unwrap_err().to_string();
    assert!(
        fault.contains("no tensor can have the name __metadata__"),
        "{fault}"
    );
}
