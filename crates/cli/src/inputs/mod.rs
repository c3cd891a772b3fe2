//! What commands are given: files, folders of them, manifests, Kaldi data folders, lists.

pub mod names;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_corpus::{Clip, Corpus, KaldiData, Layout, ManifestFormat, Utterance};
use walkdir::{DirEntry, WalkDir};

use crate::clips::{Rounding, Stretch};
use crate::formats::{path_of, safe_name};
use crate::output;
use crate::status::{Skip, Skipped, usage};

/// One recording to make features of.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its id: unique, without white space.
    pub utterance: String,
    pub stretch: Stretch,
    /// Where its features go in a folder, without ending: its path below the folder or manifest it was found by.
    pub name: PathBuf,
    pub label: Option<String>,
    pub speaker: Option<String>,
}

impl Input {
    /// What the microphone recorded.
    pub fn microphone() -> Self {
        Self::of(Stretch::whole(Path::new("microphone")), "microphone".into())
    }

    fn of(stretch: Stretch, name: PathBuf) -> Self {
        Self {
            utterance: names::id(&name),
            stretch,
            name,
            label: None,
            speaker: None,
        }
    }
}

/// The recordings behind some paths and a list of files, in the order given, folders sorted by name.
///
/// # Errors
/// If the list of files cannot be read.
pub fn expand(
    paths: &[PathBuf],
    list: Option<&Path>,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    // Files one by one may come from many folders; where their names are not enough, their paths are.
    let mut files = Vec::new();
    for path in paths {
        if KaldiData::is_at(path) {
            kaldi(path, &mut inputs, skipped)?;
        } else if path.is_dir() {
            folder(path, &mut inputs, skipped)?;
        } else if path.is_file() && ManifestFormat::from_path(path).is_some() {
            match Corpus::open(path) {
                Ok(corpus) => manifest(&corpus, &mut inputs, skipped)?,
                Err(error) => skipped.add(error)?,
            }
        } else {
            let name = path.file_stem().unwrap_or(path.as_os_str()).into();
            files.push(inputs.len());
            inputs.push(Input::of(Stretch::whole(path), name));
        }
    }
    if let Some(list) = list {
        let listed = read_list(list)?;
        let names = names::below_common_folder(&listed);
        for (path, name) in listed.iter().zip(names) {
            inputs.push(Input::of(Stretch::whole(path), name));
        }
    }
    let mut clashes = names::clashes(&inputs);
    if !clashes.is_empty() && !files.is_empty() {
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|&i| inputs[i].stretch.path.clone())
            .collect();
        for (&i, name) in files.iter().zip(names::below_common_folder(&paths)) {
            inputs[i] = Input::of(inputs[i].stretch.clone(), name);
        }
        clashes = names::clashes(&inputs);
    }
    if clashes.is_empty() {
        return Ok(inputs);
    }
    let first_of: HashMap<usize, (PathBuf, String)> = clashes
        .into_iter()
        .map(|[one, two]| {
            let one = &inputs[one];
            (two, (one.stretch.path.clone(), one.utterance.clone()))
        })
        .collect();
    names::retain(&mut inputs, skipped, |i, _| {
        let (path, name) = first_of.get(&i)?;
        Some(format!(
            "would be called {name}, as {} is; rename one, or make their features apart",
            path.display()
        ))
    })?;
    Ok(inputs)
}

/// Recordings: files, and what is in folders at any depth; each once, however its path is written.
///
/// # Errors
/// For a manifest; with `--strict`, for what cannot be read.
pub fn recordings(paths: &[PathBuf], skipped: &mut Skipped) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => found.extend(audio_below(path, skipped)?),
            false if ManifestFormat::from_path(path).is_some() => {
                return usage(format!(
                    "{}: is a list; give the recordings themselves, or folders of them",
                    path.display()
                ));
            }
            false => found.push(path.clone()),
        }
    }
    let (n, mut seen) = (found.len(), HashSet::new());
    found.retain(|path| seen.insert(path.canonicalize().unwrap_or(path.clone())));
    if found.len() < n {
        output::note(format!(
            "note: {} of the recordings are given again, and count once",
            n - found.len()
        ));
    }
    Ok(found)
}

/// The recordings below a folder, with the labels and speakers that their names give.
fn folder(root: &Path, inputs: &mut Vec<Input>, skipped: &mut Skipped) -> anyhow::Result<()> {
    let known = Known::of(root);
    for path in audio_below(root, skipped)? {
        let below = path.strip_prefix(root).unwrap_or(&path);
        let mut input = Input::of(Stretch::whole(&path), below.with_extension(""));
        (input.label, input.speaker) = known.label_and_speaker(&path);
        inputs.push(input);
    }
    Ok(())
}

/// Recordings at any depth. What is named as one and cannot be read is listed too: reading it will say why, in its turn.
fn audio_below(root: &Path, skipped: &mut Skipped) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut is_empty = true;
    let is_shown = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let walk = WalkDir::new(root).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(is_shown) {
        let path = match &entry {
            Ok(entry) => entry.path(),
            // A link that leads nowhere.
            Err(error) => match error.path().filter(|path| mynah_corpus::is_audio(path)) {
                Some(path) => path,
                None => {
                    is_empty = false;
                    skipped.add_skip(unreadable(root, error))?;
                    continue;
                }
            },
        };
        if mynah_corpus::is_audio(path) && path != root {
            found.push(path.to_path_buf());
            is_empty = false;
        }
    }
    if is_empty {
        skipped.add_skip(Skip {
            utterance: None,
            path: Some(root.display().to_string()),
            reason: "no .wav, .flac, .mp3 or .ogg in this folder".into(),
        })?;
    }
    Ok(found)
}

fn unreadable(root: &Path, error: &walkdir::Error) -> Skip {
    let path = error.path().unwrap_or(root);
    let fault = error
        .io_error()
        .map_or(error.to_string(), ToString::to_string);
    Skip {
        utterance: None,
        path: Some(path.display().to_string()),
        reason: format!("cannot be read: {fault}; check its permissions"),
    }
}

/// Labels and speakers that the names in a folder give.
struct Known(HashMap<PathBuf, Clip>);

impl Known {
    fn of(root: &Path) -> Self {
        let corpus = Corpus::open(root).ok();
        // One name among others may look like LABEL_SPEAKER_INDEX by chance.
        let corpus = corpus.filter(|c| c.layout != Layout::Flat || c.n_problems == 0);
        let clips = corpus.map(|corpus| corpus.clips).unwrap_or_default();
        Self(
            clips
                .into_iter()
                .map(|clip| (clip.path.clone(), clip))
                .collect(),
        )
    }

    fn label_and_speaker(&self, path: &Path) -> (Option<String>, Option<String>) {
        match self.0.get(path) {
            Some(clip) => (Some(clip.label.clone()), clip.speaker.clone()),
            None => (None, None),
        }
    }
}

fn manifest(corpus: &Corpus, inputs: &mut Vec<Input>, skipped: &mut Skipped) -> anyhow::Result<()> {
    for problem in &corpus.problems {
        skipped.add_skip(Skip::from(problem))?;
    }
    skipped.add_unnamed(corpus.n_problems - corpus.problems.len());
    for clip in &corpus.clips {
        let mut name = names::below(&clip.path, &corpus.root);
        name.set_extension("");
        if clip.start.is_some() || clip.end.is_some() {
            name.as_mut_os_string()
                .push(names::of_stretch(clip.start, clip.end));
        }
        inputs.push(Input {
            label: Some(clip.label.clone()),
            speaker: clip.speaker.clone(),
            ..Input::of(Stretch::from(clip), name)
        });
    }
    Ok(())
}

fn kaldi(path: &Path, inputs: &mut Vec<Input>, skipped: &mut Skipped) -> anyhow::Result<()> {
    let data = match KaldiData::open(path) {
        Ok(data) => data,
        Err(error) => return skipped.add(error),
    };
    for problem in &data.problems {
        skipped.add_skip(Skip::from(problem))?;
    }
    skipped.add_unnamed(data.n_problems - data.problems.len());
    inputs.extend(data.utterances.into_iter().map(Input::from));
    Ok(())
}

impl From<Utterance> for Input {
    fn from(utterance: Utterance) -> Self {
        let Utterance {
            id,
            path,
            start,
            end,
            speaker,
            text,
            ..
        } = utterance;
        Self {
            name: safe_name(&id).into(),
            utterance: id,
            stretch: Stretch {
                path,
                start,
                end,
                rounding: Rounding::Down,
            },
            label: text,
            speaker,
        }
    }
}

/// The paths of a list, one a line, or between zero bytes as `find -print0` writes them; `-` is standard input.
fn read_list(list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("{}: the list of files cannot be read", list.display());
    let mut bytes = Vec::new();
    if list == Path::new("-") {
        io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .with_context(unreadable)?;
    } else {
        bytes = fs::read(list).with_context(unreadable)?;
    }
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let paths: Vec<PathBuf> = bytes
        .split(|&byte| byte == separator)
        .map(|path| path.strip_suffix(b"\r").unwrap_or(path))
        .filter(|path| !path.is_empty())
        .map(|path| path_of(path.to_vec()))
        .collect();
    anyhow::ensure!(
        !paths.is_empty(),
        "{}: the list names no files; write one path a line",
        list.display()
    );
    Ok(paths)
}
