//! What enrolment learns from: stretches of sound of known bounds, heard otherwise in every pass.

use std::ops::Range;

use mynah_lvq::{Error as LvqError, Scaler, Source};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::AugmentConfig;
use crate::augment::log_sum;
use crate::lessons::Ears;

/// Frames kept on each side of a stretch: views are slid, and its bounds move.
pub(super) const CONTEXT: usize = 14;
/// Frames by which its bounds move.
const JITTER: usize = 4;
/// Least and greatest distance of other speech below the word it is laid beneath, nepers of energy.
const BENEATH: [f32; 2] = [1.0, 6.0];

/// A stretch of a sound, with some of what is around it.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// Log mel energies, `[n_frames × n_mels]`.
    pub log_mels: Vec<f32>,
    /// Frames of the stretch itself.
    pub word: Range<usize>,
    pub label: u32,
}

impl Stretch {
    /// Cuts the frames `word` out of a sound.
    pub fn cut(log_mels: &[f32], n_mels: usize, word: Range<usize>, label: u32) -> Self {
        let n_frames = log_mels.len() / n_mels;
        let from = word.start.saturating_sub(CONTEXT);
        let to = (word.end + CONTEXT).min(n_frames);
        Self {
            log_mels: log_mels[from * n_mels..to * n_mels].to_vec(),
            word: word.start - from..word.end - from,
            label,
        }
    }
}

/// Stretches as a source of samples.
pub(super) struct Lessons<'a> {
    pub stretches: &'a [Stretch],
    /// Of each class.
    pub weights: Vec<f64>,
    /// The class whose stretches are heard above other speech.
    pub keyword: u32,
    /// Log mel energies of other speech.
    pub beneath: &'a [Vec<f32>],
    /// Share of the lessons of the keyword with other speech beneath.
    pub beneath_share: f32,
    pub augment: &'a AugmentConfig,
    pub scaler: &'a Scaler,
    pub ears: &'a Ears,
    pub seed: u64,
}

impl Lessons<'_> {
    /// The first view of every stretch as each of the passes hears it, `[n × dim]`, and their labels.
    pub fn first_views(&self, passes: Range<usize>) -> Result<(Vec<f32>, Vec<u32>), LvqError> {
        let dim = self.dim();
        let mut views = vec![0.0; self.n_views() * dim];
        let (mut vectors, mut labels) = (Vec::new(), Vec::new());
        for pass in passes {
            for i in 0..self.len() {
                self.fill(i, pass, &mut views)?;
                vectors.extend_from_slice(&views[..dim]);
                labels.push(self.label(i));
            }
        }
        Ok((vectors, labels))
    }

    fn lay_beneath(&self, word: &mut [f32], n_mels: usize, rng: &mut impl Rng) {
        let n_frames = word.len() / n_mels;
        let Some(beneath) = choose(self.beneath, rng) else {
            return;
        };
        let rows = beneath.len() / n_mels;
        let from = rng.random_range(0..rows);
        let row = |t: usize| &beneath[(from + t) % rows * n_mels..][..n_mels];
        let peak = |rows: &mut dyn Iterator<Item = &[f32]>| {
            rows.map(|row| row.iter().sum::<f32>() / n_mels as f32)
                .fold(f32::MIN, f32::max)
        };
        let of_word = peak(&mut word.chunks_exact(n_mels));
        let of_beneath = peak(&mut (0..n_frames).map(row));
        let [least, most] = BENEATH;
        let below = least + (most - least) * rng.random::<f32>();
        let shift = of_word - below - of_beneath;
        for (t, word) in word.chunks_exact_mut(n_mels).enumerate() {
            for (x, &y) in word.iter_mut().zip(row(t)) {
                *x = log_sum(*x, y + shift);
            }
        }
    }
}

fn choose<'a, T>(from: &'a [T], rng: &mut impl Rng) -> Option<&'a T> {
    (!from.is_empty()).then(|| &from[rng.random_range(0..from.len())])
}

impl Source for Lessons<'_> {
    fn len(&self) -> usize {
        self.stretches.len()
    }

    fn dim(&self) -> usize {
        self.ears.pipeline.dim()
    }

    fn n_classes(&self) -> usize {
        self.weights.len()
    }

    fn n_views(&self) -> usize {
        self.ears.pipeline.n_views()
    }

    fn label(&self, i: usize) -> u32 {
        self.stretches[i].label
    }

    fn weight(&self, i: usize) -> f64 {
        self.weights[self.stretches[i].label as usize]
    }

    fn fill(&self, i: usize, epoch: usize, views: &mut [f32]) -> Result<(), LvqError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream((epoch as u64) << 32 | i as u64);
        let stretch = &self.stretches[i];
        let n_mels = self.ears.pipeline.n_mels();
        let mut changed = Vec::with_capacity(stretch.log_mels.len());
        self.augment
            .apply(&stretch.log_mels, n_mels, &mut rng, &mut changed);
        if stretch.label == self.keyword && rng.random::<f32>() < self.beneath_share {
            self.lay_beneath(&mut changed, n_mels, &mut rng);
        }
        let n_frames = changed.len() / n_mels;
        let mut moved = |at: usize| (at + rng.random_range(0..=2 * JITTER)).saturating_sub(JITTER);
        let (start, end) = (moved(stretch.word.start), moved(stretch.word.end));
        let start = start.min(n_frames - 1);
        let word = start..end.clamp(start + 1, n_frames);
        self.ears
            .lend(|pipeline| pipeline.window_of(&changed, word, views));
        self.scaler.apply(views);
        Ok(())
    }
}
