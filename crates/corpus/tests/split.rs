//! Splits by speaker.
#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap in a test's helper is a failed test"
)]

use std::collections::BTreeMap;
use std::path::Path;

use mynah_corpus::{Corpus, Error, ManifestFormat, Split, overlap};
use proptest::prelude::*;

/// A corpus of these speakers' clips.
fn corpus<S: AsRef<str>>(speakers: &[S]) -> Corpus {
    let rows: String = speakers
        .iter()
        .enumerate()
        .map(|(i, s)| format!("{i}.wav,yes,{}\n", s.as_ref()))
        .collect();
    let text = format!("path,label,speaker\n{rows}");
    Corpus::from_manifest_bytes(text.as_bytes(), ManifestFormat::Csv, Path::new("list.csv"))
        .unwrap()
}

fn sides(corpus: &Corpus) -> BTreeMap<&str, Split> {
    let side = |clip: &'_ mynah_corpus::Clip| clip.split.unwrap();
    corpus
        .clips
        .iter()
        .map(|c| (c.speaker.as_deref().unwrap(), side(c)))
        .collect()
}

#[test]
fn sizes_of_the_sides() {
    for (n, test, validation) in [
        (2, 1, 0),
        (3, 1, 0),
        (4, 1, 0),
        (5, 1, 1),
        (6, 1, 1),
        (10, 2, 1),
        (13, 3, 1),
        (24, 5, 2),
        (100, 20, 10),
    ] {
        let names: Vec<String> = (0..n).map(|i| format!("s{i}")).collect();
        let mut corpus = corpus(&names);
        corpus.assign_speaker_split().unwrap();
        let counts = corpus.split_counts();
        assert_eq!(
            (counts.test, counts.validation, counts.unassigned),
            (test, validation, 0),
            "{n} speakers"
        );
        assert_eq!(counts.train, n - test - validation);
    }
}

#[test]
fn the_first_hashes_are_the_test_set() {
    // sha256: 1 begins 6b86…, 2 d473…, 3 4e07…, 4 4b22…, 5 ef2d… (FIPS 180-4; any sha256sum).
    let mut corpus = corpus(&["1", "2", "3", "4", "5"]);
    corpus.assign_speaker_split().unwrap();
    let expected = [
        Split::Train,
        Split::Train,
        Split::Validation,
        Split::Test,
        Split::Train,
    ];
    assert!(corpus.clips.iter().map(|c| c.split.unwrap()).eq(expected));
}

#[test]
fn a_split_needs_to_know_everyone_and_two_of_them() {
    let mut some_unknown = corpus(&["ada", "", "bob", ""]);
    let before = some_unknown.clips.clone();
    let error = some_unknown.assign_speaker_split().unwrap_err();
    assert!(matches!(
        error,
        Error::UnknownSpeakers { n_unknown: 2, n: 4 }
    ));
    assert!(
        error.to_string().contains("manifest with a speaker column"),
        "{error}"
    );
    assert_eq!(some_unknown.clips, before);
    let error = corpus(&["ada", "ada"]).assign_speaker_split().unwrap_err();
    assert!(matches!(error, Error::TooFewSpeakers { n_speakers: 1 }));
    assert!(error.to_string().contains("at least 2"), "{error}");
}

#[test]
fn selecting_and_counting() {
    let text = "path,label,split\n1,a,train\n2,b,test\n3,c,\n4,d,train\n5,e,val\n";
    let corpus =
        Corpus::from_manifest_bytes(text.as_bytes(), ManifestFormat::Csv, Path::new("list.csv"))
            .unwrap();
    let selected = |split| {
        corpus
            .select(split)
            .map(|c| c.label.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(selected(Some(Split::Train)), ["a", "d"]);
    assert_eq!(selected(Some(Split::Validation)), ["e"]);
    assert_eq!(selected(Some(Split::Test)), ["b"]);
    assert_eq!(selected(None), ["a", "b", "c", "d", "e"]);
    let counts = corpus.split_counts();
    assert_eq!(
        (
            counts.train,
            counts.validation,
            counts.test,
            counts.unassigned
        ),
        (2, 1, 1, 1)
    );
    assert!(corpus.has_splits());
}

proptest! {
    #[test]
    fn nobody_is_on_two_sides_and_only_names_count(
        (names, shuffled) in prop::collection::vec("[a-zé]{1,2}", 2..60)
            .prop_filter("two speakers", |names| names.iter().any(|n| *n != names[0]))
            .prop_flat_map(|names| (Just(names.clone()), Just(names).prop_shuffle())),
    ) {
        let (mut one, mut other) = (corpus(&names), corpus(&shuffled));
        one.assign_speaker_split().unwrap();
        other.assign_speaker_split().unwrap();
        prop_assert_eq!(sides(&one), sides(&other));
        let side = |split| one.select(Some(split));
        for (a, b) in [(Split::Train, Split::Test), (Split::Train, Split::Validation), (Split::Validation, Split::Test)] {
            prop_assert_eq!(overlap(side(a), side(b)).speakers, Vec::<String>::new());
        }
        prop_assert!(side(Split::Test).next().is_some() && side(Split::Train).next().is_some());
    }
}
