//! `mynah demo`: the whole road on the bundled corpus, from recordings to a model that is tested on unseen voices.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use mynah::Measured;
use mynah_corpus::{Corpus, Split};

use super::{eval, train};
use crate::args::{Align, DataOptions, Demo, Global, SplitOptions, TrainOptions};
use crate::files::Files;
use crate::recipe::quoted;
use crate::status::{Skipped, Status, usage};
use crate::{output, report, splits};

/// Where the corpus lies in a checkout.
const CORPUS: &str = "corpora/spoken-digits/manifest.csv";

pub fn run(args: &Demo, global: &Global) -> anyhow::Result<Status> {
    if output::is_stdout(&args.output) {
        return usage("demo talks on standard output; name a file for the model");
    }
    let begin = Instant::now();
    let files = Files::default().write([&args.output]);
    files.check()?;
    let path = args.corpus.clone().map_or_else(find_corpus, Ok)?;
    let files = files.read_corpus(&path);
    files.check()?;
    let mut skipped = Skipped::new(global.strict);
    let options = DataOptions::default();
    let data = splits::open(&path, &options, &SplitOptions::default(), &mut skipped)?;
    files.check_clips(&data)?;
    let learn = splits::part(&path, &data, &SplitOptions::default(), Split::Train)?;
    output::remark(format!(
        "1. training on {}",
        splits::describe(&path, &data, &learn)
    ))?;
    let request = train::Request {
        path: &path,
        options: &TrainOptions::default(),
        split: &SplitOptions::default(),
        data_options: &options,
        align: Align::Warp,
        held_back: None,
    };
    let learned = train::train(&request, &data, &learn, None, &mut skipped)?;
    output::note(&learned.warning);
    let mut model = learned.trained.model;
    let seconds = begin.elapsed().as_secs_f64();
    output::remark(format!(
        "   {} prototypes for {} words in {seconds:.1} s\n",
        model.prototypes().n_prototypes(),
        model.labels().len()
    ))?;

    let test = splits::part(&path, &data, &SplitOptions::default(), Split::Test)?;
    output::remark(format!(
        "2. testing on {}",
        splits::describe(&path, &data, &test)
    ))?;
    output::remark(
        "   All these voices are synthetic: the result shows that mynah works, not how well it hears people.\n",
    )?;
    let evaluation = eval::evaluate(
        &model,
        model.to_bytes().len(),
        &eval::Test {
            path: &path,
            data: &data,
            part: &test,
            noise: None,
        },
        &mut skipped,
    )?
    .0;
    eval::warn(&evaluation, &model, &data, &test);
    output::remark(report::evaluation(&evaluation))?;
    model.add_measurement(Measured {
        corpus: evaluation.corpus,
        split: evaluation.split,
        n: evaluation.report.n,
        accuracy: evaluation.report.accuracy,
        interval: evaluation.report.interval,
    });

    let bytes = model.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    output::remark(next_steps(
        data.corpus(),
        &test,
        &args.output,
        bytes.len(),
        begin.elapsed().as_secs_f64(),
    ))?;
    Ok(skipped.finish())
}

fn next_steps(
    corpus: &Corpus,
    test: &splits::Part<'_>,
    model: &Path,
    n_bytes: usize,
    seconds: f64,
) -> String {
    let clip = test.clips.first().map_or(&corpus.root, |clip| &clip.path);
    // As it was called: after `cargo run` there is no `mynah` on the path.
    let called = std::env::args_os().next().unwrap_or_else(|| "mynah".into());
    let mynah = quoted(Path::new(&called));
    let (shown, model, clip) = (model.display(), quoted(model), quoted(clip));
    format!(
        "\n3. wrote {shown} ({n_bytes} bytes); all in {seconds:.1} s. What to do next:\n\
         \n   {mynah} classify {model} {clip}\
         \n   {mynah} inspect {model}\
         \n   arecord -t raw -f S16_LE -r 16000 | {mynah} listen {model} -     # say a digit\
         \n   {mynah} train YOUR_FOLDER -o words.mynah     # one folder of recordings per word\
         \n   {mynah} --help"
    )
}

/// Below the working folder or one above it, else where this program was built.
fn find_corpus() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("the working folder is gone")?;
    let beside_source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let near = here.ancestors().map(|folder| {
        // A short relative path reads better than a long absolute one.
        if folder == here {
            PathBuf::new()
        } else {
            folder.to_path_buf()
        }
    });
    near.chain([beside_source.canonicalize().unwrap_or(beside_source)])
        .map(|folder| folder.join(CORPUS))
        .find(|path| path.is_file())
        .with_context(|| format!("the bundled corpus ({CORPUS}) was not found; run this in a clone of mynah, or give --corpus"))
}
