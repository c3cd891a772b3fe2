//! Keywords in streams: the same events however they arrive, in time, once a word.
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;
use std::sync::OnceLock;

use mynah::lvq::Counts;
use mynah::{
    Cut, Error, Model, Pipeline, PipelineConfig, Provenance, Scratch, SpotEvent, SpotMode, Spotter,
    SpotterConfig, Spotting, TrainConfig, TrainingSet,
};
use proptest::prelude::*;

const RATE: usize = 16_000;
const WORD: usize = 6_400;

/// A tone that rises (or falls) by an octave, as `voice` says it.
fn word(rises: bool, voice: f32) -> Vec<f32> {
    (0..WORD)
        .map(|i| i as f32 / WORD as f32)
        .map(|t| {
            let sweep = if rises { t } else { 1.0 - t };
            0.3 * (4_000.0 * voice * (1.0 + sweep) * t).sin() * (std::f32::consts::PI * t).sin()
        })
        .collect()
}

fn hiss(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.01
        })
        .collect()
}

/// Speech that is no keyword: tones that wander.
fn babble(n: usize) -> Vec<f32> {
    let mut samples = hiss(n, 3);
    for (i, sample) in samples.iter_mut().enumerate() {
        let t = i as f32 / RATE as f32;
        let loud = (5.0 * t).sin().max(0.0) * 0.2;
        *sample += loud * (900.0 * t + 200.0 * (3.0 * t).sin()).sin();
    }
    samples
}

fn trained(labels: &[&str]) -> Model {
    let mut config = TrainConfig::default();
    config.counts = Counts::Equal(4);
    config.rule = config.rule.with_n_epochs(20);
    config.is_balanced = true;
    let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
    let names = labels.iter().map(|label| label.to_string()).collect();
    let mut set = TrainingSet::new(pipeline.dim(), names);
    for (i, voice) in (10..).zip([0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15]) {
        for (rises, label) in [(true, "up"), (false, "down")] {
            let mut clip = hiss(2_000, i);
            clip.extend(word(rises, voice));
            clip.extend(hiss(2_000, 100 * i));
            set.hear(&mut pipeline, &clip, label, label).unwrap();
        }
    }
    if labels.contains(&"_unknown_") {
        let mut mels = Vec::new();
        for background in [babble(3 * RATE), hiss(3 * RATE, 9)] {
            pipeline.log_mels_into(&background, &mut mels).unwrap();
            let sound = Scratch::default().keep(&mels, pipeline.n_mels()).unwrap();
            let cut = Cut::Anywhere {
                shortest: 30,
                longest: 60,
            };
            for i in 0..30 {
                set.push_sound(sound.clone().with_cut(cut), "_unknown_", format!("{i}"));
            }
        }
    }
    let observe = &mut |_: &_| ControlFlow::Continue(());
    mynah::train(&config, set, Provenance::new(), observe).unwrap()
}

fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| trained(&["up", "down", "_unknown_"]))
}

/// Words by the seconds they begin at, over hiss.
fn stream(words: &[(f64, bool)], seconds: f64) -> Vec<f32> {
    let mut samples = hiss((seconds * RATE as f64) as usize, 77);
    for &(at, rises) in words {
        let at = (at * RATE as f64) as usize;
        for (sample, x) in samples[at..].iter_mut().zip(word(rises, 1.02)) {
            *sample += x;
        }
    }
    samples
}

fn spot<'m>(
    model: &'m Model,
    config: &SpotterConfig,
    samples: &[f32],
    chunk: usize,
) -> Vec<SpotEvent<'m>> {
    let mut spotter = Spotter::new(model, config).unwrap();
    let mut events = Vec::new();
    for chunk in samples.chunks(chunk) {
        spotter.push(chunk, &mut events);
    }
    spotter.finish(&mut events);
    events
}

fn fired<'e>(events: &'e [SpotEvent<'_>]) -> Vec<(&'e str, f64)> {
    let fired = events.iter().filter(|event| event.is_fired);
    fired
        .map(|event| (event.keyword, event.seconds(event.time)))
        .collect()
}

fn in_mode(mode: SpotMode) -> SpotterConfig {
    let mut config = SpotterConfig::default();
    config.mode = Some(mode);
    config
}

#[test]
fn each_word_is_one_event_and_is_told_within_300_ms() {
    let words = [(0.9, true), (3.4, false), (6.0, true), (8.7, false)];
    let samples = stream(&words, 10.0);
    for mode in [SpotMode::Sliding, SpotMode::Endpoint] {
        let events = spot(model(), &in_mode(mode), &samples, 1_000);
        let found = fired(&events);
        assert_eq!(found.len(), words.len(), "{mode:?}: {found:?}");
        for ((keyword, time), (begin, rises)) in found.iter().zip(words) {
            assert_eq!(*keyword, if rises { "up" } else { "down" });
            let end = begin + WORD as f64 / RATE as f64;
            assert!(*time <= end + 0.3, "{mode:?}: told {} s late", time - end);
            assert!(*time >= end - 0.15, "{mode:?}: told {} s early", end - time);
        }
        for event in &events {
            assert!(event.start < event.end && event.end <= event.time);
            assert!((0.0..=1.0).contains(&event.score));
            assert_ne!(event.keyword, event.runner_up);
            assert_ne!(event.keyword, "_unknown_");
        }
    }
}

#[test]
fn background_is_no_word() {
    for samples in [babble(10 * RATE), hiss(10 * RATE, 5), vec![0.0; 10 * RATE]] {
        let events = spot(model(), &SpotterConfig::default(), &samples, 4_000);
        assert_eq!(fired(&events), [], "{events:?}");
    }
}

#[test]
fn a_keyword_rests_after_it_was_heard() {
    let samples = stream(&[(0.5, true), (1.5, true), (3.2, true)], 4.5);
    let events = spot(model(), &SpotterConfig::default(), &samples, 4_000);
    let ups: Vec<_> = events.iter().filter(|e| e.score >= 0.5).collect();
    assert_eq!(ups.len(), 3, "{events:?}");
    assert_eq!(
        ups.iter().map(|e| e.is_fired).collect::<Vec<_>>(),
        [true, false, true]
    );
    let mut quick = SpotterConfig::default();
    quick.refractory = 0.5;
    assert_eq!(fired(&spot(model(), &quick, &samples, 4_000)).len(), 3);
}

#[test]
fn reset_equals_new_and_finish_resets() {
    let samples = stream(&[(0.5, true)], 2.0);
    for mode in [SpotMode::Sliding, SpotMode::Endpoint] {
        let expected = spot(model(), &in_mode(mode), &samples, samples.len());
        let mut spotter = Spotter::new(model(), &in_mode(mode)).unwrap();
        let mut events = Vec::new();
        spotter.push(&samples[..9_001], &mut events);
        spotter.reset();
        for _ in 0..2 {
            events.clear();
            spotter.push(&samples, &mut events);
            spotter.finish(&mut events);
            assert_eq!(events, expected, "{mode:?}");
        }
    }
}

#[test]
fn a_word_at_the_end_is_not_lost_and_short_streams_are_nothing() {
    let samples = stream(&[(0.8, true)], 0.8 + WORD as f64 / RATE as f64);
    for mode in [SpotMode::Sliding, SpotMode::Endpoint] {
        let events = spot(model(), &in_mode(mode), &samples, 700);
        assert_eq!(fired(&events).len(), 1, "{mode:?}: {events:?}");
        for n in [0, 1, 399, 400, 3_000] {
            assert_eq!(
                fired(&spot(model(), &in_mode(mode), &samples[..n], 100)),
                []
            );
        }
    }
}

#[test]
fn what_is_no_number_is_silence() {
    let mut samples = stream(&[(1.5, true)], 3.0);
    samples[2_000] = f32::NAN;
    samples[3_000] = f32::INFINITY;
    let mut silenced = samples.clone();
    (silenced[2_000], silenced[3_000]) = (0.0, 0.0);
    for mode in [SpotMode::Sliding, SpotMode::Endpoint] {
        let events = spot(model(), &in_mode(mode), &samples, 800);
        assert_eq!(events, spot(model(), &in_mode(mode), &silenced, 800));
        assert_eq!(fired(&events).len(), 1);
    }
}

#[test]
fn a_radius_turns_away_what_lies_beyond() {
    let samples = stream(&[(0.9, true)], 2.0);
    let scores = |radius: f32| {
        let mut spotting = Spotting::default();
        spotting.radii = vec![radius; model().prototypes().n_prototypes()];
        let model = model().clone().with_spotting(Some(spotting)).unwrap();
        let model = Model::from_bytes(&model.to_bytes()).unwrap();
        let events = spot(&model, &SpotterConfig::default(), &samples, 800);
        events.iter().map(|e| e.score).fold(0.0, f32::max)
    };
    let without = scores(f32::MAX);
    assert!(without > 0.5);
    assert!(scores(1.0) < 0.1 && scores(1.0) < without);
}

#[test]
fn a_models_own_thresholds_hold_unless_another_is_given() {
    let samples = stream(&[(0.9, true), (3.5, false)], 5.0);
    let mut spotting = Spotting::default();
    spotting.thresholds = vec![1.0, 0.5, 1.0];
    let model = model().clone().with_spotting(Some(spotting)).unwrap();
    let model = Model::from_bytes(&model.to_bytes()).unwrap();
    let events = spot(&model, &SpotterConfig::default(), &samples, 800);
    let keywords: Vec<&str> = fired(&events).iter().map(|(keyword, _)| *keyword).collect();
    assert_eq!(keywords, ["down"]);
    let mut config = SpotterConfig::default();
    config.threshold = Some(0.5);
    assert_eq!(fired(&spot(&model, &config, &samples, 800)).len(), 2);
}

#[test]
fn a_model_of_words_alone_spots_them_between_pauses() {
    let model = trained(&["up", "down"]);
    let spotter = Spotter::new(&model, &SpotterConfig::default()).unwrap();
    assert_eq!(spotter.mode(), SpotMode::Endpoint);
    let samples = stream(&[(0.9, true), (3.4, false)], 5.0);
    let events = spot(&model, &SpotterConfig::default(), &samples, 333);
    let keywords: Vec<&str> = fired(&events).iter().map(|(keyword, _)| *keyword).collect();
    assert_eq!(keywords, ["up", "down"]);
}

#[test]
fn what_cannot_be_spotted_is_refused() {
    let refused = |change: fn(&mut SpotterConfig), name: &str| {
        let mut config = SpotterConfig::default();
        change(&mut config);
        let error = Spotter::new(model(), &config).err().unwrap();
        assert!(
            matches!(error, Error::Spotter { field, .. } if field == name),
            "{error}"
        );
    };
    refused(|c| c.hop_frames = 0, "hop_frames");
    refused(|c| c.smoothing_hops = 0, "smoothing_hops");
    refused(|c| c.threshold = Some(f32::NAN), "threshold");
    refused(|c| c.refractory = -1.0, "refractory");
    refused(|c| c.floor = 1.5, "floor");
    for spotting in [
        (vec![1.0], vec![]),
        (vec![], vec![0.5]),
        (vec![0.0; model().prototypes().n_prototypes()], vec![]),
        (vec![], vec![0.5, f32::NAN, 0.5]),
    ] {
        let mut bad = Spotting::default();
        (bad.radii, bad.thresholds) = spotting;
        assert!(model().clone().with_spotting(Some(bad)).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn chunking_does_not_matter(
        chunks in prop::collection::vec(1usize..5_000, 1..40),
        at in 0.3f64..1.0,
        is_sliding in any::<bool>(),
    ) {
        let samples = stream(&[(at, true), (at + 1.2, false)], 3.0);
        let config = in_mode(if is_sliding { SpotMode::Sliding } else { SpotMode::Endpoint });
        let mut spotter = Spotter::new(model(), &config).unwrap();
        let mut events = Vec::new();
        let mut rest = samples.as_slice();
        for &chunk in chunks.iter().cycle() {
            let (now, later) = rest.split_at(chunk.min(rest.len()));
            spotter.push(now, &mut events);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        spotter.finish(&mut events);
        prop_assert!(!events.is_empty());
        prop_assert_eq!(events, spot(model(), &config, &samples, samples.len()));
    }
}
