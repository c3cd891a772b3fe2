//! From training options and clips to a model.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use mynah::{
    AlignConfig, Model, Pipeline, PipelineConfig, Provenance, RuleConfig, TrainConfig, TrainingSet,
    clip_digest,
    lvq::{GlvqConfig, Init, Lvq1Config},
};
use mynah_audio::Channel;
use mynah_corpus::Clip;

use crate::args::{Algorithm, Align, InitMethod, TrainOptions};
use crate::clips::{self, Stretch};
use crate::status::Skipped;
use crate::{interrupt, splits};

/// Training never needs more than speech holds.
const HIGHEST_RATE: u32 = 16_000;
/// Clips looked at to learn the corpus's sample rate.
const RATE_SAMPLE: usize = 50;

/// One clip on its way into a training.
pub struct Heard {
    pub vector: Vec<f32>,
    pub digest: u64,
    /// Length of the recording, s.
    pub seconds: f64,
    /// From opening the file to the vector, s.
    pub cost: f64,
}

/// A clip and what was heard of it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub clip: &'a Clip,
    pub heard: &'a Heard,
}

/// Brings the clips and what was heard of them together; those that could not be heard are left out.
pub fn rows<'a>(clips: &[&'a Clip], heard: &'a [(usize, Heard)]) -> Vec<Row<'a>> {
    let row = |(index, heard): &'a (usize, Heard)| Row {
        clip: clips[*index],
        heard,
    };
    heard.iter().map(row).collect()
}

/// The words of some clips, sorted: the order of a model's classes.
pub fn labels(rows: &[Row<'_>]) -> Vec<String> {
    let labels: BTreeSet<&str> = rows.iter().map(|row| row.clip.label.as_str()).collect();
    labels.into_iter().map(str::to_string).collect()
}

/// The settings that the options stand for.
pub fn config(options: &TrainOptions, align: Align, sample_rate: u32) -> TrainConfig {
    let align = match align {
        Align::Warp => AlignConfig::warp(),
        Align::Pad => AlignConfig::pad(),
    };
    let align = match options.frames {
        Some(n_frames) => align.with_n_frames(n_frames),
        None => align,
    };
    let rule = match options.algorithm {
        Algorithm::Glvq => {
            let mut rule = GlvqConfig::default();
            rule.n_epochs = options.epochs.unwrap_or(rule.n_epochs);
            RuleConfig::Glvq(rule)
        }
        Algorithm::Lvq1 => {
            let mut rule = Lvq1Config::default();
            rule.n_epochs = options.epochs.unwrap_or(rule.n_epochs);
            RuleConfig::Lvq1(rule)
        }
    };
    let mut config = TrainConfig::default();
    config.pipeline = PipelineConfig::default()
        .with_sample_rate(sample_rate)
        .with_align(align);
    config.init = match options.init {
        InitMethod::Kmeans => Init::KMeans,
        InitMethod::Sample => Init::Sample,
    };
    config.prototypes_per_class = options.prototypes_per_class;
    config.rule = rule;
    config.seed = options.seed;
    config
}

/// The commonest rate among clips spread over the corpus, at most 16 kHz: a model should hear what its corpus holds,
/// and no more than speech needs.
pub fn sample_rate(options: &TrainOptions, clips: &[&Clip]) -> u32 {
    if let Some(rate) = options.sample_rate {
        return rate;
    }
    let step = clips.len().div_ceil(RATE_SAMPLE).max(1);
    let mut counts = BTreeMap::<u32, usize>::new();
    for clip in clips.iter().step_by(step) {
        // Broken files are named when all are read.
        if let Ok(audio) = mynah_audio::read(&clip.path, Channel::Mix) {
            *counts.entry(audio.sample_rate).or_default() += 1;
        }
    }
    let commonest = counts.into_iter().max_by_key(|&(_, n)| n);
    commonest.map_or(HIGHEST_RATE, |(rate, _)| rate.min(HIGHEST_RATE))
}

/// The vectors of clips, in their order; broken clips are named and left out.
pub fn hear(
    clips: &[&Clip],
    config: &PipelineConfig,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<(usize, Heard)>> {
    let pipeline = Pipeline::new(config)?;
    let sample_rate = config.mfcc.sample_rate;
    clips::map(
        clips,
        "reading",
        skipped,
        || pipeline.clone(),
        |pipeline, clip| {
            let begin = Instant::now();
            let audio = Stretch::from(*clip).read(Channel::Mix)?;
            let seconds = audio.samples.len() as f64 / f64::from(audio.sample_rate);
            let decoded = begin.elapsed();
            let digest = clip_digest(&audio.samples);
            let begin = Instant::now();
            let audio = audio.into_rate(sample_rate)?;
            let vector = pipeline.vector(&audio.samples);
            let vector =
                vector.map_err(|error| anyhow::anyhow!("{}: {error}", clip.path.display()))?;
            let cost = (decoded + begin.elapsed()).as_secs_f64();
            Ok(Heard {
                vector,
                digest,
                seconds,
                cost,
            })
        },
    )
}

/// The digests of clips; broken ones are left out silently, since they are not what the command is about.
pub fn digests(clips: &[&Clip]) -> anyhow::Result<Vec<u64>> {
    use rayon::prelude::*;
    let bar = clips::progress(clips.len(), "comparing");
    let found = clips
        .par_iter()
        .filter_map(|clip| {
            bar.inc(1);
            if interrupt::requested() {
                return None;
            }
            let audio = Stretch::from(*clip).read(Channel::Mix).ok()?;
            Some(clip_digest(&audio.samples))
        })
        .collect();
    bar.finish_and_clear();
    interrupt::check()?;
    Ok(found)
}

/// Trains on what was heard; a bar shows the passes.
pub fn train(
    config: &TrainConfig,
    rows: &[Row<'_>],
    mut provenance: Provenance,
) -> anyhow::Result<Model> {
    let dim = Pipeline::new(&config.pipeline)?.dim();
    let mut set = TrainingSet::new(dim, labels(rows));
    for row in rows {
        set.push(&row.heard.vector, &row.clip.label);
    }
    let clips: Vec<&Clip> = rows.iter().map(|row| row.clip).collect();
    provenance.n_clips = rows.len();
    provenance.seed = config.seed;
    provenance.speakers = splits::speakers(&clips);
    provenance.clips = rows.iter().map(|row| row.heard.digest).collect();
    provenance.clips.sort_unstable();
    let n_epochs = match &config.rule {
        RuleConfig::Glvq(rule) => rule.n_epochs,
        RuleConfig::Lvq1(rule) => rule.n_epochs,
        _ => 0,
    };
    let bar = clips::progress(n_epochs, "training");
    let model = mynah::train(config, &set, provenance, &mut |_| {
        bar.inc(1);
        if interrupt::requested() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    interrupt::check()?;
    Ok(model?)
}

/// The command that repeats a training, without what does not change its result.
pub fn command(
    corpus: &Path,
    options: &TrainOptions,
    align: Align,
    split: &str,
    config: &TrainConfig,
) -> String {
    let align = match align {
        Align::Warp => "warp",
        Align::Pad => "pad",
    };
    let (algorithm, epochs) = match &config.rule {
        RuleConfig::Glvq(rule) => ("glvq", rule.n_epochs),
        RuleConfig::Lvq1(rule) => ("lvq1", rule.n_epochs),
        _ => ("other", 0),
    };
    let init = match options.init {
        InitMethod::Kmeans => "kmeans",
        InitMethod::Sample => "sample",
    };
    let frames = options
        .frames
        .map_or(String::new(), |n| format!(" --frames {n}"));
    let split = match split.split_once(' ') {
        Some((split, _)) => format!("{split} --split-by speaker"),
        None => split.to_string(),
    };
    format!(
        "mynah train {} --split {split} --algorithm {algorithm} --epochs {epochs} --align {align}{frames} --init {init} \
         --prototypes-per-class {} --sample-rate {} --seed {}",
        corpus.display(),
        options.prototypes_per_class,
        config.pipeline.mfcc.sample_rate,
        options.seed
    )
}
