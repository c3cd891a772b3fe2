//! Recordings to vectors to learn from.

use std::time::Instant;

use mynah::{Pipeline, clip_digest};
use mynah_audio::{Audio, Channel, resample};
use mynah_corpus::{Clip, Recipe};
use rayon::prelude::*;

use crate::clips::{self, Stretch};
use crate::interrupt;
use crate::status::Skipped;
use crate::training::Plan;

/// One clip on its way into a training.
pub struct Heard {
    /// The vector of the clip as it is.
    pub vector: Vec<f32>,
    /// Those the recipe adds.
    pub variants: Vec<Vec<f32>>,
    pub digest: u64,
    /// Length of the recording, s.
    pub seconds: f64,
    /// From opening the file to the vector, s.
    pub cost: f64,
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
            let vector = pipeline.vector(&sound.audio.samples).map_err(named)?;
            let cost = sound.cost + begin.elapsed().as_secs_f64();
            Ok(Heard {
                vector,
                variants: variants(pipeline, &sound.audio, &plan.recipe).map_err(named)?,
                digest: sound.digest,
                seconds: sound.seconds,
                cost,
            })
        },
    )
}

/// What the recipe makes of a clip, besides the clip as it is. Speeds that cannot be had (a rate outside what sound is
/// resampled from, a clip of hardly a frame) are left out.
fn variants(
    pipeline: &mut Pipeline,
    audio: &Audio,
    recipe: &Recipe,
) -> Result<Vec<Vec<f32>>, mynah::Error> {
    let mut vectors = pipeline.training_vectors(&audio.samples, recipe.endpoint_shift)?;
    vectors.remove(0);
    if recipe.surround_seconds > 0.0 {
        let samples = recipe.surround(&audio.samples, audio.sample_rate);
        vectors.extend(pipeline.training_vectors(&samples, recipe.endpoint_shift)?);
    }
    for speed in &recipe.speeds {
        let played_at = (f64::from(audio.sample_rate) * speed).round() as u32;
        let Ok(samples) = resample(&audio.samples, played_at, audio.sample_rate) else {
            continue;
        };
        if let Ok(more) = pipeline.training_vectors(&samples, recipe.endpoint_shift) {
            vectors.extend(more);
        }
    }
    Ok(vectors)
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
