//! End points, then linear time normalisation.

use crate::endpoint::Endpoint;
use crate::{ConfigError, EndpointConfig, check_n_frames};

/// Settings of [`AlignConfig::Warp`](crate::AlignConfig::Warp).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct WarpConfig {
    /// Frames of the vector. Default 32.
    pub n_frames: usize,
    /// How the word's end points are found. Default [`EndpointConfig::default`].
    pub endpoint: EndpointConfig,
}

impl Default for WarpConfig {
    fn default() -> Self {
        Self {
            n_frames: 32,
            endpoint: EndpointConfig::default(),
        }
    }
}

/// The word between its end points, resampled linearly in time to `n_frames`; the logarithm of its own length follows
/// as the vector's last value, since the stretching would otherwise hide whether the word was short or long.
#[derive(Clone, Debug)]
pub(crate) struct Warp {
    n_frames: usize,
    endpoint: Endpoint,
}

impl Warp {
    pub(crate) fn new(config: &WarpConfig) -> Result<Self, ConfigError> {
        check_n_frames(config.n_frames)?;
        Ok(Self {
            n_frames: config.n_frames,
            endpoint: Endpoint::new(&config.endpoint)?,
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn output_len(&self, n_coeffs: usize) -> usize {
        self.n_frames * n_coeffs + 1
    }

    pub(crate) fn align_into(&self, frames: &[f32], n_coeffs: usize, out: &mut [f32]) {
        let n_in = frames.len() / n_coeffs;
        let row = |i: usize| &frames[i * n_coeffs..(i + 1) * n_coeffs];
        let step = (n_in - 1) as f32 / (self.n_frames - 1) as f32;
        let (length, stretched) = out.split_last_mut().expect("n_frames is at least 2");
        for (i, out) in stretched.chunks_exact_mut(n_coeffs).enumerate() {
            let position = i as f32 * step;
            let below = (position as usize).min(n_in - 1);
            let above = (below + 1).min(n_in - 1);
            let share = position - below as f32;
            for ((out, &a), &b) in out.iter_mut().zip(row(below)).zip(row(above)) {
                *out = a + share * (b - a);
            }
        }
        *length = (n_in as f32).ln();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warp(n_frames: usize) -> Warp {
        Warp::new(&WarpConfig {
            n_frames,
            ..WarpConfig::default()
        })
        .unwrap()
    }

    #[test]
    fn the_same_length_is_left_alone() {
        let frames: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let mut out = vec![0.0; 13];
        warp(6).align_into(&frames, 2, &mut out);
        assert_eq!(out[..12], frames);
        assert_eq!(out[12], 6f32.ln());
    }

    #[test]
    fn ends_stay_and_a_line_stays_a_line() {
        for n_in in [1usize, 2, 3, 7, 31, 32, 33, 200] {
            let frames: Vec<f32> = (0..n_in).map(|i| i as f32).collect();
            let mut out = vec![0.0; 33];
            warp(32).align_into(&frames, 1, &mut out);
            assert_eq!(out[0], 0.0);
            for (i, &value) in out[..32].iter().enumerate() {
                let expected = i as f64 * (n_in - 1) as f64 / 31.0;
                assert!(
                    (f64::from(value) - expected).abs() < 1e-4,
                    "{n_in}: {value} at {i}"
                );
            }
        }
    }

    #[test]
    fn refuses_sizes_that_cannot_work() {
        for got in [0, 1, 10_001] {
            let config = WarpConfig {
                n_frames: got,
                ..WarpConfig::default()
            };
            assert_eq!(Warp::new(&config).unwrap_err(), ConfigError::Frames { got });
        }
    }
}
