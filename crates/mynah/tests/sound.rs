//! Models of sound: reasons, words added later, sounds of another pipeline.

use std::f32::consts::PI;
use std::ops::ControlFlow;

use mynah::{
    Error, Model, Pipeline, PipelineConfig, Provenance, Recognizer, TrainConfig, TrainingSet,
};

/// Tones that rise, fall or stay, by voices of another height.
fn word(kind: &str, voice: f32) -> Vec<f32> {
    let height = |t: f32| match kind {
        "up" => t,
        "down" => 1.0 - t,
        _ => 0.5,
    };
    let sample = |t: f32| 0.3 * (900.0 * voice * (1.0 + height(t)) * t).sin() * (PI * t).sin();
    (0..8_000).map(|i| sample(i as f32 / 8_000.0)).collect()
}

fn hear(words: &[&str], config: &PipelineConfig) -> TrainingSet {
    let mut pipeline = Pipeline::new(config).expect("tones are words");
    let names = words.iter().map(|word| (*word).to_string()).collect();
    let mut set = TrainingSet::new(pipeline.dim(), names);
    for kind in words {
        for voice in [0.8, 0.95, 1.1, 1.25] {
            set.hear(
                &mut pipeline,
                &word(kind, voice),
                kind,
                format!("{kind} {voice}"),
            )
            .expect("tones are words");
        }
    }
    set
}

fn train(words: &[&str], heard_by: &PipelineConfig) -> Result<Model, Error> {
    let mut config = TrainConfig::for_recordings(words.len(), 4 * words.len());
    config.rule = config.rule.with_n_epochs(5);
    mynah::train(
        &config,
        hear(words, heard_by),
        Provenance::new(),
        &mut |_| ControlFlow::Continue(()),
    )
}

#[test]
fn the_evidence_sums_to_the_difference_of_the_distances() {
    let model = train(&["up", "down", "flat"], &PipelineConfig::default()).unwrap();
    let mut recognizer = Recognizer::new(&model);
    for (kind, voice) in [("up", 0.7), ("down", 0.9), ("flat", 1.0), ("up", 1.3)] {
        // Noise at one end moves the end points, so that the cuts differ.
        let mut samples = word(kind, voice);
        for (i, sample) in samples.iter_mut().enumerate().skip(6_500) {
            *sample += 0.01 * (i as f32 * 1.7).sin();
        }
        let why = recognizer.explain(&samples).unwrap();
        let difference = why.runner_up.as_ref().unwrap().distance - why.winner.distance;
        let sum: f32 = why.evidence.iter().sum();
        let scale = why.winner.distance + why.runner_up.unwrap().distance;
        assert!(
            (sum - difference).abs() < 1e-4 * scale,
            "{sum} {difference}"
        );
    }
}

#[test]
fn a_word_added_later_leaves_the_prototypes_in_16_bits() {
    let model = train(&["up", "down"], &PipelineConfig::default()).unwrap();
    let set = hear(&["flat"], &PipelineConfig::default());
    let larger = model.with_words(set, 2, 1, &Provenance::new()).unwrap();
    let n_values = 2 * model.prototypes().dim();
    let grown = larger.to_bytes().len() - model.to_bytes().len();
    assert!(
        grown < 2 * n_values + 1_000,
        "{grown} bytes for {n_values} values"
    );
    assert_eq!(larger.exemplars().len(), larger.prototypes().n_prototypes());
}

#[test]
fn sounds_of_another_pipeline_are_refused() {
    let mut other = PipelineConfig::default();
    other.mfcc.n_mels = 20;
    let error = train(&["up", "down"], &other).unwrap_err();
    let expected = "a sound has 20 mel bands and the training's pipeline 40";
    assert!(error.to_string().starts_with(expected), "{error}");
}
