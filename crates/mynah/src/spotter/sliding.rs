//! Windows of several lengths that end a moment ago, hop by hop.

use mynah_dsp::MfccStream;

use super::SpotterConfig;
use super::durations::durations;
use super::finite;
use super::judge::{Judge, Rated};
use super::peaks::{Alarm, Peaks, Scored};
use super::smoothing::Smoothing;
use crate::{AlignConfig, Error, Model, Pipeline, PipelineConfig};

/// Frames after a window that have been heard when it is judged, where views are slid: those slid forwards look at them. More
/// would tell later.
const LOOK_AHEAD: usize = 1;

/// The stream cut into windows.
pub(super) struct Sliding {
    frames: MfccStream,
    pipeline: Pipeline,
    n_coeffs: usize,
    hop_length: u64,
    frame_length: u64,
    /// Windows in frames, shortest first, and the frames before the longest that its views look at.
    lengths: Vec<usize>,
    context: usize,
    look_ahead: usize,
    hop_frames: usize,
    /// Frames that are judged beyond the end of a stream, so that the last word's peak is one.
    finishing: usize,
    smoothing: Smoothing,
    /// Views of one window, `[n_views × dim]`.
    views: Vec<f32>,
    /// What the best of the windows says, one a label.
    best: Vec<Rated>,
    /// Samples that do not yet make up one step between frames.
    pending: Vec<f32>,
    /// Samples taken into account.
    n_samples: u64,
    /// Features from frame `first_row` of the stream on, `[_ × n_coeffs]`.
    rows: Vec<f32>,
    first_row: usize,
    /// Where the windows of the next hop end.
    next_end: usize,
}

impl Sliding {
    pub(super) fn new(
        model: &Model,
        pipeline: &PipelineConfig,
        config: &SpotterConfig,
    ) -> Result<Self, Error> {
        let mut mfcc = pipeline.mfcc.clone();
        // A stream has no length to be brought to.
        mfcc.clip_length = None;
        let frames = MfccStream::new(&mfcc)?;
        let lengths = durations(model, pipeline);
        let longest = lengths.last().copied().unwrap_or(1);
        let (context, look_ahead) = match &pipeline.align {
            AlignConfig::Warp(warp) if warp.n_slides > 0 => {
                let slid = longest * warp.n_slides;
                (slid.div_ceil(warp.n_frames.max(2) - 1) + 1, LOOK_AHEAD)
            }
            _ => (0, 0),
        };
        let sizes = mynah_dsp::Mfcc::<f32>::new(&mfcc)?;
        let pipeline = Pipeline::new(pipeline)?;
        let n_labels = model.labels().len();
        let finishing = config.smoothing_hops * config.hop_frames;
        let n_kept = longest + context + look_ahead + finishing;
        let n_coeffs = pipeline.n_coeffs();
        Ok(Self {
            n_coeffs,
            hop_length: sizes.hop_length() as u64,
            frame_length: sizes.frame_length() as u64,
            context,
            look_ahead,
            hop_frames: config.hop_frames,
            finishing,
            smoothing: Smoothing::new(config.smoothing_hops, n_labels),
            views: vec![0.0; pipeline.n_views() * pipeline.dim()],
            best: vec![Rated::default(); n_labels],
            pending: Vec::with_capacity(sizes.hop_length()),
            n_samples: 0,
            rows: Vec::with_capacity(2 * (n_kept + 1) * n_coeffs),
            first_row: 0,
            next_end: lengths.first().copied().unwrap_or(1),
            lengths,
            frames,
            pipeline,
        })
    }

    /// Hops in so many seconds.
    pub(super) fn hops_in(&self, seconds: f64, sample_rate: u32) -> usize {
        let hop = self.hop_length as f64 * self.hop_frames as f64;
        (seconds * f64::from(sample_rate) / hop).round() as usize
    }

    pub(super) fn push(
        &mut self,
        samples: &[f32],
        judge: &mut Judge<'_>,
        peaks: &mut Peaks,
        alarms: &mut Vec<Alarm>,
    ) {
        let step = self.hop_length as usize;
        let mut rest = samples;
        while !rest.is_empty() {
            // By steps of one frame, so that the time of a decision is the same however the samples come.
            let taken = rest.len().min(step - self.pending.len());
            let (now, later) = rest.split_at(taken);
            self.pending.extend(now.iter().copied().map(finite));
            rest = later;
            if self.pending.len() == step {
                self.n_samples += step as u64;
                self.frames.push(&self.pending, &mut self.rows);
                self.pending.clear();
                while self.next_end + self.look_ahead <= self.n_rows() {
                    self.hop(judge, peaks, alarms);
                }
            }
        }
    }

    pub(super) fn finish(
        &mut self,
        judge: &mut Judge<'_>,
        peaks: &mut Peaks,
        alarms: &mut Vec<Alarm>,
    ) {
        self.n_samples += self.pending.len() as u64;
        self.frames.push(&self.pending, &mut self.rows);
        // A stream that was too short for a frame has no window either.
        let _ = self.frames.finish(&mut self.rows);
        self.close(judge, peaks, alarms);
    }

    /// No more frames come.
    fn close(&mut self, judge: &mut Judge<'_>, peaks: &mut Peaks, alarms: &mut Vec<Alarm>) {
        // The last frame goes on: a word that ends with the stream is smoothed like any other.
        if let Some(last) = self.rows.len().checked_sub(self.n_coeffs) {
            for _ in 0..self.look_ahead + self.finishing {
                self.rows.extend_from_within(last..last + self.n_coeffs);
            }
        }
        while self.next_end + self.look_ahead <= self.n_rows() {
            self.hop(judge, peaks, alarms);
        }
        peaks.finish(self.n_samples, alarms);
    }

    /// A stream that is this sound, log mel energies, and nothing else.
    pub(super) fn hear(
        &mut self,
        log_mels: &[f32],
        judge: &mut Judge<'_>,
        peaks: &mut Peaks,
        alarms: &mut Vec<Alarm>,
    ) {
        self.pipeline.frames_of(log_mels, &mut self.rows);
        let n_steps = self.n_rows().saturating_sub(1) as u64;
        self.n_samples = n_steps * self.hop_length + self.frame_length;
        self.close(judge, peaks, alarms);
    }

    pub(super) fn reset(&mut self) {
        self.frames.reset();
        self.smoothing.reset();
        self.pending.clear();
        self.rows.clear();
        (self.n_samples, self.first_row) = (0, 0);
        self.next_end = self.lengths.first().copied().unwrap_or(1);
    }

    fn n_rows(&self) -> usize {
        self.first_row + self.rows.len() / self.n_coeffs
    }

    /// Judges the windows that end at `next_end`.
    fn hop(&mut self, judge: &mut Judge<'_>, peaks: &mut Peaks, alarms: &mut Vec<Alarm>) {
        let end = self.next_end;
        self.best.fill(Rated::default());
        for &length in self.lengths.iter().take_while(|&&length| length <= end) {
            let start = end - length;
            // Beyond the end of the stream nothing was said.
            if start as u64 * self.hop_length >= self.n_samples {
                continue;
            }
            let from = start.saturating_sub(self.context).max(self.first_row);
            let to = end + self.look_ahead;
            let row = |frame: usize| (frame - self.first_row) * self.n_coeffs;
            let rows = &self.rows[row(from)..row(to)];
            self.pipeline
                .window_into(rows, start - from..end - from, &mut self.views);
            judge.meet(&mut self.views);
            let heard = self.n_samples;
            for (best, rated) in self.best.iter_mut().zip(judge.rate()) {
                if rated.score > best.score {
                    *best = *rated;
                    best.start = start as u64 * self.hop_length;
                    let after = (end as u64 - 1) * self.hop_length + self.frame_length;
                    best.end = after.min(heard);
                }
            }
        }
        self.smoothing.push(&self.best);
        let scored = (0..self.best.len()).map(|label| {
            let (score, rated) = self.smoothing.mean(label);
            Scored { score, rated }
        });
        peaks.push(scored, self.n_samples, alarms);
        self.next_end += self.hop_frames;
        self.forget();
    }

    /// Drops the rows that no window will look at; only when they are many, as dropping moves the others.
    fn forget(&mut self) {
        let longest = self.lengths.last().copied().unwrap_or(0);
        let first = self.next_end.saturating_sub(longest + self.context);
        let n = first.saturating_sub(self.first_row);
        if n > longest + self.context {
            self.rows.drain(..n * self.n_coeffs);
            self.first_row = first;
        }
    }
}
