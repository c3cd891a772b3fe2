//! Work on many clips at once: in parallel, in order, past the broken ones, with a progress bar.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use mynah::clip_digest;
use mynah_audio::{Audio, Channel, Error, MAX_DECODED, Reader};
use mynah_corpus::Clip;

use crate::interrupt;
use crate::ordered::ordered;
use crate::status::{Skipped, explain};

/// A recording, or a stretch of one, in seconds.
#[derive(Clone, Debug)]
pub struct Stretch {
    pub path: PathBuf,
    pub start: Option<f64>,
    pub end: Option<f64>,
    pub rounding: Rounding,
}

/// Which sample a second is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    Nearest,
    /// As Kaldi's `extract-segments`.
    Down,
}

impl Stretch {
    /// The whole file.
    pub fn whole(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            start: None,
            end: None,
            rounding: Rounding::Nearest,
        }
    }

    /// Reads and cuts it, at the file's own rate.
    pub fn read(&self, channel: Channel) -> anyhow::Result<Audio> {
        if self.start.is_none() && self.end.is_none() {
            return mynah_audio::read(&self.path, channel).map_err(counted_from_one);
        }
        let mut reading = self.open(channel)?;
        let mut samples = Vec::new();
        while reading.next_block(&mut samples)? > 0 {
            interrupt::check()?;
            anyhow::ensure!(
                samples.len() <= MAX_DECODED,
                "{}: {}",
                self.path.display(),
                Error::TooLong
            );
        }
        Ok(Audio {
            samples,
            sample_rate: reading.sample_rate(),
        })
    }

    /// Opens it at its first sample; what lies before is passed over.
    pub fn open(&self, channel: Channel) -> anyhow::Result<Reading<'_>> {
        let reader = Reader::open(&self.path, channel).map_err(counted_from_one)?;
        let rate = f64::from(reader.sample_rate());
        let sample = |seconds: f64| match self.rounding {
            Rounding::Nearest => (seconds * rate).round() as u64,
            Rounding::Down => (seconds * rate) as u64,
        };
        let start = self.start.map_or(0, sample);
        // A stretch that ends a little late is one rounded up; one that begins after the end names another file.
        let asked = self.end.map_or(u64::MAX, sample);
        let end = reader.n_samples().map_or(asked, |n| asked.min(n));
        let is_late = (asked - end) as f64 > MAX_LATE * rate && self.end.is_some();
        let mut reading = Reading {
            stretch: self,
            n_left: end.saturating_sub(start),
            is_begun: false,
            reader,
        };
        if reading.n_left == 0 && !(reading.is_whole() && start == 0) {
            return Err(reading.lies_outside());
        }
        if is_late {
            return Err(reading.ends_late());
        }
        if start > 0 {
            reading.reader.skip(start)?;
        }
        Ok(reading)
    }

    /// What was read, at another rate; errors name the file.
    pub fn at_rate(&self, audio: Audio, sample_rate: u32) -> anyhow::Result<Audio> {
        audio
            .into_rate(sample_rate)
            .with_context(|| self.path.display().to_string())
    }

    /// Refuses silence: a muted microphone is the commonest fault of all, and would be learnt as a word.
    pub fn check_sound(&self, audio: &Audio) -> anyhow::Result<()> {
        let peak = audio.samples.iter().fold(0.0, |peak, s| s.abs().max(peak));
        anyhow::ensure!(
            peak > SILENCE,
            "{}: is silent; check the microphone and record it again",
            self.path.display()
        );
        Ok(())
    }

    /// Reads it as a model hears it: channels mixed, at the model's rate.
    pub fn hear(&self, sample_rate: u32) -> anyhow::Result<Sound> {
        let begin = Instant::now();
        let audio = self.read(Channel::Mix)?;
        let reading = begin.elapsed();
        self.check_sound(&audio)?;
        let seconds = audio.samples.len() as f64 / f64::from(audio.sample_rate);
        let digest = clip_digest(&audio.samples);
        let begin = Instant::now();
        let audio = self.at_rate(audio, sample_rate)?;
        Ok(Sound {
            audio,
            digest,
            seconds,
            cost: (reading + begin.elapsed()).as_secs_f64(),
        })
    }
}

/// How late a stretch may end, s; as Kaldi's `extract-segments`.
const MAX_LATE: f64 = 0.5;

/// A stretch being read, block by block.
pub struct Reading<'s> {
    stretch: &'s Stretch,
    reader: Reader,
    n_left: u64,
    is_begun: bool,
}

impl Reading<'_> {
    /// Hz.
    pub fn sample_rate(&self) -> u32 {
        self.reader.sample_rate()
    }

    /// Samples to come, where the file tells how long it is.
    pub fn n_samples(&self) -> Option<u64> {
        self.reader.n_samples().map(|_| self.n_left)
    }

    /// Appends the next samples and returns how many they are; 0 at the end.
    pub fn next_block(&mut self, out: &mut Vec<f32>) -> anyhow::Result<usize> {
        if self.n_left == 0 && !self.is_whole() {
            return Ok(0);
        }
        let n = self.reader.next_block(out)?;
        if n == 0 && !self.is_begun {
            return Err(self.lies_outside());
        }
        // Where the file did not tell before.
        if n == 0
            && self.n_left as f64 > MAX_LATE * f64::from(self.sample_rate())
            && !self.is_whole()
        {
            return Err(self.ends_late());
        }
        self.is_begun = true;
        let used = self.n_left.min(n as u64);
        self.n_left -= used;
        out.truncate(out.len() - n + used as usize);
        Ok(used as usize)
    }

    /// The end of a whole recording is read too, since some damage shows only there.
    fn is_whole(&self) -> bool {
        self.stretch.end.is_none()
    }

    fn ends_late(&self) -> anyhow::Error {
        anyhow::anyhow!(
            "{}: the stretch ends at {} s, more than {MAX_LATE} s after the recording; correct its end",
            self.stretch.path.display(),
            self.stretch.end.unwrap_or(0.0)
        )
    }

    fn lies_outside(&self) -> anyhow::Error {
        let rate = f64::from(self.sample_rate());
        let length = self
            .reader
            .n_samples()
            .map_or(String::new(), |n| format!(" of {:.3} s", n as f64 / rate));
        anyhow::anyhow!(
            "{}: the stretch from {} s lies outside the recording{length}; correct start and end",
            self.stretch.path.display(),
            self.stretch.start.unwrap_or(0.0)
        )
    }
}

/// A recording ready for a model.
pub struct Sound {
    pub audio: Audio,
    /// What identifies the recording, whatever its name.
    pub digest: u64,
    /// Its length, s.
    pub seconds: f64,
    /// Time to read and resample it, s.
    pub cost: f64,
}

/// On the command line channels are counted from 1.
fn counted_from_one(error: Error) -> anyhow::Error {
    if let Error::File { path, fault } = &error
        && let Error::NoSuchChannel { got, n_channels } = **fault
    {
        return anyhow::anyhow!(
            "{}: has no channel {}; give --channel mix or 1 to {n_channels}",
            path.display(),
            got + 1
        );
    }
    error.into()
}

impl From<&Clip> for Stretch {
    fn from(clip: &Clip) -> Self {
        Self {
            path: clip.path.clone(),
            start: clip.start,
            end: clip.end,
            rounding: Rounding::Nearest,
        }
    }
}

/// No louder than the last bit of 16.
const SILENCE: f32 = 1.0 / 32_768.0;

/// Applies `work` to every item in parallel, each thread with its own state from `state`, and hands the results to
/// `deliver` with the item's index, in the order of the items whatever the number of threads. Items that failed are
/// named, counted and left out.
pub fn for_each<I: Sync, S, T: Send>(
    items: &[I],
    doing: &'static str,
    skipped: &mut Skipped,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &I) -> anyhow::Result<T> + Sync,
    mut deliver: impl FnMut(usize, T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let bar = progress(items.len(), doing);
    ordered(
        items,
        state,
        |state, _, item| work(state, item),
        |index, result| {
            bar.inc(1);
            match result {
                Ok(value) => deliver(index, value),
                Err(error) => bar.suspend(|| skipped.add(explain(&error))),
            }
        },
    )?;
    bar.finish_and_clear();
    Ok(())
}

/// [`for_each`], collected.
pub fn map<I: Sync, S, T: Send>(
    items: &[I],
    doing: &'static str,
    skipped: &mut Skipped,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &I) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<(usize, T)>> {
    let mut results = Vec::with_capacity(items.len());
    for_each(items, doing, skipped, state, work, |index, value| {
        results.push((index, value));
        Ok(())
    })?;
    Ok(results)
}

/// A bar on a terminal, nothing in a pipe.
pub fn progress(n: usize, doing: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>10} [{bar:40}] {pos}/{len} {eta}")
        .expect("the template is a constant")
        .progress_chars("=> ");
    ProgressBar::new(n as u64)
        .with_style(style)
        .with_message(doing)
}
