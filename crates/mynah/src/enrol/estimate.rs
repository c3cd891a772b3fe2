//! How sure an enrolment is: recordings it was not taught from, and sound without the keyword.

/// What was found with parts of the recordings and of the negatives held back in turn.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldBack {
    /// Best nearness in each recording, with other speech beneath.
    pub recordings: Vec<f32>,
    /// The built-in negatives, synthetic speech.
    pub synthetic: Background,
    /// One's own.
    pub own: Background,
}

/// Sound without the keyword.
#[derive(Clone, Debug, Default)]
pub(super) struct Background {
    /// Peaks of nearness.
    pub peaks: Vec<f32>,
    pub hours: f64,
}

/// Peaks from which the rate of yet higher ones is estimated.
const N_TAIL: usize = 15;
/// Of a nearness that is higher by this, peaks are e times as rare. Minutes of speech cannot tell it of a single keyword, where one
/// sentence with the keyword in it moves it by half; it is that of many keywords together in people's talk (`scripts/thresholds`).
const SCALE: f32 = 0.08;
/// What an hour of synthetic speech tells of false alarms, in hours of people's talk, where seven times as much is taken for a
/// keyword (`scripts/thresholds`).
const SYNTHETIC: f64 = 1.0 / 7.0;

impl HeldBack {
    /// The nearness that is exceeded about so often in an hour of talk without the keyword, but never one where something else is
    /// nearer. One's own background may raise it; an hour of a quiet room, which has no peaks to speak of, must not lower it.
    pub fn threshold(&self, per_hour: f64) -> f32 {
        let synthetic = self.synthetic.level(SYNTHETIC * per_hour);
        synthetic.max(self.own.level(per_hour)).max(0.0)
    }

    /// Recordings that reach a nearness.
    pub fn n_found(&self, threshold: f32) -> usize {
        self.recordings.iter().filter(|&&x| x >= threshold).count()
    }

    /// Peaks that reach it.
    pub fn n_false_alarms(&self, threshold: f32) -> usize {
        let peaks = self.synthetic.peaks.iter().chain(&self.own.peaks);
        peaks.filter(|&&x| x >= threshold).count()
    }

    pub fn hours(&self) -> f64 {
        self.synthetic.hours + self.own.hours
    }

    /// Adds what was found in another part.
    pub fn add(&mut self, part: Self) {
        self.recordings.extend(part.recordings);
        for (all, part) in [
            (&mut self.synthetic, part.synthetic),
            (&mut self.own, part.own),
        ] {
            all.peaks.extend(part.peaks);
            all.hours += part.hours;
        }
    }
}

impl Background {
    /// The nearness that is exceeded about so often an hour. Peaks beyond what so short a time can show are taken to grow rare
    /// exponentially (peaks over threshold: Pickands 1975, with a shape of 0), by [`SCALE`]. Without a peak there is none.
    fn level(&self, per_hour: f64) -> f32 {
        let mut peaks = self.peaks.clone();
        peaks.sort_by(|a, b| b.total_cmp(a));
        let allowed = per_hour * self.hours;
        let end = peaks.len().min(N_TAIL.max(allowed.ceil() as usize));
        let ranks = end.saturating_sub(N_TAIL)..end;
        if ranks.is_empty() {
            return f32::NEG_INFINITY;
        }
        let n = ranks.len() as f32;
        // Each tells by its rank where the allowed would lie; so many are expected above the i-th (median rank, Benard 1953).
        let of_rank = |i: usize| peaks[i] + SCALE * ((i as f32 + 0.7) / allowed as f32).ln();
        ranks.map(of_rank).sum::<f32>() / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many peaks in so many hours, as rare as [`SCALE`] has it, in no order.
    fn background(n: usize, hours: f64) -> Background {
        let peak = |i: usize| SCALE * (n as f32 / (i as f32 + 0.7)).ln();
        Background {
            peaks: (0..n).rev().map(peak).collect(),
            hours,
        }
    }

    fn own(background: Background) -> HeldBack {
        HeldBack {
            own: background,
            ..HeldBack::default()
        }
    }

    #[test]
    fn a_threshold_is_passed_as_often_as_asked() {
        // 1,000 in an hour: one an hour lies where there is one of them, 100 where there are 100.
        let found = own(background(1_000, 1.0));
        for (per_hour, n) in [(1.0, 1.0), (100.0, 100.0), (0.1, 0.1)] {
            let expected = SCALE * (1_000.0f32 / n).ln();
            let got = found.threshold(per_hour);
            assert!((got - expected).abs() < 1e-5, "{got} {expected}");
        }
    }

    #[test]
    fn where_many_are_allowed_the_peaks_themselves_tell() {
        // They grow rare ten times as slowly as SCALE has it.
        let mut slow = background(1_000, 1.0);
        slow.peaks.iter_mut().for_each(|peak| *peak *= 10.0);
        let got = own(slow).threshold(200.0);
        assert!((got - 10.0 * SCALE * 5f32.ln()).abs() < 0.05, "{got}");
        assert_eq!(own(background(10, 1.0)).threshold(1e6), 0.0);
    }

    #[test]
    fn synthetic_speech_counts_for_a_seventh() {
        let synthetic = HeldBack {
            synthetic: background(40, 0.7),
            ..HeldBack::default()
        };
        let talk = own(background(40, 0.1));
        assert!((synthetic.threshold(1.0) - talk.threshold(1.0)).abs() < 1e-5);
        let longer = own(background(40, 1.0)).threshold(1.0);
        assert!((talk.threshold(1.0) - longer - SCALE * 10f32.ln()).abs() < 1e-5);
    }

    #[test]
    fn a_quiet_room_lowers_nothing_and_a_loud_one_raises() {
        let mut found = HeldBack {
            synthetic: background(40, 0.08),
            ..HeldBack::default()
        };
        let alone = found.threshold(5.0);
        found.own = Background {
            peaks: vec![-2.0; 100],
            hours: 10.0,
        };
        assert_eq!(found.threshold(5.0), alone);
        found.own.peaks = vec![1.0; 100];
        assert!(found.threshold(5.0) > alone + 0.3);
        assert_eq!(found.n_false_alarms(0.9), 100);
    }

    #[test]
    fn a_sentence_with_the_keyword_in_it_hardly_matters() {
        let plain = own(background(200, 1.0)).threshold(1.0);
        let mut with_keyword = background(200, 1.0);
        with_keyword.peaks[199] = 1.0;
        let moved = own(with_keyword).threshold(1.0) - plain;
        assert!((0.0..0.05).contains(&moved), "{moved}");
    }

    #[test]
    fn without_a_peak_the_border_decides() {
        assert_eq!(HeldBack::default().threshold(1.0), 0.0);
    }
}
