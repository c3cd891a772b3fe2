//! What `mynah inspect` tells of a corpus of recordings.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use mynah::dsp::Length;
use mynah::{PipelineConfig, clip_digest};
use mynah_audio::{Audio, Channel};
use mynah_corpus::{Clip, Corpus, SplitCounts};
use serde::Serialize;

use super::inspect::listed;
use crate::clips::{self, Stretch};
use crate::splits;
use crate::status::Skipped;

/// Groups of recordings shown at most.
const N_GROUPS: usize = 20;

#[derive(Serialize)]
struct CorpusCard {
    kind: &'static str,
    path: String,
    layout: mynah_corpus::Layout,
    n_clips: usize,
    n_broken: usize,
    seconds: Spread,
    sample_rates: BTreeMap<u32, usize>,
    words: BTreeMap<String, usize>,
    speakers: BTreeMap<String, usize>,
    n_without_speaker: usize,
    splits: SplitCounts,
    /// Groups of clips that are the same, sample for sample.
    duplicates: Vec<Vec<String>>,
    /// Those of them that are there under more than one word.
    conflicts: Vec<Vec<String>>,
    n_background: usize,
    manifests: Vec<String>,
}

/// Durations, s.
#[derive(Serialize)]
struct Spread {
    total: f64,
    min: f64,
    median: f64,
    max: f64,
}

/// Reads all of a corpus.
pub fn corpus(
    path: &Path,
    corpus: &Corpus,
    json: bool,
    skipped: &mut Skipped,
) -> anyhow::Result<String> {
    splits::report_problems(corpus, skipped)?;
    let clips: Vec<&Clip> = corpus.clips.iter().collect();
    let before = skipped.count();
    let heard = clips::map(
        &clips,
        "reading",
        skipped,
        || (),
        |(), clip| {
            let stretch = Stretch::from(*clip);
            let audio = stretch.read(Channel::Mix)?;
            stretch.check_sound(&audio)?;
            check_length(clip, &audio)?;
            let seconds = audio.samples.len() as f64 / f64::from(audio.sample_rate);
            Ok((seconds, audio.sample_rate, clip_digest(&audio.samples)))
        },
    )?;
    let mut sample_rates = BTreeMap::new();
    let mut same = HashMap::<u64, Vec<usize>>::new();
    for &(index, (_, rate, digest)) in &heard {
        *sample_rates.entry(rate).or_default() += 1;
        same.entry(digest).or_default().push(index);
    }
    let mut same: Vec<Vec<usize>> = same.into_values().filter(|group| group.len() > 1).collect();
    same.sort_unstable();
    let names = |group: &Vec<usize>| -> Vec<String> {
        let named = group.iter().map(|&i| clips[i].path.display().to_string());
        named.collect()
    };
    let is_conflict = |group: &&Vec<usize>| {
        let mut labels = group.iter().map(|&i| &clips[i].label);
        let first = labels.next();
        labels.any(|label| Some(label) != first)
    };
    let card = CorpusCard {
        kind: "corpus",
        path: path.display().to_string(),
        layout: corpus.layout,
        n_clips: clips.len(),
        n_broken: skipped.count() - before,
        seconds: spread(heard.iter().map(|&(_, (seconds, ..))| seconds).collect()),
        sample_rates,
        words: count(clips.iter().map(|clip| Some(clip.label.as_str()))),
        speakers: count(clips.iter().map(|clip| clip.speaker.as_deref())),
        n_without_speaker: clips.iter().filter(|clip| clip.speaker.is_none()).count(),
        splits: corpus.split_counts(),
        duplicates: same.iter().map(names).collect(),
        conflicts: same.iter().filter(is_conflict).map(names).collect(),
        n_background: corpus.background.len(),
        manifests: corpus
            .manifests
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    };
    Ok(if json {
        serde_json::to_string(&card)?
    } else {
        describe(corpus, &card)
    })
}

fn describe(corpus: &Corpus, card: &CorpusCard) -> String {
    let layout = match corpus.layout {
        mynah_corpus::Layout::Folders => "one folder per word",
        mynah_corpus::Layout::Flat => "LABEL_SPEAKER_INDEX files",
        _ => "manifest",
    };
    let mut lines = vec![
        format!(
            "{}: corpus ({layout}), {} clips, {} broken",
            card.path, card.n_clips, card.n_broken
        ),
        format!(
            "length      {:.1} min in all; a clip {:.2} to {:.2} s, median {:.2} s",
            card.seconds.total / 60.0,
            card.seconds.min,
            card.seconds.max,
            card.seconds.median
        ),
        format!(
            "rates       {}",
            listed(
                card.sample_rates
                    .iter()
                    .map(|(rate, n)| format!("{rate} Hz: {n}"))
            )
        ),
        format!(
            "words       {}: {}",
            card.words.len(),
            listed(card.words.iter().map(|(word, n)| format!("{word} {n}")))
        ),
        match card.speakers.len() {
            0 => "speakers    unknown; a manifest with a speaker column would tell".to_string(),
            n => format!(
                "speakers    {n}: {}",
                listed(card.speakers.iter().map(|(name, n)| format!("{name} {n}")))
            ),
        },
    ];
    let SplitCounts {
        train,
        validation,
        test,
        unassigned,
        ..
    } = card.splits;
    if corpus.has_splits() {
        lines.push(format!(
            "splits      train {train}, validation {validation}, test {test}, none {unassigned}"
        ));
    } else {
        let remedy = match card.speakers.len() {
            0 | 1 => "none; a manifest with a split column would make one",
            _ => "none; --split-by speaker makes one",
        };
        lines.push(format!("splits      {remedy}"));
    }
    if corpus.n_listed_absent > 0 {
        lines.push(format!(
            "            {} of {} listed clips are not here",
            corpus.n_listed_absent, corpus.n_listed
        ));
    }
    if card.n_background > 0 {
        lines.push(format!("background  {} recordings", card.n_background));
    }
    if !card.manifests.is_empty() {
        lines.push(format!(
            "manifests   {}: give one of them to use its clips only",
            card.manifests.join(", ")
        ));
    }
    lines.extend(groups(
        "duplicates  ",
        "clips that are the same, sample for sample:",
        &card.duplicates,
    ));
    lines.extend(groups(
        "conflicts   ",
        "them are there under more than one word; one label is wrong:",
        &card.conflicts,
    ));
    lines.join("\n")
}

/// Clips that are the same, as lines.
fn groups(name: &str, what: &str, groups: &[Vec<String>]) -> Vec<String> {
    if groups.is_empty() {
        return Vec::new();
    }
    let noun = match groups.len() {
        1 => "group",
        _ => "groups",
    };
    let mut lines = vec![format!("{name}{} {noun} of {what}", groups.len())];
    let shown = groups.iter().take(N_GROUPS);
    lines.extend(shown.map(|group| format!("            {}", group.join(" = "))));
    if groups.len() > N_GROUPS {
        lines.push("            ... (all: --json)".to_string());
    }
    lines
}

/// Refuses what no training can use: less than one frame of the analysis.
fn check_length(clip: &Clip, audio: &Audio) -> anyhow::Result<()> {
    let Length::Ms(ms) = PipelineConfig::default().mfcc.frame_length else {
        return Ok(());
    };
    let needed = (ms * f64::from(audio.sample_rate) / 1_000.0) as usize;
    let got = audio.samples.len();
    anyhow::ensure!(
        got >= needed,
        "{}: {}",
        clip.path.display(),
        mynah::Error::TooShort { got, needed }
    );
    Ok(())
}

fn count<'a>(names: impl Iterator<Item = Option<&'a str>>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names.flatten() {
        *counts.entry(name.to_string()).or_default() += 1;
    }
    counts
}

fn spread(mut seconds: Vec<f64>) -> Spread {
    seconds.sort_unstable_by(f64::total_cmp);
    Spread {
        total: seconds.iter().sum(),
        min: seconds.first().copied().unwrap_or_default(),
        median: seconds.get(seconds.len() / 2).copied().unwrap_or_default(),
        max: seconds.last().copied().unwrap_or_default(),
    }
}
