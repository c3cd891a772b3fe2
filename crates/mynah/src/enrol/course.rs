//! An enrolment from what was heard to a model.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::estimate::HeldBack;
use super::heard::Heard;
use super::learn::{Learnt, Task};
use super::lessons::{CONTEXT, Stretch, lay_beneath};
use super::material::{Classes, Material, Sounds};
use super::noise::noises;
use super::scan::Look;
use super::{Base, EnrolConfig, Recording, SILENCE, UNKNOWN};
use crate::lessons::Ears;
use crate::spotting::BORDER;
use crate::{AlignConfig, Error, Model, Provenance, Regression, Spotting};

/// An enrolment under way.
pub(super) struct Course<'a> {
    config: &'a EnrolConfig,
    base: &'a Base,
    ears: &'a Ears,
    to: Option<&'a Model>,
    labels: Vec<String>,
    keyword: u32,
    /// Log mel energies of noises.
    noises: Vec<Vec<f32>>,
    /// What the model knows already, each with its class.
    known: Vec<(u32, Stretch)>,
}

/// Noises that are learnt from.
const N_NOISES: usize = 120;
/// How far below a recording that was held back other speech lies, nepers: 10 dB.
const BELOW: f32 = 2.3;
/// Recordings and negatives are held back by halves.
const N_PARTS: usize = 2;

impl<'a> Course<'a> {
    pub fn new(
        config: &'a EnrolConfig,
        keyword: &str,
        base: &'a Base,
        ears: &'a Ears,
        to: Option<&'a Model>,
    ) -> Result<Self, Error> {
        let mut labels = match to {
            Some(model) => model.labels().to_vec(),
            None => vec![SILENCE.to_string(), UNKNOWN.to_string()],
        };
        labels.push(keyword.to_string());
        let mut course = Self {
            config,
            base,
            ears,
            to,
            keyword: labels.len() as u32 - 1,
            labels,
            noises: Vec::new(),
            known: Vec::new(),
        };
        let mut pipeline = ears.pipeline.clone();
        for samples in noises(N_NOISES, base.pipeline.mfcc.sample_rate, config.seed) {
            let mut log_mels = Vec::new();
            pipeline.log_mels_into(&samples, &mut log_mels)?;
            course.noises.push(log_mels);
        }
        if let Some(set) = to.and_then(Model::regression) {
            for (i, label) in set.labels().enumerate() {
                let Some(label) = course.class(label) else {
                    continue;
                };
                let log_mels = set.log_mels(i);
                let n_frames = log_mels.len() / set.n_mels();
                let margin = CONTEXT.min(n_frames.saturating_sub(1) / 2);
                let word = margin..n_frames - margin;
                course.known.push((label, Stretch { log_mels, word }));
            }
        }
        Ok(course)
    }

    fn class(&self, label: &str) -> Option<u32> {
        let class = self.labels.iter().position(|known| known == label);
        class.map(|class| class as u32)
    }

    /// What is to be learnt from these words, some of which may be held back in turn.
    pub fn task<'t>(
        &'t self,
        words: &[(usize, Stretch)],
        negatives: &'t [Vec<f32>],
    ) -> Result<Task<'t>, Error> {
        let classes = Classes {
            labels: &self.labels,
            keyword: self.keyword,
            unknown: self.class(UNKNOWN),
            silence: self.class(SILENCE),
        };
        let sounds = Sounds {
            config: self.config,
            ears: self.ears,
            scaler: &self.base.scaler,
            words: words.iter().map(|(_, word)| word.clone()).collect(),
            known: &self.known,
            negatives,
            noises: &self.noises,
            n_parts: N_PARTS.min(words.len()).min(negatives.len()),
        };
        Ok(Task {
            material: Material::new(&sounds, classes),
            sounds,
            classes,
            metric: &self.base.metric,
            block: self.base.block,
            fixed: self.to.map(Model::float).transpose()?,
        })
    }

    /// Learns from all but a part of the recordings and negatives, and looks for the keyword in these, part by part: in the
    /// recordings above other speech, as they will be heard. `recordings` are the whole of them, log mel energies.
    pub fn hold_back(
        &self,
        task: &Task<'_>,
        recordings: &[Vec<f32>],
    ) -> Result<Option<HeldBack>, Error> {
        let n_parts = task.sounds.n_parts;
        if n_parts < 2 {
            return Ok(None);
        }
        let parts: Vec<HeldBack> = (0..n_parts)
            .into_par_iter()
            .map(|part| self.without(part, task, recordings))
            .collect::<Result<_, _>>()?;
        let mut found = HeldBack::default();
        parts.into_iter().for_each(|part| found.add(part));
        Ok(Some(found))
    }

    /// What a model that was taught without a part finds in it.
    fn without(
        &self,
        part: usize,
        task: &Task<'_>,
        recordings: &[Vec<f32>],
    ) -> Result<HeldBack, Error> {
        let codebook = task.learn(Some(part))?.codebook;
        let radii = task.radii(&codebook, Some(part));
        let lengths = self.with_known_lengths(task.sounds.lengths(Some(part)));
        let look = Look {
            ears: self.ears,
            scaler: &self.base.scaler,
            codebook: &codebook,
            classes: task.classes,
            radii: &radii,
            lengths: &lengths,
        };
        let is_held = |i: &usize| task.sounds.part(*i) == part;
        let (negatives, n_mels) = (task.sounds.negatives, task.sounds.n_mels());
        let held: Vec<usize> = (0..negatives.len()).filter(is_held).collect();
        let others: Vec<&Vec<f32>> = held.iter().map(|&i| &negatives[i]).collect();
        let peaks = look.peaks(&others);
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        let above_speech = (0..recordings.len()).filter(is_held);
        let mut above_speech: Vec<Vec<f32>> = above_speech.map(|i| recordings[i].clone()).collect();
        for (sound, other) in above_speech.iter_mut().zip(others.iter().cycle()) {
            lay_beneath(sound, other, n_mels, BELOW, &mut rng);
        }
        let mut best = vec![f32::NEG_INFINITY; above_speech.len()];
        for peak in look.peaks(&above_speech) {
            best[peak.sound] = best[peak.sound].max(peak.nearness);
        }
        let mut found = HeldBack {
            recordings: best,
            ..HeldBack::default()
        };
        for (sound, &i) in held.iter().enumerate() {
            // The built-in come first.
            let background = match i < self.base.negatives.len() {
                true => &mut found.synthetic,
                false => &mut found.own,
            };
            let n_frames = negatives[i].len() / n_mels;
            let seconds = n_frames as f64 / f64::from(self.ears.pipeline.frame_rate());
            background.hours += seconds / 3_600.0;
            let of_sound = peaks.iter().filter(|peak| peak.sound == sound);
            background.peaks.extend(of_sound.map(|peak| peak.nearness));
        }
        Ok(found)
    }

    /// The radii with those of the model the keyword is added to.
    fn with_known(&self, mut radii: Vec<f32>) -> Vec<f32> {
        if let Some(spotting) = self.to.and_then(Model::spotting) {
            radii[..spotting.radii.len()].copy_from_slice(&spotting.radii);
        }
        radii
    }

    /// The lengths with those of the model the keyword is added to, all of which stay.
    fn with_known_lengths(&self, mut lengths: Vec<usize>) -> Vec<usize> {
        let Some(model) = self.to else {
            return lengths;
        };
        let known = crate::spotter::durations(model, &self.base.pipeline);
        if let AlignConfig::Pad(_) = self.base.pipeline.align {
            return known;
        }
        let is_alike = |length: usize| {
            known.iter().any(|&known| {
                let (shorter, longer) = (length.min(known) as f32, length.max(known) as f32);
                longer <= ALIKE * shorter
            })
        };
        lengths.retain(|&length| !is_alike(length));
        lengths.extend(&known);
        lengths.sort_unstable();
        lengths
    }

    pub fn model(
        &self,
        task: &Task<'_>,
        learnt: Learnt,
        threshold: f32,
        heard: &Heard,
        recordings: &[Recording],
    ) -> Result<Model, Error> {
        let mut provenance = self
            .to
            .map_or_else(Provenance::new, |to| to.provenance().clone());
        provenance
            .added
            .push(self.labels[self.keyword as usize].clone());
        provenance.measured.clear();
        provenance.learnt_grid = None;
        let mut thresholds = match self.to.and_then(Model::spotting) {
            Some(spotting) if !spotting.thresholds.is_empty() => spotting.thresholds.clone(),
            _ => vec![BORDER; self.labels.len() - 1],
        };
        thresholds.push(threshold);
        let spotting = Spotting {
            thresholds,
            radii: self.with_known(task.radii(&learnt.codebook, None)),
            lengths: self.with_known_lengths(task.sounds.lengths(None)),
            ..Spotting::default()
        };
        let n_mels = self.ears.pipeline.n_mels();
        let mut regression = match self.to.and_then(Model::regression) {
            Some(set) => set.clone(),
            None => Regression::new(n_mels),
        };
        for (_, word) in &heard.words {
            regression.keep(&self.labels[self.keyword as usize], &word.log_mels);
        }
        for mined in &learnt.mined {
            regression.keep(UNKNOWN, &mined.log_mels);
        }
        let model = Model::new(
            self.labels.clone(),
            self.base.pipeline.clone(),
            self.base.scaler.clone(),
            learnt.codebook,
            provenance,
        );
        let model = model
            .and_then(|model| model.with_spotting(Some(spotting)))
            .and_then(|model| model.with_regression(Some(regression)));
        let model = model.expect("every part was made for this model");
        let digests = heard
            .words
            .iter()
            .map(|(index, _)| recordings[*index].digest);
        Ok(digests.fold(model, Model::learnt_from))
    }
}

/// Windows that differ by less than this factor find the same.
const ALIKE: f32 = 1.1;
