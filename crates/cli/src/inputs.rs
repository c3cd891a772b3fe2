//! What `features` is given: files, folders of them, manifests.

use std::path::{Component, Path, PathBuf};

use mynah_corpus::{Corpus, ManifestFormat};
use walkdir::{DirEntry, WalkDir};

use crate::clips::Stretch;
use crate::splits;
use crate::status::Skipped;

/// One recording to make features of.
#[derive(Clone, Debug)]
pub struct Input {
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
            stretch,
            name,
            label: None,
            speaker: None,
        }
    }
}

/// The recordings behind some paths, in the order given, folders sorted by name.
pub fn expand(paths: &[PathBuf], skipped: &mut Skipped) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.is_dir() {
            folder(path, &mut inputs, skipped)?;
        } else if path.is_file() && ManifestFormat::from_path(path).is_some() {
            match Corpus::open(path) {
                Ok(corpus) => manifest(&corpus, &mut inputs, skipped)?,
                Err(error) => skipped.add(error)?,
            }
        } else {
            let name = path.file_stem().unwrap_or(path.as_os_str()).into();
            inputs.push(Input::of(Stretch::whole(path), name));
        }
    }
    Ok(inputs)
}

fn folder(root: &Path, inputs: &mut Vec<Input>, skipped: &mut Skipped) -> anyhow::Result<()> {
    let before = inputs.len();
    let is_shown = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
    };
    let walk = WalkDir::new(root).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(is_shown) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && mynah_corpus::is_audio(entry.path()) => {
                let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
                let name = below.with_extension("");
                inputs.push(Input::of(Stretch::whole(entry.path()), name));
            }
            Ok(_) => {}
            Err(error) => skipped.add(format!("{error}; check its permissions"))?,
        }
    }
    if inputs.len() == before {
        skipped.add(format!(
            "{}: no .wav, .flac, .mp3 or .ogg in this folder",
            root.display()
        ))?;
    }
    Ok(())
}

fn manifest(corpus: &Corpus, inputs: &mut Vec<Input>, skipped: &mut Skipped) -> anyhow::Result<()> {
    splits::report_problems(corpus, skipped)?;
    for clip in &corpus.clips {
        // A path that leads elsewhere must not lead out of the output folder.
        let is_below = |path: &Path| path.components().all(|c| matches!(c, Component::Normal(_)));
        let below = clip.path.strip_prefix(&corpus.root).ok();
        let mut name = below.filter(|path| is_below(path)).map_or_else(
            || clip.path.file_name().unwrap_or_default().into(),
            Path::to_path_buf,
        );
        name.set_extension("");
        if clip.start.is_some() || clip.end.is_some() {
            let ms = |seconds: Option<f64>| {
                seconds.map_or(String::new(), |s| format!("{:.0}", 1_000.0 * s))
            };
            name.as_mut_os_string()
                .push(format!("-{}-{}ms", ms(clip.start), ms(clip.end)));
        }
        inputs.push(Input {
            stretch: Stretch::from(clip),
            name,
            label: Some(clip.label.clone()),
            speaker: clip.speaker.clone(),
        });
    }
    Ok(())
}
