use crate::{Error, Float};

/// Newton steps at most; a handful do.
const MAX_STEPS: usize = 100;

/// From the certainty of an answer to the probability that it is right: 1 / (1 + exp(−(slope · certainty + offset))).
///
/// Two numbers fitted to answers of known truth that training did not see (Platt 1999).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Calibration {
    /// Change of the log odds from certainty 0 to 1.
    pub slope: f64,
    /// Log odds at certainty 0.
    pub offset: f64,
}

impl Calibration {
    /// Fits to pairs of certainty and whether the answer was right, by maximum likelihood with the targets
    /// (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2), so that faultless answers do not lead to infinity; Newton's method with
    /// halved steps (Lin, Lin & Weng, *A note on Platt's probabilistic outputs*, 2007).
    ///
    /// # Errors
    /// [`Error::Zero`] without answers.
    pub fn fit(answers: &[(f64, bool)]) -> Result<Self, Error> {
        if answers.is_empty() {
            return Err(Error::Zero { what: "answers" });
        }
        let n_right = answers.iter().filter(|(_, is_right)| *is_right).count() as f64;
        let n_wrong = answers.len() as f64 - n_right;
        let targets = [1.0 / (n_wrong + 2.0), (n_right + 1.0) / (n_right + 2.0)];
        let target = |is_right: bool| targets[usize::from(is_right)];
        let loss = |fit: Self| -> f64 {
            let loss = |&(certainty, is_right): &(f64, bool)| {
                let z = fit.slope * certainty + fit.offset;
                // −t ln p − (1 − t) ln (1 − p), without overflow.
                z.max(0.0) - target(is_right) * z + (-z.abs()).exp().ln_1p()
            };
            answers.iter().map(loss).sum()
        };
        let mut fit = Self {
            slope: 0.0,
            offset: ((n_right + 1.0) / (n_wrong + 1.0)).ln(),
        };
        for _ in 0..MAX_STEPS {
            // A ridge keeps the matrix regular where all certainties are equal.
            let (mut aa, mut ab, mut bb) = (1e-9, 0.0, 1e-9);
            let (mut a, mut b) = (0.0, 0.0);
            for &(certainty, is_right) in answers {
                let p = fit.of_certainty(certainty);
                let (d, h) = (p - target(is_right), p * (1.0 - p));
                (a, b) = (a + certainty * d, b + d);
                (aa, ab, bb) = (aa + certainty * certainty * h, ab + certainty * h, bb + h);
            }
            if a.abs() < 1e-9 && b.abs() < 1e-9 {
                break;
            }
            let determinant = aa * bb - ab * ab;
            let step = [
                (ab * b - bb * a) / determinant,
                (ab * a - aa * b) / determinant,
            ];
            let before = loss(fit);
            let slope = a * step[0] + b * step[1];
            let at = |share: f64| Self {
                slope: fit.slope + share * step[0],
                offset: fit.offset + share * step[1],
            };
            let shares = (0..40).map(|i| f64::powi(0.5, i));
            match shares
                .map(|s| (s, at(s)))
                .find(|&(s, next)| loss(next) < before + 1e-4 * s * slope)
            {
                Some((_, next)) => fit = next,
                None => break,
            }
        }
        // The last bits of the C library's functions differ between machines; they are no part of the answer.
        Ok(Self {
            slope: f64::from(fit.slope as f32),
            offset: f64::from(fit.offset as f32),
        })
    }

    /// Probability that an answer of this [margin](crate::Decision::margin) is right, in \[0, 1\].
    pub fn probability<T: Float>(&self, margin: T) -> f64 {
        self.of_certainty(margin.to_f64())
    }

    fn of_certainty(&self, certainty: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * certainty + self.offset)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_odds_that_made_the_answers() {
        // At certainty c the odds are exp(6 c − 1); 1,000 answers at each of 20 certainties.
        let mut answers = Vec::new();
        for i in 0..20 {
            let certainty = f64::from(i) / 20.0;
            let p = 1.0 / (1.0 + (-(6.0 * certainty - 1.0)).exp());
            answers.extend((0..1_000).map(|k| (certainty, f64::from(k) < 1_000.0 * p)));
        }
        let fit = Calibration::fit(&answers).unwrap();
        assert!((fit.slope - 6.0).abs() < 0.1, "{fit:?}");
        assert!((fit.offset + 1.0).abs() < 0.05, "{fit:?}");
    }

    #[test]
    fn faultless_or_equal_answers_stay_finite() {
        for answers in [
            vec![(0.3, true), (0.9, true)],
            vec![(0.3, false)],
            vec![(0.5, true), (0.5, false), (0.5, true), (0.5, true)],
            vec![(0.1, false), (0.2, false), (0.8, true), (0.9, true)],
        ] {
            let fit = Calibration::fit(&answers).unwrap();
            assert!(fit.slope.is_finite() && fit.offset.is_finite(), "{fit:?}");
        }
        let equal =
            Calibration::fit(&[(0.5, true), (0.5, false), (0.5, true), (0.5, true)]).unwrap();
        // (3 · 4/5 + 1 · 1/3) / 4 by the targets.
        assert!((equal.probability(0.5f64) - (2.4 + 1.0 / 3.0) / 4.0).abs() < 1e-5);
        assert!(matches!(Calibration::fit(&[]), Err(Error::Zero { .. })));
    }
}
