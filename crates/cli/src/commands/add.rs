//! `mynah train CORPUS --add-to MODEL`: new words for a model whose prototypes stay where they are.

use std::path::Path;
use std::time::Instant;

use mynah::{Provenance, TrainConfig};
use mynah_corpus::Split;

use super::train::files;
use crate::args::{Global, Train, TrainOptions};
use crate::hearing::{self, Row};
use crate::models::load;
use crate::status::{Skipped, Status, usage};
use crate::training::{self, Plan};
use crate::{output, splits};

pub fn run(model_path: &Path, args: &Train, global: &Global) -> anyhow::Result<Status> {
    check_options(&args.options)?;
    if output::is_stdout(&args.output) && args.json {
        return usage("-o - and --json would mix on standard output; name a file for the model");
    }
    let files = files(args);
    files.check()?;
    let begin = Instant::now();
    let (model, _) = load(model_path)?;
    let mut skipped = Skipped::new(global.strict);
    let mut data = splits::open_for(&model, &args.corpus, &args.data, &args.split, &mut skipped)?;
    let held_back = splits::hold_back(&mut data, &args.split);
    if let Some(seed) = held_back.filter(|_| args.split.split_by.is_none()) {
        output::note(splits::held_back_remark(seed));
    }
    files.check_clips(&data)?;
    let part = splits::part(&args.corpus, &data, &args.split, Split::Train)?;
    let mut config = TrainConfig::default();
    config.input = model.input().clone();
    let plan = Plan {
        config,
        scratch: hearing::scratch(&args.options.room)?,
    };
    let heard = data.hear(&part, &plan, &mut skipped)?;
    let rows: Vec<Row<'_>> = hearing::rows(&part.clips, &heard);
    let new: Vec<String> = training::labels_of(&rows)
        .into_iter()
        .filter(|label| !model.labels().contains(label))
        .collect();
    if new.is_empty() {
        return usage(format!(
            "{}: has no word that {} does not know; it knows {}",
            args.corpus.display(),
            model_path.display(),
            model.labels().join(", ")
        ));
    }
    let is_new = |row: &&Row<'_>| new.contains(&row.clip.label);
    let rows: Vec<Row<'_>> = rows.iter().filter(is_new).copied().collect();
    let n = match args.options.prototypes_per_class {
        crate::args::Counts::Auto => model.prototypes().n_prototypes() / model.labels().len(),
        crate::args::Counts::Equal(n) => n,
        _ => return usage("--add-to: give --prototypes-per-class as one number"),
    };
    let mut note = Provenance::new();
    training::note_clips(&mut note, &rows);
    let set = training::training_set(model.prototypes().dim(), &rows, new.clone());
    let larger = model.with_words(set, n, args.options.seed, &note)?;
    let bytes = larger.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    let n_new = larger.prototypes().n_prototypes() - model.prototypes().n_prototypes();
    let text = format!(
        "{}: added {} ({n_new} prototypes placed by k-means); {} words, {} prototypes, {} bytes, in {:.1} s\n\
         what was measured and calibrated before told of another model and is gone",
        args.output.display(),
        new.join(", "),
        larger.labels().len(),
        larger.prototypes().n_prototypes(),
        bytes.len(),
        begin.elapsed().as_secs_f64()
    );
    if args.json {
        output::json(&serde_json::json!({
            "model": args.output.display().to_string(),
            "added": new,
            "labels": larger.labels(),
            "n_prototypes": larger.prototypes().n_prototypes(),
            "n_new_prototypes": n_new,
            "n_skipped": skipped.count(),
            "model_bytes": bytes.len(),
        }))?;
    } else if !output::is_stdout(&args.output) {
        output::remark(text)?;
    }
    Ok(skipped.finish())
}

/// Only what places new prototypes may be asked for.
fn check_options(options: &TrainOptions) -> anyhow::Result<()> {
    let allowed = TrainOptions {
        prototypes_per_class: options.prototypes_per_class.clone(),
        seed: options.seed,
        room: options.room.clone(),
        ..TrainOptions::default()
    };
    if *options != allowed {
        return usage(
            "--add-to takes --prototypes-per-class, --seed, --memory and --scratch; all else is the model's own",
        );
    }
    Ok(())
}
