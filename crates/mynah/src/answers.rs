//! What a model hears in the sounds it carries.

use rayon::prelude::*;

use crate::enrol::UNKNOWN;
use crate::{Model, Recognizer, Regression, SpotEvent, SpotMode, Spotter, SpotterConfig};

/// A model's answer to one of the sounds of a [`Regression`] set.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The word that was said.
    pub truth: String,
    /// The keyword that was heard, else [`UNKNOWN`]; of a model that listens between pauses the word of the nearest prototype.
    pub label: String,
    /// Whether the model was certain enough to give it.
    pub is_accepted: bool,
}

impl Answer {
    /// Whether the answer is another than before: the word, or whether it is given at all.
    pub fn differs(&self, before: &Self) -> bool {
        (&self.label, self.is_accepted) != (&before.label, before.is_accepted)
    }
}

/// An answer that a change of the model has changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Index of the sound.
    pub index: usize,
    /// The answer of the model as it was.
    pub before: Answer,
    /// The answer of the model as it is to be.
    pub after: Answer,
}

/// How a model hears a sound that is one word.
enum Listener<'m> {
    /// As a stream in which it may fire.
    Stream(Box<Spotter<'m>>),
    /// As a word that was said alone.
    Word(Box<Recognizer<'m>>),
}

impl<'m> Listener<'m> {
    fn new(model: &'m Model) -> Self {
        match Spotter::new(model, &SpotterConfig::default()) {
            Ok(spotter) if spotter.mode() == SpotMode::Sliding => Self::Stream(Box::new(spotter)),
            _ => Self::Word(Box::new(Recognizer::new(model))),
        }
    }

    /// The word, and whether it is given. Of several that fire in a stream one that is not the `truth` counts.
    fn hear(&mut self, log_mels: &[f32], truth: &str) -> (&'m str, bool) {
        match self {
            Self::Stream(spotter) => {
                let events = spotter.hear_sound(log_mels);
                let fired = events.iter().filter(|event| event.is_fired);
                let is_wrong = |event: &SpotEvent<'_>| event.keyword != truth;
                let worst = fired.max_by(|a, b| {
                    let by_score = a.score.total_cmp(&b.score);
                    is_wrong(a).cmp(&is_wrong(b)).then(by_score)
                });
                (worst.map_or(UNKNOWN, |event| event.keyword), true)
            }
            Self::Word(recognizer) => {
                let decision = recognizer.decide_sound(log_mels);
                (decision.label, decision.is_accepted)
            }
        }
    }
}

impl Regression {
    /// What a model hears in every sound: as its [`Spotter`] would where it slides windows, else as one word. Independent of the
    /// number of threads.
    ///
    /// # Panics
    /// For a model of vectors, or of sounds with another number of mel bands.
    pub fn answers<'m>(&self, model: &'m Model) -> Vec<Answer> {
        let n_mels = model.pipeline().map(|pipeline| pipeline.mfcc.n_mels);
        assert_eq!(n_mels, Some(self.n_mels()), "a model of other sounds");
        let truths: Vec<&str> = self.labels().collect();
        let answer = |listener: &mut Listener<'m>, (index, truth): (usize, &&str)| {
            let (label, is_accepted) = listener.hear(&self.log_mels(index), truth);
            Answer {
                truth: truth.to_string(),
                label: label.to_string(),
                is_accepted,
            }
        };
        let sounds = truths.par_iter().enumerate();
        sounds.map_init(|| Listener::new(model), answer).collect()
    }

    /// The answers that differ between two models.
    ///
    /// # Panics
    /// As [`answers`](Self::answers).
    pub fn flips(&self, before: &Model, after: &Model) -> Vec<Flip> {
        let pairs = self.answers(before).into_iter().zip(self.answers(after));
        let flip = |(index, (before, after)): (usize, (Answer, Answer))| {
            after.differs(&before).then_some(Flip {
                index,
                before,
                after,
            })
        };
        pairs.enumerate().filter_map(flip).collect()
    }
}
