//! One test of a spotter in numbers.

use serde::Serialize;

use super::rows::{self, KeywordScore, WordsScore};
use super::{AtRate, DetPoint, Outcome, Spotting, Verdict};
use crate::report::as_map;
use crate::{bootstrap, bootstrap_ratio, poisson};

/// False alarms an hour at which misses are told; 0 is none at all.
const RATES: [f64; 5] = [0.0, 0.1, 0.5, 1.0, 5.0];
/// Stretches that streams are cut into where they are shorter than so many hours.
const N_STRETCHES: usize = 10;

/// Words that were not heard.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Misses {
    /// Words.
    pub n: usize,
    /// Of them, without a hit.
    pub n_missed: usize,
    /// `n_missed` / `n`; `None` without words.
    pub rate: Option<f64>,
    /// 95 % interval of `rate`, by `interval_method`.
    pub interval: Option<[f64; 2]>,
    /// "bootstrap over N speakers, at least Wilson over words" (the wider end of the two) if every word names its speaker and there are at
    /// least two; else "Wilson over words".
    pub interval_method: String,
    /// Wilson interval as if every word were independent.
    pub wilson: Option<[f64; 2]>,
}

/// Events where nothing was said.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FalseAlarms {
    /// Events in no window.
    pub n: usize,
    /// Time outside all windows, h.
    pub hours: f64,
    /// `n` / `hours`; `None` without such time.
    pub per_hour: Option<f64>,
    /// Exact Poisson interval of `per_hour`, as if events were independent.
    pub interval: Option<[f64; 2]>,
    /// Percentile bootstrap of `per_hour` over `n_stretches`; false alarms come in bursts, where somebody talks or a radio plays. Without false alarms it
    /// would have no width, and there is none.
    pub bootstrap: Option<[f64; 2]>,
    /// Stretches drawn: of an hour, or tenths of the streams where they are shorter than 10 h.
    pub n_stretches: usize,
}

/// Misses, false alarms and their trade. Serializes to an object with the names of the fields; rows become objects keyed by keyword, speaker
/// and level.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SpottingReport {
    /// Length of all streams, h.
    pub hours: f64,
    /// Streams.
    pub n_streams: usize,
    /// The threshold of all that follows but `at_rates` and `det`; `None` is what the engine acted on.
    pub threshold: Option<f64>,
    /// Events at it.
    pub n_events: usize,
    /// Words not heard.
    pub misses: Misses,
    /// Events where nothing was said.
    pub false_alarms: FalseAlarms,
    /// Events in the window of another keyword's word.
    pub n_substitutions: usize,
    /// Further events of its keyword in the window of a word that is hit; they count as nothing.
    pub n_extra: usize,
    /// Misses at 0, 0.1, 0.5, 1 and 5 false alarms an hour; empty where a firing has no score.
    pub at_rates: Vec<AtRate>,
    /// Keywords said or heard, sorted.
    #[serde(serialize_with = "as_map")]
    pub per_keyword: Vec<(String, KeywordScore)>,
    /// Speakers, sorted; words without one are in no row.
    #[serde(serialize_with = "as_map")]
    pub per_speaker: Vec<(String, WordsScore)>,
    /// Levels of words above the background in dB, from the greatest; words without one are in no row.
    #[serde(serialize_with = "as_map")]
    pub per_snr: Vec<(String, WordsScore)>,
    /// The curve; empty where a firing has no score.
    pub det: Vec<DetPoint>,
}

impl SpottingReport {
    /// Counts at `threshold`, or what the engine acted on; `seed` is the bootstraps'.
    pub fn new(spotting: &Spotting<'_>, threshold: Option<f64>, seed: u64) -> Self {
        let outcome = spotting.outcome(threshold);
        let det = spotting.det().unwrap_or_default();
        let at_rates = match det.is_empty() {
            true => Vec::new(),
            false => RATES.map(|rate| spotting.at_rate(&det, rate)).to_vec(),
        };
        let per_speaker = rows::by(spotting, &outcome, |word| word.speaker.map(String::from));
        // Thousandths of a dB, which sort.
        let mut per_snr = rows::by(spotting, &outcome, |word| {
            word.snr_db.map(|snr| (snr * 1e3).round() as i64)
        });
        per_snr.reverse();
        let level = |(level, score)| ((level as f64 / 1e3).to_string(), score);
        Self {
            hours: spotting.hours(),
            n_streams: spotting.durations.len(),
            threshold,
            n_events: outcome.events.len(),
            misses: misses(spotting, &outcome, &per_speaker, seed),
            false_alarms: false_alarms(spotting, &outcome, seed),
            n_substitutions: outcome.n_substitutions(),
            n_extra: outcome.count(|verdict| matches!(verdict, Verdict::Extra(_))),
            at_rates,
            per_keyword: rows::by_keyword(spotting, &outcome),
            per_speaker,
            per_snr: per_snr.into_iter().map(level).collect(),
            det,
        }
    }
}

fn misses(
    spotting: &Spotting<'_>,
    outcome: &Outcome<'_>,
    per_speaker: &[(String, WordsScore)],
    seed: u64,
) -> Misses {
    let words = spotting.words();
    let all = WordsScore::new(words.len(), outcome.n_missed());
    let counts: Vec<(usize, usize)> = per_speaker.iter().map(|(_, s)| (s.n_missed, s.n)).collect();
    let is_known = words.iter().all(|word| word.speaker.is_some());
    let over_speakers = is_known.then(|| bootstrap(&counts, seed)).flatten();
    Misses {
        n: all.n,
        n_missed: all.n_missed,
        rate: all.miss,
        interval: match (over_speakers, all.miss_interval) {
            (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].max(b[1])]),
            (_, over_words) => over_words,
        },
        interval_method: match over_speakers {
            Some(_) => format!(
                "bootstrap over {} speakers, at least Wilson over words",
                per_speaker.len()
            ),
            None => "Wilson over words".to_string(),
        },
        wilson: all.miss_interval,
    }
}

fn false_alarms(spotting: &Spotting<'_>, outcome: &Outcome<'_>, seed: u64) -> FalseAlarms {
    let n = outcome.n_false_alarms();
    let hours = spotting.false_alarm_hours();
    let stretches = stretches(spotting, outcome);
    FalseAlarms {
        n,
        hours,
        per_hour: (hours > 0.0).then(|| n as f64 / hours),
        interval: poisson(n, hours),
        bootstrap: (n > 0).then(|| bootstrap_ratio(&stretches, seed)).flatten(),
        n_stretches: stretches.len(),
    }
}

/// False alarms and hours outside windows of equal stretches of the streams; a stream's last may be shorter, and those wholly inside windows are
/// left out.
fn stretches(spotting: &Spotting<'_>, outcome: &Outcome<'_>) -> Vec<(f64, f64)> {
    let seconds = (spotting.hours() * 3600.0 / N_STRETCHES as f64).min(3600.0);
    let mut stretches = Vec::new();
    for (stream, &duration) in spotting.durations.iter().enumerate() {
        // A remainder that rounding left is none of its own.
        let n = (duration / seconds - 1e-9).ceil().max(1.0) as usize;
        let place = |time: f64| ((time / seconds) as usize).min(n - 1);
        let mut counts = vec![0.0; n];
        let alarms = outcome
            .events
            .iter()
            .filter(|event| event.verdict == Verdict::FalseAlarm);
        for event in alarms.filter(|event| event.stream == stream) {
            counts[place(event.time)] += 1.0;
        }
        let open = counts.into_iter().enumerate().map(|(i, count)| {
            let end = ((i + 1) as f64 * seconds).min(duration);
            let open = spotting.open_seconds(stream, i as f64 * seconds, end);
            (count, open / 3600.0)
        });
        stretches.extend(open.filter(|&(_, hours)| hours > 0.0));
    }
    stretches
}
