//! Words out of a continuous stream: an utterance begins where the level rises above the background and ends after a pause.

use crate::Error;

/// Settings of [`Segmenter`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct SegmenterConfig {
    /// Samples a second, Hz. No default.
    pub sample_rate: u32,
    /// An utterance begins this far above the background level, dB. Default 12.
    pub onset_db: f32,
    /// It ends when the level stays below this far above the background, dB. Default 8, below the onset so that a quiet
    /// syllable does not end it.
    pub release_db: f32,
    /// Pause that ends an utterance, ms. Default 300; the gaps inside a word are shorter.
    pub pause_ms: f32,
    /// Sound shorter than this is a click, not a word, ms. Default 80.
    pub min_ms: f32,
    /// An utterance is cut at this length, ms. Default 3000.
    pub max_ms: f32,
    /// Audio kept before the onset, ms. Default 200; words begin softly, and end points need some background.
    pub lead_ms: f32,
}

impl SegmenterConfig {
    /// The defaults at `sample_rate` Hz.
    pub fn new(sample_rate: u32) -> Self {
        Self {
            sample_rate,
            onset_db: 12.0,
            release_db: 8.0,
            pause_ms: 300.0,
            min_ms: 80.0,
            max_ms: 3_000.0,
            lead_ms: 200.0,
        }
    }
}

/// One stretch of sound between two pauses.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// First sample of `samples` in the stream, counted from 0.
    pub start: u64,
    /// The lead, the sound and the pause after it, mono, full scale ±1.
    pub samples: Vec<f32>,
}

/// Level is measured over blocks of 10 ms.
const BLOCK_MS: f32 = 10.0;
/// Nothing below this counts as background: digital silence would make every hiss a word. dB of full scale.
const QUIETEST_DB: f32 = -65.0;
/// How fast the background level follows a louder background, dB a block: 3 dB a second.
const RISE_DB: f32 = 0.03;
/// Share by which the background level falls to a quieter block.
const FALL: f32 = 0.2;

/// Cuts a stream of samples into utterances.
///
/// Streaming contract: [`push`](Self::push) any number of samples, [`finish`](Self::finish) at the end of the stream,
/// [`reset`](Self::reset) to begin anew. The utterances do not depend on how the stream was cut into pushes, and
/// memory is bounded by the longest utterance.
#[derive(Clone, Debug)]
pub struct Segmenter {
    config: SegmenterConfig,
    block: usize,
    lead: usize,
    pause_blocks: usize,
    min_blocks: usize,
    max: usize,
    state: State,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// Samples from `start` on: the lead while quiet, the utterance so far while sounding.
    kept: Vec<f32>,
    start: u64,
    /// Samples at the end of `kept` not yet measured, less than a block.
    unmeasured: usize,
    background_db: Option<f32>,
    sounding: bool,
    loud_blocks: usize,
    quiet_blocks: usize,
}

impl Segmenter {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Segmenter`] names the field.
    pub fn new(config: &SegmenterConfig) -> Result<Self, Error> {
        let within = |field, got: f32, low: f32, high: f32, allowed| {
            if (low..=high).contains(&got) {
                Ok(())
            } else {
                Err(Error::Segmenter {
                    field,
                    got,
                    allowed,
                })
            }
        };
        let rate = config.sample_rate as f32;
        within("sample_rate", rate, 1_000.0, 768_000.0, "1000 to 768000 Hz")?;
        within("onset_db", config.onset_db, 1.0, 60.0, "1 to 60 dB")?;
        within(
            "release_db",
            config.release_db,
            0.0,
            config.onset_db,
            "0 dB to onset_db",
        )?;
        within(
            "pause_ms",
            config.pause_ms,
            20.0,
            10_000.0,
            "20 to 10000 ms",
        )?;
        within("max_ms", config.max_ms, 100.0, 60_000.0, "100 to 60000 ms")?;
        within(
            "min_ms",
            config.min_ms,
            10.0,
            config.max_ms,
            "10 ms to max_ms",
        )?;
        within("lead_ms", config.lead_ms, 0.0, 2_000.0, "0 to 2000 ms")?;
        let samples = |ms: f32| (rate * ms / 1_000.0) as usize;
        let blocks = |ms: f32| (ms / BLOCK_MS).ceil() as usize;
        Ok(Self {
            block: samples(BLOCK_MS),
            lead: samples(config.lead_ms),
            pause_blocks: blocks(config.pause_ms),
            min_blocks: blocks(config.min_ms),
            max: samples(config.max_ms),
            config: config.clone(),
            state: State::default(),
        })
    }

    /// Takes the next samples of the stream; appends each utterance that ended among them to `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<Utterance>) {
        let mut rest = samples;
        while !rest.is_empty() {
            let taken = rest.len().min(self.block - self.state.unmeasured);
            let (now, later) = rest.split_at(taken);
            self.state.kept.extend_from_slice(now);
            self.state.unmeasured += taken;
            if self.state.unmeasured == self.block {
                self.state.unmeasured = 0;
                self.end_of_block(out);
            }
            rest = later;
        }
    }

    /// The stream is over: appends the utterance that was still sounding, if any, and resets.
    pub fn finish(&mut self, out: &mut Vec<Utterance>) {
        if self.state.sounding {
            self.end_utterance(out);
        }
        self.reset();
    }

    /// As new.
    pub fn reset(&mut self) {
        self.state = State::default();
    }

    fn end_of_block(&mut self, out: &mut Vec<Utterance>) {
        let state = &mut self.state;
        let level = level_db(&state.kept[state.kept.len() - self.block..]);
        let background = state.background_db.unwrap_or(level).max(QUIETEST_DB);
        let above = level - background;
        state.background_db = Some(if above > 0.0 {
            background + RISE_DB.min(above)
        } else {
            background + FALL * above
        });
        if !state.sounding && above < self.config.onset_db {
            let surplus = state.kept.len().saturating_sub(self.lead);
            state.kept.drain(..surplus);
            state.start += surplus as u64;
            return;
        }
        state.sounding = true;
        if above < self.config.release_db {
            state.quiet_blocks += 1;
        } else {
            state.quiet_blocks = 0;
            state.loud_blocks += 1;
        }
        if state.quiet_blocks == self.pause_blocks || state.kept.len() >= self.max {
            self.end_utterance(out);
        }
    }

    fn end_utterance(&mut self, out: &mut Vec<Utterance>) {
        let state = &mut self.state;
        let samples = std::mem::take(&mut state.kept);
        let end = state.start + samples.len() as u64;
        if state.loud_blocks >= self.min_blocks {
            out.push(Utterance {
                start: state.start,
                samples,
            });
        }
        *state = State {
            start: end,
            background_db: state.background_db,
            ..State::default()
        };
    }
}

/// Mean power without the offset, dB of full scale.
fn level_db(block: &[f32]) -> f32 {
    let n = block.len() as f32;
    let mean = block.iter().sum::<f32>() / n;
    let power = block.iter().map(|s| (s - mean) * (s - mean)).sum::<f32>() / n;
    10.0 * power.max(1e-12).log10()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hiss with a tone at each of `words`, given as (start, length) in ms, at 8 kHz.
    fn stream(words: &[(usize, usize)], n_ms: usize) -> Vec<f32> {
        let mut noise = 1u32;
        let mut samples: Vec<f32> = (0..n_ms * 8)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((noise >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.002
            })
            .collect();
        for &(start, length) in words {
            for (i, sample) in samples[start * 8..(start + length) * 8]
                .iter_mut()
                .enumerate()
            {
                *sample += 0.2 * (0.5 * i as f32).sin();
            }
        }
        samples
    }

    fn cut(samples: &[f32], chunk: usize) -> Vec<Utterance> {
        let mut segmenter = Segmenter::new(&SegmenterConfig::new(8_000)).unwrap();
        let mut found = Vec::new();
        for chunk in samples.chunks(chunk) {
            segmenter.push(chunk, &mut found);
        }
        segmenter.finish(&mut found);
        found
    }

    #[test]
    fn finds_each_word_and_keeps_its_surroundings() {
        let found = cut(&stream(&[(1_000, 400), (2_500, 600)], 4_000), 1_000);
        assert_eq!(found.len(), 2);
        for (utterance, (start, length)) in found.iter().zip([(1_000, 400), (2_500, 600)]) {
            let begin = utterance.start as usize / 8;
            let end = begin + utterance.samples.len() / 8;
            assert!((start - 210..=start - 180).contains(&begin), "{begin}");
            assert!(
                (start + length + 290..=start + length + 320).contains(&end),
                "{end}"
            );
        }
    }

    #[test]
    fn a_click_is_no_word_and_a_word_at_the_end_is_not_lost() {
        let found = cut(&stream(&[(500, 30), (1_800, 200)], 2_000), 333);
        assert_eq!(found.len(), 1);
        assert!(found[0].start >= 1_500 * 8);
    }

    #[test]
    fn steady_sound_is_cut_and_becomes_background() {
        let found = cut(&stream(&[(1_000, 29_000)], 30_000), 4_000);
        assert!(found.iter().all(|u| u.samples.len() <= 3 * 8_000));
        assert!(
            found.len() < 8,
            "{} utterances of one steady tone",
            found.len()
        );
    }

    #[test]
    fn reset_equals_new() {
        let samples = stream(&[(400, 300)], 1_200);
        let mut segmenter = Segmenter::new(&SegmenterConfig::new(8_000)).unwrap();
        let mut found = Vec::new();
        segmenter.push(&samples[..5_001], &mut found);
        segmenter.reset();
        found.clear();
        segmenter.push(&samples, &mut found);
        segmenter.finish(&mut found);
        assert_eq!(found, cut(&samples, samples.len()));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn refuses_each_bad_setting() {
        let good = SegmenterConfig::new(16_000);
        let bad = [
            (
                "sample_rate",
                SegmenterConfig {
                    sample_rate: 0,
                    ..good.clone()
                },
            ),
            (
                "onset_db",
                SegmenterConfig {
                    onset_db: f32::NAN,
                    ..good.clone()
                },
            ),
            (
                "release_db",
                SegmenterConfig {
                    release_db: 13.0,
                    ..good.clone()
                },
            ),
            (
                "pause_ms",
                SegmenterConfig {
                    pause_ms: 0.0,
                    ..good.clone()
                },
            ),
            (
                "min_ms",
                SegmenterConfig {
                    min_ms: 4_000.0,
                    ..good.clone()
                },
            ),
            (
                "max_ms",
                SegmenterConfig {
                    max_ms: f32::INFINITY,
                    ..good.clone()
                },
            ),
            (
                "lead_ms",
                SegmenterConfig {
                    lead_ms: -1.0,
                    ..good.clone()
                },
            ),
        ];
        for (name, config) in bad {
            let error = Segmenter::new(&config).unwrap_err();
            assert!(
                matches!(error, Error::Segmenter { field, .. } if field == name),
                "{name}: {error}"
            );
        }
    }

    proptest! {
        #[test]
        fn chunking_does_not_matter(chunk in 1usize..3_000, start in 300usize..900, length in 50usize..900) {
            let samples = stream(&[(start, length), (2_000, 300)], 2_600);
            prop_assert_eq!(cut(&samples, chunk), cut(&samples, samples.len()));
        }
    }
}
