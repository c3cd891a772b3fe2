//! `mynah spot`: keywords in recordings.

use std::path::{Path, PathBuf};

use mynah::SpotEvent;

use crate::args::{Global, Spot};
use crate::models::load_for_sound;
use crate::spotting::{Ear, Event, Unwritable, hear};
use crate::status::{Skipped, Status, explain};
use crate::{inputs, interrupt, output};

pub fn run(args: &Spot, global: &Global) -> anyhow::Result<Status> {
    let (model, rate) = load_for_sound(&args.model)?;
    let mut ear = Ear::new(&model, &args.model, &args.spotting, &args.keep)?;
    let mut skipped = Skipped::new(global.strict);
    let mut n_used = 0;
    let mut recordings = inputs::recordings(&args.audio, &mut skipped)?;
    if let Some(folder) = &args.keep.keep_events {
        leave_out_kept(&mut recordings, folder);
    }
    for path in &recordings {
        let name = path.display().to_string();
        let tell = |event: &SpotEvent<'_>, kept: Option<PathBuf>| {
            Event::new(event, Some(&name), kept).tell(args.json)
        };
        let mut take = |samples: &[f32]| ear.hear(samples, &tell);
        let heard = hear(path, args.channel.channel, rate, &mut take);
        match heard.and_then(|_| ear.finish(&tell)) {
            Ok(()) => n_used += 1,
            Err(error) => {
                // What was told before the fault stays told.
                ear.break_off()?;
                if error.is::<Unwritable>() {
                    return Err(error);
                }
                interrupt::check()?;
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
