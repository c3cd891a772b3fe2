//! `mynah spot`: keywords in recordings.

use mynah::SpotEvent;

use crate::args::{Global, Spot};
use crate::models::load_for_sound;
use crate::spotting::{Event, hear, spotter, warn_of_words_alone};
use crate::status::{Skipped, Status, explain};
use crate::{interrupt, output};

pub fn run(args: &Spot, global: &Global) -> anyhow::Result<Status> {
    let (model, rate) = load_for_sound(&args.model)?;
    let mut spotter = spotter(&model, &args.spotting)?;
    warn_of_words_alone(&model, &spotter);
    let mut skipped = Skipped::new(global.strict);
    let mut n_used = 0;
    for path in &args.audio {
        let name = path.display().to_string();
        let mut events = Vec::new();
        let tell = |events: &mut Vec<SpotEvent<'_>>| {
            let told = |event: &SpotEvent<'_>| event.is_fired || args.spotting.all;
            events
                .drain(..)
                .filter(|event| told(event))
                .try_for_each(|event| Event::new(&event, Some(&name)).tell(args.json))
        };
        let heard = hear(path, args.channel.channel, rate, &mut |samples| {
            spotter.push(samples, &mut events);
            tell(&mut events)
        });
        match heard {
            Ok(_) => {
                spotter.finish(&mut events);
                tell(&mut events)?;
                n_used += 1;
            }
            Err(error) if output::is_closed_pipe(&error) => return Err(error),
            // What was told before the fault stays told.
            Err(error) => {
                interrupt::check()?;
                spotter.reset();
                skipped.add(explain(&error))?;
            }
        }
    }
    anyhow::ensure!(n_used > 0, "not one recording could be used; see above");
    Ok(skipped.finish())
}
