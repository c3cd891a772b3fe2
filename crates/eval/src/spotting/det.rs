//! Misses against false alarms as the threshold moves.

use serde::Serialize;

use super::{Outcome, Spotting};
use crate::bisect::bisect;
use crate::{poisson, wilson};

/// Thresholds that are tried, at most; of more, so many evenly from the surest to the least sure.
const MAX_THRESHOLDS: usize = 2_000;

/// What is counted at one threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DetPoint {
    /// Firings that score at least so much count; `None` is above every score.
    pub threshold: Option<f64>,
    /// Words without a hit.
    pub n_missed: usize,
    /// Share of the words; `None` without words.
    pub miss: Option<f64>,
    /// Events in no window.
    pub n_false_alarms: usize,
    /// By the hours outside windows; `None` where there are none.
    pub false_alarms_per_hour: Option<f64>,
    /// Events in the window of another keyword's word.
    pub n_substitutions: usize,
}

/// The least misses at a rate of false alarms.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AtRate {
    /// False alarms an hour, at most.
    pub rate: f64,
    /// The point; `None` where these streams cannot tell.
    pub point: Option<DetPoint>,
    /// Wilson interval of its miss rate, over words.
    pub miss_interval: Option<[f64; 2]>,
    /// Exact interval of its false alarms an hour.
    pub false_alarm_interval: Option<[f64; 2]>,
    /// Why there is no point, or what it does not show.
    pub remark: Option<String>,
}

impl Spotting<'_> {
    /// The curve, from above every score down to the least; `None` where a firing has no score.
    pub fn det(&self) -> Option<Vec<DetPoint>> {
        let scores = self.firings().iter().map(|firing| firing.score);
        let mut scores = scores.collect::<Option<Vec<f64>>>()?;
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.dedup();
        let last = scores.len().saturating_sub(1);
        let n = scores.len().min(MAX_THRESHOLDS);
        let thresholds = (0..n).map(|i| scores[i * last / n.saturating_sub(1).max(1)]);
        let nothing = Outcome {
            events: Vec::new(),
            hits: vec![None; self.words().len()],
        };
        let points = thresholds.map(|at| self.point(Some(at), &self.outcome(Some(at))));
        Some(
            std::iter::once(self.point(None, &nothing))
                .chain(points)
                .collect(),
        )
    }

    fn point(&self, threshold: Option<f64>, outcome: &Outcome<'_>) -> DetPoint {
        let (n, n_missed) = (self.words().len(), outcome.n_missed());
        let n_false_alarms = outcome.n_false_alarms();
        let hours = self.false_alarm_hours();
        DetPoint {
            threshold,
            n_missed,
            miss: (n > 0).then(|| n_missed as f64 / n as f64),
            n_false_alarms,
            false_alarms_per_hour: (hours > 0.0).then(|| n_false_alarms as f64 / hours),
            n_substitutions: outcome.n_substitutions(),
        }
    }

    /// Reads the curve at a rate of false alarms an hour; 0 is no false alarm at all.
    ///
    /// Where one false alarm would already be more than the rate, these streams are too short to tell it from a smaller one, and there is no point.
    pub fn at_rate(&self, det: &[DetPoint], rate: f64) -> AtRate {
        let (hours, n) = (self.false_alarm_hours(), self.words().len());
        let nothing = |remark: String| AtRate {
            rate,
            point: None,
            miss_interval: None,
            false_alarm_interval: None,
            remark: Some(remark),
        };
        if rate > 0.0 && rate * hours < 1.0 {
            return nothing(format!(
                "cannot be told from {hours:.2} h: a single false alarm would be {:.2} an hour; it takes {:.1} h",
                1.0 / hours,
                1.0 / rate
            ));
        }
        // Counts, since a rate of 1 an hour over 1 h must not fail by rounding.
        let allowed = (rate * hours + 1e-9).floor() as usize;
        let kept = det
            .iter()
            .take_while(|point| point.n_false_alarms <= allowed);
        // The first of the least: fewest misses, then the surest threshold.
        let Some(&point) = kept.min_by_key(|point| point.n_missed) else {
            return nothing("there is no threshold to read".to_string());
        };
        let is_all = det.iter().all(|point| point.n_false_alarms <= allowed);
        AtRate {
            rate,
            point: Some(point),
            miss_interval: wilson(n - point.n_missed, n).map(|[low, high]| [1.0 - high, 1.0 - low]),
            false_alarm_interval: poisson(point.n_false_alarms, hours),
            remark: (is_all && rate > 0.0).then(|| {
                "the events stop short of this rate: with candidates below the threshold in them there may be fewer misses".to_string()
            }),
        }
    }
}

/// The normal deviate of a share, the scale of DET axes: Φ⁻¹(p), minus and plus infinity at 0 and 1 (Martin et al., "The DET curve in
/// assessment of detection task performance", Eurospeech 1997).
///
/// ```
/// assert!((mynah_eval::normal_deviate(0.975) - 1.959_963_984_540_054).abs() < 1e-9);
/// ```
///
/// Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …), all terms of one sign, is halved until it meets the share.
pub fn normal_deviate(share: f64) -> f64 {
    if share > 0.5 {
        return -normal_deviate(1.0 - share);
    }
    if share <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let below = |x: f64| {
        let terms = (1..).scan(x, |term, k| {
            *term *= x * x / f64::from(2 * k + 1);
            Some(*term)
        });
        let sum: f64 = terms.take_while(|&term| term > 1e-17 * x).sum();
        (x + sum) * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
    };
    // Beyond 8 standard deviations ½ − Φ is lost in rounding.
    -bisect(0.0, 8.0, |x| below(x) < 0.5 - share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_of_tables() {
        let known = [
            (0.5, 0.0),
            (0.841_344_746_068_542_9, 1.0),
            (0.977_249_868_051_820_8, 2.0),
            (0.001_349_898_031_630_094_6, -3.0),
            (2.866_515_718_791_939e-7, -5.0),
        ];
        for (share, deviate) in known {
            assert!(
                (normal_deviate(share) - deviate).abs() < 1e-8,
                "{share}: {}",
                normal_deviate(share)
            );
        }
        assert_eq!(normal_deviate(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_deviate(1.0), f64::INFINITY);
    }
}
