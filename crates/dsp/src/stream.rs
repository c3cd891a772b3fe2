//! The streaming twin of [`Mfcc`].

use crate::delta::Delta;
use crate::sliding::SlidingWindow;
use crate::{ClipError, Cmvn, CmvnOver, ConfigError, Mfcc, MfccConfig, Real};

/// Features of a signal as it arrives.
///
/// - [`push`](Self::push) takes samples in blocks of any size, even empty, and appends the rows that are
///   complete: a frame's own row follows its last sample, delayed by the frames its deltas and its sliding
///   normalisation look ahead.
/// - [`finish`](Self::finish) ends the clip: it appends the rows still held back, then resets.
/// - [`reset`](Self::reset) forgets the clip; the stream then behaves as a new one.
///
/// All rows of a clip are, bit for bit, those of [`Mfcc::compute`], whatever the blocks. Memory holds less than
/// two frames of samples and the rows that are still needed, whatever the length of the clip.
#[derive(Clone, Debug)]
pub struct MfccStream<T: Real = f32> {
    mfcc: Mfcc<T>,
    clip_length: Option<usize>,
    /// The samples still needed; the clip's own start until the first are dropped.
    samples: Vec<T>,
    /// Samples of the clip so far.
    n_samples: usize,
    /// Start of the next frame, counted from `samples[0]`.
    start: isize,
    /// Frames so far.
    n_frames: usize,
    row: Vec<T>,
    stages: Vec<Stage<T>>,
}

/// What happens to rows on their way out. Rows go in by `push` and come out, some later, by `pop`.
#[derive(Clone, Debug)]
enum Stage<T> {
    Delta(DeltaRows<T>, Vec<T>),
    Sliding(SlidingWindow<T>, Vec<T>),
}

/// Rows that wait for the frames their deltas look at.
#[derive(Clone, Debug)]
struct DeltaRows<T> {
    delta: Delta<T>,
    /// `[_ × n_coeffs]`; the deltas of row `next` and after are missing.
    rows: Vec<T>,
    next: usize,
}

impl<T: Real> MfccStream<T> {
    /// Checks `config` and allocates.
    ///
    /// # Errors
    /// The first field out of its range; [`ConfigError::NeedsWholeClip`] for what a stream cannot do.
    pub fn new(config: &MfccConfig) -> Result<Self, ConfigError> {
        let mfcc = Mfcc::new(config)?;
        if let Some((field, why)) = config.whole_clip() {
            return Err(ConfigError::NeedsWholeClip { field, why });
        }
        let deltas = || {
            let delta = mfcc.delta.clone();
            let n_rows = 2 * delta.context() + 1;
            let row = vec![T::zero(); delta.n_coeffs()];
            let rows = Vec::with_capacity(n_rows * row.len());
            Stage::Delta(
                DeltaRows {
                    delta,
                    rows,
                    next: 0,
                },
                row,
            )
        };
        let sliding = |n_coeffs| match config.cmvn {
            Cmvn::Sliding(sliding) => Some(Stage::Sliding(
                SlidingWindow::new(sliding, n_coeffs),
                vec![T::zero(); n_coeffs],
            )),
            _ => None,
        };
        let deltas = (config.delta_order > 0).then(deltas);
        let stages = match config.cmvn_over {
            CmvnOver::Rows => [deltas, sliding(mfcc.n_coeffs())],
            CmvnOver::Statics => [sliding(config.n_static()), deltas],
        };
        Ok(Self {
            clip_length: config.clip_length(),
            samples: Vec::with_capacity(2 * mfcc.frame_length()),
            n_samples: 0,
            start: mfcc.framing.first_start(),
            n_frames: 0,
            row: vec![T::zero(); config.n_static()],
            stages: stages.into_iter().flatten().collect(),
            mfcc,
        })
    }

    /// Length of a feature row: `n_mfcc` (or `n_mels`) times `1 + delta_order`.
    pub fn n_coeffs(&self) -> usize {
        self.mfcc.n_coeffs()
    }

    /// Takes the next samples and appends every row that is complete, row-major `[_ × n_coeffs]`. Returns how
    /// many rows it appended. Allocates only to grow `out`, and sliding normalisation its window once.
    pub fn push(&mut self, samples: &[T], out: &mut Vec<T>) -> usize {
        let before = out.len();
        let room = self
            .clip_length
            .map_or(usize::MAX, |length| length - self.n_samples);
        let samples = &samples[..samples.len().min(room)];
        for block in samples.chunks(self.mfcc.frame_length()) {
            self.samples.extend_from_slice(block);
            self.n_samples += block.len();
            while self.mfcc.framing.is_inside(self.start, self.samples.len())
                && self.n_frames < self.mfcc.framing.n_frames(self.n_samples)
            {
                self.advance(out);
            }
            self.forget_samples();
        }
        (out.len() - before) / self.n_coeffs()
    }

    /// Ends the clip, appends its remaining rows and resets. Returns how many rows it appended.
    ///
    /// # Errors
    /// As [`Mfcc::n_frames`]: the clip has turned out too short for features; rows it gave before are void.
    pub fn finish(&mut self, out: &mut Vec<T>) -> Result<usize, ClipError> {
        let before = out.len();
        if let Some(length) = self.clip_length {
            let silence = vec![T::zero(); self.mfcc.frame_length()];
            while self.n_samples < length {
                self.push(&silence, out);
            }
        }
        let n_frames = self.mfcc.n_frames(self.n_samples);
        if let Ok(n_frames) = n_frames {
            while self.n_frames < n_frames {
                self.advance(out);
            }
            finish(&mut self.stages, out);
        }
        self.reset();
        n_frames.map(|_| (out.len() - before) / self.n_coeffs())
    }

    /// Forgets everything heard, as if new.
    pub fn reset(&mut self) {
        self.samples.clear();
        self.n_samples = 0;
        self.start = self.mfcc.framing.first_start();
        self.n_frames = 0;
        self.stages.iter_mut().for_each(Stage::reset);
    }

    /// Computes the next frame and sends its row on.
    fn advance(&mut self, out: &mut Vec<T>) {
        self.mfcc.frame(&self.samples, self.start, &mut self.row);
        self.start += self.mfcc.hop_length() as isize;
        self.n_frames += 1;
        send(&mut self.stages, &self.row, out);
    }

    /// Drops the samples before the next frame, but for two: reflection at the end of a clip may reach one
    /// sample further back than the frame itself, and pre-emphasis looks at the sample before that.
    fn forget_samples(&mut self) {
        let n = (self.start - 2).clamp(0, self.samples.len() as isize);
        self.samples.drain(..n as usize);
        self.start -= n;
    }
}

/// Sends a row through `stages`.
fn send<T: Real>(stages: &mut [Stage<T>], row: &[T], out: &mut Vec<T>) {
    let Some((stage, rest)) = stages.split_first_mut() else {
        out.extend_from_slice(row);
        return;
    };
    stage.push(row);
    while let Some(row) = stage.pop(false) {
        send(rest, row, out);
    }
}

/// Sends on what `stages` hold back.
fn finish<T: Real>(stages: &mut [Stage<T>], out: &mut Vec<T>) {
    if let Some((stage, rest)) = stages.split_first_mut() {
        while let Some(row) = stage.pop(true) {
            send(rest, row, out);
        }
        finish(rest, out);
    }
}

impl<T: Real> Stage<T> {
    fn push(&mut self, row: &[T]) {
        match self {
            Self::Delta(rows, _) => rows.push(row),
            Self::Sliding(window, _) => window.push(row),
        }
    }

    /// The next row, if all that it needs is there; at the end of the clip (`is_over`) it is.
    fn pop(&mut self, is_over: bool) -> Option<&[T]> {
        let (is_there, row) = match self {
            Self::Delta(rows, row) => (rows.pop(is_over, row), row),
            Self::Sliding(window, row) => (window.pop(is_over, row), row),
        };
        is_there.then_some(row)
    }

    fn reset(&mut self) {
        match self {
            Self::Delta(rows, _) => rows.reset(),
            Self::Sliding(window, _) => window.reset(),
        }
    }
}

impl<T: Real> DeltaRows<T> {
    fn push(&mut self, statics: &[T]) {
        let row = self.rows.len();
        self.rows.resize(row + self.delta.n_coeffs(), T::zero());
        self.rows[row..][..statics.len()].copy_from_slice(statics);
    }

    /// Completes the next row, and forgets the row no later one looks back at.
    fn pop(&mut self, is_over: bool, out: &mut [T]) -> bool {
        let (n_coeffs, context) = (self.delta.n_coeffs(), self.delta.context());
        let n_rows = self.rows.len() / n_coeffs;
        if self.next >= n_rows || (!is_over && self.next + context >= n_rows) {
            return false;
        }
        self.delta.fill_row(&mut self.rows, self.next);
        out.copy_from_slice(&self.rows[self.next * n_coeffs..][..n_coeffs]);
        self.next += 1;
        if self.next > context {
            self.rows.drain(..n_coeffs);
            self.next -= 1;
        }
        true
    }

    fn reset(&mut self) {
        self.rows.clear();
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edges, Length, Sliding};

    #[test]
    fn memory_is_bounded() {
        let mut config = MfccConfig::kaldi();
        config.delta_order = 2;
        config.cmvn = Cmvn::Sliding(Sliding::default());
        for (hop_ms, edges) in [
            (10.0, Edges::Snip),
            (10.0, Edges::Mirror),
            (10.0, Edges::CenterReflect),
            (60.0, Edges::Snip),
        ] {
            config.hop_length = Length::Ms(hop_ms);
            config.edges = edges;
            let mut stream = MfccStream::<f32>::new(&config).unwrap();
            let capacity = stream.samples.capacity();
            let mut out = Vec::new();
            for block in [100_000, 1, 399, 0, 401, 50_000] {
                stream.push(&vec![0.1; block], &mut out);
                out.clear();
                assert!(stream.samples.len() <= stream.mfcc.frame_length() + 2);
            }
            stream.finish(&mut out).unwrap();
            assert_eq!(capacity, stream.samples.capacity());
        }
    }
}
