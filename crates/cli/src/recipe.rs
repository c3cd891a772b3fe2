//! A training as the command that repeats it.

use std::path::Path;

use crate::args::{self, CourseOptions};
use crate::commands::train::Request;
use crate::training::Plan;

/// The command that repeats a training but for its output, without what does not change its result.
pub fn command(request: &Request<'_>, course: &CourseOptions, plan: &Plan) -> String {
    let Request {
        path: corpus,
        options,
        split,
        data_options: data,
        align,
        held_back,
    } = *request;
    let config = &plan.config;
    let mut words = vec![format!("mynah train {} -o MODEL", quoted(corpus))];
    if let Some(labels) = &data.labels {
        words.push(format!("--labels {}", quoted(labels)));
    }
    if let Some(column) = &data.label_column {
        words.push(format!("--label-column {}", quoted(Path::new(column))));
    }
    if data.missing {
        words.push("--missing".to_string());
    }
    if let Some(part) = split.split {
        words.push(format!("--split {}", args::name(part)));
    }
    if let Some(by) = split.split_by {
        words.push(format!("--split-by {}", args::name(by)));
    }
    if let Some(seed) = held_back {
        words.push(format!("--split-seed {seed}"));
    }
    if let Some(n_frames) = options.frames {
        words.push(format!("--frames {n_frames}"));
    }
    words.push(format!(
        "--algorithm {} --epochs {}",
        config.rule.name(),
        config.rule.n_epochs()
    ));
    if let Some(rate) = options.learning_rate {
        words.push(format!("--learning-rate {rate}"));
    }
    words.extend(
        options
            .set
            .iter()
            .map(|set| format!("--set {}", quoted(Path::new(set)))),
    );
    if let Some(pipeline) = config.input.pipeline() {
        let (align, augment) = (args::name(align), args::name(options.augment));
        let rate = pipeline.mfcc.sample_rate;
        words.push(format!(
            "--align {align} --augment {augment} --sample-rate {rate}"
        ));
    }
    match &options.init_from {
        Some(path) => words.push(format!("--init-from {}", quoted(path))),
        None => words.push(format!(
            "--init {} --prototypes-per-class {}",
            options.init,
            quoted(Path::new(&options.prototypes_per_class.to_string()))
        )),
    }
    if let Some(standardise) = options.standardise {
        words.push(format!("--standardise {}", args::name(standardise)));
    }
    if config.is_balanced {
        words.push("--class-weight balanced".to_string());
    }
    if let Some(aware) = config.quantize_aware {
        let (bits, delay) = (aware.bits, aware.delay);
        words.push(format!(
            "--quantize-aware --bits {bits} --quant-delay {delay}"
        ));
    }
    if let Some(part) = course.validation {
        let (part, patience) = (args::name(part), course.patience);
        words.push(format!("--validation {part} --patience {patience}"));
    }
    words.push(format!("--seed {}", config.seed));
    words.join(" ")
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
