//! `mynah quantize`: a model in whole numbers, held against the one it was made of.

use mynah::lvq::{Reach, Steps};
use mynah::{Model, Pipeline, Quantizer};
use mynah_corpus::Split;
use serde::Serialize;

use super::compared::{self, ComparedModels, log_mels};
use super::eval::sample_rate;
use crate::args::{Global, Quantize, ReachBy, SplitOptions, StepsOf};
use crate::clips;
use crate::dataset::Data;
use crate::files::Files;
use crate::models::load;
use crate::output;
use crate::splits::{self, Part};
use crate::status::{Skipped, Status, usage};

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
    test: Option<ComparedModels>,
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
    files.check_model()?;
    let (model, bytes_before) = load(&args.model)?;
    let named = |error| anyhow::anyhow!("{}: {error}", args.model.display());
    let mut quantizer = Quantizer::new(&model).map_err(named)?;
    let learnt = model.provenance().learnt_grid;
    let as_learnt = learnt.filter(|_| args.calibrate.is_none());
    if let Some(grid) = as_learnt {
        check_learnt(args, grid.bits)?;
    }
    if learnt.is_some() && as_learnt.is_none() {
        output::note(
            "note: the grid of the training is put aside for one found with --calibrate; --test CORPUS tests without that",
        );
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
    let test = compared::on_test_part(
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

fn text(summary: &Summary) -> String {
    let (before, after) = (summary.bytes_before, summary.bytes_after);
    let text = format!(
        "{}: {before} bytes before, {after} after ({:.1} times smaller)\n{}; step {:.5}, of a prototype {} times that",
        summary.model,
        before as f64 / after as f64,
        summary.how,
        summary.step,
        summary.multiple
    );
    match &summary.test {
        Some(compared) => format!("{text}\n\n{}", compared.text()),
        None => text,
    }
}
