//! `mynah inspect`: what is in a corpus, a model or an audio file.

use std::path::Path;

use mynah::{AlignConfig, Clusters, Input, Model, Spotting, is_background};
use mynah_audio::Channel;
use mynah_corpus::{Corpus, ManifestFormat, VectorSet};
use serde::Serialize;

use super::corpus_card::corpus;
use super::course;
use super::quantized_card::Quantized;
use crate::args::{Global, Inspect};
use crate::models::load;
use crate::output;
use crate::recipe::quoted;
use crate::status::{Skipped, Status, explain};

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
    /// When a keyword counts in a stream; `null` where nothing is known of it.
    spotting: Option<&'a Spotting>,
    prototypes: Option<Vec<super::prototypes::Prototype>>,
    provenance: &'a mynah::Provenance,
    /// Of a model in whole numbers.
    quantized: Option<Quantized>,
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
            Err(not_model) => {
                if let Ok(found) = Clusters::load(path) {
                    units(path, &found, json)
                } else if let Some(command) = course::command_of(path) {
                    checkpoint(path, &command, json)
                } else if path.extension().is_some_and(|ending| ending == "mynah") {
                    // The fault of what the file seems to be.
                    Err(not_model)
                } else {
                    Err(not_audio.into())
                }
            }
        },
    }
}

/// What `mynah cluster` found.
fn units(path: &Path, found: &Clusters, json: bool) -> anyhow::Result<String> {
    let (n, provenance) = (found.units().n_units(), found.provenance());
    let map = found.map().map(|map| [map.columns, map.rows]);
    if json {
        return Ok(serde_json::json!({
            "kind": "codebook",
            "path": path.display().to_string(),
            "n_units": n,
            "dim": found.units().dim(),
            "map": map,
            "labels": found.labels(),
            "input": found.input(),
            "provenance": provenance,
        })
        .to_string());
    }
    let map = map.map_or(String::new(), |[columns, rows]| {
        format!(", a {columns} x {rows} map")
    });
    Ok(format!(
        "{}: codebook of `mynah cluster`, {n} units of {} values{map}\n{}\n\
         found in    {}, split {}: {} {}, seed {}\n\
         next        mynah train {} -o MODEL --init-from {}",
        path.display(),
        found.units().dim(),
        input(found.input()),
        provenance.corpus,
        provenance.split,
        provenance.n_clips,
        match found.input().pipeline() {
            Some(_) => "clips",
            None => "rows",
        },
        provenance.seed,
        quoted(Path::new(&provenance.corpus)),
        quoted(path)
    ))
}

/// Where a training can be continued.
fn checkpoint(path: &Path, command: &str, json: bool) -> anyhow::Result<String> {
    if json {
        return Ok(serde_json::json!({
            "kind": "checkpoint",
            "path": path.display().to_string(),
            "command": command,
        })
        .to_string());
    }
    Ok(format!(
        "{}: checkpoint of a training, not a model yet\nnext        {command} --continue {}",
        path.display(),
        quoted(path)
    ))
}

fn model(path: &Path, model: &Model, bytes: usize, args: &Inspect) -> anyhow::Result<String> {
    let provenance = model.provenance();
    if args.json {
        return Ok(serde_json::to_string(&ModelCard {
            kind: "model",
            path: path.display().to_string(),
            bytes,
            labels: model.labels(),
            n_prototypes: model.prototypes().n_prototypes(),
            dim: model.prototypes().dim(),
            pipeline: model.pipeline(),
            input: model.input(),
            metric: super::prototypes::metric(model),
            eigenvalues: model.eigenvalues(),
            relevances: model.relevances(),
            trust: model.trust(),
            spotting: model.spotting(),
            prototypes: args.prototypes.then(|| super::prototypes::all(model)),
            quantized: model
                .quantized()
                .map(|quantized| Quantized::new(model, quantized)),
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
         {}",
        path.display(),
        provenance.mynah_version,
        model.labels().len(),
        model.labels().join(", "),
        model.prototypes().n_prototypes(),
        model.prototypes().dim(),
        crate::training::rule_name(provenance.rule.as_ref()),
        super::prototypes::metric(model),
        input(model.input())
    );
    if provenance.corpus.is_empty() {
        text += &format!("\ntaught by   {} recordings", provenance.n_clips);
    } else {
        text += &format!(
            "\ntrained on  {}, split {}: {} {clips}, {} {speakers}, seed {}\ncommand     {}",
            provenance.corpus,
            provenance.split,
            provenance.n_clips,
            provenance.speakers.len(),
            provenance.seed,
            provenance.command
        );
    }
    if let Some(quantized) = model.quantized() {
        text += &Quantized::new(model, quantized).text(provenance.quantized.as_deref());
    } else if let Some(grid) = provenance.learnt_grid {
        text += &format!(
            "\nlearnt for  whole numbers: prototypes of {} bits on a grid that `mynah quantize` takes",
            grid.bits
        );
    }
    if let Some(spotting) = model.spotting() {
        text += &thresholds(model, spotting);
    }
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

/// When its keywords count in a stream.
fn thresholds(model: &Model, spotting: &Spotting) -> String {
    let known = model.labels().iter().zip(&spotting.thresholds);
    let keywords = known.filter(|(label, _)| !is_background(label));
    let scores: Vec<String> = keywords
        .map(|(label, score)| format!("{label} from a score of {score:.3}"))
        .collect();
    let mut text = String::new();
    if !scores.is_empty() {
        text += &format!("\nspots       {}", listed(scores.into_iter()));
    }
    if let Some(budget) = &spotting.budget {
        text += &format!(
            "\nallowed     {} false alarms an hour; {} in {:.2} hours of background",
            budget.per_hour, budget.n_events, budget.hours
        );
    }
    text
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
        "features    {} Hz, {} cepstra from {} mel bands, {} / {}, delta order {}\n\
         alignment   {align}",
        mfcc.sample_rate,
        mfcc.n_mfcc,
        mfcc.n_mels,
        mfcc.frame_length,
        mfcc.hop_length,
        mfcc.delta_order
    )
}

/// The first few of many.
pub fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 40;
    let more = if items.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", items.take(SHOWN).collect::<Vec<_>>().join(", "))
}
