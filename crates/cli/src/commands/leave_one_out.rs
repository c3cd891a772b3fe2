//! `mynah eval CORPUS --leave-one-speaker-out`: how good a training is on a voice it has never heard.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use mynah::{Provenance, Recognizer};
use serde::Serialize;

use crate::args::{self, Eval, Global, SplitName};
use crate::commands::eval::worst_clips;
use crate::dataset::Data;
use crate::evaluation::{Answer, Evaluation};
use crate::files::Files;
use crate::hearing::{self, Row};
use crate::html::evaluation::page;
use crate::status::{Skipped, Status, usage};
use crate::{curves, output, report, splits, training};

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
    if let Some(path) = &args.report {
        curves::check(path, &["html"])?;
        if args.options.align.len() > 1 {
            return usage("--report: is of one evaluation; give one --align");
        }
    }
    Files::default()
        .read_corpus(path)
        .read(&args.data.labels)
        .write(&args.report)
        .check()?;
    let mut skipped = Skipped::new(global.strict);
    let mut data = splits::open(path, &args.data, &args.split, &mut skipped)?;
    training::arrange(&mut data, &args.options, path)?;
    if args.split.split_by.is_some() && args.split.split.is_none() {
        return usage(
            "--leave-one-speaker-out makes its own split by speaker; --split-by only picks clips with --split",
        );
    }
    let mut split = args.split.clone();
    // Leaving speakers out makes the split; the corpus's own would only shrink both sides.
    split.split = split.split.or(Some(SplitName::All));
    let part = splits::part(path, &data, &split, mynah_corpus::Split::Train)?;
    let unnamed = part
        .clips
        .iter()
        .filter(|clip| clip.speaker.is_none())
        .count();
    if unnamed > 0 {
        return usage(format!(
            "{}: {unnamed} of {} {} do not say {}",
            path.display(),
            part.clips.len(),
            data.nouns().clips,
            match data {
                Data::Audio(_) => "who speaks; give a manifest with a speaker column",
                Data::Vectors(_) => "what group they belong to; give a table with a group column",
            }
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
            splits::describe(path, &data, &part)
        ))?;
    }
    let mut runs = Vec::new();
    for (i, &align) in args.options.align.iter().enumerate() {
        let plan = training::plan(&args.options, align, &data, &args.data, &part)?;
        // Broken files are named once, not once an alignment.
        let mut named = Skipped::silent();
        let skipped = if i == 0 { &mut skipped } else { &mut named };
        let heard = data.hear(&part, &plan, skipped)?;
        let rows = hearing::rows(&part.clips, &heard);
        let n_skipped = part.clips.len() - rows.len();
        let (answers, model_bytes) =
            folds(&plan.config, &rows).with_context(|| path.display().to_string())?;
        let labels = training::labels_of(&rows);
        let (name, nouns) = (&part.name, data.nouns());
        let evaluation =
            Evaluation::new(&answers, &labels, model_bytes, path, name, n_skipped, nouns)?;
        if i == 0 {
            output::note(evaluation.warning());
        }
        if let Some(path) = &args.report {
            let rate = plan
                .config
                .input
                .pipeline()
                .map_or(0, |pipeline| pipeline.mfcc.sample_rate);
            page(&evaluation, &worst_clips(&answers, rate, None)?).write(path)?;
        }
        runs.push(Folds {
            align: args::name(align),
            evaluation,
        });
    }
    match (&runs[..], args.json) {
        ([run], true) => output::json(run)?,
        (runs, true) => output::json(&SideBySide { runs })?,
        (runs, false) => output::line(report::folds(runs))?,
    }
    Ok(skipped.finish())
}

/// Trains without each speaker in turn and asks each model about that speaker only; with the largest model's size.
fn folds<'c>(
    config: &mynah::TrainConfig,
    rows: &[Row<'c>],
) -> anyhow::Result<(Vec<Answer<'c>>, usize)> {
    let speakers: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.clip.speaker.as_deref())
        .collect();
    let mut answers = Vec::with_capacity(rows.len());
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
        for Row { clip, heard } in test {
            let begin = Instant::now();
            let decision = heard.decided_by(&mut recognizer)?;
            let cost = heard.cost + begin.elapsed().as_secs_f64();
            answers.push(Answer::new(
                &model,
                clip,
                &decision,
                heard.digest,
                heard.seconds,
                cost,
            ));
        }
    }
    Ok((answers, model_bytes))
}
