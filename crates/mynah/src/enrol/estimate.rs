//! How sure an enrolment is: recordings it was not taught from, and speech without the keyword.

/// What was found with parts of the recordings and of the negatives held back in turn.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldBack {
    /// Best nearness in each recording, with other speech beneath.
    pub recordings: Vec<f32>,
    /// Peaks of nearness where there is no keyword.
    pub peaks: Vec<f32>,
    /// Of speech without the keyword.
    pub hours: f64,
    /// So many hours of people's talk are worth as much.
    pub talk_hours: f64,
}

/// Highest peaks from which the rate of yet higher ones is estimated.
const N_TAIL: usize = 15;
/// Of a nearness that is higher by this, peaks are e times as rare. Minutes of speech cannot tell it of a single keyword, where one
/// sentence with the keyword in it moves it by half; it is that of many keywords together in people's talk (`scripts/thresholds`).
const SCALE: f32 = 0.08;

impl HeldBack {
    /// The nearness that is exceeded at most so often an hour where there is no keyword, but never where something else is
    /// nearer. Peaks beyond what so short a time can show are taken to grow rare exponentially, as the highest ones do (peaks
    /// over threshold: Pickands 1975, with a shape of 0).
    pub fn threshold(&self, per_hour: f64) -> f32 {
        let mut peaks = self.peaks.clone();
        peaks.sort_by(|a, b| b.total_cmp(a));
        let allowed = per_hour * self.talk_hours;
        let end = peaks.len().min(N_TAIL.max(allowed.ceil() as usize));
        let ranks = end.saturating_sub(N_TAIL)..end;
        if ranks.is_empty() {
            return 0.0;
        }
        let n = ranks.len() as f32;
        // Each tells by its rank where the allowed would lie; so many are expected above the i-th (median rank, Benard 1953).
        let of_rank = |i: usize| peaks[i] + SCALE * ((i as f32 + 0.7) / allowed as f32).ln();
        (ranks.map(of_rank).sum::<f32>() / n).max(0.0)
    }

    /// Recordings that reach a nearness.
    pub fn n_found(&self, threshold: f32) -> usize {
        self.recordings.iter().filter(|&&x| x >= threshold).count()
    }

    /// Peaks that reach it.
    pub fn n_false_alarms(&self, threshold: f32) -> usize {
        self.peaks.iter().filter(|&&x| x >= threshold).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Peaks as rare as [`SCALE`] has it, so many of them above 0, at evenly spread ranks.
    fn peaks(n: usize) -> Vec<f32> {
        let peak = |i: usize| SCALE * (n as f32 / (i as f32 + 0.7)).ln();
        (0..n).map(peak).collect()
    }

    fn held_back(peaks: Vec<f32>, talk_hours: f64) -> HeldBack {
        HeldBack {
            peaks,
            talk_hours,
            ..HeldBack::default()
        }
    }

    #[test]
    fn a_threshold_is_passed_as_often_as_asked() {
        // 1,000 in an hour: one an hour lies where there is one of them, 100 where there are 100.
        let found = held_back(peaks(1_000), 1.0);
        for (per_hour, n) in [(1.0, 1.0), (100.0, 100.0), (0.1, 0.1)] {
            let expected = SCALE * (1_000.0f32 / n).ln();
            let got = found.threshold(per_hour);
            assert!((got - expected).abs() < 1e-5, "{got} {expected}");
        }
    }

    #[test]
    fn where_many_are_allowed_the_peaks_themselves_tell() {
        // Ten times as rare as SCALE has it, which none of the highest fifteen shows.
        let steep = peaks(1_000).iter().map(|peak| 10.0 * peak).collect();
        let got = held_back(steep, 1.0).threshold(200.0);
        assert!((got - 10.0 * SCALE * 5f32.ln()).abs() < 0.05, "{got}");
        assert_eq!(held_back(peaks(10), 1.0).threshold(1e6), 0.0);
    }

    #[test]
    fn fewer_hours_with_as_many_peaks_ask_for_more() {
        let [short, long] = [0.1, 1.0].map(|hours| held_back(peaks(40), hours).threshold(1.0));
        assert!((short - long - SCALE * 10f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn a_sentence_with_the_keyword_in_it_hardly_matters() {
        let plain = held_back(peaks(200), 1.0).threshold(1.0);
        let mut with_keyword = peaks(200);
        with_keyword[0] = 1.0;
        let moved = held_back(with_keyword, 1.0).threshold(1.0) - plain;
        assert!((0.0..0.05).contains(&moved), "{moved}");
    }

    #[test]
    fn without_a_peak_the_border_decides() {
        assert_eq!(held_back(Vec::new(), 1.0).threshold(1.0), 0.0);
    }
}
