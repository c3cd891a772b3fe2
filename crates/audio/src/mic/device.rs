//! Which microphone, and in which of the forms it offers.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{ErrorKind, SampleFormat, SupportedStreamConfig};

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
    /// Its own rate in Hz and number of channels; `None` if it cannot be opened now.
    pub native: Option<(u32, u16)>,
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
        native: device
            .default_input_config()
            .ok()
            .map(|c| (c.sample_rate(), c.channels())),
    }
}

pub(super) fn find(wanted: Option<&str>) -> Result<cpal::Device, Error> {
    let host = cpal::default_host();
    let Some(wanted) = wanted else {
        return host
            .default_input_device()
            .ok_or_else(|| missing(None, &[]));
    };
    let all: Vec<_> = host.input_devices().map_err(fault)?.collect();
    let described: Vec<Device> = all.iter().map(describe).collect();
    let part = wanted.to_lowercase();
    let position = wanted
        .parse()
        .ok()
        .filter(|&i: &usize| i < all.len())
        .or_else(|| {
            described
                .iter()
                .position(|d| d.id == wanted || d.name == wanted)
        })
        .or_else(|| {
            described
                .iter()
                .position(|d| d.name.to_lowercase().contains(&part))
        });
    match position {
        Some(i) => Ok(all.into_iter().nth(i).expect("a position in this list")),
        None => Err(missing(Some(wanted), &described)),
    }
}

fn missing(wanted: Option<&str>, available: &[Device]) -> Error {
    Error::NoMicrophone {
        wanted: wanted.map(str::to_owned),
        available: available.iter().map(|d| d.name.clone()).collect(),
    }
}

/// The fewest channels and the finest samples at the wanted rate, or else what the device prefers.
pub(super) fn choose(
    device: &cpal::Device,
    config: &MicConfig,
) -> Result<SupportedStreamConfig, Error> {
    // Coarse to fine.
    const FORMATS: [SampleFormat; 8] = [
        SampleFormat::U8,
        SampleFormat::I8,
        SampleFormat::U16,
        SampleFormat::I16,
        SampleFormat::I24,
        SampleFormat::U32,
        SampleFormat::I32,
        SampleFormat::F32,
    ];
    let rank = |format| FORMATS.iter().position(|&f| f == format);
    let offered = device.supported_input_configs().map_err(fault)?;
    offered
        .filter(|c| c.channels() > 0 && config.channel.check(usize::from(c.channels())).is_ok())
        .filter(|c| rank(c.sample_format()).is_some())
        .filter_map(|c| c.try_with_sample_rate(config.sample_rate))
        .max_by_key(|c| (std::cmp::Reverse(c.channels()), rank(c.sample_format())))
        .map_or_else(|| device.default_input_config().map_err(fault), Ok)
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
