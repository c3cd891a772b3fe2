//! A keyword from a handful of recordings.

mod base;
mod check;
mod course;
mod estimate;
mod heard;
mod learn;
mod lessons;
mod material;
mod noise;
mod scan;

use crate::lessons::Ears;
use crate::{AugmentConfig, Error, Flip, Model};
pub use base::Base;
pub use check::Fault;
use course::Course;
use heard::Heard;

/// What is no keyword.
pub const UNKNOWN: &str = "_unknown_";
/// What no one says.
pub const SILENCE: &str = "_silence_";

/// Settings of [`enrol`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct EnrolConfig {
    /// False alarms of this keyword in an hour of talk without a pause that the threshold is set for, above 0; a room hears less
    /// talk than that. Of a single recording nothing is known, and this means nothing. Default 5.
    pub max_false_alarms_per_hour: f64,
    /// Prototypes of the keyword. At least 1, default 16.
    pub n_prototypes: usize,
    /// Prototypes of what is no keyword, before mining. At least 1, default 96.
    pub n_unknown: usize,
    /// Prototypes of silence. At least 1, default 8.
    pub n_silence: usize,
    /// Versions of the keyword's recordings that are learnt from. Default 2,400.
    pub n_versions: usize,
    /// Versions of what is kept of each keyword that the model knows already. Default 300.
    pub n_known: usize,
    /// Windows of noise that are learnt from. Default 800.
    pub n_noises: usize,
    /// Windows without the keyword. Default 7,000.
    pub n_windows: usize,
    /// How many of them are learnt from before mining. Default 2,000.
    pub n_first: usize,
    /// How often those are learnt that the model would soonest take for the keyword. Default 2.
    pub n_minings: usize,
    /// Windows found that way. At least 1, default 900.
    pub n_mined: usize,
    /// Prototypes placed on them. At least 1, default 16.
    pub n_hard: usize,
    /// Passes before mining, and after each. Default 6 and 4.
    pub n_passes: usize,
    /// See [`n_passes`](Self::n_passes).
    pub n_mined_passes: usize,
    /// Radius of the keyword's prototypes, as a multiple of the farthest (squared) that one of its clips lies. Default 1.2.
    pub radius: f32,
    /// Vectors a step of learning. Default 512.
    pub batch_size: usize,
    /// Greatest step of learning. Default 0.04.
    pub learning_rate: f64,
    /// How clips are changed in every version.
    pub augment: AugmentConfig,
    /// Seed of everything random. Default 1.
    pub seed: u64,
}

impl Default for EnrolConfig {
    fn default() -> Self {
        Self {
            max_false_alarms_per_hour: 5.0,
            n_prototypes: 16,
            n_unknown: 96,
            n_silence: 8,
            n_versions: 2_400,
            n_known: 300,
            n_noises: 800,
            n_windows: 7_000,
            n_first: 2_000,
            n_minings: 2,
            n_mined: 900,
            n_hard: 16,
            n_passes: 6,
            n_mined_passes: 4,
            radius: 1.2,
            batch_size: 512,
            learning_rate: 0.04,
            augment: AugmentConfig {
                // Noises of more kinds are laid beneath.
                noise_share: 0.0,
                // On development words a wider bend of so few recordings missed more of them.
                bend_bands: 2.0,
                ..AugmentConfig::default()
            },
            seed: 1,
        }
    }
}

impl EnrolConfig {
    fn check(&self) -> Result<(), Error> {
        self.augment.check()?;
        for (field, got) in [
            ("n_prototypes", self.n_prototypes),
            ("n_unknown", self.n_unknown),
            ("n_silence", self.n_silence),
            ("n_hard", self.n_hard),
            ("n_mined", self.n_mined),
            ("n_versions", self.n_versions),
            ("n_windows", self.n_windows),
            ("n_first", self.n_first),
            ("n_passes", self.n_passes),
        ] {
            if got == 0 {
                return Err(Error::Enrol {
                    field,
                    got: 0.0,
                    allowed: "at least 1",
                });
            }
        }
        for (field, got) in [
            ("max_false_alarms_per_hour", self.max_false_alarms_per_hour),
            ("radius", f64::from(self.radius)),
        ] {
            if !(got > 0.0 && got <= 1e6) {
                return Err(Error::Enrol {
                    field,
                    got,
                    allowed: "a number above 0, at most 1000000",
                });
            }
        }
        Ok(())
    }
}

/// A recording of the keyword.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What it is called, a path for example.
    pub name: String,
    /// Mono, full scale ±1, at the rate of [`sample_rate`].
    pub samples: Vec<f32>,
    /// Its [`clip_digest`](crate::clip_digest), at its own rate.
    pub digest: u64,
}

/// A keyword in a model, and how sure it is.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The model with the keyword.
    pub model: Model,
    /// What is wrong with which recordings; those with a [fatal](Fault::is_fatal) fault were left out.
    pub faults: Vec<(usize, Fault)>,
    /// Recordings that were learnt from.
    pub n_used: usize,
    /// Score from which the keyword counts.
    pub threshold: f32,
    /// What came of recordings that were held back; `None` where there was only one.
    pub held_back: Option<HeldBackReport>,
    /// Answers to the regression set of the model it was added to that are now another.
    pub flips: Vec<Flip>,
}

/// What models found that were taught without some of the recordings and some of the negatives, in these. The prototypes of a model
/// that a keyword is added to may know these negatives; of one's own negatives every other file is held back, so that one voice in
/// many files is in both halves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldBackReport {
    /// Recordings that reach the threshold above other speech, 10 dB down.
    pub n_found: usize,
    /// All of them.
    pub n_recordings: usize,
    /// False alarms.
    pub n_false_alarms: usize,
    /// Hours of speech without the keyword.
    pub hours: f64,
}

/// Sample rate at which [`enrol`] takes sound, Hz: that of the model the keyword is added to.
///
/// # Errors
/// [`Error::NotSound`].
pub fn sample_rate(to: Option<&Model>) -> Result<u32, Error> {
    match to {
        Some(model) => Ok(model.pipeline().ok_or(Error::NotSound)?.mfcc.sample_rate),
        None => Ok(Base::bundled().pipeline.mfcc.sample_rate),
    }
}

/// Whether a word can be enrolled: not empty, at most 60 characters, without control characters, and no `_` at its beginning, which marks
/// background.
///
/// # Errors
/// [`Error::Keyword`] says what is wrong.
pub fn check_keyword(keyword: &str) -> Result<(), Error> {
    const LONGEST: usize = 60;
    let fault = match keyword {
        _ if keyword.trim().is_empty() => "it is empty",
        _ if keyword != keyword.trim() => "a space begins or ends it",
        _ if keyword.chars().count() > LONGEST => "it has more than 60 characters",
        _ if keyword.chars().any(char::is_control) => "it has control characters",
        _ if keyword.starts_with('_') => "words that begin with _ stand for background",
        _ => return Ok(()),
    };
    Err(Error::Keyword {
        keyword: keyword.chars().take(LONGEST).collect(),
        fault,
    })
}

/// Makes a model that knows `keyword`, or adds it to one, whose prototypes stay as they are to the bit.
///
/// `negatives` are sounds without the keyword, mono at [`sample_rate`], beside the built-in ones: the more they are like what will
/// be heard, the fewer false alarms. The same arguments give the same bytes for any number of threads.
///
/// # Errors
/// [`Error::Enrol`], [`Error::Augment`], [`Error::Keyword`], [`Error::KnownLabel`], [`Error::NoRecording`] where none is fit to be learnt from, [`Error::NotSound`] and
/// [`Error::Quantized`] for a model that nothing can be added to, [`Error::NoNegatives`] for one at another rate than the built-in
/// negatives; as [`Pipeline::log_mels_into`](crate::Pipeline::log_mels_into) for the negatives.
pub fn enrol(
    config: &EnrolConfig,
    keyword: &str,
    recordings: &[Recording],
    negatives: &[Vec<f32>],
    to: Option<&Model>,
) -> Result<Enrolled, Error> {
    config.check()?;
    check_keyword(keyword)?;
    if let Some(model) = to
        && model.labels().iter().any(|label| label == keyword)
    {
        return Err(Error::KnownLabel {
            label: keyword.to_string(),
        });
    }
    let of_model = to.map(Base::of).transpose()?;
    let base = of_model.as_ref().unwrap_or_else(|| Base::bundled());
    let ears = Ears::new(&base.pipeline)?;
    let negatives = hear_negatives(base, &ears, negatives)?;
    let mut heard = Heard::new(&ears, recordings);
    heard.leave_out_unlike(base, &ears, &negatives)?;
    if heard.words.is_empty() {
        return Err(Error::NoRecording {
            faults: heard
                .faults
                .iter()
                .map(|(index, fault)| format!("{}: {fault}", recordings[*index].name))
                .collect(),
        });
    }
    let course = Course::new(config, keyword, base, &ears, to)?;
    let task = course.task(&heard.words, &negatives)?;
    let (held_back, learnt) = rayon::join(
        || course.hold_back(&task, &heard.sounds),
        || task.learn(None),
    );
    let (held_back, learnt) = (held_back?, learnt?);
    let nearness = match &held_back {
        Some(held_back) => held_back.threshold(config.max_false_alarms_per_hour),
        None => LONE_NEARNESS,
    };
    let threshold = score(nearness);
    let model = course.model(&task, learnt, threshold, &heard, recordings)?;
    let flips = match to {
        Some(before) => before
            .regression()
            .map_or(Vec::new(), |set| set.flips(before, &model)),
        None => Vec::new(),
    };
    Ok(Enrolled {
        model,
        n_used: heard.words.len(),
        threshold,
        held_back: held_back.map(|held_back| HeldBackReport {
            n_found: held_back.n_found(nearness),
            n_recordings: held_back.recordings.len(),
            n_false_alarms: held_back.n_false_alarms(nearness),
            hours: held_back.hours(),
        }),
        faults: heard.faults,
        flips,
    })
}

/// Windows that were nearly taken for a keyword, of which so many are kept to hold changes against.
const N_KEPT: usize = 20;

/// With a single recording nothing can be held back.
const LONE_NEARNESS: f32 = 0.2;

/// The spotter's score.
fn score(nearness: f32) -> f32 {
    1.0 / (1.0 + (-4.0 * nearness).exp())
}

fn hear_negatives(base: &Base, ears: &Ears, own: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, Error> {
    let mut sounds: Vec<Vec<f32>> = (0..base.negatives.len())
        .map(|i| base.negatives.log_mels(i))
        .collect();
    for samples in own {
        let mut log_mels = Vec::new();
        ears.pipeline
            .clone()
            .log_mels_into(samples, &mut log_mels)?;
        sounds.push(log_mels);
    }
    // A single sound is two, so that one can be held back.
    if let [only] = &mut sounds[..] {
        let n_mels = ears.pipeline.n_mels();
        let half = only.len() / n_mels / 2 * n_mels;
        if half > 0 {
            let rest = only.split_off(half);
            sounds.push(rest);
        }
    }
    match sounds.is_empty() {
        true => Err(Error::NoNegatives {
            sample_rate: base.pipeline.mfcc.sample_rate,
        }),
        false => Ok(sounds),
    }
}
