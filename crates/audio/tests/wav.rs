//! WAV: every sample format against hound's own reader, every odd header, every refusal.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use mynah_audio::{Audio, Channel, Error, decode};
use proptest::prelude::*;

/// A `fmt ` chunk's body: tag, channels, rate, bits, and bytes per sample.
fn format(tag: u16, n_channels: u16, rate: u32, bits: u16, n_bytes: u16) -> Vec<u8> {
    let block = n_channels.wrapping_mul(n_bytes);
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(n_channels.to_le_bytes());
    body.extend(rate.to_le_bytes());
    body.extend(rate.wrapping_mul(block.into()).to_le_bytes());
    body.extend(block.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

/// WAVE_FORMAT_EXTENSIBLE around `format`, whose tag moves into the GUID.
fn extensible(format: &[u8], valid_bits: u16) -> Vec<u8> {
    let mut body = vec![0xfe, 0xff];
    body.extend(&format[2..16]);
    body.extend([22, 0]);
    body.extend(valid_bits.to_le_bytes());
    body.extend([0; 4]);
    body.extend(&format[..2]);
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    body
}

/// A RIFF file of these chunks; padded to even lengths.
fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = Vec::from(*b"WAVE");
    for (id, chunk) in chunks {
        body.extend(*id);
        body.extend((chunk.len() as u32).to_le_bytes());
        body.extend(*chunk);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let mut file = Vec::from(*b"RIFF");
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

fn wav(format: &[u8], data: &[u8]) -> Vec<u8> {
    riff(&[(b"fmt ", format), (b"data", data)])
}

fn samples(file: &[u8]) -> Vec<f32> {
    decode(file, Channel::Mix).unwrap().samples
}

fn refusal(file: &[u8]) -> Error {
    decode(file, Channel::Mix).unwrap_err()
}

/// The slow and obvious reader: hound's sample iterator, channel by channel.
fn by_hound(file: &[u8], channel: Channel) -> Audio {
    let mut reader = WavReader::new(Cursor::new(file)).unwrap();
    let spec = reader.spec();
    let values: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().map(Result::unwrap).collect(),
        SampleFormat::Int => {
            let full_scale = (1u64 << (spec.bits_per_sample - 1)) as f32;
            let scaled = reader
                .samples::<i32>()
                .map(|x| x.unwrap() as f32 / full_scale);
            scaled.collect()
        }
    };
    let mut samples = Vec::new();
    for block in values.chunks(spec.channels.into()) {
        samples.push(match channel {
            Channel::Pick(c) => block[c],
            Channel::Mix => {
                let mut sum = block[0];
                for x in &block[1..] {
                    sum += x;
                }
                sum / f32::from(spec.channels)
            }
        });
    }
    Audio {
        samples,
        sample_rate: spec.sample_rate,
    }
}

proptest! {
    #[test]
    fn decodes_what_hound_writes_as_hound_reads_it(
        (bits, format) in prop::sample::select(vec![
            (8, SampleFormat::Int), (16, SampleFormat::Int), (24, SampleFormat::Int),
            (32, SampleFormat::Int), (32, SampleFormat::Float),
        ]),
        channels in 1..5u16,
        sample_rate in 1_000..=768_000u32,
        values in prop::collection::vec(any::<i32>(), 1..60),
        pick in 0..4usize,
    ) {
        let spec = WavSpec { channels, sample_rate, bits_per_sample: bits, sample_format: format };
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        for &x in values.iter().cycle().take(values.len() * usize::from(channels)) {
            match format {
                SampleFormat::Int => writer.write_sample(x >> (32 - bits)).unwrap(),
                SampleFormat::Float => writer.write_sample(x as f32 / 1e9).unwrap(),
            }
        }
        writer.finalize().unwrap();
        let file = file.into_inner();
        for channel in [Channel::Mix, Channel::Pick(pick % usize::from(channels))] {
            prop_assert_eq!(decode(&file, channel).unwrap(), by_hound(&file, channel));
        }
    }
}

#[test]
fn full_scale_is_one_in_every_format() {
    let minus_one: [(u16, u16, &[u8]); 6] = [
        (1, 1, &[0]),
        (1, 2, &[0, 0x80]),
        (1, 3, &[0, 0, 0x80]),
        (1, 4, &[0, 0, 0, 0x80]),
        (3, 4, &(-1f32).to_le_bytes()),
        (3, 8, &(-1f64).to_le_bytes()),
    ];
    for (tag, n_bytes, data) in minus_one {
        let format = format(tag, 1, 16_000, 8 * n_bytes, n_bytes);
        assert_eq!(samples(&wav(&format, data)), [-1.0], "{tag} {n_bytes}");
        assert_eq!(
            samples(&wav(&extensible(&format, 8 * n_bytes), data)),
            [-1.0]
        );
    }
    assert_eq!(samples(&wav(&format(1, 1, 16_000, 8, 1), &[128])), [0.0]);
}

#[test]
fn valid_bits_are_the_upper_ones_of_their_container() {
    // 24 valid bits in 32, as WAVEFORMATEXTENSIBLE has it; 12 in 16, as plain RIFF has it.
    let in_32 = extensible(&format(1, 1, 16_000, 32, 4), 24);
    assert_eq!(samples(&wav(&in_32, &[0, 0, 0, 0x40])), [0.5]);
    assert_eq!(
        samples(&wav(&format(1, 1, 16_000, 12, 2), &[0, 0x40])),
        [0.5]
    );
    // Without the extension nobody says where 24 bits sit in 32.
    let message = refusal(&wav(&format(1, 2, 16_000, 24, 4), &[0; 8])).to_string();
    assert!(
        message.contains("2 channels of 24 bits in blocks of 8 bytes"),
        "{message}"
    );
}

#[test]
fn other_chunks_are_passed_over() {
    let format = format(1, 1, 16_000, 16, 2);
    let mut longer = format.clone();
    longer.extend([0, 0]);
    let data: &[u8] = &[0, 0x40];
    for file in [
        // Odd, so padded.
        riff(&[
            (b"LIST", b"abc"),
            (b"fmt ", &format),
            (b"id3 ", b"x"),
            (b"data", data),
        ]),
        riff(&[(b"fmt ", &longer), (b"data", data), (b"LIST", b"abcd")]),
        // Cut off behind the samples, and a RIFF size never filled in: nothing is lost.
        [&wav(&format, data)[..], b"LI"].concat(),
        [b"RIFF\xff\xff\xff\xff", &wav(&format, data)[8..]].concat(),
    ] {
        assert_eq!(samples(&file), [0.5]);
    }
}

#[test]
fn channels_are_mixed_or_picked() {
    let file = wav(
        &format(1, 2, 8_000, 16, 2),
        &[0, 0x40, 0, 0x20, 0, 0xc0, 0, 0],
    );
    assert_eq!(samples(&file), [0.375, -0.25]);
    assert_eq!(
        decode(&file, Channel::Pick(0)).unwrap().samples,
        [0.5, -0.5]
    );
    assert_eq!(
        decode(&file, Channel::Pick(1)).unwrap().samples,
        [0.25, 0.0]
    );
    assert!(matches!(
        decode(&file, Channel::Pick(2)),
        Err(Error::NoSuchChannel {
            got: 2,
            n_channels: 2
        })
    ));
}

#[test]
fn impossible_headers_are_refused() {
    let good = format(1, 1, 16_000, 16, 2);
    let header = |file: &[u8], part: &str| match refusal(file) {
        Error::Header { fault } => assert!(fault.contains(part), "{fault}"),
        other => panic!("{other}"),
    };
    header(b"RIFF\x04\0\0\0WAVE", "before the `data` chunk");
    header(&riff(&[(b"fmt ", &good)]), "before the `data` chunk");
    header(
        &riff(&[(b"data", &[0; 4]), (b"fmt ", &good)]),
        "before their `fmt `",
    );
    header(&wav(&good[..14], &[0; 2]), "14 bytes");
    header(&wav(&extensible(&good, 16)[..30], &[0; 2]), "30 bytes");
    header(
        &wav(&format(1, 1, 16_000, 0, 2), &[0; 2]),
        "integer samples of 0 bits",
    );
    header(
        &wav(&format(1, 1, 16_000, 64, 8), &[0; 8]),
        "integer samples of 64 bits",
    );
    header(
        &wav(&format(3, 1, 16_000, 16, 2), &[0; 2]),
        "float samples of 16 bits",
    );
    header(
        &wav(&format(1, 3, 16_000, 16, 0), &[0; 6]),
        "blocks of 0 bytes",
    );
    assert!(matches!(
        refusal(&wav(&format(1, 0, 16_000, 16, 2), &[0; 2])),
        Error::NoChannels
    ));
    for rate in [0, 999, 768_001, u32::MAX] {
        let file = wav(&format(1, 1, rate, 16, 2), &[0; 2]);
        assert!(matches!(refusal(&file), Error::SampleRate { got } if got == rate));
    }
    for rate in [1_000, 768_000] {
        samples(&wav(&format(1, 1, rate, 16, 2), &[0; 2]));
    }
}

#[test]
fn other_codings_are_named() {
    for (tag, name) in [
        (2, "Microsoft ADPCM (WAV format tag 0x0002)"),
        (6, "A-law"),
        (7, "mu-law"),
        (0x11, "IMA ADPCM"),
        (0x31, "GSM 6.10"),
        (0x55, "MP3"),
        (0x1234, "an unknown coding (WAV format tag 0x1234)"),
    ] {
        let format = format(tag, 1, 8_000, 8, 1);
        for file in [wav(&format, &[0; 4]), wav(&extensible(&format, 8), &[0; 4])] {
            match refusal(&file) {
                Error::Codec { codec } => assert!(codec.starts_with(name), "{codec}"),
                other => panic!("{other}"),
            }
        }
    }
    let mut format = extensible(&format(1, 1, 8_000, 8, 1), 8);
    format[39] ^= 1;
    assert!(
        refusal(&wav(&format, &[0; 4]))
            .to_string()
            .contains("unknown sub-format")
    );
}

#[test]
fn short_and_uneven_files_are_refused() {
    let format = format(1, 2, 16_000, 16, 2);
    let file = wav(&format, &[0; 400]);
    assert!(matches!(refusal(b""), Error::Empty));
    assert!(matches!(refusal(&wav(&format, &[])), Error::NoSamples));
    assert!(matches!(
        refusal(&file[..file.len() - 9]),
        Error::Truncated {
            promised: 400,
            held: 391
        }
    ));
    assert!(matches!(
        refusal(&wav(&format, &[0; 402])),
        Error::PartialBlock {
            n_bytes: 402,
            block_bytes: 4
        }
    ));
    let message = refusal(&wav(&format, &[0; 402])).to_string();
    assert!(message.contains("4-byte blocks"), "{message}");
    for end in 1..file.len() {
        refusal(&file[..end]);
    }
    // Four gigabytes by its word.
    let mut huge = file.clone();
    huge[40..44].fill(0xff);
    assert!(matches!(
        refusal(&huge),
        Error::Truncated {
            promised: 0xffff_ffff,
            held: 400
        }
    ));
}

#[test]
fn floats_that_are_no_sound_are_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 2.2e9, -1e30] {
        let values = [0.0, 1.5, bad, 0.0];
        let data: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        match refusal(&wav(&format(3, 1, 16_000, 32, 4), &data)) {
            Error::NotFinite { index: 2, value } => {
                assert!(value == bad || bad.is_nan() && value.is_nan());
            }
            other => panic!("{other}"),
        }
        // Of two channels: counted in each, and no matter to who picks the other.
        let file = wav(&format(3, 2, 16_000, 32, 4), &data);
        let picked = |c| decode(&file, Channel::Pick(c));
        assert!(matches!(picked(0), Err(Error::NotFinite { index: 1, .. })));
        assert_eq!(picked(1).unwrap().samples, [1.5, 0.0]);
    }
    let huge = wav(&format(3, 1, 16_000, 64, 8), &1e300f64.to_le_bytes());
    assert!(matches!(refusal(&huge), Error::NotFinite { index: 0, .. }));
    // Louder than full scale is sound all the same.
    assert_eq!(
        samples(&wav(&format(3, 1, 16_000, 32, 4), &3f32.to_le_bytes())),
        [3.0]
    );
}
