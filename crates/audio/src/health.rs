//! What a stream looks like, and what a listener should be told of it.

use std::fmt;

/// Clipped samples in a second that are worth a remark; fewer are one plosive too near.
pub(crate) const CLIPPED_PER_SECOND: u64 = 20;
/// Share of a recording of one and the same value that is no recording.
const CONSTANT_SHARE: f64 = 0.5;
/// Below this an ordinary room is hardly heard, dB of full scale.
const QUIETEST_DB: f32 = -75.0;
/// An offset that takes room from the sound, full scale ±1.
const MOST_OFFSET: f32 = 0.05;
/// A clock so far off has another rate than the one it declares; pitch and tempo of a voice vary more.
const RATE_TOLERANCE: f64 = 0.02;

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
        Level {
            peak_db: -120.0,
            rms_db: -120.0,
        }
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
    pub(crate) fn fault(self, declared: u32) -> Option<Remark> {
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
