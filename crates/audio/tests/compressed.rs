//! FLAC, MP3 and Ogg Vorbis: the fixtures of tests/data, whole and damaged.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use mynah_audio::{Audio, Channel, Error, decode};

const WAV: &[u8] = include_bytes!("data/tone.wav");
const FLAC: &[u8] = include_bytes!("data/tone.flac");
const MP3: &[u8] = include_bytes!("data/tone.mp3");
const OGG: &[u8] = include_bytes!("data/tone.ogg");

fn refusal(file: &[u8]) -> Error {
    decode(file, Channel::Mix).unwrap_err()
}

#[test]
fn flac_is_bit_exact() {
    for channel in [Channel::Mix, Channel::Pick(0), Channel::Pick(1)] {
        let wav = decode(WAV, channel).unwrap();
        assert_eq!(decode(FLAC, channel).unwrap(), wav);
        assert_eq!((wav.samples.len(), wav.sample_rate), (1_600, 16_000));
    }
}

#[test]
fn lossy_files_are_as_long_and_sound_alike() {
    for (file, floor) in [(MP3, 0.02), (OGG, 0.02)] {
        for c in [0, 1] {
            let Audio {
                samples,
                sample_rate,
            } = decode(file, Channel::Pick(c)).unwrap();
            let wav = decode(WAV, Channel::Pick(c)).unwrap();
            assert_eq!(
                (samples.len(), sample_rate),
                (wav.samples.len(), wav.sample_rate)
            );
            // Apart from the ends, where a lossy coder smears. Half a sample out of place would
            // be an error of 0.04 (440 Hz) and 0.4 (1000 Hz) of the energy.
            let energy = |x: &mut dyn Iterator<Item = f32>| x.map(|x| x * x).sum::<f32>();
            let range = 200..1_400;
            let pairs = samples[range.clone()]
                .iter()
                .zip(&wav.samples[range.clone()]);
            let error = energy(&mut pairs.map(|(a, b)| a - b))
                / energy(&mut wav.samples[range].iter().copied());
            assert!(error < floor, "channel {c}: error energy {error}");
        }
    }
}

#[test]
fn picking_a_channel_that_is_not_there_is_refused() {
    for file in [FLAC, MP3, OGG] {
        assert!(matches!(
            decode(file, Channel::Pick(2)),
            Err(Error::NoSuchChannel {
                got: 2,
                n_channels: 2
            })
        ));
    }
}

#[test]
fn every_shortened_file_is_refused() {
    for file in [FLAC, MP3, OGG] {
        for end in 0..file.len() {
            refusal(&file[..end]);
        }
    }
}

/// The one shortening that goes unseen, for want of anything in the file that tells.
#[test]
fn an_mp3_without_its_tag_is_as_long_as_what_is_left_of_it() {
    // 64 kbit/s at 16 kHz: 288 bytes to the coder's frame of 576 samples, the tag in the first.
    let (tag, frames) = MP3.split_at(288);
    assert!(tag.windows(4).any(|w| w == b"Info") && frames.len() % 288 == 0);
    let n_samples = |file| decode(file, Channel::Mix).unwrap().samples.len();
    let n_frames = frames.len() / 288;
    assert_eq!(n_samples(frames), 576 * n_frames);
    assert_eq!(n_samples(&frames[..288 * 3]), 576 * 3);
    // What is left of the fourth is passed over.
    assert_eq!(n_samples(&frames[..288 * 3 + 100]), 576 * 3);
}

#[test]
fn every_flipped_bit_of_checked_samples_is_refused() {
    // FLAC's frames and Ogg's pages carry checksums; MP3's frames here do not. Of FLAC's header
    // the sizes of blocks and frames, in its first 18 bytes, are only hints.
    for (file, start) in [(FLAC, 18), (OGG, 0)] {
        let good = decode(file, Channel::Mix).unwrap();
        let mut file = file.to_vec();
        let wrong: Vec<usize> = (start..file.len())
            .filter(|&i| {
                file[i] ^= 0x10;
                let unseen = decode(&file, Channel::Mix).is_ok_and(|bad| bad != good);
                file[i] ^= 0x10;
                unseen
            })
            .collect();
        assert_eq!(wrong, [], "bytes whose change went unseen");
    }
}

#[test]
fn damage_is_said_with_its_place() {
    let mut flac = FLAC.to_vec();
    let middle = flac.len() / 2;
    flac[middle] ^= 1;
    assert!(matches!(refusal(&flac), Error::Damaged { .. }));
    match refusal(&OGG[..OGG.len() - 1]) {
        Error::Damaged { fault, .. } => assert!(fault.contains("at byte "), "{fault}"),
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_no_sound_is_refused_by_its_first_bytes() {
    for (file, start) in [
        (&b"\x89PNG\r\n\x1a\n...."[..], "\\x89PNG\\r\\n\\x1a\\n"),
        (b"word,label\n", "word,lab"),
        (b"RIFF\0\0\0\0AVI LIST", "RIFF\\x00\\x00\\x00\\x00"),
        (b"\0", "\\x00"),
        // UTF-16, whose byte-order mark could begin an MP3.
        (b"\xff\xfew\0o\0r\0d\0\n\0", "\\xff\\xfew\\x00o\\x00r\\x00"),
        (b"\xff\xfe", "\\xff\\xfe"),
        // Nothing behind the first header.
        (b"\xff\xfb\x90\x00", "\\xff\\xfb\\x90\\x00"),
        (b"ID3", "ID3"),
        // A tag and no sound.
        (b"ID3\x04\0\0\0\0\0\0", "ID3\\x04\\x00\\x00\\x00\\x00"),
    ] {
        assert!(matches!(refusal(file), Error::UnknownFormat { start: s } if s == start));
    }
    // Known first bytes and nothing behind them.
    for file in [&b"fLaC"[..], b"OggS"] {
        let error = refusal(file);
        assert!(
            matches!(error, Error::Damaged { n_samples: 0, .. }),
            "{error}"
        );
    }
    // MPEG layer 2: 480 bytes, 160 kbit/s at 48 kHz, time and again.
    let layer_2 = [&[0xff, 0xfd, 0x94, 0x00][..], &[0; 476]]
        .concat()
        .repeat(4);
    let error = refusal(&layer_2);
    assert!(
        matches!(&error, Error::Codec { codec } if codec.starts_with("something other")),
        "{error}"
    );
}
