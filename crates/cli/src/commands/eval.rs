//! `mynah eval MODEL CORPUS`: how good a model is on clips it has not heard.

use std::path::Path;
use std::time::Instant;

use mynah::{Model, Recognizer};
use mynah_corpus::Split;

use super::leave_one_out;
use crate::args::{Eval, Global, TrainOptions};
use crate::clips::{self, Stretch};
use crate::evaluation::{Answer, Evaluation};
use crate::splits::{self, Part};
use crate::status::{Skipped, Status, usage};
use crate::{output, report};

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
    warn(&evaluation, &model, &part);
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
        let model = Model::load(path)?;
        Ok((model, std::fs::metadata(path)?.len() as usize))
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
    let before = skipped.count();
    let answers = clips::map(
        &part.clips,
        "listening",
        skipped,
        || Recognizer::new(model),
        |recognizer, clip| {
            let sound = Stretch::from(*clip).hear(rate)?;
            let begin = Instant::now();
            let decision = recognizer.classify(&sound.audio.samples);
            let decision =
                decision.map_err(|error| anyhow::anyhow!("{}: {error}", clip.path.display()))?;
            let cost = sound.cost + begin.elapsed().as_secs_f64();
            Ok(Answer::new(
                model,
                clip,
                decision.label,
                sound.digest,
                sound.seconds,
                cost,
            ))
        },
    )?;
    let answers: Vec<Answer<'_>> = answers.into_iter().map(|(_, answer)| answer).collect();
    let n_skipped = skipped.count() - before;
    Evaluation::new(
        &answers,
        model.labels(),
        model_bytes,
        corpus,
        &part.name,
        n_skipped,
    )
}

/// Says on standard error, so that no pipe hides it, what makes the number less than it seems.
pub fn warn(evaluation: &Evaluation, model: &Model, part: &Part<'_>) {
    output::note(evaluation.warning());
    let is_unnamed = part.clips.iter().any(|clip| clip.speaker.is_none());
    if is_unnamed || model.provenance().speakers.is_empty() {
        output::note(
            "note: not every recording says who speaks, so whether a voice is in training and test cannot be told;\n      \
             a manifest with a speaker column would tell.",
        );
    }
}
