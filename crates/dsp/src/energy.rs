//! Log energy of a frame, the alternative to c0.

use crate::{Real, lanes};

/// Which energy of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum EnergyOf {
    /// `Σ x²` after DC removal, before pre-emphasis and window (Kaldi and HTK `raw-energy`).
    Raw,
    /// `Σ x²` after pre-emphasis and window.
    Windowed,
    /// The sum of the spectrum (python_speech_features); the floor replaces a sum of 0 only.
    Spectrum,
    /// As `Raw`, but an energy of nothing has the logarithm −10¹⁰ and there is no floor (HTK).
    Htk,
}

/// HTK's log energy of nothing (`LZERO`), and the energy that counts as nothing.
const LOG_ZERO: f64 = -1e10;
const NOTHING: f64 = 2.45e-308;

/// HTK's logarithm of an energy.
pub(crate) fn htk_log<T: Real>(energy: T) -> T {
    if energy.f64() < NOTHING {
        T::of(LOG_ZERO)
    } else {
        energy.ln()
    }
}

/// `ln(Σ s)`, a sum of 0 replaced by the floor.
pub(crate) fn of_spectrum<T: Real>(spectrum: &[T], floor: T) -> T {
    let energy = lanes::sum(spectrum);
    if energy == T::zero() { floor } else { energy }.ln()
}

/// HTK's ENORMALISE with its defaults, on the log energies of a clip, every `step`th value: `1 − 0.1·(max − E)`,
/// where `E` is at least `max − 50·ln(10)/10` (HTK Book, SILFLOOR 50 dB, ESCALE 0.1).
pub(crate) fn normalize<T: Real>(energies: &mut [T], step: usize) {
    let every = energies.iter().step_by(step);
    let max = every.fold(T::neg_infinity(), |max, &e| max.max(e));
    let floor = max - T::of(5.0 * std::f64::consts::LN_10);
    for e in energies.iter_mut().step_by(step) {
        *e = T::one() - T::of(0.1) * (max - e.max(floor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_above_the_floor() {
        assert_eq!(htk_log(25f32), 25f32.ln());
        assert_eq!(htk_log(0f64), -1e10);
        assert_eq!(of_spectrum(&[0f64; 5], 1e-9), 1e-9f64.ln());
        assert_eq!(of_spectrum(&[1e-12f64, 0.0], 1e-9), 1e-12f64.ln());
    }

    #[test]
    fn normalises_downwards_from_the_loudest() {
        let mut rows = [4.0, 9.0, 14.0, 9.0, -1e10, 9.0];
        normalize(&mut rows, 2);
        let lowest = 1.0 - 0.5 * 10f64.ln();
        for (got, expected) in rows.iter().zip([0.0, 9.0, 1.0, 9.0, lowest, 9.0]) {
            assert!((got - expected).abs() < 1e-12, "{got}");
        }
    }
}
