//! The sound of what was heard, kept for `mynah correct`: the last seconds in memory, and files in a folder, never more than so many.

use std::collections::VecDeque;
use std::fs::{self, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use mynah::{SpotEvent, SpotterConfig};
use mynah_audio::WavWriter;
use serde::{Deserialize, Serialize};

use crate::args::{KeepOptions, Mode, SpotOptions, name};
use crate::output::{self, Side};
use crate::spotting;
use crate::status::usage;

/// Sound in memory: the longest utterance, what is heard until it is decided, and a little after.
const SECONDS: u64 = 5;
/// Sound kept after an event, as a part of a second: a window somewhat later may take the same word for a keyword, too.
const AFTER: u64 = 2;

/// What is written beside the sound of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptEvent {
    /// The model that heard it.
    pub model: String,
    pub keyword: String,
    pub score: f32,
    pub runner_up: String,
    pub runner_up_score: f32,
    pub is_fired: bool,
    /// When it was decided, seconds from the beginning of the stream.
    pub time: f64,
    /// Where the word is in the sound beside: its first sample, and the one after its last.
    pub word: [usize; 2],
    pub sample_rate: u32,
    /// How it was listened for, where that was not left to the model.
    pub mode: Option<String>,
    pub threshold: Option<f32>,
}

impl KeptEvent {
    /// How it was listened for.
    pub fn spotting(&self) -> SpotterConfig {
        let mode = self.mode.as_ref();
        spotting::config(&SpotOptions {
            mode: mode.and_then(|mode| Mode::from_str(mode, true).ok()),
            threshold: self.threshold,
            all: false,
        })
    }
}

/// An event of which a little more is to be heard. Its word is not told yet.
struct Waiting {
    /// Without ending.
    name: String,
    facts: KeptEvent,
    /// Samples of the stream.
    word: [u64; 2],
    ripe: u64,
}

/// What is in the folder.
struct Kept {
    /// Without ending.
    name: String,
    /// Of a near miss.
    score: Option<f32>,
}

impl Kept {
    fn new(name: String, facts: &KeptEvent) -> Self {
        let score = (!facts.is_fired).then_some(facts.score);
        Self { name, score }
    }
}

/// Keeps the sound of events.
pub struct Keeper {
    folder: PathBuf,
    /// No other may write there as long as this is open: it would take the same names.
    _lock: Option<fs::File>,
    most: usize,
    model: String,
    mode: Option<String>,
    threshold: Option<f32>,
    sample_rate: u32,
    /// Samples from one window of the spotter to the next.
    hop: usize,
    recent: VecDeque<f32>,
    /// Samples of the stream before `recent`: a multiple of `hop`, so that windows fall in what is kept as they fell in the stream.
    n_gone: u64,
    /// Events whose sound is not yet heard to its end, with the places of their words in the stream, and when it is.
    waiting: VecDeque<Waiting>,
    /// Oldest first.
    kept: Vec<Kept>,
    next: u64,
}

impl Keeper {
    /// Says plainly what it is going to do; `None` unless it was asked for. `hop` is the samples from one window of the spotter to
    /// the next.
    pub fn open(
        options: &KeepOptions,
        model: &Path,
        spotting: &SpotOptions,
        sample_rate: u32,
        hop: usize,
    ) -> anyhow::Result<Option<Self>> {
        let Some(folder) = &options.keep_events else {
            return Ok(None);
        };
        if folder.exists() && !folder.is_dir() {
            return usage(format!(
                "--keep-events {}: is not a folder; name a folder to keep the sounds in",
                folder.display()
            ));
        }
        fs::create_dir_all(folder).with_context(|| output::unwritable(folder))?;
        output::check_writable(&folder.join("1.wav"))?;
        // Where a folder cannot be opened or locked, as on some systems, nobody is kept out.
        let lock = fs::File::open(folder).ok();
        if let Some(Err(TryLockError::WouldBlock)) = lock.as_ref().map(fs::File::try_lock) {
            return usage(format!(
                "--keep-events {}: another mynah keeps its sounds there; name another folder",
                folder.display()
            ));
        }
        let mut kept: Vec<(u64, String)> = fs::read_dir(folder)
            .with_context(|| format!("{}: cannot be read", folder.display()))?
            .flatten()
            .filter_map(|entry| numbered(&entry.path()))
            .collect();
        kept.sort();
        let bytes = 2 * SECONDS * u64::from(sample_rate) * options.keep_at_most as u64;
        output::note(format!(
            "keeping the sound of each event and near miss in {}, at most {} of them ({} MB); the faintest near misses go first, \
             then the oldest events",
            folder.display(),
            options.keep_at_most,
            bytes.div_ceil(1_000_000)
        ));
        Ok(Some(Self {
            folder: folder.clone(),
            _lock: lock,
            most: options.keep_at_most,
            model: model.display().to_string(),
            mode: spotting.mode.map(name),
            threshold: spotting.threshold,
            sample_rate,
            hop,
            recent: VecDeque::new(),
            n_gone: 0,
            waiting: VecDeque::new(),
            next: kept.last().map_or(0, |(number, _)| *number) + 1,
            kept: kept
                .into_iter()
                .map(|(_, name)| {
                    let facts = fs::read(folder.join(format!("{name}.json"))).ok();
                    let facts = facts.and_then(|json| serde_json::from_slice(&json).ok());
                    match facts {
                        Some(facts) => Kept::new(name, &facts),
                        None => Kept { name, score: None },
                    }
                })
                .collect(),
        }))
    }

    /// The stream is over: what waits is written, and another may begin.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        while let Some(waiting) = self.waiting.pop_front() {
            self.write(waiting)?;
        }
        self.recent.clear();
        self.n_gone = 0;
        Ok(())
    }

    /// Takes the next samples of the stream, before the spotter does; some tenths of a second at most.
    pub fn hear(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        self.recent.extend(samples);
        let n_heard = self.n_gone + self.recent.len() as u64;
        while let Some(waiting) = self.waiting.front()
            && waiting.ripe <= n_heard
        {
            let waiting = self.waiting.pop_front().expect("one is at the front");
            self.write(waiting)?;
        }
        let n = self.recent.len();
        let longest = SECONDS * u64::from(self.sample_rate);
        let surplus = n.saturating_sub(longest as usize);
        // No more than there is, however long a hop the model claims.
        let surplus = surplus.next_multiple_of(self.hop).min(n - n % self.hop);
        self.recent.drain(..surplus);
        self.n_gone += surplus as u64;
        Ok(())
    }

    /// Takes an event. Its sound is written with what there is to say of it once a little more is heard, or all is, to the path that is
    /// returned.
    pub fn keep(&mut self, event: &SpotEvent<'_>) -> PathBuf {
        let name = format!("{:06}-{}", self.next, plain(event.keyword));
        self.next += 1;
        let path = self.folder.join(format!("{name}.wav"));
        let facts = KeptEvent {
            model: self.model.clone(),
            keyword: event.keyword.to_string(),
            score: event.score,
            runner_up: event.runner_up.to_string(),
            runner_up_score: event.runner_up_score,
            is_fired: event.is_fired,
            time: event.seconds(event.time),
            word: [0, 0],
            sample_rate: self.sample_rate,
            mode: self.mode.clone(),
            threshold: self.threshold,
        };
        self.waiting.push_back(Waiting {
            name,
            facts,
            word: [event.start, event.end],
            ripe: event.time + u64::from(self.sample_rate) / AFTER,
        });
        path
    }

    /// Writes what waited; where there are too many, the faintest near miss goes, or else the oldest event.
    fn write(
        &mut self,
        Waiting {
            name,
            mut facts,
            word,
            ..
        }: Waiting,
    ) -> anyhow::Result<()> {
        facts.word = word.map(|sample| {
            let place = sample.saturating_sub(self.n_gone) as usize;
            place.min(self.recent.len())
        });
        let samples = self.recent.make_contiguous();
        let mut wav = Vec::new();
        let mut writer = WavWriter::new(&mut wav, self.sample_rate, samples.len() as u64)?;
        writer.write(samples)?;
        writer.finish()?;
        let mut json = serde_json::to_vec_pretty(&facts)?;
        json.push(b'\n');
        let side = |ending: &str, bytes| Side {
            path: self.folder.join(format!("{name}.{ending}")),
            bytes: Some(bytes),
        };
        // The sound first: what is told of it is never there alone.
        output::put(&[side("wav", wav), side("json", json)])?;
        self.kept.push(Kept::new(name, &facts));
        while self.kept.len() > self.most {
            let scores = self.kept.iter().enumerate();
            let faintest = scores
                .filter_map(|(at, kept)| Some((at, kept.score?)))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let gone = self.kept.remove(faintest.map_or(0, |(at, _)| at)).name;
            for ending in ["json", "wav"] {
                output::remove(&self.folder.join(format!("{gone}.{ending}")))?;
            }
        }
        Ok(())
    }
}

/// The number and the name without ending of a file that was written here: other files of the folder are never removed.
fn numbered(path: &Path) -> Option<(u64, String)> {
    if path.extension()? != "json" {
        return None;
    }
    let name = path.file_stem()?.to_str()?;
    let (number, _) = name.split_once('-')?;
    let is_ours = number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_ours)?, name.to_string()))
}

/// A keyword as part of a file name.
fn plain(keyword: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    keyword.chars().map(plain).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_begins_where_a_window_does() {
        let folder = tempfile::tempdir().unwrap();
        let keep = KeepOptions {
            keep_events: Some(folder.path().into()),
            keep_at_most: 1,
        };
        let spotting = SpotOptions {
            mode: None,
            threshold: None,
            all: false,
        };
        // 11,025 Hz, where 10 ms are 110 samples; and windows further apart than the sound in memory is long.
        for (hop, n_gone) in [(440, 55_440), (100_000, 100_000)] {
            let keeper = Keeper::open(&keep, Path::new("w.mynah"), &spotting, 11_025, hop);
            let mut keeper = keeper.unwrap().unwrap();
            for _ in 0..100 {
                keeper.hear(&[0.0; 1_103]).unwrap();
            }
            assert_eq!(keeper.n_gone, n_gone);
            assert_eq!(keeper.recent.len() as u64, 110_300 - n_gone);
        }
    }
}
