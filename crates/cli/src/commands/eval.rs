//! `mynah eval MODEL CORPUS`: how good a model is on clips it has not heard.

use std::path::{Path, PathBuf};
use std::time::Instant;

use mynah::{Model, Recognizer};
use mynah_corpus::{Clip, Split};
use rayon::prelude::*;

use super::leave_one_out;
use crate::args::{Eval, Global, TrainOptions};
use crate::clips::{self, Stretch};
use crate::dataset::Data;
use crate::evaluation::{Answer, Background, Evaluation};
use crate::files::Files;
use crate::html::Clips;
use crate::html::evaluation::{page, worst};
use crate::models::load;
use crate::noise::Noise;
use crate::splits::{self, Part};
use crate::status::{Skipped, Status, usage};
use crate::{curves, output, report};

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
    model_path: &PathBuf,
    corpus_path: &Path,
    args: &Eval,
    global: &Global,
) -> anyhow::Result<Status> {
    if let Some(path) = &args.reject_curve {
        curves::check(path, &["svg", "csv"])?;
    }
    if let Some(path) = &args.report {
        curves::check(path, &["html"])?;
    }
    let files = Files::default()
        .read([model_path])
        .read_corpus(corpus_path)
        .read(&args.data.labels)
        .read(&args.noise)
        .write(&args.reject_curve)
        .write(&args.report);
    files.check()?;
    let (model, model_bytes) = load(model_path)?;
    let mut skipped = Skipped::new(global.strict);
    let mut data = splits::open_for(&model, corpus_path, &args.data, &args.split, &mut skipped)?;
    let held_back = splits::as_trained(&mut data, &model, &args.split);
    if let Some(seed) = held_back {
        output::note(format!(
            "note: the model was trained on rows of these data; chance (seed {seed}) kept others back, as it does here"
        ));
    }
    let part = splits::part(corpus_path, &data, &args.split, Split::Test)?;
    let noise = match sample_rate(&model) {
        0 if !args.noise.is_empty() => return usage("--noise is for models of recordings"),
        rate => Noise::read(&args.noise, args.snr, rate)?,
    };
    let test = Test {
        path: corpus_path,
        data: &data,
        part: &part,
        noise: noise.as_ref(),
    };
    let (mut evaluation, answers) = evaluate(&model, model_bytes, &test, &mut skipped)?;
    evaluation.noise = noise.as_ref().map(|_| Background {
        files: args
            .noise
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
        snr_db: args.snr,
    });
    warn(&evaluation, &model, &data, &part);
    output::note(splits::chosen_on(&model, corpus_path, &part));
    if let Some(path) = &args.reject_curve {
        curves::reject(path, &evaluation.reject.curve)?;
    }
    if let Some(path) = &args.report {
        let clips = worst_clips(&answers, sample_rate(&model), noise.as_ref())?;
        page(&evaluation, &clips).write(path)?;
    }
    if args.json {
        output::json(&evaluation)?;
    } else {
        output::line(format!(
            "evaluating {}",
            splits::describe(corpus_path, &data, &part)
        ))?;
        output::line(report::evaluation(&evaluation))?;
    }
    Ok(skipped.finish())
}

/// What a model is tested on.
pub struct Test<'a, 'c> {
    pub path: &'a Path,
    pub data: &'a Data,
    pub part: &'a Part<'c>,
    pub noise: Option<&'a Noise>,
}

/// Recognises every clip of a part and counts.
pub fn evaluate<'c>(
    model: &Model,
    model_bytes: usize,
    test: &Test<'_, 'c>,
    skipped: &mut Skipped,
) -> anyhow::Result<(Evaluation, Vec<Answer<'c>>)> {
    let Test { data, part, .. } = test;
    let before = skipped.count();
    let answers = match data {
        Data::Audio(_) => listen(model, test, skipped)?,
        Data::Vectors(set) => {
            let rows: Vec<(&Clip, usize)> = part
                .clips
                .iter()
                .copied()
                .zip(part.rows.iter().copied())
                .collect();
            let answer = |recognizer: &mut Recognizer<'_>, &(clip, row): &(&'c Clip, usize)| {
                let values = set.row(row);
                let decision = recognizer.decide(values);
                let digest = mynah::clip_digest(values);
                Answer::new(model, clip, &decision, digest, 0.0, 0.0)
            };
            rows.par_iter()
                .map_init(|| Recognizer::new(model), answer)
                .collect()
        }
    };
    let n_skipped = skipped.count() - before;
    let evaluation = Evaluation::new(
        &answers,
        model.labels(),
        model_bytes,
        test.path,
        &part.name,
        n_skipped,
        data.nouns(),
    )?;
    Ok((evaluation, answers))
}

fn listen<'c>(
    model: &Model,
    test: &Test<'_, 'c>,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<Answer<'c>>> {
    let rate = sample_rate(model);
    let answers = clips::map(
        &test.part.clips,
        "listening",
        skipped,
        || Recognizer::new(model),
        |recognizer, clip| {
            let mut sound = Stretch::from(*clip).hear(rate)?;
            if let Some(noise) = test.noise {
                noise.add(&mut sound.audio.samples, sound.digest)?;
            }
            let begin = Instant::now();
            let decision = recognizer.classify(&sound.audio.samples);
            let decision =
                decision.map_err(|error| anyhow::anyhow!("{}: {error}", clip.path.display()))?;
            let cost = sound.cost + begin.elapsed().as_secs_f64();
            Ok(Answer::new(
                model,
                clip,
                &decision,
                sound.digest,
                sound.seconds,
                cost,
            ))
        },
    )?;
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Recordings of the worst mistakes as the model heard them; of vectors, whose `sample_rate` is 0, none.
pub fn worst_clips(
    answers: &[Answer<'_>],
    sample_rate: u32,
    noise: Option<&Noise>,
) -> anyhow::Result<Clips> {
    let mut clips = Clips::default();
    if sample_rate == 0 {
        return Ok(clips);
    }
    for answer in worst(answers) {
        let n_samples = (answer.seconds * f64::from(sample_rate)) as usize;
        if !clips.has_room(n_samples) {
            break;
        }
        let mut sound = Stretch::from(answer.clip).hear(sample_rate)?;
        if let Some(noise) = noise {
            noise.add(&mut sound.audio.samples, sound.digest)?;
        }
        let speaker = answer.clip.speaker.as_ref();
        let about = format!(
            "margin {:.3}{} {}",
            answer.certainty,
            speaker.map_or(String::new(), |speaker| format!(", speaker {speaker},")),
            answer.clip.path.display()
        );
        let title = format!("{} heard as {}", answer.clip.label, answer.label);
        clips.add(title, about, &sound.audio.samples, sample_rate)?;
    }
    Ok(clips)
}

/// What a model of sound listens at, Hz; 0 for one of vectors.
pub fn sample_rate(model: &Model) -> u32 {
    model
        .pipeline()
        .map_or(0, |pipeline| pipeline.mfcc.sample_rate)
}

/// Says on standard error, so that no pipe hides it, what makes the number less than it seems.
pub fn warn(evaluation: &Evaluation, model: &Model, data: &Data, part: &Part<'_>) {
    output::note(evaluation.warning());
    if matches!(data, Data::Vectors(_)) {
        return;
    }
    let is_unnamed = part.clips.iter().any(|clip| clip.speaker.is_none());
    if is_unnamed || model.provenance().speakers.is_empty() {
        output::note(
            "note: not every recording says who speaks, so whether a voice is in training and test cannot be told;\n      \
             a manifest with a speaker column would tell.",
        );
    }
}
