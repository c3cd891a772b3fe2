//! `mynah features`: MFCC of recordings, for other tools.

use std::ffi::OsStr;

use mynah::dsp::{Features as Frames, Mfcc, MfccConfig};
use mynah_audio::Audio;

use crate::args::{FeatureFormat, Features, Global, Preset};
use crate::clips;
use crate::inputs::{self, Input};
use crate::output;
use crate::status::{Skipped, Status, usage};
use crate::writers::{Csv, Folder, Jsonl, Npy, Record, Writer};

pub fn run(args: &Features, global: &Global) -> anyhow::Result<Status> {
    let format = format(args)?;
    let mut extractor = Extractor::new(args)?;
    let mut skipped = Skipped::new(global.strict);
    if let Some(seconds) = args.mic {
        let input = Input::microphone();
        with_writer(args, format, std::slice::from_ref(&input), &mut |writer| {
            let frames = extractor.frames(record(seconds, args)?)?;
            writer.write(&Record {
                input: &input,
                frames: &frames.frames,
                sample_rate: frames.sample_rate,
            })
        })?;
        return Ok(Status::DONE);
    }
    let inputs = inputs::expand(&args.audio, &mut skipped)?;
    let mut rates = std::collections::BTreeSet::new();
    let mut n_written = 0;
    with_writer(args, format, &inputs, &mut |writer| {
        clips::for_each(
            &inputs,
            "features",
            &mut skipped,
            || extractor.clone(),
            |extractor, input| {
                let audio = input.stretch.read(args.channel.channel)?;
                let audio = match args.sample_rate {
                    Some(rate) => input.stretch.at_rate(audio, rate)?,
                    None => audio,
                };
                let frames = extractor.frames(audio);
                frames.map_err(|error| anyhow::anyhow!("{}: {error}", input.stretch.path.display()))
            },
            |index, frames| {
                rates.insert(frames.sample_rate);
                n_written += 1;
                writer.write(&Record {
                    input: &inputs[index],
                    frames: &frames.frames,
                    sample_rate: frames.sample_rate,
                })
            },
        )?;
        anyhow::ensure!(
            n_written > 0,
            "not one recording could be used; nothing was written"
        );
        Ok(())
    })?;
    if !output::is_stdout(&args.output) {
        let shown = args.output.display();
        output::remark(format!("{shown}: features of {n_written} recordings"))?;
    }
    if rates.len() > 1 {
        output::note(format!(
            "WARNING: the recordings have different sample rates ({rates:?} Hz), so their mel bands differ;\n         \
             give --sample-rate to make the features comparable."
        ));
    }
    Ok(skipped.finish())
}

/// The format asked for, or the one the ending of the output names.
fn format(args: &Features) -> anyhow::Result<FeatureFormat> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    match args.output.extension().and_then(OsStr::to_str) {
        Some("npy") | None => Ok(FeatureFormat::Npy),
        Some("csv") => Ok(FeatureFormat::Csv),
        Some("jsonl" | "ndjson") => Ok(FeatureFormat::Jsonl),
        Some(other) => usage(format!(
            "no format has the ending .{other}; give --format npy, csv or jsonl"
        )),
    }
}

/// Makes the writer, lets `fill` use it, and finishes it. Files appear when all is written; in a folder, one by one.
fn with_writer(
    args: &Features,
    format: FeatureFormat,
    inputs: &[Input],
    fill: &mut dyn FnMut(&mut dyn Writer) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let path = args.output.as_path();
    let is_folder = path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let for_many = inputs.len() > 1 && path.extension().is_none() && !output::is_stdout(path);
    if format == FeatureFormat::Npy && (is_folder || for_many) {
        return fill(&mut Folder::new(path, inputs)?);
    }
    if is_folder {
        return usage(format!(
            "{}: a folder is for npy; name a file",
            path.display()
        ));
    }
    // Manifests as well as the recordings they name.
    let recordings = inputs.iter().map(|input| input.stretch.path.clone());
    let read: Vec<_> = args.audio.iter().cloned().chain(recordings).collect();
    output::check(path, &read)?;
    match format {
        FeatureFormat::Npy if inputs.len() > 1 && output::is_stdout(path) => usage(format!(
            "one .npy holds one recording and there are {}; give --format csv or jsonl",
            inputs.len()
        )),
        FeatureFormat::Npy if inputs.len() > 1 => usage(format!(
            "one .npy holds one recording and there are {}; give a folder: -o {}/",
            inputs.len(),
            path.with_extension("").display()
        )),
        FeatureFormat::Npy => output::write(path, |out| fill(&mut Npy::new(out))),
        FeatureFormat::Csv => output::write(path, |out| {
            let mut csv = Csv::new(out);
            fill(&mut csv)?;
            csv.finish()
        }),
        FeatureFormat::Jsonl => output::write(path, |out| fill(&mut Jsonl::new(out))),
    }
}

/// A preset at whatever rates come along, the last one kept ready.
#[derive(Clone)]
struct Extractor {
    config: MfccConfig,
    mfcc: Mfcc,
}

struct Extracted {
    frames: Frames,
    sample_rate: u32,
}

impl Extractor {
    fn new(args: &Features) -> anyhow::Result<Self> {
        let config = match args.preset {
            Preset::Mynah => MfccConfig::mynah(),
            Preset::Kaldi => MfccConfig::kaldi(),
        };
        let config = config.with_sample_rate(args.sample_rate.unwrap_or(16_000));
        Ok(Self {
            mfcc: Mfcc::new(&config)?,
            config,
        })
    }

    fn frames(&mut self, audio: Audio) -> anyhow::Result<Extracted> {
        if audio.sample_rate != self.config.sample_rate {
            self.config = self.config.clone().with_sample_rate(audio.sample_rate);
            self.mfcc = Mfcc::new(&self.config)?;
        }
        let frames = self.mfcc.compute(&audio.samples)?;
        anyhow::ensure!(
            frames.n_frames > 0,
            "too short: {} samples, one frame needs {}",
            audio.samples.len(),
            self.mfcc.frame_length()
        );
        Ok(Extracted {
            frames,
            sample_rate: audio.sample_rate,
        })
    }
}

#[cfg(feature = "mic")]
fn record(seconds: f32, args: &Features) -> anyhow::Result<Audio> {
    crate::microphone::record(
        args.device.as_deref(),
        args.sample_rate.unwrap_or(16_000),
        seconds,
    )
}

#[cfg(not(feature = "mic"))]
fn record(_: f32, _: &Features) -> anyhow::Result<Audio> {
    usage(crate::args::NO_MIC)
}
