//! Where a word begins and ends, by its loudness against the clip's own floor and peak.

use std::ops::Range;

use crate::{ConfigError, MAX_FRAMES};

/// How [`WarpConfig`](crate::WarpConfig) finds the word.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct EndpointConfig {
    /// How far from floor to peak a frame must rise to count as speech, 0 to 1. Default 0.35.
    pub threshold: f32,
    /// Quantile of the loudness taken as the floor, 0 to 1. Default 0.03: a clip cut
    /// close to its word has little else that is quiet.
    pub low_quantile: f32,
    /// Quantile of the loudness taken as the peak, 0 to 1; below 1 so that a click does not set it. Default 0.97.
    pub high_quantile: f32,
    /// Frames kept on each side of the speech, where a word's quiet beginning and end lie, 0 to
    /// [`MAX_FRAMES`]. Default 4.
    pub margin_frames: usize,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            threshold: 0.35,
            low_quantile: 0.03,
            high_quantile: 0.97,
            margin_frames: 4,
        }
    }
}

/// Finds the frames of the word in a clip that holds one.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    config: EndpointConfig,
}

impl Endpoint {
    pub(crate) fn new(config: &EndpointConfig) -> Result<Self, ConfigError> {
        for (field, got) in [
            ("threshold", config.threshold),
            ("low_quantile", config.low_quantile),
            ("high_quantile", config.high_quantile),
        ] {
            if !(0.0..=1.0).contains(&got) {
                return Err(ConfigError::Fraction { field, got });
            }
        }
        if config.low_quantile >= config.high_quantile {
            return Err(ConfigError::Quantiles {
                low: config.low_quantile,
                high: config.high_quantile,
            });
        }
        if config.margin_frames > MAX_FRAMES {
            return Err(ConfigError::Margin {
                got: config.margin_frames,
            });
        }
        Ok(Self {
            config: config.clone(),
        })
    }

    /// From the first to the last frame louder than the threshold, widened by the margin; the whole clip where loudness
    /// does not vary. `loudness`: one value a frame, logarithmic, any unit and offset. Empty only when `loudness` is.
    /// `scratch` holds anything, before and after.
    pub(crate) fn find(
        &self,
        loudness: &[f32],
        shift: f32,
        scratch: &mut Vec<f32>,
    ) -> Range<usize> {
        if loudness.is_empty() {
            return 0..0;
        }
        scratch.clear();
        scratch.extend_from_slice(loudness);
        scratch.sort_unstable_by(f32::total_cmp);
        let floor = quantile(scratch, self.config.low_quantile);
        let peak = quantile(scratch, self.config.high_quantile);
        let threshold = floor + (self.config.threshold + shift) * (peak - floor);
        let is_speech = |&level: &f32| level > threshold;
        let Some(first) = loudness.iter().position(is_speech) else {
            return 0..loudness.len();
        };
        let last = loudness.iter().rposition(is_speech).unwrap_or(first);
        let margin = self.config.margin_frames;
        first.saturating_sub(margin)..(last + 1 + margin).min(loudness.len())
    }
}

/// Ways to cut a word, the first as found.
pub(crate) const N_CUTS: usize = 5;

/// The same word cut by a hand less sure: as found, wider, narrower, earlier or later by `by` frames, within the clip's
/// `n_frames` and never empty; a short word is narrowed by less, so that something of it is left.
pub(crate) fn cut(word: &Range<usize>, n_frames: usize, cut: usize, by: usize) -> Range<usize> {
    let earlier = |at: usize| at.saturating_sub(by);
    let later = |at: usize| at.saturating_add(by).min(n_frames);
    let narrower = by.min(word.len().saturating_sub(1) / 2);
    let (start, end) = match cut {
        1 => (earlier(word.start), later(word.end)),
        2 => (word.start + narrower, word.end - narrower),
        3 => (earlier(word.start), earlier(word.end)),
        4 => (later(word.start), later(word.end)),
        _ => (word.start, word.end),
    };
    let start = start.min(n_frames.saturating_sub(1));
    start..end.max(start + 1).min(n_frames)
}

/// Linear interpolation between the closest ranks of sorted, non-empty data; `p` from 0 to 1.
fn quantile(sorted: &[f32], p: f32) -> f32 {
    let last = sorted.len() - 1;
    // In f32, a position above 2^24 could round up beyond the end.
    let position = f64::from(p) * last as f64;
    let below = (position as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (position - below as f64) as f32 * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_the_loud_part() {
        let mut loudness = vec![0.0; 40];
        loudness[15..25].fill(10.0);
        let found = Endpoint::new(&EndpointConfig::default()).unwrap().find(
            &loudness,
            0.0,
            &mut vec![f32::NAN; 3],
        );
        assert_eq!(found, 11..29);
    }

    #[test]
    fn quantiles_interpolate_between_ranks() {
        let sorted = [0.0, 1.0, 2.0, 3.0, 10.0];
        assert_eq!(quantile(&sorted, 0.0), 0.0);
        assert_eq!(quantile(&sorted, 0.125), 0.5);
        assert_eq!(quantile(&sorted, 1.0), 10.0);
        // As f32 the last index of this one would be the length.
        let long = vec![0.0; (1 << 24) + 4];
        assert_eq!(quantile(&long, 1.0), 0.0);
    }

    #[test]
    fn an_even_clip_is_kept_whole() {
        let endpoint = Endpoint::new(&EndpointConfig::default()).unwrap();
        let scratch = &mut Vec::new();
        assert_eq!(endpoint.find(&[3.0; 20], 0.0, scratch), 0..20);
        assert_eq!(endpoint.find(&[3.0], 0.0, scratch), 0..1);
        assert_eq!(endpoint.find(&[], 0.0, scratch), 0..0);
    }

    #[test]
    fn refuses_each_bad_fraction() {
        let good = EndpointConfig::default();
        for bad in [-0.1, 1.1, f32::NAN] {
            let configs = [
                (
                    "threshold",
                    EndpointConfig {
                        threshold: bad,
                        ..good.clone()
                    },
                ),
                (
                    "low_quantile",
                    EndpointConfig {
                        low_quantile: bad,
                        ..good.clone()
                    },
                ),
                (
                    "high_quantile",
                    EndpointConfig {
                        high_quantile: bad,
                        ..good.clone()
                    },
                ),
            ];
            for (name, config) in configs {
                let error = Endpoint::new(&config).unwrap_err();
                assert!(matches!(error, ConfigError::Fraction { field, .. } if field == name));
            }
        }
        let swapped = EndpointConfig {
            low_quantile: 0.9,
            high_quantile: 0.2,
            ..good
        };
        assert!(matches!(
            Endpoint::new(&swapped).unwrap_err(),
            ConfigError::Quantiles { .. }
        ));
    }

    #[test]
    fn refuses_a_margin_that_could_overflow() {
        let with_margin = |margin_frames| {
            let config = EndpointConfig {
                margin_frames,
                ..EndpointConfig::default()
            };
            Endpoint::new(&config)
        };
        let widest = with_margin(MAX_FRAMES).unwrap();
        assert_eq!(widest.find(&[0.0, 9.0, 0.0], 0.0, &mut Vec::new()), 0..3);
        for got in [MAX_FRAMES + 1, usize::MAX] {
            let error = with_margin(got).unwrap_err();
            assert_eq!(error, ConfigError::Margin { got });
        }
    }

    #[test]
    fn cuts_go_all_four_ways() {
        let all = |word: Range<usize>, n_frames| -> Vec<Range<usize>> {
            (0..N_CUTS).map(|i| cut(&word, n_frames, i, 3)).collect()
        };
        assert_eq!(all(10..20, 40), [10..20, 7..23, 13..17, 7..17, 13..23]);
        assert_eq!(all(1..4, 4), [1..4, 0..4, 2..3, 0..1, 3..4]);
        assert_eq!(all(10..12, 40)[2], 10..12);
    }

    proptest! {
        #[test]
        fn a_cut_word_is_never_empty_nor_outside(n in 1usize..50, a in 0usize..50, b in 0usize..50, by in 0usize..60) {
            let start = a.min(n - 1);
            let word = start..b.clamp(start + 1, n);
            for i in 0..N_CUTS {
                let region = cut(&word, n, i, by);
                prop_assert!(region.start < region.end && region.end <= n, "{region:?} of {n}");
            }
        }

        #[test]
        fn never_empty_and_holds_every_loud_frame(loudness in prop::collection::vec(-50f32..50.0, 1..120)) {
            let config = EndpointConfig::default();
            let found = Endpoint::new(&config).unwrap().find(&loudness, 0.0, &mut Vec::new());
            prop_assert!(found.start < found.end && found.end <= loudness.len());
            let loudest = loudness.iter().copied().fold(f32::MIN, f32::max);
            for (i, &level) in loudness.iter().enumerate() {
                prop_assert!(level < loudest || found.contains(&i), "the loudest frame {i} was cut");
            }
        }

        #[test]
        fn blind_to_gain(loudness in prop::collection::vec(-20i16..20, 1..120), gain in -10i16..10) {
            // Sixteenths of whole numbers keep every sum exact, so that gain can only shift the threshold.
            let config = EndpointConfig { threshold: 0.5, low_quantile: 0.0, high_quantile: 1.0, margin_frames: 4 };
            let endpoint = Endpoint::new(&config).unwrap();
            let quiet: Vec<f32> = loudness.iter().map(|&l| f32::from(l) / 16.0).collect();
            let loud: Vec<f32> = quiet.iter().map(|l| l + f32::from(gain)).collect();
            let find = |loudness: &[f32]| endpoint.find(loudness, 0.0, &mut Vec::new());
            prop_assert_eq!(find(&quiet), find(&loud));
        }
    }
}
