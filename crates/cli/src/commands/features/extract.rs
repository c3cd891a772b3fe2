//! A recording's samples to its feature rows, in memory that does not grow with its length.

use std::path::PathBuf;

use mynah::dsp::{ConfigError, Mfcc, MfccConfig, MfccStream};
use mynah_audio::{Audio, Channel, MAX_DECODED, Resampler};

use super::rows::{Number, RowFile, RowVec};
use crate::clips::{Reading, Stretch};
use crate::formats::{Dtype, Rows};
use crate::interrupt;

/// Samples that are analysed in memory: a minute at 16 kHz. Longer recordings pass through block by block.
const LONG: usize = 1 << 20;

/// What is the same for every recording.
#[derive(Clone, Debug)]
pub struct Settings {
    pub config: MfccConfig,
    pub channel: Channel,
    /// Of the features; each recording's own if none is asked for, Hz.
    pub sample_rate: Option<u32>,
    /// Samples that may be analysed in memory.
    pub longest: usize,
    /// Where rows of long recordings wait.
    pub folder: PathBuf,
}

impl Settings {
    /// Where `is_streamed`, even the shortest recording passes through block by block.
    pub fn longest(is_streamed: bool) -> usize {
        if is_streamed { 0 } else { LONG }
    }
}

/// Makes features of one recording after the other.
pub trait Extract {
    /// Features of a stretch of a file.
    fn extract(&mut self, stretch: &Stretch) -> anyhow::Result<Extracted>;

    /// Features of sound in memory.
    fn of_audio(&mut self, audio: &Audio) -> anyhow::Result<Extracted>;
}

/// One that computes in the type that is written.
pub fn extractor(settings: Settings, dtype: Dtype) -> Box<dyn Extract> {
    match dtype {
        Dtype::F32 => Box::new(Extractor::<f32>::new(settings)),
        Dtype::F64 => Box::new(Extractor::<f64>::new(settings)),
    }
}

/// What one rate needs.
struct Engine<T: Number> {
    config: MfccConfig,
    mfcc: Mfcc<T>,
    /// Why recordings cannot be analysed block by block, if they cannot.
    needs_all: Option<ConfigError>,
}

/// Recordings at whatever rates come along; what the last one needed is kept ready.
struct Extractor<T: Number> {
    settings: Settings,
    engine: Option<Engine<T>>,
    resampler: Option<(u32, Resampler)>,
    samples: Vec<f32>,
    numbers: Vec<T>,
}

/// The features of one recording.
pub struct Extracted {
    pub rows: Box<dyn Rows>,
    pub n_frames: usize,
    pub n_coeffs: usize,
    pub dtype: Dtype,
    /// Hz.
    pub sample_rate: u32,
    /// Length of the sound, s.
    pub seconds: f64,
    /// From one frame to the next, s.
    pub hop_seconds: f64,
}

impl<T: Number> Extract for Extractor<T> {
    fn extract(&mut self, stretch: &Stretch) -> anyhow::Result<Extracted> {
        let mut reading = stretch.open(self.settings.channel)?;
        let from = reading.sample_rate();
        let mut samples = std::mem::take(&mut self.samples);
        samples.clear();
        let extracted = self.of_reading(&mut reading, &mut samples, from);
        self.samples = samples;
        extracted
    }

    fn of_audio(&mut self, audio: &Audio) -> anyhow::Result<Extracted> {
        self.prepare(audio.sample_rate)?;
        self.of_samples(&audio.samples, audio.sample_rate)
    }
}

impl<T: Number> Extractor<T> {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            engine: None,
            resampler: None,
            samples: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// Makes ready for a recording at `from` Hz, and returns how much of it may be held in memory.
    fn prepare(&mut self, from: u32) -> anyhow::Result<usize> {
        let to = self.settings.sample_rate.unwrap_or(from);
        let engine = match self.engine.take() {
            Some(engine) if engine.config.sample_rate == to => engine,
            _ => {
                let config = self.settings.config.clone().with_sample_rate(to);
                Engine {
                    mfcc: Mfcc::new(&config)?,
                    needs_all: MfccStream::<T>::new(&config).err(),
                    config,
                }
            }
        };
        let longest = match engine.needs_all {
            Some(_) => MAX_DECODED,
            None => self.settings.longest,
        };
        self.engine = Some(engine);
        if from != to
            && self
                .resampler
                .as_ref()
                .is_none_or(|(rate, _)| *rate != from)
        {
            self.resampler = Some((from, Resampler::new(from, to)?));
        }
        Ok(longest)
    }

    fn engine(&mut self) -> &mut Engine<T> {
        self.engine.as_mut().expect("`prepare` makes it")
    }

    fn of_reading(
        &mut self,
        reading: &mut Reading<'_>,
        samples: &mut Vec<f32>,
        from: u32,
    ) -> anyhow::Result<Extracted> {
        let longest = self.prepare(from)?;
        if let Some(n) = reading.n_samples() {
            samples.reserve(usize::try_from(n).unwrap_or(LONG).min(LONG));
        }
        while samples.len() <= longest {
            // Some formats are all read before they can be analysed.
            interrupt::check()?;
            if reading.next_block(samples)? == 0 {
                return self.of_samples(samples, from);
            }
        }
        self.of_long(samples, reading, from)
    }

    fn of_samples(&mut self, samples: &[f32], from: u32) -> anyhow::Result<Extracted> {
        let mut resampled = Vec::new();
        let used = match &mut self.resampler {
            Some((rate, resampler)) if *rate == from => {
                resampler.push(samples, &mut resampled);
                resampler.finish(&mut resampled);
                &resampled
            }
            _ => samples,
        };
        let mut numbers = std::mem::take(&mut self.numbers);
        let mfcc = &mut self.engine().mfcc;
        let features = mfcc.compute(T::of_samples(used, &mut numbers));
        self.numbers = numbers;
        let features = features?;
        let seconds = samples.len() as f64 / f64::from(from);
        self.extracted(
            Box::new(RowVec(features.data)),
            features.n_frames,
            used.len(),
            seconds,
        )
    }

    /// The same bit for bit, block by block; `samples` are the first of them.
    fn of_long(
        &mut self,
        samples: &mut Vec<f32>,
        reading: &mut Reading<'_>,
        from: u32,
    ) -> anyhow::Result<Extracted> {
        let engine = self.engine();
        if let Some(reason) = &engine.needs_all {
            anyhow::bail!(
                "has more than {MAX_DECODED} samples, which is too long to be analysed at once, and {reason}; \
                 cut it into stretches with a manifest or Kaldi segments"
            );
        }
        let n_coeffs = engine.mfcc.n_coeffs();
        let mut stream = MfccStream::<T>::new(&engine.config)?;
        // Its own: a fault in the middle must leave nothing for the next recording.
        let to = engine.config.sample_rate;
        let mut resampler = (from != to).then(|| Resampler::new(from, to)).transpose()?;
        let (mut n, mut n_used) = (0, 0);
        let (mut resampled, mut numbers, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        let file = RowFile::create(&self.settings.folder, n_coeffs, |write| {
            loop {
                interrupt::check()?;
                n += samples.len();
                // In small blocks, so that no copy grows to the size of the first.
                for block in samples.chunks(1 << 14) {
                    resampled.clear();
                    let used = match &mut resampler {
                        Some(resampler) => {
                            resampler.push(block, &mut resampled);
                            &resampled
                        }
                        None => block,
                    };
                    n_used += used.len();
                    rows.clear();
                    stream.push(T::of_samples(used, &mut numbers), &mut rows);
                    write(&rows)?;
                }
                samples.clear();
                if reading.next_block(samples)? == 0 {
                    break;
                }
            }
            rows.clear();
            if let Some(resampler) = &mut resampler {
                resampled.clear();
                n_used += resampler.finish(&mut resampled);
                stream.push(T::of_samples(&resampled, &mut numbers), &mut rows);
            }
            stream.finish(&mut rows)?;
            write(&rows)
        })?;
        let (n_frames, seconds) = (file.n_rows(), n as f64 / f64::from(from));
        self.extracted(Box::new(file), n_frames, n_used, seconds)
    }

    fn extracted(
        &mut self,
        rows: Box<dyn Rows>,
        n_frames: usize,
        n_samples: usize,
        seconds: f64,
    ) -> anyhow::Result<Extracted> {
        let Engine { config, mfcc, .. } = self.engine();
        anyhow::ensure!(
            n_frames > 0,
            "too short: {n_samples} samples, one frame needs {}",
            mfcc.frame_length()
        );
        Ok(Extracted {
            rows,
            n_frames,
            n_coeffs: mfcc.n_coeffs(),
            dtype: T::DTYPE,
            sample_rate: config.sample_rate,
            seconds,
            hop_seconds: mfcc.hop_length() as f64 / f64::from(config.sample_rate),
        })
    }
}
