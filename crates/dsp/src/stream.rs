//! The streaming twin of [`Mfcc`].

use crate::{Cmvn, ConfigError, Mfcc, MfccConfig};

/// MFCC features of a signal as it arrives.
///
/// - [`push`](Self::push) takes samples in blocks of any size, even empty, and appends the rows
///   that are complete: a frame's own row follows its last sample, delayed by the frames its deltas
///   look ahead (`delta_order · delta_window`).
/// - [`finish`](Self::finish) ends the clip: it appends the rows still held back, then resets.
/// - [`reset`](Self::reset) forgets the clip; the stream then behaves as a new one.
///
/// All rows of a clip are, bit for bit, those of [`Mfcc::compute`], whatever the blocks. Memory
/// holds less than two frames of samples and the rows that deltas still need; nothing but `out`
/// grows.
#[derive(Clone, Debug)]
pub struct MfccStream {
    mfcc: Mfcc,
    /// The samples still needed; the clip's own start until the first are dropped.
    samples: Vec<f32>,
    /// Start of the next frame, counted from `samples[0]`.
    start: isize,
    /// Rows still needed, `[_ × n_coeffs]`; the deltas of row `next_row` and after are missing.
    rows: Vec<f32>,
    next_row: usize,
}

impl MfccStream {
    /// Checks `config` and allocates.
    ///
    /// # Errors
    /// The first field out of its range; [`ConfigError::CmvnInStream`] for any `cmvn`.
    pub fn new(config: &MfccConfig) -> Result<Self, ConfigError> {
        let mfcc = Mfcc::new(config)?;
        if config.cmvn != Cmvn::None {
            return Err(ConfigError::CmvnInStream { got: config.cmvn });
        }
        let n_rows = 2 * mfcc.delta.context() + 1;
        Ok(Self {
            samples: Vec::with_capacity(2 * mfcc.frame_length()),
            start: mfcc.framing.first_start(),
            rows: Vec::with_capacity(n_rows * mfcc.n_coeffs()),
            next_row: 0,
            mfcc,
        })
    }

    /// Length of a feature row: `n_mfcc · (1 + delta_order)`.
    pub fn n_coeffs(&self) -> usize {
        self.mfcc.n_coeffs()
    }

    /// Takes the next samples and appends every row that is complete, row-major
    /// `[_ × n_coeffs]`. Returns how many rows it appended. Allocates only to grow `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> usize {
        let before = out.len();
        for block in samples.chunks(self.mfcc.frame_length()) {
            self.samples.extend_from_slice(block);
            while self.mfcc.framing.is_inside(self.start, self.samples.len()) {
                self.advance(out);
            }
            self.forget_samples();
        }
        (out.len() - before) / self.n_coeffs()
    }

    /// Ends the clip, appends its remaining rows and resets. Returns how many rows it appended.
    pub fn finish(&mut self, out: &mut Vec<f32>) -> usize {
        let before = out.len();
        while self.mfcc.framing.belongs(self.start, self.samples.len()) {
            self.advance(out);
        }
        while self.next_row < self.n_rows() {
            self.emit(out);
        }
        self.reset();
        (out.len() - before) / self.n_coeffs()
    }

    /// Forgets everything heard, as if new.
    pub fn reset(&mut self) {
        self.samples.clear();
        self.start = self.mfcc.framing.first_start();
        self.rows.clear();
        self.next_row = 0;
    }

    fn n_rows(&self) -> usize {
        self.rows.len() / self.n_coeffs()
    }

    /// Computes the next frame, and emits the row whose deltas it completes.
    fn advance(&mut self, out: &mut Vec<f32>) {
        let row = self.rows.len();
        self.rows.resize(row + self.n_coeffs(), 0.0);
        self.mfcc
            .frame(&self.samples, self.start, &mut self.rows[row..]);
        self.start += self.mfcc.hop_length() as isize;
        if self.next_row + self.mfcc.delta.context() < self.n_rows() {
            self.emit(out);
        }
    }

    /// Completes the next row, appends it, and forgets the row no later one looks back at.
    fn emit(&mut self, out: &mut Vec<f32>) {
        let n_coeffs = self.n_coeffs();
        self.mfcc.delta.fill_row(&mut self.rows, self.next_row);
        out.extend_from_slice(&self.rows[self.next_row * n_coeffs..][..n_coeffs]);
        self.next_row += 1;
        if self.next_row > self.mfcc.delta.context() {
            self.rows.drain(..n_coeffs);
            self.next_row -= 1;
        }
    }

    /// Drops the samples before the next frame, but for one: the mirror at the end of a clip may
    /// reach one sample further back than the frame itself (odd frame, even hop over half of it).
    fn forget_samples(&mut self) {
        let n = (self.start - 1).clamp(0, self.samples.len() as isize);
        self.samples.drain(..n as usize);
        self.start -= n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded() {
        let mut config = MfccConfig::kaldi();
        config.delta_order = 2;
        for (hop_length_ms, snip_edges) in [(10.0, true), (10.0, false), (60.0, true)] {
            config.hop_length_ms = hop_length_ms;
            config.snip_edges = snip_edges;
            let mut stream = MfccStream::new(&config).unwrap();
            let capacity = (stream.samples.capacity(), stream.rows.capacity());
            let mut out = Vec::new();
            for block in [100_000, 1, 399, 0, 401, 50_000] {
                stream.push(&vec![0.1; block], &mut out);
                out.clear();
                assert!(stream.samples.len() <= stream.mfcc.frame_length());
            }
            stream.finish(&mut out);
            assert_eq!(
                capacity,
                (stream.samples.capacity(), stream.rows.capacity())
            );
        }
    }
}
