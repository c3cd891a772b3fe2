//! Which part of a corpus a command works on, said aloud.

use std::collections::BTreeMap;
use std::path::Path;

use mynah::Model;
use mynah_corpus::{Clip, Corpus, Layout, Split};

use crate::args::{DataOptions, SplitBy, SplitName, SplitOptions};
use crate::dataset::Data;
use crate::status::{Skipped, usage};

/// Some clips of a corpus and what they are called.
pub struct Part<'c> {
    pub name: String,
    pub clips: Vec<&'c Clip>,
    /// Their places in the corpus.
    pub rows: Vec<usize>,
}

/// Opens a corpus, names its problems, and splits it if asked to.
pub fn open(
    path: &Path,
    data: &DataOptions,
    options: &SplitOptions,
    skipped: &mut Skipped,
) -> anyhow::Result<Data> {
    prepared(path, Data::open(path, data)?, options, skipped)
}

/// [`open`] of what a model is to be asked about.
pub fn open_for(
    model: &Model,
    path: &Path,
    data: &DataOptions,
    options: &SplitOptions,
    skipped: &mut Skipped,
) -> anyhow::Result<Data> {
    let data = Data::open_for(model, path, data)?;
    prepared(path, data, options, skipped)
}

/// Data whose problems are named and which are split if asked to.
pub fn prepared(
    path: &Path,
    mut data: Data,
    options: &SplitOptions,
    skipped: &mut Skipped,
) -> anyhow::Result<Data> {
    report_problems(data.corpus(), skipped)?;
    let is_by_chance = match (options.split_by, &data) {
        (Some(by), _) => by == SplitBy::Random,
        (None, Data::Audio(_)) => false,
        (None, _) => options.split != Some(SplitName::All) && !data.corpus().has_splits(),
    };
    if options.split_seed.is_some() && !is_by_chance {
        return usage(
            "--split-seed: nothing is split by chance here; leave it away, or give --split-by random",
        );
    }
    match options.split_by {
        Some(SplitBy::Speaker) => data.corpus_mut().assign_speaker_split()?,
        Some(SplitBy::Random) => by_chance(path, &mut data, options.seed())?,
        None => {}
    }
    Ok(data)
}

/// Keeps a part of vectors without parts for evaluation, unless all are asked for. The seed, if it does.
pub fn hold_back(data: &mut Data, options: &SplitOptions) -> Option<u64> {
    let seed = options.seed();
    match (options.split_by, options.split) {
        (Some(SplitBy::Random), _) => return Some(seed),
        (Some(_), _) | (_, Some(SplitName::All)) => return None,
        (None, _) if data.corpus().has_splits() => return None,
        (None, _) => {}
    }
    let Data::Vectors(set) = data else {
        return None;
    };
    set.assign_random_split(seed);
    Some(seed)
}

/// Splits vectors as they were when the model was trained, if it kept rows of these back.
pub fn as_trained(data: &mut Data, model: &Model, options: &SplitOptions) -> Option<u64> {
    let seed = model.provenance().held_back?;
    let is_free = options.split_by.is_none() && options.split != Some(SplitName::All);
    let Data::Vectors(set) = data else {
        return None;
    };
    let clips = &model.provenance().clips;
    let is_learnt = |row| {
        clips
            .binary_search(&mynah::clip_digest(set.row(row)))
            .is_ok()
    };
    let n = set.corpus.clips.len();
    if !is_free || set.corpus.has_splits() || !(0..n).any(is_learnt) {
        return None;
    }
    set.assign_random_split(seed);
    Some(seed)
}

fn by_chance(path: &Path, data: &mut Data, seed: u64) -> anyhow::Result<()> {
    match data {
        Data::Vectors(set) => set.assign_random_split(seed),
        Data::Audio(_) => {
            return usage(format!(
                "{}: recordings are split --split-by speaker; by chance every voice would be on both sides",
                path.display()
            ));
        }
    }
    Ok(())
}

/// Loudly: that the training looked at this part too. Empty where it did not.
pub fn chosen_on(model: &Model, path: &Path, part: &Part<'_>) -> String {
    let provenance = model.provenance();
    let is_here = provenance.corpus == path.display().to_string();
    match &provenance.validated {
        Some(chosen) if is_here && [&part.name, "all"].contains(&chosen.as_str()) => "WARNING: the training kept the epoch with the fewest errors on this part: the result is better than the truth.\n         \
             Test on another part; see --split and, for train, --validation".to_string(),
        _ => String::new(),
    }
}

/// What is said where rows were kept back unasked.
pub fn held_back_remark(seed: u64) -> String {
    format!(
        "note: the data have no parts of their own: of each class, chance (seed {seed}) keeps a fifth for eval and a tenth \
         for\n      validation; --split all trains on everything"
    )
}

/// Problems of one kind that are named.
const N_ALIKE: usize = 10;

/// Names what of a corpus could not be used.
pub fn report_problems(corpus: &Corpus, skipped: &mut Skipped) -> anyhow::Result<()> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for problem in &corpus.problems {
        let n = counts.entry(&problem.message).or_default();
        *n += 1;
        if *n <= N_ALIKE {
            skipped.add(problem)?;
        }
    }
    for (message, n) in counts {
        skipped.add_alike(n.saturating_sub(N_ALIKE), message);
    }
    skipped.add_unnamed(corpus.n_problems - corpus.problems.len());
    Ok(())
}

/// The part asked for; without asking, `default` where the corpus has parts, else all of it.
pub fn part<'c>(
    path: &Path,
    data: &'c Data,
    options: &SplitOptions,
    default: Split,
) -> anyhow::Result<Part<'c>> {
    let corpus = data.corpus();
    let split = match options.split {
        Some(SplitName::Train) => Some(Split::Train),
        Some(SplitName::Validation) => Some(Split::Validation),
        Some(SplitName::Test) => Some(Split::Test),
        Some(SplitName::All) => None,
        None if corpus.has_splits() => Some(default),
        None => None,
    };
    let chosen = corpus.clips.iter().enumerate();
    let chosen = chosen.filter(|(_, clip)| split.is_none() || clip.split == split);
    let (rows, clips): (Vec<_>, Vec<_>) = chosen.unzip();
    let name = match split {
        Some(split) => format!(
            "{split}{}",
            match options.split_by {
                Some(SplitBy::Speaker) => " (by speaker)".to_string(),
                Some(SplitBy::Random) => format!(" (by chance, seed {})", options.seed()),
                None => String::new(),
            }
        ),
        None => "all".to_string(),
    };
    if !clips.is_empty() {
        return Ok(Part { name, clips, rows });
    }
    let counts = corpus.split_counts();
    let rule = match corpus.layout {
        Layout::Flat => " (indices 0 to 4 of LABEL_SPEAKER_INDEX are the test part)",
        _ => "",
    };
    let by = match data {
        Data::Audio(_) => "speaker",
        Data::Vectors(_) => "random",
    };
    usage(if corpus.has_splits() {
        format!(
            "{}: no clip is in its {name} part (train {}, validation {}, test {}, none {}); choose another --split, \
             or --split all, or --split-by {by}{rule}",
            path.display(),
            counts.train,
            counts.validation,
            counts.test,
            counts.unassigned
        )
    } else {
        format!(
            "{}: the corpus has no parts; leave --split away to use all of it, make parts with --split-by {by}, \
             or give a manifest with a split column",
            path.display()
        )
    })
}

/// Part and speakers in one line.
pub fn describe(corpus: &Path, data: &Data, part: &Part<'_>) -> String {
    let nouns = data.nouns();
    let speakers = speakers(&part.clips);
    let words = part
        .clips
        .iter()
        .map(|clip| clip.label.as_str())
        .collect::<std::collections::BTreeSet<_>>();
    let voices = match (speakers.len(), data) {
        (0, Data::Audio(_)) => ", speakers unknown".to_string(),
        (0, Data::Vectors(_)) => String::new(),
        (1, _) => format!(", 1 {}", nouns.speaker),
        (n, _) => format!(", {n} {}", nouns.speakers),
    };
    format!(
        "{}, split {}: {} {}, {} {}{voices}",
        corpus.display(),
        part.name,
        part.clips.len(),
        nouns.clips,
        words.len(),
        nouns.words
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
