//! What is learnt from, as vectors made once: versions of clips, noises, windows without the keyword.

use std::ops::Range;

use mynah_lvq::Scaler;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::EnrolConfig;
use super::lessons::{Beneath, Lessons, Stretch};
use crate::is_background;
use crate::lessons::Ears;

/// What keywords are heard above: speech, and noises.
const BENEATH_WORDS: [Beneath; 2] = [
    Beneath {
        share: 0.8,
        below: [1.0, 6.0],
    },
    Beneath {
        share: 0.5,
        below: [1.5, 7.0],
    },
];
/// What lies beneath all else; speech without a keyword may also be beneath a noise.
const BENEATH_OTHERS: [Beneath; 2] = [
    Beneath {
        share: 0.3,
        below: [1.0, 6.0],
    },
    Beneath {
        share: 0.5,
        below: [-1.0, 7.0],
    },
];
/// Share of the longest and the shortest clips that say nothing of how long the keyword is.
const ODD_LENGTHS: f32 = 0.1;
/// The keyword may be so much longer or shorter than in its clips.
const LONGER: f32 = 1.15;

/// The classes that matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes<'a> {
    pub labels: &'a [String],
    pub keyword: u32,
    /// What is no keyword; without, nothing is set against the keyword but the prototypes of the model it is added to.
    pub unknown: Option<u32>,
    pub silence: Option<u32>,
}

impl Classes<'_> {
    pub fn n(self) -> usize {
        self.labels.len()
    }

    pub fn is_background(self, label: u32) -> bool {
        is_background(&self.labels[label as usize])
    }
}

/// What all vectors are made from. Words and negatives fall in `n_parts`, by turns; each part can be held back.
pub(super) struct Sounds<'a> {
    pub config: &'a EnrolConfig,
    pub ears: &'a Ears,
    pub scaler: &'a Scaler,
    /// Clips of the keyword.
    pub words: Vec<Stretch>,
    /// Clips of what the model knows already, each with its class.
    pub known: &'a [(u32, Stretch)],
    /// Log mel energies without the keyword.
    pub negatives: &'a [Vec<f32>],
    /// Those of noises.
    pub noises: &'a [Vec<f32>],
    pub n_parts: usize,
}

impl Sounds<'_> {
    /// The part that a word or a negative is of.
    pub fn part(&self, i: usize) -> usize {
        i % self.n_parts
    }

    /// Lengths of the windows in which the keyword is looked for, by its clips but those of the part that is held back.
    pub fn lengths(&self, held: Option<usize>) -> Vec<usize> {
        let words = self.words.iter().enumerate();
        let kept = words.filter(|(i, _)| held != Some(self.part(*i)));
        let mut lengths: Vec<usize> = kept.map(|(_, word)| word.word.len()).collect();
        lengths.sort_unstable();
        let at = |share: f32| lengths[((lengths.len() - 1) as f32 * share).round() as usize] as f32;
        let (shortest, longest) = (at(ODD_LENGTHS) / LONGER, at(1.0 - ODD_LENGTHS) * LONGER);
        crate::spotter::lengths(f64::from(shortest), f64::from(longest))
    }

    pub fn n_mels(&self) -> usize {
        self.ears.pipeline.n_mels()
    }

    /// Views of a version of a word of the keyword, the part it is of not held back, which no one learns from.
    pub fn unlearnt(&self, held: Option<usize>, i: usize, views: &mut [f32]) {
        let words = 0..self.words.len();
        let kept: Vec<usize> = words
            .filter(|&word| held != Some(self.part(word)))
            .collect();
        let word = kept[i % kept.len()];
        let lessons = self.lessons(BENEATH_WORDS);
        lessons.fill(
            &self.words[word],
            self.part(word),
            u64::MAX - i as u64,
            views,
        );
    }

    fn lessons(&self, beneath: [Beneath; 2]) -> Lessons<'_> {
        Lessons {
            ears: self.ears,
            scaler: self.scaler,
            augment: &self.config.augment,
            speech: self.negatives,
            n_parts: self.n_parts,
            noises: self.noises,
            beneath,
            seed: self.config.seed,
        }
    }
}

/// A window of a sound without a keyword.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub sound: usize,
    pub word: Range<usize>,
}

/// Vectors `[_ × dim]`, and of each its class and its part.
#[derive(Default)]
pub(super) struct Lot {
    pub vectors: Vec<f32>,
    pub labels: Vec<u32>,
    pub parts: Vec<usize>,
}

impl Lot {
    /// Takes rows of another.
    pub fn take(&mut self, other: &Self, rows: impl IntoIterator<Item = usize>) {
        let dim = other.vectors.len() / other.labels.len().max(1);
        for i in rows {
            self.vectors
                .extend_from_slice(&other.vectors[i * dim..(i + 1) * dim]);
            self.labels.push(other.labels[i]);
            self.parts.push(other.parts[i]);
        }
    }

    /// The rows that are learnt from.
    pub fn kept(&self, held: Option<usize>) -> Vec<usize> {
        let is_kept = |&i: &usize| Some(self.parts[i]) != held;
        (0..self.labels.len()).filter(is_kept).collect()
    }

    fn add(&mut self, vectors: Vec<f32>, label: u32, parts: impl Iterator<Item = usize>) {
        self.vectors.extend(vectors);
        self.parts.extend(parts);
        self.labels.resize(self.parts.len(), label);
    }
}

/// Vectors of all that is learnt from.
pub(super) struct Material {
    /// Of the keyword, of the others that the model knows, of silence.
    pub taught: Lot,
    /// Windows without the keyword, and where they are.
    pub pool: Lot,
    pub places: Vec<Place>,
}

impl Material {
    pub fn new(sounds: &Sounds<'_>, classes: Classes<'_>) -> Self {
        let mut material = Self {
            taught: Lot::default(),
            pool: Lot::default(),
            places: Vec::new(),
        };
        material.hear_words(sounds, classes);
        let lengths = sounds.lengths(None);
        let config = sounds.config;
        let find = |from: &[Vec<f32>], n| places(from, sounds.n_mels(), &lengths, n, config.seed);
        if let Some(silence) = classes.silence {
            let found = find(sounds.noises, config.n_noises);
            // Noises come in kinds by turns: a part by their own index would lack some.
            let part = |i: usize| sounds.part(i);
            let vectors = windows(sounds, sounds.noises, &found, &part);
            material
                .taught
                .add(vectors, silence, (0..found.len()).map(part));
        }
        if let Some(unknown) = classes.unknown {
            let found = find(sounds.negatives, config.n_windows);
            let part = |i: usize| sounds.part(found[i].sound);
            let vectors = windows(sounds, sounds.negatives, &found, &part);
            material
                .pool
                .add(vectors, unknown, (0..found.len()).map(part));
            material.places = found;
        }
        material
    }

    /// Versions of the keyword and of the others.
    fn hear_words(&mut self, sounds: &Sounds<'_>, classes: Classes<'_>) {
        let config = sounds.config;
        let lessons = sounds.lessons(BENEATH_WORDS);
        let n_words = sounds.words.len();
        let part = |i: usize| sounds.part(i % n_words);
        let n = config.n_versions;
        let word = |i: usize| (sounds.words[i % n_words].clone(), part(i));
        let vectors = lessons.first_views(n, word);
        self.taught.add(vectors, classes.keyword, (0..n).map(part));
        for other in 0..classes.n() as u32 {
            let of_other = sounds.known.iter().filter(|(class, _)| *class == other);
            let clips: Vec<&Stretch> = of_other.map(|(_, clip)| clip).collect();
            let is_word = other != classes.keyword && !classes.is_background(other);
            if is_word && !clips.is_empty() {
                let part = |i: usize| sounds.part(i / clips.len());
                let n = config.n_known;
                let clip = |i: usize| (clips[i % clips.len()].clone(), part(i));
                let vectors = lessons.first_views(n, clip);
                self.taught.add(vectors, other, (0..n).map(part));
            }
        }
    }
}

/// Windows without a keyword as vectors, speech of the part of each beneath.
fn windows(
    sounds: &Sounds<'_>,
    from: &[Vec<f32>],
    places: &[Place],
    part: &(impl Fn(usize) -> usize + Sync),
) -> Vec<f32> {
    let cut = |i: usize| {
        let Place { sound, word } = places[i].clone();
        let stretch = Stretch::cut(&from[sound], sounds.n_mels(), word);
        (stretch, part(i))
    };
    sounds
        .lessons(BENEATH_OTHERS)
        .first_views(places.len(), cut)
}

/// So many windows anywhere in sounds, about as long as the keyword.
fn places(
    sounds: &[Vec<f32>],
    n_mels: usize,
    lengths: &[usize],
    n: usize,
    seed: u64,
) -> Vec<Place> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let frames: Vec<usize> = sounds.iter().map(|sound| sound.len() / n_mels).collect();
    let total: usize = frames.iter().sum();
    if total == 0 {
        return Vec::new();
    }
    let (shortest, longest) = (lengths[0], lengths[lengths.len() - 1]);
    let mut place = || {
        let mut at = rng.random_range(0..total);
        let mut sound = 0;
        while at >= frames[sound] {
            at -= frames[sound];
            sound += 1;
        }
        let length = rng.random_range(shortest..=longest);
        let end = (at + length).min(frames[sound]);
        Place {
            sound,
            word: end.saturating_sub(length)..end,
        }
    };
    (0..n).map(|_| place()).collect()
}
