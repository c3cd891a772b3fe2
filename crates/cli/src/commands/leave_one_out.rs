//! `mynah eval CORPUS --leave-one-speaker-out`: how good a training is on a voice it has never heard.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use mynah::{Provenance, Recognizer};
use mynah_eval::{Report, Trial};
use serde::Serialize;

use super::eval::{BOOTSTRAP_SEED, Evaluation, real_time_factor};
use crate::args::{self, Eval, Global, SplitName};
use crate::hearing::{self, Row};
use crate::splits;
use crate::status::{Skipped, Status, usage};
use crate::training;
use crate::{output, report};

/// One alignment's evaluation over all folds.
#[derive(Serialize)]
pub struct Folds {
    /// `warp` or `pad`.
    pub align: String,
    #[serde(flatten)]
    pub evaluation: Evaluation,
}

/// What `--json` prints for several alignments.
#[derive(Serialize)]
struct SideBySide<'a> {
    runs: &'a [Folds],
}

pub fn run(path: &Path, args: &Eval, global: &Global) -> anyhow::Result<Status> {
    let mut skipped = Skipped::new(global.strict);
    let corpus = splits::open(path, &args.split, &mut skipped)?;
    let mut split = args.split.clone();
    // Leaving speakers out makes the split; the corpus's own would only shrink both sides.
    split.split = split.split.or(Some(SplitName::All));
    let part = splits::part(path, &corpus, &split, mynah_corpus::Split::Train)?;
    let unnamed = part
        .clips
        .iter()
        .filter(|clip| clip.speaker.is_none())
        .count();
    if unnamed > 0 {
        return usage(format!(
            "{}: {unnamed} of {} clips do not say who speaks; give a manifest with a speaker column",
            path.display(),
            part.clips.len()
        ));
    }
    if splits::speakers(&part.clips).len() < 2 {
        return usage(format!(
            "{}: leaving one speaker out needs at least two",
            path.display()
        ));
    }
    if !args.json {
        output::line(format!(
            "leaving each speaker out of {}",
            splits::describe(path, &part)
        ))?;
    }
    let mut runs = Vec::new();
    for (i, &align) in args.options.align.iter().enumerate() {
        // Broken files are named once, not once an alignment.
        let mut unsaid = Skipped::silent();
        let skipped = if i == 0 { &mut skipped } else { &mut unsaid };
        let plan = training::plan(&args.options, align, &part.clips);
        let heard = hearing::hear(&part.clips, &plan, skipped)?;
        let rows = hearing::rows(&part.clips, &heard);
        if i == 0 {
            warn_of_copies(&rows);
        }
        let mut evaluation =
            folds(&plan.config, &rows).with_context(|| path.display().to_string())?;
        evaluation.corpus = path.display().to_string();
        evaluation.split = part.name.clone();
        evaluation.n_skipped = skipped.count();
        let align = args::name(align);
        runs.push(Folds { align, evaluation });
    }
    match (&runs[..], args.json) {
        ([run], true) => output::json(run)?,
        (runs, true) => output::json(&SideBySide { runs })?,
        (runs, false) => output::line(report::folds(runs))?,
    }
    Ok(skipped.finish())
}

/// Trains without each speaker in turn and asks each model about that speaker only.
fn folds(config: &mynah::TrainConfig, rows: &[Row<'_>]) -> anyhow::Result<Evaluation> {
    let speakers: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.clip.speaker.as_deref())
        .collect();
    let mut answers = Vec::with_capacity(rows.len());
    let mut deciding = 0.0;
    let mut model_bytes = 0;
    for speaker in speakers {
        let (test, train): (Vec<_>, Vec<_>) = rows
            .iter()
            .copied()
            .partition(|row| row.clip.speaker.as_deref() == Some(speaker));
        let model = training::train(config, &train, Provenance::new())
            .with_context(|| format!("without {speaker}"))?;
        model_bytes = model_bytes.max(model.to_bytes().len());
        let mut recognizer = Recognizer::new(&model);
        let begin = Instant::now();
        for row in test {
            answers.push((
                row.clip,
                recognizer.decide(&row.heard.vector).label.to_string(),
            ));
        }
        deciding += begin.elapsed().as_secs_f64();
    }
    let trials: Vec<Trial<'_>> = answers
        .iter()
        .map(|(clip, answer)| Trial {
            truth: &clip.label,
            answer,
            speaker: clip.speaker.as_deref(),
        })
        .collect();
    let report = Report::new(&training::labels(rows), &trials, BOOTSTRAP_SEED)
        .context("not one clip could be used; see above")?;
    let deciding_each = deciding / rows.len() as f64;
    let costs = rows
        .iter()
        .map(|row| (row.heard.cost + deciding_each, row.heard.seconds));
    Ok(Evaluation {
        report,
        model_bytes,
        real_time_factor: real_time_factor(costs),
        corpus: String::new(),
        split: String::new(),
        n_skipped: 0,
        n_unknown_words: 0,
        speakers_in_training: Vec::new(),
        clips_in_training: 0,
    })
}

/// Loudly: recordings that occur under two speakers, so that each stands on both sides of some fold.
fn warn_of_copies(rows: &[Row<'_>]) {
    let mut first = HashMap::new();
    let copies = rows
        .iter()
        .filter(|row| {
            *first.entry(row.heard.digest).or_insert(&row.clip.speaker) != &row.clip.speaker
        })
        .count();
    if copies > 0 {
        output::note(format!(
            "WARNING: {copies} clips are copies of another speaker's, sample for sample, and stand on both sides;\n         \
             the result is better than the truth. Remove the copies (`mynah inspect` names them)."
        ));
    }
}
