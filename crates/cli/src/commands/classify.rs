//! `mynah classify`: what was said in each recording.

use mynah::Recognizer;
use serde::Serialize;

use super::eval::load;
use crate::args::{Classify, Global};
use crate::clips::{self, Stretch};
use crate::output;
use crate::status::{Skipped, Status};

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    path: String,
    label: &'a str,
    distance: f32,
    runner_up: Option<&'a str>,
    margin: f32,
}

pub fn run(args: &Classify, global: &Global) -> anyhow::Result<Status> {
    let (model, _) = load(&args.model)?;
    let rate = model.pipeline().mfcc.sample_rate;
    let mut skipped = Skipped::new(global.strict);
    let mut n_heard = 0;
    clips::for_each(
        &args.audio,
        "listening",
        &mut skipped,
        || Recognizer::new(&model),
        |recognizer, path| {
            let stretch = Stretch::whole(path);
            let audio = stretch.read(args.channel.channel)?;
            stretch.check_sound(&audio)?;
            let audio = stretch.at_rate(audio, rate)?;
            let decision = recognizer.classify(&audio.samples);
            decision.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
        },
        |index, decision| {
            n_heard += 1;
            let path = args.audio[index].display();
            if args.json {
                return output::json(&Line {
                    path: path.to_string(),
                    label: decision.label,
                    distance: decision.distance,
                    runner_up: decision.runner_up,
                    margin: decision.margin,
                });
            }
            let next = decision
                .runner_up
                .map_or(String::new(), |label| format!(", next: {label}"));
            output::line(format!(
                "{path}\t{}\tmargin {:.2}{next}",
                decision.label, decision.margin
            ))
        },
    )?;
    anyhow::ensure!(n_heard > 0, "not one recording could be used; see above");
    Ok(skipped.finish())
}
