//! Learning from one mistake: a prototype is added or moved, all others keep their bits.

use std::ops::Range;

use half::f16;
use mynah_dsp::Mfcc;
use mynah_lvq::{Codebook, Thresholds};

use crate::{
    Answer, Error, Model, Pipeline, PipelineConfig, Regression, SpotEvent, Spotter, SpotterConfig,
    is_background,
};

/// How far a prototype is moved, tried in this order: a share of its way to or from the sound.
const STEPS: [f32; 4] = [0.05, 0.1, 0.2, 0.4];
/// Sound around the word that goes into the regression set, s; end points need some.
const AROUND: f64 = 0.2;

/// A sound in which a word was heard, or missed.
#[derive(Clone, Copy, Debug)]
pub struct Mistake<'a> {
    /// Mono samples of full scale ±1 at the model's rate: the word and what was heard before it.
    pub samples: &'a [f32],
    /// First sample of the word, and the one after its last.
    pub word: (usize, usize),
    /// What listens for it.
    pub spotting: &'a SpotterConfig,
}

/// What was done to the prototypes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// One was added, after all others.
    Added,
    /// These were moved.
    Moved(Vec<usize>),
}

/// What a model makes of the sounds of a [`Regression`] set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sounds.
    pub n: usize,
    /// Keywords that were taken for something else, or not with certainty.
    pub n_misses: usize,
    /// Sounds that were taken for a keyword they are not.
    pub n_false_alarms: usize,
}

impl Tally {
    /// Of answers that a model gave.
    pub fn of(answers: &[Answer]) -> Self {
        let mut tally = Self {
            n: answers.len(),
            ..Self::default()
        };
        for Answer {
            truth,
            label,
            is_accepted,
            ..
        } in answers
        {
            let is_right = label == truth;
            tally.n_misses += usize::from(!is_background(truth) && !(is_right && *is_accepted));
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
    /// keyword's that was wrong away from it. The first change that is good is returned, else the first that cures, else
    /// the first. A new prototype takes radius and threshold of the nearest of its label.
    ///
    /// # Errors
    /// [`Error::NotSound`], [`Error::Quantized`]; [`Error::UnknownLabel`] for a keyword the model does not know;
    /// [`Error::TooShort`], [`Error::NonFinite`] and the like for the sound; [`Error::Spotter`].
    pub fn correct(&self, mistake: &Mistake<'_>, truth: &str) -> Result<Correction, Error> {
        let config = self.pipeline().ok_or(Error::NotSound)?;
        let codebook = self.float()?;
        let class = self.labels().iter().position(|label| label == truth);
        if class.is_none() && !is_background(truth) {
            return Err(Error::UnknownLabel {
                label: truth.to_string(),
                known: self.labels().to_vec(),
            });
        }
        let heard = Heard::new(self, config, mistake)?;
        let empty = Regression::new(config.mfcc.n_mels);
        let set = self.regression().unwrap_or(&empty);
        let before = Tally::of(&set.answers(self));

        let mut best: Option<(bool, Correction)> = None;
        let added = class.map(|class| heard.added(codebook, class));
        let moved = STEPS
            .iter()
            .filter_map(|&step| heard.moved(codebook, class, step));
        for changed in added.into_iter().chain(moved) {
            let (codebook, change) = changed?;
            let model = self.with_codebook(codebook, &change, &heard)?;
            let is_cured = heard_as(&model, mistake, truth)?;
            let correction = Correction {
                after: Tally::of(&set.answers(&model)),
                model,
                change,
                is_cured,
                before,
                is_kept: false,
            };
            if correction.is_good() {
                return heard.kept(correction, set, truth);
            }
            if best.as_ref().is_none_or(|(cures, _)| is_cured && !cures) {
                best = Some((is_cured, correction));
            }
        }
        let (_, correction) = best.ok_or_else(|| Error::UnknownLabel {
            label: truth.to_string(),
            known: self.labels().to_vec(),
        })?;
        heard.kept(correction, set, truth)
    }

    /// The same with other prototypes: the same ones and one more, or some moved.
    fn with_codebook(
        &self,
        codebook: Codebook,
        change: &Change,
        heard: &Heard,
    ) -> Result<Self, Error> {
        let (mut trust, mut spotting) = (self.trust().cloned(), self.spotting().cloned());
        let mut exemplars = self.exemplars().to_vec();
        if *change == Change::Added {
            let label = *codebook.labels().last().expect("a prototype was added");
            let nearest = heard.nearest(self.float()?, |other| other == label);
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
        // It told of another model.
        provenance.measured.clear();
        let model = Self::new(
            self.labels().to_vec(),
            self.input().clone(),
            self.scaler().clone(),
            codebook,
            provenance,
        );
        let model = model
            .and_then(|model| model.with_exemplars(exemplars))
            .and_then(|model| model.with_trust(trust))
            .and_then(|model| model.with_spotting(spotting))
            .and_then(|model| model.with_regression(self.regression().cloned()));
        Ok(model.expect("every part was made for this model"))
    }
}

/// The word of a mistake, as prototypes meet it.
struct Heard {
    /// Standardised views, `[n_views × dim]`; the first is the word as it is.
    views: Vec<f32>,
    dim: usize,
    /// Log mel energies of the word and a little around it, `[n_frames × n_mels]`.
    log_mels: Vec<f32>,
}

impl Heard {
    fn new(model: &Model, config: &PipelineConfig, mistake: &Mistake<'_>) -> Result<Self, Error> {
        let mut mfcc = config.mfcc.clone();
        // The sound is a part of a stream.
        mfcc.clip_length = None;
        let mut mfcc = Mfcc::<f32>::new(&mfcc)?;
        let (hop, frame) = (mfcc.hop_length(), mfcc.frame_length());
        let mut pipeline = Pipeline::new(config)?;
        let (start, end) = mistake.word;
        let end = end.min(mistake.samples.len());
        let around = (AROUND * f64::from(config.mfcc.sample_rate)) as usize;
        let wide = start.saturating_sub(around)..(end + around).min(mistake.samples.len());
        let mut log_mels = Vec::new();
        let samples = mistake.samples.get(wide).unwrap_or(&[]);
        pipeline.log_mels_into(samples, &mut log_mels)?;

        let frames = mfcc.compute(mistake.samples)?;
        let n_frames = frames.n_frames;
        let first = (start / hop).min(n_frames - 1);
        let last = end.saturating_sub(frame) / hop + 1;
        let word: Range<usize> = first..last.clamp(first + 1, n_frames);
        let mut views = vec![0.0; pipeline.n_views() * pipeline.dim()];
        pipeline.window_into(&frames.data, word, &mut views);
        model.scaler().apply(&mut views);
        Ok(Self {
            views,
            dim: pipeline.dim(),
            log_mels,
        })
    }

    /// The nearest prototype whose label is such.
    fn nearest(&self, codebook: &Codebook, is_such: impl Fn(u32) -> bool) -> Option<usize> {
        let distance = |j: usize| -> f32 {
            let shares = codebook.shares(j, &codebook.met(j, &self.views));
            shares.iter().sum()
        };
        let labels = codebook.labels().iter().enumerate();
        let such = labels.filter(|&(_, &label)| is_such(label));
        let rated = such.map(|(j, _)| (distance(j), j));
        rated.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, j)| j)
    }

    /// The word itself as one more prototype.
    fn added(&self, codebook: &Codebook, class: usize) -> Result<(Codebook, Change), Error> {
        let mut more = codebook.clone();
        let word: Vec<f32> = self.views[..self.dim].iter().map(|&x| rounded(x)).collect();
        more.add_prototypes(class as u32, &word)?;
        Ok((more, Change::Added))
    }

    /// The nearest prototype of the label moved to the word, the nearest of all others away from it; `None` where there is
    /// none to move.
    fn moved(
        &self,
        codebook: &Codebook,
        class: Option<usize>,
        step: f32,
    ) -> Option<Result<(Codebook, Change), Error>> {
        let is_own = |label: u32| Some(label as usize) == class;
        let own = self.nearest(codebook, is_own);
        let other = self.nearest(codebook, |label| !is_own(label));
        let mut prototypes = codebook.prototypes().to_vec();
        let mut moved = Vec::new();
        for (j, step) in [(own, step), (other, -step)] {
            let Some(j) = j else { continue };
            let met = codebook.met(j, &self.views);
            let prototype = &mut prototypes[j * self.dim..(j + 1) * self.dim];
            for (w, x) in prototype.iter_mut().zip(met) {
                *w = rounded(*w + step * (x - *w));
            }
            moved.push(j);
        }
        if moved.is_empty() {
            return None;
        }
        moved.sort_unstable();
        let labels = codebook.labels().to_vec();
        let changed = Codebook::new(self.dim, codebook.n_classes(), prototypes, labels)
            .and_then(|changed| changed.with_metric(codebook.metric().clone()))
            .and_then(|changed| changed.with_block(codebook.block()));
        Some(match changed {
            Ok(changed) => Ok((changed, Change::Moved(moved))),
            Err(error) => Err(error.into()),
        })
    }

    /// The corrected model with the sound in its regression set.
    fn kept(
        &self,
        mut correction: Correction,
        set: &Regression,
        truth: &str,
    ) -> Result<Correction, Error> {
        let mut set = set.clone();
        correction.is_kept = set.keep(truth, &self.log_mels);
        let model = correction.model.with_regression(Some(set));
        correction.model = model.expect("sounds of this model");
        Ok(correction)
    }
}

/// Prototypes of sound are 16-bit floats, so that the file holds them in two bytes.
fn rounded(x: f32) -> f32 {
    let half = f16::from_f32(x).to_f32();
    if half.is_finite() { half } else { x }
}

/// Whether the model hears the word of the mistake as what it is.
fn heard_as(model: &Model, mistake: &Mistake<'_>, truth: &str) -> Result<bool, Error> {
    let mut spotter = Spotter::new(model, mistake.spotting)?;
    let mut events = Vec::new();
    spotter.push(mistake.samples, &mut events);
    spotter.finish(&mut events);
    let (start, end) = (mistake.word.0 as u64, mistake.word.1 as u64);
    let overlaps = |event: &&SpotEvent<'_>| event.start < end && event.end > start;
    let mut fired = events
        .iter()
        .filter(|event| event.is_fired)
        .filter(overlaps);
    Ok(match is_background(truth) {
        true => fired.next().is_none(),
        false => {
            let keywords: Vec<_> = fired.map(|event| event.keyword).collect();
            !keywords.is_empty() && keywords.iter().all(|&keyword| keyword == truth)
        }
    })
}
