//! `mynah features`: MFCC of recordings, for other tools.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use mynah::dsp::{Features as Frames, Mfcc, MfccConfig};
use mynah_audio::Audio;

use crate::args::{Features, Global, Preset};
use crate::clips;
use crate::formats::{self, About, Block, Dtype, Format, InMemory, Layout, Name, Record};
use crate::inputs::{self, Input};
use crate::output;
use crate::status::{Skipped, Status, usage};

pub fn run(args: &Features, global: &Global) -> anyhow::Result<Status> {
    let format = format(args)?;
    let mut extractor = Extractor::new(args)?;
    let mut skipped = Skipped::new(global.strict);
    if let Some(seconds) = args.mic {
        let input = Input::microphone();
        with_sink(args, format, std::slice::from_ref(&input), &mut |sink| {
            sink.put(&input, &extractor.frames(record(seconds, args)?)?)
        })?;
        return Ok(Status::DONE);
    }
    let inputs = inputs::expand(&args.audio, &mut skipped)?;
    let mut rates = std::collections::BTreeSet::new();
    let mut n_written = 0;
    with_sink(args, format, &inputs, &mut |sink| {
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
                sink.put(&inputs[index], &frames)
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
fn format(args: &Features) -> anyhow::Result<Name> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    match args.output.extension() {
        None => Ok(Name::Npy),
        Some(other) => Name::of_ending(&args.output).map_or_else(
            || {
                usage(format!(
                    "no format has the ending .{}; give --format npy, csv or jsonl",
                    other.display()
                ))
            },
            Ok,
        ),
    }
}

/// Where the recordings go: a file each, or one after the other.
enum Sink<'a> {
    Folder(&'a Path, &'a dyn Format),
    Stream(&'a mut dyn Write, &'a dyn Format, bool),
}

impl Sink<'_> {
    fn put(&mut self, input: &Input, extracted: &Extracted) -> anyhow::Result<()> {
        let Extracted {
            frames,
            sample_rate,
            seconds,
            hop_seconds,
        } = extracted;
        let about = About {
            utterance: input
                .name
                .to_string_lossy()
                .replace(char::is_whitespace, "_"),
            name: input.name.clone(),
            path: input.stretch.path.clone(),
            label: input.label.clone(),
            speaker: input.speaker.clone(),
            start: input.stretch.start,
            end: input.stretch.end,
            sample_rate: *sample_rate,
            seconds: *seconds,
            hop_seconds: *hop_seconds,
            n_frames: frames.n_frames,
            n_coeffs: frames.n_coeffs,
            dtype: Dtype::F32,
        };
        let mut record = Record {
            about: &about,
            rows: &mut InMemory(Block::F32(&frames.data)),
        };
        match self {
            Self::Folder(root, format) => {
                let mut path = root.join(&input.name);
                path.as_mut_os_string().push(".");
                path.as_mut_os_string().push(format.ending());
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder).with_context(|| {
                        format!("{}: cannot make this folder", folder.display())
                    })?;
                }
                output::write(&path, |out| format.encode(&mut record, out))
            }
            Self::Stream(out, format, is_begun) => {
                if !std::mem::replace(is_begun, true) {
                    out.write_all(&format.preamble(about.n_coeffs))?;
                }
                format.encode(&mut record, *out)
            }
        }
    }
}

/// Makes the sink, lets `fill` use it, and finishes it. Files appear when all is written; in a folder, one by one.
fn with_sink(
    args: &Features,
    name: Name,
    inputs: &[Input],
    fill: &mut dyn FnMut(&mut Sink<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let options = formats::Options {
        dtype: Dtype::F32,
        preset: String::new(),
        parm_kind: None,
    };
    let format = match formats::new(name, &options) {
        Ok(format) => format,
        Err(fault) => return usage(fault),
    };
    let is_single = matches!(format.layout(), Layout::Single);
    let path = args.output.as_path();
    let is_folder = path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let for_many = inputs.len() > 1 && path.extension().is_none() && !output::is_stdout(path);
    if is_single && (is_folder || for_many) {
        no_clash(path, inputs)?;
        return fill(&mut Sink::Folder(path, &*format));
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
    if is_single && inputs.len() > 1 && output::is_stdout(path) {
        return usage(format!(
            "one .npy holds one recording and there are {}; give --format csv or jsonl",
            inputs.len()
        ));
    }
    if is_single && inputs.len() > 1 {
        return usage(format!(
            "one .npy holds one recording and there are {}; give a folder: -o {}/",
            inputs.len(),
            path.with_extension("").display()
        ));
    }
    output::write(path, |out| fill(&mut Sink::Stream(out, &*format, false)))
}

/// Refuses recordings that would go to the same file, before anything is written.
fn no_clash(root: &Path, inputs: &[Input]) -> anyhow::Result<()> {
    let mut first = HashMap::new();
    for input in inputs {
        if let Some(other) = first.insert(&input.name, input) {
            let [path, other] = [input, other].map(|input| input.stretch.path.display());
            let file = root.join(&input.name);
            anyhow::bail!(
                "{other} and {path} would both go to {}.npy; rename one, or write .csv or .jsonl",
                file.display()
            );
        }
    }
    fs::create_dir_all(root).with_context(|| format!("{}: cannot make this folder", root.display()))
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
    seconds: f64,
    hop_seconds: f64,
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
        let frames = self.mfcc.compute(&audio.samples);
        anyhow::ensure!(
            frames.n_frames > 0,
            "too short: {} samples, one frame needs {}",
            audio.samples.len(),
            self.mfcc.frame_length()
        );
        let rate = f64::from(audio.sample_rate);
        Ok(Extracted {
            frames,
            sample_rate: audio.sample_rate,
            seconds: audio.samples.len() as f64 / rate,
            hop_seconds: self.mfcc.hop_length() as f64 / rate,
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
