//! `mynah devices`: the microphones, and what they really deliver.

use crate::args::{Devices, Global};
use crate::status::Status;

#[cfg(not(feature = "mic"))]
pub fn run(_: &Devices, _: &Global) -> anyhow::Result<Status> {
    crate::status::usage(crate::args::NO_MIC)
}

#[cfg(feature = "mic")]
pub fn run(args: &Devices, global: &Global) -> anyhow::Result<Status> {
    use crate::status::Skipped;
    use mynah_audio::mic::{self, MicConfig};

    let all = mic::devices()?;
    let chosen = match &args.device {
        Some(wanted) => vec![mic::position(&all, wanted)?],
        None => (0..all.len()).collect(),
    };
    if chosen.is_empty() {
        // The error for it says what to install.
        mic::position(&all, "")?;
    }
    let mut skipped = Skipped::new(global.strict);
    for index in chosen {
        let device = &all[index];
        let checked = args.check.then(|| {
            let mut config = MicConfig::default();
            config.device = Some(index.to_string());
            // The rate is known to within one period.
            config.period = std::time::Duration::from_millis(20);
            mic::check(&config, SECONDS)
        });
        let line = Line::new(index, device, checked.as_ref());
        match args.json {
            true => crate::output::json(&line)?,
            false => crate::output::line(&line)?,
        }
        for fault in line.faults() {
            skipped.add(format!("microphone {index}: {fault}"))?;
        }
        crate::interrupt::check()?;
    }
    Ok(skipped.finish())
}

/// What is recorded of each. It takes a quarter of a second until the clock is measured.
#[cfg(feature = "mic")]
const SECONDS: f32 = 1.25;

#[cfg(feature = "mic")]
pub use text::Line;

#[cfg(feature = "mic")]
mod text {
    use std::fmt;

    use mynah_audio::Error;
    use mynah_audio::mic::{Checked, Device, Native};
    use serde::Serialize;

    /// One microphone.
    #[derive(Serialize)]
    pub struct Line<'a> {
        index: usize,
        name: &'a str,
        id: &'a str,
        native: Option<Form>,
        #[serde(skip_serializing_if = "Option::is_none")]
        check: Option<Check>,
    }

    #[derive(Serialize)]
    struct Form {
        sample_rate: u32,
        n_channels: u16,
        format: String,
    }

    /// What was found; without numbers where it could not be opened.
    #[derive(Serialize)]
    struct Check {
        delivers: Option<Delivers>,
        faults: Vec<String>,
    }

    #[derive(Serialize)]
    struct Delivers {
        opened_as: Form,
        samples: u64,
        samples_per_second: Option<f64>,
        uncertainty: Option<f64>,
        peak_db: f32,
        rms_db: f32,
        dc: f32,
        clipped_samples: u64,
        constant_seconds: f64,
        lost_samples: u64,
    }

    impl From<&Native> for Form {
        fn from(native: &Native) -> Self {
            Self {
                sample_rate: native.sample_rate,
                n_channels: native.n_channels,
                format: native.format.clone(),
            }
        }
    }

    impl From<&Checked> for Delivers {
        fn from(checked: &Checked) -> Self {
            let health = &checked.health;
            Self {
                opened_as: Form::from(&checked.native),
                samples: health.n_samples,
                samples_per_second: health.rate.map(|rate| rate.per_second),
                uncertainty: health.rate.map(|rate| rate.uncertainty),
                peak_db: health.level.peak_db,
                rms_db: health.level.rms_db,
                dc: health.dc,
                clipped_samples: health.n_clipped,
                constant_seconds: health.constant_seconds,
                lost_samples: checked.overruns.n_samples,
            }
        }
    }

    impl<'a> Line<'a> {
        pub fn new(
            index: usize,
            device: &'a Device,
            checked: Option<&Result<Checked, Error>>,
        ) -> Self {
            Self {
                index,
                name: &device.name,
                id: &device.id,
                native: device.native.as_ref().map(Form::from),
                check: checked.map(|checked| match checked {
                    Ok(checked) => Check {
                        delivers: Some(Delivers::from(checked)),
                        faults: checked
                            .health
                            .faults()
                            .iter()
                            .map(ToString::to_string)
                            .collect(),
                    },
                    Err(error) => Check {
                        delivers: None,
                        faults: vec![error.to_string()],
                    },
                }),
            }
        }

        /// What is wrong with it.
        pub fn faults(&self) -> &[String] {
            self.check.as_ref().map_or(&[], |check| &check.faults)
        }
    }

    impl fmt::Display for Line<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:3}  {}  ({})  ", self.index, self.name, self.id)?;
            match &self.native {
                Some(native) => write!(f, "{native}")?,
                None => write!(f, "cannot be opened now")?,
            }
            let Some(check) = &self.check else {
                return Ok(());
            };
            if let Some(delivers) = &check.delivers {
                write!(f, "\n     opened as {}", delivers.opened_as)?;
                if let (Some(rate), Some(by)) = (delivers.samples_per_second, delivers.uncertainty)
                {
                    write!(f, "; {rate:.0} samples a second arrive (to within {by:.0})")?;
                }
                write!(
                    f,
                    "\n     peak {:.1} dB, mean {:.1} dB of full scale, offset {:.4}, {} samples clipped, {} lost",
                    delivers.peak_db,
                    delivers.rms_db,
                    delivers.dc,
                    delivers.clipped_samples,
                    delivers.lost_samples
                )?;
            }
            if check.faults.is_empty() {
                write!(f, "\n     all is well")?;
            }
            Ok(())
        }
    }

    impl fmt::Display for Form {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let channels = match self.n_channels {
                1 => "1 channel".to_string(),
                n => format!("{n} channels"),
            };
            write!(f, "{} Hz, {channels}, {}", self.sample_rate, self.format)
        }
    }
}
