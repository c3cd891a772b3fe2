//! `mynah calibrate --max-false-alarms-per-hour`: thresholds for spotting, by hours of background.

use mynah::{Budget, Model, Spotter, SpotterConfig, is_background};
use mynah_eval::{OverBudget, thresholds_within};
use serde::Serialize;

use crate::args::{Calibrate, Global};
use crate::files::Files;
use crate::models::load_for_sound;
use crate::spotting::hear;
use crate::status::{Skipped, Status, explain, usage};
use crate::{inputs, interrupt, output};

/// A word that is to be heard must be able to reach its threshold: at 0.95 it lies at less than half of the border's distance.
const MOST: f32 = 0.95;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    model: String,
    hours: f64,
    max_false_alarms_per_hour: f64,
    n_false_alarms: usize,
    /// Upper end of the 95 % interval.
    at_most_per_hour: f64,
    keywords: Vec<Keyword<'a>>,
    n_skipped: usize,
}

#[derive(Serialize)]
struct Keyword<'a> {
    keyword: &'a str,
    threshold: f32,
}

pub fn run(args: &Calibrate, per_hour: f64, global: &Global) -> anyhow::Result<Status> {
    let to_stdout = output::is_stdout(&args.output);
    if to_stdout && args.json {
        return usage("-o - and --json would mix on standard output; name a file for the model");
    }
    let mut skipped = Skipped::new(global.strict);
    let negatives = inputs::recordings(&args.negatives, &mut skipped)?;
    // The model itself may be written anew.
    let files = Files::default().read(&negatives).write([&args.output]);
    files.check_model()?;
    let (model, rate) = load_for_sound(&args.model)?;
    let keywords: Vec<usize> = (0..model.labels().len())
        .filter(|&label| !is_background(&model.labels()[label]))
        .collect();
    let mut heard = Heard {
        spotter: Spotter::new(&model, &SpotterConfig::default())?,
        scores: vec![Vec::new(); keywords.len()],
        hours: 0.0,
    };
    for path in &negatives {
        if let Err(error) = heard.hear(path, rate, &model, &keywords) {
            interrupt::check()?;
            skipped.add(explain(&error))?;
        }
    }
    let Heard { scores, hours, .. } = heard;
    anyhow::ensure!(hours > 0.0, "not one recording could be used; see above");
    let found = match thresholds_within(&scores, hours, per_hour, MOST) {
        Ok(found) => found,
        Err(OverBudget::Hours { needed, shown }) => anyhow::bail!(
            "{per_hour} false alarms an hour cannot be met: {hours:.2} hours of background show too little, even without a \
             false alarm; give {:.1} hours, or allow {:.2}",
            // What is told must do.
            (10.0 * needed).ceil() / 10.0,
            ((100.0 * shown).floor() + 1.0) / 100.0
        ),
        Err(OverBudget::Alike { keyword, needed }) => anyhow::bail!(
            "{per_hour} false alarms an hour cannot be met: {:?} is too like what the background holds, it would take a \
             threshold of {needed:.3}; choose a longer word, record it more often, or allow more",
            model.labels()[keywords[keyword]]
        ),
    };
    let mut spotting = model.spotting().cloned().unwrap_or_default();
    spotting.thresholds = vec![1.0; model.labels().len()];
    for (&label, &threshold) in keywords.iter().zip(&found.thresholds) {
        spotting.thresholds[label] = threshold;
    }
    spotting.budget = Some(Budget::new(per_hour, hours, found.n_events));
    let keywords: Vec<Keyword<'_>> = keywords
        .iter()
        .zip(&found.thresholds)
        .map(|(&label, &threshold)| Keyword {
            keyword: &model.labels()[label],
            threshold,
        })
        .collect();
    let calibrated = model.clone().with_spotting(Some(spotting))?;
    let bytes = calibrated.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    if args.json {
        output::json(&Summary {
            model: args.output.display().to_string(),
            hours,
            max_false_alarms_per_hour: per_hour,
            n_false_alarms: found.n_events,
            at_most_per_hour: found.at_most,
            keywords,
            n_skipped: skipped.count(),
        })?;
    } else if !to_stdout {
        for Keyword { keyword, threshold } in &keywords {
            output::remark(format!("{keyword}: threshold {threshold:.3}"))?;
        }
        output::remark(format!(
            "{} false alarms in {hours:.2} hours of background; with 95 % confidence at most {:.2} an hour of its kind\n{}: {} bytes",
            found.n_events,
            found.at_most,
            args.output.display(),
            bytes.len()
        ))?;
    }
    Ok(skipped.finish())
}

/// Background heard so far.
struct Heard<'m> {
    spotter: Spotter<'m>,
    /// Of each keyword, the score of each of its candidates.
    scores: Vec<Vec<f32>>,
    hours: f64,
}

impl Heard<'_> {
    /// A recording with a fault counts for nothing.
    fn hear(
        &mut self,
        path: &std::path::Path,
        rate: u32,
        model: &Model,
        keywords: &[usize],
    ) -> anyhow::Result<()> {
        let mut events = Vec::new();
        let spotter = &mut self.spotter;
        let heard = hear(path, mynah_audio::Channel::Mix, rate, &mut |samples| {
            spotter.push(samples, &mut events);
            Ok(())
        });
        let seconds = match heard {
            Ok(seconds) => seconds,
            Err(error) => {
                spotter.reset();
                return Err(error);
            }
        };
        spotter.finish(&mut events);
        for event in events {
            let of = |&label: &usize| model.labels()[label] == event.keyword;
            if let Some(keyword) = keywords.iter().position(of) {
                self.scores[keyword].push(event.score);
            }
        }
        self.hours += seconds / 3_600.0;
        Ok(())
    }
}
