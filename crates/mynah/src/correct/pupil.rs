//! How a model learns one sound: window by window, until none of them is heard wrongly.

use half::f16;
use mynah_dsp::Mfcc;
use mynah_lvq::Codebook;

use super::{Change, Mistake};
use crate::train::with_prototypes;
use crate::{Error, Model, Pipeline, PipelineConfig, SpotEvent, SpotMode, Spotter, is_background};

/// Sound around the word that goes into the regression set, s; end points need some.
const AROUND: f64 = 0.2;
/// Sound on either side of the word in which windows slide, s: the longest of them overlap it by so much.
const REACH: usize = 1;
/// Windows of one sound that become prototypes at most: where one is put right, its neighbours may still be heard wrongly.
const MOST_ADDED: usize = 12;
/// Windows that prototypes are moved for, at most: each move changes more than one window.
const MOST_MOVED: usize = 4;

impl Mistake<'_> {
    /// The same without what no sliding window that overlaps the word hears; it begins where a window may, so that windows fall
    /// as they fell. Between pauses all of it is needed.
    pub(super) fn around_the_word(
        &self,
        model: &Model,
        config: &PipelineConfig,
    ) -> Result<Self, Error> {
        if Spotter::new(model, self.spotting)?.mode() == SpotMode::Endpoint {
            return Ok(*self);
        }
        let hop = Mfcc::<f32>::new(&config.mfcc)?.hop_length();
        let reach = REACH * config.mfcc.sample_rate as usize;
        let (start, end) = self.word;
        let first = start.saturating_sub(reach);
        let first = first - first % (hop * self.spotting.hop_frames);
        let last = (end + reach).min(self.samples.len());
        Ok(Self {
            samples: self.samples.get(first..last).unwrap_or(&[]),
            word: (start - first, end.saturating_sub(first)),
            spotting: self.spotting,
        })
    }
}

/// How a window is learnt.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// It becomes a prototype.
    Add,
    /// Prototypes are moved by this share of their distance.
    Move(f32),
}

/// What became of a model.
pub(super) struct Learnt {
    pub model: Model,
    pub change: Change,
    pub is_cured: bool,
}

/// First sample and the one after the last.
type Window = (usize, usize);

/// The sound of a mistake, as a model learns from it.
pub(super) struct Pupil<'a> {
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
    pub fn new(config: &PipelineConfig, mistake: &'a Mistake<'a>) -> Result<Self, Error> {
        let mut mfcc = config.mfcc.clone();
        // The sound is a part of a stream.
        mfcc.clip_length = None;
        let mut mfcc = Mfcc::<f32>::new(&mfcc)?;
        let frames = mfcc.compute(mistake.samples)?;
        if frames.n_frames == 0 {
            return Err(Error::TooShort {
                got: mistake.samples.len(),
                needed: mfcc.frame_length(),
            });
        }
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
    pub fn learn(
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
        let mut learnt = Vec::new();
        let most = match way {
            Way::Add => MOST_ADDED,
            Way::Move(_) => MOST_MOVED,
        };
        for _ in 0..most {
            learnt.push(window);
            let views = self.views(&model, window);
            let place = Place::new(&model, &views, class)?;
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
            window = match way {
                Way::Move(_) => next,
                Way::Add => match self.fresh(next, &learnt) {
                    Some(window) => window,
                    None => break,
                },
            };
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

    /// The window, or the nearest of its neighbours that is not learnt yet: scores are means over hops, and one right window among
    /// wrong ones may not do. `None` where all of them are learnt.
    fn fresh(&self, (start, end): Window, learnt: &[Window]) -> Option<Window> {
        let Mistake {
            samples, spotting, ..
        } = self.mistake;
        let hops = (0..spotting.smoothing_hops).map(|hop| hop * spotting.hop_frames * self.hop);
        let both = hops.flat_map(|by| {
            let before = start.checked_sub(by).map(|start| (start, end - by));
            [Some((start + by, end + by)), before]
        });
        both.flatten()
            .find(|window| window.1 <= samples.len() && !learnt.contains(window))
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
    pub fn log_mels(&mut self) -> Result<Vec<f32>, Error> {
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
    fn new(model: &'a Model, views: &'a [f32], class: Option<usize>) -> Result<Self, Error> {
        let codebook = model.float()?;
        let mut distances = vec![0.0; codebook.n_prototypes()];
        model
            .prototypes()
            .scan()
            .distances_into(views, &mut distances);
        let mut nearest = [None::<(f32, usize)>; 2];
        for (j, (&label, &distance)) in codebook.labels().iter().zip(&distances).enumerate() {
            let side = &mut nearest[usize::from(Some(label as usize) != class)];
            if side.is_none_or(|(least, _)| distance < least) {
                *side = Some((distance, j));
            }
        }
        let [own, other] = nearest.map(|side| side.map(|(_, j)| j));
        Ok(Self {
            codebook,
            views,
            own,
            other,
        })
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
        Ok(Some(with_prototypes(codebook, prototypes)?))
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
