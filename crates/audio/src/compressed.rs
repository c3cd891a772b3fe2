//! FLAC, MP3 and Ogg Vorbis (symphonia crate).
//!
//! FLAC and Ogg carry checksums, and FLAC and the encoder's tag of an MP3 the number of samples; an
//! MP3 without that tag carries neither, so what is left of it decodes.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use crate::encoding::{check_finite, mix};
use crate::reader::Input;
use crate::resample::check_rate;
use crate::{Channel, Error, ogg};

/// Whether the first bytes are those of FLAC, Ogg, or MP3 (an ID3 tag or the frame sync).
pub(crate) fn is_known(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [b'f', b'L', b'a', b'C', ..] | [b'O', b'g', b'g', b'S', ..] | [b'I', b'D', b'3', ..]
    ) || matches!(bytes, [0xff, b, ..] if b & 0xe0 == 0xe0)
}

/// What may come before the first sound, in bytes: headers, pictures, comments.
const MAX_HEADERS: u64 = 64 << 20;

/// A compressed file being read.
pub(crate) struct Compressed<'a> {
    format: Box<dyn FormatReader + 'a>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    n_promised: Option<u64>,
    channel: Channel,
    /// Rate in Hz and number of channels, as the first block has them.
    shape: Option<(u32, usize)>,
    /// Of each channel.
    n_decoded: u64,
    n_to_skip: u64,
    /// The first block, which was decoded to know its shape.
    ahead: Vec<f32>,
    interleaved: Vec<f32>,
}

impl<'a> Compressed<'a> {
    /// `input` stands at the first of its `n_bytes` bytes; `start` are the first few.
    pub(crate) fn new(
        mut input: Box<dyn Input + 'a>,
        start: &[u8],
        n_bytes: u64,
        channel: Channel,
    ) -> Result<Self, Error> {
        if start.starts_with(b"OggS") {
            ogg::check(&mut *input)?;
            input.rewind()?;
        }
        let n_left = Arc::new(AtomicU64::new(MAX_HEADERS));
        let source = Source {
            input,
            n_bytes,
            n_left: Arc::clone(&n_left),
        };
        let this = guarded(0, || Self::with_first_block(source, start, channel))?;
        n_left.store(u64::MAX, Ordering::Relaxed);
        Ok(this)
    }

    fn with_first_block(source: Source<'a>, start: &[u8], channel: Channel) -> Result<Self, Error> {
        let stream = MediaSourceStream::new(Box::new(source), Default::default());
        let format = symphonia::default::get_probe()
            .probe(
                &Hint::new(),
                stream,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(|fault| match fault {
                // The first bytes were chance, or nothing follows them: UTF-16 text begins like MP3.
                Fault::Unsupported(_) => Error::unknown_format(start),
                fault => damaged(0, fault),
            })?;
        let (track_id, n_promised, params) = sound_track(&*format)?;
        let decoder = symphonia::default::get_codecs()
            // FLAC carries an MD5 of its samples.
            .make_audio_decoder(&params, &AudioDecoderOptions::default().verify(true))
            .map_err(|fault| match fault {
                Fault::Unsupported(_) => other_coding(),
                fault => damaged(0, fault),
            })?;
        let mut this = Compressed {
            format,
            decoder,
            track_id,
            n_promised,
            channel,
            shape: None,
            n_decoded: 0,
            n_to_skip: 0,
            ahead: Vec::new(),
            interleaved: Vec::new(),
        };
        let mut first = Vec::new();
        this.decode(&mut first)?;
        this.ahead = first;
        Ok(this)
    }

    pub(crate) fn sample_rate(&self) -> u32 {
        self.shape.map_or(0, |(rate, _)| rate)
    }

    pub(crate) fn n_promised(&self) -> Option<u64> {
        self.n_promised
    }

    pub(crate) fn n_decoded(&self) -> u64 {
        self.n_decoded
    }

    pub(crate) fn skip(&mut self, n_samples: u64) {
        self.n_to_skip = self.n_to_skip.saturating_add(n_samples);
    }

    /// Appends what one packet decodes to; nothing at the end of a whole and undamaged file.
    pub(crate) fn next_block(&mut self, out: &mut Vec<f32>) -> Result<(), Error> {
        let start = out.len();
        loop {
            if self.ahead.is_empty() {
                guarded(self.n_decoded, || self.decode(out))?;
            } else {
                out.append(&mut self.ahead);
            }
            let n_new = out.len() - start;
            let n_skipped = self.n_to_skip.min(n_new as u64) as usize;
            out.drain(start..start + n_skipped);
            self.n_to_skip -= n_skipped as u64;
            if n_new == 0 || n_skipped < n_new {
                return Ok(());
            }
        }
    }

    /// Appends the next samples, or none if there are no more and nothing is wrong.
    fn decode(&mut self, out: &mut Vec<f32>) -> Result<(), Error> {
        let start = out.len();
        while out.len() == start {
            let Some(packet) = self
                .format
                .next_packet()
                .map_err(|fault| damaged(self.n_decoded, fault))?
            else {
                return self.check_whole();
            };
            if packet.track_id != self.track_id {
                continue;
            }
            let block = self
                .decoder
                .decode(&packet)
                .map_err(|fault| damaged(self.n_decoded, fault))?;
            let shape = (block.spec().rate(), block.num_planes());
            let (rate, n_channels) = shape;
            if *self.shape.get_or_insert(shape) != shape {
                return Err(damaged(
                    self.n_decoded,
                    Fault::DecodeError("rate or channels change"),
                ));
            }
            check_rate(rate)?;
            if n_channels == 0 {
                return Err(Error::NoChannels);
            }
            self.channel.check(n_channels)?;
            block.copy_to_vec_interleaved(&mut self.interleaved);
            mix(&self.interleaved, n_channels, self.channel, out, |&x| x);
            check_finite(&out[start..], self.n_decoded)?;
            self.n_decoded += (out.len() - start) as u64;
        }
        Ok(())
    }

    /// Whether every sample that the file announces was there, and is what it was when written.
    fn check_whole(&mut self) -> Result<(), Error> {
        if self.decoder.finalize().verify_ok == Some(false) {
            return Err(damaged(
                self.n_decoded,
                Fault::DecodeError("the checksum does not match"),
            ));
        }
        match self.n_promised {
            Some(promised) if self.n_decoded < promised => Err(Error::Damaged {
                n_samples: self.n_decoded,
                fault: format!("there should be {promised}"),
            }),
            _ if self.n_decoded == 0 => Err(Error::NoSamples),
            _ => Ok(()),
        }
    }
}

/// In builds that check for overflow, the FLAC predictor (symphonia 0.6.1) panics on made-up
/// frames with good checksums; nothing short of decoding them tells them from others. What has
/// panicked is not used again: see `Stream::has_failed`.
fn guarded<T>(n_decoded: u64, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(damaged(
            n_decoded,
            Fault::DecodeError("the decoder gave up"),
        ))
    })
}

/// A file as symphonia wants it. What comes before the sound is kept in memory, so there is a limit
/// to it.
struct Source<'a> {
    input: Box<dyn Input + 'a>,
    n_bytes: u64,
    /// Bytes that may yet be read.
    n_left: Arc<AtomicU64>,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        let n_left = self.n_left.load(Ordering::Relaxed).checked_sub(n as u64);
        let n_left = n_left.ok_or_else(|| io::Error::other("headers without end"))?;
        self.n_left.store(n_left, Ordering::Relaxed);
        Ok(n)
    }
}

impl Seek for Source<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.input.seek(to)
    }
}

impl MediaSource for Source<'_> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.n_bytes)
    }
}

/// The track's number, its length in samples if the file states it, and how it is coded.
fn sound_track(
    format: &(dyn FormatReader + '_),
) -> Result<(u32, Option<u64>, AudioCodecParameters), Error> {
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(other_coding)?;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or_else(other_coding)?;
    // Without the encoder's tag, which also tells its delay, the length of an MP3 is a guess from
    // its bit rate.
    let n_promised = track
        .num_frames
        .filter(|_| params.codec != CODEC_ID_MP3 || track.delay.is_some());
    Ok((track.id, n_promised, params.clone()))
}

fn other_coding() -> Error {
    Error::Codec {
        codec: "something other than FLAC, MP3 or Vorbis".to_owned(),
    }
}

fn damaged(n_samples: u64, fault: Fault) -> Error {
    match fault {
        // The disk, not the file.
        Fault::IoError(e) if e.raw_os_error().is_some() => Error::Io(e),
        Fault::Unsupported(what) => Error::Codec {
            codec: what.to_owned(),
        },
        Fault::ResetRequired => Error::Codec {
            codec: "several streams, one after another".to_owned(),
        },
        fault => Error::Damaged {
            n_samples,
            fault: fault.to_string(),
        },
    }
}
