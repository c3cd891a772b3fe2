//! `mynah train`: learn prototypes from a corpus and write a model.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use mynah::{Provenance, Trained};
use mynah_corpus::{Clip, Corpus, Split};
use serde::Serialize;

use super::{add, course};
use crate::args::{Align, DataOptions, Global, SplitOptions, Train, TrainOptions};
use crate::dataset::Data;
use crate::evaluation;
use crate::hearing::{self, Heard};
use crate::output;
use crate::splits::{self, Part};
use crate::status::{Skipped, Status, usage};
use crate::training;

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
    output::check(&args.output, std::slice::from_ref(&args.corpus))?;
    course::check(&args.course, &args.output)?;
    let begin = Instant::now();
    let mut skipped = Skipped::new(global.strict);
    let mut data = splits::open(&args.corpus, &args.data, &args.split, &mut skipped)?;
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
    check_output(&args.output, &data)?;
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
            n_prototypes: model.codebook().n_prototypes(),
            dim: model.codebook().dim(),
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
            model.codebook().n_prototypes(),
            model.codebook().dim(),
            bytes.len(),
            begin.elapsed().as_secs_f64(),
            next.replace("{0}", &args.output.display().to_string())
        ))?;
    }
    Ok(skipped.finish())
}

/// Refuses to write over what is read, or under the name of a recording.
pub fn check_output(path: &Path, data: &Data) -> anyhow::Result<()> {
    if let Data::Audio(corpus) = data {
        let recordings: Vec<_> = corpus.clips.iter().map(|clip| clip.path.clone()).collect();
        output::check(path, &recordings)?;
    }
    if mynah_corpus::is_audio(path) {
        return usage(format!(
            "{}: has the name of a recording; name the model something like words.mynah",
            path.display()
        ));
    }
    Ok(())
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
    course: Option<&crate::args::CourseOptions>,
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
    provenance.command = training::command(path, options, split, data_options, align, &plan);
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
    let warning = evaluation::overlap(
        &shared_speakers,
        splits::speakers(&others).len(),
        n_duplicates,
        rest.len(),
        data.nouns(),
    );
    Ok(Learned {
        trained,
        shared_speakers,
        n_duplicates,
        warning,
    })
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
