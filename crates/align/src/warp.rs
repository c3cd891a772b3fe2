//! End points, then linear time normalisation.

use std::ops::Range;

use crate::endpoint::Endpoint;
use crate::{ConfigError, EndpointConfig, MAX_SLIDES, check_n_frames};

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
    /// Views to each side of the word as found, each slid by one frame of the vector more than the one before, 0 to
    /// [`MAX_SLIDES`](crate::MAX_SLIDES). Default 4: nine views. Compared block by block, they let every part of a word
    /// come a little early or late.
    pub n_slides: usize,
    /// Where above 0, a word in use is tried as found and then cut wider, narrower, earlier and later by so many frames, as
    /// the end points may have been found a little off. Default 3.
    pub cut_frames: usize,
    /// How the word's end points are found. Default [`EndpointConfig::default`].
    pub endpoint: EndpointConfig,
}

impl Default for WarpConfig {
    fn default() -> Self {
        Self {
            n_frames: 32,
            n_slides: 4,
            cut_frames: 3,
            endpoint: EndpointConfig::default(),
        }
    }
}

/// The word between its end points, resampled linearly in time to `n_frames`; the logarithm of its own length follows
/// as the vector's last value, since the stretching would otherwise hide whether the word was short or long.
#[derive(Clone, Debug)]
pub(crate) struct Warp {
    n_frames: usize,
    n_slides: usize,
    cut_frames: usize,
    endpoint: Endpoint,
}

impl Warp {
    pub(crate) fn new(config: &WarpConfig) -> Result<Self, ConfigError> {
        check_n_frames(config.n_frames)?;
        if config.n_slides > MAX_SLIDES {
            return Err(ConfigError::Slides {
                got: config.n_slides,
            });
        }
        Ok(Self {
            n_frames: config.n_frames,
            n_slides: config.n_slides,
            cut_frames: config.cut_frames,
            endpoint: Endpoint::new(&config.endpoint)?,
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn output_len(&self, n_coeffs: usize) -> usize {
        self.n_frames * n_coeffs + 1
    }

    pub(crate) fn n_views(&self) -> usize {
        2 * self.n_slides + 1
    }

    pub(crate) fn cut_frames(&self) -> usize {
        self.cut_frames
    }

    /// Stretches the rows `word` of `frames`; of a slid view, rows before and after it too, the clip's first and last row
    /// repeated where it has no more.
    pub(crate) fn align_into(
        &self,
        frames: &[f32],
        n_coeffs: usize,
        word: Range<usize>,
        view: usize,
        out: &mut [f32],
    ) {
        let last = frames.len() / n_coeffs - 1;
        let row = |i: usize| &frames[i * n_coeffs..(i + 1) * n_coeffs];
        let step = (word.len() - 1) as f32 / (self.n_frames - 1) as f32;
        let (length, stretched) = out.split_last_mut().expect("n_frames is at least 2");
        for (i, out) in stretched.chunks_exact_mut(n_coeffs).enumerate() {
            let position = word.start as f32 + (i as f32 + slide(view)) * step;
            let below = (position.max(0.0) as usize).min(last);
            let above = (below + 1).min(last);
            let share = (position - below as f32).clamp(0.0, 1.0);
            for ((out, &a), &b) in out.iter_mut().zip(row(below)).zip(row(above)) {
                *out = a + share * (b - a);
            }
        }
        *length = (word.len() as f32).ln();
    }
}

/// Frames by which a view is slid: 0, −1, 1, −2, 2 …
fn slide(view: usize) -> f32 {
    let by = view.div_ceil(2) as f32;
    if view % 2 == 1 { -by } else { by }
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
        warp(6).align_into(&frames, 2, 0..6, 0, &mut out);
        assert_eq!(out[..12], frames);
        assert_eq!(out[12], 6f32.ln());
    }

    #[test]
    fn ends_stay_and_a_line_stays_a_line() {
        for n_in in [1usize, 2, 3, 7, 31, 32, 33, 200] {
            let frames: Vec<f32> = (0..n_in).map(|i| i as f32).collect();
            let mut out = vec![0.0; 33];
            warp(32).align_into(&frames, 1, 0..n_in, 0, &mut out);
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
    fn slid_views_move_by_a_frame_of_the_vector_and_stop_at_the_ends() {
        let frames: Vec<f32> = (0..21).map(|i| i as f32).collect();
        let view = |view| {
            let mut out = vec![0.0; 7];
            warp(6).align_into(&frames, 1, 4..15, view, &mut out);
            out[..6].to_vec()
        };
        assert_eq!(warp(6).n_views(), 9);
        assert_eq!(view(0), [4.0, 6.0, 8.0, 10.0, 12.0, 14.0]);
        assert_eq!(view(1), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
        assert_eq!(view(4), [8.0, 10.0, 12.0, 14.0, 16.0, 18.0]);
        let mut out = vec![0.0; 7];
        warp(6).align_into(&frames, 1, 0..21, 3, &mut out);
        assert_eq!(out[..6], [0.0, 0.0, 0.0, 4.0, 8.0, 12.0]);
        warp(6).align_into(&frames, 1, 0..21, 4, &mut out);
        assert_eq!(out[..6], [8.0, 12.0, 16.0, 20.0, 20.0, 20.0]);
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
