//! One evaluation in numbers.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::{Confusion, bootstrap, wilson};

/// One decision about one clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial<'a> {
    /// What was said; need not be a label the model knows, but then every answer is wrong.
    pub truth: &'a str,
    /// What the engine answered.
    pub answer: &'a str,
    /// Who spoke, if known.
    pub speaker: Option<&'a str>,
}

/// How one class fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassScore {
    /// Clips of this class.
    pub n: usize,
    /// Of them, answered with this class.
    pub n_correct: usize,
    /// Recall: `n_correct` / `n`; `None` without clips.
    pub accuracy: Option<f64>,
    /// Wilson interval of `accuracy`, over clips; `None` without clips.
    pub interval: Option<[f64; 2]>,
    /// `n_correct` / clips of any class answered with this one; `None` if it was never answered.
    pub precision: Option<f64>,
}

/// How one speaker fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SpeakerScore {
    /// Clips of this speaker.
    pub n: usize,
    /// Of them, answered correctly.
    pub n_correct: usize,
    /// `n_correct` / `n`.
    pub accuracy: f64,
    /// Wilson interval of `accuracy`, over this speaker's clips.
    pub interval: [f64; 2],
}

/// Accuracy with its interval, by class, by speaker, and the confusion matrix.
///
/// Serializes to an object with the names of the fields; `per_class` and `per_speaker` become objects keyed by label
/// and speaker, in the order here.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// `n_correct` / `n`.
    pub accuracy: f64,
    /// Trials; at least 1.
    pub n: usize,
    /// Trials answered correctly.
    pub n_correct: usize,
    /// 95 % interval of `accuracy`, by `interval_method`.
    pub interval: [f64; 2],
    /// "bootstrap over N speakers, at least Wilson over clips" (the wider end of the two) if every trial names its speaker
    /// and there are at least two; else "Wilson over clips".
    pub interval_method: String,
    /// 95 % Wilson interval as if every clip were independent, whatever `interval_method`.
    pub wilson: [f64; 2],
    /// Mean of the speakers' accuracies, each speaker counting the same; `None` if no trial names one.
    pub mean_over_speakers: Option<f64>,
    /// In the order of `confusion.labels`.
    #[serde(serialize_with = "as_map")]
    pub per_class: Vec<(String, ClassScore)>,
    /// Sorted by name; only trials that name a speaker.
    #[serde(serialize_with = "as_map")]
    pub per_speaker: Vec<(String, SpeakerScore)>,
    /// What was said against what was answered.
    pub confusion: Confusion,
}

impl Report {
    /// Counts the trials; `None` if there are none, since nothing over nothing is not a rate.
    ///
    /// `labels` are the model's, in its order; `seed` is the bootstrap's.
    pub fn new(labels: &[String], trials: &[Trial<'_>], seed: u64) -> Option<Self> {
        let n = trials.len();
        let n_correct = trials.iter().filter(|t| t.truth == t.answer).count();
        let over_clips = wilson(n_correct, n)?;
        let confusion = Confusion::new(labels, trials);
        let per_speaker = per_speaker(trials);
        let over_speakers = trials
            .iter()
            .all(|t| t.speaker.is_some())
            .then(|| {
                per_speaker
                    .iter()
                    .map(|(_, s)| (s.n_correct, s.n))
                    .collect::<Vec<_>>()
            })
            .and_then(|counts| bootstrap(&counts, seed));
        Some(Self {
            accuracy: n_correct as f64 / n as f64,
            n,
            n_correct,
            // A handful of equally good speakers would leave the bootstrap no width at all.
            interval: over_speakers.map_or(over_clips, |[low, high]| {
                [low.min(over_clips[0]), high.max(over_clips[1])]
            }),
            interval_method: match over_speakers {
                Some(_) => format!(
                    "bootstrap over {} speakers, at least Wilson over clips",
                    per_speaker.len()
                ),
                None => "Wilson over clips".to_string(),
            },
            wilson: over_clips,
            mean_over_speakers: mean(per_speaker.iter().map(|(_, s)| s.accuracy)),
            per_class: per_class(&confusion),
            per_speaker,
            confusion,
        })
    }
}

fn per_class(confusion: &Confusion) -> Vec<(String, ClassScore)> {
    let score = |i| {
        let (n, n_correct) = (confusion.n_said(i), confusion.n_correct(i));
        ClassScore {
            n,
            n_correct,
            accuracy: ratio(n_correct, n),
            interval: wilson(n_correct, n),
            precision: ratio(n_correct, confusion.n_answered(i)),
        }
    };
    let labels = confusion.labels.iter().enumerate();
    labels.map(|(i, label)| (label.clone(), score(i))).collect()
}

fn per_speaker(trials: &[Trial<'_>]) -> Vec<(String, SpeakerScore)> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for trial in trials {
        let Some(speaker) = trial.speaker else {
            continue;
        };
        let (n_correct, n) = counts.entry(speaker).or_default();
        *n += 1;
        *n_correct += usize::from(trial.truth == trial.answer);
    }
    counts
        .into_iter()
        .map(|(speaker, (n_correct, n))| {
            let score = SpeakerScore {
                n,
                n_correct,
                accuracy: n_correct as f64 / n as f64,
                interval: wilson(n_correct, n).expect("a speaker is only listed with a clip"),
            };
            (speaker.to_string(), score)
        })
        .collect()
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let n = values.len();
    (n > 0).then(|| values.sum::<f64>() / n as f64)
}

pub(crate) fn as_map<S: Serializer, T: Serialize>(
    pairs: &[(String, T)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}
