//! The microphone, with what a user should know said on the way.

use mynah_audio::Audio;
use mynah_audio::mic::{MicConfig, Microphone, Overruns};

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
        microphone.native().sample_rate
    ));
    Ok(microphone)
}

/// Warns of what there is to say of the sound since this was last called, with `known` losses.
pub fn report(microphone: &mut Microphone, known: &mut Overruns, warn: &dyn Fn(String)) {
    for remark in microphone.remarks() {
        warn(remark.to_string());
    }
    let overruns = microphone.overruns();
    if overruns.n_gaps > known.n_gaps {
        warn(format!(
            "{} samples were lost in {} gaps so far; this machine is too busy to take them in time",
            overruns.n_samples, overruns.n_gaps
        ));
        *known = overruns;
    }
}

/// What came in all.
pub fn summary(microphone: &Microphone) -> String {
    let (health, overruns) = (microphone.health(), microphone.overruns());
    let clock = health.rate.map_or(String::new(), |rate| {
        format!(
            ", {:.0} a second by the clock of this machine (to within {:.0})",
            rate.per_second, rate.uncertainty
        )
    });
    format!(
        "the microphone gave {} samples{clock}, peak {:.0} dB; {} lost in {} gaps",
        health.n_samples, health.level.peak_db, overruns.n_samples, overruns.n_gaps
    )
}

/// Records `seconds` of sound.
pub fn record(device: Option<&str>, sample_rate: u32, seconds: f32) -> anyhow::Result<Audio> {
    if !(0.05..=3_600.0).contains(&seconds) {
        return crate::status::usage(format!("--mic {seconds}: allowed are 0.05 to 3600 seconds"));
    }
    let wanted = (f64::from(seconds) * f64::from(sample_rate)) as usize;
    let mut microphone = open(device, sample_rate)?;
    let mut samples = Vec::with_capacity(wanted);
    let mut overruns = Overruns::default();
    while samples.len() < wanted {
        microphone.read_block(&mut samples)?;
        report(&mut microphone, &mut overruns, &|text| {
            output::note(format!("WARNING: {text}"))
        });
        interrupt::check()?;
    }
    samples.truncate(wanted);
    Ok(Audio {
        samples,
        sample_rate,
    })
}
