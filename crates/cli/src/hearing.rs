//! Recordings to vectors to learn from.

use std::time::Instant;

use mynah::{Decision, Pipeline, Recognizer, clip_digest};
use mynah_audio::Channel;
use mynah_corpus::Clip;
use rayon::prelude::*;

use crate::clips::{self, Stretch};
use crate::interrupt;
use crate::status::Skipped;
use crate::training::Plan;

/// One clip on its way into a training.
pub struct Heard {
    /// The vector of the clip: of sound, the first of its views.
    pub vector: Vec<f32>,
    /// Log mel energies of sound, from which training makes other voices; empty for what is a vector already.
    pub log_mels: Vec<f32>,
    pub digest: u64,
    /// Length of the recording, s.
    pub seconds: f64,
    /// From opening the file to the vector, s.
    pub cost: f64,
}

impl Heard {
    /// What a model of the same pipeline says of it.
    pub fn decided_by<'m>(&self, recognizer: &mut Recognizer<'m>) -> Decision<'m> {
        if self.log_mels.is_empty() {
            recognizer.decide(&self.vector)
        } else {
            recognizer.decide_sound(&self.log_mels)
        }
    }
}

/// A clip and what was heard of it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub clip: &'a Clip,
    pub heard: &'a Heard,
}

/// Brings the clips and what was heard of them together; those that could not be heard are left out.
pub fn rows<'a>(clips: &[&'a Clip], heard: &'a [(usize, Heard)]) -> Vec<Row<'a>> {
    let row = |(index, heard): &'a (usize, Heard)| Row {
        clip: clips[*index],
        heard,
    };
    heard.iter().map(row).collect()
}

/// The vectors of clips, in their order; broken clips are named and left out.
pub fn hear(
    clips: &[&Clip],
    plan: &Plan,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<(usize, Heard)>> {
    let config = plan.pipeline();
    let pipeline = Pipeline::new(&config)?;
    let sample_rate = config.mfcc.sample_rate;
    clips::map(
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
            let vector = pipeline.first_view_of(&log_mels);
            let cost = sound.cost + begin.elapsed().as_secs_f64();
            Ok(Heard {
                vector,
                log_mels,
                digest: sound.digest,
                seconds: sound.seconds,
                cost,
            })
        },
    )
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
