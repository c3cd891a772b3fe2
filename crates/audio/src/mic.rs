//! The microphone (cpal crate; ALSA on Linux, CoreAudio, WASAPI).
//!
//! The sound system's thread only mixes the channels and stores the samples in a lock-free ring;
//! conversion to the wanted rate happens in the thread that reads.

mod device;
mod intake;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, FromSample, I24, SampleFormat, SizedSample, Stream, StreamConfig,
    SupportedBufferSize, SupportedStreamConfig, U24,
};
use rtrb::{Consumer, RingBuffer};

use crate::encoding::check_finite;
use crate::{Channel, Error, Health, Level, Monitor, Remark, Resampler};
use device::{choose, describe, fault, find};
use intake::{Intake, Shared};

pub use device::{Device, Native, devices, position};

/// What a period may be.
const PERIODS: RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(500);
/// Sound the ring holds while nobody reads, in seconds.
const RING_SECONDS: u32 = 4;
/// How often the reader looks for samples.
const POLL: Duration = Duration::from_millis(5);
/// A microphone that gives nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(5);
/// One that gives nothing for so long is not waited for when it is closed.
const STUCK: Duration = Duration::from_secs(1);

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
    /// Sound that the sound system hands over at a time, brought within 5 to 500 ms and what the device offers. Its buffer
    /// holds two: so long the machine may be busy elsewhere before sound is lost, and so much later it is heard. Default:
    /// 160 ms.
    pub period: Duration,
}

impl Default for MicConfig {
    fn default() -> Self {
        MicConfig {
            device: None,
            sample_rate: 16_000,
            channel: Channel::Mix,
            period: Duration::from_millis(160),
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
    native: Native,
    resampler: Resampler,
    ring: Consumer<f32>,
    /// What was taken from the ring, at the device's rate.
    taken: Vec<f32>,
    n_taken: u64,
    monitor: Monitor,
    remarks: Vec<Remark>,
    begin: Instant,
    last_heard: Instant,
    shared: Arc<Shared>,
    /// Stops listening when dropped.
    stream: Option<Stream>,
}

/// Sound that did not come through because it was not read or delivered in time. Silence is in its place, so that times
/// stay those of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overruns {
    /// Times that it happened.
    pub n_gaps: u64,
    /// Samples that were lost, at the device's rate; where the sound system itself dropped them, as many as its clock
    /// says.
    pub n_samples: u64,
}

impl Microphone {
    /// Opens a microphone and starts listening.
    ///
    /// The wanted rate is asked of the device; if it does not offer it, its own rate is taken and
    /// converted. Where a device refuses any fixed size of a period, its own is taken.
    ///
    /// # Errors
    /// [`Error::NoMicrophone`], [`Error::MicrophoneBusy`], [`Error::MicrophoneDenied`],
    /// [`Error::MicrophoneFormat`], [`Error::MicrophoneLost`]; [`Error::SampleRate`] and [`Error::Ratio`] for the rate;
    /// [`Error::NoSuchChannel`].
    pub fn open(config: &MicConfig) -> Result<Self, Error> {
        let (device, native) = choose(find(config.device.as_deref())?, config)?;
        config.channel.check(usize::from(native.channels()))?;
        let native_rate = native.sample_rate();
        let resampler = Resampler::new(native_rate, config.sample_rate)?;
        let (stream, ring, shared) = start(&device, &native, config)?;
        let begin = Instant::now();
        Ok(Microphone {
            name: describe(&device).name,
            native: Native::from(&native),
            resampler,
            taken: Vec::with_capacity(ring.buffer().capacity()),
            n_taken: 0,
            ring,
            monitor: Monitor::new(native_rate),
            remarks: Vec::new(),
            begin,
            last_heard: begin,
            shared,
            stream: Some(stream),
        })
    }

    /// The microphone's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the device itself delivers; its rate is the wanted one if nothing is converted.
    pub fn native(&self) -> &Native {
        &self.native
    }

    /// Sound that was lost so far.
    pub fn overruns(&self) -> Overruns {
        Overruns {
            n_gaps: self.shared.n_gaps.load(Ordering::Relaxed),
            n_samples: self.shared.n_lost.load(Ordering::Relaxed),
        }
    }

    /// What the sound has looked like so far, at the device's rate, of the channels that were taken.
    pub fn health(&self) -> Health {
        self.monitor.health()
    }

    /// How loud it is now.
    pub fn level(&self) -> Level {
        self.monitor.level()
    }

    /// What a listener should be told since this was last asked.
    pub fn remarks(&mut self) -> Vec<Remark> {
        std::mem::take(&mut self.remarks)
    }

    /// Waits for sound, appends it to `out`, and returns the number of samples appended; never 0.
    ///
    /// # Errors
    /// As [`read_within`](Self::read_within).
    pub fn read_block(&mut self, out: &mut Vec<f32>) -> Result<usize, Error> {
        loop {
            let n = self.read_within(PATIENCE, out)?;
            if n > 0 {
                return Ok(n);
            }
        }
    }

    /// Waits for sound for at most `wait`, appends it to `out`, and returns the number of samples appended.
    ///
    /// # Errors
    /// [`Error::MicrophoneLost`] when the device fails, is unplugged, or has given nothing for 5 s,
    /// once all it had given is read; [`Error::NotFinite`] for a float that is no sound: silence is in the place of what
    /// came with it, and the next call goes on behind it.
    pub fn read_within(&mut self, wait: Duration, out: &mut Vec<f32>) -> Result<usize, Error> {
        let asked = Instant::now();
        loop {
            // Looked at before the ring, so that what came before the fault is still read.
            let lost = self.shared.fault.get();
            let n_waiting = self.ring.slots();
            if n_waiting > 0 {
                let n = self.take(n_waiting, out)?;
                if n > 0 {
                    return Ok(n);
                }
            } else if let Some(lost) = lost {
                return Err(Error::MicrophoneLost {
                    fault: lost.to_string(),
                });
            } else if self.last_heard.elapsed() > PATIENCE {
                return Err(Error::MicrophoneLost {
                    fault: format!("no sound for {} s", PATIENCE.as_secs()),
                });
            } else if asked.elapsed() >= wait {
                return Ok(0);
            } else {
                thread::sleep(POLL);
            }
        }
    }

    fn take(&mut self, n_waiting: usize, out: &mut Vec<f32>) -> Result<usize, Error> {
        self.taken.resize(n_waiting, 0.0);
        self.ring
            .pop_entire_slice(&mut self.taken)
            .expect("so many are waiting");
        self.last_heard = Instant::now();
        let index = self.n_taken;
        self.n_taken += n_waiting as u64;
        let checked = check_finite(&self.taken, index);
        if checked.is_err() {
            self.taken.fill(0.0);
        }
        let at = self.last_heard - self.begin;
        self.monitor.push(&self.taken, at, &mut self.remarks);
        let n = self.resampler.push(&self.taken, out);
        checked.map(|()| n)
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        // Closing waits for the sound system's thread, which may hang in the driver of a device that is gone.
        if let Some(stream) = self.stream.take()
            && self.last_heard.elapsed() > STUCK
        {
            thread::spawn(move || drop(stream));
        }
    }
}

/// Waits for `seconds` of sound from a microphone, as [`Microphone::open`] would take it, and tells what came.
///
/// # Errors
/// As [`Microphone::open`] and [`Microphone::read_within`].
pub fn check(config: &MicConfig, seconds: f32) -> Result<Checked, Error> {
    let mut microphone = Microphone::open(config)?;
    let until = Instant::now() + Duration::from_secs_f32(seconds);
    let mut samples = Vec::new();
    while Instant::now() < until {
        samples.clear();
        microphone.read_within(POLL, &mut samples)?;
    }
    Ok(Checked {
        native: microphone.native().clone(),
        health: microphone.health(),
        overruns: microphone.overruns(),
    })
}

/// What a microphone really delivers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Checked {
    /// The form it was opened in.
    pub native: Native,
    /// What its sound looks like; [`Health::faults`] judges it.
    pub health: Health,
    /// What was lost meanwhile.
    pub overruns: Overruns,
}

type Listening = (Stream, Consumer<f32>, Arc<Shared>);

fn start(
    device: &cpal::Device,
    native: &SupportedStreamConfig,
    wanted: &MicConfig,
) -> Result<Listening, Error> {
    let channel = wanted.channel;
    let mut config = native.config();
    let period = wanted.period.clamp(*PERIODS.start(), *PERIODS.end());
    let period = (period.as_secs_f64() * f64::from(config.sample_rate)) as u32;
    config.buffer_size = BufferSize::Fixed(match *native.buffer_size() {
        SupportedBufferSize::Range { min, max } if min <= max => period.clamp(min, max),
        _ => period,
    });
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
        SampleFormat::U24 => listen::<U24>(device, config, channel),
        SampleFormat::U32 => listen::<u32>(device, config, channel),
        SampleFormat::F32 => listen::<f32>(device, config, channel),
        SampleFormat::F64 => listen::<f64>(device, config, channel),
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
    let room = config.sample_rate as usize * RING_SECONDS as usize;
    let (ring, consumer) = RingBuffer::new(room);
    let shared = Arc::new(Shared::default());
    let on_error = Arc::clone(&shared);
    let mut intake = Intake {
        n_channels: usize::from(config.channels),
        channel,
        sample_rate: config.sample_rate,
        ring,
        shared: Arc::clone(&shared),
        seen: (0, None),
        n_owed: 0,
    };
    let stream = device.build_input_stream(
        config,
        move |samples: &[T], info| intake.take(samples, info.timestamp().capture),
        move |error| on_error.hear_of(error),
        None,
    )?;
    stream.play()?;
    Ok((stream, consumer, shared))
}
