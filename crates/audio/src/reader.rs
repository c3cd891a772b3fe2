//! A recording block by block, in memory that does not grow with its length.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::compressed::{self, Compressed};
use crate::wav::{self, Wav};
use crate::{Audio, Channel, Error};

/// Of one read: a second of 16 kHz 16-bit mono fits, with its header.
const BUFFER_BYTES: usize = 64 * 1024;

/// Reads a sound file from its beginning to its end, a block at a time. The blocks joined are bit for
/// bit what [`read`](crate::read) gives, and what that refuses is refused here: damage that shows in
/// the header at once, any other with the block it spoils or at the end of the recording, before the
/// last [`next_block`](Self::next_block) returns 0.
///
/// A few megabytes are enough for a recording of any length; there is no
/// [`MAX_DECODED`](crate::MAX_DECODED).
///
/// ```
/// use std::io::Cursor;
/// use mynah_audio::{Channel, Reader};
///
/// # let mut wav = Vec::from(*b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0");
/// # wav.extend(*b"data\x08\0\0\0\0\0\0\x40\0\0\0\xc0");
/// // Of a file: `Reader::open("talk.wav", Channel::Mix)?`.
/// let mut reader = Reader::new(Cursor::new(wav), Channel::Mix)?;
/// assert_eq!((reader.sample_rate(), reader.n_samples()), (8_000, Some(4)));
/// let mut block = Vec::new();
/// while reader.next_block(&mut block)? > 0 {
///     // … work on it …
///     block.clear();
/// }
/// # Ok::<(), mynah_audio::Error>(())
/// ```
pub struct Reader {
    stream: Stream<'static>,
    /// For the messages.
    path: Option<PathBuf>,
}

impl Reader {
    /// Opens a sound file. Pipes and devices are refused; raw sound on a pipe is for
    /// [`PcmReader`](crate::PcmReader). Of an Ogg file all checksums are verified here, which reads
    /// it once.
    ///
    /// # Errors
    /// [`Error::File`], with the path and what is wrong; this and all other methods.
    pub fn open(path: impl AsRef<Path>, channel: Channel) -> Result<Self, Error> {
        let path = path.as_ref();
        match Stream::open(path, channel) {
            Ok(stream) => Ok(Reader {
                stream,
                path: Some(path.to_path_buf()),
            }),
            Err(fault) => Err(fault.in_file(path)),
        }
    }

    /// Reads sound from anything that seeks, from its beginning.
    ///
    /// # Errors
    /// Anything from [`Error::Io`] to [`Error::Damaged`], without the name of a file; this and all
    /// other methods.
    pub fn new(
        mut input: impl BufRead + Seek + Send + Sync + 'static,
        channel: Channel,
    ) -> Result<Self, Error> {
        let n_bytes = input.seek(SeekFrom::End(0))?;
        input.rewind()?;
        Ok(Reader {
            stream: Stream::new(Box::new(input), n_bytes, channel)?,
            path: None,
        })
    }

    /// Samples per second, in Hz; 1000 to 768000.
    pub fn sample_rate(&self) -> u32 {
        match &self.stream.format {
            Format::Wav(wav) => wav.sample_rate(),
            Format::Compressed(compressed) => compressed.sample_rate(),
        }
    }

    /// Length of the whole recording in samples, as the file tells it: a WAV has been found long
    /// enough for it; other files are refused at their end if they fall short of it. None for
    /// an MP3 without its encoder's tag, and for FLAC from a stream.
    pub fn n_samples(&self) -> Option<u64> {
        match &self.stream.format {
            Format::Wav(wav) => Some(wav.n_samples()),
            Format::Compressed(compressed) => compressed.n_promised(),
        }
    }

    /// Passes over the next `n_samples` samples, or over all that are left. In a WAV they are not
    /// looked at; in other formats they are decoded and checked by the next
    /// [`next_block`](Self::next_block).
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Damaged`] after an earlier error.
    pub fn skip(&mut self, n_samples: u64) -> Result<(), Error> {
        self.stream
            .skip(n_samples)
            .map_err(|fault| named(fault, self.path.as_deref()))
    }

    /// Appends the next samples, some tens of thousands at most, to `out` and returns how many they
    /// are; 0 at the end of the recording, when everything that the file says of itself has been
    /// checked.
    ///
    /// # Errors
    /// Whatever is wrong with the file, as soon as it is known; `out` is then as it was. After an
    /// error there is nothing but errors.
    pub fn next_block(&mut self, out: &mut Vec<f32>) -> Result<usize, Error> {
        self.stream
            .next_block(out)
            .map_err(|fault| named(fault, self.path.as_deref()))
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("path", &self.path)
            .field("sample_rate", &self.sample_rate())
            .field("n_samples", &self.n_samples())
            .finish_non_exhaustive()
    }
}

fn named(fault: Error, path: Option<&Path>) -> Error {
    match path {
        Some(path) => fault.in_file(path),
        None => fault,
    }
}

/// What a recording is read from.
pub(crate) trait Input: BufRead + Seek + Send + Sync {}
impl<T: BufRead + Seek + Send + Sync> Input for T {}

/// A recording being read: the one road of [`Reader`], [`read`](crate::read) and
/// [`decode`](crate::decode).
pub(crate) struct Stream<'a> {
    format: Format<'a>,
    has_failed: bool,
}

enum Format<'a> {
    Wav(Wav<'a>),
    Compressed(Box<Compressed<'a>>),
}

impl Stream<'static> {
    /// The path is looked at before it is opened: opening a pipe waits until somebody writes to it,
    /// and a device such as /dev/zero has no end.
    pub(crate) fn open(path: &Path, channel: Channel) -> Result<Self, Error> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(Error::NotAFile);
        }
        let input = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
        Self::new(Box::new(input), metadata.len(), channel)
    }
}

impl<'a> Stream<'a> {
    /// `input` stands at the first of its `n_bytes` bytes.
    pub(crate) fn new(
        mut input: Box<dyn Input + 'a>,
        n_bytes: u64,
        channel: Channel,
    ) -> Result<Self, Error> {
        let mut start = Vec::with_capacity(wav::START_BYTES);
        (&mut input)
            .take(wav::START_BYTES as u64)
            .read_to_end(&mut start)?;
        let format = if start.is_empty() {
            return Err(Error::Empty);
        } else if wav::is_wav(&start) {
            Format::Wav(Wav::new(input, &start, n_bytes, channel)?)
        } else if compressed::is_known(&start) {
            input.rewind()?;
            Format::Compressed(Box::new(Compressed::new(input, &start, n_bytes, channel)?))
        } else {
            return Err(Error::unknown_format(&start));
        };
        Ok(Stream {
            format,
            has_failed: false,
        })
    }

    fn next_block(&mut self, out: &mut Vec<f32>) -> Result<usize, Error> {
        self.check_not_failed()?;
        let start = out.len();
        let result = match &mut self.format {
            Format::Wav(wav) => wav.next_block(out),
            Format::Compressed(compressed) => compressed.next_block(out),
        };
        match result {
            Ok(()) => Ok(out.len() - start),
            Err(fault) => {
                self.has_failed = true;
                out.truncate(start);
                Err(fault)
            }
        }
    }

    fn skip(&mut self, n_samples: u64) -> Result<(), Error> {
        self.check_not_failed()?;
        match &mut self.format {
            Format::Wav(wav) => wav.skip(n_samples)?,
            Format::Compressed(compressed) => compressed.skip(n_samples),
        }
        Ok(())
    }

    /// A caller who passes over an error must not take what follows for the rest of the recording.
    fn check_not_failed(&self) -> Result<(), Error> {
        if !self.has_failed {
            return Ok(());
        }
        Err(Error::Damaged {
            n_samples: match &self.format {
                Format::Wav(wav) => wav.n_read(),
                Format::Compressed(compressed) => compressed.n_decoded(),
            },
            fault: "reading stopped at an earlier fault".to_owned(),
        })
    }

    /// All of it; of compressed sound no more than `max_decoded` samples.
    pub(crate) fn read_all(mut self, max_decoded: usize) -> Result<Audio, Error> {
        let mut samples = Vec::new();
        let sample_rate = match &self.format {
            Format::Wav(wav) => {
                // As many as there are bytes for; but those of a file with holes may be no bytes.
                usize::try_from(wav.n_samples())
                    .ok()
                    .and_then(|n| samples.try_reserve_exact(n).ok())
                    .ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?;
                wav.sample_rate()
            }
            Format::Compressed(compressed) => compressed.sample_rate(),
        };
        while self.next_block(&mut samples)? > 0 {
            if matches!(self.format, Format::Compressed(_)) && samples.len() > max_decoded {
                return Err(Error::TooLong);
            }
        }
        Ok(Audio {
            samples,
            sample_rate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_is_bounded() {
        let flac = include_bytes!("../tests/data/tone.flac");
        let read_all = |max_decoded| {
            let input = Box::new(io::Cursor::new(flac));
            let stream = Stream::new(input, flac.len() as u64, Channel::Mix).unwrap();
            stream.read_all(max_decoded)
        };
        assert!(read_all(1_600).is_ok());
        assert!(matches!(read_all(1_599), Err(Error::TooLong)));
    }
}
