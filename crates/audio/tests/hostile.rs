//! No bytes whatever make `decode` panic, and what it accepts is sound.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

mod repair;

use mynah_audio::{Channel, decode};
use proptest::prelude::*;
use proptest::sample::Index;
use repair::{repair_frame, repair_pages, repaired};

const FILES: [&[u8]; 4] = [
    include_bytes!("data/tone.wav"),
    include_bytes!("data/tone.flac"),
    include_bytes!("data/tone.mp3"),
    include_bytes!("data/tone.ogg"),
];

fn decodes_or_refuses(bytes: &[u8]) {
    if let Ok(audio) = decode(bytes, Channel::Mix) {
        assert!(audio.samples.iter().all(|x| x.is_finite()) && !audio.samples.is_empty());
        assert!((1_000..=768_000).contains(&audio.sample_rate));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn random_bytes(
        start in prop::sample::select(vec![
            &b""[..], b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0", b"fLaC\0\0\0\x22", b"OggS\0\x02", b"ID3\x04", b"\xff\xfb\x90",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        decodes_or_refuses(&[start, &bytes].concat());
    }

    #[test]
    fn changed_files(
        which in 0..FILES.len(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>(), any::<bool>()), 1..8),
        end in prop::option::weighted(0.2, any::<Index>()),
        repair in any::<bool>(),
    ) {
        let mut bytes = FILES[which].to_vec();
        for (at, byte, in_header) in changes {
            let n = if in_header { 600 } else { bytes.len() };
            bytes[at.index(n)] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        if repair {
            bytes = repaired(&bytes);
        }
        decodes_or_refuses(&bytes);
    }
}

/// Set-up headers that the Vorbis decoder panics on, each with good checksums.
#[test]
fn impossible_vorbis_headers() {
    let ogg = FILES[3];
    let setup = ogg.windows(7).position(|w| w == b"\x05vorbis").unwrap();
    // The first code book: 8 bits of count, 24 of sync, 16 of dimensions, 24 of entries.
    assert_eq!(ogg[setup + 8..][..3], *b"BCV");
    let (dims, entries) = (setup + 11, setup + 13);
    for (at, value) in [
        (dims, 0),
        (dims, 33),
        (dims + 1, 255),
        (entries, 0),
        (entries + 2, 255),
    ] {
        let mut bytes = ogg.to_vec();
        bytes[at] = value;
        repair_pages(&mut bytes);
        let message = decode(&bytes, Channel::Mix).err().unwrap().to_string();
        assert!(message.contains("set-up header"), "{message}");
    }
}

#[test]
fn repairs_change_nothing_that_is_whole() {
    let (mut flac, mut ogg) = (FILES[1].to_vec(), FILES[3].to_vec());
    repair_frame(&mut flac);
    repair_pages(&mut ogg);
    assert_eq!((&flac[..], &ogg[..]), (FILES[1], FILES[3]));
}
