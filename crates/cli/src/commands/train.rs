//! `mynah train`: learn prototypes from a corpus and write a model.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use mynah::{Model, Provenance};
use mynah_corpus::{Clip, Corpus, Split};
use serde::Serialize;

use crate::args::{Align, Global, SplitOptions, Train, TrainOptions};
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
    sample_rate: u32,
    model_bytes: usize,
    seconds: f64,
}

/// A model with what was noticed on the way.
pub struct Trained {
    pub model: Model,
    /// Speakers of the training who also speak in the corpus's other parts.
    pub shared_speakers: Vec<String>,
    pub n_duplicates: usize,
    pub warning: String,
}

pub fn run(args: &Train, global: &Global) -> anyhow::Result<Status> {
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
    let begin = Instant::now();
    let mut skipped = Skipped::new(global.strict);
    let corpus = splits::open(&args.corpus, &args.split, &mut skipped)?;
    let part = splits::part(&args.corpus, &corpus, &args.split, Split::Train)?;
    if !args.json && !to_stdout {
        output::remark(format!(
            "training on {}",
            splits::describe(&args.corpus, &part)
        ))?;
        hint_at_manifests(&corpus)?;
    }
    let recordings: Vec<_> = corpus.clips.iter().map(|clip| clip.path.clone()).collect();
    output::check(&args.output, &recordings)?;
    if mynah_corpus::is_audio(&args.output) {
        return usage(format!(
            "{}: has the name of a recording; name the model something like words.mynah",
            args.output.display()
        ));
    }
    let request = Request {
        path: &args.corpus,
        options: &args.options,
        split: &args.split,
        align,
    };
    let trained = train(&request, &corpus, &part, &mut skipped)?;
    output::note(&trained.warning);
    let model = trained.model;
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
            speakers_on_both_sides: &trained.shared_speakers,
            duplicates_on_both_sides: trained.n_duplicates,
            n_prototypes: model.codebook().n_prototypes(),
            dim: model.codebook().dim(),
            sample_rate: model.pipeline().mfcc.sample_rate,
            model_bytes: bytes.len(),
            seconds: begin.elapsed().as_secs_f64(),
        })?;
    } else if !to_stdout {
        output::remark(format!(
            "{}: {} words, {} prototypes of {} values, {} bytes, in {:.1} s\n\
             next: mynah eval {0} CORPUS, mynah classify {0} AUDIO...",
            args.output.display(),
            model.labels().len(),
            model.codebook().n_prototypes(),
            model.codebook().dim(),
            bytes.len(),
            begin.elapsed().as_secs_f64()
        ))?;
    }
    Ok(skipped.finish())
}

/// What was asked for.
pub struct Request<'a> {
    /// The corpus as it was named.
    pub path: &'a Path,
    pub options: &'a TrainOptions,
    pub split: &'a SplitOptions,
    pub align: Align,
}

/// Trains on a part of a corpus, and compares it with the parts it leaves alone.
pub fn train(
    request: &Request<'_>,
    corpus: &Corpus,
    part: &Part<'_>,
    skipped: &mut Skipped,
) -> anyhow::Result<Trained> {
    let Request {
        path,
        options,
        split,
        align,
    } = *request;
    let plan = training::plan(options, align, &part.clips);
    let heard = hearing::hear(&part.clips, &plan, skipped)?;
    let mut provenance = Provenance::new();
    provenance.corpus = path.display().to_string();
    provenance.split = part.name.clone();
    provenance.command = training::command(path, options, split, align, &plan);
    let rows = hearing::rows(&part.clips, &heard);
    let model = training::train(&plan.config, &rows, provenance)
        .with_context(|| format!("{}: cannot train", path.display()))?;
    let rest = other_side(corpus, part);
    let overlap = mynah_corpus::overlap(part.clips.iter().copied(), rest.iter().copied());
    let shared_speakers = overlap.speakers;
    let n_duplicates = count_duplicates(&heard, &rest)?;
    let warning = evaluation::overlap(
        &shared_speakers,
        splits::speakers(&rest).len(),
        n_duplicates,
        rest.len(),
    );
    Ok(Trained {
        model,
        shared_speakers,
        n_duplicates,
        warning,
    })
}

/// Clips that the corpus puts on another side than the part: what an evaluation would use.
fn other_side<'c>(corpus: &'c Corpus, part: &Part<'_>) -> Vec<&'c Clip> {
    let used: HashSet<*const Clip> = part
        .clips
        .iter()
        .map(|&clip| std::ptr::from_ref(clip))
        .collect();
    corpus
        .select(None)
        .filter(|clip| clip.split.is_some() && !used.contains(&std::ptr::from_ref(*clip)))
        .collect()
}

fn count_duplicates(heard: &[(usize, Heard)], rest: &[&Clip]) -> anyhow::Result<usize> {
    let known: HashSet<u64> = heard.iter().map(|(_, heard)| heard.digest).collect();
    let digests = hearing::digests(rest)?;
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
