//! How sure an enrolment is: recordings it was not taught from, and speech without the keyword.

/// What was found with parts of the recordings and of the negatives held back in turn.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldBack {
    /// Best nearness in each recording.
    pub recordings: Vec<f32>,
    /// Peaks of nearness where there is no keyword.
    pub peaks: Vec<f32>,
    pub hours: f64,
}

/// Highest peaks from which the rate of yet higher ones is estimated.
const N_TAIL: usize = 15;

impl HeldBack {
    /// The nearness that is exceeded at most so often an hour where there is no keyword. Peaks beyond what so short a time can
    /// show are taken to grow rare exponentially, as the highest ones do (peaks over threshold: Pickands 1975, with a shape
    /// of 0).
    pub fn threshold(&self, per_hour: f64) -> f32 {
        let mut peaks = self.peaks.clone();
        peaks.sort_by(|a, b| b.total_cmp(a));
        let allowed = per_hour * self.hours;
        let n = N_TAIL.min(peaks.len().saturating_sub(1));
        if n == 0 {
            return 0.0;
        }
        let from = peaks[n];
        let excess = peaks[..n].iter().map(|peak| peak - from).sum::<f32>() / n as f32;
        from + excess * ((n as f64 / allowed).ln() as f32).max(0.0)
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
