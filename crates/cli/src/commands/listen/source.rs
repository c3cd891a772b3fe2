//! Where the samples come from: raw PCM on standard input, or a microphone. Both hand them on at the model's rate.

use std::io::{self, Cursor, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use mynah_audio::{Channel, Encoding, Error, Monitor, Pace, PcmFormat, PcmReader, Resampler};

use super::meter::Meter;
use crate::args::{self, Listen};
use crate::status::{Skipped, usage};
use crate::{interrupt, output};

/// Takes samples; false once enough was heard.
pub type Hear<'h> = dyn FnMut(&[f32]) -> anyhow::Result<bool> + 'h;

/// How soon an interrupt is noticed where nothing comes.
const WAIT: Duration = Duration::from_millis(100);
/// Blocks that may wait while one is worked on.
const N_WAITING: usize = 4;

/// What came out of the pipe.
enum Piece {
    Samples(Vec<f32>),
    /// So many samples that are no sound.
    Refused(usize, Error),
    /// The end, with so many bytes too many.
    End(usize),
    Failed(anyhow::Error),
}

/// Reads in a thread of its own, which may wait for ever: an interrupt and what was heard do not.
pub fn from_stdin(
    args: &Listen,
    rate: u32,
    skipped: &mut Skipped,
    meter: &Meter,
    hear: &mut Hear<'_>,
) -> anyhow::Result<()> {
    let format = PcmFormat {
        encoding: match args.encoding.unwrap_or(args::Encoding::S16) {
            args::Encoding::S16 => Encoding::S16Le,
            args::Encoding::S32 => Encoding::S32Le,
            args::Encoding::F32 => Encoding::F32Le,
        },
        sample_rate: args.sample_rate.unwrap_or(16_000),
        n_channels: args.channels.unwrap_or(1),
    };
    let mut resampler = Resampler::new(format.sample_rate, rate)?;
    let (sender, pieces) = sync_channel(N_WAITING);
    thread::spawn(move || read(format, &sender));
    let begin = Instant::now();
    let mut pace = Pace::new(format.sample_rate);
    let mut monitor = Monitor::new(format.sample_rate);
    let mut samples = Vec::new();
    while let Some(piece) = next(&pieces) {
        samples.clear();
        match piece {
            Piece::Samples(raw) => {
                let at = begin.elapsed();
                if let Some(remark) = pace.push(raw.len(), at) {
                    meter.warn(format!("{remark}; is --sample-rate right?"));
                }
                // Of a recording the level says something, the clock nothing.
                monitor.push(&raw, at, &mut Vec::new());
                meter.show(monitor.level());
                resampler.push(&raw, &mut samples);
            }
            Piece::Refused(n, error) => {
                skipped.add(format!("standard input: {error}"))?;
                // Silence in its place, so that times stay what they are.
                resampler.push(&vec![0.0; n], &mut samples);
            }
            Piece::End(n_leftover) => {
                resampler.finish(&mut samples);
                hear(&samples)?;
                if n_leftover > 0 {
                    output::note(
                        "standard input ended in the middle of a sample; are --encoding and --channels right?",
                    );
                }
                return Ok(());
            }
            Piece::Failed(error) => return Err(error),
        }
        if !hear(&samples)? {
            return Ok(());
        }
    }
    Ok(())
}

/// `None` once an interrupt has come.
fn next(pieces: &Receiver<Piece>) -> Option<Piece> {
    loop {
        if interrupt::requested() {
            return None;
        }
        match pieces.recv_timeout(WAIT) {
            Ok(piece) => return Some(piece),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn read(format: PcmFormat, sender: &SyncSender<Piece>) {
    let last = match pieces(format, sender) {
        Ok(n_leftover) => Piece::End(n_leftover),
        Err(error) => Piece::Failed(error),
    };
    // Nobody takes it where listening has ended.
    let _ = sender.send(last);
}

fn pieces(format: PcmFormat, sender: &SyncSender<Piece>) -> anyhow::Result<usize> {
    let stdin = raw_only(io::stdin().lock())?;
    let mut pcm = PcmReader::new(stdin, format, Channel::Mix).context("standard input")?;
    loop {
        let before = pcm.n_samples();
        let mut samples = Vec::new();
        let piece = match pcm.read_block(&mut samples) {
            Ok(0) => return Ok(pcm.n_leftover()),
            Ok(_) => Piece::Samples(samples),
            Err(error @ Error::NotFinite { .. }) => {
                Piece::Refused((pcm.n_samples() - before) as usize, error)
            }
            Err(error) => return Err(error).context("standard input"),
        };
        if sender.send(piece).is_err() {
            return Ok(0);
        }
    }
}

/// The stream, unless it begins as a sound file does: its header and its packing would be heard as noise.
fn raw_only(mut stdin: impl Read) -> anyhow::Result<impl Read> {
    let mut start = Vec::new();
    stdin
        .by_ref()
        .take(4)
        .read_to_end(&mut start)
        .context("standard input")?;
    if [b"RIFF", b"fLaC", b"OggS"]
        .iter()
        .any(|magic| start == magic[..])
        || start.starts_with(b"ID3")
    {
        return usage(
            "standard input is a sound file, not raw samples; unpack it first:\n  \
             sox FILE -t s16 -r 16000 -c 1 - | mynah listen MODEL -",
        );
    }
    Ok(Cursor::new(start).chain(stdin))
}

/// Hands sound on by `period`s, as far as the microphone can.
#[cfg(feature = "mic")]
pub fn from_microphone(
    args: &Listen,
    rate: u32,
    period: Duration,
    meter: &Meter,
    hear: &mut Hear<'_>,
) -> anyhow::Result<()> {
    let mut config = crate::microphone::config(args.device.as_deref(), rate);
    config.period = period;
    let mut microphone = crate::microphone::open(&config)?;
    let mut samples = Vec::new();
    let mut overruns = Default::default();
    let mut listen = || -> anyhow::Result<()> {
        loop {
            samples.clear();
            match microphone.read_within(WAIT, &mut samples) {
                Err(error @ Error::NotFinite { .. }) => meter.warn(error),
                read => drop(read?),
            }
            crate::microphone::report(&mut microphone, &mut overruns, &|text| meter.warn(text));
            meter.show(microphone.level());
            if !hear(&samples)? || interrupt::requested() {
                return Ok(());
            }
        }
    };
    let ended = listen();
    meter.clear();
    output::note(crate::microphone::summary(&microphone));
    ended
}

#[cfg(not(feature = "mic"))]
pub fn from_microphone(
    _: &Listen,
    _: u32,
    _: Duration,
    _: &Meter,
    _: &mut Hear<'_>,
) -> anyhow::Result<()> {
    usage(crate::args::NO_MIC)
}
