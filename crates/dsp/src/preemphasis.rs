//! First-order high-pass.

use crate::Real;

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

/// `x[i] − a·x[i−1]` in place, and `x[0] − a·x[0]`.
pub(crate) fn apply<T: Real>(a: T, frame: &mut [T]) {
    if a == T::zero() {
        return;
    }
    for i in (1..frame.len()).rev() {
        frame[i] = frame[i] - a * frame[i - 1];
    }
    frame[0] = frame[0] - a * frame[0];
}

#[cfg(test)]
mod tests {
    #[test]
    fn subtracts_the_neighbour() {
        let mut frame = [2.0, 6.0, -4.0];
        super::apply(0.5, &mut frame);
        assert_eq!(frame, [1.0, 5.0, -7.0]);
    }
}
