//! Scoring of streams: an example worked by hand, the traps of other counters, and what must hold for any engine.

use mynah_eval::{
    Event, Firing, SpokenWord, Spotting, SpottingConfig, SpottingError, SpottingReport, Verdict,
};
use proptest::prelude::*;

fn word(keyword: &'static str, start: f64, end: f64) -> SpokenWord<'static> {
    SpokenWord {
        stream: 0,
        keyword,
        start,
        end,
        speaker: None,
        snr_db: None,
    }
}

fn firing(keyword: &'static str, time: f64, score: f64) -> Firing<'static> {
    Firing {
        stream: 0,
        time,
        keyword,
        score: Some(score),
        is_fired: true,
    }
}

fn scored<'a>(seconds: f64, words: &[SpokenWord<'a>], firings: &[Firing<'a>]) -> Spotting<'a> {
    Spotting::new(&SpottingConfig::default(), &[seconds], words, firings)
        .expect("streams that can be scored")
}

/// Two hours, four words: windows of 1.1, 1.3, 1.0 and 1.5 s.
fn example() -> Spotting<'static> {
    let said = |keyword, start, end, speaker, snr| SpokenWord {
        speaker: Some(speaker),
        snr_db: Some(snr),
        ..word(keyword, start, end)
    };
    let words = [
        said("go", 100.0, 100.6, "ada", 10.0),
        said("stop", 200.0, 200.8, "bob", 0.0),
        said("go", 300.0, 300.5, "ada", 0.0),
        said("go", 1000.0, 1001.0, "bob", 10.0),
    ];
    let mut firings = vec![
        firing("go", 100.9, 0.9),   // hit, and
        firing("go", 101.05, 0.8),  // the same event
        firing("go", 200.5, 0.6),   // in the window of "stop": a substitution
        firing("stop", 201.3, 0.7), // exactly 0.5 s after the end: a hit
        firing("go", 301.01, 0.95), // 0.51 s after the end: a false alarm, and the word is missed
        firing("go", 1000.2, 0.5),  // hit, and
        firing("go", 1001.4, 0.9),  // 1.2 s later, still in the window: extra
        Firing {
            is_fired: false, // a candidate for the sweep alone
            ..firing("go", 3000.0, 0.3)
        },
    ];
    // A burst of eight frames: one false alarm.
    firings.extend((0..8).map(|i| firing("stop", 2000.0 + 0.08 * f64::from(i), 0.4)));
    scored(7200.0, &words, &firings)
}

#[test]
fn an_example_worked_by_hand() {
    let report = SpottingReport::new(&example(), None, 0);
    assert_eq!(report.hours, 2.0);
    let hours = (7200.0 - 4.9) / 3600.0;
    assert!((report.false_alarms.hours - hours).abs() < 1e-12);
    assert_eq!(report.n_events, 7);
    assert_eq!((report.misses.n_missed, report.misses.n), (1, 4));
    assert_eq!(report.misses.rate, Some(0.25));
    assert_eq!(report.false_alarms.n, 2);
    assert_eq!(
        report.false_alarms.per_hour,
        Some(2.0 / report.false_alarms.hours)
    );
    assert_eq!((report.n_substitutions, report.n_extra), (1, 1));

    // Wilson, 1 of 4: (0.25 + 0.480182 ± 1.959964·√(0.046875 + 0.060023)) / 1.960365.
    let [low, high] = report.misses.wilson.unwrap();
    assert!((low - 0.045_6).abs() < 1e-4 && (high - 0.699_4).abs() < 1e-4);
    // One voice missed 1 of 2, the other none of 2: drawn anew from 0 to 1/2, and the wider end of both counts.
    assert_eq!(report.misses.interval, Some([0.0, high]));
    assert!(
        report
            .misses
            .interval_method
            .starts_with("bootstrap over 2 speakers")
    );
    // Poisson, 2 events: 0.2422 to 7.2247.
    let [low, high] = report.false_alarms.interval.unwrap();
    assert!((low * hours - 0.242_209).abs() < 1e-6 && (high * hours - 7.224_688).abs() < 1e-6);
    assert_eq!(report.false_alarms.n_stretches, 10);

    let keyword = |name: &str| {
        report
            .per_keyword
            .iter()
            .find(|row| row.0 == name)
            .unwrap()
            .1
    };
    let (go, stop) = (keyword("go"), keyword("stop"));
    assert_eq!(
        (
            go.words.n,
            go.words.n_missed,
            go.n_false_alarms,
            go.n_substitutions
        ),
        (3, 1, 1, 1)
    );
    assert_eq!(
        (
            stop.words.n,
            stop.words.n_missed,
            stop.n_false_alarms,
            stop.n_substitutions
        ),
        (1, 0, 1, 0)
    );
    let rows = |rows: &[(String, mynah_eval::WordsScore)]| -> Vec<(String, usize, usize)> {
        let row = |(key, s): &(String, mynah_eval::WordsScore)| (key.clone(), s.n, s.n_missed);
        rows.iter().map(row).collect()
    };
    assert_eq!(
        rows(&report.per_speaker),
        [("ada".into(), 2, 1), ("bob".into(), 2, 0)]
    );
    assert_eq!(
        rows(&report.per_snr),
        [("10".into(), 2, 0), ("0".into(), 2, 1)]
    );
}

#[test]
fn the_curve_worked_by_hand() {
    let report = SpottingReport::new(&example(), None, 0);
    let points: Vec<_> = report
        .det
        .iter()
        .map(|p| (p.threshold, p.n_missed, p.n_false_alarms, p.n_substitutions))
        .collect();
    let expected = [
        (None, 4, 0, 0),
        (Some(0.95), 4, 1, 0),
        (Some(0.9), 2, 1, 0), // the second firing of the last word is its first here
        (Some(0.8), 2, 1, 0),
        (Some(0.7), 1, 1, 0),
        (Some(0.6), 1, 1, 1),
        (Some(0.5), 1, 1, 1),
        (Some(0.4), 1, 2, 1),
        (Some(0.3), 1, 3, 1), // the candidate counts at last
    ];
    assert_eq!(points, expected);
    let at: Vec<_> = report
        .at_rates
        .iter()
        .map(|at| {
            (
                at.rate,
                at.point
                    .map(|p| (p.threshold, p.n_missed, p.n_false_alarms)),
            )
        })
        .collect();
    // 1.9986 h cannot tell 0.1 or 0.5 an hour: one false alarm is 0.5003 already.
    let expected = [
        (0.0, Some((None, 4, 0))),
        (0.1, None),
        (0.5, None),
        (1.0, Some((Some(0.7), 1, 1))),
        (5.0, Some((Some(0.7), 1, 1))),
    ];
    assert_eq!(at, expected);
    let remark = report.at_rates[1].remark.as_deref().unwrap();
    assert!(
        remark.contains("2.00 h") && remark.contains("10.0 h"),
        "{remark}"
    );
    // All events give 3 in two hours, so what 5 an hour would bring is not in them.
    assert!(report.at_rates[4].remark.is_some() && report.at_rates[3].remark.is_none());
    // The threshold of the report: as the curve says.
    let at = SpottingReport::new(&example(), Some(0.3), 0);
    assert_eq!(
        (at.misses.n_missed, at.false_alarms.n, at.n_substitutions),
        (1, 3, 1)
    );
}

/// openWakeWord's metrics count these as 24.
#[test]
fn twenty_four_crossings_are_three_events() {
    let bursts = (0..24).map(|i| (f64::from(i / 8) * 60.0) + 0.08 * f64::from(i % 8));
    let firings: Vec<_> = bursts
        .map(|time| firing("alexa", 10.0 + time, 0.7))
        .collect();
    let spotting = scored(3600.0, &[], &firings);
    let report = SpottingReport::new(&spotting, None, 0);
    assert_eq!((report.n_events, report.false_alarms.n), (3, 3));
    assert_eq!(report.false_alarms.per_hour, Some(3.0));
    assert_eq!((report.misses.n, report.misses.rate), (0, None));
}

/// Picovoice's benchmark counts two hits, so that the miss rate falls below 0.
#[test]
fn two_firings_in_one_word_are_one_hit() {
    let spotting = scored(
        3600.0,
        &[word("alexa", 50.0, 52.0)],
        &[firing("alexa", 50.9, 0.8), firing("alexa", 52.3, 0.9)],
    );
    let report = SpottingReport::new(&spotting, None, 0);
    assert_eq!((report.misses.n_missed, report.misses.rate), (0, Some(0.0)));
    assert_eq!((report.n_extra, report.false_alarms.n), (1, 0));
}

#[test]
fn what_fires_without_end_is_no_single_event() {
    let firings: Vec<_> = (0..36_000)
        .map(|i| firing("alexa", 0.1 * f64::from(i), 0.5))
        .collect();
    let report = SpottingReport::new(&scored(3600.0, &[], &firings), None, 0);
    // Twenty-one firings of 0 to 2.0 s each.
    assert_eq!(report.false_alarms.n, 36_000usize.div_ceil(21));
}

#[test]
fn the_edges_of_a_window() {
    let hits = |time: f64| {
        let spotting = scored(100.0, &[word("a", 10.0, 11.0)], &[firing("a", time, 0.5)]);
        spotting.outcome(None).hits[0].is_some()
    };
    assert_eq!(
        [9.99, 10.0, 11.5, 11.51].map(hits),
        [false, true, true, false]
    );
    // An event counts once, at its first crossing: begun before the word it is no hit.
    let spotting = scored(
        100.0,
        &[word("a", 10.0, 11.0)],
        &[firing("a", 9.9, 0.5), firing("a", 10.5, 0.9)],
    );
    let outcome = spotting.outcome(None);
    assert_eq!(
        (
            outcome.n_missed(),
            outcome.n_false_alarms(),
            outcome.events.len()
        ),
        (1, 1, 1)
    );
    // Two words of one keyword close together need two events.
    let words = [word("a", 10.0, 10.4), word("a", 12.0, 12.4)];
    let both = scored(
        100.0,
        &words,
        &[firing("a", 10.5, 0.5), firing("a", 12.5, 0.5)],
    );
    assert_eq!(both.outcome(None).n_missed(), 0);
    let near = [word("a", 10.0, 10.4), word("a", 10.6, 11.0)];
    let one = scored(
        100.0,
        &near,
        &[firing("a", 10.5, 0.5), firing("a", 10.7, 0.5)],
    );
    assert_eq!(one.outcome(None).n_missed(), 1);
}

#[test]
fn scores_that_lack_leave_no_curve() {
    let silent = Firing {
        score: None,
        ..firing("a", 5.0, 0.0)
    };
    let report = SpottingReport::new(&scored(100.0, &[word("a", 4.5, 5.0)], &[silent]), None, 0);
    assert!(report.det.is_empty() && report.at_rates.is_empty());
    assert_eq!(report.misses.n_missed, 0);
    // No events at all are a result: everything is missed.
    let report = SpottingReport::new(&scored(7200.0, &[word("a", 4.5, 5.0)], &[]), None, 0);
    assert_eq!((report.misses.rate, report.false_alarms.n), (Some(1.0), 0));
    assert_eq!(report.at_rates[0].point.unwrap().n_missed, 1);
    assert_eq!(report.false_alarms.bootstrap, None);
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let config = SpottingConfig::default();
    let new = |durations: &[f64], words: &[SpokenWord<'static>], firings: &[Firing<'static>]| {
        Spotting::new(&config, durations, words, firings).map(|_| ())
    };
    assert_eq!(new(&[], &[], &[]), Err(SpottingError::NoStream));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            new(&[bad], &[], &[]),
            Err(SpottingError::Duration { .. })
        ));
    }
    for bad in [-0.1, f64::NAN, f64::INFINITY, 101.5] {
        assert!(matches!(
            new(&[100.0], &[], &[firing("a", bad, 0.5)]),
            Err(SpottingError::Time { .. })
        ));
    }
    for (start, end) in [
        (5.0, 5.0),
        (-1.0, 2.0),
        (f64::NAN, 2.0),
        (2.0, f64::NAN),
        (100.0, 100.5),
        (99.0, 102.0),
    ] {
        assert!(matches!(
            new(&[100.0], &[word("a", start, end)], &[]),
            Err(SpottingError::Word { .. })
        ));
    }
    assert_eq!(
        new(&[100.0], &[], &[firing("a", 1.0, f64::NAN)]),
        Err(SpottingError::Score)
    );
    let elsewhere = Firing {
        stream: 1,
        ..firing("a", 1.0, 0.5)
    };
    assert!(matches!(
        new(&[100.0], &[], &[elsewhere]),
        Err(SpottingError::NoSuchStream {
            got: 1,
            n_streams: 1
        })
    ));
    let mut bad = SpottingConfig::default();
    bad.collar = f64::NAN;
    assert!(matches!(
        Spotting::new(&bad, &[1.0], &[], &[]),
        Err(SpottingError::Config { .. })
    ));
}

/// The rules once more, slow and plain: firings in the order of time, every word looked at.
fn plain(
    words: &[SpokenWord<'static>],
    firings: &[Firing<'static>],
    threshold: f64,
) -> Vec<(String, f64, Verdict)> {
    let mut events: Vec<(String, f64, Verdict)> = Vec::new();
    for keyword in ["a", "b"] {
        let mut own: Vec<_> = firings
            .iter()
            .filter(|f| f.keyword == keyword && f.score >= Some(threshold))
            .collect();
        own.sort_by(|x, y| x.time.total_cmp(&y.time));
        let (mut begun, mut last) = (-9.0, -9.0);
        for firing in own {
            let t = firing.time;
            let is_same = t - last <= 1.0 && t - begun <= 2.0;
            last = t;
            if is_same {
                continue;
            }
            begun = t;
            let mut open: Vec<usize> = (0..words.len())
                .filter(|&i| words[i].start <= t && t <= words[i].end + 0.5)
                .collect();
            open.sort_by(|&i, &j| words[i].end.total_cmp(&words[j].end).then(i.cmp(&j)));
            let is_hit = |i: usize, events: &[(String, f64, Verdict)]| {
                events.iter().any(|e| e.2 == Verdict::Hit(i))
            };
            let own = || {
                open.iter()
                    .copied()
                    .filter(|&i| words[i].keyword == keyword)
            };
            let verdict = match (own().find(|&i| !is_hit(i, &events)), own().next()) {
                (Some(i), _) => Verdict::Hit(i),
                (None, Some(i)) => Verdict::Extra(i),
                (None, None) => open
                    .iter()
                    .copied()
                    .min()
                    .map_or(Verdict::FalseAlarm, Verdict::Substitution),
            };
            events.push((keyword.to_string(), t, verdict));
        }
    }
    events
}

fn keyword() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("b")]
}

/// Times are odd multiples of 1/64 s, so that none falls within a rounding of an edge.
fn times() -> impl Strategy<Value = f64> {
    (0u32..1_500).prop_map(|i| f64::from(2 * i + 1) / 64.0)
}

prop_compose! {
    fn a_word()(keyword in keyword(), start in 0u32..44, length in 1u32..8) -> SpokenWord<'static> {
        word(keyword, f64::from(start), f64::from(start) + f64::from(length) / 4.0)
    }
}

prop_compose! {
    fn a_firing()(keyword in keyword(), time in times(), score in 0u32..10, is_fired: bool) -> Firing<'static> {
        Firing { is_fired, ..firing(keyword, time, f64::from(score) / 10.0) }
    }
}

proptest! {
    #[test]
    fn counts_are_those_of_the_plain_rules(
        words in prop::collection::vec(a_word(), 0..20),
        firings in prop::collection::vec(a_firing(), 0..60),
        threshold in 0u32..10,
    ) {
        let threshold = f64::from(threshold) / 10.0;
        let spotting = scored(60.0, &words, &firings);
        let outcome = spotting.outcome(Some(threshold));
        let found: Vec<_> = outcome.events.iter().map(|e: &Event<'_>| (e.keyword.to_string(), e.time, e.verdict)).collect();
        prop_assert_eq!(found, plain(spotting.words(), &firings, threshold));
        let n_hits = outcome.count(|v| matches!(v, Verdict::Hit(_)));
        prop_assert_eq!(n_hits + outcome.n_missed(), words.len());
    }

    #[test]
    fn neither_order_nor_where_a_stream_begins_matters(
        words in prop::collection::vec(a_word(), 0..20),
        firings in prop::collection::vec(a_firing(), 0..60),
        seed: u64,
    ) {
        let report = SpottingReport::new(&scored(60.0, &words, &firings), None, seed);
        let (mut other_words, mut other_firings) = (words.clone(), firings.clone());
        other_words.reverse();
        other_firings.rotate_left(firings.len() / 3);
        let other = SpottingReport::new(&scored(60.0, &other_words, &other_firings), None, seed);
        prop_assert_eq!(&report, &other);
        // As the second of two streams, 64 s later in it, after a stream that is not heard.
        let moved_words: Vec<_> = words.iter().map(|w| SpokenWord { stream: 1, start: w.start + 64.0, end: w.end + 64.0, ..*w }).collect();
        let moved_firings: Vec<_> = firings.iter().map(|f| Firing { stream: 1, time: f.time + 64.0, ..*f }).collect();
        let moved = Spotting::new(&SpottingConfig::default(), &[10.0, 124.0], &moved_words, &moved_firings).unwrap();
        let moved = SpottingReport::new(&moved, None, seed);
        prop_assert_eq!(&report.misses, &moved.misses);
        prop_assert_eq!(report.false_alarms.n, moved.false_alarms.n);
        prop_assert_eq!((report.n_extra, report.n_substitutions), (moved.n_extra, moved.n_substitutions));
        prop_assert!((report.hours - report.false_alarms.hours - moved.hours + moved.false_alarms.hours).abs() < 1e-12);
    }

    #[test]
    fn the_curve_is_the_outcome_at_each_threshold(
        words in prop::collection::vec(a_word(), 1..20),
        firings in prop::collection::vec(a_firing(), 0..60),
    ) {
        let spotting = scored(60.0, &words, &firings);
        let det = spotting.det().unwrap();
        prop_assert_eq!((det[0].n_missed, det[0].n_false_alarms), (words.len(), 0));
        for point in &det[1..] {
            let outcome = spotting.outcome(point.threshold);
            prop_assert_eq!((point.n_missed, point.n_false_alarms), (outcome.n_missed(), outcome.n_false_alarms()));
            prop_assert!((0.0..=1.0).contains(&point.miss.unwrap()));
        }
        let least = det.iter().map(|p| p.n_missed).min();
        let at = spotting.at_rate(&det, 1e6).point.map(|p| p.n_missed);
        prop_assert_eq!(at, least);
    }
}
