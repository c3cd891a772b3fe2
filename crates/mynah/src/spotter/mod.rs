//! Keywords in a stream of sound: frames → candidate windows → scores → smoothing → peaks → events.

mod durations;
mod endpoint;
mod judge;
mod peaks;
mod sliding;
mod smoothing;

use crate::spotting::BORDER;
use crate::{Error, Model, Spotting, is_background};
pub(crate) use durations::{durations, lengths};
use endpoint::Endpoint;
use judge::Judge;
pub(crate) use judge::border;
use peaks::{Alarm, Peaks};
use sliding::Sliding;

/// How utterances are found in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotMode {
    /// Windows of several lengths slide over the stream: words in the midst of speech.
    Sliding,
    /// Sound between two pauses: words said alone.
    Endpoint,
}

/// Settings of a [`Spotter`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct SpotterConfig {
    /// How utterances are found. Default `None`: by sliding windows for a model that knows background (a label that
    /// begins with `_`, or a radius for every prototype), between pauses for one of words alone.
    pub mode: Option<SpotMode>,
    /// Frames between two hops of the sliding windows, 1 to 50. Default 4.
    pub hop_frames: usize,
    /// Hops whose scores are averaged, 1 to 20. Default 5.
    pub smoothing_hops: usize,
    /// Score from which a keyword counts, 0 to 1, in place of the model's. Default `None`.
    pub threshold: Option<f32>,
    /// Seconds after an event in which the same keyword is not heard again in sliding windows, 0 to 60. Default 2. Words said alone
    /// are parted by their pauses.
    pub refractory: f32,
    /// Candidates below this score are not told of, 0 to 1. Default 0.1.
    pub floor: f32,
}

impl Default for SpotterConfig {
    fn default() -> Self {
        Self {
            mode: None,
            hop_frames: 4,
            smoothing_hops: 5,
            threshold: None,
            refractory: 2.0,
            floor: 0.1,
        }
    }
}

impl SpotterConfig {
    fn check(&self) -> Result<(), Error> {
        let threshold = self.threshold.unwrap_or(0.0);
        for (field, got, low, high, allowed) in [
            ("hop_frames", self.hop_frames as f32, 1.0, 50.0, "1 to 50"),
            (
                "smoothing_hops",
                self.smoothing_hops as f32,
                1.0,
                20.0,
                "1 to 20",
            ),
            ("threshold", threshold, 0.0, 1.0, "0 to 1"),
            ("refractory", self.refractory, 0.0, 60.0, "0 to 60 s"),
            ("floor", self.floor, 0.0, 1.0, "0 to 1"),
        ] {
            if !(low..=high).contains(&got) {
                return Err(Error::Spotter {
                    field,
                    got,
                    allowed,
                });
            }
        }
        Ok(())
    }
}

/// A keyword, or what came near one.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct SpotEvent<'m> {
    /// The keyword.
    pub keyword: &'m str,
    /// How surely it is the keyword, 0 to 1; 0.5 on the border to background, or to a keyword that is nearer, or at the
    /// prototype's radius.
    pub score: f32,
    /// First sample of the word, counted from 0 at the beginning of the stream.
    pub start: u64,
    /// Sample after the last of the word.
    pub end: u64,
    /// Samples that had been heard when it was decided.
    pub time: u64,
    /// What the stretch was otherwise nearest to: another keyword or background.
    pub runner_up: &'m str,
    /// Its score.
    pub runner_up_score: f32,
    /// Whether the score reaches the threshold and the keyword was not heard just before.
    pub is_fired: bool,
    /// Index of the prototype that stood for the keyword.
    pub prototype: usize,
    /// Samples a second.
    pub sample_rate: u32,
}

impl SpotEvent<'_> {
    /// A position in the stream, in seconds.
    pub fn seconds(&self, sample: u64) -> f64 {
        sample as f64 / f64::from(self.sample_rate)
    }
}

/// Spots the keywords of a model in a stream.
///
/// Streaming contract: [`push`](Self::push) any number of samples, [`finish`](Self::finish) at the end of the stream,
/// [`reset`](Self::reset) to begin anew. The events do not depend, to the bit, on how the stream was cut into pushes. Memory is
/// bounded by the longest word; sliding windows allocate nothing once the first of each length has been heard.
pub struct Spotter<'m> {
    model: &'m Model,
    judge: Judge<'m>,
    finder: Finder,
    peaks: Peaks,
    mode: SpotMode,
    thresholds: Vec<f32>,
    sample_rate: u32,
    /// Judged and not yet told.
    alarms: Vec<Alarm>,
}

enum Finder {
    Sliding(Box<Sliding>),
    Endpoint(Box<Endpoint>),
}

impl<'m> Spotter<'m> {
    /// Checks the settings against the model and allocates.
    ///
    /// # Errors
    /// [`Error::Spotter`] names the field; [`Error::NotSound`] for a model of vectors, [`Error::NoKeyword`] for one that knows
    /// background only, [`Error::Features`] for features that cannot be computed as the sound arrives.
    pub fn new(model: &'m Model, config: &SpotterConfig) -> Result<Self, Error> {
        config.check()?;
        let pipeline = model.pipeline().ok_or(Error::NotSound)?;
        if model.labels().iter().all(|label| is_background(label)) {
            return Err(Error::NoKeyword);
        }
        let mode = config.mode.unwrap_or(default_mode(model));
        let finder = match mode {
            SpotMode::Sliding => Finder::Sliding(Box::new(Sliding::new(model, pipeline, config)?)),
            SpotMode::Endpoint => Finder::Endpoint(Box::new(Endpoint::new(pipeline)?)),
        };
        let sample_rate = pipeline.mfcc.sample_rate;
        let hops = match &finder {
            Finder::Sliding(sliding) => sliding.hops_in(BACK_SECONDS, sample_rate),
            Finder::Endpoint(_) => 0,
        };
        let refractory = (f64::from(config.refractory) * f64::from(sample_rate)) as u64;
        // Words said alone are parted by their pauses.
        let (wait, refractory) = match mode {
            SpotMode::Sliding => (WAIT_HOPS, refractory),
            SpotMode::Endpoint => (0, 0),
        };
        Ok(Self {
            model,
            judge: Judge::new(model),
            finder,
            peaks: Peaks::new(model, hops, wait, config.floor, refractory),
            mode,
            thresholds: thresholds(model, config, mode),
            sample_rate,
            alarms: Vec::new(),
        })
    }

    /// How utterances are found.
    pub fn mode(&self) -> SpotMode {
        self.mode
    }

    /// Whether every keyword is held against something: background, or the radii of its own prototypes.
    pub fn knows_background(&self) -> bool {
        knows_background(self.model)
    }

    /// Score from which each label of the model counts; what it says of background means nothing.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// Takes the next samples, mono of full scale ±1 at the model's rate, and appends what was decided among them to `out`:
    /// what fired, and what came near it (`is_fired` false). A sample that is not a finite number is taken as 0.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<SpotEvent<'m>>) {
        let (judge, peaks) = (&mut self.judge, &mut self.peaks);
        match &mut self.finder {
            Finder::Sliding(sliding) => sliding.push(samples, judge, peaks, &mut self.alarms),
            Finder::Endpoint(endpoint) => endpoint.push(samples, judge, peaks, &mut self.alarms),
        }
        self.tell(out);
    }

    /// The stream is over: appends what was still undecided, and resets.
    pub fn finish(&mut self, out: &mut Vec<SpotEvent<'m>>) {
        let (judge, peaks) = (&mut self.judge, &mut self.peaks);
        match &mut self.finder {
            Finder::Sliding(sliding) => sliding.finish(judge, peaks, &mut self.alarms),
            Finder::Endpoint(endpoint) => endpoint.finish(judge, peaks, &mut self.alarms),
        }
        self.tell(out);
        self.reset();
    }

    /// The events in a sound by itself, by its log mel energies, `[n_frames × n_mels]` as the model's [`Pipeline`](crate::Pipeline)
    /// makes them; none where words are sought between pauses.
    pub(crate) fn hear_sound(&mut self, log_mels: &[f32]) -> Vec<SpotEvent<'m>> {
        let mut events = Vec::new();
        if let Finder::Sliding(sliding) = &mut self.finder {
            sliding.hear(log_mels, &mut self.judge, &mut self.peaks, &mut self.alarms);
            self.tell(&mut events);
            self.reset();
        }
        events
    }

    /// As new.
    pub fn reset(&mut self) {
        match &mut self.finder {
            Finder::Sliding(sliding) => sliding.reset(),
            Finder::Endpoint(endpoint) => endpoint.reset(),
        }
        self.peaks.reset();
        self.alarms.clear();
    }

    fn tell(&mut self, out: &mut Vec<SpotEvent<'m>>) {
        let labels = self.model.labels();
        for alarm in self.alarms.drain(..) {
            let rated = &alarm.rated;
            let is_enough = alarm.score >= self.thresholds[alarm.class as usize];
            let is_fired = is_enough && rated.is_trusted && self.peaks.fire(&alarm);
            out.push(SpotEvent {
                keyword: &labels[alarm.class as usize],
                score: alarm.score,
                start: rated.start,
                end: rated.end,
                time: alarm.time,
                runner_up: &labels[rated.runner_up as usize],
                runner_up_score: rated.runner_up_score,
                is_fired,
                prototype: rated.prototype,
                sample_rate: self.sample_rate,
            });
        }
    }
}

/// Silence in place of what is no number.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

/// A score is a peak if none was higher so long before.
const BACK_SECONDS: f64 = 0.5;
/// And none in so many hops after it.
const WAIT_HOPS: usize = 1;
/// Where a model has nothing but words to compare a word with, a window of anything is nearest to one of them: a keyword
/// in sliding windows must then be much nearer than the next.
const ONLY_WORDS: f32 = 0.9;

fn knows_background(model: &Model) -> bool {
    let labels = model.labels();
    let are_bounded = |spotting: &Spotting| {
        let mut radii = spotting.radii.iter();
        !spotting.radii.is_empty() && radii.all(|&radius| radius < f32::MAX)
    };
    labels.iter().any(|label| is_background(label)) || model.spotting().is_some_and(are_bounded)
}

fn default_mode(model: &Model) -> SpotMode {
    match knows_background(model) {
        true => SpotMode::Sliding,
        false => SpotMode::Endpoint,
    }
}

fn thresholds(model: &Model, config: &SpotterConfig, mode: SpotMode) -> Vec<f32> {
    let n = model.labels().len();
    if let Some(given) = config.threshold {
        return vec![given; n];
    }
    match model.spotting() {
        Some(spotting) if !spotting.thresholds.is_empty() => spotting.thresholds.clone(),
        _ if mode == SpotMode::Sliding && !knows_background(model) => vec![ONLY_WORDS; n],
        _ => vec![BORDER; n],
    }
}
