//! What can be wrong with sound that arrives from outside, each with its remedy.

use std::path::PathBuf;

use crate::MAX_DECODED;
use crate::resample::RATES;

/// Why samples could not be had. Every message says what is wrong and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A fault of one file, with its name.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never another [`Error::File`].
        fault: Box<Error>,
    },
    /// The operating system refused to read.
    #[error("cannot be read ({0}); check that it exists and that you may read it")]
    Io(#[from] std::io::Error),
    /// The operating system refused to write.
    #[error("cannot be written ({0}); check that there is room and that you may write there")]
    Write(#[source] std::io::Error),
    /// More samples for a WAV than it can hold, or another number than was announced.
    #[error("{got} samples where a WAV takes {max}; make it shorter than 4 GB, in several files")]
    WavLength {
        /// Samples given.
        got: u64,
        /// Samples there is room for.
        max: u64,
    },
    /// A directory, pipe or device where a file was wanted.
    #[error("is not a file; give the sound files one by one, or raw samples on standard input")]
    NotAFile,
    /// A file of no bytes.
    #[error("is empty; record or copy it again")]
    Empty,
    /// No known format begins like this.
    #[error(
        "is not sound in a known format (WAV, FLAC, MP3, Ogg Vorbis); it begins with \"{start}\"; \
         if it is sound, convert it: `ffmpeg -i in out.wav`"
    )]
    UnknownFormat {
        /// The first bytes, printable characters as they are and the others escaped.
        start: String,
    },
    /// A known container with a coding inside that is not decoded here.
    #[error("is coded as {codec}, which is not read here; convert it: `ffmpeg -i in out.wav`")]
    Codec {
        /// Name of the coding, with its number where there is one.
        codec: String,
    },
    /// A WAV header that contradicts itself or lacks a part.
    #[error(
        "has a broken WAV header: {fault}; copy it again, or save it anew as 16-bit WAV with the \
         program that made it"
    )]
    Header {
        /// What is broken.
        fault: String,
    },
    /// Fewer bytes of samples than the header announces.
    #[error(
        "the header promises {promised} bytes of samples but the file holds {held}; it was cut \
         short or never finished: copy it again, or repair it with \
         `sox --ignore-length in.wav out.wav`"
    )]
    Truncated {
        /// Bytes the header announces.
        promised: u64,
        /// Bytes there are.
        held: u64,
    },
    /// The samples end in the middle of a block (one sample of each channel).
    #[error(
        "holds {n_bytes} bytes of samples, which is no whole number of {block_bytes}-byte blocks; \
         copy it again, or leave the rest out: `sox in.wav out.wav`"
    )]
    PartialBlock {
        /// Bytes of samples.
        n_bytes: u64,
        /// Bytes of one block.
        block_bytes: usize,
    },
    /// A header and nothing after it.
    #[error(
        "holds no samples; record it again (if the file is large, its header was never finished: \
         `sox --ignore-length in.wav out.wav`)"
    )]
    NoSamples,
    /// A sample rate outside what sound is recorded at.
    #[error("a sample rate of {got} Hz; allowed are {} to {} Hz", RATES.start(), RATES.end())]
    SampleRate {
        /// The rate, in Hz.
        got: u32,
    },
    /// No channels at all.
    #[error("has 0 channels; at least 1 is needed")]
    NoChannels,
    /// The channel asked for is not there.
    #[error("channel {got} was asked for, but there are {n_channels}, counted from 0")]
    NoSuchChannel {
        /// The channel asked for, from 0.
        got: usize,
        /// Channels there are.
        n_channels: usize,
    },
    /// A sample that is not a number, infinite, or beyond ±2³¹.
    #[error(
        "sample {index} is {value}, which is no sound; \
         the program that wrote it went wrong: make the recording again"
    )]
    NotFinite {
        /// Which sample, counted from 0 in each channel.
        index: u64,
        /// Its value, after channels were mixed.
        value: f32,
    },
    /// A compressed stream that cannot be decoded to its end.
    #[error(
        "is damaged after {n_samples} good samples ({fault}); copy it again, \
         or save what is left of it: `ffmpeg -i in out.wav`"
    )]
    Damaged {
        /// Samples per channel decoded before the fault.
        n_samples: u64,
        /// What the decoder said.
        fault: String,
    },
    /// More sound than is decoded into memory at once.
    #[error(
        "decodes to more than {MAX_DECODED} samples; split it: \
         `sox in.flac out.wav trim 0 3600 : newfile : restart`"
    )]
    TooLong,
    /// Two rates with so small a common factor that one block would fill the memory.
    #[error(
        "resampling from {from} to {to} Hz needs blocks of {block} samples, above the limit of \
         {limit}; ask for a rounder rate, or convert it first: `sox in.wav -r 48000 out.wav`"
    )]
    Ratio {
        /// Rate of the input, in Hz.
        from: u32,
        /// Rate asked for, in Hz.
        to: u32,
        /// Samples in the block of the faster side.
        block: usize,
        /// Samples allowed.
        limit: usize,
    },
    /// No microphone, or none of that name.
    #[cfg(feature = "mic")]
    #[error("no microphone{}; {}", .wanted.as_ref().map(|w| format!(" called \"{w}\"")).unwrap_or_default(), advice(available))]
    NoMicrophone {
        /// The name, part of a name, or index asked for.
        wanted: Option<String>,
        /// Names of those there are.
        available: Vec<String>,
    },
    /// Another program holds the microphone.
    #[cfg(feature = "mic")]
    #[error(
        "the microphone is in use by another program; close that program, or choose another microphone"
    )]
    MicrophoneBusy,
    /// The system does not let this program listen.
    #[cfg(feature = "mic")]
    #[error(
        "the system does not allow this program to listen; allow the microphone in the privacy \
         settings (on Linux: `sudo usermod -aG audio $USER`, then log in again)"
    )]
    MicrophoneDenied,
    /// The microphone has only samples of a kind that is not read here.
    #[cfg(feature = "mic")]
    #[error(
        "the microphone \"{name}\" offers no kind of samples that is read here (integers of 8, 16, 24 in four bytes, \
         or 32 bits, or floats); choose a device that converts: on Linux one called plughw, default or pipewire"
    )]
    MicrophoneFormat {
        /// Its name.
        name: String,
    },
    /// The microphone was open and then failed, or gave nothing.
    #[cfg(feature = "mic")]
    #[error("the microphone failed ({fault}); check that it is plugged in, then start again")]
    MicrophoneLost {
        /// What the sound system said.
        fault: String,
    },
}

impl Error {
    pub(crate) fn unknown_format(bytes: &[u8]) -> Self {
        Error::UnknownFormat {
            start: bytes[..bytes.len().min(8)].escape_ascii().to_string(),
        }
    }

    /// The same fault, with the name of the file it was found in.
    pub(crate) fn in_file(self, path: &std::path::Path) -> Self {
        Error::File {
            path: path.to_path_buf(),
            fault: Box::new(self),
        }
    }
}

#[cfg(feature = "mic")]
fn advice(available: &[String]) -> String {
    if available.is_empty() {
        "none is connected or the sound system does not show it; on Linux check that `arecord -l` \
         lists it (package alsa-utils; with PipeWire also pipewire-alsa)"
            .to_owned()
    } else {
        format!("there are: {}", available.join(", "))
    }
}
