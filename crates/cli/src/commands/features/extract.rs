//! A recording's samples to its feature rows, in memory that does not grow with its length.

use std::path::PathBuf;

use mynah::dsp::{ConfigError, Mfcc, MfccConfig, MfccStream};
use mynah_audio::{Audio, Channel, MAX_DECODED, Resampler};

use super::rows::{RowFile, Stored};
use crate::clips::{Reading, Stretch};

/// Samples that are analysed in memory: a minute at 16 kHz. Longer recordings pass through block by block.
const LONG: usize = 1 << 20;

/// A preset at whatever rates come along; what the last recording needed is kept ready.
#[derive(Debug)]
pub struct Extractor {
    config: MfccConfig,
    mfcc: Mfcc,
    /// Why recordings cannot be analysed block by block, if they cannot.
    needs_all: Option<ConfigError>,
    channel: Channel,
    /// Of the features; each recording's own if none is asked for, Hz.
    sample_rate: Option<u32>,
    resampler: Option<(u32, Resampler)>,
    /// Where rows of long recordings wait.
    folder: PathBuf,
    samples: Vec<f32>,
}

/// The features of one recording.
pub struct Extracted {
    pub rows: Stored,
    pub n_frames: usize,
    pub n_coeffs: usize,
    /// Hz.
    pub sample_rate: u32,
    /// Length of the sound, s.
    pub seconds: f64,
    /// From one frame to the next, s.
    pub hop_seconds: f64,
}

impl Extractor {
    pub fn new(
        config: &MfccConfig,
        channel: Channel,
        sample_rate: Option<u32>,
        folder: PathBuf,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            mfcc: Mfcc::new(config)?,
            needs_all: MfccStream::new(config).err(),
            config: config.clone(),
            channel,
            sample_rate,
            resampler: None,
            folder,
            samples: Vec::new(),
        })
    }

    /// One for another thread.
    pub fn another(&self) -> Self {
        Self {
            config: self.config.clone(),
            mfcc: self.mfcc.clone(),
            needs_all: self.needs_all.clone(),
            resampler: None,
            folder: self.folder.clone(),
            samples: Vec::new(),
            ..*self
        }
    }

    /// Length of a row.
    pub fn n_coeffs(&self) -> usize {
        self.mfcc.n_coeffs()
    }

    /// Features of a stretch of a file.
    pub fn extract(&mut self, stretch: &Stretch) -> anyhow::Result<Extracted> {
        let mut reading = stretch.open(self.channel)?;
        let from = reading.sample_rate();
        let to = self.prepare(from)?;
        let mut samples = std::mem::take(&mut self.samples);
        samples.clear();
        if let Some(n) = reading.n_samples() {
            samples.reserve(usize::try_from(n).unwrap_or(LONG).min(LONG));
        }
        let mut is_over = false;
        let longest = if self.needs_all.is_some() {
            MAX_DECODED
        } else {
            LONG
        };
        while !is_over && samples.len() <= longest {
            is_over = reading.next_block(&mut samples)? == 0;
        }
        let extracted = if is_over {
            self.of_samples(&samples, from, to)
        } else {
            self.of_long(&mut samples, &mut reading, from, to)
        };
        self.samples = samples;
        extracted
    }

    /// Features of sound in memory.
    pub fn of_audio(&mut self, audio: &Audio) -> anyhow::Result<Extracted> {
        let to = self.prepare(audio.sample_rate)?;
        self.of_samples(&audio.samples, audio.sample_rate, to)
    }

    /// Makes ready for a recording at `from` Hz, and returns the rate of its features.
    fn prepare(&mut self, from: u32) -> anyhow::Result<u32> {
        let to = self.sample_rate.unwrap_or(from);
        if to != self.config.sample_rate {
            let config = self.config.clone().with_sample_rate(to);
            self.mfcc = Mfcc::new(&config)?;
            self.config = config;
        }
        if from != to
            && self
                .resampler
                .as_ref()
                .is_none_or(|(rate, _)| *rate != from)
        {
            self.resampler = Some((from, Resampler::new(from, to)?));
        }
        Ok(to)
    }

    /// The resampler, where there is something to do for it.
    fn resampler(&mut self, from: u32, to: u32) -> Option<&mut Resampler> {
        let resampler = self.resampler.as_mut().filter(|_| from != to);
        resampler.map(|(_, resampler)| resampler)
    }

    fn of_samples(&mut self, samples: &[f32], from: u32, to: u32) -> anyhow::Result<Extracted> {
        let mut resampled = Vec::new();
        let used = match self.resampler(from, to) {
            Some(resampler) => {
                resampler.push(samples, &mut resampled);
                resampler.finish(&mut resampled);
                &resampled
            }
            None => samples,
        };
        let features = self.mfcc.compute(used);
        self.check(features.n_frames, used.len())?;
        Ok(self.extracted(
            Stored::Memory(features.data),
            features.n_frames,
            samples.len() as f64 / f64::from(from),
        ))
    }

    /// The same bit for bit, block by block; `samples` are the first of them.
    fn of_long(
        &mut self,
        samples: &mut Vec<f32>,
        reading: &mut Reading<'_>,
        from: u32,
        to: u32,
    ) -> anyhow::Result<Extracted> {
        if let Some(reason) = &self.needs_all {
            anyhow::bail!(
                "has more than {MAX_DECODED} samples, which is too long to be analysed at once, and {reason}; \
                 cut it into stretches with a manifest or Kaldi segments"
            );
        }
        let mut stream = MfccStream::new(&self.config)?;
        let n_coeffs = self.n_coeffs();
        let folder = self.folder.clone();
        let (mut n, mut resampled, mut rows) = (0, Vec::new(), Vec::new());
        let file = RowFile::create(&folder, n_coeffs, |write| {
            loop {
                n += samples.len() as u64;
                // In small blocks, so that neither copy grows to the size of the first.
                for block in samples.chunks(1 << 14) {
                    rows.clear();
                    match self.resampler(from, to) {
                        Some(resampler) => {
                            resampled.clear();
                            resampler.push(block, &mut resampled);
                            stream.push(&resampled, &mut rows);
                        }
                        None => {
                            stream.push(block, &mut rows);
                        }
                    }
                    write(&rows)?;
                }
                samples.clear();
                if reading.next_block(samples)? == 0 {
                    break;
                }
            }
            rows.clear();
            if let Some(resampler) = self.resampler(from, to) {
                resampled.clear();
                resampler.finish(&mut resampled);
                stream.push(&resampled, &mut rows);
            }
            stream.finish(&mut rows);
            write(&rows)
        });
        if let (Err(_), Some(resampler)) = (&file, self.resampler(from, to)) {
            resampler.reset();
        }
        let file = file?;
        let n_frames = file.n_rows();
        Ok(self.extracted(Stored::File(file), n_frames, n as f64 / f64::from(from)))
    }

    fn check(&self, n_frames: usize, n_samples: usize) -> anyhow::Result<()> {
        anyhow::ensure!(
            n_frames > 0,
            "too short: {n_samples} samples, one frame needs {}",
            self.mfcc.frame_length()
        );
        Ok(())
    }

    fn extracted(&self, rows: Stored, n_frames: usize, seconds: f64) -> Extracted {
        let sample_rate = self.config.sample_rate;
        Extracted {
            rows,
            n_frames,
            n_coeffs: self.n_coeffs(),
            sample_rate,
            seconds,
            hop_seconds: self.mfcc.hop_length() as f64 / f64::from(sample_rate),
        }
    }
}
