//! Which microphone, and in which of the forms it offers.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{ErrorKind, SampleFormat, SupportedStreamConfig, SupportedStreamConfigRange};

use super::MicConfig;
use crate::Error;

/// A microphone that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// The system's identifier, such as `alsa:hw:CARD=1,DEV=0`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What it delivers by itself; `None` if it cannot be opened now.
    pub native: Option<Native>,
}

/// The form in which a device delivers sound.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Native {
    /// Samples per second, in Hz.
    pub sample_rate: u32,
    /// Channels, interleaved.
    pub n_channels: u16,
    /// Its samples: `i16`, `i24`, `f32` and the like.
    pub format: String,
}

impl From<&SupportedStreamConfig> for Native {
    fn from(config: &SupportedStreamConfig) -> Self {
        Native {
            sample_rate: config.sample_rate(),
            n_channels: config.channels(),
            format: config.sample_format().to_string(),
        }
    }
}

/// The microphones there are, in the order that [`MicConfig::device`] counts from 0.
///
/// # Errors
/// Those of the sound system: [`Error::NoMicrophone`], [`Error::MicrophoneDenied`],
/// [`Error::MicrophoneLost`]. None connected is an empty list, not an error.
pub fn devices() -> Result<Vec<Device>, Error> {
    let list = cpal::default_host().input_devices().map_err(fault)?;
    Ok(list.map(|device| describe(&device)).collect())
}

pub(super) fn describe(device: &cpal::Device) -> Device {
    Device {
        id: device.id().map(|id| id.to_string()).unwrap_or_default(),
        name: device
            .description()
            .map(|d| d.name().to_owned())
            .unwrap_or_default(),
        native: device.default_input_config().ok().map(|c| Native::from(&c)),
    }
}

pub(super) fn find(wanted: Option<&str>) -> Result<cpal::Device, Error> {
    let host = cpal::default_host();
    let Some(wanted) = wanted else {
        return host
            .default_input_device()
            .ok_or_else(|| missing(None, &[]));
    };
    let mut all: Vec<_> = host.input_devices().map_err(fault)?.collect();
    let described: Vec<Device> = all.iter().map(describe).collect();
    let i = position(&described, wanted)?;
    Ok(all.swap_remove(i))
}

/// Which of the [`devices`] is meant by an index, an identifier, a name, or part of a name in any case.
///
/// # Errors
/// [`Error::NoMicrophone`], naming those there are.
pub fn position(devices: &[Device], wanted: &str) -> Result<usize, Error> {
    let part = wanted.to_lowercase();
    let index = wanted.parse().ok().filter(|&i: &usize| i < devices.len());
    let called = |d: &Device| d.id == wanted || d.name == wanted;
    index
        .or_else(|| devices.iter().position(called))
        .or_else(|| {
            let names = &mut devices.iter();
            names.position(|d| d.name.to_lowercase().contains(&part))
        })
        .ok_or_else(|| missing(Some(wanted).filter(|w| !w.is_empty()), devices))
}

fn missing(wanted: Option<&str>, available: &[Device]) -> Error {
    Error::NoMicrophone {
        wanted: wanted.map(str::to_owned),
        available: available.iter().map(|d| d.name.clone()).collect(),
    }
}

/// The fewest channels and the finest samples at the wanted rate, or else what the device prefers. A device that has
/// no samples we read is exchanged for its twin that converts, where the system has one.
pub(super) fn choose(
    device: cpal::Device,
    config: &MicConfig,
) -> Result<(cpal::Device, SupportedStreamConfig), Error> {
    if let Some(native) = best(offered(&device)?, config) {
        return Ok((device, native));
    }
    let unreadable = || Error::MicrophoneFormat {
        name: describe(&device).name,
    };
    let twin = converting(&describe(&device).id).ok_or_else(unreadable)?;
    let twin = find(Some(&twin)).map_err(|_| unreadable())?;
    let native = best(offered(&twin)?, config).ok_or_else(unreadable)?;
    Ok((twin, native))
}

fn offered(device: &cpal::Device) -> Result<Vec<SupportedStreamConfigRange>, Error> {
    Ok(device.supported_input_configs().map_err(fault)?.collect())
}

fn best(
    offered: Vec<SupportedStreamConfigRange>,
    config: &MicConfig,
) -> Option<SupportedStreamConfig> {
    // Coarse to fine.
    const FORMATS: [SampleFormat; 10] = [
        SampleFormat::U8,
        SampleFormat::I8,
        SampleFormat::U16,
        SampleFormat::I16,
        SampleFormat::U24,
        SampleFormat::I24,
        SampleFormat::U32,
        SampleFormat::I32,
        SampleFormat::F64,
        SampleFormat::F32,
    ];
    let rank = |format| FORMATS.iter().position(|&f| f == format);
    let readable = offered.into_iter();
    let readable = readable.filter(|c| c.channels() > 0 && rank(c.sample_format()).is_some());
    let readable: Vec<_> = readable.collect();
    readable
        .iter()
        .filter(|c| config.channel.check(usize::from(c.channels())).is_ok())
        .filter_map(|c| c.try_with_sample_rate(config.sample_rate))
        .max_by_key(|c| (std::cmp::Reverse(c.channels()), rank(c.sample_format())))
        .or_else(|| {
            let preferred = readable.iter();
            let preferred = preferred.max_by(|a, b| a.cmp_default_heuristics(b))?;
            let standard = preferred.try_with_standard_sample_rate();
            Some(standard.unwrap_or_else(|| preferred.with_max_sample_rate()))
        })
}

/// ALSA's device that converts what the bare one of this identifier delivers.
fn converting(id: &str) -> Option<String> {
    Some(format!("alsa:plughw:{}", id.strip_prefix("alsa:hw:")?))
}

/// What the sound system answers while a microphone is looked for or opened.
pub(super) fn fault(error: cpal::Error) -> Error {
    match error.kind() {
        ErrorKind::DeviceBusy => Error::MicrophoneBusy,
        ErrorKind::PermissionDenied => Error::MicrophoneDenied,
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => missing(None, &[]),
        _ => Error::MicrophoneLost {
            fault: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_microphone_is_named_in_the_message() {
        let some = |name: &str| Device {
            id: String::new(),
            name: name.to_owned(),
            native: None,
        };
        let message = missing(Some("yeti"), &[some("webcam"), some("headset")]).to_string();
        assert!(
            message.contains("\"yeti\"") && message.contains("webcam, headset"),
            "{message}"
        );
        assert!(missing(None, &[]).to_string().contains("arecord -l"));
    }

    /// One form that a device offers.
    fn form(n_channels: u16, rates: [u32; 2], format: SampleFormat) -> SupportedStreamConfigRange {
        let size = cpal::SupportedBufferSize::Unknown;
        SupportedStreamConfigRange::new(n_channels, rates[0], rates[1], size, format)
    }

    #[test]
    fn the_finest_at_the_wanted_rate_or_what_there_is() {
        use SampleFormat::{DsdU8, F32, I16, I24};
        let config = MicConfig::default();
        let chosen = |offered: Vec<_>| best(offered, &config).map(|c| Native::from(&c));
        let native = |sample_rate, n_channels, format: SampleFormat| {
            Some(Native {
                sample_rate,
                n_channels,
                format: format.to_string(),
            })
        };
        let all = vec![
            form(1, [8_000, 48_000], I16),
            form(1, [8_000, 48_000], F32),
            form(2, [8_000, 48_000], F32),
            form(1, [44_100, 192_000], I24),
        ];
        assert_eq!(chosen(all), native(16_000, 1, F32));
        let only = |format| vec![form(2, [44_100, 44_100], format)];
        assert_eq!(chosen(only(I24)), native(44_100, 2, I24));
        assert_eq!(chosen(only(DsdU8)), None);
        assert_eq!(chosen(Vec::new()), None);
        assert_eq!(
            converting("alsa:hw:CARD=1,DEV=0").as_deref(),
            Some("alsa:plughw:CARD=1,DEV=0")
        );
        assert_eq!(converting("alsa:pulse"), None);
    }

    #[test]
    fn faults_of_the_sound_system_keep_their_kind() {
        assert!(matches!(
            fault(ErrorKind::DeviceBusy.into()),
            Error::MicrophoneBusy
        ));
        assert!(matches!(
            fault(ErrorKind::PermissionDenied.into()),
            Error::MicrophoneDenied
        ));
        assert!(matches!(
            fault(ErrorKind::DeviceNotAvailable.into()),
            Error::NoMicrophone { .. }
        ));
        assert!(matches!(
            fault(ErrorKind::BackendError.into()),
            Error::MicrophoneLost { .. }
        ));
    }
}
