//! What enrolment learns from: stretches of sound of known bounds, heard otherwise every time.

use std::ops::Range;

use mynah_dsp::Real;
use mynah_lvq::Scaler;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::AugmentConfig;
use crate::lessons::Ears;

/// Frames kept on each side of a stretch: views are slid, and its bounds move.
pub(super) const CONTEXT: usize = 14;
/// Frames by which its bounds move.
const JITTER: usize = 3;

/// A stretch of a sound, with some of what is around it.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// Log mel energies, `[n_frames × n_mels]`.
    pub log_mels: Vec<f32>,
    /// Frames of the stretch itself.
    pub word: Range<usize>,
}

impl Stretch {
    /// Cuts the frames `word` out of a sound.
    pub fn cut(log_mels: &[f32], n_mels: usize, word: Range<usize>) -> Self {
        let n_frames = log_mels.len() / n_mels;
        let from = word.start.saturating_sub(CONTEXT);
        let to = (word.end + CONTEXT).min(n_frames);
        Self {
            log_mels: log_mels[from * n_mels..to * n_mels].to_vec(),
            word: word.start - from..word.end - from,
        }
    }
}

/// Other sound that is laid beneath a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Beneath {
    /// Share of the versions that get it.
    pub share: f32,
    /// Least and greatest distance of its peak below that of the stretch, nepers of energy (1 neper is 4.3 dB).
    pub below: [f32; 2],
}

/// How stretches are heard.
pub(super) struct Lessons<'a> {
    pub ears: &'a Ears,
    pub scaler: &'a Scaler,
    pub augment: &'a AugmentConfig,
    /// Log mel energies of other speech, and of noises.
    pub speech: &'a [Vec<f32>],
    pub noises: &'a [Vec<f32>],
    /// Every so many-th speech belongs together: beneath a stretch is none but that of its own part.
    pub n_parts: usize,
    pub beneath: [Beneath; 2],
    pub seed: u64,
}

impl Lessons<'_> {
    /// First views of `n` versions, `[n × dim]`, of the stretches that `stretch` names, each with its part.
    pub fn first_views(
        &self,
        n: usize,
        stretch: impl Fn(usize) -> (Stretch, usize) + Sync,
    ) -> Vec<f32> {
        let dim = self.ears.pipeline.dim();
        let mut vectors = vec![0.0; n * dim];
        let rows = vectors.par_chunks_exact_mut(dim).enumerate();
        rows.for_each(|(i, row)| {
            let (stretch, part) = stretch(i);
            self.fill(&stretch, part, i as u64, row);
        });
        vectors
    }

    /// Views of the version `i` of a stretch, as many as `views` has room for.
    pub fn fill(&self, stretch: &Stretch, part: usize, i: u64, views: &mut [f32]) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(i);
        let n_mels = self.ears.pipeline.n_mels();
        let mut changed = Vec::with_capacity(stretch.log_mels.len());
        self.augment
            .apply(&stretch.log_mels, n_mels, &mut rng, &mut changed);
        for (sounds, first, step, beneath) in [
            (self.speech, part, self.n_parts, self.beneath[0]),
            (self.noises, 0, 1, self.beneath[1]),
        ] {
            let n = sounds.len().saturating_sub(first).div_ceil(step);
            if n > 0 && rng.random::<f32>() < beneath.share {
                let sound = &sounds[first + step * rng.random_range(0..n)];
                let [least, most] = beneath.below;
                let below = least + (most - least) * rng.random::<f32>();
                lay_beneath(&mut changed, sound, n_mels, below, &mut rng);
            }
        }
        let n_frames = changed.len() / n_mels;
        let mut moved = |at: usize| (at + rng.random_range(0..=2 * JITTER)).saturating_sub(JITTER);
        let (start, end) = (moved(stretch.word.start), moved(stretch.word.end));
        let start = start.min(n_frames - 1);
        let word = start..end.clamp(start + 1, n_frames);
        self.ears
            .lend(|pipeline| pipeline.window_of(&changed, word, views));
        self.scaler.apply(views);
    }
}

/// Adds a sound from anywhere in it on, over and over, its loudest frame so many nepers below that of the other.
pub(super) fn lay_beneath(
    to: &mut [f32],
    sound: &[f32],
    n_mels: usize,
    below: f32,
    rng: &mut impl Rng,
) {
    let n_rows = sound.len() / n_mels;
    let from = rng.random_range(0..n_rows);
    let row = |t: usize| &sound[(from + t) % n_rows * n_mels..][..n_mels];
    let peak = |rows: &mut dyn Iterator<Item = &[f32]>| {
        rows.map(|row| row.iter().sum::<f32>() / n_mels as f32)
            .fold(f32::MIN, f32::max)
    };
    let of_sound = peak(&mut (0..to.len() / n_mels).map(row));
    let shift = peak(&mut to.chunks_exact(n_mels)) - below - of_sound;
    // ln(eˣ + eʸ) is the greater, and ln(1 + e^−|x − y|) more. Many logarithms at a time are faster than those of augmentation one
    // by one, whose bits a model that was trained with them depends on.
    let mut more = vec![0.0; n_mels];
    for (t, to) in to.chunks_exact_mut(n_mels).enumerate() {
        for ((more, x), &y) in more.iter_mut().zip(to.iter_mut()).zip(row(t)) {
            let y = y + shift;
            *more = 1.0 + (-(*x - y).abs()).exp();
            *x = x.max(y);
        }
        f32::ln_all(&mut more);
        for (x, more) in to.iter_mut().zip(&more) {
            *x += more;
        }
    }
}
