//! Keywords heard: a spotter as the options ask for it, and how its events are told.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah::{Model, SpotEvent, SpotMode, Spotter, SpotterConfig, is_background};
use mynah_audio::{Channel, Resampler};
use serde::Serialize;

use crate::args::{Mode, SpotOptions};
use crate::clips::{self, Stretch};
use crate::{interrupt, output};

/// A spotter as the options ask for it.
pub fn spotter<'m>(model: &'m Model, options: &SpotOptions) -> anyhow::Result<Spotter<'m>> {
    Ok(Spotter::new(model, &config(options))?)
}

/// The settings that the options ask for.
pub fn config(options: &SpotOptions) -> SpotterConfig {
    let mut config = SpotterConfig::default();
    config.mode = options.mode.map(|mode| match mode {
        Mode::Sliding => SpotMode::Sliding,
        Mode::Endpoint => SpotMode::Endpoint,
    });
    config.threshold = options.threshold;
    config
}

/// Says what a model cannot know in sliding windows.
pub fn warn_of_words_alone(model: &Model, spotter: &Spotter<'_>) {
    let knows_background = model.labels().iter().any(|label| is_background(label));
    let has_radii = model.spotting().is_some_and(|s| !s.radii.is_empty());
    if spotter.mode() == SpotMode::Sliding && !knows_background && !has_radii {
        output::note(
            "note: the model knows nothing but its words, and takes other speech for them; train it with clips of other speech \
             in a folder _unknown_, or use --mode endpoint",
        );
    }
}

/// Reads a recording block by block, at `rate` Hz; the seconds it lasted.
pub fn hear(
    path: &Path,
    channel: Channel,
    rate: u32,
    take: &mut dyn FnMut(&[f32]) -> anyhow::Result<()>,
) -> anyhow::Result<f64> {
    let name = || path.display().to_string();
    let stretch = Stretch::whole(path);
    let mut reading = stretch.open(channel)?;
    let own_rate = reading.sample_rate();
    let mut resampler = Resampler::new(own_rate, rate).with_context(name)?;
    let n_seconds = reading.n_samples().unwrap_or(0) / u64::from(own_rate);
    let bar = clips::progress(n_seconds as usize, "listening");
    let (mut raw, mut samples, mut n_heard) = (Vec::new(), Vec::new(), 0u64);
    while reading.next_block(&mut raw)? > 0 {
        interrupt::check()?;
        n_heard += raw.len() as u64;
        resampler.push(&raw, &mut samples);
        bar.suspend(|| take(&samples))?;
        bar.set_position(n_heard / u64::from(own_rate));
        raw.clear();
        samples.clear();
    }
    resampler.finish(&mut samples);
    take(&samples)?;
    bar.finish_and_clear();
    Ok(n_heard as f64 / f64::from(own_rate))
}

/// One line of `--json`. Times are seconds from the beginning of the recording or stream.
#[derive(Serialize)]
pub struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    /// When it was decided.
    time: f64,
    keyword: &'a str,
    score: f32,
    start: f64,
    end: f64,
    runner_up: &'a str,
    runner_up_score: f32,
    is_fired: bool,
    /// Where its sound is from half a second after the decision on, for `mynah correct`, until it gives way to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
}

impl<'a> Event<'a> {
    /// `file` is the recording it was heard in, if it was one, and `kept` where its sound is kept, if it is.
    pub fn new(event: &SpotEvent<'a>, file: Option<&'a str>, kept: Option<PathBuf>) -> Self {
        Self {
            file,
            time: event.seconds(event.time),
            keyword: event.keyword,
            score: event.score,
            start: event.seconds(event.start),
            end: event.seconds(event.end),
            runner_up: event.runner_up,
            runner_up_score: event.runner_up_score,
            is_fired: event.is_fired,
            kept: kept.map(|path| path.display().to_string()),
        }
    }

    /// On a line of standard output.
    pub fn tell(&self, json: bool) -> anyhow::Result<()> {
        match json {
            true => output::json(self),
            false => output::line(self),
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = self.file {
            write!(f, "{file}\t")?;
        }
        let Self { start, end, .. } = self;
        write!(
            f,
            "{start:8.2} - {end:.2} s  {}\tscore {:.2}",
            self.keyword, self.score
        )?;
        write!(f, ", next: {} {:.2}", self.runner_up, self.runner_up_score)?;
        if !self.is_fired {
            f.write_str(", not enough")?;
        }
        match &self.kept {
            Some(path) => write!(f, ", kept as {path}"),
            None => Ok(()),
        }
    }
}
