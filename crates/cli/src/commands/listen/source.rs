//! Where the samples come from: raw PCM on standard input, or a microphone. Both hand them on at the model's rate.

use std::io::{self, Cursor, Read};

use anyhow::Context;
use mynah_audio::{Channel, Encoding, PcmFormat, PcmReader, Resampler};

use crate::args::{self, Listen};
use crate::output;
use crate::status::{Skipped, usage};

/// Takes samples; false once enough was heard.
pub type Hear<'h> = dyn FnMut(&[f32]) -> anyhow::Result<bool> + 'h;

pub fn from_stdin(
    args: &Listen,
    rate: u32,
    skipped: &mut Skipped,
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
    let stdin = raw_only(io::stdin().lock())?;
    let mut pcm = PcmReader::new(stdin, format, Channel::Mix).context("standard input")?;
    let mut resampler = Resampler::new(format.sample_rate, rate)?;
    let (mut raw, mut samples) = (Vec::new(), Vec::new());
    loop {
        raw.clear();
        samples.clear();
        match pcm.read_block(&mut raw) {
            Ok(0) => break,
            Ok(_) => {}
            // A damaged block is one block lost.
            Err(error @ mynah_audio::Error::NotFinite { .. }) => {
                skipped.add(format!("standard input: {error}"))?;
                continue;
            }
            Err(error) => return Err(error).context("standard input"),
        }
        resampler.push(&raw, &mut samples);
        if !hear(&samples)? {
            return Ok(());
        }
    }
    samples.clear();
    resampler.finish(&mut samples);
    hear(&samples)?;
    if pcm.n_leftover() > 0 {
        output::note(
            "standard input ended in the middle of a sample; are --encoding and --channels right?",
        );
    }
    Ok(())
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

#[cfg(feature = "mic")]
pub fn from_microphone(args: &Listen, rate: u32, hear: &mut Hear<'_>) -> anyhow::Result<()> {
    let mut microphone = crate::microphone::open(args.device.as_deref(), rate)?;
    let mut samples = Vec::new();
    let mut overruns = 0;
    loop {
        samples.clear();
        microphone.read_block(&mut samples)?;
        crate::microphone::report_overruns(&microphone, &mut overruns);
        if !hear(&samples)? {
            return Ok(());
        }
    }
}

#[cfg(not(feature = "mic"))]
pub fn from_microphone(_: &Listen, _: u32, _: &mut Hear<'_>) -> anyhow::Result<()> {
    usage(crate::args::NO_MIC)
}
