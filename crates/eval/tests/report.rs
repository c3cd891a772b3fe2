//! Reports by hand, and what must not change when trials are shuffled or renamed.

use mynah_eval::{Confusion, Report, Trial, wilson};
use proptest::prelude::*;

fn labels(names: &[&str]) -> Vec<String> {
    names.iter().map(|s| s.to_string()).collect()
}

fn trial<'a>(truth: &'a str, answer: &'a str, speaker: &'a str) -> Trial<'a> {
    Trial {
        truth,
        answer,
        speaker: (!speaker.is_empty()).then_some(speaker),
    }
}

#[test]
fn a_report_by_hand() {
    let trials = [
        trial("yes", "yes", "zoe"),
        trial("yes", "no", "ada"),
        trial("no", "no", "ada"),
        trial("no", "no", "zoe"),
        trial("yes", "yes", "zoe"),
    ];
    let report = Report::new(&labels(&["yes", "no", "stop"]), &trials, 7).unwrap();
    assert_eq!((report.n, report.n_correct, report.accuracy), (5, 4, 0.8));
    assert_eq!(
        report.interval_method,
        "bootstrap over 2 speakers, at least Wilson over clips"
    );
    // The bootstrap's own is [0.5, 1]; Wilson's lower end for 4 of 5 lies below it.
    assert_eq!(report.interval, [wilson(4, 5).unwrap()[0], 1.0]);
    assert_eq!(report.wilson, wilson(4, 5).unwrap());
    assert_eq!(report.mean_over_speakers, Some(0.75));
    assert_eq!(report.confusion.labels, ["yes", "no", "stop"]);
    assert_eq!(report.confusion.counts, [[2, 1, 0], [0, 2, 0], [0, 0, 0]]);

    let classes: Vec<&str> = report
        .per_class
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(classes, ["yes", "no", "stop"]);
    let [(_, yes), (_, no), (_, stop)] = &report.per_class[..] else {
        panic!("three classes")
    };
    assert_eq!((yes.n, yes.n_correct), (3, 2));
    assert_eq!((yes.accuracy, yes.precision), (Some(2.0 / 3.0), Some(1.0)));
    assert_eq!(yes.interval, wilson(2, 3));
    assert_eq!((no.accuracy, no.precision), (Some(1.0), Some(2.0 / 3.0)));
    assert_eq!(
        (stop.n, stop.accuracy, stop.interval, stop.precision),
        (0, None, None, None)
    );

    let [(first, ada), (second, zoe)] = &report.per_speaker[..] else {
        panic!("two speakers")
    };
    assert_eq!((first.as_str(), second.as_str()), ("ada", "zoe"));
    assert_eq!((ada.n, ada.n_correct, ada.accuracy), (2, 1, 0.5));
    assert_eq!((zoe.n, zoe.n_correct, zoe.accuracy), (3, 3, 1.0));
    assert_eq!(zoe.interval, wilson(3, 3).unwrap());
}

#[test]
fn nothing_is_no_report() {
    assert_eq!(Report::new(&labels(&["yes"]), &[], 0), None);
}

#[test]
fn unknown_truths_are_appended_sorted_and_wrong() {
    let trials = [
        trial("zebra", "yes", "ada"),
        trial("apple", "yes", "bob"),
        trial("yes", "yes", "bob"),
    ];
    let report = Report::new(&labels(&["yes", "no"]), &trials, 0).unwrap();
    assert_eq!(report.confusion.labels, ["yes", "no", "apple", "zebra"]);
    assert_eq!(report.n_correct, 1);
    let (_, apple) = &report.per_class[2];
    assert_eq!(
        (apple.n, apple.accuracy, apple.precision),
        (1, Some(0.0), None)
    );
}

#[test]
fn repeated_labels_count_once() {
    let confusion = Confusion::new(&labels(&["a", "a", "b"]), &[trial("b", "b", "")]);
    assert_eq!(confusion.labels, ["a", "b"]);
    assert_eq!(confusion.counts, [[0, 0], [0, 1]]);
}

#[test]
fn clips_are_counted_where_speakers_cannot_be() {
    let names = labels(&["a", "b"]);
    let one_unknown = [
        trial("a", "a", "ada"),
        trial("b", "a", "bob"),
        trial("b", "b", ""),
    ];
    let one_speaker = [
        trial("a", "a", "ada"),
        trial("b", "a", "ada"),
        trial("b", "b", "ada"),
    ];
    for trials in [one_unknown, one_speaker] {
        let report = Report::new(&names, &trials, 0).unwrap();
        assert_eq!(report.interval_method, "Wilson over clips");
        assert_eq!(report.interval, wilson(2, 3).unwrap());
    }
    let nobody = Report::new(&names, &[trial("a", "a", "")], 0).unwrap();
    assert_eq!(nobody.mean_over_speakers, None);
    assert!(nobody.per_speaker.is_empty());
}

const WORDS: [&str; 5] = ["a", "b", "c", "d", "e"];
const OTHER_WORDS: [&str; 5] = ["west", "north", "east", "south", "up"];
const SPEAKERS: [&str; 4] = ["", "ada", "bob", "cyd"];

/// Indices, so that a test can rename: truth, answer, speaker. The model knows words 0..3.
fn any_trials() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0..5usize, 0..3usize, 0..4usize), 1..40)
}

fn named<'a>(indices: &[(usize, usize, usize)], words: &[&'a str; 5]) -> Vec<Trial<'a>> {
    let name = |&(truth, answer, speaker): &(usize, usize, usize)| {
        trial(words[truth], words[answer], SPEAKERS[speaker])
    };
    indices.iter().map(name).collect()
}

proptest! {
    #[test]
    fn shuffling_changes_nothing(
        (indices, shuffled) in any_trials().prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle())),
        seed: u64,
    ) {
        let names = labels(&WORDS[..3]);
        prop_assert_eq!(
            Report::new(&names, &named(&indices, &WORDS), seed),
            Report::new(&names, &named(&shuffled, &WORDS), seed)
        );
    }

    #[test]
    fn renaming_labels_renames_the_report(indices in any_trials(), seed: u64) {
        let one = Report::new(&labels(&WORDS[..3]), &named(&indices, &WORDS), seed).unwrap();
        let other = Report::new(&labels(&OTHER_WORDS[..3]), &named(&indices, &OTHER_WORDS), seed).unwrap();
        prop_assert_eq!(one.interval, other.interval);
        prop_assert_eq!(&one.confusion.counts, &other.confusion.counts);
        prop_assert_eq!(&one.per_speaker, &other.per_speaker);
        let scores = |report: &Report| report.per_class.iter().map(|(_, s)| s.clone()).collect::<Vec<_>>();
        prop_assert_eq!(scores(&one), scores(&other));
        for (old, new) in one.confusion.labels.iter().zip(&other.confusion.labels) {
            let i = WORDS.iter().position(|w| w == old).unwrap();
            prop_assert_eq!(OTHER_WORDS[i], new);
        }
    }

    #[test]
    fn the_parts_add_up(indices in any_trials(), seed: u64) {
        let trials = named(&indices, &WORDS);
        let report = Report::new(&labels(&WORDS[..3]), &trials, seed).unwrap();
        prop_assert_eq!(report.n, trials.len());
        prop_assert_eq!(report.confusion.counts.iter().flatten().sum::<usize>(), report.n);
        prop_assert_eq!(report.per_class.iter().map(|(_, s)| s.n).sum::<usize>(), report.n);
        prop_assert_eq!(report.per_class.iter().map(|(_, s)| s.n_correct).sum::<usize>(), report.n_correct);
        let with_speaker = trials.iter().filter(|t| t.speaker.is_some()).count();
        prop_assert_eq!(report.per_speaker.iter().map(|(_, s)| s.n).sum::<usize>(), with_speaker);
        let [low, high] = report.wilson;
        prop_assert!(low <= report.accuracy && report.accuracy <= high);
        let [low, high] = report.interval;
        prop_assert!(0.0 <= low && low <= high && high <= 1.0);
    }
}
