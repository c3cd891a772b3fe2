//! Cutting a signal into overlapping frames: how many there are, where they lie, and what lies beyond the ends
//! of the clip.
//!
//! Positions count from the start of the slice at hand, which need not be the start of the clip: every rule
//! here is the same after a shift, so a stream can forget what it no longer needs.

use crate::{ConfigError, MfccConfig, Real};

/// Which frames a clip has, and what they see beyond its ends. `n` samples, frame length `N`, hop `H`; `F` is
/// the length of the transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Edges {
    /// Only frames wholly inside the clip: `1 + ⌊(n − N)/H⌋` (Kaldi `snip_edges`, HTK, TensorFlow).
    Snip,
    /// As `Snip`, but a frame is `F` long with the window in its middle (librosa `center=False`).
    SnipTransform,
    /// A frame around the middle of every hop, the clip mirrored at its ends, end samples twice:
    /// `⌊(n + H/2)/H⌋` (Kaldi `snip_edges=false`).
    Mirror,
    /// Frames of `F` around every `H`th sample, zeros beyond the ends: `1 + ⌊n/H⌋` (librosa `center=True`).
    CenterZeros,
    /// The same, the clip reflected at its ends, end samples once; needs more than `F/2` samples
    /// (torchaudio, torch `stft`).
    CenterReflect,
    /// As `CenterReflect` without the last frame: `⌊n/H⌋` (Whisper).
    CenterReflectDropLast,
    /// Zeros at the end until the last frame is full: `1 + ⌈(n − N)/H⌉`, at least 1 (python_speech_features).
    PadEnd,
}

/// What becomes of a clip that is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum ShortClips {
    /// No frame is a valid answer (Kaldi, TensorFlow audio ops).
    Empty,
    /// A clip of no samples is refused, even where padding would give frames (torchaudio, padded with zeros).
    RefuseEmpty,
    /// A clip that gives no frame is refused (HTK, tf.signal, spafe, openSMILE fail on it).
    Refuse,
    /// A clip shorter than a frame is refused, even where padding would give frames (torchaudio's Kaldi).
    RefusePartial,
}

/// The signal of a clip as frames see it, before they see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditioning<T> {
    /// Factor on the samples.
    pub(crate) gain: T,
    /// Cut off what is behind the point.
    pub(crate) integers: bool,
    /// Pre-emphasis over the whole clip; 0 for none.
    pub(crate) preemphasis: T,
}

impl<T: Real> Conditioning<T> {
    fn is_none(&self) -> bool {
        self.gain == T::one() && !self.integers && self.preemphasis == T::zero()
    }

    fn scaled(&self, sample: T) -> T {
        let x = self.gain * sample;
        if self.integers { x.trunc() } else { x }
    }

    /// Signal from index `start` of `samples` on, all of `out` within them.
    fn apply(&self, samples: &[T], start: usize, out: &mut [T]) {
        out[0] = self.at(samples, start);
        let samples = &samples[start..][..out.len()];
        let neighbours = samples[1..].iter().zip(samples);
        for (x, (sample, previous)) in out[1..].iter_mut().zip(neighbours) {
            *x = self.scaled(*sample) - self.preemphasis * self.scaled(*previous);
        }
    }

    /// Signal at index `i` of `samples`.
    fn at(&self, samples: &[T], i: usize) -> T {
        let x = self.scaled(samples[i]);
        if i > 0 && self.preemphasis > T::zero() {
            x - self.preemphasis * self.scaled(samples[i - 1])
        } else {
            x
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Framing {
    /// Samples under the window.
    pub(crate) frame_length: usize,
    pub(crate) hop_length: usize,
    n_fft: usize,
    edges: Edges,
}

impl Framing {
    pub(crate) fn new(config: &MfccConfig) -> Result<Self, ConfigError> {
        let framing = Self {
            frame_length: config.frame_length(),
            hop_length: config.hop_length(),
            n_fft: config.n_fft(),
            edges: config.edges,
        };
        if framing.is_centred() && framing.frame_length > framing.n_fft {
            return Err(ConfigError::FrameBeyondTransform {
                frame_length: framing.frame_length,
                n_fft: framing.n_fft,
            });
        }
        Ok(framing)
    }

    /// Whether the frame is as long as the transform, the window in its middle.
    fn is_centred(&self) -> bool {
        matches!(
            self.edges,
            Edges::SnipTransform
                | Edges::CenterZeros
                | Edges::CenterReflect
                | Edges::CenterReflectDropLast
        )
    }

    /// Samples before the window in such a frame.
    fn lead(&self) -> usize {
        if self.is_centred() {
            (self.n_fft - self.frame_length) / 2
        } else {
            0
        }
    }

    /// Number of frames in a clip of `n` samples.
    pub(crate) fn n_frames(&self, n: usize) -> usize {
        let hop = self.hop_length;
        let whole = |length: usize| n.checked_sub(length).map_or(0, |rest| 1 + rest / hop);
        match self.edges {
            Edges::Snip => whole(self.frame_length),
            Edges::SnipTransform => whole(self.n_fft),
            Edges::Mirror => n.saturating_add(hop / 2) / hop,
            // With an odd transform, half of it on either side lacks one sample.
            Edges::CenterZeros | Edges::CenterReflect => match n.checked_sub(self.n_fft % 2) {
                Some(n) => 1 + n / hop,
                None => 0,
            },
            Edges::CenterReflectDropLast => match n.checked_sub(self.n_fft % 2) {
                Some(n) => n / hop,
                None => 0,
            },
            Edges::PadEnd => 1 + n.saturating_sub(self.frame_length).div_ceil(hop),
        }
    }

    /// Fewest samples that the padding can work with.
    pub(crate) fn padding_needs(&self) -> usize {
        match self.edges {
            Edges::CenterReflect | Edges::CenterReflectDropLast => self.n_fft / 2 + 1,
            Edges::PadEnd => 1,
            _ => 0,
        }
    }

    /// Fewest samples that give a frame.
    pub(crate) fn first_frame_needs(&self) -> usize {
        match self.edges {
            Edges::Snip => self.frame_length,
            Edges::SnipTransform => self.n_fft,
            Edges::Mirror => self.hop_length - self.hop_length / 2,
            Edges::CenterZeros | Edges::CenterReflect => self.n_fft % 2,
            Edges::CenterReflectDropLast => self.hop_length + self.n_fft % 2,
            Edges::PadEnd => 0,
        }
    }

    /// Where the window of frame 0 starts: before the clip when frames are centred.
    pub(crate) fn first_start(&self) -> isize {
        let half = |n: usize| (n / 2) as isize;
        match self.edges {
            Edges::Snip | Edges::PadEnd => 0,
            Edges::SnipTransform => self.lead() as isize,
            Edges::Mirror => half(self.hop_length) - half(self.frame_length),
            Edges::CenterZeros | Edges::CenterReflect | Edges::CenterReflectDropLast => {
                self.lead() as isize - half(self.n_fft)
            }
        }
    }

    /// Whether the window at `start` needs nothing after the first `n` samples, be it its own end or, reflected
    /// at the start of the clip, its beginning.
    pub(crate) fn is_inside(&self, start: isize, n: usize) -> bool {
        let end = start + self.frame_length as isize;
        let n = n as isize;
        match self.edges {
            Edges::SnipTransform => {
                let rest = self.n_fft - self.frame_length - self.lead();
                end + rest as isize <= n
            }
            Edges::CenterReflect | Edges::CenterReflectDropLast => end.max(1 - start) <= n,
            _ => end <= n,
        }
    }

    /// The signal under the window at `start`, `[frame_length]`, padded where it reaches beyond the ends of
    /// `samples`: the samples themselves where they need no change, else in `room` of the same length.
    pub(crate) fn extract<'a, T: Real>(
        &self,
        samples: &'a [T],
        start: isize,
        conditioning: &Conditioning<T>,
        room: &'a mut [T],
    ) -> &'a [T] {
        let end = start + self.frame_length as isize;
        if start >= 0 && end <= samples.len() as isize {
            let (start, end) = (start as usize, end as usize);
            if conditioning.is_none() {
                return &samples[start..end];
            }
            conditioning.apply(samples, start, room);
            return room;
        }
        for (x, i) in room.iter_mut().zip(start..) {
            *x = match self.source(i, samples.len()) {
                Some(i) => conditioning.at(samples, i),
                None => T::zero(),
            };
        }
        room
    }

    /// Which of `n` samples stands at `i`; none where there are zeros.
    fn source(&self, i: isize, n: usize) -> Option<usize> {
        match self.edges {
            Edges::Mirror => Some(mirror(i, n)),
            Edges::CenterReflect | Edges::CenterReflectDropLast => Some(reflect(i, n)),
            _ => usize::try_from(i).ok().filter(|&i| i < n),
        }
    }
}

/// −1 → 0, −2 → 1, n → n−1, …, repeated as often as needed; `n` is at least 1.
fn mirror(i: isize, n: usize) -> usize {
    let i = i.rem_euclid(2 * n as isize) as usize;
    if i < n { i } else { 2 * n - 1 - i }
}

/// −1 → 1, −2 → 2, n → n−2, …; `n` is at least 2 and more than the padding.
fn reflect(i: isize, n: usize) -> usize {
    let i = i.unsigned_abs();
    if i < n { i } else { 2 * n - 2 - i }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(frame_length: usize, hop_length: usize, n_fft: usize, edges: Edges) -> Framing {
        Framing {
            frame_length,
            hop_length,
            n_fft,
            edges,
        }
    }

    #[test]
    fn frames_of_the_tools() {
        let counts = |edges, n_fft, lengths: [usize; 6]| {
            let framing = framing(400, 160, n_fft, edges);
            lengths.map(|n| framing.n_frames(n))
        };
        let lengths = [0, 399, 400, 559, 560, 16_000];
        assert_eq!(counts(Edges::Snip, 512, lengths), [0, 0, 1, 1, 2, 98]);
        assert_eq!(
            counts(Edges::SnipTransform, 512, lengths),
            [0, 0, 0, 1, 1, 97]
        );
        assert_eq!(counts(Edges::PadEnd, 512, lengths), [1, 1, 1, 2, 2, 99]);
        let lengths = [0, 79, 80, 239, 240, 16_000];
        assert_eq!(counts(Edges::Mirror, 512, lengths), [0, 0, 1, 1, 2, 100]);
        let lengths = [0, 159, 160, 319, 320, 16_000];
        assert_eq!(
            counts(Edges::CenterZeros, 512, lengths),
            [1, 1, 2, 2, 3, 101]
        );
        assert_eq!(
            counts(Edges::CenterReflectDropLast, 400, lengths),
            [0, 0, 1, 1, 2, 100]
        );
    }

    #[test]
    fn the_first_frame_comes_with_the_samples_it_needs() {
        let edges = [
            Edges::Snip,
            Edges::SnipTransform,
            Edges::Mirror,
            Edges::CenterZeros,
            Edges::CenterReflect,
            Edges::CenterReflectDropLast,
            Edges::PadEnd,
        ];
        for edges in edges {
            for (hop, n_fft) in [(160, 512), (161, 513), (1, 401)] {
                let framing = framing(400, hop, n_fft, edges);
                let fewest = (0..).find(|&n| framing.n_frames(n) > 0);
                assert_eq!(Some(framing.first_frame_needs()), fewest, "{edges:?}");
            }
        }
    }

    #[test]
    fn what_lies_beyond_the_ends() {
        let padded = |edges| {
            let framing = framing(8, 2, 8, edges);
            let plain = Conditioning {
                gain: 1.0,
                integers: false,
                preemphasis: 0.0,
            };
            let mut room = [f32::NAN; 8];
            framing.extract(&[1.0, 2.0, 3.0, 4.0], -2, &plain, &mut room);
            room
        };
        assert_eq!(
            padded(Edges::Mirror),
            [2.0, 1.0, 1.0, 2.0, 3.0, 4.0, 4.0, 3.0]
        );
        assert_eq!(
            padded(Edges::CenterReflect),
            [3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0]
        );
        assert_eq!(
            padded(Edges::CenterZeros),
            [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 0.0]
        );
    }

    #[test]
    fn mirrors_as_often_as_needed() {
        let indices: Vec<usize> = (-7..8).map(|i| mirror(i, 3)).collect();
        assert_eq!(indices, [0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]);
    }

    #[test]
    fn conditions_before_it_pads() {
        let framing = framing(4, 2, 4, Edges::PadEnd);
        let mut frame = [0.0; 4];
        let conditioning = Conditioning {
            gain: 10.0,
            integers: true,
            preemphasis: 0.5,
        };
        framing.extract(&[0.19, -0.39, 0.5], 0, &conditioning, &mut frame);
        // 1, −3, 5: the first as it is, zeros stay zeros.
        assert_eq!(frame, [1.0, -3.5, 6.5, 0.0]);
    }
}
