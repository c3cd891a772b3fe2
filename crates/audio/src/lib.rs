//! Every way samples arrive: WAV, FLAC, MP3, Ogg Vorbis, raw PCM on a pipe, a microphone.
//! Whatever comes in, mono f32 at full scale ±1 comes out, at the rate that was asked for; what
//! cannot be trusted is refused with a message that says what to do.
//!
//! ```
//! use mynah_audio::{Channel, decode};
//!
//! // A WAV file of four samples: 16-bit, mono, 8 kHz.
//! let mut wav = Vec::from(*b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0");
//! wav.extend(*b"data\x08\0\0\0\0\0\0\x40\0\0\0\xc0");
//! let audio = decode(&wav, Channel::Mix)?;
//! assert_eq!(audio.samples, [0.0, 0.5, 0.0, -0.5]);
//!
//! let audio = audio.into_rate(16_000)?;
//! assert_eq!((audio.samples.len(), audio.sample_rate), (8, 16_000));
//! # Ok::<(), mynah_audio::Error>(())
//! ```
//!
//! For a file, [`read`]; for a long one, block by block, [`Reader`]; for a stream of raw samples, [`PcmReader`]; for another rate in a
//! stream, [`Resampler`]; to write, [`WavWriter`]; for a microphone, `mic::Microphone` (feature `mic`).
//!
//! # Conventions
//! - The format is decided by the first bytes, never by the file's name.
//! - A damaged or shortened file is an error, not a shorter recording. The exception is MP3, which
//!   has no checksums: damage may pass for sound, and without the tag that encoders put first (Xing,
//!   Info) a shortened file is a shorter recording.
//! - No size in a header is believed: memory follows the bytes that are there. [`read`] takes for a
//!   WAV at most four times its size, for compressed sound at most [`MAX_DECODED`] samples, [`Reader`]
//!   a few megabytes; a file of compressed sound that begins with pictures and the like takes their
//!   size more, and is refused if that exceeds 64 MiB.
//! - [`Reader`], [`PcmReader`], [`Resampler`] and `Microphone` append to the caller's `Vec` and return how many
//!   samples they appended.

mod compressed;
mod encoding;
mod error;
mod health;
#[cfg(feature = "mic")]
pub mod mic;
mod monitor;
mod ogg;
mod pace;
mod pcm;
mod reader;
mod resample;
mod wav;
mod writer;

use std::io::Cursor;
use std::path::Path;

pub use encoding::Encoding;
pub use error::Error;
pub use health::{Health, Level, Rate, Remark};
pub use monitor::Monitor;
pub use pace::Pace;
pub use pcm::{PcmFormat, PcmReader};
pub use reader::Reader;
pub use resample::{Resampler, resample};
pub use writer::WavWriter;

use reader::Stream;

/// Samples that a compressed file may decode to in [`read`] and [`decode`], after channels are mixed: 2²⁶, which is 70 minutes
/// at 16 kHz, 23 at 48 kHz. They take 256 MiB; the `Vec` that they grow in may have room for twice
/// as many, and while it moves both its old and its new place are taken. The limit is needed
/// because a small file can expand without end: FLAC writes a block of silence in a few bytes.
pub const MAX_DECODED: usize = 1 << 26;

/// A recording: one channel, in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples; full scale is ±1, but float files may exceed it. Never NaN or infinite.
    pub samples: Vec<f32>,
    /// Samples per second, in Hz; 1000 to 768000.
    pub sample_rate: u32,
}

impl Audio {
    /// The same sound at `sample_rate`; untouched if it already has it. See [`resample`].
    ///
    /// # Errors
    /// [`Error::SampleRate`] and [`Error::Ratio`].
    pub fn into_rate(self, sample_rate: u32) -> Result<Self, Error> {
        if self.sample_rate == sample_rate {
            return Ok(self);
        }
        Ok(Audio {
            samples: resample(&self.samples, self.sample_rate, sample_rate)?,
            sample_rate,
        })
    }
}

/// What becomes of several channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Channel {
    /// The mean of all, summed in f32 in the order of the channels.
    #[default]
    Mix,
    /// This one alone, counted from 0.
    Pick(usize),
}

impl Channel {
    fn check(self, n_channels: usize) -> Result<(), Error> {
        match self {
            Channel::Pick(got) if got >= n_channels => {
                Err(Error::NoSuchChannel { got, n_channels })
            }
            _ => Ok(()),
        }
    }

    /// This channel's sample of a block (one sample of each channel).
    fn of<T>(self, block: &[T], value: impl Fn(&T) -> f32) -> f32 {
        match self {
            Channel::Pick(c) => value(&block[c]),
            Channel::Mix => block.iter().map(value).sum::<f32>() / block.len() as f32,
        }
    }
}

/// Reads a sound file. Pipes and devices are refused; raw sound on a pipe is for [`PcmReader`].
///
/// # Errors
/// [`Error::File`], with the path and whatever [`decode`] or the operating system had to say.
pub fn read(path: impl AsRef<Path>, channel: Channel) -> Result<Audio, Error> {
    let path = path.as_ref();
    Stream::open(path, channel)
        .and_then(|stream| stream.read_all(MAX_DECODED))
        .map_err(|fault| fault.in_file(path))
}

/// Decodes a sound file held in memory: WAV (8 to 32-bit integers, 32 and 64-bit floats), FLAC,
/// MP3 or Ogg Vorbis.
///
/// # Errors
/// Anything from [`Error::Empty`] to [`Error::TooLong`], without the name of a file.
pub fn decode(bytes: &[u8], channel: Channel) -> Result<Audio, Error> {
    Stream::new(Box::new(Cursor::new(bytes)), bytes.len() as u64, channel)?.read_all(MAX_DECODED)
}
