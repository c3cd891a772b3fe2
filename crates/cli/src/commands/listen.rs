//! `mynah listen`: words as they are spoken, from the microphone or from raw PCM on standard input.

use std::io::{self, Cursor, Read};

use anyhow::Context;
use mynah::{Recognizer, Segmenter, SegmenterConfig, Utterance};
use mynah_audio::{Channel, Encoding, PcmFormat, PcmReader, Resampler};
use serde::Serialize;

use super::classify::Verdict;
use crate::args::{self, Global, Listen};
use crate::models::load;
use crate::output;
use crate::status::{Skipped, Status, usage};

/// One line of `--json`. Times are seconds from the beginning of the stream.
#[derive(Serialize)]
struct Event<'a> {
    start: f64,
    end: f64,
    #[serde(flatten)]
    verdict: Verdict<'a>,
}

pub fn run(args: &Listen, global: &Global) -> anyhow::Result<Status> {
    let (model, _) = load(&args.model)?;
    let Some(pipeline) = model.pipeline() else {
        return usage(format!(
            "{}: takes vectors, not sound; give a model trained on recordings",
            args.model.display()
        ));
    };
    let rate = pipeline.mfcc.sample_rate;
    let mut skipped = Skipped::new(global.strict);
    let mut listener = Listener {
        recognizer: Recognizer::new(&model),
        segmenter: Segmenter::new(&SegmenterConfig::new(rate))?,
        rate,
        json: args.json,
        left: args
            .seconds
            .map(|seconds| (f64::from(seconds) * f64::from(rate)) as usize),
        n_words: 0,
    };
    match args.input {
        Some(_) => from_stdin(args, rate, &mut listener, &mut skipped)?,
        None => from_microphone(args, rate, &mut listener)?,
    }
    listener.finish()?;
    Ok(skipped.finish())
}

/// From samples at the model's rate to lines.
struct Listener<'m> {
    recognizer: Recognizer<'m>,
    segmenter: Segmenter,
    rate: u32,
    json: bool,
    /// Samples until `--seconds` are over.
    left: Option<usize>,
    n_words: usize,
}

impl Listener<'_> {
    /// Takes samples; false once enough was heard.
    fn hear(&mut self, samples: &[f32]) -> anyhow::Result<bool> {
        let taken = self
            .left
            .map_or(samples.len(), |left| left.min(samples.len()));
        let mut utterances = Vec::new();
        self.segmenter.push(&samples[..taken], &mut utterances);
        for utterance in &utterances {
            self.say(utterance)?;
        }
        self.left = self.left.map(|left| left - taken);
        Ok(self.left != Some(0))
    }

    fn finish(mut self) -> anyhow::Result<()> {
        let mut utterances = Vec::new();
        self.segmenter.finish(&mut utterances);
        for utterance in &utterances {
            self.say(utterance)?;
        }
        if self.n_words == 0 {
            output::note(
                "nothing was heard above the background; is it the right microphone, rate and encoding?",
            );
        }
        Ok(())
    }

    fn say(&mut self, utterance: &Utterance) -> anyhow::Result<()> {
        let decision = self.recognizer.classify(&utterance.samples)?;
        let verdict = Verdict::from(&decision);
        self.n_words += 1;
        let seconds = |samples: u64| samples as f64 / f64::from(self.rate);
        let start = seconds(utterance.start);
        let end = seconds(utterance.start + utterance.samples.len() as u64);
        if self.json {
            return output::json(&Event {
                start,
                end,
                verdict,
            });
        }
        output::line(format!("{start:8.2} s  {verdict}"))
    }
}

fn from_stdin(
    args: &Listen,
    rate: u32,
    listener: &mut Listener<'_>,
    skipped: &mut Skipped,
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
        if !listener.hear(&samples)? {
            return Ok(());
        }
    }
    samples.clear();
    resampler.finish(&mut samples);
    listener.hear(&samples)?;
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
fn from_microphone(args: &Listen, rate: u32, listener: &mut Listener<'_>) -> anyhow::Result<()> {
    let mut microphone = crate::microphone::open(args.device.as_deref(), rate)?;
    let mut samples = Vec::new();
    let mut overruns = Default::default();
    loop {
        samples.clear();
        microphone.read_block(&mut samples)?;
        crate::microphone::report(&mut microphone, &mut overruns);
        if !listener.hear(&samples)? {
            return Ok(());
        }
    }
}

#[cfg(not(feature = "mic"))]
fn from_microphone(_: &Listen, _: u32, _: &mut Listener<'_>) -> anyhow::Result<()> {
    usage(crate::args::NO_MIC)
}
