//! The road from a recording to a decision, stage by stage, on the bundled corpus: `cargo bench -p mynah-benches`.
//!
//! Machines are shared and noisy: compare rows of one run, not runs. Every row's last answer is compared, after the
//! timing, with one that was found another way.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use mynah::dsp::{Mfcc, MfccConfig, MfccStream};
use mynah::lvq::squared_euclidean;
use mynah::{Model, Pipeline, Provenance, Recognizer, TrainConfig, TrainingSet};
use mynah_audio::{Audio, Channel};
use mynah_benches::minute;

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

/// The distance in its most obvious form.
fn plain_distance(x: &[f32], w: &[f32]) -> f32 {
    x.iter().zip(w).map(|(x, w)| (x - w) * (x - w)).sum()
}

fn check(got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        let tolerance = 1e-4 * (1.0 + expected.abs());
        assert!(
            (got - expected).abs() <= tolerance,
            "{got}, expected {expected}"
        );
    }
}

fn model() -> Model {
    let config = TrainConfig::default();
    let mut pipeline =
        Pipeline::new(config.input.pipeline().expect("sound")).expect("the default works");
    let mut set = TrainingSet::new(pipeline.dim(), vec!["seven".into(), "three".into()]);
    for (path, word) in recordings() {
        let samples = read(&path).samples;
        set.hear(&mut pipeline, &samples, word, path.display().to_string())
            .expect("a word");
    }
    mynah::train(&config, set, Provenance::new(), &mut |_| {
        ControlFlow::Continue(())
    })
    .expect("two words")
}

/// Items are frames of 10 ms; checked against a stream.
#[divan::bench(args = ["mynah", "kaldi"])]
fn features_of_a_minute(bencher: Bencher<'_, '_>, preset: &str) {
    let config = if preset == "kaldi" {
        MfccConfig::kaldi()
    } else {
        MfccConfig::mynah()
    };
    let mut mfcc = Mfcc::new(&config).expect("a preset works");
    let samples = minute();
    let n_frames = mfcc.n_frames(samples.len()).expect("a long clip");
    let mut out = vec![0.0; n_frames * mfcc.n_coeffs()];
    bencher.counter(ItemsCount::new(n_frames)).bench_local(|| {
        mfcc.compute_into(divan::black_box(&samples), &mut out)
            .expect("a long clip")
    });
    let mut stream = MfccStream::new(&config).expect("a preset works");
    let mut expected = Vec::new();
    for block in samples.chunks(137) {
        stream.push(block, &mut expected);
    }
    stream.finish(&mut expected).expect("a long clip");
    check(&out, &expected);
}

/// Checked against the 16-bit numbers behind the header.
#[divan::bench]
fn decode_wav(bencher: Bencher<'_, '_>) {
    let recordings = recordings().into_iter();
    let files: Vec<Vec<u8>> = recordings
        .map(|(path, _)| fs::read(path).expect("a readable file"))
        .collect();
    let mut decoded: Vec<Audio> = Vec::new();
    let n_bytes: usize = files.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(n_bytes)).bench_local(|| {
        let audio = |file: &Vec<u8>| mynah_audio::decode(file, Channel::Mix).expect("a WAV file");
        decoded.clear();
        decoded.extend(files.iter().map(audio));
    });
    for (file, audio) in files.iter().zip(&decoded) {
        assert_eq!(file[36..40], *b"data");
        let expected: Vec<f32> = file[44..]
            .chunks(2)
            .map(|x| f32::from(i16::from_le_bytes([x[0], x[1]])) / 32_768.0)
            .collect();
        check(&audio.samples, &expected);
    }
}

/// Items are distances between vectors of the default length; "plain" is the naive twin. Checked against `f64`.
#[divan::bench(args = ["mynah", "plain"])]
fn distance(bencher: Bencher<'_, '_>, which: &str) {
    let distance = if which == "plain" {
        plain_distance
    } else {
        squared_euclidean::<f32>
    };
    let config = TrainConfig::default();
    let dim = Pipeline::new(config.input.pipeline().expect("sound"))
        .expect("the default works")
        .dim();
    let values: Vec<f32> = (0..101 * dim).map(|i| (0.37 * i as f32).sin()).collect();
    let (x, prototypes) = values.split_at(dim);
    let mut out = vec![0.0; prototypes.len() / dim];
    bencher.counter(ItemsCount::new(out.len())).bench_local(|| {
        for (out, w) in out.iter_mut().zip(prototypes.chunks_exact(dim)) {
            *out = distance(divan::black_box(x), w);
        }
    });
    let square = |(x, w): (&f32, &f32)| (f64::from(*x) - f64::from(*w)).powi(2);
    let expected: Vec<f32> = prototypes
        .chunks_exact(dim)
        .map(|w| x.iter().zip(w).map(square).sum::<f64>() as f32)
        .collect();
    check(&out, &expected);
}

/// Items are words, from samples to a decision; checked against the smallest of all plain distances.
#[divan::bench]
fn classify(bencher: Bencher<'_, '_>) {
    let model = model();
    let words: Vec<_> = recordings()
        .iter()
        .map(|(path, _)| read(path).samples)
        .collect();
    let mut recognizer = Recognizer::new(&model);
    let mut decisions = Vec::new();
    bencher
        .counter(ItemsCount::new(words.len()))
        .bench_local(|| {
            decisions.clear();
            decisions.extend(
                words
                    .iter()
                    .map(|samples| recognizer.classify(samples).expect("a word")),
            );
        });
    let mut pipeline = Pipeline::new(model.pipeline().expect("sound")).expect("the model's works");
    let codebook = model.codebook().expect("in floating-point numbers");
    assert_eq!(decisions.len(), words.len());
    for (samples, decision) in words.iter().zip(decisions) {
        let mut views = pipeline.views(samples).expect("a word");
        model.scaler().apply(&mut views);
        let cuts = views.chunks_exact(pipeline.n_views() * pipeline.dim());
        let expected = cuts.map(|views| codebook.decide_views(views));
        let expected = expected.reduce(|a, b| a.nearer(b)).expect("a cut");
        assert_eq!(decision.label, model.labels()[expected.label as usize]);
        check(&[decision.distance], &[expected.distance]);
    }
}
