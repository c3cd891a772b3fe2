//! `mynah listen`: words as they are spoken, from the microphone or from raw PCM on standard input.

mod source;

use mynah::{SpotEvent, Spotter};

use crate::args::{Global, Listen};
use crate::models::load_for_sound;
use crate::output;
use crate::spotting::{Event, spotter, warn_of_words_alone};
use crate::status::{Skipped, Status};

pub fn run(args: &Listen, global: &Global) -> anyhow::Result<Status> {
    let (model, rate) = load_for_sound(&args.model)?;
    let mut skipped = Skipped::new(global.strict);
    let spotter = spotter(&model, &args.spotting)?;
    warn_of_words_alone(&model, &spotter);
    let mut listener = Listener {
        spotter,
        events: Vec::new(),
        json: args.json,
        all: args.spotting.all,
        left: args
            .seconds
            .map(|seconds| (f64::from(seconds) * f64::from(rate)) as usize),
        n_heard: 0,
    };
    let mut hear = |samples: &[f32]| listener.hear(samples);
    match args.input {
        Some(_) => source::from_stdin(args, rate, &mut skipped, &mut hear)?,
        None => source::from_microphone(args, rate, &mut hear)?,
    }
    listener.finish()?;
    Ok(skipped.finish())
}

/// From samples at the model's rate to lines.
struct Listener<'m> {
    spotter: Spotter<'m>,
    events: Vec<SpotEvent<'m>>,
    json: bool,
    all: bool,
    /// Samples until `--seconds` are over.
    left: Option<usize>,
    /// Events, fired or not.
    n_heard: usize,
}

impl Listener<'_> {
    /// Takes samples; false once enough was heard.
    fn hear(&mut self, samples: &[f32]) -> anyhow::Result<bool> {
        let taken = self
            .left
            .map_or(samples.len(), |left| left.min(samples.len()));
        self.spotter.push(&samples[..taken], &mut self.events);
        self.tell()?;
        self.left = self.left.map(|left| left - taken);
        Ok(self.left != Some(0))
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.spotter.finish(&mut self.events);
        self.tell()?;
        if self.n_heard == 0 {
            output::note(
                "nothing was heard above the background; is it the right microphone, rate and encoding?",
            );
        }
        Ok(())
    }

    fn tell(&mut self) -> anyhow::Result<()> {
        for event in self.events.drain(..) {
            self.n_heard += 1;
            if event.is_fired || self.all {
                Event::new(&event, None).tell(self.json)?;
            }
        }
        Ok(())
    }
}
