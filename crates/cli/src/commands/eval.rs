//! `mynah eval MODEL CORPUS`: how good a model is on clips it has not heard.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use mynah::{Model, Recognizer, clip_digest};
use mynah_audio::Channel;
use mynah_corpus::Split;
use mynah_eval::{Report, Trial};
use serde::Serialize;

use super::leave_one_out;
use crate::args::{Eval, Global, TrainOptions};
use crate::clips::{self, Stretch};
use crate::splits::{self, Part};
use crate::status::{Skipped, Status, usage};
use crate::{output, report};

/// Seed of the bootstrap, so that a report repeats.
pub const BOOTSTRAP_SEED: u64 = 0;

/// An evaluation as `--json` prints it: the report's fields, then these.
#[derive(Serialize)]
pub struct Evaluation {
    #[serde(flatten)]
    pub report: Report,
    pub model_bytes: usize,
    /// Processing time over duration, reading included, one thread.
    pub real_time_factor: f64,
    pub corpus: String,
    pub split: String,
    pub n_skipped: usize,
    /// Test clips of words the model does not know, counted as wrong.
    pub n_unknown_words: usize,
    pub speakers_in_training: Vec<String>,
    pub clips_in_training: usize,
}

/// One test clip.
struct Answer {
    label: String,
    digest: u64,
    seconds: f64,
    cost: f64,
}

pub fn run(args: &Eval, global: &Global) -> anyhow::Result<Status> {
    match (&args.inputs[..], args.leave_one_speaker_out) {
        ([corpus], true) => leave_one_out::run(corpus, args, global),
        ([_, _], false) if args.options != TrainOptions::default() => {
            usage("the training options go with --leave-one-speaker-out; MODEL is trained already")
        }
        ([model, corpus], false) => with_model(model, corpus, args, global),
        ([_], false) => usage("eval needs MODEL and CORPUS, or CORPUS --leave-one-speaker-out"),
        _ => usage("--leave-one-speaker-out trains its own models: give the CORPUS alone"),
    }
}

fn with_model(
    model_path: &Path,
    corpus_path: &Path,
    args: &Eval,
    global: &Global,
) -> anyhow::Result<Status> {
    let (model, model_bytes) = load(model_path)?;
    let mut skipped = Skipped::new(global.strict);
    let corpus = splits::open(corpus_path, &args.split, &mut skipped)?;
    let part = splits::part(corpus_path, &corpus, &args.split, Split::Test)?;
    let evaluation = evaluate(&model, model_bytes, corpus_path, &part, &mut skipped)?;
    warn(&evaluation, &part);
    if args.json {
        output::json(&evaluation)?;
    } else {
        output::line(format!(
            "evaluating {}",
            splits::describe(corpus_path, &part)
        ))?;
        output::line(report::evaluation(&evaluation))?;
    }
    Ok(skipped.finish())
}

/// Reads a model and its size; errors name the file.
pub fn load(path: &Path) -> anyhow::Result<(Model, usize)> {
    let read = || -> Result<_, mynah::ModelError> {
        let bytes = std::fs::read(path)?;
        Ok((Model::from_bytes(&bytes)?, bytes.len()))
    };
    read().map_err(|error| match error {
        mynah::ModelError::Io(error) => anyhow::anyhow!(
            "{}: cannot be read ({error}); give a model made by `mynah train`",
            path.display()
        ),
        error => anyhow::anyhow!("{}: {error}", path.display()),
    })
}

/// Recognises every clip of a part and counts.
pub fn evaluate(
    model: &Model,
    model_bytes: usize,
    corpus: &Path,
    part: &Part<'_>,
    skipped: &mut Skipped,
) -> anyhow::Result<Evaluation> {
    let rate = model.pipeline().mfcc.sample_rate;
    let answers = clips::map(
        &part.clips,
        "listening",
        skipped,
        || Recognizer::new(model),
        |recognizer, clip| {
            let begin = Instant::now();
            let stretch = Stretch::from(*clip);
            let audio = stretch.read(Channel::Mix)?;
            let seconds = audio.samples.len() as f64 / f64::from(audio.sample_rate);
            let decoded = begin.elapsed();
            let digest = clip_digest(&audio.samples);
            let begin = Instant::now();
            let audio = stretch.at_rate(audio, rate)?;
            let decision = recognizer.classify(&audio.samples);
            let decision =
                decision.map_err(|error| anyhow::anyhow!("{}: {error}", clip.path.display()))?;
            Ok(Answer {
                label: decision.label.to_string(),
                digest,
                seconds,
                cost: (decoded + begin.elapsed()).as_secs_f64(),
            })
        },
    )?;
    let trials: Vec<Trial<'_>> = answers
        .iter()
        .map(|(index, answer)| Trial {
            truth: &part.clips[*index].label,
            answer: &answer.label,
            speaker: part.clips[*index].speaker.as_deref(),
        })
        .collect();
    let Some(report) = Report::new(model.labels(), &trials, BOOTSTRAP_SEED) else {
        anyhow::bail!(
            "{}: not one clip could be used; see above",
            corpus.display()
        );
    };
    let known: HashSet<&str> = model.labels().iter().map(String::as_str).collect();
    let heard = &model.provenance().clips;
    let mut speakers_in_training = splits::speakers(&part.clips);
    speakers_in_training.retain(|speaker| model.provenance().speakers.contains(speaker));
    Ok(Evaluation {
        report,
        model_bytes,
        real_time_factor: real_time_factor(answers.iter().map(|(_, a)| (a.cost, a.seconds))),
        corpus: corpus.display().to_string(),
        split: part.name.clone(),
        n_skipped: skipped.count(),
        n_unknown_words: trials
            .iter()
            .filter(|trial| !known.contains(trial.truth))
            .count(),
        speakers_in_training,
        clips_in_training: answers
            .iter()
            .filter(|(_, a)| heard.binary_search(&a.digest).is_ok())
            .count(),
    })
}

/// Processing time over duration, from (cost, seconds) of each clip.
pub fn real_time_factor(clips: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (cost, seconds) = clips.fold((0.0, 0.0), |sum, clip| (sum.0 + clip.0, sum.1 + clip.1));
    cost / seconds
}

/// What makes the number less than it seems, on standard error so that no pipe hides it.
pub fn warn(evaluation: &Evaluation, part: &Part<'_>) {
    output::note(splits::overlap_warning(
        &evaluation.speakers_in_training,
        splits::speakers(&part.clips).len(),
        evaluation.clips_in_training,
        evaluation.report.n,
    ));
    if evaluation.n_unknown_words > 0 {
        output::note(format!(
            "WARNING: {} of {} test clips are of words the model was not taught; they are counted as wrong.",
            evaluation.n_unknown_words, evaluation.report.n
        ));
    }
}
