//! What an engine fired and what was said, from files to what is scored.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_audio::{Channel, Reader};
use mynah_corpus::{LabelledStream, Labels};
use mynah_eval::{Firing, SpokenWord};
use serde::Deserialize;

use crate::output;
use crate::status::{Skipped, usage};

/// One line of a file of events; what other keys an engine writes is its own affair.
#[derive(Deserialize)]
struct Line {
    file: Option<String>,
    time: f64,
    keyword: String,
    score: Option<f64>,
    is_fired: Option<bool>,
}

/// One firing, with the place of its stream.
pub struct Fired {
    stream: usize,
    time: f64,
    keyword: String,
    score: Option<f64>,
    is_fired: bool,
}

/// Streams, their lengths, and which keywords count in them.
pub struct Streams {
    pub labels: Labels,
    /// s, one for each stream.
    pub durations: Vec<f64>,
    /// Empty is all.
    keywords: BTreeSet<String>,
}

impl Streams {
    /// Reads labels and finds out how long their streams are: by the file, else by the table, else, of one alone, by `hours`.
    pub fn open(
        path: &Path,
        keywords: &[String],
        hours: Option<f64>,
        skipped: &mut Skipped,
    ) -> anyhow::Result<Self> {
        let labels = Labels::open(path)?;
        labels
            .problems
            .iter()
            .try_for_each(|problem| skipped.add(problem))?;
        skipped.add_unnamed(labels.n_problems - labels.problems.len());
        let is_alone = labels.streams.len() == 1;
        let durations = labels
            .streams
            .iter()
            .map(|stream| duration(stream, hours.filter(|_| is_alone)));
        let durations = durations.collect::<anyhow::Result<Vec<f64>>>()?;
        let keywords: BTreeSet<String> = keywords.iter().cloned().collect();
        let said: BTreeSet<&str> = labels
            .words
            .iter()
            .map(|word| word.label.as_str())
            .collect();
        if let Some(unsaid) = keywords
            .iter()
            .find(|keyword| !said.contains(keyword.as_str()))
        {
            output::note(format!(
                "note: nobody says {unsaid:?} in {}: its events are all false alarms",
                path.display()
            ));
        }
        Ok(Self {
            labels,
            durations,
            keywords,
        })
    }

    fn is_meant(&self, keyword: &str) -> bool {
        self.keywords.is_empty() || self.keywords.contains(keyword)
    }

    /// The words that count; those that lie outside their stream are named and left out.
    pub fn words(&self, skipped: &mut Skipped) -> anyhow::Result<Vec<SpokenWord<'_>>> {
        let mut words = Vec::new();
        for word in self
            .labels
            .words
            .iter()
            .filter(|word| self.is_meant(&word.label))
        {
            let spoken = SpokenWord {
                stream: word.stream,
                keyword: &word.label,
                start: word.start,
                end: word.end,
                speaker: word.speaker.as_deref(),
                snr_db: word.snr_db,
            };
            match spoken.check(&self.durations) {
                Ok(()) => words.push(spoken),
                Err(error) => {
                    let path = self.labels.streams[word.stream].path.display();
                    skipped.add(format!("{path}: {:?}: {error}", word.label))?;
                }
            }
        }
        Ok(words)
    }

    /// Reads events; lines that cannot be used are named and left out.
    pub fn events(&self, path: &Path, skipped: &mut Skipped) -> anyhow::Result<Vec<Fired>> {
        let name = match output::is_stdout(path) {
            true => "standard input".to_string(),
            false => path.display().to_string(),
        };
        let bytes = read(path).with_context(|| format!("{name}: cannot be read"))?;
        let names = self.names();
        let (mut events, mut n_lines, mut others) = (Vec::new(), 0, BTreeSet::new());
        for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            n_lines += 1;
            match self.event(line, &names) {
                Ok(event) if self.is_meant(&event.keyword) => events.push(event),
                Ok(event) => {
                    others.insert(event.keyword);
                }
                Err(fault) => skipped.add(format!("{name}, line {number}: {fault}"))?,
            }
        }
        anyhow::ensure!(
            n_lines == 0 || !events.is_empty() || !others.is_empty(),
            "{name}: none of its {n_lines} lines is an event that can be used; write one JSON object a line, {{\"time\": 12.3, \"keyword\": \"alexa\", \"score\": 0.8}}"
        );
        if !others.is_empty() {
            let others: Vec<String> = others.into_iter().collect();
            output::note(format!(
                "note: events of {} are not counted: see --keyword",
                others.join(", ")
            ));
        }
        Ok(events)
    }

    fn event(&self, line: &[u8], names: &HashMap<PathBuf, Option<usize>>) -> Result<Fired, String> {
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            format!("is no event ({error}): write {{\"time\": 12.3, \"keyword\": \"alexa\", \"score\": 0.8}}, as `mynah spot --json` does")
        })?;
        let stream = self.stream(line.file.as_deref(), names)?;
        let fired = Fired {
            stream,
            time: line.time,
            keyword: line.keyword,
            score: line.score,
            is_fired: line.is_fired.unwrap_or(true),
        };
        match fired.firing().check(&self.durations) {
            Ok(()) => Ok(fired),
            Err(error) => Err(error.to_string()),
        }
    }

    fn stream(
        &self,
        file: Option<&str>,
        names: &HashMap<PathBuf, Option<usize>>,
    ) -> Result<usize, String> {
        let n = self.labels.streams.len();
        let Some(file) = file else {
            return match n {
                1 => Ok(0),
                _ => Err(format!(
                    "names no file, and the labels are of {n} streams: add \"file\""
                )),
            };
        };
        let path = Path::new(file);
        let full = path.canonicalize().ok();
        let last = path.file_name().map(PathBuf::from);
        let found = [Some(path.to_path_buf()), full, last].into_iter().flatten();
        let mut found = found.filter_map(|name| *names.get(&name)?);
        found.next().ok_or_else(|| {
            format!(
                "{file:?} is no stream of the labels, which begin with {}",
                self.labels.streams[0].path.display()
            )
        })
    }

    /// What a stream may be called: as the labels have it, in full, or by its last name where that is one stream's alone.
    fn names(&self) -> HashMap<PathBuf, Option<usize>> {
        let mut names: HashMap<PathBuf, Option<usize>> = HashMap::new();
        for (i, stream) in self.labels.streams.iter().enumerate() {
            let last = stream.path.file_name().map(PathBuf::from);
            let full = stream.path.canonicalize().ok();
            let all: BTreeSet<PathBuf> = [Some(stream.path.clone()), full, last]
                .into_iter()
                .flatten()
                .collect();
            for name in all {
                names
                    .entry(name)
                    .and_modify(|place| *place = None)
                    .or_insert(Some(i));
            }
        }
        names
    }
}

impl Fired {
    pub fn firing(&self) -> Firing<'_> {
        Firing {
            stream: self.stream,
            time: self.time,
            keyword: &self.keyword,
            score: self.score,
            is_fired: self.is_fired,
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if !output::is_stdout(path) {
        return Ok(std::fs::read(path)?);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn duration(stream: &LabelledStream, hours: Option<f64>) -> anyhow::Result<f64> {
    let told = stream.duration.or(hours.map(|hours| hours * 3600.0));
    if stream.path.is_file() {
        let mut reader = Reader::open(&stream.path, Channel::Mix)?;
        let rate = f64::from(reader.sample_rate());
        let n = match reader.n_samples() {
            Some(n) => n,
            None => {
                let (mut n, mut block) = (0, Vec::new());
                while reader.next_block(&mut block)? > 0 {
                    n += block.len() as u64;
                    block.clear();
                }
                n
            }
        };
        return Ok(n as f64 / rate);
    }
    match told {
        Some(seconds) => Ok(seconds),
        None => usage(format!(
            "{}: there is no such file to tell how long the stream is; put it there, add a column `duration` (seconds) to the labels{}",
            stream.path.display(),
            ", or, of one stream, give --hours"
        )),
    }
}
