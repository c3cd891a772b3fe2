//! `mynah train`: learn prototypes from a corpus and write a model.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Instant;

use mynah::{Provenance, Trained};
use mynah_corpus::{Clip, Corpus, Split};
use serde::Serialize;

use super::{add, course};
use crate::args::{
    Align, Counts, CourseOptions, DataOptions, Global, InitMethod, SplitOptions, Train,
    TrainOptions,
};
use crate::dataset::{Data, Nouns};
use crate::files::Files;
use crate::hearing::{self, Heard, Row};
use crate::splits::{self, Part};
use crate::status::{Skipped, Status, usage};
use crate::{output, recipe, training};

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    model: String,
    corpus: String,
    split: &'a str,
    n_clips: usize,
    n_skipped: usize,
    labels: &'a [String],
    n_speakers: usize,
    speakers_on_both_sides: &'a [String],
    duplicates_on_both_sides: usize,
    n_prototypes: usize,
    dim: usize,
    /// Of sound.
    sample_rate: Option<u32>,
    algorithm: &'a str,
    n_epochs: usize,
    /// Kept epoch, from 1, with validation.
    best_epoch: Option<usize>,
    model_bytes: usize,
    seconds: f64,
}

/// A model with what was noticed on the way.
pub struct Learned {
    pub trained: Trained,
    /// Speakers of the training who also speak in the corpus's other parts.
    pub shared_speakers: Vec<String>,
    pub n_duplicates: usize,
    pub warning: String,
}

pub fn run(args: &Train, global: &Global) -> anyhow::Result<Status> {
    if let Some(model) = &args.add_to {
        return add::run(model, args, global);
    }
    let [align] = args.options.align[..] else {
        return usage(
            "train makes one model: give one --align (several are for eval --leave-one-speaker-out)",
        );
    };
    let to_stdout = output::is_stdout(&args.output);
    if to_stdout && args.json {
        return usage("-o - and --json would mix on standard output; name a file for the model");
    }
    course::check(&args.course)?;
    let files = files(args);
    files.check()?;
    let begin = Instant::now();
    let mut skipped = Skipped::new(global.strict);
    let mut data = splits::open(&args.corpus, &args.data, &args.split, &mut skipped)?;
    training::arrange(&mut data, &args.options, &args.corpus)?;
    let held_back = splits::hold_back(&mut data, &args.split);
    let part = splits::part(&args.corpus, &data, &args.split, Split::Train)?;
    let is_silent = args.json || to_stdout;
    if !is_silent {
        output::remark(format!(
            "training on {}",
            splits::describe(&args.corpus, &data, &part)
        ))?;
        hint_at_manifests(data.corpus())?;
    }
    if let Some(seed) = held_back.filter(|_| args.split.split_by.is_none()) {
        output::note(splits::held_back_remark(seed));
    }
    files.check_clips(&data)?;
    let request = Request {
        path: &args.corpus,
        options: &args.options,
        split: &args.split,
        data_options: &args.data,
        align,
        held_back,
    };
    let learned = train(&request, &data, &part, Some(&args.course), &mut skipped)?;
    output::note(&learned.warning);
    let Trained {
        model,
        history,
        best,
        ..
    } = &learned.trained;
    let bytes = model.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    if args.json {
        output::json(&Summary {
            model: args.output.display().to_string(),
            corpus: args.corpus.display().to_string(),
            split: &part.name,
            n_clips: model.provenance().n_clips,
            n_skipped: skipped.count(),
            labels: model.labels(),
            n_speakers: model.provenance().speakers.len(),
            speakers_on_both_sides: &learned.shared_speakers,
            duplicates_on_both_sides: learned.n_duplicates,
            n_prototypes: model.prototypes().n_prototypes(),
            dim: model.prototypes().dim(),
            sample_rate: model.pipeline().map(|pipeline| pipeline.mfcc.sample_rate),
            algorithm: training::rule_name(model.provenance().rule.as_ref()),
            n_epochs: history.len(),
            best_epoch: best.map(|index| index + 1),
            model_bytes: bytes.len(),
            seconds: begin.elapsed().as_secs_f64(),
        })?;
    } else if !to_stdout {
        let next = match model.pipeline() {
            Some(_) => "mynah eval {0} CORPUS, mynah classify {0} AUDIO...",
            None => "mynah eval {0} DATA, mynah classify {0} ROWS",
        };
        let stopped = best.map_or(String::new(), |index| {
            format!(", epoch {} of {} kept", index + 1, history.len())
        });
        output::remark(format!(
            "{}: {} {}, {} prototypes of {} values, {} bytes, in {:.1} s{stopped}\nnext: {}",
            args.output.display(),
            model.labels().len(),
            data.nouns().words,
            model.prototypes().n_prototypes(),
            model.prototypes().dim(),
            bytes.len(),
            begin.elapsed().as_secs_f64(),
            next.replace("{0}", &args.output.display().to_string())
        ))?;
    }
    Ok(skipped.finish())
}

/// What a training reads and writes.
pub fn files(args: &Train) -> Files {
    let own = match &args.options.init {
        InitMethod::File(path) => Some(path),
        _ => None,
    };
    let files = Files::default()
        .read_corpus(&args.corpus)
        .read(&args.data.labels)
        .read(&args.options.init_from)
        .read(own)
        .read(&args.add_to)
        .write([&args.output]);
    course::files(&args.course, files)
}

/// What was asked for.
pub struct Request<'a> {
    /// The corpus as it was named.
    pub path: &'a Path,
    pub options: &'a TrainOptions,
    pub split: &'a SplitOptions,
    pub data_options: &'a DataOptions,
    pub align: Align,
    /// Seed of the split by chance that keeps vectors back.
    pub held_back: Option<u64>,
}

/// Trains on a part of a corpus, and compares it with the parts it leaves alone.
pub fn train(
    request: &Request<'_>,
    data: &Data,
    part: &Part<'_>,
    course: Option<&CourseOptions>,
    skipped: &mut Skipped,
) -> anyhow::Result<Learned> {
    let Request {
        path,
        options,
        split,
        data_options,
        align,
        held_back,
    } = *request;
    let plan = training::plan(options, align, data, data_options, part)?;
    let heard = data.hear(part, &plan, skipped)?;
    let mut provenance = Provenance::new();
    provenance.corpus = path.display().to_string();
    provenance.split = part.name.clone();
    provenance.held_back = held_back;
    let no_course = CourseOptions::default();
    let chosen = course.unwrap_or(&no_course);
    provenance.command = recipe::command(request, chosen, &plan);
    let rows = hearing::rows(&part.clips, &heard);
    let trained = match course {
        Some(course) => {
            let command = provenance.command.clone();
            let run = course::Course {
                path,
                split,
                course,
                data,
                command: &command,
            };
            run.train(&plan, &rows, provenance, skipped)
        }
        None => {
            let trained = training::train_in(&plan.config, &rows, provenance, Default::default());
            training::cannot_train(trained, path)
        }
    }?;
    let rest = other_side(data.corpus(), part);
    let others: Vec<&Clip> = rest.iter().map(|(_, clip)| *clip).collect();
    let overlap = mynah_corpus::overlap(part.clips.iter().copied(), others.iter().copied());
    let shared_speakers = overlap.speakers;
    let n_duplicates = count_duplicates(data, &heard, &rest)?;
    let n_others = [splits::speakers(&others).len(), rest.len()];
    let warning = both_sides(&shared_speakers, n_duplicates, n_others, data.nouns())
        + &doubtful(&rows, data)
        + &capped(&rows, &options.prototypes_per_class);
    Ok(Learned {
        trained,
        shared_speakers,
        n_duplicates,
        warning,
    })
}

/// Loudly: what a test on the corpus's other parts, of so many speakers and clips, could not tell.
fn both_sides(
    speakers: &[String],
    n_duplicates: usize,
    [n_speakers, n_clips]: [usize; 2],
    nouns: &Nouns,
) -> String {
    let mut warning = String::new();
    if !speakers.is_empty() {
        warning += &format!(
            "WARNING: {} of {n_speakers} {} of the other parts are in the training too ({}):\n         \
             an eval on them will say little about new ones. See --split-by speaker and eval --leave-one-speaker-out.\n",
            speakers.len(),
            nouns.speakers,
            few(speakers)
        );
    }
    if n_duplicates > 0 {
        warning += &format!(
            "WARNING: {n_duplicates} of {n_clips} {} of the other parts are in the training too, {} for {}:\n         \
             an eval on them will be better than the truth. Take them out of one side.\n",
            nouns.clips, nouns.value, nouns.value
        );
    }
    warning
}

/// Loudly: labels that are likely wrong, or of which there is little to learn.
fn doubtful(rows: &[Row<'_>], data: &Data) -> String {
    let mut warning = String::new();
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut same = BTreeMap::<u64, Vec<&Clip>>::new();
    for row in rows {
        *counts.entry(&row.clip.label).or_default() += 1;
        same.entry(row.heard.digest).or_default().push(row.clip);
    }
    let single = counts.iter().filter(|(_, n)| **n == 1);
    let single: Vec<String> = single.map(|(label, _)| label.to_string()).collect();
    let is_number = |label: &&str| label.parse::<f64>().is_ok_and(|value| value.fract() != 0.0);
    let n_real = counts.keys().filter(|label| is_number(label)).count();
    if 2 * counts.len() > rows.len() && 2 * n_real > counts.len() {
        warning += &format!(
            "WARNING: {} rows have {} different labels, most of them real numbers: is the label in another column? See \
             --label-column.\n",
            rows.len(),
            counts.len()
        );
    } else if !single.is_empty() {
        warning += &format!(
            "WARNING: there is one example only of {}; give more, or they are hardly recognised.\n",
            few(&single)
        );
    }
    // Equal rows of few values may well be of two classes.
    if let Data::Audio(_) = data {
        let is_conflict = |clips: &&Vec<&Clip>| clips.iter().any(|c| c.label != clips[0].label);
        let named = |clips: &Vec<&Clip>| {
            let named = clips.iter().map(|clip| clip.path.display().to_string());
            named.collect::<Vec<_>>().join(" = ")
        };
        let conflicts: Vec<String> = same.values().filter(is_conflict).map(named).collect();
        if !conflicts.is_empty() {
            warning += &format!(
                "WARNING: the same recording is there under more than one word, {} times; one label is wrong: {}\n",
                conflicts.len(),
                few(&conflicts)
            );
        }
    }
    warning
}

/// That fewer prototypes were made than asked for.
fn capped(rows: &[Row<'_>], asked: &Counts) -> String {
    let Counts::Equal(n) = asked else {
        return String::new();
    };
    let mut counts = BTreeMap::<&str, usize>::new();
    for row in rows {
        *counts.entry(&row.clip.label).or_default() += 1;
    }
    let less: Vec<String> = counts
        .into_iter()
        .filter(|(_, count)| count < n)
        .map(|(label, count)| format!("{label} {count}"))
        .collect();
    match less.is_empty() {
        true => String::new(),
        false => format!(
            "note: --prototypes-per-class {n}: there are no more prototypes than examples: {}\n",
            few(&less)
        ),
    }
}

/// The first of some names.
fn few(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}

/// Clips that the corpus puts on another side than the part, with their places: what an evaluation would use.
fn other_side<'c>(corpus: &'c Corpus, part: &Part<'_>) -> Vec<(usize, &'c Clip)> {
    let used: HashSet<usize> = part.rows.iter().copied().collect();
    let clips = corpus.clips.iter().enumerate();
    clips
        .filter(|(row, clip)| clip.split.is_some() && !used.contains(row))
        .collect()
}

fn count_duplicates(
    data: &Data,
    heard: &[(usize, Heard<'_>)],
    rest: &[(usize, &Clip)],
) -> anyhow::Result<usize> {
    let known: HashSet<u64> = heard.iter().map(|(_, heard)| heard.digest).collect();
    let digests = data.digests(rest)?;
    Ok(digests
        .iter()
        .filter(|digest| known.contains(digest))
        .count())
}

fn hint_at_manifests(corpus: &Corpus) -> anyhow::Result<()> {
    if corpus.manifests.is_empty() || corpus.has_splits() {
        return Ok(());
    }
    let names: Vec<_> = corpus
        .manifests
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    output::remark(format!(
        "note: the folder also holds manifests; give one of them to use its clips only: {}",
        names.join(", ")
    ))
}
