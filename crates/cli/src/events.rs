//! What an engine fired and what was said, from files to what is scored.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_audio::{Channel, Reader};
use mynah_corpus::{LabelledStream, Labels};
use mynah_eval::{Firing, SpokenWord};

use crate::event_lines::{Line, REMEDY, bare, begins_with_event, misfit};
use crate::output;
use crate::status::{Skipped, usage};

/// Names in a note, at most.
const N_NAMED: usize = 5;

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
        Ok(Self {
            labels,
            durations,
            keywords: keywords.iter().cloned().collect(),
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
        let name = name(path);
        let bytes = read(path).with_context(|| format!("{name}: cannot be read"))?;
        if let Some(fault) = misfit(&bytes) {
            anyhow::bail!("{name}: {fault}");
        }
        let names = self.names();
        let (mut events, mut n_lines, mut others) = (Vec::new(), 0, BTreeSet::new());
        for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
            if bare(line).is_empty() {
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
            "{name}: none of its {n_lines} lines is an event that can be used: {REMEDY}"
        );
        if !others.is_empty() {
            let others: Vec<String> = others.into_iter().collect();
            output::note(format!(
                "note: events of {} are not counted: see --keyword",
                others.join(", ")
            ));
        }
        self.note_unsaid(&events);
        Ok(events)
    }

    /// Names keywords that are asked for or heard, but are no words of the labels: most are spelled in another way there.
    fn note_unsaid(&self, events: &[Fired]) {
        let words = self.labels.words.iter();
        let said: BTreeSet<&str> = words.map(|word| word.label.as_str()).collect();
        let heard = events.iter().map(|event| &event.keyword);
        let mut unsaid: BTreeSet<&str> = heard.chain(&self.keywords).map(String::as_str).collect();
        unsaid.retain(|keyword| !said.contains(keyword));
        // Where nothing is said, all are false alarms, and meant so.
        if unsaid.is_empty() || said.is_empty() {
            return;
        }
        let twin = |keyword: &str| {
            let is_twin = |word: &&&str| word.to_lowercase() == keyword.to_lowercase();
            said.iter().find(is_twin)
        };
        let twins = unsaid.iter().find_map(|one| Some((one, twin(one)?)));
        output::note(format!(
            "note: {} {} of the labels, which have {}{}: such events are false alarms or substitutions",
            few(unsaid.iter().map(|keyword| format!("{keyword:?}"))),
            match unsaid.len() {
                1 => "is no word",
                _ => "are no words",
            },
            few(said.iter().map(ToString::to_string)),
            twins.map_or(String::new(), |(one, other)| format!(
                " ({one:?} and {other:?} differ in case only)"
            ))
        ));
    }

    fn event(&self, line: &[u8], names: &HashMap<PathBuf, Option<usize>>) -> Result<Fired, String> {
        let line = Line::parse(line).map_err(|fault| format!("{fault}: {REMEDY}"))?;
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

/// Refuses labels and events in each other's places, where both show what they are.
pub fn check_order(events: &Path, labels: &Path) -> anyhow::Result<()> {
    let is_late = output::is_stdout(labels) || begins_with_event(labels);
    // Events that tell start and end can serve as labels, so that the other file has a say too.
    if is_late && !begins_with_event(events) && Labels::open(events).is_ok() {
        let [events, labels] = [events.display(), labels.display()];
        return usage(format!(
            "{events}: is a table of labels, but events come first: write mynah score {labels} {events}"
        ));
    }
    Ok(())
}

/// The first names, and how many more there are.
fn few(names: impl ExactSizeIterator<Item = String>) -> String {
    let n_more = names.len().saturating_sub(N_NAMED);
    let first: Vec<String> = names.take(N_NAMED).collect();
    match n_more {
        0 => first.join(", "),
        _ => format!("{} and {n_more} more", first.join(", ")),
    }
}

/// What events are called in messages.
pub fn name(path: &Path) -> String {
    match output::is_stdout(path) {
        true => "standard input".to_string(),
        false => path.display().to_string(),
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
        None => anyhow::bail!(
            "{}: there is no such file to tell how long the stream is; put it there, add a column `duration` (seconds) to the labels, or, of one stream, give --hours",
            stream.path.display()
        ),
    }
}
