//! Raw PCM from a pipe: `arecord -t raw …`, `ffmpeg -f s16le -`, `sox … -t raw -`.

use std::io::{ErrorKind, Read};

use crate::encoding::append_mono;
use crate::resample::check_rate;
use crate::{Channel, Encoding, Error};

/// What headerless bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PcmFormat {
    /// How one sample is written.
    pub encoding: Encoding,
    /// Samples per second and channel, in Hz; 1000 to 768000.
    pub sample_rate: u32,
    /// Channels, interleaved; at least 1.
    pub n_channels: u16,
}

/// Reads raw PCM as mono f32, as soon as it arrives.
///
/// ```
/// use mynah_audio::{Channel, Encoding, PcmFormat, PcmReader};
///
/// let format = PcmFormat { encoding: Encoding::S16Le, sample_rate: 16_000, n_channels: 1 };
/// let stdin: &[u8] = &[0, 0x40, 0, 0xc0];
/// let mut pcm = PcmReader::new(stdin, format, Channel::Mix)?;
/// let mut samples = Vec::new();
/// while pcm.read_block(&mut samples)? > 0 {}
/// assert_eq!(samples, [0.5, -0.5]);
/// # Ok::<(), mynah_audio::Error>(())
/// ```
#[derive(Debug)]
pub struct PcmReader<R> {
    reader: R,
    format: PcmFormat,
    channel: Channel,
    block_bytes: usize,
    /// Whole blocks (one sample of each channel) long; the first `n_held` bytes wait for the rest of
    /// theirs.
    buffer: Vec<u8>,
    n_held: usize,
    n_blocks: u64,
}

/// Of one read, at least: half a second of 16 kHz mono 16-bit.
const READ_BYTES: usize = 16 * 1024;

impl<R: Read> PcmReader<R> {
    /// Wraps a reader; it needs no buffering of its own.
    ///
    /// # Errors
    /// [`Error::SampleRate`], [`Error::NoChannels`], [`Error::NoSuchChannel`].
    pub fn new(reader: R, format: PcmFormat, channel: Channel) -> Result<Self, Error> {
        check_rate(format.sample_rate)?;
        let n_channels = usize::from(format.n_channels);
        if n_channels == 0 {
            return Err(Error::NoChannels);
        }
        channel.check(n_channels)?;
        let block_bytes = n_channels * format.encoding.n_bytes();
        Ok(PcmReader {
            reader,
            format,
            channel,
            block_bytes,
            buffer: vec![0; READ_BYTES.div_ceil(block_bytes) * block_bytes],
            n_held: 0,
            n_blocks: 0,
        })
    }

    /// Appends what has arrived to `out` and returns the number of samples appended; waits only
    /// while there is not even one. 0 means that the stream has ended: see
    /// [`n_leftover`](Self::n_leftover).
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::NotFinite`] for a float that is no sound, after which what came with
    /// it is gone from `out` and the next call goes on behind it.
    pub fn read_block(&mut self, out: &mut Vec<f32>) -> Result<usize, Error> {
        loop {
            let n_read = match self.reader.read(&mut self.buffer[self.n_held..]) {
                Ok(0) => return Ok(0),
                Ok(n) => n,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(e.into()),
            };
            let n_bytes = self.n_held + n_read;
            self.n_held = n_bytes % self.block_bytes;
            let whole = n_bytes - self.n_held;
            let start = out.len();
            let index = self.n_blocks;
            let appended = append_mono(
                &self.buffer[..whole],
                self.format.encoding,
                usize::from(self.format.n_channels),
                self.channel,
                index,
                out,
            );
            self.buffer.copy_within(whole..n_bytes, 0);
            self.n_blocks += (whole / self.block_bytes) as u64;
            if appended.is_err() {
                out.truncate(start);
            }
            appended?;
            if whole > 0 {
                return Ok(out.len() - start);
            }
        }
    }

    /// Samples read so far, those of blocks that were refused among them.
    pub fn n_samples(&self) -> u64 {
        self.n_blocks
    }

    /// Bytes held back because their block (one sample of each channel) is not complete. More than 0
    /// after the end means that the stream was cut in the middle of a block, or that the format is
    /// not the one given.
    pub fn n_leftover(&self) -> usize {
        self.n_held
    }
}
