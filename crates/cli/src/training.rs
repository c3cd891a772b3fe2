//! From training options to a model.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use mynah::{
    AlignConfig, Model, Pipeline, Provenance, RuleConfig, TrainConfig, TrainingSet,
    lvq::{Init, Lvq1Config},
};
use mynah_audio::Channel;
use mynah_corpus::{Clip, Recipe};

use crate::args::{self, Algorithm, Align, Augment, InitMethod, SplitOptions, TrainOptions};
use crate::hearing::Row;
use crate::{clips, interrupt, splits};

/// Training never needs more than speech holds.
const HIGHEST_RATE: u32 = 16_000;
/// Clips looked at to learn the corpus's sample rate.
const RATE_SAMPLE: usize = 50;
/// Above so many clips `auto` augments no more: variety is there, and the vectors would fill the memory.
const MOST_AUGMENTED: usize = 10_000;
/// However many ways a clip is learnt in, every vector is seen so often.
const FEWEST_EPOCHS: usize = 10;

/// What is learnt, and how.
pub struct Plan {
    pub config: TrainConfig,
    pub recipe: Recipe,
}

/// The plan that the options stand for, for these clips.
pub fn plan(options: &TrainOptions, align: Align, clips: &[&Clip]) -> Plan {
    let mut config = TrainConfig::default();
    let align = match align {
        Align::Warp => AlignConfig::warp(),
        Align::Pad => AlignConfig::pad(),
    };
    let align = match options.frames {
        Some(n_frames) => align.with_n_frames(n_frames),
        None => align,
    };
    config.pipeline = config
        .pipeline
        .with_sample_rate(sample_rate(options, clips))
        .with_align(align);
    let recipe = match options.augment {
        Augment::Auto if clips.len() > MOST_AUGMENTED => Recipe::none(),
        Augment::Auto | Augment::Full => Recipe::full(),
        Augment::None => Recipe::none(),
    };
    if options.algorithm == Algorithm::Lvq1 {
        config.rule = RuleConfig::Lvq1(Lvq1Config::default());
    }
    let n_epochs = options.epochs.unwrap_or_else(|| {
        // The rule's own count is meant for clips that are seen once a pass.
        let n_ways = recipe.n_recordings()
            * config
                .pipeline
                .align
                .n_training_regions(recipe.endpoint_shift);
        (config.rule.n_epochs() / n_ways).max(FEWEST_EPOCHS)
    });
    config.rule = config.rule.with_n_epochs(n_epochs);
    config.init = match options.init {
        InitMethod::Kmeans => Init::KMeans,
        InitMethod::Sample => Init::Sample,
    };
    config.prototypes_per_class = options.prototypes_per_class;
    config.seed = options.seed;
    Plan { config, recipe }
}

/// The commonest rate among clips spread over the corpus, at most 16 kHz: a model should hear what its corpus holds,
/// and no more than speech needs.
fn sample_rate(options: &TrainOptions, clips: &[&Clip]) -> u32 {
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

/// The words of some clips, sorted: the order of a model's classes.
pub fn labels(rows: &[Row<'_>]) -> Vec<String> {
    let labels: BTreeSet<&str> = rows.iter().map(|row| row.clip.label.as_str()).collect();
    labels.into_iter().map(str::to_string).collect()
}

/// Trains on what was heard; a bar shows the passes.
pub fn train(
    config: &TrainConfig,
    rows: &[Row<'_>],
    mut provenance: Provenance,
) -> anyhow::Result<Model> {
    let dim = Pipeline::new(&config.pipeline)?.dim();
    let mut set = TrainingSet::new(dim, labels(rows));
    set.reserve(rows.iter().map(|row| 1 + row.heard.variants.len()).sum());
    for row in rows {
        for vector in std::iter::once(&row.heard.vector).chain(&row.heard.variants) {
            set.push(vector, &row.clip.label);
        }
    }
    let clips: Vec<&Clip> = rows.iter().map(|row| row.clip).collect();
    provenance.n_clips = rows.len();
    provenance.speakers = splits::speakers(&clips);
    provenance.clips = rows.iter().map(|row| row.heard.digest).collect();
    provenance.clips.sort_unstable();
    let bar = clips::progress(config.rule.n_epochs(), "training");
    let model = mynah::train(config, set, provenance, &mut |_| {
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

/// The command that repeats a training but for its output, without what does not change its result.
pub fn command(
    corpus: &Path,
    options: &TrainOptions,
    split: &SplitOptions,
    align: Align,
    plan: &Plan,
) -> String {
    let mut command = format!("mynah train {} -o MODEL", quoted(corpus));
    if let Some(part) = split.split {
        command += &format!(" --split {}", args::name(part));
    }
    if let Some(by) = split.split_by {
        command += &format!(" --split-by {}", args::name(by));
    }
    if let Some(n_frames) = options.frames {
        command += &format!(" --frames {n_frames}");
    }
    let config = &plan.config;
    command
        + &format!(
            " --algorithm {} --epochs {} --align {} --augment {} --init {} --prototypes-per-class {} --sample-rate {} \
             --seed {}",
            args::name(options.algorithm),
            config.rule.n_epochs(),
            args::name(align),
            args::name(options.augment),
            args::name(options.init),
            config.prototypes_per_class,
            config.pipeline.mfcc.sample_rate,
            config.seed
        )
}

/// A path as a shell takes it.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
