//! The road from a recording to a decision, stage by stage, on the bundled corpus: `cargo bench -p mynah-benches`.
//!
//! Machines are shared and noisy: compare rows of one run, not runs.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::ItemsCount;
use mynah::dsp::{Mfcc, MfccConfig};
use mynah::{Model, Pipeline, Provenance, Recognizer, TrainConfig, TrainingSet};
use mynah_audio::{Audio, Channel};

fn main() {
    divan::main();
}

/// The recordings of two digits, with their words.
fn recordings() -> Vec<(PathBuf, &'static str)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/spoken-digits/wav");
    let files = |word: &'static str| {
        let folder = fs::read_dir(corpus.join(word)).expect("the corpus is in the repository");
        folder.map(move |file| (file.expect("a readable folder").path(), word))
    };
    let mut all: Vec<_> = files("three").chain(files("seven")).collect();
    all.sort();
    all
}

fn read(path: &Path) -> Audio {
    mynah_audio::read(path, Channel::Mix).expect("a sound recording")
}

/// A minute of speech at 16 kHz.
fn minute() -> Vec<f32> {
    let all = recordings();
    let mut samples: Vec<f32> = all
        .iter()
        .flat_map(|(path, _)| read(path).samples)
        .collect();
    while samples.len() < 960_000 {
        samples.extend_from_within(..);
    }
    samples.truncate(960_000);
    samples
}

fn model() -> Model {
    let config = TrainConfig::default();
    let mut pipeline = Pipeline::new(&config.pipeline).expect("the default works");
    let mut set = TrainingSet::new(pipeline.dim(), vec!["seven".into(), "three".into()]);
    for (path, word) in recordings() {
        set.push(&pipeline.vector(&read(&path).samples).expect("a word"), word);
    }
    mynah::train(&config, set, Provenance::new(), &mut |_| {
        ControlFlow::Continue(())
    })
    .expect("two words")
}

/// Items are frames of 10 ms.
#[divan::bench(args = ["mynah", "kaldi"])]
fn features_of_a_minute(bencher: Bencher<'_, '_>, preset: &str) {
    let config = if preset == "kaldi" {
        MfccConfig::kaldi()
    } else {
        MfccConfig::mynah()
    };
    let mut mfcc = Mfcc::new(&config).expect("a preset works");
    let samples = minute();
    let n_frames = mfcc.n_frames(samples.len());
    let mut out = vec![0.0; n_frames * mfcc.n_coeffs()];
    bencher.counter(ItemsCount::new(n_frames)).bench_local(|| {
        mfcc.compute_into(divan::black_box(&samples), &mut out);
        assert!(out[0].is_finite());
    });
}

/// Items are files of about half a second.
#[divan::bench]
fn read_recordings(bencher: Bencher<'_, '_>) {
    let all = recordings();
    bencher.counter(ItemsCount::new(all.len())).bench_local(|| {
        let n: usize = all.iter().map(|(path, _)| read(path).samples.len()).sum();
        assert!(n > 100_000);
    });
}

/// Items are words, from samples to a decision.
#[divan::bench]
fn classify(bencher: Bencher<'_, '_>) {
    let model = model();
    let words: Vec<_> = recordings()
        .into_iter()
        .map(|(path, word)| (read(&path).samples, word))
        .collect();
    let mut recognizer = Recognizer::new(&model);
    bencher
        .counter(ItemsCount::new(words.len()))
        .bench_local(|| {
            let n_right = words.iter().filter(|(samples, word)| {
                recognizer.classify(samples).expect("a word").label == *word
            });
            // These very words were learnt: less would mean that the answer is broken, not the model.
            assert!(n_right.count() * 10 > words.len() * 9);
        });
}
