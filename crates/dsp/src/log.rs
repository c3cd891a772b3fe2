//! Logarithm of the mel energies.

use std::f64::consts::LN_10;

use crate::{MfccConfig, Real};

/// Which logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Log {
    /// Natural.
    Ln,
    /// Base 10 (Whisper).
    Log10,
    /// `10 log10` (librosa `power_to_db`, torchaudio `AmplitudeToDB`).
    Decibel,
}

impl Log {
    /// What a natural logarithm is multiplied by.
    fn factor(self) -> f64 {
        match self {
            Self::Ln => 1.0,
            Self::Log10 => LN_10.recip(),
            Self::Decibel => 10.0 / LN_10,
        }
    }
}

/// What keeps the logarithm finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Floor {
    /// `log(max(e, floor))` (Kaldi, HTK, librosa).
    Max,
    /// `log(e + floor)` (TensorFlow, torchaudio `log_mels`).
    Add,
    /// An energy of exactly 0 becomes the floor (python_speech_features, spafe).
    Zero,
}

/// `(x + add) / divide`, then, if asked for, no less than 0 and no more than 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Rescale {
    /// In units of the logarithm.
    pub add: f64,
    /// In units of the logarithm, positive.
    pub divide: f64,
    /// Clamp to 0..=1.
    pub clamp: bool,
}

/// Energies to log energies, in the units of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct LogMel<T> {
    rule: Floor,
    floor: T,
    factor: T,
    rescale: Option<Rescale>,
}

impl<T: Real> LogMel<T> {
    pub(crate) fn new(config: &MfccConfig) -> Self {
        Self {
            rule: config.floor,
            floor: T::of(config.log_floor),
            factor: T::of(config.log.factor()),
            rescale: config.rescale,
        }
    }

    /// The logarithm, in place.
    pub(crate) fn apply(&self, energies: &mut [T]) {
        match self.rule {
            Floor::Max => energies.iter_mut().for_each(|e| *e = e.max(self.floor)),
            Floor::Add => energies.iter_mut().for_each(|e| *e = *e + self.floor),
            Floor::Zero => {
                for e in energies.iter_mut().filter(|e| **e == T::zero()) {
                    *e = self.floor;
                }
            }
        }
        T::ln_all(energies);
        if self.factor != T::one() {
            energies.iter_mut().for_each(|e| *e = *e * self.factor);
        }
    }

    /// What is done to the logarithms once the dynamic range is limited, in place.
    pub(crate) fn rescale(&self, logs: &mut [T]) {
        if let Some(Rescale { add, divide, clamp }) = self.rescale {
            let (add, divide) = (T::of(add), T::of(divide));
            for x in logs {
                *x = (*x + add) / divide;
                if clamp {
                    *x = x.max(T::zero()).min(T::one());
                }
            }
        }
    }
}

/// Raises every value to the greatest less `range`.
pub(crate) fn limit_range<T: Real>(logs: &mut [T], range: f64) {
    let max = logs.iter().fold(T::neg_infinity(), |max, &x| max.max(x));
    let lowest = max - T::of(range);
    for x in logs {
        *x = x.max(lowest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(change: fn(&mut MfccConfig), energies: [f64; 4]) -> [f64; 4] {
        let mut config = MfccConfig::kaldi();
        config.log_floor = 1e-3;
        change(&mut config);
        let log_mel = LogMel::new(&config);
        let mut values = energies;
        log_mel.apply(&mut values);
        log_mel.rescale(&mut values);
        values
    }

    fn check(got: [f64; 4], expected: [f64; 4]) {
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12, "{got}, expected {expected}");
        }
    }

    #[test]
    fn floors() {
        let energies = [0.0, 1e-9, 1.0, 2.0];
        let low = 1e-3f64.ln();
        check(logs(|_| (), energies), [low, low, 0.0, 2f64.ln()]);
        check(
            logs(|c| c.floor = Floor::Add, energies),
            [low, 1.000_001e-3f64.ln(), 1.001f64.ln(), 2.001f64.ln()],
        );
        check(
            logs(|c| c.floor = Floor::Zero, energies),
            [low, 1e-9f64.ln(), 0.0, 2f64.ln()],
        );
    }

    #[test]
    fn bases_and_scales() {
        let energies = [0.1, 1.0, 10.0, 100.0];
        check(
            logs(|c| c.log = Log::Log10, energies),
            [-1.0, 0.0, 1.0, 2.0],
        );
        check(
            logs(|c| c.log = Log::Decibel, energies),
            [-10.0, 0.0, 10.0, 20.0],
        );
        let rescaled = |c: &mut MfccConfig| {
            c.log = Log::Log10;
            c.rescale = Some(Rescale {
                add: 0.5,
                divide: 2.0,
                clamp: true,
            });
        };
        check(logs(rescaled, energies), [0.0, 0.25, 0.75, 1.0]);
    }

    #[test]
    fn the_loudest_sets_the_lowest() {
        let mut logs = [-100.0, -3.0, 20.0];
        limit_range(&mut logs, 80.0);
        assert_eq!(logs, [-60.0, -3.0, 20.0]);
    }
}
