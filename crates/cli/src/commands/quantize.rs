//! `mynah quantize`: a model in whole numbers, held against the one it was made of.

use mynah::lvq::{Reach, Steps};
use mynah::{Compared, Comparison, Decision, Model, Pipeline, Quantizer};
use mynah_corpus::{Clip, Split};
use mynah_eval::Paired;
use rayon::prelude::*;
use serde::Serialize;

use super::eval::{sample_rate, warn};
use crate::args::{Global, Quantize, ReachBy, SplitOptions, StepsOf};
use crate::clips::{self, Stretch};
use crate::dataset::Data;
use crate::evaluation::{Answer, Evaluation};
use crate::files::Files;
use crate::models::load;
use crate::report::{interval, percent};
use crate::splits::{self, Part};
use crate::status::{Skipped, Status, usage};
use crate::{output, report};

/// Flips that the text shows.
const N_FLIPS: usize = 10;
/// Clips of a word that tell how far its values reach.
const N_EACH: usize = 5;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary {
    model: String,
    bits: u8,
    how: String,
    /// Step of the inputs' levels, in units of the standardised images.
    step: f32,
    /// Step of the prototypes' levels over it.
    multiple: u8,
    bytes_before: usize,
    bytes_after: usize,
    test: Option<Test>,
}

/// Both models on the same clips.
#[derive(Serialize)]
struct Test {
    corpus: String,
    split: String,
    n: usize,
    accuracy_before: f64,
    interval_before: [f64; 2],
    accuracy_after: f64,
    interval_after: [f64; 2],
    /// First: in floating-point numbers; second: in whole numbers.
    paired: Paired,
    /// Share of the clips that both call the same.
    agreement: f64,
    /// Share of the decisions that rounding is proven not to change.
    safe_share: f64,
    /// Share of the input values beyond the range.
    saturated: f64,
    flips: Vec<Flip>,
}

/// A clip that the two call by different names.
#[derive(Serialize)]
struct Flip {
    path: String,
    truth: String,
    before: String,
    after: String,
    margin_before: f32,
}

pub fn run(args: &Quantize, global: &Global) -> anyhow::Result<Status> {
    let to_stdout = output::is_stdout(&args.output);
    if to_stdout && args.json {
        return usage("-o - and --json would mix on standard output; name a file for the model");
    }
    let mut files = Files::default().read([&args.model]).read(&args.data.labels);
    for corpus in args.calibrate.iter().chain(&args.test) {
        files = files.read_corpus(corpus);
    }
    let files = files.write([&args.output]);
    files.check()?;
    let (model, bytes_before) = load(&args.model)?;
    let named = |error| anyhow::anyhow!("{}: {error}", args.model.display());
    let mut quantizer = Quantizer::new(&model).map_err(named)?;
    let learnt = model.provenance().learnt_grid;
    let as_learnt = learnt.filter(|_| args.calibrate.is_none());
    if let Some(grid) = as_learnt {
        check_learnt(args, grid.bits)?;
    }
    let default = learnt.map_or(8, |grid| grid.bits);
    let bits = args.bits.unwrap_or(default);
    let mut skipped = Skipped::new(global.strict);
    let calibration = match (&args.calibrate, as_learnt) {
        (Some(path), _) => {
            let free = SplitOptions {
                split: None,
                ..args.split.clone()
            };
            let mut data = splits::open_for(&model, path, &args.data, &free, &mut skipped)?;
            files.check_clips(&data)?;
            splits::as_trained(&mut data, &model, &free);
            let part = splits::part(path, &data, &free, Split::Train)?;
            meet(&mut quantizer, &model, &data, &part, &mut skipped)?;
            let n = quantizer.n_vectors();
            if n < N_EACH * model.labels().len() {
                output::note(format!(
                    "note: {n} {} are few to tell how far the values reach; some dozens of each of the {} {} would tell",
                    data.nouns().clips,
                    model.labels().len(),
                    data.nouns().words
                ));
            }
            format!(
                "range from {n} {} of {}, split {}",
                data.nouns().clips,
                path.display(),
                part.name
            )
        }
        (None, Some(_)) => "on the grid of its training".to_string(),
        (None, None) => {
            quantizer.guess();
            "range guessed from the prototypes".to_string()
        }
    };
    let reach = match args.reach {
        ReachBy::Max => Reach::Max,
        ReachBy::Percentile => Reach::Percentile(args.percentile),
        ReachBy::LeastError => Reach::LeastError,
    };
    let steps = match args.steps {
        StepsOf::Same => Steps::Same,
        StepsOf::PerDimension => Steps::PerDimension,
    };
    let (whole, how) = match as_learnt {
        Some(grid) => (quantizer.quantize_on(grid), calibration),
        None => (
            quantizer.quantize(bits, reach, steps),
            format!("{}, {calibration}", described(args)),
        ),
    };
    let mut whole = whole.map_err(named)?;
    let how = format!("{bits} bits, {how}");
    whole.set_quantized(how.clone());
    if args.bare {
        whole = whole.bare();
    }
    let bytes = whole.to_bytes();
    let test = test(
        args,
        (&model, bytes_before),
        (&whole, bytes.len()),
        &mut skipped,
    )?;
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    let grid = whole.quantized().expect("just quantized").grid();
    let summary = Summary {
        model: args.output.display().to_string(),
        bits,
        how,
        step: grid.step,
        multiple: grid.multiple,
        bytes_before,
        bytes_after: bytes.len(),
        test,
    };
    if args.json {
        output::json(&summary)?;
    } else if !to_stdout {
        output::remark(text(&summary))?;
    }
    Ok(skipped.finish())
}

/// Refuses what would not be the grid that the model was trained on.
fn check_learnt(args: &Quantize, learnt: u8) -> anyhow::Result<()> {
    let name = args.model.display();
    if let Some(bits) = args.bits.filter(|&bits| bits != learnt) {
        return usage(format!(
            "{name}: was trained for {learnt} bits; leave out --bits, or find a grid of {bits} bits with --calibrate CORPUS"
        ));
    }
    if args.reach != ReachBy::LeastError || args.steps != StepsOf::Same {
        return usage(format!(
            "{name}: was trained on a grid; leave out --reach and --steps, or find another with --calibrate CORPUS"
        ));
    }
    Ok(())
}

fn described(args: &Quantize) -> String {
    let reach = match args.reach {
        ReachBy::Max => "to the greatest magnitude".to_string(),
        ReachBy::Percentile => format!("to percentile {}", args.percentile),
        ReachBy::LeastError => "to where the error is least".to_string(),
    };
    match args.steps {
        StepsOf::Same => reach,
        StepsOf::PerDimension => format!("{reach}, a step for each value"),
    }
}

/// Lets the quantizer meet a part of a corpus.
fn meet(
    quantizer: &mut Quantizer<'_>,
    model: &Model,
    data: &Data,
    part: &Part<'_>,
    skipped: &mut Skipped,
) -> anyhow::Result<()> {
    match (data, model.pipeline()) {
        (Data::Audio(_), Some(config)) => {
            let pipeline = Pipeline::new(config)?;
            clips::for_each(
                &part.clips,
                "calibrating",
                skipped,
                || pipeline.clone(),
                |pipeline, clip| log_mels(pipeline, clip, sample_rate(model)).map(|heard| heard.0),
                |_, log_mels| {
                    quantizer.meet_sound(&log_mels);
                    Ok(())
                },
            )
        }
        (Data::Vectors(set), _) => {
            part.rows
                .iter()
                .for_each(|&row| quantizer.meet_vector(set.row(row)));
            Ok(())
        }
        (Data::Audio(_), None) => unreachable!("the data were checked to be for the model"),
    }
}

/// A clip's log mel energies, and its digest.
fn log_mels(pipeline: &mut Pipeline, clip: &Clip, rate: u32) -> anyhow::Result<(Vec<f32>, u64)> {
    let sound = Stretch::from(clip).hear(rate)?;
    let mut log_mels = Vec::new();
    pipeline
        .log_mels_into(&sound.audio.samples, &mut log_mels)
        .map_err(|error| anyhow::anyhow!("{}: {error}", clip.path.display()))?;
    Ok((log_mels, sound.digest))
}

/// Holds both models against each other where there is something to test them on.
fn test(
    args: &Quantize,
    before: (&Model, usize),
    after: (&Model, usize),
    skipped: &mut Skipped,
) -> anyhow::Result<Option<Test>> {
    let Some(path) = args.test.as_ref().or(args.calibrate.as_ref()) else {
        return Ok(None);
    };
    let n_skipped = skipped.count();
    let mut data = splits::open_for(before.0, path, &args.data, &args.split, skipped)?;
    splits::as_trained(&mut data, before.0, &args.split);
    if args.test.is_none() && !data.corpus().has_splits() {
        output::note(format!(
            "note: {} has no test part, so nothing was tested; give one with --test, or make parts with --split-by",
            path.display()
        ));
        return Ok(None);
    }
    let part = splits::part(path, &data, &args.split, Split::Test)?;
    let compared = compare(before.0, after.0, &data, &part, skipped)?;
    let n_skipped = skipped.count() - n_skipped;
    let evaluation = |(model, bytes): (&Model, usize), side: Side| {
        let answers: Vec<Answer<'_>> = compared
            .iter()
            .map(|(clip, digest, both)| Answer::new(before.0, clip, side(both), *digest, 0.0, 0.0))
            .collect();
        Evaluation::new(
            &answers,
            model.labels(),
            bytes,
            path,
            &part.name,
            n_skipped,
            data.nouns(),
        )
    };
    let first = evaluation(before, |both| &both.before)?;
    let second = evaluation(after, |both| &both.after)?;
    warn(&first, before.0, &data, &part);
    Ok(Some(Test::new(&first, &second, &compared)))
}

/// Which of the two decisions.
type Side = for<'a, 'm> fn(&'a Compared<'m>) -> &'a Decision<'m>;

/// A clip, its digest, and what both models say of it.
type Heard<'c, 'm> = (&'c Clip, u64, Compared<'m>);

/// What both models say of every clip of a part.
fn compare<'c, 'm>(
    before: &'m Model,
    after: &'m Model,
    data: &Data,
    part: &Part<'c>,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<Heard<'c, 'm>>> {
    let comparison = || Comparison::new(before, after).expect("the second was made from the first");
    let Data::Vectors(set) = data else {
        let pipeline = Pipeline::new(before.pipeline().expect("a model of sound"))?;
        let rate = sample_rate(before);
        let heard = clips::map(
            &part.clips,
            "comparing",
            skipped,
            || (pipeline.clone(), comparison()),
            |(pipeline, comparison), clip| {
                let (log_mels, digest) = log_mels(pipeline, clip, rate)?;
                Ok((*clip, digest, comparison.sound(&log_mels)))
            },
        )?;
        return Ok(heard.into_iter().map(|(_, heard)| heard).collect());
    };
    let rows = part.clips.par_iter().zip(&part.rows);
    let compared = rows.map_init(comparison, |comparison, (clip, &row)| {
        let values = set.row(row);
        (*clip, mynah::clip_digest(values), comparison.vector(values))
    });
    Ok(compared.collect())
}

impl Test {
    fn new(before: &Evaluation, after: &Evaluation, compared: &[Heard<'_, '_>]) -> Self {
        let n = compared.len();
        let share = |count: usize| count as f64 / n as f64;
        let is_right = |clip: &Clip, decision: &Decision<'_>| decision.label == clip.label;
        let pairs: Vec<(bool, bool)> = compared
            .iter()
            .map(|(clip, _, both)| (is_right(clip, &both.before), is_right(clip, &both.after)))
            .collect();
        let flipped = compared
            .iter()
            .filter(|(.., both)| both.before.label != both.after.label);
        let flips: Vec<Flip> = flipped
            .map(|(clip, _, both)| Flip {
                path: clip.path.display().to_string(),
                truth: clip.label.clone(),
                before: both.before.label.to_string(),
                after: both.after.label.to_string(),
                margin_before: both.before.margin,
            })
            .collect();
        let n_values: usize = compared.iter().map(|(.., both)| both.n_values).sum();
        let n_saturated: usize = compared.iter().map(|(.., both)| both.n_saturated).sum();
        Self {
            corpus: before.corpus.clone(),
            split: before.split.clone(),
            n,
            accuracy_before: before.report.accuracy,
            interval_before: before.report.interval,
            accuracy_after: after.report.accuracy,
            interval_after: after.report.interval,
            paired: Paired::new(&pairs),
            agreement: share(n - flips.len()),
            safe_share: share(compared.iter().filter(|(.., both)| both.is_safe).count()),
            saturated: n_saturated as f64 / n_values.max(1) as f64,
            flips,
        }
    }
}

fn text(summary: &Summary) -> String {
    let (before, after) = (summary.bytes_before, summary.bytes_after);
    let mut text = format!(
        "{}: {before} bytes before, {after} after ({:.1} times smaller)\n{}; step {:.5}, of a prototype {} times that",
        summary.model,
        before as f64 / after as f64,
        summary.how,
        summary.step,
        summary.multiple
    );
    let Some(test) = &summary.test else {
        return text;
    };
    text += &format!(
        "\n\n{}, split {}: {} tested\n\
         accuracy    {} % before ({}), {} % after ({})\n\
         changed     {} right to wrong, {} wrong to right; by chance with probability {:.3} (McNemar, exact)\n\
         agreement   {} % of the decisions are the same, {} % of all are proven to be\n\
         saturated   {:.4} % of the input values lie beyond the range",
        test.corpus,
        test.split,
        test.n,
        percent(test.accuracy_before),
        interval(test.interval_before),
        percent(test.accuracy_after),
        interval(test.interval_after),
        test.paired.only_first,
        test.paired.only_second,
        test.paired.p,
        percent(test.agreement),
        percent(test.safe_share),
        100.0 * test.saturated
    );
    if !test.flips.is_empty() {
        let rows = test.flips.iter().take(N_FLIPS).map(|flip| {
            let margin = format!("{:.3}", flip.margin_before);
            vec![
                flip.truth.clone(),
                flip.before.clone(),
                flip.after.clone(),
                margin,
                flip.path.clone(),
            ]
        });
        let header = ["said", "before", "after", "margin before", "clip"];
        let table = report::section(
            "other answers",
            &header,
            rows,
            test.flips.len().min(N_FLIPS),
        );
        text += &format!("\n\n{}", table.trim_end());
        if test.flips.len() > N_FLIPS {
            text += &format!("\n... {} in all; --json lists them", test.flips.len());
        }
    }
    text
}
