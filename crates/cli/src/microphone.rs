//! The microphone, with what a user should know said on the way.

use mynah_audio::Audio;
use mynah_audio::mic::{MicConfig, Microphone};

use crate::{interrupt, output};

/// Opens a microphone that gives samples at `sample_rate` and says which one it is.
pub fn open(device: Option<&str>, sample_rate: u32) -> anyhow::Result<Microphone> {
    let mut config = MicConfig::new(sample_rate);
    config.device = device.map(str::to_string);
    let microphone = Microphone::open(&config)?;
    output::note(format!("listening to {}", microphone.description()));
    Ok(microphone)
}

/// Records `seconds` of sound.
pub fn record(device: Option<&str>, sample_rate: u32, seconds: f32) -> anyhow::Result<Audio> {
    if !(0.05..=3_600.0).contains(&seconds) {
        return crate::status::usage(format!("--mic {seconds}: allowed are 0.05 to 3600 seconds"));
    }
    let wanted = (f64::from(seconds) * f64::from(sample_rate)) as usize;
    let mut microphone = open(device, sample_rate)?;
    let mut samples = Vec::with_capacity(wanted);
    while samples.len() < wanted {
        microphone.read_block(&mut samples)?;
        interrupt::check()?;
    }
    samples.truncate(wanted);
    Ok(Audio {
        samples,
        sample_rate,
    })
}
