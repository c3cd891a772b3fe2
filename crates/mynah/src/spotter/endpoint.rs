//! Words said alone: what sounds between two pauses.

use super::finite;
use super::judge::Judge;
use super::peaks::{Alarm, Peaks, Scored};
use crate::{Error, Pipeline, PipelineConfig, Segmenter, SegmenterConfig, Utterance};

/// Pause that ends a word, ms; a decision is due 300 ms after the word.
const PAUSE_MS: f32 = 250.0;

/// The stream cut at its pauses.
pub(super) struct Endpoint {
    segmenter: Segmenter,
    pipeline: Pipeline,
    hop_length: u64,
    frame_length: u64,
    /// What was pushed, without what is no number.
    clean: Vec<f32>,
    utterances: Vec<Utterance>,
    log_mels: Vec<f32>,
    /// `[n_cuts × n_views × dim]`.
    views: Vec<f32>,
}

impl Endpoint {
    pub(super) fn new(pipeline: &PipelineConfig) -> Result<Self, Error> {
        let mut segmenter = SegmenterConfig::new(pipeline.mfcc.sample_rate);
        segmenter.pause_ms = PAUSE_MS;
        let sizes = mynah_dsp::Mfcc::<f32>::new(&pipeline.mfcc)?;
        let pipeline = Pipeline::new(pipeline)?;
        Ok(Self {
            segmenter: Segmenter::new(&segmenter)?,
            hop_length: sizes.hop_length() as u64,
            frame_length: sizes.frame_length() as u64,
            clean: Vec::new(),
            utterances: Vec::new(),
            log_mels: Vec::new(),
            views: vec![0.0; pipeline.n_cuts() * pipeline.n_views() * pipeline.dim()],
            pipeline,
        })
    }

    pub(super) fn push(
        &mut self,
        samples: &[f32],
        judge: &mut Judge<'_>,
        peaks: &mut Peaks,
        alarms: &mut Vec<Alarm>,
    ) {
        self.clean.clear();
        self.clean.extend(samples.iter().copied().map(finite));
        self.segmenter.push(&self.clean, &mut self.utterances);
        self.judge(judge, peaks, alarms);
    }

    pub(super) fn finish(
        &mut self,
        judge: &mut Judge<'_>,
        peaks: &mut Peaks,
        alarms: &mut Vec<Alarm>,
    ) {
        self.segmenter.finish(&mut self.utterances);
        self.judge(judge, peaks, alarms);
    }

    pub(super) fn reset(&mut self) {
        self.segmenter.reset();
        self.utterances.clear();
    }

    fn judge(&mut self, judge: &mut Judge<'_>, peaks: &mut Peaks, alarms: &mut Vec<Alarm>) {
        for utterance in self.utterances.drain(..) {
            let heard = self
                .pipeline
                .log_mels_into(&utterance.samples, &mut self.log_mels);
            // Shorter than a frame, or of a length the features refuse: no word of this model.
            if heard.is_err() {
                continue;
            }
            let word = self.pipeline.views_of(&self.log_mels, &mut self.views);
            let n_views = self.pipeline.n_views() * self.pipeline.dim();
            for cut in self.views.chunks_exact_mut(n_views) {
                judge.meet(cut);
            }
            let rated = judge.rate();
            for rated in rated.iter_mut() {
                rated.start = utterance.start + word.start as u64 * self.hop_length;
                let end = (word.end as u64 - 1) * self.hop_length + self.frame_length;
                rated.end = utterance.start + end.min(utterance.samples.len() as u64);
            }
            let scored = rated.iter().map(|&rated| Scored {
                score: rated.score,
                rated,
            });
            let time = utterance.start + utterance.samples.len() as u64;
            peaks.push(scored, time, alarms);
        }
    }
}
