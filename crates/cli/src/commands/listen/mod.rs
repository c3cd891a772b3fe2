//! `mynah listen`: words as they are spoken, from the microphone or from raw PCM on standard input.

mod meter;
mod source;

use std::time::Duration;

use mynah::{SpotEvent, SpotMode, Spotter};

use crate::args::{Global, Listen};
use crate::keeping::Keeper;
use crate::models::load_for_sound;
use crate::spotting::{Event, spotter, warn_of_words_alone};
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
    let spotter = spotter(&model, &args.spotting)?;
    warn_of_words_alone(&model, &spotter);
    let period = period(spotter.mode());
    let meter = Meter::new();
    let mut listener = Listener {
        spotter,
        keeper: Keeper::open(&args.keep, &args.model, &args.spotting, rate)?,
        meter: &meter,
        events: Vec::new(),
        json: args.json,
        all: args.spotting.all,
        rate: rate as usize,
        left: args
            .seconds
            .map(|seconds| (f64::from(seconds) * f64::from(rate)) as usize),
        n_samples: 0,
        n_fired: 0,
        n_near: 0,
    };
    let mut hear = |samples: &[f32]| listener.hear(samples);
    let ended = match args.input {
        Some(_) => source::from_stdin(args, rate, &mut skipped, &meter, &mut hear),
        None => source::from_microphone(args, rate, period, &meter, &mut hear),
    };
    meter.clear();
    // What was heard before a fault is not lost.
    listener.finish(args.input.is_none() || interrupt::requested())?;
    ended?;
    Ok(skipped.finish())
}

/// From samples at the model's rate to lines.
struct Listener<'m> {
    spotter: Spotter<'m>,
    keeper: Option<Keeper>,
    meter: &'m Meter,
    events: Vec<SpotEvent<'m>>,
    json: bool,
    all: bool,
    /// Samples a second.
    rate: usize,
    /// Samples until `--seconds` are over.
    left: Option<usize>,
    n_samples: usize,
    n_fired: usize,
    n_near: usize,
}

impl Listener<'_> {
    /// Takes samples; false once enough was heard.
    fn hear(&mut self, samples: &[f32]) -> anyhow::Result<bool> {
        let taken = self
            .left
            .map_or(samples.len(), |left| left.min(samples.len()));
        // By tenths of a second, so that the sound of an event is still there.
        for samples in samples[..taken].chunks(self.rate.div_ceil(10)) {
            if let Some(keeper) = &mut self.keeper {
                keeper.hear(samples)?;
            }
            self.spotter.push(samples, &mut self.events);
            self.tell()?;
        }
        self.n_samples += taken;
        self.left = self.left.map(|left| left - taken);
        Ok(self.left != Some(0))
    }

    fn finish(mut self, has_summary: bool) -> anyhow::Result<()> {
        self.spotter.finish(&mut self.events);
        self.tell()?;
        if let Some(keeper) = &mut self.keeper {
            keeper.finish()?;
        }
        if self.n_samples > 0 && self.n_fired + self.n_near == 0 {
            output::note(
                "nothing was heard above the background; is it the right microphone, rate and encoding?",
            );
        }
        if has_summary {
            let events = match self.n_fired {
                1 => "1 event".to_string(),
                n => format!("{n} events"),
            };
            output::note(format!(
                "heard {:.1} s: {events}, {} near misses",
                self.n_samples as f64 / self.rate as f64,
                self.n_near
            ));
        }
        Ok(())
    }

    fn tell(&mut self) -> anyhow::Result<()> {
        for event in self.events.drain(..) {
            match event.is_fired {
                true => self.n_fired += 1,
                false => self.n_near += 1,
            }
            let kept = self.keeper.as_mut().map(|keeper| keeper.keep(&event));
            if event.is_fired || self.all {
                self.meter
                    .aside(|| Event::new(&event, None, kept).tell(self.json))?;
            }
        }
        Ok(())
    }
}
