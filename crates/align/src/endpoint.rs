//! Where a word begins and ends, by its loudness against the clip's own floor and peak.

use std::ops::Range;

use crate::ConfigError;

/// Settings of [`Endpoint`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EndpointConfig {
    /// How far from floor to peak a frame must rise to count as speech, 0 to 1. Default 0.35.
    pub threshold: f32,
    /// Percentile of the loudness taken as the floor, 0 to 1. Default 0.10.
    pub low_percentile: f32,
    /// Percentile of the loudness taken as the peak, 0 to 1; below 1 so that a click does not set it. Default 0.97.
    pub high_percentile: f32,
    /// Frames kept on each side of the speech, where a word's quiet beginning and end lie. Default 4.
    pub margin: usize,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            threshold: 0.35,
            low_percentile: 0.10,
            high_percentile: 0.97,
            margin: 4,
        }
    }
}

/// Finds the frames of the word in a clip that holds one.
#[derive(Clone, Debug)]
pub struct Endpoint {
    config: EndpointConfig,
}

impl Endpoint {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`ConfigError::Fraction`] and [`ConfigError::Percentiles`].
    pub fn new(config: &EndpointConfig) -> Result<Self, ConfigError> {
        for (field, got) in [
            ("threshold", config.threshold),
            ("low_percentile", config.low_percentile),
            ("high_percentile", config.high_percentile),
        ] {
            if !(0.0..=1.0).contains(&got) {
                return Err(ConfigError::Fraction { field, got });
            }
        }
        if config.low_percentile >= config.high_percentile {
            return Err(ConfigError::Percentiles {
                low: config.low_percentile,
                high: config.high_percentile,
            });
        }
        Ok(Self {
            config: config.clone(),
        })
    }

    /// From the first to the last frame louder than the threshold, widened by the margin; the whole clip where loudness
    /// does not vary. `loudness`: one value a frame, logarithmic, any unit and offset. Empty only when `loudness` is.
    pub fn find(&self, loudness: &[f32]) -> Range<usize> {
        if loudness.is_empty() {
            return 0..0;
        }
        let mut sorted = loudness.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        let floor = percentile(&sorted, self.config.low_percentile);
        let peak = percentile(&sorted, self.config.high_percentile);
        let threshold = floor + self.config.threshold * (peak - floor);
        let is_speech = |&level: &f32| level > threshold;
        let Some(first) = loudness.iter().position(is_speech) else {
            return 0..loudness.len();
        };
        let last = loudness.iter().rposition(is_speech).unwrap_or(first);
        first.saturating_sub(self.config.margin)
            ..(last + 1 + self.config.margin).min(loudness.len())
    }
}

/// Regions that [`shifted`] gives for a shift above 0.
pub(crate) const N_SHIFTED: usize = 5;

/// The same word cut by a hand less sure: as found, then wider, narrower, earlier and later by `shift` frames, within the
/// clip's `n_frames` and never empty. Learning from all of them makes an end point found a little off matter less.
pub(crate) fn shifted(word: &Range<usize>, n_frames: usize, shift: usize) -> Vec<Range<usize>> {
    if shift == 0 || n_frames == 0 {
        return vec![word.clone()];
    }
    let earlier = |at: usize| at.saturating_sub(shift);
    let later = |at: usize| (at + shift).min(n_frames);
    let (start, end) = (word.start, word.end);
    let regions: [_; N_SHIFTED] = [
        (start, end),
        (earlier(start), later(end)),
        (later(start), earlier(end)),
        (earlier(start), earlier(end)),
        (later(start), later(end)),
    ];
    let within = |(start, end): (usize, usize)| {
        let start = start.min(n_frames - 1);
        start..end.max(start + 1)
    };
    regions.into_iter().map(within).collect()
}

/// Linear interpolation between the closest ranks of sorted, non-empty data; `p` from 0 to 1.
fn percentile(sorted: &[f32], p: f32) -> f32 {
    let position = p * (sorted.len() - 1) as f32;
    let below = position as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (position - below as f32) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_the_loud_part() {
        let mut loudness = vec![0.0; 40];
        loudness[15..25].fill(10.0);
        let found = Endpoint::new(&EndpointConfig::default())
            .unwrap()
            .find(&loudness);
        assert_eq!(found, 11..29);
    }

    #[test]
    fn percentiles_interpolate_between_ranks() {
        let sorted = [0.0, 1.0, 2.0, 3.0, 10.0];
        assert_eq!(percentile(&sorted, 0.0), 0.0);
        assert_eq!(percentile(&sorted, 0.125), 0.5);
        assert_eq!(percentile(&sorted, 1.0), 10.0);
    }

    #[test]
    fn an_even_clip_is_kept_whole() {
        let endpoint = Endpoint::new(&EndpointConfig::default()).unwrap();
        assert_eq!(endpoint.find(&[3.0; 20]), 0..20);
        assert_eq!(endpoint.find(&[3.0]), 0..1);
        assert_eq!(endpoint.find(&[]), 0..0);
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
                    "low_percentile",
                    EndpointConfig {
                        low_percentile: bad,
                        ..good.clone()
                    },
                ),
                (
                    "high_percentile",
                    EndpointConfig {
                        high_percentile: bad,
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
            low_percentile: 0.9,
            high_percentile: 0.2,
            ..good
        };
        assert!(matches!(
            Endpoint::new(&swapped).unwrap_err(),
            ConfigError::Percentiles { .. }
        ));
    }

    #[test]
    fn shifts_go_all_four_ways() {
        assert_eq!(
            shifted(&(10..20), 40, 3),
            [10..20, 7..23, 13..17, 7..17, 13..23]
        );
        assert_eq!(shifted(&(1..4), 4, 3), [1..4, 0..4, 3..4, 0..1, 3..4]);
        assert_eq!(shifted(&(1..4), 4, 0), [1..4]);
    }

    proptest! {
        #[test]
        fn shifted_words_are_never_empty_nor_outside(n in 1usize..50, a in 0usize..50, b in 0usize..50, shift in 0usize..60) {
            let word = a.min(b).min(n - 1)..a.max(b).clamp(a.min(b).min(n - 1) + 1, n);
            for word in shifted(&word, n, shift) {
                prop_assert!(word.start < word.end && word.end <= n, "{word:?} of {n}");
            }
        }

        #[test]
        fn never_empty_and_holds_every_loud_frame(loudness in prop::collection::vec(-50f32..50.0, 1..120)) {
            let config = EndpointConfig::default();
            let found = Endpoint::new(&config).unwrap().find(&loudness);
            prop_assert!(found.start < found.end && found.end <= loudness.len());
            let loudest = loudness.iter().copied().fold(f32::MIN, f32::max);
            for (i, &level) in loudness.iter().enumerate() {
                prop_assert!(level < loudest || found.contains(&i), "the loudest frame {i} was cut");
            }
        }

        #[test]
        fn blind_to_gain(loudness in prop::collection::vec(-20i16..20, 1..120), gain in -10i16..10) {
            // Sixteenths of whole numbers keep every sum exact, so that gain can only shift the threshold.
            let config = EndpointConfig { threshold: 0.5, low_percentile: 0.0, high_percentile: 1.0, margin: 4 };
            let endpoint = Endpoint::new(&config).unwrap();
            let quiet: Vec<f32> = loudness.iter().map(|&l| f32::from(l) / 16.0).collect();
            let loud: Vec<f32> = quiet.iter().map(|l| l + f32::from(gain)).collect();
            prop_assert_eq!(endpoint.find(&quiet), endpoint.find(&loud));
        }
    }
}
