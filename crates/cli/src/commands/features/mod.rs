//! `mynah features`: MFCC of recordings, for other tools.

mod definition;
mod extract;
mod file;
mod folder;
mod guard;
mod journal;
mod place;
mod rows;
mod shard;
mod sink;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah::dsp::MfccConfig;
use mynah_audio::Audio;

use crate::args::{Features, Global};
use crate::clips;
use crate::formats::{self, About, Format, Name, Record};
use crate::inputs::{self, Input};
use crate::interrupt;
use crate::ordered::ordered;
use crate::output;
use crate::status::{Skip, Skipped, Status, Strict, usage};
use extract::{Extract, Extracted, Settings};
use file::OneFile;
use folder::{Folder, Parts};
use journal::{Identity, Line};
use place::Place;
use sink::{Bytes, Direct, Made, NoRoom, Sink};

pub use shard::Shard;

pub fn run(args: &Features, global: &Global) -> anyhow::Result<Status> {
    let config = definition::definition(args)?;
    if args.explain {
        output::line(definition::explanation(&config)?.trim_end())?;
        return Ok(Status::DONE);
    }
    let job = Job::new(args, config)?;
    if let Some(seconds) = args.mic {
        let input = Input::microphone();
        let mut extractor = job.extractor();
        let place = Place::of(job.output, &*job.format, 1)?;
        guard::check(&place, job.output, &job.beside(&place), None, &[])?;
        // Before there is anything to leave behind.
        let extracted = extractor.of_audio(&record(seconds, args)?)?;
        let parts = job.parts(&place);
        let mut sink = job.sink(std::slice::from_ref(&input), place, &job.preamble())?;
        sink.put(job.encode(&input, extracted, parts.as_ref(), 0)?)?;
        sink.finish(None)?;
        return Ok(Status::DONE);
    }
    let list = place::list_of_skipped(args, job.output);
    let mut skipped = Skipped::listed(global.strict, list.clone());
    let n_written = job.run(&mut skipped, list.as_deref())?;
    anyhow::ensure!(
        n_written > 0 || !job.shard.is_whole(),
        "not one recording could be used; nothing was written"
    );
    if !output::is_stdout(job.output) {
        let shown = job.output.display();
        let noun = if n_written == 1 {
            "recording"
        } else {
            "recordings"
        };
        let remark = format!("{shown}: features of {n_written} {noun}");
        // A device may be standard output by another name.
        match place::is_device(job.output) {
            true => output::note(remark),
            false => output::remark(remark)?,
        }
    }
    Ok(skipped.finish())
}

/// What was asked for.
struct Job<'a> {
    args: &'a Features,
    output: &'a Path,
    config: MfccConfig,
    name: Name,
    format: Box<dyn Format>,
    shard: Shard,
    /// Where temporary files go.
    temporary: PathBuf,
}

impl<'a> Job<'a> {
    fn new(args: &'a Features, config: MfccConfig) -> anyhow::Result<Self> {
        // Only `--explain` does without.
        let output = args.output.as_deref().unwrap_or(Path::new("-"));
        let name = place::format(args, output)?;
        let options = formats::Options {
            dtype: args.dtype,
            preset: args.preset.clone(),
            columns: config.columns(),
            parm_kind: definition::parm_kind(&config),
        };
        Ok(Self {
            args,
            output,
            config,
            name,
            format: formats::new(name, &options).or_else(usage)?,
            shard: args.shard.unwrap_or(Shard::WHOLE),
            temporary: place::temporary(output),
        })
    }

    fn extractor(&self) -> Box<dyn Extract> {
        let settings = Settings {
            config: self.config.clone(),
            channel: self.args.channel.channel,
            sample_rate: self.args.sample_rate,
            longest: Settings::longest(self.args.stream),
            folder: self.temporary.clone(),
        };
        extract::extractor(settings, self.args.dtype)
    }

    /// Everything that decides what is written, but for the inputs.
    fn options(&self) -> String {
        let Self {
            args,
            config,
            name,
            shard,
            ..
        } = self;
        let (rate, channel, dtype) = (args.sample_rate, args.channel.channel, args.dtype);
        format!(
            "{config:?}, format {name:?}, shard {shard}, rate {rate:?}, channel {channel:?}, {dtype:?}"
        )
    }

    /// Features of all inputs of this shard; returns of how many recordings.
    fn run(&self, skipped: &mut Skipped, listed: Option<&Path>) -> anyhow::Result<usize> {
        // What shows while looking for inputs concerns them all; one shard tells.
        let mut told = Skipped::silent();
        let looking = if self.shard.is_first() {
            &mut *skipped
        } else {
            &mut told
        };
        let list = self.args.files_from.as_deref();
        let mut all = inputs::expand(&self.args.audio, list, looking)?;
        let place = Place::of(self.output, &*self.format, all.len())?;
        let reads = guard::reads(self.args, &all);
        guard::check(&place, self.output, &self.beside(&place), listed, &reads)?;
        if place == Place::Folder {
            inputs::names::keep_files(&mut all, self.output, self.format.ending(), looking)?;
        }
        let inputs = &all[self.shard.range(all.len())];
        let parts = self.parts(&place);
        let can_resume = matches!(place, Place::File(_) | Place::Folder);
        let mut sink = self.sink(inputs, place, &self.preamble())?;
        let done = self.extract(inputs, parts.as_ref(), &mut *sink, skipped);
        match done {
            Ok(0) if self.shard.is_whole() => {
                sink.discard();
                output::put(skipped.list()?.as_slice()).map(|()| 0)
            }
            Ok(n_written) => match sink.finish(skipped.list()?) {
                Err(error) if can_resume => {
                    output::note("the same command with --resume makes it from what is done");
                    Err(error)
                }
                finished => finished.map(|()| n_written),
            },
            // What was taken up again is not thrown away.
            Err(error) if error.is::<Strict>() && !self.args.resume => {
                sink.discard();
                Err(error)
            }
            Err(error) => {
                let n = sink.keep();
                let all = inputs.len();
                let rest = "the same command with --resume goes on from there";
                if n > 0 && interrupt::requested() {
                    anyhow::bail!("interrupted after {n} of {all} inputs; {rest}");
                }
                if n > 0 {
                    output::note(format!("stopped after {n} of {all} inputs; {rest}"));
                }
                Err(error)
            }
        }
    }

    fn beside(&self, place: &Place) -> Vec<PathBuf> {
        guard::beside(&*self.format, place, self.output, self.shard)
    }

    fn parts(&self, place: &Place) -> Option<Parts> {
        (*place == Place::Folder).then(|| Parts::new(self.output, self.shard))
    }

    /// What stands before the first recording, if it is made here.
    fn preamble(&self) -> Vec<u8> {
        match self.shard.is_first() {
            true => self.format.preamble(),
            false => Vec::new(),
        }
    }

    fn extract(
        &self,
        inputs: &[Input],
        parts: Option<&Parts>,
        sink: &mut dyn Sink,
        skipped: &mut Skipped,
    ) -> anyhow::Result<usize> {
        let (mut n_written, mut rates) = (0, BTreeSet::new());
        let before = sink.resumed();
        let n_before = before.len();
        for line in before {
            match line {
                Line::Done(entry) => {
                    n_written += 1;
                    rates.insert(entry.about.sample_rate);
                }
                Line::Skipped(skip) => skipped.add_skip(skip)?,
            }
        }
        let inputs = inputs.get(n_before..).unwrap_or_default();
        let bar = clips::progress(inputs.len(), "features");
        ordered(
            inputs,
            || self.extractor(),
            |extractor, index, input| {
                let made = extractor
                    .extract(&input.stretch)
                    .and_then(|extracted| self.encode(input, extracted, parts, n_before + index));
                match made {
                    Err(error) if error.is::<NoRoom>() => Err(error),
                    Err(error) => {
                        let path = &input.stretch.path;
                        Ok(Err(Skip::recording(&input.utterance, path, &error)))
                    }
                    Ok(made) => Ok(Ok(made)),
                }
            },
            |_, made: anyhow::Result<Result<Made, Skip>>| {
                bar.inc(1);
                match made? {
                    Ok(made) => {
                        n_written += 1;
                        rates.insert(made.about.sample_rate);
                        sink.put(made)
                    }
                    Err(skip) => {
                        bar.suspend(|| skipped.add_skip(skip.clone()))?;
                        sink.skip(&skip)
                    }
                }
            },
        )?;
        bar.finish_and_clear();
        if rates.len() > 1 {
            output::note(format!(
                "WARNING: the recordings have different sample rates ({rates:?} Hz), so their mel bands differ;\n         \
                 give --sample-rate to make the features comparable."
            ));
        }
        Ok(n_written)
    }

    /// What is written of one recording, in a file of its own where there are `parts`.
    fn encode(
        &self,
        input: &Input,
        extracted: Extracted,
        parts: Option<&Parts>,
        index: usize,
    ) -> anyhow::Result<Made> {
        let Extracted {
            mut rows,
            n_frames,
            n_coeffs,
            sample_rate,
            seconds,
            hop_seconds,
            dtype,
        } = extracted;
        // Where the sound ends before the stretch does.
        let reached = input.stretch.start.unwrap_or(0.0) + seconds;
        let end = input.stretch.end;
        let end = end.map(|end| if end - reached > 1e-3 { reached } else { end });
        let about = About {
            utterance: input.utterance.clone(),
            name: input.name.clone(),
            path: input.stretch.path.clone(),
            label: input.label.clone(),
            speaker: input.speaker.clone(),
            start: input.stretch.start,
            end,
            sample_rate,
            seconds,
            hop_seconds,
            n_frames,
            n_coeffs,
            dtype,
        };
        let mut spool = tempfile::spooled_tempfile_in(MAX_SPOOL, &self.temporary);
        let mut record = Record {
            about: &about,
            rows: &mut *rows,
        };
        let encoded = self.format.encode(&mut record, &mut spool);
        encoded.map_err(|error| match error.is::<io::Error>() {
            true => error.context(NoRoom(self.temporary.clone())),
            false => error,
        })?;
        let bytes = match parts {
            Some(parts) => parts.write(index, spool)?,
            None => Bytes::Spool(spool),
        };
        Ok(Made { about, bytes })
    }

    fn sink(
        &self,
        inputs: &[Input],
        place: Place,
        preamble: &[u8],
    ) -> anyhow::Result<Box<dyn Sink + '_>> {
        let (format, output) = (&*self.format, self.output);
        let identity = || Identity::new(&self.options(), inputs);
        let is_resumed = self.args.resume;
        Ok(match place {
            Place::Stdout | Place::Device if is_resumed => {
                return usage("--resume needs a file or folder that stays; name one with -o");
            }
            Place::Stdout => Box::new(Direct::new(
                format,
                output,
                Box::new(io::stdout()),
                preamble,
            )?),
            Place::Device => {
                let device = std::fs::OpenOptions::new().write(true).open(output);
                let device = device.with_context(|| output::unwritable(output))?;
                Box::new(Direct::new(format, output, Box::new(device), preamble)?)
            }
            Place::File(target) => {
                let preamble = preamble.to_vec();
                let identity = identity();
                Box::new(OneFile::new(
                    format, output, &target, preamble, &identity, is_resumed,
                )?)
            }
            Place::Folder => Box::new(Folder::new(
                format,
                output,
                self.shard,
                &identity(),
                is_resumed,
            )?),
        })
    }
}

/// Encoded bytes of one recording that are kept in memory until their turn comes.
const MAX_SPOOL: usize = 1 << 20;

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
