//! Enrolment, as a library has it.
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use mynah::enrol::{EnrolConfig, Fault, Recording, enrol};
use mynah::{
    Input, Model, Pipeline, Provenance, SpotMode, Spotter, SpotterConfig, TrainConfig, TrainingSet,
};

/// Something like a word of two vowels: a buzz under two resonances that jump half way, in faint noise.
fn word(vowels: [[f32; 2]; 2], take: u32) -> Vec<f32> {
    let mut state = take.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.002
    };
    let pitch = 120.0 + 4.0 * take as f32;
    let (lead, n) = (4_000, 8_000);
    let sample = |i: usize| {
        let t = i as f32 / n as f32;
        let [low, high] = vowels[usize::from(t > 0.5)];
        let voiced: f32 = (1..40u8)
            .map(|k| {
                let f = f32::from(k) * pitch;
                let near = |centre: f32| (-((f - centre) / 150.0).powi(2)).exp();
                let phase = std::f32::consts::TAU * f * i as f32 / 16_000.0;
                (near(low) + 0.5 * near(high) + 0.01) * phase.sin()
            })
            .sum();
        0.1 * (std::f32::consts::PI * t).sin() * voiced
    };
    let silence = vec![0.0; lead];
    let spoken: Vec<f32> = (0..n).map(sample).collect();
    let all = [silence.clone(), spoken, silence].concat();
    all.into_iter().map(|x| x + noise()).collect()
}

/// Less of everything than is learnt otherwise, which is enough for two vowels.
fn quick() -> EnrolConfig {
    let mut config = EnrolConfig::default();
    (config.n_versions, config.n_windows, config.n_first) = (300, 1_500, 500);
    (config.n_mined, config.n_unknown) = (200, 32);
    config
}

const AI: [[f32; 2]; 2] = [[750.0, 1_250.0], [300.0, 2_300.0]];
const IA: [[f32; 2]; 2] = [[300.0, 2_300.0], [750.0, 1_250.0]];
const UO: [[f32; 2]; 2] = [[320.0, 800.0], [450.0, 900.0]];

fn recordings(vowels: [[f32; 2]; 2]) -> Vec<Recording> {
    let take = |take: u32| Recording {
        name: format!("take {take}"),
        samples: word(vowels, take),
        digest: u64::from(take),
    };
    (0..4).map(take).collect()
}

#[test]
fn a_keyword_that_is_added_leaves_the_others_to_the_bit() {
    let config = quick();
    let first = enrol(&config, "ai", &recordings(AI), &[], None)
        .unwrap()
        .model;
    let first = Model::from_bytes(&first.to_bytes()).unwrap();
    let added = enrol(&config, "uo", &recordings(UO), &[], Some(&first)).unwrap();
    let both = Model::from_bytes(&added.model.to_bytes()).unwrap();
    let (old, new) = (first.codebook().unwrap(), both.codebook().unwrap());
    let n = old.n_prototypes();
    assert!(new.n_prototypes() > n);
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(
        bits(&new.prototypes()[..old.prototypes().len()]),
        bits(old.prototypes())
    );
    assert_eq!(new.labels()[..n], *old.labels());
    assert_eq!(
        (new.metric(), both.scaler()),
        (old.metric(), first.scaler())
    );
    let thresholds = |model: &Model| model.spotting().unwrap().thresholds.clone();
    assert_eq!(
        thresholds(&both)[..first.labels().len()],
        thresholds(&first)
    );
    // The regression set grows, and what it said before is said again but for the flips that were told.
    let (before, after) = (first.regression().unwrap(), both.regression().unwrap());
    assert!(after.len() > before.len());
    assert_eq!(before.flips(&first, &both), added.flips);
    let right = after
        .answers(&both)
        .iter()
        .filter(|answer| answer.label == answer.truth)
        .count();
    assert!(right + 2 >= after.len(), "{right} of {}", after.len());

    let forgotten = both.without("ai").unwrap();
    let left: Vec<&str> = after.labels().filter(|&label| label != "ai").collect();
    assert!(left.contains(&"uo") && left.len() < after.len());
    assert!(forgotten.regression().unwrap().labels().eq(left));
    assert_eq!(forgotten.provenance().added, ["uo"]);
}

/// Recordings of words, to be trained on.
fn lesson(input: &Input, words: &[(&str, [[f32; 2]; 2])]) -> TrainingSet {
    let mut pipeline = Pipeline::new(input.pipeline().unwrap()).unwrap();
    let labels = words.iter().map(|(label, _)| label.to_string()).collect();
    let mut set = TrainingSet::new(pipeline.dim(), labels);
    for (label, vowels) in words {
        for take in recordings(*vowels) {
            set.hear(&mut pipeline, &take.samples, label, &take.name)
                .unwrap();
        }
    }
    set
}

#[test]
fn a_word_that_is_trained_leaves_the_keywords_what_they_need() {
    let keyword = enrol(&quick(), "ai", &recordings(AI), &[], None)
        .unwrap()
        .model;
    let set = lesson(keyword.input(), &[("ia", IA)]);
    let both = keyword.with_words(set, 2, 1, &Provenance::new()).unwrap();
    assert_eq!(both.regression(), keyword.regression());
    let (old, new) = (keyword.spotting().unwrap(), both.spotting().unwrap());
    assert!(old.lengths.iter().all(|n| new.lengths.contains(n)));
    assert_eq!(new.thresholds, [&old.thresholds[..], &[0.5]].concat());
    assert_eq!(new.radii[..old.radii.len()], old.radii);
    assert_eq!(new.radii.len(), both.prototypes().n_prototypes());
}

#[test]
fn a_keyword_that_joins_words_alone_does_not_have_them_fire_on_everything() {
    let mut config = TrainConfig::default();
    config.augment = None;
    let set = lesson(&config.input, &[("ia", IA), ("uo", UO)]);
    let words = mynah::train(&config, set, Provenance::new(), &mut |_| {
        ControlFlow::Continue(())
    });
    let words = words.unwrap();
    let model = enrol(&quick(), "ai", &recordings(AI), &[], Some(&words))
        .unwrap()
        .model;
    let spotter = Spotter::new(&model, &SpotterConfig::default()).unwrap();
    assert_eq!(spotter.mode(), SpotMode::Endpoint);
}

#[test]
fn another_word_among_the_recordings_is_noticed() {
    let mut takes = recordings(AI);
    takes[2].samples = word(UO, 2);
    let enrolled = enrol(&quick(), "ai", &takes, &[], None).unwrap();
    assert_eq!(
        (enrolled.faults, enrolled.n_used),
        (vec![(2, Fault::Unlike)], 3)
    );
    // One that is between is learnt from, and told of.
    takes[2].samples = word([AI[0], [450.0, 1_800.0]], 2);
    let enrolled = enrol(&quick(), "ai", &takes, &[], None).unwrap();
    let [(2, Fault::Odd { times })] = enrolled.faults[..] else {
        panic!("{:?}", enrolled.faults);
    };
    assert!(times > 2.0 && enrolled.n_used == 4, "{times}");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused = |change: fn(&mut EnrolConfig)| {
        let mut config = quick();
        change(&mut config);
        let error = enrol(&config, "ai", &recordings(AI), &[], None).unwrap_err();
        assert!(matches!(error, mynah::Error::Enrol { .. }), "{error}");
    };
    refused(|config| config.radius = f32::INFINITY);
    refused(|config| config.max_false_alarms_per_hour = 0.0);
    refused(|config| config.n_versions = 0);
}

#[test]
fn a_recording_given_twice_is_learnt_once() {
    let mut twice = recordings(AI);
    twice.push(twice[0].clone());
    let enrolled = enrol(&quick(), "ai", &twice, &[], None).unwrap();
    assert_eq!(enrolled.n_used, 4);
    assert_eq!(enrolled.faults, [(4, Fault::Again)]);
    let once = enrol(&quick(), "ai", &recordings(AI), &[], None).unwrap();
    assert_eq!(enrolled.model.to_bytes(), once.model.to_bytes());
}
