//! Learning from one mistake: prototypes are added or moved, all others keep their bits.

mod pupil;

use mynah_lvq::{Codebook, Thresholds};

use crate::{Answer, Error, Model, Regression, SpotterConfig, clip_digest, is_background};
use pupil::{Pupil, Way};

/// How far a prototype is moved, tried in this order: a share of its way to or from the sound.
const STEPS: [f32; 4] = [0.05, 0.1, 0.2, 0.4];
/// A sound in which a word was heard, or missed.
#[derive(Clone, Copy, Debug)]
pub struct Mistake<'a> {
    /// Mono samples of full scale ±1 at the model's rate: the word and what was heard around it.
    pub samples: &'a [f32],
    /// First sample of the word, and the one after its last.
    pub word: (usize, usize),
    /// What listens for it.
    pub spotting: &'a SpotterConfig,
}

/// What was done to the prototypes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many were added, after all others.
    Added(usize),
    /// These were moved.
    Moved(Vec<usize>),
}

/// What a model makes of the sounds of a [`Regression`] set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sounds.
    pub n: usize,
    /// Keywords of the model that were taken for something else, or not with certainty.
    pub n_misses: usize,
    /// Sounds that were taken for a keyword they are not.
    pub n_false_alarms: usize,
}

impl Tally {
    /// Of the answers of a model that knows these labels.
    pub fn of(answers: &[Answer], labels: &[String]) -> Self {
        let mut tally = Self {
            n: answers.len(),
            ..Self::default()
        };
        let is_keyword = |truth: &String| !is_background(truth) && labels.contains(truth);
        for Answer {
            truth,
            label,
            is_accepted,
        } in answers
        {
            let is_right = label == truth;
            let is_missed = !is_right || !is_accepted;
            tally.n_misses += usize::from(is_keyword(truth) && is_missed);
            tally.n_false_alarms += usize::from(!is_background(label) && !is_right && *is_accepted);
        }
        tally
    }

    /// Whether there are more misses or more false alarms than before.
    pub fn is_worse_than(&self, before: &Self) -> bool {
        self.n_misses > before.n_misses || self.n_false_alarms > before.n_false_alarms
    }
}

/// A model that has learnt from a mistake.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The model as it is to be; its regression set holds the sound.
    pub model: Model,
    /// What was done to it.
    pub change: Change,
    /// Whether the same sound is now heard as it should be.
    pub is_cured: bool,
    /// What the model made of the regression set before.
    pub before: Tally,
    /// What it makes of the same sounds now.
    pub after: Tally,
    /// Whether there was room for the sound in the regression set.
    pub is_kept: bool,
}

impl Correction {
    /// Whether the sound is heard as it should be, and no other less so.
    pub fn is_good(&self) -> bool {
        self.is_cured && !self.after.is_worse_than(&self.before)
    }
}

impl Model {
    /// The model taught that the word of `mistake` is `truth`: a label of its own, or for what is no keyword a background
    /// label ([`is_background`]), known to it or not.
    ///
    /// First the sound itself becomes a prototype of the label. If that does harm (see [`Correction::is_good`]), or there is
    /// no such label, prototypes are moved by steps of LVQ: the nearest of the label to the sound (Kohonen's LVQ1), the
    /// nearest of all others away from it. Where a window that overlaps the word is still heard wrongly after that, the one
    /// heard most strongly is learnt in the same way, up to 12 of them (4 by moves). The first change that is good is returned, else the
    /// first that cures, else the first. A new prototype takes radius and threshold of the nearest of its label.
    ///
    /// # Errors
    /// [`Error::NotSound`], [`Error::Quantized`]; [`Error::UnknownLabel`] for a keyword the model does not know;
    /// [`Error::TooShort`], [`Error::NonFinite`] and the like for the sound; [`Error::Spotter`].
    pub fn correct(&self, mistake: &Mistake<'_>, truth: &str) -> Result<Correction, Error> {
        let config = self.pipeline().ok_or(Error::NotSound)?;
        self.float()?;
        let unknown = || Error::UnknownLabel {
            label: truth.to_string(),
            known: self.labels().to_vec(),
        };
        let class = self.labels().iter().position(|label| label == truth);
        if class.is_none() && !is_background(truth) {
            return Err(unknown());
        }
        let digest = clip_digest(mistake.samples);
        let mistake = &mistake.around_the_word(self, config)?;
        let mut pupil = Pupil::new(config, mistake)?;
        let empty = || Regression::new(config.mfcc.n_mels);
        let mut set = self.regression().cloned().unwrap_or_else(empty);
        let sound = pupil.log_mels()?;
        // Who corrects a sound again means the last word.
        set.forget_sound(&sound);
        let before = Tally::of(&set.answers(self), self.labels());

        let mut best: Option<Correction> = None;
        let added = class.map(|_| Way::Add);
        for way in added.into_iter().chain(STEPS.map(Way::Move)) {
            let Some(learnt) = pupil.learn(self, class, truth, way)? else {
                continue;
            };
            let correction = Correction {
                after: Tally::of(&set.answers(&learnt.model), self.labels()),
                model: learnt.model,
                change: learnt.change,
                is_cured: learnt.is_cured,
                before,
                is_kept: false,
            };
            let is_good = correction.is_good();
            let is_better = |best: &Correction| correction.is_cured && !best.is_cured;
            if is_good || best.as_ref().is_none_or(is_better) {
                best = Some(correction);
            }
            if is_good {
                break;
            }
        }
        let mut correction = best.ok_or_else(unknown)?;
        correction.is_kept = set.keep(truth, &sound);
        let model = correction.model.with_regression(Some(set));
        correction.model = model.expect("sounds of this model").learnt_from(digest);
        Ok(correction)
    }

    /// The same with other prototypes; `nearest` is the one whose radius and threshold a last one takes that is new.
    fn with_codebook(&self, codebook: Codebook, nearest: Option<usize>) -> Self {
        let (mut trust, mut spotting) = (self.trust().cloned(), self.spotting().cloned());
        let mut exemplars = self.exemplars().to_vec();
        if codebook.n_prototypes() > self.prototypes().n_prototypes() {
            if let Some(spotting) = spotting.as_mut().filter(|s| !s.radii.is_empty()) {
                let radius = nearest.map_or(f32::MAX, |j| spotting.radii[j]);
                spotting.radii.push(radius);
            }
            if let Some(Thresholds::PerPrototype(thresholds)) =
                trust.as_mut().and_then(|trust| trust.thresholds.as_mut())
            {
                thresholds.push(nearest.map_or(0.0, |j| thresholds[j]));
            }
            if !exemplars.is_empty() {
                exemplars.push(String::from("a correction"));
            }
        }
        let mut provenance = self.provenance().clone();
        // These told of another model.
        provenance.measured.clear();
        provenance.learnt_grid = None;
        if let Some(spotting) = &mut spotting {
            spotting.budget = None;
        }
        Self::new(
            self.labels().to_vec(),
            self.input().clone(),
            self.scaler().clone(),
            codebook,
            provenance,
        )
        .and_then(|model| model.with_exemplars(exemplars))
        .and_then(|model| model.with_trust(trust))
        .and_then(|model| model.with_spotting(spotting))
        .and_then(|model| model.with_regression(self.regression().cloned()))
        .expect("every part was made for this model")
    }
}
