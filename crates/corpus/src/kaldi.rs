//! Kaldi data folders: `wav.scp` with `segments`, `utt2spk` and `text` beside it.
//!
//! Source: Kaldi, *Data preparation* (doc/data_prep.dox) and `extract-segments`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::problem::Problems;
use crate::{Error, Problem};

/// One utterance of a Kaldi data folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// Its id: without white space, never empty, each once.
    pub id: String,
    /// The recording. That it exists is not checked; reading it will tell.
    pub path: PathBuf,
    /// Seconds from the start of the recording, finite, ≥ 0; `None` is its start.
    pub start: Option<f64>,
    /// Seconds from the start of the recording, finite, > `start`; `None` is its end.
    pub end: Option<f64>,
    /// From `utt2spk`; never empty.
    pub speaker: Option<String>,
    /// From `text`, words separated by one space; never empty.
    pub text: Option<String>,
}

/// What a Kaldi data folder lists.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KaldiData {
    /// At least one, in the order of `segments`, or of `wav.scp` where there are no segments.
    pub utterances: Vec<Utterance>,
    /// Lines that could not be used, in the order found; the first 1,000.
    pub problems: Vec<Problem>,
    /// All problems, listed or not.
    pub n_problems: usize,
}

impl KaldiData {
    /// Whether a path is a folder with a `wav.scp` in it, or a file ending in `.scp`.
    pub fn is_at(path: &Path) -> bool {
        path.extension().is_some_and(|e| e == "scp") || path.join(WAV_SCP).is_file()
    }

    /// Reads the lists of a data folder, or of the folder that a `wav.scp` lies in.
    ///
    /// - `wav.scp`: `ID PATH`. A path may contain spaces. As in Kaldi it starts from the working directory; where
    ///   nothing is there, from the folder of `wav.scp`. Commands (`… |`) are not run, and offsets into archives
    ///   (`PATH:OFFSET`) are not followed.
    /// - `segments`, if there: `ID RECORDING START END`, in seconds; an END of −1 is the end of the recording.
    ///   Utterances are then the segments, else the recordings.
    /// - `utt2spk`, if there: `ID SPEAKER`. `text`, if there: `ID WORD…`.
    ///
    /// # Errors
    /// If a list cannot be read, or no line can be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let scp = if path.is_dir() {
            path.join(WAV_SCP)
        } else {
            path.to_path_buf()
        };
        let folder = scp.parent().unwrap_or(Path::new(""));
        let mut problems = Problems::default();

        let text = read(&scp)?.unwrap_or_default();
        let mut recordings = Table::new(&scp);
        for (line, id, rest) in lines(&text) {
            match recording(rest, folder) {
                Ok(path) => recordings.insert(line, id, path, &mut problems),
                Err(fault) => problems.push_line(&scp, line, format!("{id}: {fault}")),
            }
        }

        let segments = folder.join("segments");
        let mut utterances = match read(&segments)? {
            None => recordings.whole(),
            Some(text) => {
                let mut table = Table::new(&segments);
                for (line, id, rest) in lines(&text) {
                    match segment(rest, &recordings.values) {
                        Ok(cut) => table.insert(line, id, cut, &mut problems),
                        Err(fault) => problems.push_line(&segments, line, format!("{id}: {fault}")),
                    }
                }
                table.cuts(&recordings.values)
            }
        };
        let speakers = read(&folder.join("utt2spk"))?.unwrap_or_default();
        let speakers = attributes(&folder.join("utt2spk"), &speakers, &mut problems);
        let words = read(&folder.join("text"))?.unwrap_or_default();
        let words = attributes(&folder.join("text"), &words, &mut problems);
        for utterance in &mut utterances {
            let of = |table: &HashMap<&str, String>| table.get(utterance.id.as_str()).cloned();
            (utterance.speaker, utterance.text) = (of(&speakers), of(&words));
        }
        if utterances.is_empty() {
            return Err(match problems.listed.into_iter().next() {
                Some(first) => Error::NothingUsable {
                    path: scp,
                    n_problems: problems.n,
                    first: Box::new(first),
                },
                None => Error::EmptyManifest { path: scp },
            });
        }
        Ok(Self {
            utterances,
            problems: problems.listed,
            n_problems: problems.n,
        })
    }
}

const WAV_SCP: &str = "wav.scp";

/// Values by id, each id once, in the order of their file.
struct Table<'a, V> {
    file: &'a Path,
    values: HashMap<&'a str, V>,
    order: Vec<&'a str>,
}

impl<'a, V> Table<'a, V> {
    fn new(file: &'a Path) -> Self {
        Self {
            file,
            values: HashMap::new(),
            order: Vec::new(),
        }
    }

    fn insert(&mut self, line: u64, id: &'a str, value: V, problems: &mut Problems) {
        match self.values.entry(id) {
            Entry::Vacant(place) => {
                place.insert(value);
                self.order.push(id);
            }
            Entry::Occupied(_) => problems.push_line(
                self.file,
                line,
                format!("{id}: the id is there already: give every line its own"),
            ),
        }
    }
}

impl Table<'_, PathBuf> {
    fn whole(&self) -> Vec<Utterance> {
        let whole = |id: &&str| utterance(id, &self.values[id], None, None);
        self.order.iter().map(whole).collect()
    }
}

/// A part of a recording.
struct Cut<'a> {
    recording: &'a str,
    start: f64,
    end: Option<f64>,
}

impl Table<'_, Cut<'_>> {
    fn cuts(&self, recordings: &HashMap<&str, PathBuf>) -> Vec<Utterance> {
        let cut = |id: &&str| {
            let cut = &self.values[id];
            utterance(id, &recordings[cut.recording], Some(cut.start), cut.end)
        };
        self.order.iter().map(cut).collect()
    }
}

fn utterance(id: &str, path: &Path, start: Option<f64>, end: Option<f64>) -> Utterance {
    Utterance {
        id: id.to_string(),
        path: path.to_path_buf(),
        start,
        end,
        speaker: None,
        text: None,
    }
}

/// A list's text; `None` where there is no such file.
fn read(path: &Path) -> Result<Option<String>, Error> {
    let is_needed = path.extension().is_some();
    match fs::read(path) {
        // Ids and words in another encoding are told apart no worse.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_needed => Ok(None),
        Err(error) => Err(Error::read(path, error)),
    }
}

/// Line number from 1, id and the trimmed rest of every line that is not empty.
fn lines(text: &str) -> impl Iterator<Item = (u64, &str, &str)> {
    (1..).zip(text.lines()).filter_map(|(number, line)| {
        let line = line.trim();
        let (id, rest) = line
            .split_once(|c: char| c.is_whitespace())
            .unwrap_or((line, ""));
        (!id.is_empty()).then(|| (number, id, rest.trim_start()))
    })
}

/// What `utt2spk` and `text` say of each id; the first line of an id counts, empty ones say nothing.
fn attributes<'a>(file: &Path, text: &'a str, problems: &mut Problems) -> HashMap<&'a str, String> {
    let mut table = HashMap::new();
    for (line, id, rest) in lines(text).filter(|(_, _, rest)| !rest.is_empty()) {
        let words: Vec<&str> = rest.split_whitespace().collect();
        match table.entry(id) {
            Entry::Vacant(place) => {
                place.insert(words.join(" "));
            }
            Entry::Occupied(_) => problems.push_line(
                file,
                line,
                format!("{id}: the id is there already: its first line counts, remove this one"),
            ),
        }
    }
    table
}

/// Where a recording lies, from the right side of a `wav.scp`.
fn recording(rest: &str, folder: &Path) -> Result<PathBuf, String> {
    if rest.is_empty() {
        return Err("names no file: write ID PATH".to_string());
    }
    if rest.ends_with('|') {
        return Err(
            "is a command, and commands in lists are not run: run it once, write its sound to a file, and name that"
                .to_string(),
        );
    }
    if rest == "-" {
        return Err("is standard input: name a file".to_string());
    }
    let path = PathBuf::from(rest);
    let beside = folder.join(rest);
    if path.exists() {
        return Ok(path);
    }
    if beside.exists() {
        return Ok(beside);
    }
    // Only now: a file's name may end so too.
    if let Some((archive, offset)) = rest.rsplit_once(':')
        && !offset.is_empty()
        && offset.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(format!(
            "lies inside the archive {archive}, which is not read: write it to a file of its own \
             (`wav-copy scp:wav.scp scp:files.scp`)"
        ));
    }
    Ok(path)
}

fn segment<'a>(rest: &'a str, recordings: &HashMap<&str, PathBuf>) -> Result<Cut<'a>, String> {
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let (fields, channel) = match fields[..] {
        [recording, start, end, channel] => ([recording, start, end], channel),
        [recording, start, end] => ([recording, start, end], "-1"),
        _ => ([""; 3], ""),
    };
    if channel != "-1" && !channel.is_empty() {
        let remedy = channel
            .parse::<u16>()
            .map_or("-1 or a number from 0".to_string(), |n| {
                format!(
                    "leave the fifth column away and give --channel {}",
                    u32::from(n) + 1
                )
            });
        return Err(format!(
            "asks for channel {channel}, which is chosen for the whole run: {remedy}"
        ));
    }
    let [recording, start, end] = fields;
    if recording.is_empty() {
        return Err(format!(
            "has {} fields: write ID RECORDING START END",
            1 + rest.split_whitespace().count()
        ));
    };
    if !recordings.contains_key(recording) {
        return Err(format!(
            "the recording {recording} is not usable or not in wav.scp: add or mend its line there"
        ));
    }
    let seconds = |text: &str| text.parse::<f64>().ok().filter(|s| s.is_finite());
    let (Some(start), Some(end)) = (seconds(start), seconds(end)) else {
        return Err(format!(
            "from {start:?} to {end:?} is no stretch: write seconds, as 1.5"
        ));
    };
    // Kaldi's sign for the end of the recording.
    let end = (end != -1.0).then_some(end);
    if start < 0.0 || end.is_some_and(|end| end <= start) {
        return Err(format!(
            "starts at {start} s and ends at {} s: it must start at 0 or later and end after that",
            end.unwrap_or(-1.0)
        ));
    }
    Ok(Cut {
        recording,
        start,
        end,
    })
}
