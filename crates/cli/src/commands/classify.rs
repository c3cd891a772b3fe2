//! `mynah classify`: what was said in each recording, or what each row of vectors is.

use std::path::Path;

use mynah::{Decision, Explanation, Input, Model, Recognizer};
use mynah_audio::Channel;
use mynah_corpus::VectorSet;
use serde::Serialize;

use super::eval::sample_rate;
use super::why::{self, Why};
use crate::args::{Classify, Global};
use crate::clips::{self, Stretch};
use crate::models::load;
use crate::status::{Skipped, Status, explain, usage};
use crate::{dataset, output};

/// What is answered where the model is not certain enough.
const UNKNOWN: &str = "unknown";

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    path: String,
    #[serde(flatten)]
    verdict: Verdict<'a>,
    #[serde(flatten)]
    why: Option<Why>,
}

/// A decision as it is told.
#[derive(Serialize)]
pub struct Verdict<'a> {
    /// `unknown` where the model's thresholds withhold the answer.
    label: &'a str,
    /// Whether they let it pass; tells a word `unknown` from an answer withheld.
    accepted: bool,
    /// The nearest word, whatever the thresholds.
    nearest: &'a str,
    distance: f32,
    runner_up: Option<&'a str>,
    margin: f32,
    /// Probability that `nearest` is right, for a calibrated model.
    probability: Option<f64>,
}

impl<'a> From<&Decision<'a>> for Verdict<'a> {
    fn from(decision: &Decision<'a>) -> Self {
        Self {
            label: decision.answer().unwrap_or(UNKNOWN),
            accepted: decision.is_accepted,
            nearest: decision.label,
            distance: decision.distance,
            runner_up: decision.runner_up,
            margin: decision.margin,
            probability: decision.probability,
        }
    }
}

impl std::fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\tmargin {:.2}", self.label, self.margin)?;
        if let Some(probability) = self.probability {
            write!(f, ", probability {probability:.2}")?;
        }
        if !self.accepted {
            write!(f, ", nearest: {}", self.nearest)?;
        }
        match self.runner_up {
            Some(label) => write!(f, ", next: {label}"),
            None => Ok(()),
        }
    }
}

/// A decision, with its reasons where they are asked for.
enum Answer<'m> {
    Plain(Decision<'m>),
    Explained(Box<Explanation<'m>>),
}

impl<'m> Answer<'m> {
    fn decision(&self) -> &Decision<'m> {
        match self {
            Self::Plain(decision) => decision,
            Self::Explained(explanation) => &explanation.decision,
        }
    }
}

pub fn run(args: &Classify, global: &Global) -> anyhow::Result<Status> {
    let (model, _) = load(&args.model)?;
    if args.why && model.quantized().is_some() {
        let fault = mynah::Error::Quantized;
        return usage(format!("{}: {fault}", args.model.display()));
    }
    let mut skipped = Skipped::new(global.strict);
    let n_answers = match model.pipeline() {
        Some(_) => recordings(&model, args, &mut skipped)?,
        None => rows(&model, args, &mut skipped)?,
    };
    anyhow::ensure!(
        n_answers > 0,
        "not one {} could be used; see above",
        match model.pipeline() {
            Some(_) => "recording",
            None => "row",
        }
    );
    Ok(skipped.finish())
}

fn recordings(model: &Model, args: &Classify, skipped: &mut Skipped) -> anyhow::Result<usize> {
    if args.label_column.is_some() {
        return usage("--label-column is for tables, and this model takes recordings");
    }
    let rate = sample_rate(model);
    let mut n_heard = 0;
    clips::for_each(
        &args.audio,
        "listening",
        skipped,
        || Recognizer::new(model),
        |recognizer, path| {
            anyhow::ensure!(
                !path.is_dir(),
                "{0}: is a folder; name the recordings in it, as {0}/*.wav, or give it to `mynah eval`",
                path.display()
            );
            let stretch = Stretch::whole(path);
            let audio = stretch.read(args.channel.channel)?;
            stretch.check_sound(&audio)?;
            let samples = stretch.at_rate(audio, rate)?.samples;
            let answer = match args.why {
                false => recognizer.classify(&samples).map(Answer::Plain),
                true => recognizer
                    .explain(&samples)
                    .map(|why| Answer::Explained(Box::new(why))),
            };
            answer.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
        },
        |index, answer| {
            n_heard += 1;
            say(model, args, &args.audio[index], &answer)
        },
    )?;
    Ok(n_heard)
}

fn rows(model: &Model, args: &Classify, skipped: &mut Skipped) -> anyhow::Result<usize> {
    if args.channel.channel != Channel::Mix {
        return usage("--channel is for recordings, and this model takes vectors");
    }
    let mut recognizer = Recognizer::new(model);
    let mut n_rows = 0;
    for path in &args.audio {
        let set = match open(model, args, path) {
            Ok(set) => set,
            Err(error) => {
                skipped.add(explain(&error))?;
                continue;
            }
        };
        crate::splits::report_problems(&set.corpus, skipped)?;
        for (row, clip) in set.corpus.clips.iter().enumerate() {
            let answer = match args.why {
                false => Answer::Plain(recognizer.decide(set.row(row))),
                true => Answer::Explained(Box::new(recognizer.explain_vector(set.row(row))?)),
            };
            n_rows += 1;
            say(model, args, &clip.path, &answer)?;
        }
    }
    Ok(n_rows)
}

fn open(model: &Model, args: &Classify, path: &std::path::Path) -> anyhow::Result<VectorSet> {
    let dim = model.prototypes().dim();
    let mut options = mynah_corpus::VectorOptions::default();
    options.label_column.clone_from(&args.label_column);
    options.dim = Some(dim);
    options.keep_missing = model.input().has_missing();
    anyhow::ensure!(
        !path.is_file() || VectorSet::is_at(path),
        "{}: holds no vectors; the model takes rows of {dim} values (csv, npy, npz, IDX)",
        path.display()
    );
    let mut set = VectorSet::open(path, &options)?;
    anyhow::ensure!(
        set.dim() == dim,
        "{}: has rows of {} values, the model takes {dim}; give it data like those it was trained on",
        path.display(),
        set.dim()
    );
    if let Input::Vectors(input) = model.input() {
        dataset::arrange(&mut set, input, path)?;
    }
    Ok(set)
}

fn say(model: &Model, args: &Classify, path: &Path, answer: &Answer<'_>) -> anyhow::Result<()> {
    let verdict = Verdict::from(answer.decision());
    let path = path.display();
    if args.json {
        return output::json(&Line {
            path: path.to_string(),
            verdict,
            why: match answer {
                Answer::Plain(_) => None,
                Answer::Explained(explanation) => Some(Why::new(model, explanation)),
            },
        });
    }
    output::line(format!("{path}\t{verdict}"))?;
    match answer {
        Answer::Plain(_) => Ok(()),
        Answer::Explained(explanation) => output::line(why::text(model, explanation)),
    }
}
