//! The model file: the same bytes for the same training, and no damage goes unnoticed.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use mynah::lvq::{Counts, GlvqConfig, Init};
use mynah::{
    AlignConfig, Measured, Model, ModelError, Pipeline, PipelineConfig, Provenance, Recognizer,
    RuleConfig, TrainConfig, TrainingSet,
};
use proptest::prelude::*;

/// A tone that rises (or falls) by a fifth, as `voice` says it.
fn word(rises: bool, voice: f32) -> Vec<f32> {
    (0..4_000)
        .map(|i| i as f32 / 4_000.0)
        .map(|t| {
            let sweep = if rises { t } else { 1.0 - t };
            0.3 * (700.0 * voice * (1.0 + sweep) * t).sin() * (std::f32::consts::PI * t).sin()
        })
        .collect()
}

/// As small as a model can be, so that every single bit of its file can be turned.
fn config() -> TrainConfig {
    let mut config = TrainConfig::default();
    let mut pipeline = PipelineConfig::default();
    pipeline.mfcc.n_mfcc = 3;
    pipeline.mfcc.delta_order = 0;
    pipeline.align = AlignConfig::warp().with_n_frames(2);
    config.input = pipeline.into();
    config.counts = Counts::Equal(1);
    let mut rule = GlvqConfig::default();
    rule.n_epochs = 3;
    config.rule = RuleConfig::Glvq(rule);
    config
}

fn train(config: &TrainConfig, labels: [&str; 2]) -> Model {
    let mut pipeline = Pipeline::new(config.input.pipeline().unwrap()).unwrap();
    let mut set = TrainingSet::new(pipeline.dim(), labels.map(str::to_string).to_vec());
    for voice in [0.8, 0.9, 1.0, 1.1, 1.2] {
        for (rises, label) in [true, false].into_iter().zip(labels) {
            set.hear(&mut pipeline, &word(rises, voice), label, "tone")
                .unwrap();
        }
    }
    let mut provenance = Provenance::new();
    provenance.clips = vec![1, 2, u64::MAX];
    provenance.speakers = vec!["ada".to_string()];
    mynah::train(config, set, provenance, &mut |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn a_model_survives_its_file() {
    let mut model = train(&TrainConfig::default(), ["up, quickly \"so\"", "أسفل"]);
    model.add_measurement(Measured {
        corpus: "x".to_string(),
        split: "test".to_string(),
        n: 7,
        accuracy: 1.0 / 3.0,
        interval: [0.1, 0.9],
    });
    let bytes = model.to_bytes();
    let read = Model::from_bytes(&bytes).unwrap();
    assert_eq!(read.labels(), model.labels());
    assert_eq!(read.input(), model.input());
    assert_eq!(read.provenance(), model.provenance());
    assert_eq!(
        read.codebook().unwrap().prototypes(),
        model.codebook().unwrap().prototypes()
    );
    assert_eq!(read.to_bytes(), bytes);
    let samples = word(true, 0.95);
    let decision = Recognizer::new(&model).classify(&samples).unwrap();
    assert_eq!(decision, Recognizer::new(&read).classify(&samples).unwrap());
    assert_eq!(decision.label, "up, quickly \"so\"");
    assert_eq!(decision.runner_up, Some("أسفل"));
}

#[test]
fn training_again_gives_the_same_bytes() {
    // Drawn samples: the seed decides which.
    let mut config = config();
    config.start = Init::Sample.into();
    let once = train(&config, ["up", "down"]).to_bytes();
    assert_eq!(train(&config, ["up", "down"]).to_bytes(), once);
    let others = (2..6).map(|seed| {
        config.seed = seed;
        train(&config, ["up", "down"]).to_bytes()
    });
    assert!(others.into_iter().any(|other| other != once));
}

#[test]
fn every_turned_bit_is_noticed() {
    let bytes = train(&config(), ["up", "down"]).to_bytes();
    let mut damaged = bytes.clone();
    for bit in 0..8 * bytes.len() {
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(
            Model::from_bytes(&damaged).is_err(),
            "bit {bit} of {} bytes",
            bytes.len()
        );
        damaged[bit / 8] = bytes[bit / 8];
    }
}

#[test]
fn every_shortening_and_lengthening_is_noticed() {
    let bytes = train(&config(), ["up", "down"]).to_bytes();
    for length in 0..bytes.len() {
        assert!(
            Model::from_bytes(&bytes[..length]).is_err(),
            "{length} of {} bytes",
            bytes.len()
        );
    }
    let longer = [&bytes[..], &[0; 8]].concat();
    assert!(Model::from_bytes(&longer).is_err());
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let refused = |bytes: &[u8]| Model::from_bytes(bytes).unwrap_err();
    assert!(matches!(refused(b""), ModelError::Container(_)));
    assert!(matches!(
        refused(b"RIFF....WAVEfmt "),
        ModelError::Container(_)
    ));
    // A header that claims four exabytes.
    assert!(matches!(refused(&[0xff; 64]), ModelError::Container(_)));
    assert!(matches!(refused(&container("{}")), ModelError::NotMynah));
    assert!(matches!(
        refused(&container(r#"{"__metadata__":{"format":"pt"}}"#)),
        ModelError::NotMynah
    ));
    let newer = r#"{"__metadata__":{"mynah":"{\"sha256\":\"\",\"model\":{\"format\":\"mynah-model\",\"version\":4}}"}}"#;
    assert!(matches!(
        refused(&container(newer)),
        ModelError::Version { got: 4, .. }
    ));
}

/// A safetensors file with this header and no tensors.
fn container(header: &str) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes
}

proptest! {
    #[test]
    fn no_bytes_make_the_loader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Model::from_bytes(&bytes).is_err());
    }

    #[test]
    fn no_header_makes_the_loader_panic(header in "\\PC{0,300}") {
        prop_assert!(Model::from_bytes(&container(&header)).is_err());
    }

    #[test]
    fn no_changed_stretch_makes_the_loader_panic(at in 0.0..1.0f64, patch in prop::collection::vec(any::<u8>(), 1..40)) {
        let mut bytes = train(&config(), ["up", "down"]).to_bytes();
        let at = (at * (bytes.len() - patch.len()) as f64) as usize;
        let same = bytes[at..at + patch.len()] == patch[..];
        bytes[at..at + patch.len()].copy_from_slice(&patch);
        prop_assert_eq!(Model::from_bytes(&bytes).is_ok(), same);
    }
}
