//! The microphone, with what a user should know said on the way.

use mynah_audio::Audio;
use mynah_audio::mic::{MicConfig, Microphone, Overruns};

use crate::{interrupt, output};

/// A microphone by the name that was typed, which is to give samples at `sample_rate`.
pub fn config(device: Option<&str>, sample_rate: u32) -> MicConfig {
    let mut config = MicConfig::default();
    config.sample_rate = sample_rate;
    config.device = device.map(str::to_string);
    config
}

/// Opens a microphone and says which one it is.
pub fn open(config: &MicConfig) -> anyhow::Result<Microphone> {
    let microphone = Microphone::open(config)?;
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
    // How long a gap was shows when sound comes again.
    if overruns.n_samples > known.n_samples {
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
    let mut takes = Takes::new(open(&config(device, sample_rate))?, sample_rate, seconds);
    Ok(Audio {
        samples: takes.next()?,
        sample_rate,
    })
}

/// Recordings of one length, one after the other, between which nothing is lost.
pub struct Takes {
    microphone: Microphone,
    /// Samples of one.
    wanted: usize,
    /// What was heard and not yet handed out.
    heard: Vec<f32>,
    overruns: Overruns,
}

impl Takes {
    pub fn new(microphone: Microphone, sample_rate: u32, seconds: f32) -> Self {
        let wanted = (f64::from(seconds) * f64::from(sample_rate)) as usize;
        Self {
            microphone,
            wanted,
            heard: Vec::with_capacity(wanted),
            overruns: Overruns::default(),
        }
    }

    /// Waits for the next.
    pub fn next(&mut self) -> anyhow::Result<Vec<f32>> {
        while self.heard.len() < self.wanted {
            self.microphone.read_block(&mut self.heard)?;
            report(&mut self.microphone, &mut self.overruns, &|text| {
                output::note(format!("WARNING: {text}"))
            });
            interrupt::check()?;
        }
        let rest = self.heard.split_off(self.wanted);
        Ok(std::mem::replace(&mut self.heard, rest))
    }
}
