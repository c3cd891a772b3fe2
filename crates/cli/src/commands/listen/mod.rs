//! `mynah listen`: words as they are spoken, from the microphone or from raw PCM on standard input.

mod meter;
mod source;

use std::path::PathBuf;
use std::time::Duration;

use mynah::{SpotEvent, SpotMode};

use crate::args::{Global, Listen};
use crate::models::load_for_sound;
use crate::spotting::{Ear, Event, Tell};
use crate::status::{Skipped, Status};
use crate::{interrupt, output};
use meter::Meter;

/// Sound that a microphone hands over at a time. The longer, the longer this machine may be busy elsewhere before sound is
/// lost; a word is to be told within 300 ms, and the pause that ends a word said alone takes 200 of them.
fn period(mode: SpotMode) -> Duration {
    Duration::from_millis(match mode {
        SpotMode::Sliding => 160,
        SpotMode::Endpoint => 80,
    })
}

pub fn run(args: &Listen, global: &Global) -> anyhow::Result<Status> {
    let (model, rate) = load_for_sound(&args.model)?;
    let mut skipped = Skipped::new(global.strict);
    let ear = Ear::new(&model, &args.model, &args.spotting, &args.keep)?;
    let period = period(ear.mode());
    let meter = Meter::new();
    let tell = |event: &SpotEvent<'_>, kept: Option<PathBuf>| {
        meter.aside(|| Event::new(event, None, kept).tell(args.json))
    };
    let mut listener = Listener {
        ear,
        tell: &tell,
        rate: f64::from(rate),
        left: args
            .seconds
            .map(|seconds| (f64::from(seconds) * f64::from(rate)) as usize),
        n_samples: 0,
    };
    let mut hear = |samples: &[f32]| listener.hear(samples);
    let ended = match args.input {
        Some(_) => source::from_stdin(args, rate, &mut skipped, &meter, &mut hear),
        None => source::from_microphone(args, rate, period, &meter, &mut hear),
    };
    meter.clear();
    // What was heard before a fault is not lost; where nothing was, the fault says all.
    if ended.is_ok() || listener.n_samples > 0 {
        listener.finish(args.input.is_none() || interrupt::requested())?;
    }
    ended?;
    Ok(skipped.finish())
}

/// From samples at the model's rate to lines.
struct Listener<'l> {
    ear: Ear<'l>,
    tell: &'l Tell<'l>,
    /// Samples a second.
    rate: f64,
    /// Samples until `--seconds` are over.
    left: Option<usize>,
    n_samples: usize,
}

impl Listener<'_> {
    /// Takes samples; false once enough was heard.
    fn hear(&mut self, samples: &[f32]) -> anyhow::Result<bool> {
        let taken = self
            .left
            .map_or(samples.len(), |left| left.min(samples.len()));
        self.ear.hear(&samples[..taken], self.tell)?;
        self.n_samples += taken;
        self.left = self.left.map(|left| left - taken);
        Ok(self.left != Some(0))
    }

    fn finish(mut self, has_summary: bool) -> anyhow::Result<()> {
        self.ear.finish(self.tell)?;
        let Ear {
            n_fired, n_near, ..
        } = self.ear;
        if n_fired + n_near == 0 {
            output::note(
                "nothing was heard above the background; is it the right microphone, rate and encoding?",
            );
        }
        if has_summary && self.n_samples > 0 {
            let events = match n_fired {
                1 => "1 event".to_string(),
                n => format!("{n} events"),
            };
            output::note(format!(
                "heard {:.1} s: {events}, {n_near} near misses",
                self.n_samples as f64 / self.rate
            ));
        }
        Ok(())
    }
}
