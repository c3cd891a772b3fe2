//! Levels of active sound.

use std::ops::Range;

/// Length of a frame, s.
pub(super) const FRAME_SECONDS: f64 = 0.032;
/// Active frames are at most so far below the active level: ITU-T P.56 (2011), 15.9 dB, as a ratio of powers.
const MARGIN: f64 = 0.025_703_957_827_688_63;
/// A word is heard where frames are at most so far below its level, 30 dB: hisses lie 20 dB below vowels.
const HEARD: f64 = 1e-3;
/// No louder than the last bit of 16: silence, as a power.
const SILENCE: f64 = 1.0 / (32_768.0 * 32_768.0);

/// Powers and peaks of a background's frames, as it goes by: 250 bytes a second.
#[derive(Clone, Debug)]
pub struct Survey {
    pub(super) powers: Vec<f32>,
    pub(super) peaks: Vec<f32>,
    frame_samples: f64,
    n_seen: u64,
    sum: f64,
    n_sum: u64,
    peak: f32,
}

impl Survey {
    /// Of a stream at `sample_rate` Hz.
    pub fn new(sample_rate: u32) -> Self {
        Self {
            powers: Vec::new(),
            peaks: Vec::new(),
            frame_samples: f64::from(sample_rate) * FRAME_SECONDS,
            n_seen: 0,
            sum: 0.0,
            n_sum: 0,
            peak: 0.0,
        }
    }

    /// Looks at the next samples, in blocks of any length.
    pub fn push(&mut self, samples: &[f32]) {
        for &x in samples {
            self.sum += f64::from(x) * f64::from(x);
            self.peak = self.peak.max(x.abs());
            self.n_sum += 1;
            self.n_seen += 1;
            if self.n_seen as f64 >= (self.powers.len() + 1) as f64 * self.frame_samples {
                self.close();
            }
        }
    }

    /// Closes the last frame.
    pub fn finish(&mut self) {
        if self.n_sum > 0 {
            self.close();
        }
    }

    fn close(&mut self) {
        self.powers.push((self.sum / self.n_sum as f64) as f32);
        self.peaks.push(self.peak);
        (self.sum, self.n_sum, self.peak) = (0.0, 0, 0.0);
    }

    /// Power and peak of a frame; of none, 0.
    pub(super) fn frame(&self, i: usize) -> (f32, f32) {
        let at = |values: &[f32]| values.get(i).copied().unwrap_or(0.0);
        (at(&self.powers), at(&self.peaks))
    }
}

/// What of a word's sound a mix must know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WordShape {
    /// Its length.
    pub n_samples: u64,
    /// Mean power of its active frames.
    pub power: f64,
    /// Greatest absolute sample.
    pub peak: f32,
    /// Where it is heard, samples: from the first to the last frame at most 30 dB below its level.
    pub voiced: Range<u64>,
}

impl WordShape {
    /// Measures a clip; `None` if it is silent.
    pub fn of(samples: &[f32], sample_rate: u32) -> Option<Self> {
        let mut survey = Survey::new(sample_rate);
        survey.push(samples);
        survey.finish();
        let power = active_power(&survey.powers)?;
        let is_heard = |&frame: &f32| f64::from(frame) >= HEARD * power;
        let first = survey.powers.iter().position(is_heard)?;
        let last = survey.powers.iter().rposition(is_heard)?;
        let n_samples = samples.len() as u64;
        let at =
            |frame: usize| ((frame as f64 * survey.frame_samples).ceil() as u64).min(n_samples);
        Some(Self {
            n_samples,
            power,
            peak: survey.peaks.iter().copied().fold(0.0, f32::max),
            voiced: at(first)..at(last + 1),
        })
    }
}

/// The active level of frames: the mean power of those that lie at most 15.9 dB below it. `None` if all are silent.
pub(super) fn active_power(powers: &[f32]) -> Option<f64> {
    let mean_above = |least: f64| {
        let active = powers.iter().map(|&p| f64::from(p)).filter(|&p| p >= least);
        let (sum, n) = active.fold((0.0, 0usize), |(sum, n), p| (sum + p, n + 1));
        (n > 0).then(|| sum / n as f64)
    };
    // Every step leaves out more of the quiet and so rises, until it leaves out no more.
    let mut level = mean_above(0.0)?;
    loop {
        let next = mean_above(MARGIN * level)?;
        if next <= level {
            return (level > SILENCE).then_some(level);
        }
        level = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(n: usize, amplitude: f32) -> impl Iterator<Item = f32> {
        (0..n).map(move |i| amplitude * (i as f32 * 0.37).sin())
    }

    #[test]
    fn pauses_do_not_count() {
        let mut samples: Vec<f32> = tone(8_000, 0.2).collect();
        samples.extend([0.0; 24_000]);
        let shape = WordShape::of(&samples, 16_000).unwrap();
        assert!((shape.power - 0.02).abs() < 0.0008, "{}", shape.power);
        assert!(shape.voiced.start == 0 && (8_000..=8_192).contains(&shape.voiced.end));
        assert!((shape.peak - 0.2).abs() < 1e-3);
        assert_eq!(WordShape::of(&[0.0; 16_000], 16_000), None);
        assert_eq!(WordShape::of(&[], 16_000), None);
    }

    #[test]
    fn a_weak_hiss_belongs_to_the_word() {
        let mut samples = vec![1e-4; 3_200];
        samples.extend(tone(4_800, 0.3));
        samples.extend(tone(3_200, 0.02));
        samples.extend([1e-4; 3_200]);
        let shape = WordShape::of(&samples, 16_000).unwrap();
        assert!((2_560..=3_200).contains(&shape.voiced.start), "{shape:?}");
        assert!((11_200..=11_776).contains(&shape.voiced.end), "{shape:?}");
    }

    #[test]
    fn blocks_of_any_length_give_the_same() {
        let samples: Vec<f32> = tone(10_000, 0.1).collect();
        let survey = |n: usize| {
            let mut survey = Survey::new(11_025);
            samples.chunks(n).for_each(|block| survey.push(block));
            survey.finish();
            (survey.powers, survey.peaks)
        };
        assert_eq!(survey(7), survey(10_000));
        // 352.8 samples a frame: 28 whole ones and a rest.
        assert_eq!(survey(7).0.len(), 29);
    }
}
