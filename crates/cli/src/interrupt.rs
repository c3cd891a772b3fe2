//! Ctrl-C and termination: noticed between two pieces of work, so that nothing is left half written.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::output;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From here on the first signal asks the run to stop; a second one ends it at once.
pub fn watch() {
    // Without a handler the default one ends the process, which is safe too, only less tidy.
    let _ = ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            output::abandon();
            std::process::exit(3);
        }
    });
}

pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Fails once a signal has come.
pub fn check() -> anyhow::Result<()> {
    anyhow::ensure!(
        !requested(),
        "interrupted; what was being made is not written"
    );
    Ok(())
}
