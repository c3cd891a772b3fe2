//! Recordings inside a page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mynah_audio::WavWriter;

/// Recordings in one page, at most.
const MAX_CLIPS: usize = 24;
/// Samples in one page, at most: four minutes at 16 kHz, 10 MB of text.
const MAX_SAMPLES: usize = 4_000_000;

/// Recordings to listen to, as many as a page may hold.
#[derive(Default)]
pub struct Clips {
    pub shown: Vec<ClipShown>,
    n_samples: usize,
}

/// One recording in a page.
pub struct ClipShown {
    pub title: String,
    pub about: String,
    /// The sound itself, as a `data:` address.
    pub source: String,
}

impl Clips {
    /// Whether `n_more` samples still have room.
    pub fn has_room(&self, n_more: usize) -> bool {
        self.shown.len() < MAX_CLIPS && self.n_samples + n_more <= MAX_SAMPLES
    }

    /// Adds a recording, if there is room.
    pub fn add(
        &mut self,
        title: String,
        about: String,
        samples: &[f32],
        sample_rate: u32,
    ) -> anyhow::Result<()> {
        if !self.has_room(samples.len()) {
            return Ok(());
        }
        let mut wav = Vec::new();
        let mut writer = WavWriter::new(&mut wav, sample_rate, samples.len() as u64)?;
        writer.write(samples)?;
        writer.finish()?;
        self.n_samples += samples.len();
        self.shown.push(ClipShown {
            title,
            about,
            source: format!("data:audio/wav;base64,{}", STANDARD.encode(&wav)),
        });
        Ok(())
    }
}
