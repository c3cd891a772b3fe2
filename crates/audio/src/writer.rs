//! 16-bit WAV, written a block at a time.

use std::io::Write;

use crate::Error;
use crate::resample::check_rate;

const HEADER_BYTES: u32 = 44;

/// Writes one channel as a 16-bit WAV whose length is known beforehand, so that nothing has to seek: a pipe will do.
///
/// ```
/// use mynah_audio::{Channel, WavWriter, decode};
///
/// let mut wav = Vec::new();
/// let mut writer = WavWriter::new(&mut wav, 8_000, 3)?;
/// writer.write(&[0.0, 0.5])?;
/// writer.write(&[-1.0])?;
/// writer.finish()?;
/// assert_eq!(decode(&wav, Channel::Mix)?.samples, [0.0, 0.5, -1.0]);
/// # Ok::<(), mynah_audio::Error>(())
/// ```
#[derive(Debug)]
pub struct WavWriter<W: Write> {
    out: W,
    n_left: u64,
    bytes: Vec<u8>,
}

impl<W: Write> WavWriter<W> {
    /// Samples that one file holds at most: its size is told in 32 bits.
    pub const MAX_SAMPLES: u64 = ((u32::MAX - HEADER_BYTES) / 2) as u64;

    /// Writes the header of `n_samples` samples at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`]; [`Error::WavLength`] beyond [`MAX_SAMPLES`](Self::MAX_SAMPLES); [`Error::Write`].
    pub fn new(mut out: W, sample_rate: u32, n_samples: u64) -> Result<Self, Error> {
        check_rate(sample_rate)?;
        if n_samples > Self::MAX_SAMPLES {
            return Err(Error::WavLength {
                got: n_samples,
                max: Self::MAX_SAMPLES,
            });
        }
        let n_bytes = 2 * n_samples as u32;
        let mut header = Vec::with_capacity(HEADER_BYTES as usize);
        header.extend(b"RIFF");
        header.extend((n_bytes + HEADER_BYTES - 8).to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend(16u32.to_le_bytes());
        // PCM, one channel.
        header.extend([1, 0, 1, 0]);
        header.extend(sample_rate.to_le_bytes());
        header.extend((2 * sample_rate).to_le_bytes());
        header.extend([2, 0, 16, 0]);
        header.extend(b"data");
        header.extend(n_bytes.to_le_bytes());
        out.write_all(&header).map_err(Error::Write)?;
        Ok(Self {
            out,
            n_left: n_samples,
            bytes: Vec::new(),
        })
    }

    /// Writes the next samples, rounded to the nearest of 16 bits; full scale is ±1, and what exceeds it is clipped.
    ///
    /// # Errors
    /// [`Error::WavLength`] for more samples than were announced; [`Error::Write`].
    pub fn write(&mut self, samples: &[f32]) -> Result<(), Error> {
        let n = samples.len() as u64;
        self.n_left = self.n_left.checked_sub(n).ok_or(Error::WavLength {
            got: n,
            max: self.n_left,
        })?;
        self.bytes.clear();
        // `as` keeps to the range of 16 bits.
        let rounded = samples.iter().map(|&x| (x * 32_768.0).round() as i16);
        self.bytes.extend(rounded.flat_map(i16::to_le_bytes));
        self.out.write_all(&self.bytes).map_err(Error::Write)
    }

    /// Checks that all announced samples were written, and flushes.
    ///
    /// # Errors
    /// [`Error::WavLength`] where some are lacking; [`Error::Write`].
    pub fn finish(mut self) -> Result<(), Error> {
        if self.n_left > 0 {
            return Err(Error::WavLength {
                got: 0,
                max: self.n_left,
            });
        }
        self.out.flush().map_err(Error::Write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channel, decode};

    #[test]
    fn samples_are_rounded_and_clipped() {
        let mut wav = Vec::new();
        let mut writer = WavWriter::new(&mut wav, 16_000, 4).unwrap();
        writer
            .write(&[1.5, -1.5, 0.4 / 32_768.0, 0.6 / 32_768.0])
            .unwrap();
        writer.finish().unwrap();
        let audio = decode(&wav, Channel::Mix).unwrap();
        assert_eq!(
            audio.samples,
            [32_767.0 / 32_768.0, -1.0, 0.0, 1.0 / 32_768.0]
        );
        assert_eq!(audio.sample_rate, 16_000);
    }

    #[test]
    fn the_length_is_kept() {
        let mut writer = WavWriter::new(Vec::new(), 16_000, 2).unwrap();
        assert!(matches!(
            writer.write(&[0.0; 3]),
            Err(Error::WavLength { got: 3, max: 2 })
        ));
        let mut writer = WavWriter::new(Vec::new(), 16_000, 2).unwrap();
        writer.write(&[0.0]).unwrap();
        assert!(matches!(writer.finish(), Err(Error::WavLength { .. })));
        let four_gb = WavWriter::new(Vec::new(), 16_000, 1 << 31);
        assert!(matches!(four_gb, Err(Error::WavLength { .. })));
    }
}
