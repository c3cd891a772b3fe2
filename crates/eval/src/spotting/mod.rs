//! Keyword spotting in long streams: what an engine fired against what was said.
//!
//! # The protocol
//! - **Event.** Firings of one keyword, each within 1.0 s ([`debounce`](SpottingConfig::debounce)) of the one before, are one event
//!   at the time of the first: a burst of frames above the threshold is one act. An event lasts 2.0 s at most
//!   ([`longest_event`](SpottingConfig::longest_event)), so that what fires without end is an event every 2 s and not a single one.
//! - **Hit.** An event from a word's start to 0.5 s ([`collar`](SpottingConfig::collar)) after its end, its *window*, with the word's keyword.
//!   A word is hit once; further events of its keyword in its window are *extra* and count as nothing. So the miss rate is never below 0.
//! - **Substitution.** An event in the window of another keyword's word, and in none of its own. The word is missed unless its own keyword fired too.
//!   Substitutions are counted by word and not by hour: how many there are depends on how many words are spoken.
//! - **False alarm.** Any other event. False alarms per hour are over the time outside all windows, where they can happen.
//! - **Operating points.** A threshold keeps the firings that score at least so much, and the steps above are done anew. The miss rate at
//!   r false alarms per hour is the least of the thresholds that, with all above them, keep to r. It is read off the tested streams themselves, as in
//!   every such figure.
//!
//! Intervals are 95 %: of the miss rate by Wilson over words and by speakers drawn anew, the wider end of both; of false alarms exact
//! by Poisson, and beside it by stretches of the streams drawn anew.

mod det;
mod outcome;
mod report;
mod rows;

use std::collections::BTreeMap;

pub use det::{AtRate, DetPoint, normal_deviate};
pub use outcome::{Event, Outcome, Verdict};
pub use report::{FalseAlarms, Misses, SpottingReport};
pub use rows::{KeywordScore, WordsScore};

/// Two times nearer than this are one, s: sums of decimal seconds are not exact.
const SLACK: f64 = 1e-6;
/// How long after the end of a stream an engine may still answer, s.
const LATEST: f64 = 1.0;

/// One crossing of the threshold, or a candidate below it, as an engine tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Firing<'a> {
    /// Which stream, from 0.
    pub stream: usize,
    /// When the decision was made, s from the beginning of the stream.
    pub time: f64,
    /// What was heard.
    pub keyword: &'a str,
    /// The more, the surer; without it no threshold can be moved.
    pub score: Option<f64>,
    /// The engine acted on it. Others count only where a threshold is given.
    pub is_fired: bool,
}

/// A keyword that was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpokenWord<'a> {
    /// Which stream, from 0.
    pub stream: usize,
    /// The word.
    pub keyword: &'a str,
    /// Its first instant, s from the beginning of the stream.
    pub start: f64,
    /// Its last instant, s; after `start`.
    pub end: f64,
    /// Who said it, if known.
    pub speaker: Option<&'a str>,
    /// Its level above that of the background, dB, if known.
    pub snr_db: Option<f64>,
}

/// The rules' three durations.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpottingConfig {
    /// Firings of a keyword this near to the one before are the same event, s. 1.0.
    pub debounce: f64,
    /// An event ends this long after its first firing, s. 2.0.
    pub longest_event: f64,
    /// How long after the end of a word its event may come, s. 0.5.
    pub collar: f64,
}

impl Default for SpottingConfig {
    fn default() -> Self {
        Self {
            debounce: 1.0,
            longest_event: 2.0,
            collar: 0.5,
        }
    }
}

/// Why streams cannot be scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpottingError {
    /// A duration of the rules that is negative or not finite.
    #[error("{name} is {got} s: give 0 s or more")]
    Config {
        /// Which.
        name: &'static str,
        /// The value.
        got: f64,
    },
    /// A length that is not above 0 and finite.
    #[error("the stream is {got} s long: give its length in seconds, above 0")]
    Duration {
        /// The length, s.
        got: f64,
    },
    /// No streams.
    #[error("there is no stream to score")]
    NoStream,
    /// The number of a stream that is not there.
    #[error("stream {got} is not one of {n_streams}")]
    NoSuchStream {
        /// The number, from 0.
        got: usize,
        /// How many there are.
        n_streams: usize,
    },
    /// A time that is negative, not finite, or after the stream.
    #[error(
        "the time {got} s lies outside the stream, which is {duration} s long: correct one of them"
    )]
    Time {
        /// The time, s.
        got: f64,
        /// Length of the stream, s.
        duration: f64,
    },
    /// A word that does not end after it begins, or lies outside the stream.
    #[error(
        "the word from {start} s to {end} s is empty or lies outside the stream, which is {duration} s long: correct one of them"
    )]
    Word {
        /// First instant, s.
        start: f64,
        /// Last instant, s.
        end: f64,
        /// Length of the stream, s.
        duration: f64,
    },
    /// A score that is not a number.
    #[error("the score is not a number: leave it away or correct it")]
    Score,
}

/// Streams, words and firings, checked and in order: what is scored.
#[derive(Clone, Debug)]
pub struct Spotting<'a> {
    config: SpottingConfig,
    /// Length of each stream, s.
    durations: Vec<f64>,
    /// By stream, then start.
    words: Vec<SpokenWord<'a>>,
    /// By stream, keyword, then time.
    firings: Vec<Firing<'a>>,
    /// Places in `words` of each stream's words of a keyword.
    by_keyword: BTreeMap<(usize, &'a str), Vec<usize>>,
    /// Places in `words` of each stream's words.
    by_stream: Vec<Vec<usize>>,
    /// From the start of a word to the end of its window, at most, s.
    longest_window: f64,
    /// Of each stream, the windows of all words: apart and rising, s.
    windows: Vec<Vec<(f64, f64)>>,
}

impl<'a> Spotting<'a> {
    /// Takes streams of `durations` seconds; the order of words and firings does not matter.
    ///
    /// # Errors
    /// What [`SpokenWord::check`] and [`Firing::check`] say of the first bad one, and bad durations.
    pub fn new(
        config: &SpottingConfig,
        durations: &[f64],
        words: &[SpokenWord<'a>],
        firings: &[Firing<'a>],
    ) -> Result<Self, SpottingError> {
        let rules = [
            ("debounce", config.debounce),
            ("longest_event", config.longest_event),
            ("collar", config.collar),
        ];
        for (name, got) in rules {
            if !(got >= 0.0 && got.is_finite()) {
                return Err(SpottingError::Config { name, got });
            }
        }
        if durations.is_empty() {
            return Err(SpottingError::NoStream);
        }
        if let Some(&got) = durations.iter().find(|d| !(**d > 0.0 && d.is_finite())) {
            return Err(SpottingError::Duration { got });
        }
        words.iter().try_for_each(|word| word.check(durations))?;
        firings
            .iter()
            .try_for_each(|firing| firing.check(durations))?;
        let mut words = words.to_vec();
        words.sort_by(|a, b| {
            (a.stream.cmp(&b.stream))
                .then(a.start.total_cmp(&b.start))
                .then(a.end.total_cmp(&b.end))
                .then(a.keyword.cmp(b.keyword))
                .then(a.speaker.cmp(&b.speaker))
        });
        let mut firings = firings.to_vec();
        let score = |firing: &Firing<'_>| firing.score.unwrap_or(f64::INFINITY);
        firings.sort_by(|a, b| {
            (a.stream.cmp(&b.stream))
                .then(a.keyword.cmp(b.keyword))
                .then(a.time.total_cmp(&b.time))
                .then(score(b).total_cmp(&score(a)))
        });
        let mut by_keyword: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut by_stream = vec![Vec::new(); durations.len()];
        let mut longest_window = 0f64;
        let mut windows = vec![Vec::new(); durations.len()];
        for (i, word) in words.iter().enumerate() {
            let own = by_keyword.entry((word.stream, word.keyword)).or_default();
            own.push(i);
            by_stream[word.stream].push(i);
            let end = word.end + config.collar;
            longest_window = longest_window.max(end - word.start);
            let of_stream: &mut Vec<(f64, f64)> = &mut windows[word.stream];
            match of_stream.last_mut() {
                Some(last) if word.start <= last.1 => last.1 = last.1.max(end),
                _ => of_stream.push((word.start, end)),
            }
        }
        Ok(Self {
            config: config.clone(),
            durations: durations.to_vec(),
            words,
            firings,
            by_keyword,
            by_stream,
            longest_window,
            windows,
        })
    }

    /// The words, by stream and start: [`Verdict`] counts them so.
    pub fn words(&self) -> &[SpokenWord<'a>] {
        &self.words
    }

    /// The firings, by stream, keyword and time.
    pub fn firings(&self) -> &[Firing<'a>] {
        &self.firings
    }

    /// Length of all streams, h.
    pub fn hours(&self) -> f64 {
        self.durations.iter().sum::<f64>() / 3600.0
    }

    /// Time outside all windows, h.
    pub fn false_alarm_hours(&self) -> f64 {
        let streams = self.durations.iter().enumerate();
        let open = streams.map(|(stream, &duration)| self.open_seconds(stream, 0.0, duration));
        open.sum::<f64>() / 3600.0
    }

    /// Time outside all windows from `start` to `end` in a stream, s.
    fn open_seconds(&self, stream: usize, start: f64, end: f64) -> f64 {
        let within = |&(from, to): &(f64, f64)| (to.min(end) - from.max(start)).max(0.0);
        let taken: f64 = self.windows[stream].iter().map(within).sum();
        (end - start - taken).max(0.0)
    }
}

impl SpokenWord<'_> {
    /// Whether it lies within its stream; it may end up to 1 s after it, as rounded times do.
    ///
    /// # Errors
    /// [`SpottingError::NoSuchStream`] and [`SpottingError::Word`].
    pub fn check(&self, durations: &[f64]) -> Result<(), SpottingError> {
        let duration = duration_of(self.stream, durations)?;
        let (start, end) = (self.start, self.end);
        match start >= 0.0 && end > start && start < duration && end <= duration + LATEST {
            true => Ok(()),
            false => Err(SpottingError::Word {
                start,
                end,
                duration,
            }),
        }
    }
}

impl Firing<'_> {
    /// Whether its time lies within its stream, or at most 1 s after it, and its score is a number.
    ///
    /// # Errors
    /// [`SpottingError::NoSuchStream`], [`SpottingError::Time`] and [`SpottingError::Score`].
    pub fn check(&self, durations: &[f64]) -> Result<(), SpottingError> {
        let duration = duration_of(self.stream, durations)?;
        if !(self.time >= 0.0 && self.time <= duration + LATEST) {
            return Err(SpottingError::Time {
                got: self.time,
                duration,
            });
        }
        match self.score.is_some_and(f64::is_nan) {
            true => Err(SpottingError::Score),
            false => Ok(()),
        }
    }
}

fn duration_of(stream: usize, durations: &[f64]) -> Result<f64, SpottingError> {
    let no_such = SpottingError::NoSuchStream {
        got: stream,
        n_streams: durations.len(),
    };
    durations.get(stream).copied().ok_or(no_such)
}
