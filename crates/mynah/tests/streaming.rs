//! Training from sounds that do not lie in memory: the same model, to the byte.
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use mynah::lvq::{Counts, GlvqConfig};
use mynah::{
    AugmentConfig, Error, Pipeline, PipelineConfig, Provenance, RuleConfig, Scratch, Session,
    Standardise, TrainConfig, Trained, TrainingSet,
};

/// A tone that rises (or falls) by a fifth, as `voice` says it.
fn word(rises: bool, voice: f32) -> Vec<f32> {
    (0..5_000)
        .map(|i| i as f32 / 5_000.0)
        .map(|t| {
            let sweep = if rises { t } else { 1.0 - t };
            0.3 * (900.0 * voice * (1.0 + sweep) * t).sin() * (std::f32::consts::PI * t).sin()
        })
        .collect()
}

fn set(memory: u64, voices: &[f32]) -> TrainingSet {
    let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
    let scratch = Scratch::new(memory, std::env::temp_dir());
    let labels = vec!["up".to_string(), "down".to_string()];
    let mut set = TrainingSet::new(pipeline.dim(), labels).with_scratch(scratch);
    for (i, &voice) in voices.iter().enumerate() {
        for (rises, label) in [(true, "up"), (false, "down")] {
            set.hear(
                &mut pipeline,
                &word(rises, voice),
                label,
                format!("{label} {i}"),
            )
            .unwrap();
        }
    }
    set
}

fn config() -> TrainConfig {
    let mut config = TrainConfig::default();
    config.counts = Counts::Equal(2);
    config.rule = config.rule.with_n_epochs(3);
    config
}

fn train(config: &TrainConfig, memory: u64) -> Trained {
    let set_of = |voices: &[f32]| set(memory, voices);
    let session = Session {
        validation: Some((set_of(&[0.85, 1.15]), 5)),
        ..Session::default()
    };
    let set = set_of(&[0.8, 0.9, 1.0, 1.1, 1.2]);
    let observe = &mut |_: &_| ControlFlow::Continue(());
    mynah::train_in(config, set, Provenance::new(), session, observe).unwrap()
}

#[test]
fn the_model_does_not_depend_on_where_its_clips_lie() {
    let mut whole = config();
    whole.standardise = Standardise::Whole;
    let mut as_it_is = config();
    as_it_is.standardise = Standardise::None;
    as_it_is.augment = None::<AugmentConfig>;
    as_it_is.rule = RuleConfig::Glvq(GlvqConfig::default()).with_n_epochs(3);
    for config in [config(), whole, as_it_is] {
        let in_memory = train(&config, u64::MAX);
        // Some of it, and nothing.
        for memory in [40_000, 0] {
            let spooled = train(&config, memory);
            assert_eq!(spooled.history, in_memory.history);
            assert_eq!(spooled.model.to_bytes(), in_memory.model.to_bytes());
        }
    }
}

#[test]
fn nor_does_it_depend_on_the_number_of_threads() {
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        let pool = pool.build().unwrap();
        pool.install(|| train(&config(), 0).model.to_bytes())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn words_are_added_alike() {
    let model = train(&config(), 0).model;
    let added = |memory| {
        let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
        let mut set = TrainingSet::new(pipeline.dim(), vec!["hum".to_string()])
            .with_scratch(Scratch::new(memory, std::env::temp_dir()));
        for f in [0.02, 0.021, 0.025] {
            let hum: Vec<f32> = (0..5_000).map(|i| 0.3 * (f * i as f32).sin()).collect();
            set.hear(&mut pipeline, &hum, "hum", format!("hum {f}"))
                .unwrap();
        }
        model.with_words(set, 2, 1, &Provenance::new()).unwrap()
    };
    assert_eq!(added(0).to_bytes(), added(u64::MAX).to_bytes());
    assert!(added(0).exemplars().iter().any(|name| name == "hum 0.02"));
}

#[test]
fn a_set_without_room_refuses_the_clip() {
    let nowhere = std::env::temp_dir().join("mynah/is/not/here");
    let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
    let mut set = TrainingSet::new(pipeline.dim(), vec!["up".into(), "down".into()])
        .with_scratch(Scratch::new(0, &nowhere));
    let heard = set.hear(&mut pipeline, &word(true, 1.0), "up", "first");
    assert!(matches!(heard, Err(Error::Scratch { folder, .. }) if folder == nowhere));
    assert_eq!(set.n_vectors(), 0);
}

#[test]
#[should_panic(expected = "a vector among sounds")]
fn sounds_and_vectors_do_not_mix() {
    let mut set = set(0, &[1.0]);
    set.push(&vec![0.0; 833], "up");
}
