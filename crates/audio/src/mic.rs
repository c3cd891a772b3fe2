//! The microphone (cpal crate; ALSA on Linux, CoreAudio, WASAPI).
//!
//! The sound system's thread only mixes the channels and stores the samples in a lock-free ring;
//! conversion to the wanted rate happens in the thread that reads.

mod device;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, FromSample, I24, SampleFormat, SizedSample, Stream, StreamConfig,
    SupportedStreamConfig,
};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::encoding::check_finite;
use crate::{Channel, Error, Resampler};
use device::{choose, describe, fault, find};

pub use device::{Device, devices};

/// Sound the ring holds while nobody reads, in seconds.
const RING_SECONDS: u32 = 4;
/// How often the reader looks for samples.
const POLL: Duration = Duration::from_millis(5);
/// A microphone that gives nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which microphone, and the rate its samples are wanted at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MicConfig {
    /// Index in [`devices`], identifier, name, or part of a name in any case. Default: `None`, the
    /// system's own choice.
    pub device: Option<String>,
    /// Samples per second, in Hz; 1000 to 768000. Default: 16000.
    pub sample_rate: u32,
    /// What becomes of several channels. Default: their mean.
    pub channel: Channel,
}

impl Default for MicConfig {
    fn default() -> Self {
        MicConfig {
            device: None,
            sample_rate: 16_000,
            channel: Channel::Mix,
        }
    }
}

/// A microphone that is listening. Reading appends mono f32 at the wanted rate.
///
/// ```no_run
/// use mynah_audio::mic::{MicConfig, Microphone};
///
/// let mut microphone = Microphone::open(&MicConfig::default())?;
/// let mut samples = Vec::new();
/// while samples.len() < 16_000 {
///     microphone.read_block(&mut samples)?;
/// }
/// # Ok::<(), mynah_audio::Error>(())
/// ```
pub struct Microphone {
    name: String,
    native_rate: u32,
    resampler: Resampler,
    ring: Consumer<f32>,
    /// What was taken from the ring, at the device's rate.
    taken: Vec<f32>,
    n_taken: u64,
    shared: Arc<Shared>,
    // Stops listening when dropped.
    _stream: Stream,
}

#[derive(Default)]
struct Shared {
    overruns: AtomicU64,
    fault: OnceLock<cpal::Error>,
}

impl Microphone {
    /// Opens a microphone and starts listening.
    ///
    /// The wanted rate is asked of the device; if it does not offer it, its own rate is taken and
    /// converted. Sound is asked for 20 ms at a time; where a device refuses a fixed size, its own.
    ///
    /// # Errors
    /// [`Error::NoMicrophone`], [`Error::MicrophoneBusy`], [`Error::MicrophoneDenied`],
    /// [`Error::MicrophoneLost`]; [`Error::SampleRate`] and [`Error::Ratio`] for the rate;
    /// [`Error::NoSuchChannel`].
    pub fn open(config: &MicConfig) -> Result<Self, Error> {
        let device = find(config.device.as_deref())?;
        let native = choose(&device, config)?;
        config.channel.check(usize::from(native.channels()))?;
        let native_rate = native.sample_rate();
        let resampler = Resampler::new(native_rate, config.sample_rate)?;
        let (stream, ring, shared) = start(&device, &native, config.channel)?;
        Ok(Microphone {
            name: describe(&device).name,
            native_rate,
            resampler,
            taken: Vec::with_capacity(ring.buffer().capacity()),
            n_taken: 0,
            ring,
            shared,
            _stream: stream,
        })
    }

    /// The microphone's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rate the device itself delivers, in Hz; equal to the wanted one if nothing is converted.
    pub fn native_rate(&self) -> u32 {
        self.native_rate
    }

    /// How many times sound was lost because it was not read or delivered in time.
    pub fn overruns(&self) -> u64 {
        self.shared.overruns.load(Ordering::Relaxed)
    }

    /// Waits for sound, appends it to `out`, and returns the number of samples appended; never 0.
    ///
    /// # Errors
    /// [`Error::MicrophoneLost`] when the device fails, is unplugged, or gives nothing for 5 s,
    /// once all it had given is read; [`Error::NotFinite`] for a float that is no sound, after
    /// which what came with it is gone and the next call goes on behind it.
    pub fn read_block(&mut self, out: &mut Vec<f32>) -> Result<usize, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Looked at before the ring, so that what came before the fault is still read.
            let lost = self.shared.fault.get();
            let n_waiting = self.ring.slots();
            if n_waiting > 0 {
                self.taken.resize(n_waiting, 0.0);
                self.ring
                    .pop_entire_slice(&mut self.taken)
                    .expect("so many are waiting");
                let index = self.n_taken;
                self.n_taken += n_waiting as u64;
                check_finite(&self.taken, index)?;
                let n = self.resampler.push(&self.taken, out);
                if n > 0 {
                    return Ok(n);
                }
            } else if let Some(lost) = lost {
                return Err(Error::MicrophoneLost {
                    fault: lost.to_string(),
                });
            } else if Instant::now() > deadline {
                return Err(Error::MicrophoneLost {
                    fault: format!("no sound for {} s", PATIENCE.as_secs()),
                });
            } else {
                thread::sleep(POLL);
            }
        }
    }
}

type Listening = (Stream, Consumer<f32>, Arc<Shared>);

fn start(
    device: &cpal::Device,
    native: &SupportedStreamConfig,
    channel: Channel,
) -> Result<Listening, Error> {
    let mut config = native.config();
    config.buffer_size = BufferSize::Fixed(config.sample_rate / 50);
    match start_as(device, config, native.sample_format(), channel) {
        Err(e)
            if matches!(
                e.kind(),
                ErrorKind::DeviceBusy | ErrorKind::PermissionDenied
            ) =>
        {
            Err(fault(e))
        }
        Err(_) => {
            config.buffer_size = BufferSize::Default;
            start_as(device, config, native.sample_format(), channel).map_err(fault)
        }
        Ok(listening) => Ok(listening),
    }
}

fn start_as(
    device: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    channel: Channel,
) -> Result<Listening, cpal::Error> {
    match format {
        SampleFormat::I8 => listen::<i8>(device, config, channel),
        SampleFormat::I16 => listen::<i16>(device, config, channel),
        SampleFormat::I24 => listen::<I24>(device, config, channel),
        SampleFormat::I32 => listen::<i32>(device, config, channel),
        SampleFormat::U8 => listen::<u8>(device, config, channel),
        SampleFormat::U16 => listen::<u16>(device, config, channel),
        SampleFormat::U32 => listen::<u32>(device, config, channel),
        SampleFormat::F32 => listen::<f32>(device, config, channel),
        _ => Err(ErrorKind::UnsupportedConfig.into()),
    }
}

fn listen<T>(
    device: &cpal::Device,
    config: StreamConfig,
    channel: Channel,
) -> Result<Listening, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let n_channels = usize::from(config.channels);
    let (mut producer, consumer) =
        RingBuffer::new(config.sample_rate as usize * RING_SECONDS as usize);
    let shared = Arc::new(Shared::default());
    let (on_data, on_error) = (Arc::clone(&shared), Arc::clone(&shared));
    let stream = device.build_input_stream(
        config,
        move |samples: &[T], _| {
            if !store(samples, n_channels, channel, &mut producer) {
                on_data.overruns.fetch_add(1, Ordering::Relaxed);
            }
        },
        move |error| match error.kind() {
            ErrorKind::Xrun => {
                on_error.overruns.fetch_add(1, Ordering::Relaxed);
            }
            // It goes on listening after these.
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => (),
            // The first fault says why; later ones follow from it.
            _ => drop(on_error.fault.set(error)),
        },
        None,
    )?;
    stream.play()?;
    Ok((stream, consumer, shared))
}

/// Puts what has come into the ring; false if not all of it had room. Neither waits nor allocates.
fn store<T>(samples: &[T], n_channels: usize, channel: Channel, ring: &mut Producer<f32>) -> bool
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let blocks = samples.chunks_exact(n_channels);
    let n_blocks = blocks.len();
    let n_room = ring.slots().min(n_blocks);
    let room = ring
        .write_chunk_uninit(n_room)
        .expect("so many slots are free");
    room.fill_from_iter(blocks.map(|block| channel.of(block, |s| s.to_sample::<f32>())));
    n_room == n_blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_loses_the_newest_and_says_so() {
        let (mut producer, mut consumer) = RingBuffer::new(3);
        let block: [i16; 4] = [16384, -16384, 8192, 0];
        assert!(store(&block, 2, Channel::Mix, &mut producer));
        assert!(!store(&block, 2, Channel::Pick(1), &mut producer));
        let mut heard = [0.0; 3];
        consumer.pop_entire_slice(&mut heard).unwrap();
        assert_eq!(heard, [0.0, 0.125, -0.5]);
    }
}
