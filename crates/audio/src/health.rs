//! What a live stream looks like while it comes in: level, clipping, digital silence, and the clock.

use std::fmt;
use std::time::Duration;

/// Sample values from here on are full scale: what a converter gives when it can give no more.
const FULL_SCALE: f32 = 0.999;
/// Shorter runs at full scale are peaks that just fit.
const MIN_CLIPPED: u64 = 3;
/// Clipped samples in a second that are worth a remark; fewer are one plosive too near.
const CLIPPED_PER_SECOND: u64 = 20;
/// Seconds without clipping after which it is remarked upon again.
const QUIET_SECONDS: u64 = 10;
/// Seconds of one and the same value that no open microphone gives.
const SILENT_SECONDS: u64 = 3;
/// Share of a recording of one and the same value that is no recording.
const CONSTANT_SHARE: f64 = 0.5;
/// Below this an ordinary room is hardly heard, dB of full scale.
const QUIETEST_DB: f32 = -75.0;
/// An offset that takes room from the sound, full scale ±1.
const MOST_OFFSET: f32 = 0.05;
/// What has gathered before the first read comes all at once, and would look like a fast clock.
const SETTLE: Duration = Duration::from_millis(250);
/// A clock so far off has another rate than the one it declares; pitch and tempo of a voice vary more.
const RATE_TOLERANCE: f64 = 0.02;
/// Before this much time a clock is not judged.
const RATE_SPAN: Duration = Duration::from_secs(10);
/// Levels are measured over so many blocks a second.
const BLOCKS_PER_SECOND: u32 = 10;

/// Watches samples as they arrive. Pure: it is told the time.
///
/// - `push` any number of samples with the time on a clock that never goes back; how they are cut
///   into pushes changes nothing but what is known of the rate. `reset` forgets everything.
/// - Nothing is allocated but by the caller's `Vec` of remarks.
///
/// ```
/// use std::time::Duration;
/// use mynah_audio::{Monitor, Remark};
///
/// let mut monitor = Monitor::new(16_000);
/// let mut remarks = Vec::new();
/// for i in 1..=40 {
///     monitor.push(&[0.0; 1_600], Duration::from_millis(100 * i), &mut remarks);
/// }
/// assert_eq!(remarks, [Remark::Silent { seconds: 3.0 }]);
/// assert_eq!(monitor.health().rate.unwrap().per_second.round(), 16_000.0);
/// ```
#[derive(Clone, Debug)]
pub struct Monitor {
    sample_rate: u32,
    state: State,
}

#[derive(Clone, Debug, Default)]
struct State {
    all: Sums,
    block: Sums,
    level: Level,
    last: f32,
    /// Samples in a row of the value `last`.
    n_equal: u64,
    longest_equal: u64,
    is_silent: bool,
    /// Samples in a row at full scale.
    n_full: u64,
    n_clipped: u64,
    /// Clipped samples in the second that runs, and its samples.
    second: [u64; 2],
    /// Seconds since clipping was last heard, once it was remarked upon.
    since_clipping: Option<u64>,
    begin: Option<Duration>,
    /// Time and samples when the clock began to be measured.
    anchor: Option<(Duration, u64)>,
    latest: (Duration, u64),
    largest_push: u64,
    rate_is_told: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n: u64,
    sum: f64,
    squares: f64,
    peak: f32,
}

impl Sums {
    fn add(&mut self, sample: f32) {
        self.n += 1;
        self.sum += f64::from(sample);
        self.squares += f64::from(sample) * f64::from(sample);
        self.peak = self.peak.max(sample.abs());
    }

    fn mean(&self) -> f64 {
        self.sum / self.n.max(1) as f64
    }

    fn level(&self) -> Level {
        let power = self.squares / self.n.max(1) as f64 - self.mean() * self.mean();
        Level {
            peak_db: 20.0 * self.peak.max(1e-6).log10(),
            rms_db: 10.0 * power.max(1e-12).log10() as f32,
        }
    }
}

/// How loud sound is, in dB of full scale (0 dB is a sample of ±1); never below −120.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The greatest magnitude.
    pub peak_db: f32,
    /// The root mean square, without the offset.
    pub rms_db: f32,
}

impl Default for Level {
    fn default() -> Self {
        Sums::default().level()
    }
}

/// Samples a second by the listener's own clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Samples a second, in Hz.
    pub per_second: f64,
    /// How far off that may be, in Hz: sound comes in blocks, and the first and the last may be early or late by one.
    pub uncertainty: f64,
}

/// What a stream has looked like since its beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// Samples a second as declared, in Hz.
    pub declared_rate: u32,
    /// Samples heard.
    pub n_samples: u64,
    /// Over all of them.
    pub level: Level,
    /// The mean of all samples, full scale ±1: what is left of it is an offset.
    pub dc: f32,
    /// Samples in runs of three and more at full scale.
    pub n_clipped: u64,
    /// The longest time of one and the same value, in seconds.
    pub constant_seconds: f64,
    /// What the clock is found to be; `None` before half a second.
    pub rate: Option<Rate>,
}

impl Health {
    /// What is wrong with the stream as a whole, after a second or more of an ordinary room.
    pub fn faults(&self) -> Vec<Remark> {
        let mut faults = Vec::new();
        let all = self.n_samples as f64 / f64::from(self.declared_rate);
        if self.constant_seconds >= CONSTANT_SHARE * all {
            let seconds = self.constant_seconds;
            faults.push(Remark::Silent { seconds });
        } else if self.level.rms_db < QUIETEST_DB {
            let rms_db = self.level.rms_db;
            faults.push(Remark::Quiet { rms_db });
        }
        if self.n_clipped >= CLIPPED_PER_SECOND {
            let n_samples = self.n_clipped;
            faults.push(Remark::Clipping { n_samples });
        }
        if self.dc.abs() > MOST_OFFSET {
            faults.push(Remark::Offset { dc: self.dc });
        }
        faults.extend(self.rate.and_then(|rate| rate.fault(self.declared_rate)));
        faults
    }
}

impl Rate {
    fn fault(self, declared: u32) -> Option<Remark> {
        let off = (self.per_second - f64::from(declared)).abs();
        let is_off = off > RATE_TOLERANCE * f64::from(declared) + self.uncertainty;
        is_off.then_some(Remark::OtherRate {
            measured: self.per_second,
            declared,
        })
    }
}

/// Something a listener should be told.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Remark {
    /// One and the same value for so long: no open microphone is so still.
    Silent {
        /// Seconds so far.
        seconds: f64,
    },
    /// There is sound again.
    SoundAgain {
        /// Seconds that were silent.
        seconds: f64,
    },
    /// Hardly more than the noise of a converter.
    Quiet {
        /// Root mean square, dB of full scale.
        rms_db: f32,
    },
    /// Louder than the converter can tell.
    Clipping {
        /// Samples at full scale within a second.
        n_samples: u64,
    },
    /// The samples stand aside of zero.
    Offset {
        /// Their mean, full scale ±1.
        dc: f32,
    },
    /// More or fewer samples a second than declared.
    OtherRate {
        /// Samples a second as measured, in Hz.
        measured: f64,
        /// The rate declared, in Hz.
        declared: u32,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Silent { seconds } => write!(
                f,
                "digital silence for {seconds:.0} s; is the microphone muted, unplugged, or another one meant?"
            ),
            Remark::SoundAgain { seconds } => {
                write!(f, "there is sound again, after {seconds:.0} s of silence")
            }
            Remark::Clipping { n_samples } => write!(
                f,
                "the sound clips ({n_samples} samples at full scale in a second); turn the microphone down or go farther away"
            ),
            Remark::Quiet { rms_db } => write!(
                f,
                "very quiet ({rms_db:.0} dB of full scale); turn the microphone up (on Linux with alsamixer or pavucontrol)"
            ),
            Remark::Offset { dc } => write!(
                f,
                "the samples stand {:.0} % of full scale aside of zero; another input or a better cable may not",
                100.0 * dc
            ),
            Remark::OtherRate { measured, declared } => write!(
                f,
                "{measured:.0} samples a second arrive where {declared} are declared; words sound {} than they were said",
                if *measured < f64::from(*declared) {
                    "faster and higher"
                } else {
                    "slower and lower"
                }
            ),
        }
    }
}

impl Monitor {
    /// Of a stream that declares this many samples a second, in Hz.
    pub fn new(sample_rate: u32) -> Self {
        Monitor {
            sample_rate: sample_rate.max(1),
            state: State::default(),
        }
    }

    /// Takes samples that were there at the time `at`, and appends what is to be said of them.
    pub fn push(&mut self, samples: &[f32], at: Duration, remarks: &mut Vec<Remark>) {
        for &sample in samples {
            self.hear(sample, remarks);
        }
        self.count(samples.len() as u64, at);
        if !self.state.rate_is_told
            && let Some(rate) = self.rate(RATE_SPAN)
            && let Some(fault) = rate.fault(self.sample_rate)
        {
            self.state.rate_is_told = true;
            remarks.push(fault);
        }
    }

    /// As new.
    pub fn reset(&mut self) {
        self.state = State::default();
    }

    /// Of the last tenth of a second that is complete.
    pub fn level(&self) -> Level {
        self.state.level
    }

    /// Everything so far.
    pub fn health(&self) -> Health {
        let state = &self.state;
        Health {
            declared_rate: self.sample_rate,
            n_samples: state.all.n,
            level: state.all.level(),
            dc: state.all.mean() as f32,
            n_clipped: state.n_clipped,
            constant_seconds: state.longest_equal as f64 / f64::from(self.sample_rate),
            rate: self.rate(2 * SETTLE),
        }
    }

    fn hear(&mut self, sample: f32, remarks: &mut Vec<Remark>) {
        let rate = u64::from(self.sample_rate);
        let seconds = |samples: u64| samples as f64 / rate as f64;
        let state = &mut self.state;
        state.all.add(sample);
        state.block.add(sample);
        if state.block.n == (rate / u64::from(BLOCKS_PER_SECOND)).max(1) {
            state.level = std::mem::take(&mut state.block).level();
        }

        if sample == state.last {
            state.n_equal += 1;
            if state.n_equal == SILENT_SECONDS * rate {
                state.is_silent = true;
                remarks.push(Remark::Silent {
                    seconds: seconds(state.n_equal),
                });
            }
        } else {
            if std::mem::take(&mut state.is_silent) {
                remarks.push(Remark::SoundAgain {
                    seconds: seconds(state.n_equal),
                });
            }
            state.last = sample;
            state.n_equal = 1;
        }
        state.longest_equal = state.longest_equal.max(state.n_equal);

        let [n_clipped, n] = &mut state.second;
        *n += 1;
        if sample.abs() >= FULL_SCALE {
            state.n_full += 1;
            let newly = match state.n_full {
                MIN_CLIPPED => MIN_CLIPPED,
                n if n > MIN_CLIPPED => 1,
                _ => 0,
            };
            *n_clipped += newly;
            state.n_clipped += newly;
        } else {
            state.n_full = 0;
        }
        if *n == rate {
            let [n_clipped, _] = std::mem::take(&mut state.second);
            let is_clipping = n_clipped >= CLIPPED_PER_SECOND;
            if is_clipping && state.since_clipping.is_none() {
                remarks.push(Remark::Clipping {
                    n_samples: n_clipped,
                });
            }
            state.since_clipping = match (is_clipping, state.since_clipping) {
                (true, _) => Some(0),
                (false, Some(quiet)) if quiet < QUIET_SECONDS => Some(quiet + 1),
                (false, _) => None,
            };
        }
    }

    fn count(&mut self, n: u64, at: Duration) {
        let state = &mut self.state;
        let begin = *state.begin.get_or_insert(at);
        let n_heard = state.latest.1 + n;
        state.latest = (at, n_heard);
        if at.saturating_sub(begin) < SETTLE {
            return;
        }
        match state.anchor {
            None => state.anchor = Some(state.latest),
            Some(_) => state.largest_push = state.largest_push.max(n),
        }
    }

    fn rate(&self, span: Duration) -> Option<Rate> {
        let (begin, n_begin) = self.state.anchor?;
        let (at, n) = self.state.latest;
        let elapsed = at.checked_sub(begin).filter(|&elapsed| elapsed >= span)?;
        let seconds = elapsed.as_secs_f64();
        Some(Rate {
            per_second: (n - n_begin) as f64 / seconds,
            uncertainty: self.state.largest_push as f64 / seconds,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of this amplitude about an offset, at 8 kHz, never twice the same value.
    fn tone(amplitude: f32, offset: f32, n: usize) -> Vec<f32> {
        let wave = |i: usize| amplitude * (i as f32 * 0.7).sin() + offset;
        (0..n).map(wave).collect()
    }

    /// Pushes in blocks of 20 ms on a clock that runs `speed` times as fast as declared.
    fn watch(samples: &[f32], speed: f64) -> (Monitor, Vec<Remark>) {
        let (mut monitor, mut remarks) = (Monitor::new(8_000), Vec::new());
        for (i, block) in samples.chunks(160).enumerate() {
            let at = Duration::from_secs_f64(0.02 * (i + 1) as f64 / speed);
            monitor.push(block, at, &mut remarks);
        }
        (monitor, remarks)
    }

    #[test]
    fn levels_are_those_of_a_sine() {
        let (monitor, remarks) = watch(&tone(0.5, 0.1, 16_000), 1.0);
        assert_eq!(remarks, []);
        let Health { level, dc, .. } = monitor.health();
        assert!(
            (level.peak_db - 20.0 * 0.6f32.log10()).abs() < 0.05,
            "{level:?}"
        );
        assert!(
            (level.rms_db - 10.0 * 0.125f32.log10()).abs() < 0.05,
            "{level:?}"
        );
        assert!((dc - 0.1).abs() < 1e-3);
        assert!((monitor.level().rms_db - level.rms_db).abs() < 0.1);
        assert_eq!(Monitor::new(8_000).level().peak_db, -120.0);
    }

    #[test]
    fn silence_is_told_once_and_so_is_its_end() {
        let sound = tone(0.1, 0.0, 8_000);
        let samples = [sound.clone(), vec![0.25; 40_000], sound].concat();
        let (monitor, remarks) = watch(&samples, 1.0);
        assert_eq!(
            remarks,
            [
                Remark::Silent { seconds: 3.0 },
                Remark::SoundAgain { seconds: 5.0 }
            ]
        );
        assert_eq!(monitor.health().constant_seconds, 5.0);
    }

    #[test]
    fn clipping_is_told_again_only_after_a_rest() {
        let loud: Vec<f32> = tone(4.0, 0.0, 8_000)
            .iter()
            .map(|s| s.clamp(-1.0, 1.0))
            .collect();
        let n_full = |samples: &[f32]| -> u64 {
            let runs = samples.split(|s| s.abs() < FULL_SCALE).map(<[f32]>::len);
            runs.filter(|&n| n >= 3).sum::<usize>() as u64
        };
        let n_samples = n_full(&loud);
        assert!(n_samples > 1_000);
        let rest = tone(0.1, 0.0, 15 * 8_000);
        let (monitor, remarks) = watch(&[&loud[..], &loud, &rest, &loud].concat(), 1.0);
        assert_eq!(remarks.len(), 2);
        assert_eq!(remarks[0], Remark::Clipping { n_samples });
        assert!(monitor.health().n_clipped.abs_diff(3 * n_samples) < 6);
        // Peaks that just fit are no clipping.
        let mut peaks = tone(0.1, 0.0, 8_000);
        peaks.iter_mut().step_by(50).for_each(|s| *s = 1.0);
        let (monitor, remarks) = watch(&peaks, 1.0);
        assert_eq!((remarks.len(), monitor.health().n_clipped), (0, 0));
    }

    #[test]
    fn a_recording_is_judged_as_a_whole() {
        let faults = |samples: &[f32], speed| watch(samples, speed).0.health().faults();
        let sound = tone(0.1, 0.0, 16_000);
        assert_eq!(faults(&sound, 1.0), []);
        let silent = faults(&vec![0.0; 16_000], 1.0);
        assert_eq!(silent, [Remark::Silent { seconds: 2.0 }]);
        let quiet = faults(&tone(1e-4, 0.0, 16_000), 1.0);
        assert!(
            matches!(quiet[..], [Remark::Quiet { rms_db }] if rms_db < -80.0),
            "{quiet:?}"
        );
        let aside = faults(&tone(0.1, -0.2, 16_000), 1.0);
        assert!(matches!(aside[..], [Remark::Offset { dc }] if (dc + 0.2).abs() < 1e-3));
        let fast = faults(&sound, 1.1);
        assert!(
            matches!(
                fast[..],
                [Remark::OtherRate {
                    declared: 8_000,
                    ..
                }]
            ),
            "{fast:?}"
        );
        let loud: Vec<f32> = tone(3.0, 0.0, 16_000)
            .iter()
            .map(|s| s.clamp(-1.0, 1.0))
            .collect();
        assert!(matches!(faults(&loud, 1.0)[..], [Remark::Clipping { .. }]));
        // Each says what to do.
        for remark in [silent, quiet, aside, fast].concat() {
            assert!(remark.to_string().len() > 40, "{remark}");
        }
    }

    #[test]
    fn the_clock_is_measured_and_told_where_it_is_off() {
        let sound = tone(0.1, 0.0, 20 * 8_000);
        for (speed, is_told) in [(1.0, false), (1.003, false), (0.97, true), (1.5, true)] {
            let (monitor, remarks) = watch(&sound, speed);
            let rate = monitor.health().rate.unwrap();
            assert!((rate.per_second - 8_000.0 * speed).abs() < 1.0, "{rate:?}");
            assert!(rate.uncertainty < 20.0);
            assert_eq!(remarks.len(), usize::from(is_told), "{speed}: {remarks:?}");
        }
    }

    #[test]
    fn a_burst_at_the_beginning_is_no_fast_clock() {
        let (mut monitor, mut remarks) = (Monitor::new(8_000), Vec::new());
        monitor.push(
            &tone(0.1, 0.0, 16_000),
            Duration::from_millis(5),
            &mut remarks,
        );
        for i in 1..=600 {
            monitor.push(
                &tone(0.1, 0.0, 160),
                Duration::from_millis(20 * i),
                &mut remarks,
            );
        }
        assert_eq!(remarks, []);
        monitor.reset();
        assert_eq!(monitor.health().n_samples, 0);
    }
}
