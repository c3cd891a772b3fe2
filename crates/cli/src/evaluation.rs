//! Answers counted: what every evaluation prints, however its models were made.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use mynah::{Decision, Model};
use mynah_corpus::Clip;
use mynah_eval::{ProbabilityReport, RejectCurve, RejectPoint, Report, Trial};
use serde::Serialize;

use crate::dataset::Nouns;

/// Seed of the bootstrap, so that a report repeats.
const BOOTSTRAP_SEED: u64 = 0;

/// An evaluation as `--json` prints it: the report's fields, then these.
#[derive(Serialize)]
pub struct Evaluation {
    #[serde(flatten)]
    pub report: Report,
    pub model_bytes: usize,
    /// Time a clip took, reading included, over its duration; one thread a clip, all threads at work. Of vectors, none.
    pub real_time_factor: Option<f64>,
    pub corpus: String,
    pub split: String,
    /// Test clips that could not be used; they are not among `n`.
    pub n_skipped: usize,
    /// Test clips of words the model was not taught, counted as wrong.
    pub n_unknown_words: usize,
    /// Speakers of the test who are in the training too.
    pub speakers_in_training: Vec<String>,
    /// Test clips that are in the training too, sample for sample.
    pub clips_in_training: usize,
    /// Test clips that the thresholds and probabilities were fitted to.
    pub clips_in_calibration: usize,
    /// Background put under the clips.
    pub noise: Option<Background>,
    pub reject: Withheld,
    /// How far the probabilities can be trusted; for a calibrated model.
    pub probability: Option<ProbabilityReport>,
    #[serde(skip)]
    pub nouns: &'static Nouns,
}

/// Background put under the clips of a test.
#[derive(Clone, Serialize)]
pub struct Background {
    pub files: Vec<String>,
    /// Mean power of a clip above that of the background, dB.
    pub snr_db: f32,
}

/// What withholding uncertain answers would do, and does.
#[derive(Serialize)]
pub struct Withheld {
    /// Area under accuracy against share answered.
    pub area: f64,
    /// Some points of the curve.
    pub rows: Vec<RejectPoint>,
    /// What the model's own thresholds do.
    pub thresholds: Option<ByThresholds>,
    #[serde(skip)]
    pub curve: RejectCurve,
}

/// What the thresholds of a model do to the answers of an evaluation. The accuracy of the report counts all answers.
#[derive(Serialize)]
pub struct ByThresholds {
    pub n_rejected: usize,
    /// Of them, wrong answers.
    pub n_wrong_rejected: usize,
    /// Share of the answers given that are right.
    pub accuracy: Option<f64>,
}

/// What a model said of one test clip.
pub struct Answer<'c> {
    pub clip: &'c Clip,
    pub label: String,
    pub prototype: usize,
    /// Relative similarity, 0 to 1.
    pub certainty: f64,
    /// Whether the model's thresholds, if it has any, let it pass.
    pub accepted: Option<bool>,
    pub probability: Option<f64>,
    /// The model was taught the word that was said.
    pub is_known_word: bool,
    /// The model learnt this very recording.
    pub is_learnt: bool,
    /// The model's thresholds and probabilities were fitted to this very recording.
    pub is_fitted: bool,
    pub digest: u64,
    /// The model learnt this voice.
    pub is_known_speaker: bool,
    /// Length of the recording, s.
    pub seconds: f64,
    /// From opening the file to the answer, s.
    pub cost: f64,
}

impl<'c> Answer<'c> {
    /// What `model` said of a clip with this digest.
    pub fn new(
        model: &Model,
        clip: &'c Clip,
        decision: &Decision<'_>,
        digest: u64,
        seconds: f64,
        cost: f64,
    ) -> Self {
        let provenance = model.provenance();
        let speaker = clip.speaker.as_ref();
        Self {
            clip,
            label: decision.label.to_string(),
            prototype: decision.prototype,
            certainty: f64::from(decision.margin),
            accepted: model
                .trust()
                .and_then(|trust| trust.thresholds.as_ref())
                .map(|_| decision.is_accepted),
            probability: decision.probability,
            is_known_word: model.labels().contains(&clip.label),
            is_learnt: provenance.clips.binary_search(&digest).is_ok(),
            is_fitted: model
                .trust()
                .is_some_and(|trust| trust.clips.binary_search(&digest).is_ok()),
            digest,
            is_known_speaker: speaker.is_some_and(|speaker| provenance.speakers.contains(speaker)),
            seconds,
            cost,
        }
    }
}

impl Answer<'_> {
    pub fn is_right(&self) -> bool {
        self.label == self.clip.label
    }
}

impl Withheld {
    fn new(answers: &[Answer<'_>]) -> Option<Self> {
        let pairs: Vec<(f64, bool)> = answers
            .iter()
            .map(|a| (a.certainty, a.is_right()))
            .collect();
        let curve = RejectCurve::new(&pairs)?;
        let has_thresholds = answers.iter().all(|answer| answer.accepted.is_some());
        let thresholds = has_thresholds.then(|| {
            let is_given = |answer: &&Answer<'_>| answer.accepted == Some(true);
            let n_given = answers.iter().filter(is_given).count();
            let n_right = answers
                .iter()
                .filter(is_given)
                .filter(|answer| answer.is_right())
                .count();
            let n_wrong = answers.iter().filter(|answer| !answer.is_right()).count();
            ByThresholds {
                n_rejected: answers.len() - n_given,
                n_wrong_rejected: n_wrong - (n_given - n_right),
                accuracy: (n_given > 0).then(|| n_right as f64 / n_given as f64),
            }
        });
        Some(Self {
            area: curve.area,
            rows: curve.rows(),
            thresholds,
            curve,
        })
    }
}

impl Evaluation {
    /// Counts the answers; `labels` are the words the models know.
    pub fn new(
        answers: &[Answer<'_>],
        labels: &[String],
        model_bytes: usize,
        corpus: &Path,
        split: &str,
        n_skipped: usize,
        nouns: &'static Nouns,
    ) -> anyhow::Result<Self> {
        let trials: Vec<Trial<'_>> = answers
            .iter()
            .map(|answer| Trial {
                truth: &answer.clip.label,
                answer: &answer.label,
                speaker: answer.clip.speaker.as_deref(),
            })
            .collect();
        let none = || {
            format!(
                "{}: not one of the {} could be used; see above",
                corpus.display(),
                nouns.clips
            )
        };
        let report = Report::new(labels, &trials, BOOTSTRAP_SEED).with_context(none)?;
        let reject = Withheld::new(answers).with_context(none)?;
        let probabilities = answers.iter().map(|a| Some((a.probability?, a.is_right())));
        let probabilities: Option<Vec<(f64, bool)>> = probabilities.collect();
        let known = answers.iter().filter(|answer| answer.is_known_speaker);
        let speakers: BTreeSet<&String> = known
            .filter_map(|answer| answer.clip.speaker.as_ref())
            .collect();
        let cost: f64 = answers.iter().map(|answer| answer.cost).sum();
        let seconds: f64 = answers.iter().map(|answer| answer.seconds).sum();
        Ok(Self {
            report,
            model_bytes,
            real_time_factor: (seconds > 0.0).then(|| cost / seconds),
            corpus: corpus.display().to_string(),
            split: split.to_string(),
            n_skipped,
            n_unknown_words: answers
                .iter()
                .filter(|answer| !answer.is_known_word)
                .count(),
            speakers_in_training: speakers.into_iter().cloned().collect(),
            clips_in_training: answers.iter().filter(|answer| answer.is_learnt).count(),
            clips_in_calibration: answers.iter().filter(|answer| answer.is_fitted).count(),
            noise: None,
            reject,
            probability: probabilities.and_then(|pairs| ProbabilityReport::new(&pairs)),
            nouns,
        })
    }

    /// Loudly: what makes the number less than it seems. Empty where there is nothing to say.
    pub fn warning(&self) -> String {
        let mut warning = overlap(
            &self.speakers_in_training,
            self.report.per_speaker.len(),
            self.clips_in_training,
            self.report.n,
            self.nouns,
        );
        if self.clips_in_calibration > 0 {
            warning += &format!(
                "WARNING: thresholds and probabilities were fitted to {} of these {} test {}: what is said of them is better \
                 than the truth.\n",
                self.clips_in_calibration, self.report.n, self.nouns.clips
            );
        }
        if self.n_unknown_words > 0 {
            warning += &format!(
                "WARNING: {} of {} test {} are of {} the model was not taught; they are counted as wrong.\n",
                self.n_unknown_words, self.report.n, self.nouns.clips, self.nouns.words
            );
        }
        warning
    }
}

/// Loudly: voices or recordings on both sides. Empty where there are none.
fn overlap(
    speakers: &[String],
    n_test_speakers: usize,
    n_duplicates: usize,
    n_test: usize,
    nouns: &Nouns,
) -> String {
    let mut warning = String::new();
    let clips = nouns.clips;
    if !speakers.is_empty() {
        let shown = speakers
            .iter()
            .take(8)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let more = if speakers.len() > 8 { ", ..." } else { "" };
        let (who, new) = match nouns.speaker {
            "speaker" => ("speakers", "voices"),
            _ => (nouns.speakers, nouns.speakers),
        };
        warning += &format!(
            "WARNING: {} of {n_test_speakers} test {who} are in the training too ({shown}{more}):\n         \
             the result says little about new {new}. See --split-by speaker and --leave-one-speaker-out.\n",
            speakers.len()
        );
    }
    if n_duplicates == n_test && n_test > 0 {
        let by = match nouns.speaker {
            "speaker" => "speaker",
            _ => "random",
        };
        warning += &format!(
            "WARNING: these are the very {clips} that were trained on: the result says nothing about others.\n         \
             Test on {} held back; --split-by {by} for train and eval alike does it{}.\n",
            match nouns.speaker {
                "speaker" => "recordings",
                _ => clips,
            },
            match nouns.speaker {
                "speaker" => ", where speakers are known",
                _ => "",
            }
        );
    } else if n_duplicates > 0 {
        warning += &format!(
            "WARNING: {n_duplicates} of {n_test} test {clips} are in the training too, {} for {}:\n         \
             the result is better than the truth. Take them out of one side.\n",
            nouns.value, nouns.value
        );
    }
    warning
}
