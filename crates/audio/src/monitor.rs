//! A live stream watched while it comes in: level, clipping, digital silence, and the clock.

use std::time::Duration;

use crate::health::{CLIPPED_PER_SECOND, Health, Level, Rate, Remark};

/// Sample values from here on are full scale: what a converter gives when it can give no more.
const FULL_SCALE: f32 = 0.999;
/// Shorter runs at full scale are peaks that just fit.
const MIN_CLIPPED: u64 = 3;
/// Seconds without clipping after which it is remarked upon again.
const QUIET_SECONDS: u64 = 10;
/// Seconds of one and the same value that no open microphone gives.
const SILENT_SECONDS: u64 = 3;
/// What has gathered before the first read comes all at once, and would look like a fast clock.
const SETTLE: Duration = Duration::from_millis(250);
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
