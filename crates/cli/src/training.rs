//! From training options to a model.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use mynah::lvq::{Counts, GlvqConfig, Init};
use mynah::{
    AlignConfig, Input, Model, PipelineConfig, Provenance, RuleConfig, Scratch, Session, Start,
    TrainConfig, Trained, TrainingSet,
};
use mynah_audio::Channel;
use mynah_corpus::{Clip, VectorSet};

use crate::args::{self, Align, Augment, InitMethod, TrainOptions};
use crate::dataset::Data;
use crate::hearing::{self, Example, Row};
use crate::splits::Part;
use crate::status::{Usage, explain, usage};
use crate::{clips, dataset, interrupt, models, settings, splits};

/// Training never needs more than speech holds.
const HIGHEST_RATE: u32 = 16_000;
/// Clips looked at to learn the corpus's sample rate.
const RATE_SAMPLE: usize = 50;

/// What is learnt, and how.
pub struct Plan {
    pub config: TrainConfig,
    /// Where what is kept of recordings lies.
    pub scratch: Scratch,
}

impl Plan {
    /// How recordings become vectors.
    pub fn pipeline(&self) -> PipelineConfig {
        self.config.input.pipeline().cloned().unwrap_or_default()
    }
}

/// The plan that the options stand for, for this part.
pub fn plan(
    options: &TrainOptions,
    align: Align,
    data: &Data,
    data_options: &args::DataOptions,
    part: &Part<'_>,
) -> anyhow::Result<Plan> {
    let scratch = hearing::scratch(&options.room)?;
    let words = labels(&part.clips);
    let mut config = TrainConfig::for_recordings(words.len(), part.clips.len());
    match data.vector_input(data_options) {
        Some(input) => {
            check_for_vectors(options)?;
            config.input = Input::Vectors(input);
            config.rule = RuleConfig::Glvq(GlvqConfig::default());
            config.is_balanced = false;
        }
        None => {
            config.input = Input::Audio(pipeline(options, align, &part.clips));
            if options.augment == Augment::None {
                config.augment = None;
            }
        }
    }
    config.standardise = standardise(options.standardise, &config.input);
    config.rule = settings::rule(options, config.rule)?;
    settings::check_rows(&config.rule, config.input.dim()?)?;
    config.quantize_aware = settings::quantize_aware(options, &config.rule)?;
    config.counts = counts(&options.prototypes_per_class, &words)?;
    if let Some(weight) = options.class_weight {
        config.is_balanced = weight == args::ClassWeight::Balanced;
    }
    config.seed = options.seed;
    start(&mut config, options)?;
    Ok(Plan { config, scratch })
}

/// How values are brought to one scale: the pixels of images are of one kind.
pub fn standardise(asked: Option<args::Standardise>, input: &Input) -> mynah::Standardise {
    match (asked, input.layout()) {
        (Some(args::Standardise::Each), _) => mynah::Standardise::Each,
        (Some(args::Standardise::Coefficient), _) => mynah::Standardise::Coefficient,
        (Some(args::Standardise::Whole), _) => mynah::Standardise::Whole,
        (Some(args::Standardise::None), _) => mynah::Standardise::None,
        (None, [n_rows, _]) if n_rows > 1 && input.pipeline().is_none() => {
            mynah::Standardise::Whole
        }
        (None, _) => mynah::Standardise::Each,
    }
}

fn check_for_vectors(options: &TrainOptions) -> anyhow::Result<()> {
    let default = TrainOptions::default();
    let by_coefficient = options.standardise == Some(args::Standardise::Coefficient);
    for (is_given, name) in [
        (by_coefficient, "--standardise coefficient"),
        (options.align != default.align, "--align"),
        (options.frames.is_some(), "--frames"),
        (options.augment != default.augment, "--augment"),
        (options.sample_rate.is_some(), "--sample-rate"),
    ] {
        if is_given {
            return usage(format!("{name} is for recordings, and these are vectors"));
        }
    }
    Ok(())
}

/// How recordings become vectors.
pub fn pipeline(options: &TrainOptions, align: Align, clips: &[&Clip]) -> PipelineConfig {
    let align = match align {
        Align::Warp => AlignConfig::warp(),
        Align::Pad => AlignConfig::pad(),
    };
    let align = match options.frames {
        Some(n_frames) => align.with_n_frames(n_frames),
        None => align,
    };
    PipelineConfig::default()
        .with_sample_rate(options.sample_rate.unwrap_or_else(|| commonest_rate(clips)))
        .with_align(align)
}

fn counts(asked: &args::Counts, labels: &[String]) -> anyhow::Result<Counts> {
    Ok(match asked {
        args::Counts::Auto => TrainConfig::counts_for(labels.len()),
        args::Counts::Equal(n) => Counts::Equal(*n),
        args::Counts::Proportional(total) if *total < labels.len() => {
            return usage(format!(
                "--prototypes-per-class proportional:{total}: there are {} words, each needs one",
                labels.len()
            ));
        }
        args::Counts::Proportional(total) => Counts::Proportional(*total),
        args::Counts::Own(own) => {
            let find = |label: &str| own.iter().find(|(name, _)| name == label).map(|(_, n)| *n);
            if let Some((name, _)) = own
                .iter()
                .find(|(name, _)| name != "*" && !labels.contains(name))
            {
                return usage(format!(
                    "--prototypes-per-class: there is no word {name:?} here"
                ));
            }
            let count = |label: &String| match find(label).or(find("*")) {
                Some(n) => Ok(n),
                None => usage(format!(
                    "--prototypes-per-class: nothing is said of {label:?}; add {label}=N, or *=N for all others"
                )),
            };
            Counts::Own(labels.iter().map(count).collect::<anyhow::Result<_>>()?)
        }
    })
}

/// Where the prototypes start; a file decides more than that.
fn start(config: &mut TrainConfig, options: &TrainOptions) -> anyhow::Result<()> {
    config.start = match (&options.init_from, &options.init) {
        (Some(path), _) => {
            let (input, start) = models::load_start(path)?;
            let is_alike = match (&input, &config.input) {
                (Input::Vectors(_), Input::Vectors(_)) => true,
                (Input::Audio(theirs), Input::Audio(ours)) => {
                    let default = TrainOptions::default();
                    let is_free = options.align == default.align
                        && options.frames.is_none()
                        && options.sample_rate.is_none();
                    is_free || theirs == ours
                }
                _ => false,
            };
            if !is_alike {
                return usage(format!(
                    "{}: was made of other vectors than these; leave away --align, --frames and --sample-rate, or make it \
                     from the same corpus",
                    path.display()
                ));
            }
            if input.pipeline().is_some() {
                config.input = input;
            }
            start
        }
        (None, InitMethod::Kmeans) => Init::KMeans.into(),
        (None, InitMethod::Sample) => Init::Sample.into(),
        (None, InitMethod::ClassMean) => Init::ClassMean.into(),
        (None, InitMethod::Som) => Init::Som.into(),
        (None, InitMethod::File(path)) => own(path, &config.input)?,
    };
    Ok(())
}

/// Brings the columns of a table into the order of the units or the model that its training starts from.
pub fn arrange(data: &mut Data, options: &TrainOptions, path: &Path) -> anyhow::Result<()> {
    match &options.init_from {
        Some(start) => data.arrange(&models::load_start(start)?.0, path),
        None => Ok(()),
    }
}

/// Labelled vectors as prototypes.
fn own(path: &Path, input: &Input) -> anyhow::Result<Start> {
    if models::load_start(path).is_ok() {
        return usage(format!(
            "--init {0}: is a model or codebook; give --init-from {0}",
            path.display()
        ));
    }
    let mut set = VectorSet::open(path, &mynah_corpus::VectorOptions::default())?;
    if let Input::Vectors(input) = input {
        dataset::arrange(&mut set, input, path)?;
    }
    anyhow::ensure!(
        set.is_labelled && set.corpus.problems.is_empty(),
        "{}: every prototype needs a label and finite values",
        path.display()
    );
    Ok(Start::Own(mynah::OwnStart {
        labels: set
            .corpus
            .clips
            .iter()
            .map(|clip| clip.label.clone())
            .collect(),
        values: set.values,
        scaler: None,
        metric: mynah::lvq::Metric::Euclidean,
    }))
}

/// The commonest rate among clips spread over the corpus, at most 16 kHz: a model should hear what its corpus holds,
/// and no more than speech needs.
pub fn commonest_rate(clips: &[&Clip]) -> u32 {
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

/// The words of some clips, sorted, numbers by their value: the order of a model's classes.
pub fn labels(clips: &[&Clip]) -> Vec<String> {
    let labels: BTreeSet<&str> = clips.iter().map(|clip| clip.label.as_str()).collect();
    let mut labels: Vec<String> = labels.into_iter().map(str::to_string).collect();
    let numbers: Option<Vec<i64>> = labels.iter().map(|label| label.parse().ok()).collect();
    if numbers.is_some() {
        labels.sort_by_key(|label| label.parse::<i64>().unwrap_or(0));
    }
    labels
}

/// The words of what was heard.
pub fn labels_of(rows: &[Row<'_>]) -> Vec<String> {
    labels(&rows.iter().map(|row| row.clip).collect::<Vec<_>>())
}

/// What was heard, as a training takes it; `labels` are the words it may use, others are left out.
pub fn training_set(dim: usize, rows: &[Row<'_>], labels: Vec<String>) -> TrainingSet {
    let rows = rows.iter().filter(|row| labels.contains(&row.clip.label));
    let mut set = TrainingSet::new(dim, labels.clone());
    for row in rows {
        let name = row.clip.path.display().to_string();
        let label = &row.clip.label;
        match &row.heard.example {
            Example::Sound(sound) => set.push_sound(sound.clone(), label, name),
            Example::Vector(vector) => set.push_clip(vector, label, name),
        }
    }
    set
}

/// Says in a card what was heard.
pub fn note_clips(provenance: &mut Provenance, rows: &[Row<'_>]) {
    let clips: Vec<&Clip> = rows.iter().map(|row| row.clip).collect();
    provenance.n_clips = rows.len();
    provenance.speakers = splits::speakers(&clips);
    provenance.clips = rows.iter().map(|row| row.heard.digest).collect();
    provenance.clips.sort_unstable();
}

/// Trains on what was heard; a bar shows the passes.
pub fn train(
    config: &TrainConfig,
    rows: &[Row<'_>],
    provenance: Provenance,
) -> anyhow::Result<Model> {
    Ok(train_in(config, rows, provenance, Session::default())?.model)
}

/// [`train`] with validation and checkpoints.
pub fn train_in(
    config: &TrainConfig,
    rows: &[Row<'_>],
    mut provenance: Provenance,
    session: Session<'_>,
) -> anyhow::Result<Trained> {
    let set = training_set(config.input.dim()?, rows, labels_of(rows));
    note_clips(&mut provenance, rows);
    let bar = clips::progress(config.rule.n_epochs(), "training");
    let trained = mynah::train_in(config, set, provenance, session, &mut |_| {
        bar.inc(1);
        if interrupt::requested() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    bar.finish_and_clear();
    interrupt::check()?;
    Ok(trained?)
}

/// The rule of a training, for those that print it; what was only enrolled has none.
pub fn rule_name(rule: Option<&RuleConfig>) -> &'static str {
    rule.map_or("enrolled", RuleConfig::name)
}

/// Adds the file to an error of a training; a setting out of range is the command line's.
pub fn cannot_train<T, E: Into<anyhow::Error>>(
    result: Result<T, E>,
    path: &Path,
) -> anyhow::Result<T> {
    result.map_err(|error| {
        let error = error.into();
        let is_setting = matches!(
            error.downcast_ref(),
            Some(mynah::Error::Lvq(mynah::lvq::Error::Config { .. }))
        );
        let what = format!("{}: cannot train", path.display());
        match is_setting {
            true => Usage(format!("{what}: {}", explain(&error))).into(),
            false => error.context(what),
        }
    })
}
