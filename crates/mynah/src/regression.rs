//! Sounds of known words that a model carries, to hold every later change against.

use serde::{Deserialize, Serialize};

use crate::ModelError;

/// Levels of a value.
const LEVELS: f32 = 255.0;

/// Sounds of known words, as log mel energies of eight bits: what the model was enrolled from, and what was nearly taken for
/// it. A change of the model is judged by what it does to the answers to them.
///
/// A value lies within 1/510 of the clip's range of what it was, some 0.04 nepers, which is less than the augmentation of
/// training by far. Labels need not be words of the model: one it does not know stands for what it must not take for its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    n_mels: usize,
    /// Bytes that may be kept.
    room: usize,
    clips: Vec<Clip>,
}

#[derive(Clone, Debug, PartialEq)]
struct Clip {
    label: String,
    /// Value of level 0, and of a step.
    low: f32,
    step: f32,
    /// `[n_frames × n_mels]`.
    levels: Vec<u8>,
}

impl Regression {
    /// Bytes of sound that a model carries at most: 131 seconds of 40 mel bands in steps of 10 ms.
    pub const ROOM: usize = 1 << 19;

    /// An empty set for sounds of `n_mels` mel bands, with room for [`ROOM`](Self::ROOM) bytes.
    ///
    /// # Panics
    /// When `n_mels` is 0.
    pub fn new(n_mels: usize) -> Self {
        assert!(n_mels > 0, "a frame has at least one mel band");
        Self {
            n_mels,
            room: Self::ROOM,
            clips: Vec::new(),
        }
    }

    /// The same with room for so many bytes.
    pub fn with_room(mut self, bytes: usize) -> Self {
        self.room = bytes;
        self
    }

    /// Keeps a sound, log mel energies `[n_frames × n_mels]` as [`Pipeline::log_mels_into`](crate::Pipeline::log_mels_into) makes
    /// them, if there is room for it; says whether it is kept. One that is there already, under this label, is kept once.
    ///
    /// # Panics
    /// Without a frame, when the last is not whole, or for a value that is not finite.
    pub fn keep(&mut self, label: impl Into<String>, log_mels: &[f32]) -> bool {
        let clip = self.clip(label.into(), log_mels);
        if self.clips.contains(&clip) {
            return true;
        }
        let has_room = self.n_bytes() + log_mels.len() <= self.room;
        if has_room {
            self.clips.push(clip);
        }
        has_room
    }

    /// Forgets a sound, whatever it was said to be.
    ///
    /// # Panics
    /// As [`keep`](Self::keep).
    pub(crate) fn forget_sound(&mut self, log_mels: &[f32]) {
        let sound = self.clip(String::new(), log_mels);
        self.clips.retain(|clip| {
            (clip.low, clip.step, &clip.levels) != (sound.low, sound.step, &sound.levels)
        });
    }

    fn clip(&self, label: String, log_mels: &[f32]) -> Clip {
        let is_whole = !log_mels.is_empty() && log_mels.len().is_multiple_of(self.n_mels);
        assert!(is_whole, "a sound is a whole number of frames");
        let low = log_mels.iter().copied().fold(f32::MAX, f32::min);
        let high = log_mels.iter().copied().fold(f32::MIN, f32::max);
        assert!((high - low).is_finite(), "log mel energies are finite");
        let step = (high - low) / LEVELS;
        let level = |&x: &f32| match step > 0.0 {
            true => ((x - low) / step).round() as u8,
            false => 0,
        };
        Clip {
            label,
            low,
            step,
            levels: log_mels.iter().map(level).collect(),
        }
    }

    /// Without the sounds of a word.
    pub(crate) fn without(mut self, label: &str) -> Self {
        self.clips.retain(|clip| clip.label != label);
        self
    }

    /// How many sounds there are.
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// Mel bands of a frame.
    pub fn n_mels(&self) -> usize {
        self.n_mels
    }

    /// Bytes kept.
    pub fn n_bytes(&self) -> usize {
        self.clips.iter().map(|clip| clip.levels.len()).sum()
    }

    /// The word of every sound.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.clips.iter().map(|clip| clip.label.as_str())
    }

    /// The log mel energies of the sound at `index`, `[n_frames × n_mels]`.
    ///
    /// # Panics
    /// If there is none.
    pub fn log_mels(&self, index: usize) -> Vec<f32> {
        let clip = &self.clips[index];
        let value = |&level: &u8| clip.low + f32::from(level) * clip.step;
        clip.levels.iter().map(value).collect()
    }

    /// As the model file has it: what its document says, and the levels of all sounds.
    pub(crate) fn to_parts(&self) -> (RegressionCard, Vec<u8>) {
        let card = |clip: &Clip| ClipCard {
            label: clip.label.clone(),
            n_frames: clip.levels.len() / self.n_mels,
            low: clip.low,
            step: clip.step,
        };
        let card = RegressionCard {
            n_mels: self.n_mels,
            room: self.room,
            clips: self.clips.iter().map(card).collect(),
        };
        let levels = self.clips.iter().flat_map(|clip| &clip.levels);
        (card, levels.copied().collect())
    }

    /// # Errors
    /// [`ModelError::Inconsistent`] where document and levels do not fit.
    pub(crate) fn from_parts(card: RegressionCard, levels: &[u8]) -> Result<Self, ModelError> {
        let mut rest = levels;
        let mut clips = Vec::with_capacity(card.clips.len());
        for clip in card.clips {
            let n = clip.n_frames.checked_mul(card.n_mels);
            let taken = n.filter(|&n| n > 0).and_then(|n| rest.split_at_checked(n));
            let is_finite = clip.low.is_finite() && (clip.step * LEVELS).is_finite();
            let (Some((levels, after)), true) = (taken, is_finite) else {
                return Err(ModelError::Inconsistent(
                    "a sound of the regression set is not there".to_string(),
                ));
            };
            rest = after;
            clips.push(Clip {
                label: clip.label,
                low: clip.low,
                step: clip.step,
                levels: levels.to_vec(),
            });
        }
        if !rest.is_empty() || card.n_mels == 0 {
            return Err(ModelError::Inconsistent(
                "the regression set has more sound than clips".to_string(),
            ));
        }
        Ok(Self {
            n_mels: card.n_mels,
            room: card.room,
            clips,
        })
    }
}

/// What a model's document says of its regression set.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegressionCard {
    pub(crate) n_mels: usize,
    room: usize,
    clips: Vec<ClipCard>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClipCard {
    label: String,
    n_frames: usize,
    low: f32,
    step: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(n_frames: usize, at: f32) -> Vec<f32> {
        (0..n_frames * 4)
            .map(|i| at + (i as f32 * 0.7).sin() * 5.0)
            .collect()
    }

    fn filled() -> Regression {
        let mut set = Regression::new(4);
        assert!(set.keep("lamp", &sound(20, -3.0)) && set.keep("_unknown_", &[2.5; 8]));
        set
    }

    #[test]
    fn values_come_back_within_half_a_level() {
        let (set, sound) = (filled(), sound(20, -3.0));
        let back = set.log_mels(0);
        assert_eq!(back.len(), sound.len());
        let farthest = back.iter().zip(&sound).map(|(a, b)| (a - b).abs());
        assert!(farthest.fold(0.0, f32::max) <= 10.0 / 510.0 + 1e-5);
        assert_eq!(set.log_mels(1), [2.5; 8]);
        assert_eq!(set.labels().collect::<Vec<_>>(), ["lamp", "_unknown_"]);
    }

    #[test]
    fn takes_no_more_than_there_is_room_for() {
        let mut set = Regression::new(4).with_room(100);
        assert!(set.keep("lamp", &sound(20, 0.0)));
        assert!(!set.keep("lamp", &sound(6, 0.0)));
        assert!(set.keep("lamp", &sound(5, 0.0)));
        assert_eq!((set.len(), set.n_bytes()), (2, 100));
        assert!(set.keep("lamp", &sound(5, 0.0)), "it is there already");
        assert_eq!(set.len(), 2);
        set.forget_sound(&sound(20, 0.0));
        assert_eq!((set.len(), set.n_bytes()), (1, 20));
    }

    #[test]
    fn parts_make_the_same_set_and_others_are_refused() {
        let (card, levels) = filled().to_parts();
        let text = serde_json::to_string(&card).unwrap();
        let card = || serde_json::from_str::<RegressionCard>(&text).unwrap();
        assert_eq!(Regression::from_parts(card(), &levels).unwrap(), filled());
        assert!(Regression::from_parts(card(), &levels[1..]).is_err());
        assert!(Regression::from_parts(card(), &[&levels[..], &[0]].concat()).is_err());
        let mut endless = card();
        endless.clips[0].n_frames = usize::MAX;
        assert!(Regression::from_parts(endless, &levels).is_err());
        let mut empty = card();
        empty.clips[1].n_frames = 0;
        assert!(Regression::from_parts(empty, &levels).is_err());
        let mut nan = card();
        nan.clips[1].step = f32::NAN;
        assert!(Regression::from_parts(nan, &levels).is_err());
    }
}
