//! `mynah inspect`: what is in a corpus, a model or an audio file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use mynah::{AlignConfig, Input, Model, clip_digest};
use mynah_audio::Channel;
use mynah_corpus::{Clip, Corpus, ManifestFormat, SplitCounts, VectorSet};
use serde::Serialize;

use crate::args::{Global, Inspect};
use crate::clips::{self, Stretch};
use crate::models::load;
use crate::output;
use crate::splits;
use crate::status::{Skipped, Status, explain};

/// Recordings that are the same, shown at most.
const N_DUPLICATES: usize = 20;

#[derive(Serialize)]
struct CorpusCard {
    kind: &'static str,
    path: String,
    layout: mynah_corpus::Layout,
    n_clips: usize,
    n_broken: usize,
    seconds: Spread,
    sample_rates: BTreeMap<u32, usize>,
    words: BTreeMap<String, usize>,
    speakers: BTreeMap<String, usize>,
    n_without_speaker: usize,
    splits: SplitCounts,
    /// Groups of clips that are the same, sample for sample.
    duplicates: Vec<Vec<String>>,
    n_background: usize,
    manifests: Vec<String>,
}

/// Durations, s.
#[derive(Serialize)]
struct Spread {
    total: f64,
    min: f64,
    median: f64,
    max: f64,
}

#[derive(Serialize)]
struct ModelCard<'a> {
    kind: &'static str,
    path: String,
    bytes: usize,
    labels: &'a [String],
    n_prototypes: usize,
    dim: usize,
    /// Of sound.
    pipeline: Option<&'a mynah::PipelineConfig>,
    input: &'a mynah::Input,
    metric: &'static str,
    /// Of the metric, greatest first, summing to 1; `null` for the Euclidean one.
    eigenvalues: Option<Vec<f64>>,
    /// How much each value of a vector counts, summing to 1; `null` for the Euclidean metric.
    relevances: Option<Vec<f32>>,
    trust: Option<&'a mynah::Trust>,
    prototypes: Option<Vec<super::prototypes::Prototype>>,
    provenance: &'a mynah::Provenance,
}

#[derive(Serialize)]
struct AudioCard {
    kind: &'static str,
    path: String,
    sample_rate: u32,
    seconds: f64,
    peak: f32,
    rms: f32,
}

pub fn run(args: &Inspect, global: &Global) -> anyhow::Result<Status> {
    if let Some(path) = &args.relevances {
        return super::prototypes::draw(args, path);
    }
    let mut skipped = Skipped::new(global.strict);
    let mut n_refused = 0;
    for path in &args.inputs {
        let is_corpus =
            path.is_dir() || (path.is_file() && ManifestFormat::from_path(path).is_some());
        let card = if VectorSet::is_at(path) {
            super::prototypes::vectors(path, args.json, &mut skipped)
        } else if is_corpus {
            match Corpus::open(path) {
                Ok(found) => Ok(corpus(path, &found, args.json, &mut skipped)?),
                Err(error) => Err(error.into()),
            }
        } else {
            file(path, args)
        };
        match card {
            Ok(card) => output::line(card)?,
            Err(error) => {
                skipped.add(explain(&error))?;
                n_refused += 1;
            }
        }
    }
    anyhow::ensure!(
        n_refused < args.inputs.len(),
        "there was nothing to inspect; see above"
    );
    Ok(skipped.finish())
}

/// A model is known by what it holds, since nothing else begins like it.
fn file(path: &Path, args: &Inspect) -> anyhow::Result<String> {
    let json = args.json;
    match mynah_audio::read(path, Channel::Mix) {
        Ok(audio) => {
            let n = audio.samples.len() as f64;
            let power = audio
                .samples
                .iter()
                .map(|&s| f64::from(s).powi(2))
                .sum::<f64>()
                / n;
            let card = AudioCard {
                kind: "audio",
                path: path.display().to_string(),
                sample_rate: audio.sample_rate,
                seconds: n / f64::from(audio.sample_rate),
                peak: audio.samples.iter().fold(0.0, |peak, s| s.abs().max(peak)),
                rms: power.sqrt() as f32,
            };
            if json {
                return Ok(serde_json::to_string(&card)?);
            }
            Ok(format!(
                "{}: audio, {:.3} s at {} Hz, peak {:.3}, level {:.1} dB of full scale",
                card.path,
                card.seconds,
                card.sample_rate,
                card.peak,
                20.0 * card.rms.max(1e-10).log10()
            ))
        }
        Err(not_audio) => match load(path) {
            Ok((loaded, bytes)) => model(path, &loaded, bytes, args),
            // The fault of what the file seems to be.
            Err(not_model) if path.extension().is_some_and(|ending| ending == "mynah") => {
                Err(not_model)
            }
            Err(_) => Err(not_audio.into()),
        },
    }
}

fn model(path: &Path, model: &Model, bytes: usize, args: &Inspect) -> anyhow::Result<String> {
    let provenance = model.provenance();
    if args.json {
        return Ok(serde_json::to_string(&ModelCard {
            kind: "model",
            path: path.display().to_string(),
            bytes,
            labels: model.labels(),
            n_prototypes: model.codebook().n_prototypes(),
            dim: model.codebook().dim(),
            pipeline: model.pipeline(),
            input: model.input(),
            metric: super::prototypes::metric(model),
            eigenvalues: model.eigenvalues(),
            relevances: model.relevances(),
            trust: model.trust(),
            prototypes: args.prototypes.then(|| super::prototypes::all(model)),
            provenance,
        })?);
    }
    let (words, clips, speakers) = match model.pipeline() {
        Some(_) => ("words", "clips", "speakers"),
        None => ("classes", "rows", "groups"),
    };
    let mut text = format!(
        "{}: model, {bytes} bytes, mynah {}\n\
         {words:<11} {}: {}\n\
         prototypes  {} of {} values, {}, {} metric\n\
         {}\n\
         trained on  {}, split {}: {} {clips}, {} {speakers}, seed {}\n\
         command     {}",
        path.display(),
        provenance.mynah_version,
        model.labels().len(),
        model.labels().join(", "),
        model.codebook().n_prototypes(),
        model.codebook().dim(),
        crate::training::rule_name(provenance.rule.as_ref()),
        super::prototypes::metric(model),
        input(model.input()),
        provenance.corpus,
        provenance.split,
        provenance.n_clips,
        provenance.speakers.len(),
        provenance.seed,
        provenance.command
    );
    text += &super::prototypes::text(model, args.prototypes);
    for measured in &provenance.measured {
        text += &format!(
            "\nmeasured    {}, split {}: {} % of {} {clips} (95 % {})",
            measured.corpus,
            measured.split,
            crate::report::percent(measured.accuracy),
            measured.n,
            crate::report::interval(measured.interval)
        );
    }
    Ok(text)
}

/// What the model is given, in words.
fn input(input: &Input) -> String {
    let config = match input {
        Input::Audio(config) => config,
        Input::Vectors(vectors) => {
            let shape: Vec<String> = vectors.shape.iter().map(usize::to_string).collect();
            let missing = if vectors.has_missing {
                ", some may be absent"
            } else {
                ""
            };
            let columns = match vectors.columns.is_empty() {
                true => String::new(),
                false => format!(": {}", listed(vectors.columns.iter().cloned())),
            };
            return format!("vectors     {} values{missing}{columns}", shape.join(" x "));
        }
        _ => return "input       another".to_string(),
    };
    let mfcc = &config.mfcc;
    let align = match &config.align {
        AlignConfig::Warp(config) => {
            format!("endpoints, length normalised to {} frames", config.n_frames)
        }
        AlignConfig::Pad(config) => format!("zero-filled or cut to {} frames", config.n_frames),
        _ => "another alignment".to_string(),
    };
    format!(
        "features    {} Hz, {} cepstra from {} mel bands, {} / {} ms, delta order {}\n\
         alignment   {align}",
        mfcc.sample_rate,
        mfcc.n_mfcc,
        mfcc.n_mels,
        mfcc.frame_length,
        mfcc.hop_length,
        mfcc.delta_order
    )
}

fn corpus(
    path: &Path,
    corpus: &Corpus,
    json: bool,
    skipped: &mut Skipped,
) -> anyhow::Result<String> {
    splits::report_problems(corpus, skipped)?;
    let clips: Vec<&Clip> = corpus.clips.iter().collect();
    let before = skipped.count();
    let heard = clips::map(
        &clips,
        "reading",
        skipped,
        || (),
        |(), clip| {
            let audio = Stretch::from(*clip).read(Channel::Mix)?;
            let seconds = audio.samples.len() as f64 / f64::from(audio.sample_rate);
            Ok((seconds, audio.sample_rate, clip_digest(&audio.samples)))
        },
    )?;
    let mut sample_rates = BTreeMap::new();
    let mut same = HashMap::<u64, Vec<usize>>::new();
    for &(index, (_, rate, digest)) in &heard {
        *sample_rates.entry(rate).or_default() += 1;
        same.entry(digest).or_default().push(index);
    }
    let mut same: Vec<Vec<usize>> = same.into_values().filter(|group| group.len() > 1).collect();
    same.sort_unstable();
    let names = |group: Vec<usize>| {
        group
            .into_iter()
            .map(|i| clips[i].path.display().to_string())
            .collect()
    };
    let card = CorpusCard {
        kind: "corpus",
        path: path.display().to_string(),
        layout: corpus.layout,
        n_clips: clips.len(),
        n_broken: skipped.count() - before,
        seconds: spread(heard.iter().map(|&(_, (seconds, ..))| seconds).collect()),
        sample_rates,
        words: count(clips.iter().map(|clip| Some(clip.label.as_str()))),
        speakers: count(clips.iter().map(|clip| clip.speaker.as_deref())),
        n_without_speaker: clips.iter().filter(|clip| clip.speaker.is_none()).count(),
        splits: corpus.split_counts(),
        duplicates: same.into_iter().map(names).collect(),
        n_background: corpus.background.len(),
        manifests: corpus
            .manifests
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    };
    Ok(if json {
        serde_json::to_string(&card)?
    } else {
        describe(corpus, &card)
    })
}

fn describe(corpus: &Corpus, card: &CorpusCard) -> String {
    let layout = match corpus.layout {
        mynah_corpus::Layout::Folders => "one folder per word",
        mynah_corpus::Layout::Flat => "LABEL_SPEAKER_INDEX files",
        _ => "manifest",
    };
    let mut lines = vec![
        format!(
            "{}: corpus ({layout}), {} clips, {} broken",
            card.path, card.n_clips, card.n_broken
        ),
        format!(
            "length      {:.1} min in all; a clip {:.2} to {:.2} s, median {:.2} s",
            card.seconds.total / 60.0,
            card.seconds.min,
            card.seconds.max,
            card.seconds.median
        ),
        format!(
            "rates       {}",
            listed(
                card.sample_rates
                    .iter()
                    .map(|(rate, n)| format!("{rate} Hz: {n}"))
            )
        ),
        format!(
            "words       {}: {}",
            card.words.len(),
            listed(card.words.iter().map(|(word, n)| format!("{word} {n}")))
        ),
        match card.speakers.len() {
            0 => "speakers    unknown; a manifest with a speaker column would tell".to_string(),
            n => format!(
                "speakers    {n}: {}",
                listed(card.speakers.iter().map(|(name, n)| format!("{name} {n}")))
            ),
        },
    ];
    let SplitCounts {
        train,
        validation,
        test,
        unassigned,
        ..
    } = card.splits;
    if corpus.has_splits() {
        lines.push(format!(
            "splits      train {train}, validation {validation}, test {test}, none {unassigned}"
        ));
    } else {
        let remedy = match card.speakers.len() {
            0 | 1 => "none; a manifest with a split column would make one",
            _ => "none; --split-by speaker makes one",
        };
        lines.push(format!("splits      {remedy}"));
    }
    if corpus.n_listed_absent > 0 {
        lines.push(format!(
            "            {} of {} listed clips are not here",
            corpus.n_listed_absent, corpus.n_listed
        ));
    }
    if card.n_background > 0 {
        lines.push(format!("background  {} recordings", card.n_background));
    }
    if !card.manifests.is_empty() {
        lines.push(format!(
            "manifests   {}: give one of them to use its clips only",
            card.manifests.join(", ")
        ));
    }
    if !card.duplicates.is_empty() {
        lines.push(format!(
            "duplicates  {} groups of clips that are the same, sample for sample:",
            card.duplicates.len()
        ));
        lines.extend(
            card.duplicates
                .iter()
                .take(N_DUPLICATES)
                .map(|group| format!("            {}", group.join(" = "))),
        );
        if card.duplicates.len() > N_DUPLICATES {
            lines.push("            ... (all: --json)".to_string());
        }
    }
    lines.join("\n")
}

/// The first few of many.
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 40;
    let more = if items.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", items.take(SHOWN).collect::<Vec<_>>().join(", "))
}

fn count<'a>(names: impl Iterator<Item = Option<&'a str>>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names.flatten() {
        *counts.entry(name.to_string()).or_default() += 1;
    }
    counts
}

fn spread(mut seconds: Vec<f64>) -> Spread {
    seconds.sort_unstable_by(f64::total_cmp);
    Spread {
        total: seconds.iter().sum(),
        min: seconds.first().copied().unwrap_or_default(),
        median: seconds.get(seconds.len() / 2).copied().unwrap_or_default(),
        max: seconds.last().copied().unwrap_or_default(),
    }
}
