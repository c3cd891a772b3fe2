//! Answers counted: what every evaluation prints, however its models were made.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use mynah::Model;
use mynah_corpus::Clip;
use mynah_eval::{Report, Trial};
use serde::Serialize;

/// Seed of the bootstrap, so that a report repeats.
const BOOTSTRAP_SEED: u64 = 0;

/// An evaluation as `--json` prints it: the report's fields, then these.
#[derive(Serialize)]
pub struct Evaluation {
    #[serde(flatten)]
    pub report: Report,
    pub model_bytes: usize,
    /// Time a clip took, reading included, over its duration; one thread a clip, all threads at work.
    pub real_time_factor: f64,
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
}

/// What a model said of one test clip.
pub struct Answer<'c> {
    pub clip: &'c Clip,
    pub label: String,
    /// The model was taught the word that was said.
    pub is_known_word: bool,
    /// The model learnt this very recording.
    pub is_learnt: bool,
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
        label: &str,
        digest: u64,
        seconds: f64,
        cost: f64,
    ) -> Self {
        let provenance = model.provenance();
        let speaker = clip.speaker.as_ref();
        Self {
            clip,
            label: label.to_string(),
            is_known_word: model.labels().contains(&clip.label),
            is_learnt: provenance.clips.binary_search(&digest).is_ok(),
            is_known_speaker: speaker.is_some_and(|speaker| provenance.speakers.contains(speaker)),
            seconds,
            cost,
        }
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
    ) -> anyhow::Result<Self> {
        let trials: Vec<Trial<'_>> = answers
            .iter()
            .map(|answer| Trial {
                truth: &answer.clip.label,
                answer: &answer.label,
                speaker: answer.clip.speaker.as_deref(),
            })
            .collect();
        let report = Report::new(labels, &trials, BOOTSTRAP_SEED).with_context(|| {
            format!(
                "{}: not one clip could be used; see above",
                corpus.display()
            )
        })?;
        let known = answers.iter().filter(|answer| answer.is_known_speaker);
        let speakers: BTreeSet<&String> = known
            .filter_map(|answer| answer.clip.speaker.as_ref())
            .collect();
        let cost: f64 = answers.iter().map(|answer| answer.cost).sum();
        let seconds: f64 = answers.iter().map(|answer| answer.seconds).sum();
        Ok(Self {
            report,
            model_bytes,
            real_time_factor: cost / seconds,
            corpus: corpus.display().to_string(),
            split: split.to_string(),
            n_skipped,
            n_unknown_words: answers
                .iter()
                .filter(|answer| !answer.is_known_word)
                .count(),
            speakers_in_training: speakers.into_iter().cloned().collect(),
            clips_in_training: answers.iter().filter(|answer| answer.is_learnt).count(),
        })
    }

    /// Loudly: what makes the number less than it seems. Empty where there is nothing to say.
    pub fn warning(&self) -> String {
        let mut warning = overlap(
            &self.speakers_in_training,
            self.report.per_speaker.len(),
            self.clips_in_training,
            self.report.n,
        );
        if self.n_unknown_words > 0 {
            warning += &format!(
                "WARNING: {} of {} test clips are of words the model was not taught; they are counted as wrong.\n",
                self.n_unknown_words, self.report.n
            );
        }
        warning
    }
}

/// Loudly: voices or recordings on both sides. Empty where there are none.
pub fn overlap(
    speakers: &[String],
    n_test_speakers: usize,
    n_duplicates: usize,
    n_test: usize,
) -> String {
    let mut warning = String::new();
    if !speakers.is_empty() {
        let shown = speakers
            .iter()
            .take(8)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let more = if speakers.len() > 8 { ", ..." } else { "" };
        warning += &format!(
            "WARNING: {} of {n_test_speakers} test speakers are in the training too ({shown}{more}):\n         \
             the result says little about new voices. See --split-by speaker and --leave-one-speaker-out.\n",
            speakers.len()
        );
    }
    if n_duplicates == n_test && n_test > 0 {
        warning += "WARNING: these are the very clips that were trained on: the result says nothing about others.\n         \
             Test on recordings held back; where speakers are known, --split-by speaker for train and eval alike does it.\n";
    } else if n_duplicates > 0 {
        warning += &format!(
            "WARNING: {n_duplicates} of {n_test} test clips are in the training too, sample for sample:\n         \
             the result is better than the truth. Take them out of one side.\n"
        );
    }
    warning
}
