//! Zero-fill or truncate to a fixed number of frames: the classical answer.

use crate::{ConfigError, check_n_frames};

/// Settings of [`AlignConfig::Pad`](crate::AlignConfig::Pad).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct PadConfig {
    /// Frames of the vector. Default 64: a longer vector keeps more of a long clip, a shorter one less silence.
    pub n_frames: usize,
}

impl Default for PadConfig {
    fn default() -> Self {
        Self { n_frames: 64 }
    }
}

/// The first `n_frames` frames as they are, zeros after the last.
#[derive(Clone, Debug)]
pub(crate) struct Pad {
    n_frames: usize,
}

impl Pad {
    pub(crate) fn new(config: &PadConfig) -> Result<Self, ConfigError> {
        check_n_frames(config.n_frames)?;
        Ok(Self {
            n_frames: config.n_frames,
        })
    }

    pub(crate) fn output_len(&self, n_coeffs: usize) -> usize {
        self.n_frames * n_coeffs
    }

    pub(crate) fn align_into(&self, frames: &[f32], out: &mut [f32]) {
        let kept = frames.len().min(out.len());
        out[..kept].copy_from_slice(&frames[..kept]);
        out[kept..].fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_and_truncates() {
        let pad = Pad::new(&PadConfig { n_frames: 3 }).unwrap();
        let mut out = [9.0; 6];
        pad.align_into(&[1.0, 2.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
        pad.align_into(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn refuses_sizes_that_cannot_work() {
        for got in [0, 1, 10_001] {
            assert_eq!(
                Pad::new(&PadConfig { n_frames: got }).unwrap_err(),
                ConfigError::Frames { got }
            );
        }
    }
}
