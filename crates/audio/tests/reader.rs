//! `Reader`: the blocks of a recording of any length.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

mod agree;

use std::fs;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

use agree::{assert_reader_agrees_with_decode, drain};
use hound::{SampleFormat, WavSpec, WavWriter};
use mynah_audio::{Channel, Error, Reader, Resampler, decode, read};
use proptest::prelude::*;

const WAV: &[u8] = include_bytes!("data/tone.wav");
const FLAC: &[u8] = include_bytes!("data/tone.flac");
const MP3: &[u8] = include_bytes!("data/tone.mp3");
const OGG: &[u8] = include_bytes!("data/tone.ogg");

fn open(bytes: &[u8]) -> Result<Reader, Error> {
    Reader::new(Cursor::new(bytes.to_vec()), Channel::Mix)
}

fn wav(channels: u16, bits: u16, format: SampleFormat, n_samples: usize) -> Vec<u8> {
    let spec = WavSpec {
        channels,
        sample_rate: 48_000,
        bits_per_sample: bits,
        sample_format: format,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    for i in 0..(n_samples * usize::from(channels)) as i32 {
        match format {
            SampleFormat::Int => writer.write_sample(i.wrapping_mul(0x9e37) % 128).unwrap(),
            SampleFormat::Float => writer.write_sample(i as f32 / 1e6).unwrap(),
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn blocks_of_any_size_joined_are_the_recording(
        (bits, format) in prop::sample::select(vec![
            (8, SampleFormat::Int), (16, SampleFormat::Int), (24, SampleFormat::Int),
            (32, SampleFormat::Int), (32, SampleFormat::Float),
        ]),
        channels in 1..5u16,
        n_samples in 1..300usize,
        capacity in 1..200usize,
        skips in prop::collection::vec(0..120u64, 0..4),
    ) {
        let bytes = wav(channels, bits, format, n_samples);
        for bytes in [&bytes[..], FLAC, MP3, OGG] {
            let whole = decode(bytes, Channel::Mix).unwrap();
            let input = BufReader::with_capacity(capacity, Cursor::new(bytes.to_vec()));
            let mut reader = Reader::new(input, Channel::Mix).unwrap();
            prop_assert_eq!(reader.sample_rate(), whole.sample_rate);
            prop_assert_eq!(reader.n_samples(), Some(whole.samples.len() as u64));
            // A block, a leap, a block, a leap, and what is left.
            let mut at = 0;
            for &n_skipped in &skips {
                let mut block = Vec::new();
                let n = reader.next_block(&mut block).unwrap();
                prop_assert_eq!(&block[..], &whole.samples[at..at + n]);
                reader.skip(n_skipped).unwrap();
                at = (at + n + n_skipped as usize).min(whole.samples.len());
            }
            prop_assert_eq!(drain(&mut reader).unwrap(), &whole.samples[at..]);
        }
    }
}

#[test]
fn long_files_come_in_blocks_of_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        // 64 KiB hold no whole number of 24-bit blocks, and one of the widest, across its border.
        ("24.wav", wav(1, 24, SampleFormat::Int, 100_000)),
        ("wide.wav", wav(21_000, 24, SampleFormat::Int, 3)),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let whole = decode(&bytes, Channel::Mix).unwrap();
        assert_eq!(read(&path, Channel::Mix).unwrap(), whole);
        let mut reader = Reader::open(&path, Channel::Mix).unwrap();
        let mut block = Vec::new();
        let n = reader.next_block(&mut block).unwrap();
        assert!(n > 0 && n < whole.samples.len());
        assert_eq!(drain(&mut reader).unwrap(), &whole.samples[n..]);
    }
}

#[test]
fn a_resampled_stream_of_blocks_is_the_resampled_recording() {
    let bytes = wav(2, 16, SampleFormat::Int, 50_000);
    let batch = decode(&bytes, Channel::Mix).unwrap();
    let batch = batch.into_rate(16_000).unwrap().samples;
    let input = BufReader::with_capacity(1_000, Cursor::new(bytes));
    let mut reader = Reader::new(input, Channel::Mix).unwrap();
    let mut resampler = Resampler::new(reader.sample_rate(), 16_000).unwrap();
    let (mut block, mut out) = (Vec::new(), Vec::new());
    while reader.next_block(&mut block).unwrap() > 0 {
        resampler.push(&block, &mut out);
        block.clear();
    }
    resampler.finish(&mut out);
    assert_eq!(out, batch);
}

#[test]
fn damage_is_told_as_soon_as_it_is_known() {
    // A WAV that was cut, an Ogg with a spoilt page at its end: at once.
    assert!(matches!(
        open(&WAV[..1_044]).unwrap_err(),
        Error::Truncated {
            promised: 6_400,
            held: 1_000
        }
    ));
    assert!(open(&OGG[..OGG.len() - 1]).is_err());
    // A FLAC with a wrong checksum of all its samples, or more of them promised: at the end, after all of them.
    for (at, what) in [(26, "checksum"), (25, "unexpected end")] {
        let mut flac = FLAC.to_vec();
        flac[at] ^= 1;
        let mut reader = open(&flac).unwrap();
        let mut samples = Vec::new();
        let error = loop {
            match reader.next_block(&mut samples) {
                Ok(n) => assert!(n > 0, "the end was reached in peace"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains(what), "{error}");
        // And nothing but errors from there on.
        assert!(reader.next_block(&mut samples).is_err());
        assert_eq!(samples, decode(FLAC, Channel::Mix).unwrap().samples);
    }
}

#[test]
fn errors_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("talk.wav");
    let named = |error: Error| assert!(error.to_string().starts_with(path.to_str().unwrap()));
    named(Reader::open(&path, Channel::Mix).unwrap_err());
    fs::write(&path, &WAV[..WAV.len() - 1]).unwrap();
    named(Reader::open(&path, Channel::Mix).unwrap_err());
    // It becomes shorter while it is read.
    let bytes = wav(1, 16, SampleFormat::Int, 100_000);
    fs::write(&path, &bytes).unwrap();
    let mut reader = Reader::open(&path, Channel::Mix).unwrap();
    fs::write(&path, &bytes[..70_001]).unwrap();
    let error = drain(&mut reader).unwrap_err();
    assert!(
        matches!(&error, Error::File { fault, .. } if matches!(**fault, Error::Truncated { .. }))
    );
    named(error);
    named(reader.skip(1).unwrap_err());
}

/// A header, then zeros up to a length that no test would write.
struct Long {
    header: Cursor<Vec<u8>>,
    at: u64,
    n_bytes: u64,
}

impl Read for Long {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(buffer)?;
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Long {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.header.set_position(self.at);
        let held = self.header.fill_buf()?;
        let n_left = (self.n_bytes - self.at).min(9_000) as usize;
        Ok(if held.is_empty() {
            &[0; 9_000][..n_left]
        } else {
            held
        })
    }

    fn consume(&mut self, n: usize) {
        self.at += n as u64;
    }
}

impl Seek for Long {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
            SeekFrom::End(by) => self.n_bytes.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

/// RF64 with `n_data` bytes of 24-bit stereo, of which `n_held` are there.
fn rf64(start: &[u8; 4], n_data: u64, n_held: u64) -> Long {
    let mut header = [&start[..], b"\xff\xff\xff\xffWAVEds64\x1c\0\0\0"].concat();
    header.extend(
        [n_data + 72, n_data, n_data / 6]
            .map(u64::to_le_bytes)
            .concat(),
    );
    header.extend(b"\0\0\0\0fmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\x65\x04\0\x06\0\x18\0");
    header.extend(b"data\xff\xff\xff\xff");
    Long {
        n_bytes: header.len() as u64 + n_held,
        header: Cursor::new(header),
        at: 0,
    }
}

#[test]
fn more_than_four_gigabytes_are_read_by_their_64_bit_size() {
    let n_samples = 10 * 3_600 * 48_000;
    for start in [b"RF64", b"BW64"] {
        let mut reader =
            Reader::new(rf64(start, 6 * n_samples, 6 * n_samples), Channel::Mix).unwrap();
        assert_eq!(reader.n_samples(), Some(n_samples));
        let mut samples = Vec::new();
        assert!((1..100_000).contains(&reader.next_block(&mut samples).unwrap()));
        reader
            .skip(n_samples - samples.len() as u64 - 2_000)
            .unwrap();
        assert_eq!(drain(&mut reader).unwrap(), [0.0; 2_000]);
    }
    let cut = Reader::new(
        rf64(b"RF64", 6 * n_samples, 6 * n_samples - 1),
        Channel::Mix,
    );
    assert!(
        matches!(cut.unwrap_err(), Error::Truncated { promised, held } if promised == held + 1)
    );
    // Only RF64 has 64-bit sizes, and they end before what follows the samples.
    let riff = Reader::new(rf64(b"RIFF", 60, 60), Channel::Mix);
    assert!(matches!(
        riff.unwrap_err(),
        Error::Truncated {
            promised: 0xffff_ffff,
            held: 60
        }
    ));
    let mut reader = Reader::new(rf64(b"RF64", 60, 90), Channel::Mix).unwrap();
    assert_eq!(drain(&mut reader).unwrap(), [0.0; 10]);
}

#[test]
fn what_comes_before_the_sound_is_limited() {
    // An application block of 16 MiB, four times.
    let block = [&[2, 0xff, 0xff, 0xff][..], &[0; 0xff_ffff]].concat();
    let with = |n| [&FLAC[..42], &block.repeat(n), &FLAC[42..]].concat();
    assert_reader_agrees_with_decode(&with(1));
    assert_eq!(
        decode(&with(1), Channel::Mix).unwrap(),
        decode(FLAC, Channel::Mix).unwrap()
    );
    let error = open(&with(5)).unwrap_err().to_string();
    assert!(error.contains("headers without end"), "{error}");
}
