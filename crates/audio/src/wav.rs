//! RIFF/WAVE: uncompressed integer and float samples, any rate, any number of channels.
//!
//! The header is read here rather than by a crate so that a refusal can say what was found, and
//! because chunks of odd length (padded to even, as RIFF demands), 64-bit floats and 32-bit
//! integers behind an 18-byte `fmt ` chunk are all met in the field.
//! Source: Microsoft, *Multiple channel audio data and WAVE files* (WAVEFORMATEX and
//! WAVEFORMATEXTENSIBLE); IBM/Microsoft, *Multimedia Programming Interface and Data
//! Specifications 1.0* (RIFF chunks).

use crate::encoding::{Encoding, append_mono};
use crate::resample::check_rate;
use crate::{Audio, Channel, Error};

const EXTENSIBLE: u16 = 0xfffe;
/// Bytes 2..16 of every sub-format GUID made from a format tag.
const TAG_GUID: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Whether the file is RIFF/WAVE by its first bytes.
pub(crate) fn is_wav(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE")
}

/// Decodes a whole WAV file. Takes three (8-bit: five) times the file's size in memory at most.
pub(crate) fn decode(bytes: &[u8], channel: Channel) -> Result<Audio, Error> {
    let (format, data) = find_chunks(bytes)?;
    let Format {
        encoding,
        n_channels,
        sample_rate,
    } = Format::parse(format)?;
    channel.check(n_channels)?;
    let block_bytes = n_channels * encoding.n_bytes();
    if data.is_empty() {
        return Err(Error::NoSamples);
    }
    if data.len() % block_bytes != 0 {
        return Err(Error::PartialBlock {
            n_bytes: data.len(),
            block_bytes,
        });
    }
    let mut samples = Vec::with_capacity(data.len() / block_bytes);
    append_mono(data, encoding, n_channels, channel, 0, &mut samples)?;
    Ok(Audio {
        samples,
        sample_rate,
    })
}

/// The bodies of the `fmt ` and `data` chunks.
fn find_chunks(bytes: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let mut format = None;
    let mut rest = &bytes[12..];
    while let Some((header, body)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, size @ ..] = *header;
        let size = u32::from_le_bytes(size) as usize;
        match (&[a, b, c, d], body.get(..size)) {
            (b"fmt ", Some(chunk)) => format = Some(chunk),
            (b"data", Some(data)) => {
                return match format {
                    Some(format) => Ok((format, data)),
                    None => Err(header_fault(
                        "its samples come before their `fmt ` description",
                    )),
                };
            }
            (b"data", None) => {
                return Err(Error::Truncated {
                    promised: size as u64,
                    held: body.len() as u64,
                });
            }
            _ => (),
        }
        // A chunk of odd length is followed by one byte of padding.
        rest = body
            .get(size.saturating_add(size % 2)..)
            .unwrap_or_default();
    }
    Err(header_fault("it ends before the `data` chunk"))
}

struct Format {
    encoding: Encoding,
    n_channels: usize,
    sample_rate: u32,
}

impl Format {
    fn parse(chunk: &[u8]) -> Result<Self, Error> {
        let too_short = || header_fault(format!("a `fmt ` chunk of {} bytes", chunk.len()));
        let base: &[u8; 16] = chunk.first_chunk().ok_or_else(too_short)?;
        let u16_at = |i: usize| u16::from_le_bytes([base[i], base[i + 1]]);
        let n_channels = usize::from(u16_at(2));
        let sample_rate = u32::from_le_bytes([base[4], base[5], base[6], base[7]]);
        let block_bytes = usize::from(u16_at(12));
        let bits = usize::from(u16_at(14));
        let tag = match u16_at(0) {
            // The true tag leads the sub-format GUID. The number of valid bits needs no look:
            // they are the upper ones of their container, whose lower ones are zero.
            EXTENSIBLE => match chunk.get(24..40).ok_or_else(too_short)? {
                [a, b, rest @ ..] if *rest == TAG_GUID => u16::from_le_bytes([*a, *b]),
                guid => {
                    return Err(Error::Codec {
                        codec: format!("an unknown sub-format (GUID bytes {guid:02x?})"),
                    });
                }
            },
            tag => tag,
        };
        if n_channels == 0 {
            return Err(Error::NoChannels);
        }
        check_rate(sample_rate)?;
        let encoding = match (tag, bits.div_ceil(8)) {
            (1, 1) => Encoding::U8,
            (1, 2) => Encoding::S16Le,
            (1, 3) => Encoding::S24Le,
            (1, 4) => Encoding::S32Le,
            (3, 4) => Encoding::F32Le,
            (3, 8) => Encoding::F64Le,
            (1 | 3, _) => {
                let kind = if tag == 1 { "integer" } else { "float" };
                return Err(header_fault(format!("{kind} samples of {bits} bits")));
            }
            _ => {
                return Err(Error::Codec {
                    codec: format!("{} (WAV format tag {tag:#06x})", tag_name(tag)),
                });
            }
        };
        // Low or high bits of a wider container: the header does not say, so do not guess.
        if block_bytes != n_channels * encoding.n_bytes() {
            return Err(header_fault(format!(
                "{n_channels} channels of {bits} bits in blocks of {block_bytes} bytes"
            )));
        }
        Ok(Format {
            encoding,
            n_channels,
            sample_rate,
        })
    }
}

/// Registered names of the codings met in telephony, voice recorders and archives.
fn tag_name(tag: u16) -> &'static str {
    match tag {
        0x0002 => "Microsoft ADPCM",
        0x0006 => "A-law",
        0x0007 => "mu-law",
        0x0011 => "IMA ADPCM",
        0x0031 => "GSM 6.10",
        0x0050 => "MPEG layer 1 or 2",
        0x0055 => "MP3",
        0x00ff | 0x1610 => "AAC",
        _ => "an unknown coding",
    }
}

fn header_fault(fault: impl Into<String>) -> Error {
    Error::Header {
        fault: fault.into(),
    }
}
