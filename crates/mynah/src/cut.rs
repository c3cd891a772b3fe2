//! Which frames of a sound are learnt.

use std::ops::Range;

use rand::{Rng, RngExt};

/// What of a sound is learnt. Frames beyond the sound's last are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// The word between the end points that are found anew each time: a recording of one word.
    #[default]
    EndPoints,
    /// Frames `start` to `end`, the latter not among them: a word or part of one whose place is known. What stands around it is
    /// heard by views that are slid.
    Frames {
        /// First frame.
        start: u32,
        /// Frame after the last.
        end: u32,
    },
    /// A stretch of `shortest` to `longest` frames, drawn anew in every pass: speech and noise that are no keyword, as sliding
    /// windows come upon them.
    Anywhere {
        /// Frames of the shortest stretch.
        shortest: u32,
        /// Frames of the longest stretch.
        longest: u32,
    },
}

impl Cut {
    /// The frames of a sound of `n_frames`, at least one; `None` where its end points say.
    pub(crate) fn frames(self, n_frames: usize, rng: &mut impl Rng) -> Option<Range<usize>> {
        let (start, end) = match self {
            Self::EndPoints => return None,
            Self::Frames { start, end } => (start as usize, end as usize),
            Self::Anywhere { shortest, longest } => {
                let longest = (longest as usize).clamp(1, n_frames);
                let shortest = (shortest as usize).clamp(1, longest);
                let length = rng.random_range(shortest..=longest);
                let start = rng.random_range(0..=n_frames - length);
                (start, start + length)
            }
        };
        let start = start.min(n_frames - 1);
        Some(start..end.clamp(start + 1, n_frames))
    }
}
