//! Work on many clips at once: in parallel, in order, past the broken ones, with a progress bar.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use mynah::clip_digest;
use mynah_audio::{Audio, Channel, Error};
use mynah_corpus::Clip;

use crate::ordered::ordered;
use crate::status::{Skipped, explain};

/// A recording, or a stretch of one, in seconds.
#[derive(Clone, Debug)]
pub struct Stretch {
    pub path: PathBuf,
    pub start: Option<f64>,
    pub end: Option<f64>,
}

impl Stretch {
    /// The whole file.
    pub fn whole(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            start: None,
            end: None,
        }
    }

    /// Reads and cuts it, at the file's own rate.
    pub fn read(&self, channel: Channel) -> anyhow::Result<Audio> {
        let mut audio = mynah_audio::read(&self.path, channel).map_err(counted_from_one)?;
        let rate = f64::from(audio.sample_rate);
        let n = audio.samples.len();
        // A stretch that ends a little late is one rounded up; one that begins after the end names another file.
        let end = self
            .end
            .map_or(n, |end| ((end * rate).round() as usize).min(n));
        let start = self
            .start
            .map_or(0, |start| (start * rate).round() as usize);
        anyhow::ensure!(
            start < end,
            "{}: the stretch from {} s lies outside the recording of {:.3} s; correct start and end",
            self.path.display(),
            self.start.unwrap_or(0.0),
            n as f64 / rate
        );
        audio.samples.truncate(end);
        audio.samples.drain(..start);
        Ok(audio)
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
