//! Learning from one mistake: prototypes are added or moved, all others keep their bits.

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
/// Windows of one sound that are learnt from at most: where one is put right, its neighbours may still be heard wrongly.
const MOST_WINDOWS: usize = 12;

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
            let is_heard = is_right && *is_accepted;
            tally.n_misses += usize::from(!is_background(truth) && !is_heard);
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
    /// heard most strongly is learnt in the same way, up to 12 of them. The first change that is good is returned, else the
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
        let mut pupil = Pupil::new(config, mistake)?;
        let empty = Regression::new(config.mfcc.n_mels);
        let set = self.regression().unwrap_or(&empty);
        let before = Tally::of(&set.answers(self));

        let mut best: Option<Correction> = None;
        let added = class.map(|_| Way::Add);
        for way in added.into_iter().chain(STEPS.map(Way::Move)) {
            let Some(learnt) = pupil.learn(self, class, truth, way)? else {
                continue;
            };
            let correction = Correction {
                after: Tally::of(&set.answers(&learnt.model)),
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
        let mut set = set.clone();
        correction.is_kept = set.keep(truth, &pupil.log_mels()?);
        let model = correction.model.with_regression(Some(set));
        correction.model = model.expect("sounds of this model");
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
        // It told of another model.
        provenance.measured.clear();
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

/// How a window is learnt.
#[derive(Clone, Copy)]
enum Way {
    /// It becomes a prototype.
    Add,
    /// Prototypes are moved by this share of their distance.
    Move(f32),
}

/// What became of a model.
struct Learnt {
    model: Model,
    change: Change,
    is_cured: bool,
}

/// The sound of a mistake, as a model learns from it.
struct Pupil<'a> {
    mistake: &'a Mistake<'a>,
    pipeline: Pipeline,
    hop: usize,
    frame: usize,
    /// Samples around the word that are kept with it.
    around: usize,
    /// Features of the sound, frame by frame.
    features: Vec<f32>,
    n_frames: usize,
}

impl<'a> Pupil<'a> {
    fn new(config: &PipelineConfig, mistake: &'a Mistake<'a>) -> Result<Self, Error> {
        let mut mfcc = config.mfcc.clone();
        // The sound is a part of a stream.
        mfcc.clip_length = None;
        let mut mfcc = Mfcc::<f32>::new(&mfcc)?;
        let frames = mfcc.compute(mistake.samples)?;
        Ok(Self {
            mistake,
            pipeline: Pipeline::new(config)?,
            hop: mfcc.hop_length(),
            frame: mfcc.frame_length(),
            around: (AROUND * f64::from(config.mfcc.sample_rate)) as usize,
            n_frames: frames.n_frames,
            features: frames.data,
        })
    }

    /// Changes a model until the word is heard as `truth`, whose index is `class`; `None` where there is nothing to change.
    fn learn(
        &mut self,
        model: &Model,
        class: Option<usize>,
        truth: &str,
        way: Way,
    ) -> Result<Option<Learnt>, Error> {
        let mut model = model.clone();
        let mut window = self.mistake.word;
        let (mut moved, mut n_added) = (Vec::new(), 0);
        let mut is_cured = false;
        for _ in 0..MOST_WINDOWS {
            let views = self.views(&model, window);
            let place = Place::new(model.float()?, &views, class);
            model = match (way, class) {
                (Way::Add, Some(class)) => {
                    n_added += 1;
                    let more = place.added(class)?;
                    model.with_codebook(more, place.own)
                }
                (Way::Move(step), _) => {
                    let Some(others) = place.moved(step, &mut moved)? else {
                        return Ok(None);
                    };
                    model.with_codebook(others, None)
                }
                (Way::Add, None) => return Ok(None),
            };
            let Some(next) = wrong_window(&model, self.mistake, truth)? else {
                is_cured = true;
                break;
            };
            window = next;
        }
        moved.sort_unstable();
        moved.dedup();
        let change = match way {
            Way::Add => Change::Added(n_added),
            Way::Move(_) => Change::Moved(moved),
        };
        Ok(Some(Learnt {
            model,
            change,
            is_cured,
        }))
    }

    /// Standardised views of a window, `[n_views × dim]`; the first is the window as it is.
    fn views(&mut self, model: &Model, (start, end): (usize, usize)) -> Vec<f32> {
        let first = (start / self.hop).min(self.n_frames - 1);
        let last = end.saturating_sub(self.frame) / self.hop + 1;
        let window = first..last.clamp(first + 1, self.n_frames);
        let mut views = vec![0.0; self.pipeline.n_views() * self.pipeline.dim()];
        self.pipeline
            .window_into(&self.features, window, &mut views);
        model.scaler().apply(&mut views);
        views
    }

    /// Log mel energies of the word and a little around it, `[n_frames × n_mels]`.
    fn log_mels(&mut self) -> Result<Vec<f32>, Error> {
        let Mistake { samples, word, .. } = *self.mistake;
        let end = (word.1 + self.around).min(samples.len());
        let wide = samples.get(word.0.saturating_sub(self.around)..end);
        let mut log_mels = Vec::new();
        self.pipeline
            .log_mels_into(wide.unwrap_or(&[]), &mut log_mels)?;
        Ok(log_mels)
    }
}

/// Where a window lies among the prototypes.
struct Place<'a> {
    codebook: &'a Codebook,
    views: &'a [f32],
    /// The nearest prototype of its label, and of all others.
    own: Option<usize>,
    other: Option<usize>,
}

impl<'a> Place<'a> {
    fn new(codebook: &'a Codebook, views: &'a [f32], class: Option<usize>) -> Self {
        let mut nearest = [None::<(f32, usize)>; 2];
        for (j, &label) in codebook.labels().iter().enumerate() {
            let shares = codebook.shares(j, &codebook.met(j, views));
            let distance: f32 = shares.iter().sum();
            let side = &mut nearest[usize::from(Some(label as usize) != class)];
            if side.is_none_or(|(least, _)| distance < least) {
                *side = Some((distance, j));
            }
        }
        let [own, other] = nearest.map(|side| side.map(|(_, j)| j));
        Self {
            codebook,
            views,
            own,
            other,
        }
    }

    /// The window itself as one more prototype.
    fn added(&self, class: usize) -> Result<Codebook, Error> {
        let mut more = self.codebook.clone();
        let window: Vec<f32> = self.views[..more.dim()]
            .iter()
            .map(|&x| rounded(x))
            .collect();
        more.add_prototypes(class as u32, &window)?;
        Ok(more)
    }

    /// The nearest prototype of the label moved to the window, the nearest of all others away from it, and noted in
    /// `moved`; `None` where there is none to move.
    fn moved(&self, step: f32, moved: &mut Vec<usize>) -> Result<Option<Codebook>, Error> {
        if (self.own, self.other) == (None, None) {
            return Ok(None);
        }
        let codebook = self.codebook;
        let dim = codebook.dim();
        let mut prototypes = codebook.prototypes().to_vec();
        for (j, step) in [(self.own, step), (self.other, -step)] {
            let Some(j) = j else { continue };
            let met = codebook.met(j, self.views);
            let prototype = &mut prototypes[j * dim..(j + 1) * dim];
            for (w, x) in prototype.iter_mut().zip(met) {
                *w = rounded(*w + step * (x - *w));
            }
            moved.push(j);
        }
        let labels = codebook.labels().to_vec();
        let changed = Codebook::new(dim, codebook.n_classes(), prototypes, labels)?;
        let changed = changed.with_metric(codebook.metric().clone())?;
        Ok(Some(changed.with_block(codebook.block())?))
    }
}

/// Prototypes of sound are 16-bit floats, so that the file holds them in two bytes.
fn rounded(x: f32) -> f32 {
    let half = f16::from_f32(x).to_f32();
    if half.is_finite() { half } else { x }
}

/// The window of the mistake's word that is furthest from being heard as what it is: the strongest of what fires wrongly,
/// else, where the word does not fire, what is nearest to firing. `None` where it is heard as it should be.
fn wrong_window(
    model: &Model,
    mistake: &Mistake<'_>,
    truth: &str,
) -> Result<Option<(usize, usize)>, Error> {
    let mut config = mistake.spotting.clone();
    // What fired before it in the same sound hides nothing.
    config.refractory = 0.0;
    let mut spotter = Spotter::new(model, &config)?;
    let mut events = Vec::new();
    spotter.push(mistake.samples, &mut events);
    spotter.finish(&mut events);
    let (start, end) = (mistake.word.0 as u64, mistake.word.1 as u64);
    events.retain(|event| event.start < end && event.end > start);
    let strongest = |is_such: &dyn Fn(&SpotEvent<'_>) -> bool| {
        let such = events.iter().filter(|event| is_such(event));
        such.max_by(|a, b| a.score.total_cmp(&b.score))
            .map(|event| (event.start as usize, event.end as usize))
    };
    let wrong = strongest(&|event| event.is_fired && event.keyword != truth);
    if wrong.is_some() {
        return Ok(wrong);
    }
    let is_heard = events
        .iter()
        .any(|event| event.is_fired && event.keyword == truth);
    if is_background(truth) || is_heard {
        return Ok(None);
    }
    let nearest = strongest(&|event| event.keyword == truth);
    Ok(nearest.or(Some(mistake.word)))
}
