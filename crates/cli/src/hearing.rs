//! Recordings to sounds to learn from.

use std::time::Instant;

use anyhow::Context;
use mynah::{Decision, Pipeline, Recognizer, Scratch, Sound, clip_digest};
use mynah_audio::Channel;
use mynah_corpus::Clip;
use rayon::prelude::*;

use crate::args::Room;
use crate::clips::{self, Stretch};
use crate::interrupt;
use crate::status::{Skipped, usage};
use crate::training::Plan;

/// One clip on its way into a training.
pub struct Heard<'d> {
    pub example: Example<'d>,
    pub digest: u64,
    /// Length of the recording, s.
    pub seconds: f64,
    /// From opening the file to what is learnt from, s.
    pub cost: f64,
}

/// What training learns from.
pub enum Example<'d> {
    Sound(Sound),
    /// A row of the data.
    Vector(&'d [f32]),
}

impl Heard<'_> {
    /// What a model of the same pipeline says of it.
    pub fn decided_by<'m>(&self, recognizer: &mut Recognizer<'m>) -> anyhow::Result<Decision<'m>> {
        Ok(match &self.example {
            Example::Sound(sound) => recognizer.decide_sound(&sound.log_mels()?),
            Example::Vector(vector) => recognizer.decide(vector),
        })
    }
}

/// A clip and what was heard of it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub clip: &'a Clip,
    pub heard: &'a Heard<'a>,
}

/// Brings the clips and what was heard of them together; those that could not be heard are left out.
pub fn rows<'a>(clips: &[&'a Clip], heard: &'a [(usize, Heard<'a>)]) -> Vec<Row<'a>> {
    let row = |(index, heard): &'a (usize, Heard<'a>)| Row {
        clip: clips[*index],
        heard,
    };
    heard.iter().map(row).collect()
}

/// The sounds of clips, in their order; broken clips are named and left out.
pub fn hear(
    clips: &[&Clip],
    plan: &Plan,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<(usize, Heard<'static>)>> {
    let config = plan.pipeline();
    let pipeline = Pipeline::new(&config)?;
    let sample_rate = config.mfcc.sample_rate;
    let mut heard = Vec::with_capacity(clips.len());
    let mut n_values = 0;
    clips::for_each(
        clips,
        "reading",
        skipped,
        || pipeline.clone(),
        |pipeline, clip| {
            let sound = Stretch::from(*clip).hear(sample_rate)?;
            let begin = Instant::now();
            let named = |error| anyhow::anyhow!("{}: {error}", clip.path.display());
            let mut log_mels = Vec::new();
            pipeline
                .log_mels_into(&sound.audio.samples, &mut log_mels)
                .map_err(named)?;
            let cost = sound.cost + begin.elapsed().as_secs_f64();
            Ok((log_mels, sound.digest, sound.seconds, cost))
        },
        |index, (log_mels, digest, seconds, cost)| {
            n_values += log_mels.len();
            let sound = plan
                .scratch
                .keep(&log_mels, pipeline.n_mels())
                .with_context(|| {
                    let all = size_of::<f32>() * n_values / (index + 1) * clips.len();
                    format!(
                        "--scratch: {} clips need about {} MB",
                        clips.len(),
                        all.div_ceil(1_000_000)
                    )
                })?;
            let heard_now = Heard {
                example: Example::Sound(sound),
                digest,
                seconds,
                cost,
            };
            heard.push((index, heard_now));
            Ok(())
        },
    )?;
    Ok(heard)
}

/// Where what is kept of recordings lies; refuses now what would be refused after long work.
pub fn scratch(room: &Room) -> anyhow::Result<Scratch> {
    let folder = room.scratch.clone().unwrap_or_else(std::env::temp_dir);
    if room.scratch.is_some() && !folder.is_dir() {
        return usage(format!(
            "--scratch {}: is not a folder; name one that is there",
            folder.display()
        ));
    }
    Ok(Scratch::new(room.memory.saturating_mul(1_000_000), folder))
}

/// The digests of clips; broken ones are left out silently, since they are not what the command is about.
pub fn digests(clips: &[&Clip]) -> anyhow::Result<Vec<u64>> {
    let bar = clips::progress(clips.len(), "comparing");
    let found = clips
        .par_iter()
        .filter_map(|clip| {
            bar.inc(1);
            if interrupt::requested() {
                return None;
            }
            let audio = Stretch::from(*clip).read(Channel::Mix).ok()?;
            Some(clip_digest(&audio.samples))
        })
        .collect();
    bar.finish_and_clear();
    interrupt::check()?;
    Ok(found)
}
