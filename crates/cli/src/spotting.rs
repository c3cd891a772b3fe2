//! Keywords heard: a spotter as the options ask for it, and how its events are told.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah::dsp::Mfcc;
use mynah::{Error, Model, SpotEvent, SpotMode, Spotter, SpotterConfig};
use mynah_audio::{Channel, Resampler};
use serde::Serialize;

use crate::args::{KeepOptions, Mode, SpotOptions};
use crate::clips::{self, Stretch};
use crate::keeping::Keeper;
use crate::{interrupt, output};

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
fn warn_of_words_alone(spotter: &Spotter<'_>) {
    if spotter.mode() == SpotMode::Sliding && !spotter.knows_background() {
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

/// What was heard cannot be written: no fault of the sound.
#[derive(Debug)]
pub struct Unwritable(&'static str);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Prints an event, and where its sound is kept.
pub type Tell<'t> = dyn Fn(&SpotEvent<'_>, Option<PathBuf>) -> anyhow::Result<()> + 't;

/// From samples to events, which are kept, told and counted. Its faults are all [`Unwritable`].
pub struct Ear<'m> {
    spotter: Spotter<'m>,
    keeper: Option<Keeper>,
    /// Not yet told.
    events: Vec<SpotEvent<'m>>,
    /// Samples heard at a time: a tenth of a second, so that the sound of an event is still there.
    step: usize,
    /// Whether near misses are told too.
    all: bool,
    pub n_fired: usize,
    pub n_near: usize,
}

impl<'m> Ear<'m> {
    /// As the options ask for it; `path` is where the model is.
    pub fn new(
        model: &'m Model,
        path: &Path,
        spotting: &SpotOptions,
        keep: &KeepOptions,
    ) -> anyhow::Result<Self> {
        let config = config(spotting);
        let spotter = Spotter::new(model, &config)?;
        warn_of_words_alone(&spotter);
        let mfcc = &model.pipeline().ok_or(Error::NotSound)?.mfcc;
        let hop = Mfcc::<f32>::new(mfcc)?.hop_length() * config.hop_frames;
        Ok(Self {
            spotter,
            keeper: Keeper::open(keep, path, spotting, mfcc.sample_rate, hop)?,
            events: Vec::new(),
            step: mfcc.sample_rate.div_ceil(10) as usize,
            all: spotting.all,
            n_fired: 0,
            n_near: 0,
        })
    }

    /// How utterances are found.
    pub fn mode(&self) -> SpotMode {
        self.spotter.mode()
    }

    /// Takes the next samples of the stream, at the model's rate.
    pub fn hear(&mut self, samples: &[f32], tell: &Tell<'_>) -> anyhow::Result<()> {
        for samples in samples.chunks(self.step) {
            if let Some(keeper) = &mut self.keeper {
                keeper.hear(samples).context(KEEPING)?;
            }
            self.spotter.push(samples, &mut self.events);
            self.tell(tell)?;
        }
        Ok(())
    }

    /// The stream is over, and another may begin.
    pub fn finish(&mut self, tell: &Tell<'_>) -> anyhow::Result<()> {
        self.spotter.finish(&mut self.events);
        let told = self.tell(tell);
        // Kept although nobody may be told.
        self.break_off()?;
        told
    }

    /// The stream has broken off, and another may begin: what was heard until then stays kept.
    pub fn break_off(&mut self) -> anyhow::Result<()> {
        self.spotter.reset();
        match &mut self.keeper {
            Some(keeper) => keeper.finish().context(KEEPING),
            None => Ok(()),
        }
    }

    fn tell(&mut self, tell: &Tell<'_>) -> anyhow::Result<()> {
        let mut told = Ok(());
        for event in self.events.drain(..) {
            match event.is_fired {
                true => self.n_fired += 1,
                false => self.n_near += 1,
            }
            // Kept although nobody may be told any more.
            let kept = self.keeper.as_mut().map(|keeper| keeper.keep(&event));
            if told.is_ok() && (event.is_fired || self.all) {
                told = tell(&event, kept).context(TELLING);
            }
        }
        told
    }
}

const KEEPING: Unwritable = Unwritable("--keep-events");
const TELLING: Unwritable = Unwritable("standard output: cannot be written");

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
