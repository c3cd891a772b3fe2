//! How fast samples come out of a pipe: a live one should keep the pace that it declares.

use std::time::Duration;

use crate::Remark;

/// Time over which samples are counted together; what records into a pipe writes up to half a second at once.
const WINDOW: Duration = Duration::from_secs(5);
/// So many windows in a row that agree are a clock.
const N_WINDOWS: usize = 4;
/// How far they may lie apart.
const AGREEMENT: f64 = 0.2;
/// Beyond this the rate is another one.
const TOLERANCE: f64 = 0.15;
/// A recording that is read from a file comes much faster, and a stopped one does not come.
const LIVE: std::ops::Range<f64> = 0.1..8.0;

/// Watches when the samples of a pipe arrive. Nothing is said of a recording, which comes as fast as it is read, nor of a
/// stream that pauses: only of one that keeps an even pace for 20 s which is not the one declared.
#[derive(Clone, Debug)]
pub struct Pace {
    declared: u32,
    begin: Option<Duration>,
    n: u64,
    /// Samples a second in the latest windows.
    rates: [f64; N_WINDOWS],
    n_rates: usize,
    is_told: bool,
}

impl Pace {
    /// Of a pipe that declares this many samples a second, in Hz.
    pub fn new(sample_rate: u32) -> Self {
        Pace {
            declared: sample_rate,
            begin: None,
            n: 0,
            rates: [0.0; N_WINDOWS],
            n_rates: 0,
            is_told: false,
        }
    }

    /// Counts samples that came at the time `at`, on a clock that never goes back; says so once if they are not as many
    /// as declared.
    pub fn push(&mut self, n_samples: usize, at: Duration) -> Option<Remark> {
        let begin = *self.begin.get_or_insert(at);
        let elapsed = at.saturating_sub(begin);
        if elapsed >= WINDOW {
            self.rates[self.n_rates % N_WINDOWS] = self.n as f64 / elapsed.as_secs_f64();
            self.n_rates += 1;
            (self.begin, self.n) = (Some(at), 0);
        }
        self.n += n_samples as u64;
        if self.is_told || self.n_rates < N_WINDOWS {
            return None;
        }
        let measured = self.rates.iter().sum::<f64>() / N_WINDOWS as f64;
        let is_even = |rate: &f64| (rate / measured - 1.0).abs() < AGREEMENT / 2.0;
        let ratio = measured / f64::from(self.declared);
        self.is_told = LIVE.contains(&ratio)
            && (ratio - 1.0).abs() > TOLERANCE
            && self.rates.iter().all(is_even);
        self.is_told.then_some(Remark::OtherRate {
            measured,
            declared: self.declared,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of blocks of an eighth of a second at these rates, each for so many seconds.
    fn told(declared: u32, stretches: &[(u32, u32)]) -> Vec<Remark> {
        let (mut pace, mut remarks, mut at) = (Pace::new(declared), Vec::new(), Duration::ZERO);
        for &(rate, seconds) in stretches {
            for _ in 0..8 * seconds {
                at += Duration::from_millis(125);
                remarks.extend(pace.push(rate as usize / 8, at));
            }
        }
        remarks
    }

    #[test]
    fn only_an_even_pace_that_is_wrong_is_told_and_only_once() {
        let wrong = told(16_000, &[(44_100, 60)]);
        let [
            Remark::OtherRate {
                measured,
                declared: 16_000,
            },
        ] = wrong[..]
        else {
            panic!("{wrong:?}");
        };
        assert!((measured / 44_100.0 - 1.0).abs() < 0.01);
        assert_eq!(told(16_000, &[(8_000, 60)]).len(), 1);
        assert_eq!(told(16_000, &[(16_000, 60), (16_500, 60)]), []);
        // A file, a pipe that stops and goes on, one that is read late.
        assert_eq!(told(16_000, &[(1_600_000, 60)]), []);
        let pauses = [
            (16_000, 4),
            (0, 3),
            (16_000, 1),
            (0, 9),
            (16_000, 12),
            (0, 2),
        ];
        assert_eq!(told(16_000, &pauses.repeat(5)), []);
    }
}
