//! Which part of a corpus a command works on, said aloud.

use std::path::Path;

use mynah_corpus::{Clip, Corpus, Layout, Split};

use crate::args::{SplitBy, SplitName, SplitOptions};
use crate::status::{Skipped, usage};

/// Some clips of a corpus and what they are called.
pub struct Part<'c> {
    pub name: String,
    pub clips: Vec<&'c Clip>,
}

/// Opens a corpus, names its problems, and splits it by speaker if asked to.
pub fn open(path: &Path, options: &SplitOptions, skipped: &mut Skipped) -> anyhow::Result<Corpus> {
    let mut corpus = Corpus::open(path)?;
    report_problems(&corpus, skipped)?;
    if let Some(SplitBy::Speaker) = options.split_by {
        corpus.assign_speaker_split()?;
    }
    Ok(corpus)
}

/// Names what of a corpus could not be used.
pub fn report_problems(corpus: &Corpus, skipped: &mut Skipped) -> anyhow::Result<()> {
    for problem in &corpus.problems {
        skipped.add(problem)?;
    }
    skipped.add_unnamed(corpus.n_problems - corpus.problems.len());
    Ok(())
}

/// The part asked for; without asking, `default` where the corpus has parts, else all of it.
pub fn part<'c>(
    path: &Path,
    corpus: &'c Corpus,
    options: &SplitOptions,
    default: Split,
) -> anyhow::Result<Part<'c>> {
    let split = match options.split {
        Some(SplitName::Train) => Some(Split::Train),
        Some(SplitName::Validation) => Some(Split::Validation),
        Some(SplitName::Test) => Some(Split::Test),
        Some(SplitName::All) => None,
        None if corpus.has_splits() => Some(default),
        None => None,
    };
    let clips: Vec<_> = corpus.select(split).collect();
    let name = match split {
        Some(split) => format!(
            "{split}{}",
            if options.split_by.is_some() {
                " (by speaker)"
            } else {
                ""
            }
        ),
        None => "all".to_string(),
    };
    if !clips.is_empty() {
        return Ok(Part { name, clips });
    }
    let counts = corpus.split_counts();
    let rule = match corpus.layout {
        Layout::Flat => " (indices 0 to 4 of LABEL_SPEAKER_INDEX are the test part)",
        _ => "",
    };
    usage(if corpus.has_splits() {
        format!(
            "{}: no clip is in its {name} part (train {}, validation {}, test {}, none {}); choose another --split, \
             or --split all, or --split-by speaker{rule}",
            path.display(),
            counts.train,
            counts.validation,
            counts.test,
            counts.unassigned
        )
    } else {
        format!(
            "{}: the corpus has no parts; leave --split away to use all of it, make parts with --split-by speaker, \
             or give a manifest with a split column",
            path.display()
        )
    })
}

/// Part and speakers in one line.
pub fn describe(corpus: &Path, part: &Part<'_>) -> String {
    let speakers = speakers(&part.clips);
    let words = part
        .clips
        .iter()
        .map(|clip| clip.label.as_str())
        .collect::<std::collections::BTreeSet<_>>();
    let voices = match speakers.len() {
        0 => "speakers unknown".to_string(),
        1 => "1 speaker".to_string(),
        n => format!("{n} speakers"),
    };
    format!(
        "{}, split {}: {} clips, {} words, {voices}",
        corpus.display(),
        part.name,
        part.clips.len(),
        words.len()
    )
}

/// Known speakers of some clips, sorted.
pub fn speakers(clips: &[&Clip]) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = clips
        .iter()
        .filter_map(|clip| clip.speaker.clone())
        .collect();
    names.into_iter().collect()
}
