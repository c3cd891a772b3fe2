//! The microphone, with what a user should know said on the way.

use mynah_audio::Audio;
use mynah_audio::mic::{MicConfig, Microphone};

use crate::{interrupt, output};

/// Opens a microphone that gives samples at `sample_rate` and says which one it is.
pub fn open(device: Option<&str>, sample_rate: u32) -> anyhow::Result<Microphone> {
    let mut config = MicConfig::default();
    config.sample_rate = sample_rate;
    config.device = device.map(str::to_string);
    let microphone = Microphone::open(&config)?;
    output::note(format!(
        "listening to {}, {} Hz; stop with Ctrl-C",
        microphone.name(),
        microphone.native_rate()
    ));
    Ok(microphone)
}

/// Says so where sound was lost since `known` losses.
pub fn report_overruns(microphone: &Microphone, known: &mut u64) {
    let overruns = microphone.overruns();
    if overruns > *known {
        output::note(format!(
            "WARNING: sound was lost {} times, this machine was too busy to take it in time",
            overruns - *known
        ));
        *known = overruns;
    }
}

/// Records `seconds` of sound.
pub fn record(device: Option<&str>, sample_rate: u32, seconds: f32) -> anyhow::Result<Audio> {
    if !(0.05..=3_600.0).contains(&seconds) {
        return crate::status::usage(format!("--mic {seconds}: allowed are 0.05 to 3600 seconds"));
    }
    let wanted = (f64::from(seconds) * f64::from(sample_rate)) as usize;
    let mut microphone = open(device, sample_rate)?;
    let mut samples = Vec::with_capacity(wanted);
    let mut overruns = 0;
    while samples.len() < wanted {
        microphone.read_block(&mut samples)?;
        report_overruns(&microphone, &mut overruns);
        interrupt::check()?;
    }
    samples.truncate(wanted);
    Ok(Audio {
        samples,
        sample_rate,
    })
}
