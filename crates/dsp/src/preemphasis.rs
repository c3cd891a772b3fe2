//! First-order high-pass `x[i] − a·x[i−1]`; [`shape`](crate::shape) applies it to frames, [`framing`](crate::framing) to
//! clips.

/// What pre-emphasis runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Preemphasis {
    /// Each frame by itself, its first sample `x[0] − a·x[0]` (Kaldi `Preemphasize`, HTK, openSMILE).
    Frame,
    /// The clip before it is cut, its first sample as it is (python_speech_features, spafe).
    Clip,
}
