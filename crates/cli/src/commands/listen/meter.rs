//! The level while listening: a line on standard error, where that is a terminal.

use std::fmt::Display;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mynah_audio::Level;

use crate::output;

/// The quietest level that is shown, dB of full scale.
const LOWEST_DB: f32 = -60.0;

/// A bar as long as the sound is loud; nothing where standard error is no terminal.
pub struct Meter(ProgressBar);

impl Meter {
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{elapsed} [{bar:30}] {msg}")
            .expect("the template is a constant")
            .progress_chars("=> ");
        let bar = ProgressBar::new((-LOWEST_DB) as u64).with_style(style);
        bar.enable_steady_tick(Duration::from_secs(1));
        Self(bar)
    }

    pub fn show(&self, level: Level) {
        let above = (level.rms_db - LOWEST_DB).max(0.0);
        self.0.set_position(above as u64);
        self.0.set_message(format!(
            "{:4.0} dB, peak {:4.0} dB",
            level.rms_db, level.peak_db
        ));
    }

    /// Lines printed meanwhile do not mix with it.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    pub fn warn(&self, text: impl Display) {
        self.aside(|| output::note(format!("WARNING: {text}")));
    }

    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}
