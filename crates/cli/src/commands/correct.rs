//! `mynah correct`: a model learns from one mistake, unless that makes other sounds worse.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use mynah::enrol::UNKNOWN;
use mynah::{Correction, Flip, Mistake, Model, Pipeline, Regression, is_background};
use mynah_audio::Channel;
use mynah_corpus::Corpus;
use serde::Serialize;

use crate::args::{Correct, Global};
use crate::clips::{self, Stretch};
use crate::files::Files;
use crate::history::{Counts, Entry, History, change, digest};
use crate::keeping::KeptEvent;
use crate::models::load_for_sound;
use crate::output;
use crate::status::{Skipped, Status, usage};

pub fn run(args: &Correct, global: &Global) -> anyhow::Result<Status> {
    match (&args.event, &args.truth) {
        (Some(event), Some(truth)) => correct(event, truth, args, global),
        _ if args.undo => undo(&args.model),
        _ => tell_history(args),
    }
}

/// What is told of a correction.
#[derive(Serialize)]
struct Told<'a> {
    model: String,
    event: String,
    truth: &'a str,
    change: String,
    is_cured: bool,
    before: Counts,
    after: Counts,
    milliseconds: f64,
    is_written: bool,
}

fn correct(event: &Path, said: &str, args: &Correct, global: &Global) -> anyhow::Result<Status> {
    let [facts_path, sound_path] = ["json", "wav"].map(|ending| event.with_extension(ending));
    let output = args.output.as_ref().unwrap_or(&args.model);
    if output::is_stdout(output) {
        return usage("-o -: a correction keeps its history beside the model; name a file");
    }
    let mut files = Files::default().read([&facts_path, &sound_path]);
    if let Some(corpus) = &args.regression {
        files = files.read_corpus(corpus);
    }
    let files = files.write([output]);
    files.check_model()?;
    let (mut model, rate) = load_for_sound(&args.model)?;
    if !facts_path.is_file() {
        return usage(no_event(event, said));
    }
    let facts = fs::read(&facts_path)
        .with_context(|| format!("{}: cannot be read", facts_path.display()))?;
    let facts: KeptEvent = serde_json::from_slice(&facts).with_context(|| {
        format!(
            "{}: is not an event that --keep-events kept",
            facts_path.display()
        )
    })?;
    let sound = Stretch::whole(&sound_path).read(Channel::Mix)?;
    let [start, end] = facts.word;
    if sound.sample_rate != rate
        || facts.sample_rate != rate
        || start >= end
        || end > sound.samples.len()
    {
        return usage(format!(
            "{}: does not fit {}, which hears {rate} Hz; give the model that heard the event",
            facts_path.display(),
            args.model.display()
        ));
    }
    let truth = truth(&model, &facts, said);
    let mut skipped = Skipped::new(global.strict);
    if let Some(corpus) = &args.regression {
        model = with_sounds(model, rate, corpus, output, &mut skipped)?;
    }

    let begin = Instant::now();
    let spotting = facts.spotting();
    let mistake = Mistake {
        samples: &sound.samples,
        word: (start, end),
        spotting: &spotting,
    };
    let correction = match model.correct(&mistake, &truth) {
        Err(mynah::Error::UnknownLabel { label, known }) => {
            return usage(format!(
                "{}: does not know {label}; it knows {}. A new keyword is enrolled: `mynah enrol`",
                args.model.display(),
                known.join(", ")
            ));
        }
        correction => correction.with_context(|| sound_path.display().to_string())?,
    };
    let milliseconds = begin.elapsed().as_secs_f64() * 1e3;
    let is_written = correction.is_good() || args.force;
    if is_written {
        write(output, &args.model, event, &truth, &correction)?;
    }
    let told = Told {
        model: output.display().to_string(),
        event: event.display().to_string(),
        truth: &truth,
        change: change(&correction.change),
        is_cured: correction.is_cured,
        before: correction.before.into(),
        after: correction.after.into(),
        milliseconds,
        is_written,
    };
    tell(&told, &correction, args.json)?;
    if !is_written {
        let known = model.regression();
        let flips = known.map_or(Vec::new(), |set| set.flips(&model, &correction.model));
        anyhow::bail!(refusal(&told, &flips));
    }
    Ok(skipped.finish())
}

/// Why there is no event to learn from.
fn no_event(event: &Path, said: &str) -> String {
    let name = event.display();
    if matches!(event.to_str(), Some("yes" | "no")) && Path::new(said).is_file() {
        format!("{name}: is no event; the event comes first: mynah correct MODEL {said} {name}")
    } else if event.is_dir() {
        format!("{name}: is a folder; name one of the events in it")
    } else if event.is_file() {
        format!(
            "{name}: is no event that --keep-events kept, which lie with a .json beside their sound"
        )
    } else {
        format!("{name}: is not there; give an event that --keep-events kept")
    }
}

/// The label that is meant. A label that is itself called yes or no is written with `label:` before it.
fn truth(model: &Model, facts: &KeptEvent, said: &str) -> String {
    match said {
        "yes" => facts.keyword.clone(),
        "no" => {
            let labels = model.labels();
            let unknown = labels.iter().find(|label| *label == UNKNOWN);
            let background = unknown.or_else(|| labels.iter().find(|label| is_background(label)));
            background.map_or(UNKNOWN, String::as_str).to_string()
        }
        label => label.strip_prefix("label:").unwrap_or(label).to_string(),
    }
}

/// The model with the clips of a corpus in its regression set, as many as have room.
fn with_sounds(
    model: Model,
    rate: u32,
    path: &Path,
    output: &Path,
    skipped: &mut Skipped,
) -> anyhow::Result<Model> {
    let corpus = Corpus::open(path)?;
    crate::splits::report_problems(&corpus, skipped)?;
    let paths: Vec<PathBuf> = corpus.clips.iter().map(|clip| clip.path.clone()).collect();
    output::check_apart(&[output.to_path_buf()], &paths)?;
    let pipeline = Pipeline::new(model.pipeline().expect("a model of sound"))?;
    let mut set = match model.regression() {
        Some(set) => set.clone(),
        None => Regression::new(pipeline.n_mels()),
    };
    let clips: Vec<_> = corpus.clips.iter().collect();
    let mut n_left_out = 0;
    clips::for_each(
        &clips,
        "reading",
        skipped,
        || pipeline.clone(),
        |pipeline, clip| {
            let sound = Stretch::from(*clip).hear(rate)?;
            let mut log_mels = Vec::new();
            pipeline
                .log_mels_into(&sound.audio.samples, &mut log_mels)
                .map_err(|error| anyhow::anyhow!("{}: {error}", clip.path.display()))?;
            Ok(log_mels)
        },
        |index, log_mels| {
            n_left_out += usize::from(!set.keep(clips[index].label.as_str(), &log_mels));
            Ok(())
        },
    )?;
    if n_left_out > 0 {
        output::note(format!(
            "{}: {n_left_out} of {} clips have no room in the regression set of the model and are not looked at",
            path.display(),
            clips.len()
        ));
    }
    Ok(model.with_regression(Some(set))?)
}

fn write(
    output: &Path,
    model: &Path,
    event: &Path,
    truth: &str,
    correction: &Correction,
) -> anyhow::Result<()> {
    let before = fs::read(model).with_context(|| format!("{}: cannot be read", model.display()))?;
    let bytes = correction.model.to_bytes();
    let entry = Entry {
        event: event.display().to_string(),
        truth: truth.to_string(),
        change: change(&correction.change),
        is_cured: correction.is_cured,
        before: correction.before.into(),
        after: correction.after.into(),
        is_forced: !correction.is_good(),
        model_after: digest(&bytes),
    };
    let mut history = History::of(output)?;
    history.note(&entry, before)?;
    let written = output::write(output, |out| Ok(out.write_all(&bytes)?));
    if written.is_err() {
        // A correction that did not come about must not stand in the way of taking back those before.
        history.forget_last()?;
    }
    written
}

fn tell(told: &Told<'_>, correction: &Correction, json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(told);
    }
    if !told.is_written {
        return Ok(());
    }
    let Told {
        model,
        change,
        truth,
        milliseconds,
        ..
    } = told;
    output::remark(format!(
        "{model}: {change} for {truth}, in {milliseconds:.0} ms; the others are as they were"
    ))?;
    if told.before.sounds == 0 {
        output::remark(
            "it was held against no other sounds, as the model carries none: see --regression",
        )?;
    } else {
        output::remark(regression(told))?;
    }
    if !told.is_cured {
        output::remark("the same sound would still not be heard as it should (--force)")?;
    }
    if !correction.is_kept {
        output::remark(
            "there was no room left to keep this sound for later corrections to be held against",
        )?;
    }
    Ok(())
}

fn regression(told: &Told<'_>) -> String {
    let Counts {
        sounds,
        misses,
        false_alarms,
    } = told.before;
    format!(
        "of {sounds} known sounds, misses {misses} -> {}, false alarms {false_alarms} -> {}",
        told.after.misses, told.after.false_alarms
    )
}

/// Why nothing was written; `flips` are the known sounds that would be heard otherwise.
fn refusal(told: &Told<'_>, flips: &[Flip]) -> String {
    let why = match told.is_cured {
        true => format!("other sounds would get worse: {}", regression(told)),
        false => String::from("no small change makes the model hear this sound as it should"),
    };
    let remedy = "enrol more recordings of the word, or correct all the same with --force";
    let mut text = format!("{}: not corrected, {why}; {remedy}", told.model);
    for Flip { before, after, .. } in flips.iter().take(MOST_NAMED) {
        let [was, is] = [before, after].map(|answer| &answer.label);
        text += &format!(
            "\n  a sound of {}: heard as {was}, then as {is}",
            before.truth
        );
    }
    text
}

/// Sounds that a refusal names.
const MOST_NAMED: usize = 5;

fn undo(path: &Path) -> anyhow::Result<Status> {
    let mut history = History::of(path)?;
    let Some((entry, before)) = history.last()? else {
        return usage(format!(
            "{}: has no correction to take back",
            path.display()
        ));
    };
    let now = fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    // Equal to what was before where an earlier undo, or the correction itself, was killed half way.
    anyhow::ensure!(
        digest(&now) == entry.model_after || now == before,
        "{0}: has been changed since its last correction, and that would be lost; the model before it is in {0}.history",
        path.display()
    );
    Model::from_bytes(&before).with_context(|| {
        format!(
            "{0}.history: the model before the correction is damaged, and nothing was taken back; enrol the keyword anew, or keep {0} as it is",
            path.display()
        )
    })?;
    output::write(path, |out| Ok(out.write_all(&before)?))?;
    history.forget_last()?;
    output::remark(format!(
        "{}: is as it was before {} was called {}",
        path.display(),
        entry.event,
        entry.truth
    ))?;
    Ok(Status::DONE)
}

fn tell_history(args: &Correct) -> anyhow::Result<Status> {
    let entries = History::of(&args.model)?.entries()?;
    for (i, entry) in entries.iter().enumerate() {
        if args.json {
            output::json(entry)?;
            continue;
        }
        let Entry {
            event,
            truth,
            change,
            ..
        } = entry;
        let forced = if entry.is_forced { ", forced" } else { "" };
        output::line(format!(
            "{:3}  {event} is {truth}: {change}; misses {} -> {}, false alarms {} -> {} of {}{forced}",
            i + 1,
            entry.before.misses,
            entry.after.misses,
            entry.before.false_alarms,
            entry.after.false_alarms,
            entry.before.sounds
        ))?;
    }
    let Some(last) = entries.last() else {
        output::note(format!(
            "{}: has never been corrected",
            args.model.display()
        ));
        return Ok(Status::DONE);
    };
    if fs::read(&args.model).is_ok_and(|bytes| digest(&bytes) != last.model_after) {
        output::note(format!(
            "note: {} is not as the last of these corrections left it: it was changed since, or is another of the same name",
            args.model.display()
        ));
    }
    Ok(Status::DONE)
}
