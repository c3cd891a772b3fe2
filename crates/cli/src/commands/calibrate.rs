//! `mynah calibrate`: when a model's answers are to be believed.

use std::path::Path;

use mynah::lvq::{Calibration, Goal, Judged};
use mynah::{Reject, Trust};
use mynah_corpus::Split;
use mynah_eval::ProbabilityReport;
use serde::Serialize;

use super::budget;
use super::eval::{Test, evaluate};
use crate::args::{Calibrate, Global, RejectBy};
use crate::evaluation::{Answer, ByThresholds};
use crate::files::Files;
use crate::models::load;
use crate::report::percent;
use crate::status::{Skipped, Status, usage};
use crate::{output, splits};

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    model: String,
    corpus: String,
    split: &'a str,
    n: usize,
    n_skipped: usize,
    accuracy: f64,
    /// What the thresholds do to the answers they were fitted to.
    thresholds: Option<&'a ByThresholds>,
    /// A margin m taken as the probability (1 + m) / 2.
    before: &'a ProbabilityReport,
    /// Fitted to one half of the answers and measured on the other, both ways.
    after: &'a ProbabilityReport,
}

pub fn run(args: &Calibrate, global: &Global) -> anyhow::Result<Status> {
    match (args.max_false_alarms_per_hour, &args.corpus) {
        (Some(per_hour), _) => budget::run(args, per_hour, global),
        (None, Some(corpus)) => by_corpus(args, corpus, global),
        (None, None) => usage("give a corpus, or --max-false-alarms-per-hour with --negatives"),
    }
}

fn by_corpus(args: &Calibrate, path: &Path, global: &Global) -> anyhow::Result<Status> {
    let to_stdout = output::is_stdout(&args.output);
    if to_stdout && args.json {
        return usage("-o - and --json would mix on standard output; name a file for the model");
    }
    let files = Files::default()
        .read([&args.model])
        .read_corpus(path)
        .read(&args.data.labels)
        .write([&args.output]);
    files.check()?;
    let goal = match (args.accuracy, args.rejected) {
        (Some(share), _) if share > 0.0 => Some(Goal::Accuracy(share)),
        (Some(_), _) => {
            return usage("--accuracy 0 is reached by every answer; give a share above 0");
        }
        (None, Some(share)) if share < 1.0 => Some(Goal::Rejected(share)),
        (None, Some(_)) => {
            return usage("--rejected 1 withholds every answer; give a share below 1");
        }
        (None, None) if args.reject == RejectBy::PerPrototype => {
            return usage("--reject says which thresholds; give --accuracy or --rejected too");
        }
        (None, None) => None,
    };
    let reject = match args.reject {
        RejectBy::PerModel => Reject::PerModel,
        RejectBy::PerPrototype => Reject::PerPrototype,
    };
    let (model, model_bytes) = load(&args.model)?;
    let mut skipped = Skipped::new(global.strict);
    let mut data = splits::open_for(&model, path, &args.data, &args.split, &mut skipped)?;
    files.check_clips(&data)?;
    splits::as_trained(&mut data, &model, &args.split);
    let part = splits::part(path, &data, &args.split, Split::Validation)?;
    let (evaluation, answers) = evaluate(
        &model,
        model_bytes,
        &Test {
            path,
            data: &data,
            part: &part,
            noise: None,
        },
        &mut skipped,
    )?;
    if evaluation.clips_in_training == answers.len() {
        return usage(format!(
            "{}: the model learnt every one of these {}; on them it is surer than on others. Give {} it has not learnt",
            path.display(),
            data.nouns().clips,
            data.nouns().clips
        ));
    }
    output::note(evaluation.warning());
    let judged: Vec<Judged> = answers.iter().map(judged).collect();
    let n_prototypes = model.prototypes().n_prototypes();
    let mut trust = Trust::fit(&judged, n_prototypes, goal.map(|goal| (reject, goal)))?;
    trust.corpus = path.display().to_string();
    trust.split = part.name.clone();
    trust.clips = answers.iter().map(|answer| answer.digest).collect();
    trust.clips.sort_unstable();
    let thresholds = trust.thresholds.clone();
    let sure = model.with_trust(Some(trust))?;
    let bytes = sure.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;

    let withheld = thresholds.map(|thresholds| {
        by_thresholds(&judged, |answer| {
            thresholds.accepts_certainty(answer.winner, answer.certainty)
        })
    });
    let (before, after) = reports(&judged)?;
    if after.log_loss > before.log_loss {
        output::note(format!(
            "note: the probabilities are worse than the margins taken as such (log loss {:.4}, before {:.4}); give more {} to \
             calibrate on",
            after.log_loss,
            before.log_loss,
            data.nouns().clips
        ));
    }
    if args.json {
        return output::json(&Summary {
            model: args.output.display().to_string(),
            corpus: path.display().to_string(),
            split: &part.name,
            n: answers.len(),
            n_skipped: evaluation.n_skipped,
            accuracy: evaluation.report.accuracy,
            thresholds: withheld.as_ref(),
            before: &before,
            after: &after,
        })
        .map(|()| skipped.finish());
    }
    if !to_stdout {
        output::remark(format!(
            "calibrated on {}\nprobabilities: log loss {:.4}, expected calibration error {:.4}; before (margin m as (1 + m) / 2) \
             {:.4} and {:.4}\n               (fitted to one half, measured on the other, both ways)",
            splits::describe(path, &data, &part),
            after.log_loss,
            after.ece,
            before.log_loss,
            before.ece
        ))?;
        if let Some(by) = &withheld {
            output::remark(format!(
                "thresholds: withhold {} of these {} answers, {} of them wrong; {} % of the others are right, of all {} %",
                by.n_rejected,
                answers.len(),
                by.n_wrong_rejected,
                by.accuracy.map_or("-".to_string(), percent),
                percent(evaluation.report.accuracy)
            ))?;
            warn_of_goal(goal, by, answers.len());
        }
        output::remark(format!("{}: {} bytes", args.output.display(), bytes.len()))?;
    }
    Ok(skipped.finish())
}

fn judged(answer: &Answer<'_>) -> Judged {
    Judged {
        winner: answer.prototype,
        certainty: answer.certainty,
        is_right: answer.is_right(),
    }
}

fn by_thresholds(answers: &[Judged], accepts: impl Fn(&Judged) -> bool) -> ByThresholds {
    let (given, withheld): (Vec<&Judged>, Vec<&Judged>) =
        answers.iter().partition(|answer| accepts(answer));
    let n_right = given.iter().filter(|answer| answer.is_right).count();
    ByThresholds {
        n_rejected: withheld.len(),
        n_wrong_rejected: withheld.iter().filter(|answer| !answer.is_right).count(),
        accuracy: (!given.is_empty()).then(|| n_right as f64 / given.len() as f64),
    }
}

fn warn_of_goal(goal: Option<Goal>, by: &ByThresholds, n: usize) {
    if let Some(Goal::Accuracy(share)) = goal
        && by.accuracy.is_none_or(|accuracy| accuracy < share)
    {
        output::note(format!(
            "WARNING: no thresholds reach {} % on these {n} answers; what comes nearest was taken",
            percent(share)
        ));
    }
}

/// Probabilities before, and after by fitting to one half and measuring on the other, both ways.
fn reports(answers: &[Judged]) -> anyhow::Result<(ProbabilityReport, ProbabilityReport)> {
    let pair = |answer: &Judged| (answer.certainty, answer.is_right);
    let before: Vec<(f64, bool)> = answers
        .iter()
        .map(|answer| ((1.0 + answer.certainty) / 2.0, answer.is_right))
        .collect();
    // Neighbours in certainty go into different halves, whatever the order of the clips.
    let mut sorted: Vec<(f64, bool)> = answers.iter().map(pair).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = |first: usize| -> Vec<(f64, bool)> {
        sorted.iter().skip(first).step_by(2).copied().collect()
    };
    let mut after = Vec::with_capacity(sorted.len());
    for (fit, measure) in [(half(0), half(1)), (half(1), half(0))] {
        // A single answer can only be fitted to itself.
        let fit = if fit.is_empty() { &measure } else { &fit };
        let calibration = Calibration::fit(fit)?;
        let judge =
            |&(certainty, is_right): &(f64, bool)| (calibration.probability(certainty), is_right);
        after.extend(measure.iter().map(judge));
    }
    let report = |pairs: &[(f64, bool)]| {
        ProbabilityReport::new(pairs).ok_or_else(|| anyhow::anyhow!("there are no answers"))
    };
    Ok((report(&before)?, report(&after)?))
}
