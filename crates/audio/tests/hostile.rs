//! No bytes whatever make `decode` panic, and what it accepts is sound.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use mynah_audio::{Channel, decode};
use proptest::prelude::*;
use proptest::sample::Index;

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

/// Makes every page's checksum right again, so that what was changed reaches the decoder.
fn repair_pages(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(laces) = bytes
        .get(at + 27..)
        .and_then(|b| b.get(..usize::from(bytes[at + 26])))
    {
        let n = 27 + laces.len() + laces.iter().map(|&x| usize::from(x)).sum::<usize>();
        let Some(page) = bytes.get_mut(at..at + n) else {
            return;
        };
        page[22..26].fill(0);
        // CRC-32 of RFC 3533, bit by bit.
        let mut crc = 0u32;
        for &byte in &*page {
            crc ^= u32::from(byte) << 24;
            for _ in 0..8 {
                crc = if crc >> 31 == 1 {
                    (crc << 1) ^ 0x04c1_1db7
                } else {
                    crc << 1
                };
            }
        }
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        at += n;
    }
}

/// The same for a FLAC file of one frame.
fn repair_frame(bytes: &mut [u8]) {
    let start = 4 + bytes[4..]
        .windows(2)
        .position(|w| w == b"\xff\xf8")
        .unwrap_or(0);
    let Some((frame, sum)) = bytes[start..].split_last_chunk_mut::<2>() else {
        return;
    };
    // CRC-16 of RFC 9639, bit by bit.
    let mut crc = 0u16;
    for &byte in &*frame {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc >> 15 == 1 {
                (crc << 1) ^ 0x8005
            } else {
                crc << 1
            };
        }
    }
    *sum = crc.to_be_bytes();
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
        match which {
            1 if repair && bytes.len() > 4 => repair_frame(&mut bytes),
            3 if repair => repair_pages(&mut bytes),
            _ => (),
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
