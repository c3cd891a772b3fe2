//! RIFF/WAVE: uncompressed integer and float samples, any rate, any number of channels; RF64 and
//! BW64, its heirs for more than 4 GiB.
//!
//! The header is read here rather than by a crate so that a refusal can say what was found, and
//! because chunks of odd length (padded to even, as RIFF demands), 64-bit floats and 32-bit
//! integers behind an 18-byte `fmt ` chunk are all met in the field. A size of samples that was
//! never filled in (0 or 2³²−1 from a program that wrote to a pipe) is not taken for "to the end
//! of the file": such a file cannot tell that it was cut short.
//! Source: Microsoft, *Multiple channel audio data and WAVE files* (WAVEFORMATEX and
//! WAVEFORMATEXTENSIBLE); IBM/Microsoft, *Multimedia Programming Interface and Data
//! Specifications 1.0* (RIFF chunks); EBU Tech 3306 (RF64), ITU-R BS.2088 (BW64).

use std::io::ErrorKind;

use crate::encoding::{Encoding, append_mono};
use crate::reader::Input;
use crate::resample::check_rate;
use crate::{Channel, Error};

const EXTENSIBLE: u16 = 0xfffe;
/// Bytes 2..16 of every sub-format GUID made from a format tag.
const TAG_GUID: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Bytes before the first chunk.
pub(crate) const START_BYTES: usize = 12;
/// What is looked at of a chunk: WAVEFORMATEXTENSIBLE is the longest.
const CHUNK_BYTES: u64 = 40;

/// Whether the file is RIFF/WAVE by its first bytes.
pub(crate) fn is_wav(start: &[u8]) -> bool {
    (start.starts_with(b"RIFF") || is_long(start)) && start.get(8..12) == Some(b"WAVE")
}

/// Whether sizes are in 64 bits, in a chunk `ds64`.
fn is_long(start: &[u8]) -> bool {
    start.starts_with(b"RF64") || start.starts_with(b"BW64")
}

/// A WAV file being read.
pub(crate) struct Wav<'a> {
    /// Stands at the first sample that has not been read.
    input: Box<dyn Input + 'a>,
    format: Format,
    channel: Channel,
    /// Samples of each channel; the file's length is enough for them.
    n_samples: u64,
    n_read: u64,
}

impl<'a> Wav<'a> {
    /// `input` has `n_bytes` bytes and stands behind the first [`START_BYTES`], which are `start`.
    pub(crate) fn new(
        mut input: Box<dyn Input + 'a>,
        start: &[u8],
        n_bytes: u64,
        channel: Channel,
    ) -> Result<Self, Error> {
        let (format, data_bytes) = find_data(&mut *input, is_long(start), n_bytes)?;
        let format = Format::parse(&format)?;
        channel.check(format.n_channels)?;
        if data_bytes == 0 {
            return Err(Error::NoSamples);
        }
        let block_bytes = format.block_bytes();
        if data_bytes % block_bytes as u64 != 0 {
            return Err(Error::PartialBlock {
                n_bytes: data_bytes,
                block_bytes,
            });
        }
        Ok(Wav {
            input,
            channel,
            n_samples: data_bytes / block_bytes as u64,
            n_read: 0,
            format,
        })
    }

    pub(crate) fn sample_rate(&self) -> u32 {
        self.format.sample_rate
    }

    pub(crate) fn n_samples(&self) -> u64 {
        self.n_samples
    }

    pub(crate) fn n_read(&self) -> u64 {
        self.n_read
    }

    pub(crate) fn skip(&mut self, n_samples: u64) -> Result<(), Error> {
        let n = n_samples.min(self.n_samples - self.n_read);
        // A file's length fits into an i64.
        self.input
            .seek_relative((n * self.format.block_bytes() as u64) as i64)?;
        self.n_read += n;
        Ok(())
    }

    /// Appends what one read of the input holds.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<(), Error> {
        if self.n_read == self.n_samples {
            return Ok(());
        }
        let block_bytes = self.format.block_bytes();
        if held(&mut *self.input)?.len() < block_bytes {
            // It lies across the end of what is held; or the file has become shorter.
            let mut block = vec![0; block_bytes];
            self.input
                .read_exact(&mut block)
                .map_err(|e| match e.kind() {
                    ErrorKind::UnexpectedEof => Error::Truncated {
                        promised: self.n_samples * block_bytes as u64,
                        held: self.n_read * block_bytes as u64,
                    },
                    _ => e.into(),
                })?;
            self.format.append(&block, self.channel, self.n_read, out)?;
            self.n_read += 1;
        }
        let bytes = held(&mut *self.input)?;
        let n = ((bytes.len() / block_bytes) as u64).min(self.n_samples - self.n_read);
        let n_bytes = n as usize * block_bytes;
        self.format
            .append(&bytes[..n_bytes], self.channel, self.n_read, out)?;
        self.input.consume(n_bytes);
        self.n_read += n;
        Ok(())
    }
}

/// What the input holds, read anew if that was nothing.
fn held<'i>(input: &'i mut (dyn Input + '_)) -> Result<&'i [u8], Error> {
    while let Err(e) = input.fill_buf() {
        if e.kind() != ErrorKind::Interrupted {
            return Err(e.into());
        }
    }
    Ok(input.fill_buf()?)
}

/// The beginning of the `fmt ` chunk's body and the length of the `data` chunk's, at whose first
/// byte `input` then stands. It has `n_bytes` bytes.
fn find_data(
    input: &mut (dyn Input + '_),
    is_long: bool,
    n_bytes: u64,
) -> Result<(Vec<u8>, u64), Error> {
    let mut format = None;
    let mut long_size = None;
    let mut at = START_BYTES as u64;
    while n_bytes.saturating_sub(at) >= 8 {
        let mut header = [0; 8];
        input.read_exact(&mut header)?;
        let [a, b, c, d, size @ ..] = header;
        let size = u64::from(u32::from_le_bytes(size));
        let body = at + 8;
        let held = n_bytes - body;
        let mut n_read = 0;
        match &[a, b, c, d] {
            b"data" => {
                let size = long_size
                    .filter(|_| size == u64::from(u32::MAX))
                    .unwrap_or(size);
                if size > held {
                    return Err(Error::Truncated {
                        promised: size,
                        held,
                    });
                }
                let format = format.ok_or_else(|| {
                    header_fault("its samples come before their `fmt ` description")
                })?;
                return Ok((format, size));
            }
            id @ (b"fmt " | b"ds64") if size <= held => {
                n_read = size.min(CHUNK_BYTES);
                let mut chunk = vec![0; n_read as usize];
                input.read_exact(&mut chunk)?;
                if id == b"fmt " {
                    format = Some(chunk);
                } else if is_long {
                    // Behind the size of the file.
                    let size = chunk.get(8..).and_then(|c| c.first_chunk());
                    long_size = size.map(|&s| u64::from_le_bytes(s));
                }
            }
            _ => (),
        }
        // A chunk of odd length is followed by one byte of padding.
        at = body + size + size % 2;
        input.seek_relative((at - body - n_read) as i64)?;
    }
    Err(header_fault("it ends before the `data` chunk"))
}

struct Format {
    encoding: Encoding,
    n_channels: usize,
    sample_rate: u32,
}

impl Format {
    /// Of one sample of each channel.
    fn block_bytes(&self) -> usize {
        self.n_channels * self.encoding.n_bytes()
    }

    /// Appends whole blocks as mono; `index` is the position of the first.
    fn append(
        &self,
        bytes: &[u8],
        channel: Channel,
        index: u64,
        out: &mut Vec<f32>,
    ) -> Result<(), Error> {
        append_mono(bytes, self.encoding, self.n_channels, channel, index, out)
    }

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
