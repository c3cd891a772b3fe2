//! `mynah spot`: keywords in recordings.

use std::path::{Path, PathBuf};

use mynah::SpotEvent;

use crate::args::{Global, Spot};
use crate::keeping::Keeper;
use crate::models::load_for_sound;
use crate::spotting::{Event, hear, spotter, warn_of_words_alone};
use crate::status::{Skipped, Status, explain};
use crate::{inputs, interrupt, output};

pub fn run(args: &Spot, global: &Global) -> anyhow::Result<Status> {
    let (model, rate) = load_for_sound(&args.model)?;
    let mut spotter = spotter(&model, &args.spotting)?;
    warn_of_words_alone(&model, &spotter);
    let mut skipped = Skipped::new(global.strict);
    let mut keeper = Keeper::open(&args.keep, &args.model, &args.spotting, rate)?;
    let mut n_used = 0;
    let mut recordings = inputs::recordings(&args.audio, &mut skipped)?;
    if let Some(folder) = &args.keep.keep_events {
        leave_out_kept(&mut recordings, folder);
    }
    for path in &recordings {
        let name = path.display().to_string();
        let mut events = Vec::new();
        let tell = |events: &mut Vec<SpotEvent<'_>>, keeper: &mut Option<Keeper>| {
            for event in events.drain(..) {
                let kept = keeper.as_mut().map(|keeper| keeper.keep(&event));
                if event.is_fired || args.spotting.all {
                    Event::new(&event, Some(&name), kept).tell(args.json)?;
                }
            }
            anyhow::Ok(())
        };
        let heard = hear(path, args.channel.channel, rate, &mut |samples| {
            // By tenths of a second, so that the sound of an event is still there.
            for samples in samples.chunks(rate.div_ceil(10) as usize) {
                if let Some(keeper) = &mut keeper {
                    keeper.hear(samples)?;
                }
                spotter.push(samples, &mut events);
                tell(&mut events, &mut keeper)?;
            }
            Ok(())
        });
        if heard.is_ok() {
            spotter.finish(&mut events);
            tell(&mut events, &mut keeper)?;
        }
        if let Some(keeper) = &mut keeper {
            keeper.finish()?;
        }
        match heard {
            Ok(_) => n_used += 1,
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

/// What another run kept is not heard again where a folder above it is.
fn leave_out_kept(recordings: &mut Vec<PathBuf>, folder: &Path) {
    let place = |path: &Path| path.canonicalize().unwrap_or(path.to_path_buf());
    let (n, kept) = (recordings.len(), place(folder));
    recordings.retain(|path| !place(path).starts_with(&kept));
    if recordings.len() < n {
        output::note(format!(
            "note: the sounds kept in {} are not heard again",
            folder.display()
        ));
    }
}
