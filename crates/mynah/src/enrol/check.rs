//! Whether a recording is fit to be learnt from, and where in it the keyword is.

use std::fmt;
use std::ops::Range;

/// What is wrong with a recording, with the remedy.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// A NaN or an infinity at this sample.
    NotFinite {
        /// Index of the sample.
        index: usize,
    },
    /// Nothing but zeros.
    Silent,
    /// Nothing stands out from the background.
    Even,
    /// What sounds is too short for a word, s.
    Short {
        /// How long it sounds.
        seconds: f32,
    },
    /// What sounds is too long for a keyword, s.
    Long {
        /// How long it sounds.
        seconds: f32,
    },
    /// Much more sounds in it than one word.
    Several,
    /// It is nearer to other speech than to the other recordings.
    Unlike,
    /// It is farther from the others than they are from one another.
    Odd {
        /// So many times as far (squared distances).
        times: f32,
    },
    /// Its samples are those of a recording before it.
    Again,
    /// Its loudest sample, dB of full scale.
    Quiet {
        /// The level.
        peak_db: f32,
    },
    /// Samples at full scale.
    Clipped {
        /// How many.
        n_samples: usize,
    },
}

impl Fault {
    /// Whether nothing can be learnt from the recording; otherwise it is used, and might be better.
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self,
            Self::Odd { .. } | Self::Quiet { .. } | Self::Clipped { .. }
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { index } => write!(
                f,
                "sample {index} is not a finite number; the recording is damaged, make it again"
            ),
            Self::Silent => write!(
                f,
                "there is no sound in it; check that the microphone is switched on and chosen, and record it again"
            ),
            Self::Even => write!(
                f,
                "nothing stands out from the background; speak closer to the microphone, or where it is quieter"
            ),
            Self::Short { seconds } => write!(
                f,
                "the sound in it lasts {seconds:.2} s, too short for a word; record it again, with a moment of silence before and \
                 after"
            ),
            Self::Long { seconds } => write!(
                f,
                "the sound in it lasts {seconds:.1} s; say the keyword alone and nothing else"
            ),
            Self::Several => write!(
                f,
                "more is said in it than one keyword; make a recording of each time it is said, with nothing else in it"
            ),
            Self::Unlike => write!(
                f,
                "unlike the others; was another word said by chance? Listen to it, and record it again"
            ),
            Self::Odd { times } => write!(
                f,
                "{times:.1} times as far from the others as they are from one another; was another word said by chance? Listen to it, \
                 and leave it out if so"
            ),
            Self::Again => write!(
                f,
                "the same recording as one before it; say the keyword once more and record that"
            ),
            Self::Quiet { peak_db } => write!(
                f,
                "very quiet, {peak_db:.0} dB of full scale at its loudest; speak closer, or turn the microphone up"
            ),
            Self::Clipped { n_samples } => write!(
                f,
                "too loud, {n_samples} samples are cut off at full scale; speak less close, or turn the microphone down"
            ),
        }
    }
}

/// Quieter is worth a remark, dB of full scale.
const QUIET_DB: f32 = -40.0;
/// Of a word, from here on it counts as clipped.
const N_CLIPPED: usize = 10;
const FULL_SCALE: f32 = 0.999;

/// The faults that show in the samples alone.
pub(super) fn check_samples(samples: &[f32]) -> Vec<Fault> {
    if let Some(index) = samples.iter().position(|x| !x.is_finite()) {
        return vec![Fault::NotFinite { index }];
    }
    let peak = samples.iter().fold(0f32, |peak, x| peak.max(x.abs()));
    if peak == 0.0 {
        return vec![Fault::Silent];
    }
    let mut faults = Vec::new();
    let peak_db = 20.0 * peak.log10();
    if peak_db < QUIET_DB {
        faults.push(Fault::Quiet { peak_db });
    }
    let n_samples = samples.iter().filter(|x| x.abs() >= FULL_SCALE).count();
    if n_samples >= N_CLIPPED {
        faults.push(Fault::Clipped { n_samples });
    }
    faults
}

/// Where in the loudness of a clip, one value a frame, nepers of mean energy, the keyword is.
pub(super) struct Trim {
    /// Frames a second.
    pub frame_rate: f32,
}

/// Share of the way from floor to peak that a frame must rise to sound, and how far below the peak it may lie at most, nepers: where
/// a recording begins or ends in nothing at all, its floor says little of the noise that the word is heard above.
const THRESHOLD: f32 = 0.35;
const BELOW_PEAK: f32 = 2.0;
/// Frames over which loudness is averaged.
const SMOOTHED: usize = 5;
const FLOOR_QUANTILE: f32 = 0.05;
/// What is exceeded for so long is the peak, s, or in a fifth of a short recording: a click is none.
const LOUD_FOR: f32 = 0.1;
/// Least distance of peak and floor, nepers; steady noise varies by less than half of it.
const STANDS_OUT: f32 = 1.2;
/// What varies more than this is not steady; if it is shorter than so many seconds, it is a word that was cut out.
const VARIES: f32 = 0.6;
const CUT_OUT: f32 = 1.0;
/// What sounds beside the word, as a share of it, from which on the recording is of more than one.
const BESIDE: f32 = 0.4;
/// Gaps no longer are within the keyword, s.
const GAP: f32 = 0.22;
/// Frames kept on each side.
const MARGIN: usize = 2;
/// Lengths of a keyword, s.
const SHORTEST: f32 = 0.12;
const LONGEST: f32 = 2.5;

impl Trim {
    /// The frames of the stretch that sounds most.
    ///
    /// # Errors
    /// [`Fault::Even`], [`Fault::Short`], [`Fault::Long`], [`Fault::Several`].
    pub fn word(&self, loudness: &[f32]) -> Result<Range<usize>, Fault> {
        let loudness = &smoothed(loudness);
        let mut sorted = loudness.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        let at = |share: f32| sorted[((sorted.len() - 1) as f32 * share).round() as usize];
        let n_loud = ((LOUD_FOR * self.frame_rate) as usize).min(sorted.len() / 5);
        let (floor, peak) = (at(FLOOR_QUANTILE), sorted[sorted.len() - 1 - n_loud]);
        if peak - floor < STANDS_OUT {
            let seconds = loudness.len() as f32 / self.frame_rate;
            let is_cut = peak - floor > VARIES && (SHORTEST..CUT_OUT).contains(&seconds);
            return is_cut.then_some(0..loudness.len()).ok_or(Fault::Even);
        }
        let threshold = (floor + THRESHOLD * (peak - floor)).max(peak - BELOW_PEAK);
        let gap = (GAP * self.frame_rate) as usize;
        let mut runs: Vec<Range<usize>> = Vec::new();
        for t in (0..loudness.len()).filter(|&t| loudness[t] > threshold) {
            match runs.last_mut() {
                Some(run) if t - run.end <= gap => run.end = t + 1,
                _ => runs.push(t..t + 1),
            }
        }
        let sounds = |run: &Range<usize>| -> f32 {
            let above = loudness[run.clone()].iter().map(|x| x - threshold);
            above.filter(|x| *x > 0.0).sum()
        };
        let total: f32 = runs.iter().map(sounds).sum();
        let run = runs
            .into_iter()
            .max_by(|a, b| sounds(a).total_cmp(&sounds(b)))
            .ok_or(Fault::Even)?;
        let seconds = run.len() as f32 / self.frame_rate;
        if seconds < SHORTEST {
            return Err(Fault::Short { seconds });
        }
        if seconds > LONGEST {
            return Err(Fault::Long { seconds });
        }
        let word = sounds(&run);
        if total - word > BESIDE * word {
            return Err(Fault::Several);
        }
        Ok(run.start.saturating_sub(MARGIN)..(run.end + MARGIN).min(loudness.len()))
    }
}

/// The mean of each value and its neighbours; at the ends of fewer.
fn smoothed(values: &[f32]) -> Vec<f32> {
    let mean = |i: usize| {
        let near =
            &values[i.saturating_sub(SMOOTHED / 2)..(i + SMOOTHED / 2 + 1).min(values.len())];
        near.iter().sum::<f32>() / near.len() as f32
    };
    (0..values.len()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIM: Trim = Trim { frame_rate: 100.0 };

    fn loud(parts: &[[usize; 2]]) -> Vec<f32> {
        let mut loudness = vec![-10.0; 400];
        parts
            .iter()
            .for_each(|part| loudness[part[0]..part[1]].fill(0.0));
        loudness
    }

    #[test]
    fn the_stretch_that_sounds_most_is_the_word() {
        // A click, then a word of two parts, then a cough far behind.
        let loudness = loud(&[[20, 24], [100, 130], [145, 170], [300, 315]]);
        assert_eq!(TRIM.word(&loudness), Ok(100..170));
    }

    #[test]
    fn a_click_is_no_peak() {
        let mut loudness = vec![-10.0; 150];
        loudness[20..90].fill(-3.0);
        loudness[130..135].fill(5.0);
        assert_eq!(TRIM.word(&loudness), Ok(19..91));
    }

    #[test]
    fn a_word_that_was_cut_out_is_taken_whole() {
        let ramp = |n: usize| -> Vec<f32> { (0..n).map(|t| t as f32 / n as f32).collect() };
        assert_eq!(TRIM.word(&ramp(50)), Ok(0..50));
        assert_eq!(TRIM.word(&ramp(200)), Err(Fault::Even));
        assert_eq!(TRIM.word(&[-3.0; 50]), Err(Fault::Even));
    }

    #[test]
    fn says_what_is_no_word() {
        assert_eq!(TRIM.word(&[-3.0; 100]), Err(Fault::Even));
        assert_eq!(
            TRIM.word(&loud(&[[50, 61]])),
            Err(Fault::Short { seconds: 0.11 })
        );
        assert_eq!(
            TRIM.word(&loud(&[[50, 100], [150, 200], [250, 300]])),
            Err(Fault::Several)
        );
        assert_eq!(
            TRIM.word(&loud(&[[20, 300]])),
            Err(Fault::Long { seconds: 2.76 })
        );
    }

    #[test]
    fn faults_of_the_samples() {
        let tone = |level: f32| {
            (0..1_000)
                .map(|i| level * (i as f32 * 0.3).sin())
                .collect::<Vec<_>>()
        };
        assert_eq!(check_samples(&tone(0.5)), []);
        assert_eq!(check_samples(&[0.0; 100]), [Fault::Silent]);
        assert!(matches!(
            check_samples(&tone(0.005))[..],
            [Fault::Quiet { .. }]
        ));
        let clipped: Vec<f32> = tone(3.0).iter().map(|x| x.clamp(-1.0, 1.0)).collect();
        assert!(
            matches!(check_samples(&clipped)[..], [Fault::Clipped { n_samples }] if n_samples > 500)
        );
        let mut damaged = tone(0.5);
        damaged[7] = f32::NAN;
        assert_eq!(check_samples(&damaged), [Fault::NotFinite { index: 7 }]);
        assert!(Fault::Unlike.is_fatal() && !Fault::Quiet { peak_db: -50.0 }.is_fatal());
    }
}
