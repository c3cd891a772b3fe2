//! What spotting costs in sliding windows: ten keywords in a minute of speech, one thread, CPU time. Run it on one processor:
//! `taskset -c 0 cargo bench -p mynah-benches --bench spot`.
//!
//! That the events do not depend on the chunks is checked before the timing. `cargo bench -- --test` checks and times nothing.

// Its report is what a benchmark is for.
#![allow(clippy::print_stdout)]

use mynah::lvq::{Codebook, Metric, Scaler};
use mynah::{
    Model, Pipeline, PipelineConfig, Provenance, SpotEvent, SpotMode, Spotter, SpotterConfig,
};
use mynah_benches::{cpu_seconds, minute};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const KEYWORDS: usize = 10;
const PER_KEYWORD: usize = 12;
const UNKNOWN: usize = 60;
const ROUNDS: usize = 5;
/// Samples between two hops.
const HOP: usize = 640;

fn main() {
    let model = model();
    let speech = minute();
    let events = spot(&model, &speech, speech.len());
    assert!(!events.is_empty(), "there are no candidates to compare");
    assert_eq!(events, spot(&model, &speech, 777));
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let seconds = speech.len() as f64 / 16_000.0;
    let mut least = f64::INFINITY;
    let mut hops = Vec::new();
    for _ in 0..ROUNDS {
        let mut spotter = spotter(&model);
        let mut events = Vec::new();
        let begin = cpu_seconds();
        for hop in speech.chunks(HOP) {
            let begin = cpu_seconds();
            spotter.push(hop, &mut events);
            hops.push(cpu_seconds() - begin);
        }
        least = least.min(cpu_seconds() - begin);
    }
    hops.sort_by(f64::total_cmp);
    let quantile = |share: f64| 1e3 * hops[(share * (hops.len() - 1) as f64) as usize];
    println!(
        "{KEYWORDS} keywords, {} prototypes, hops of 40 ms: {:.2} % of one core; a hop p50 {:.2} ms, p99 {:.2} ms",
        model.prototypes().n_prototypes(),
        100.0 * least / seconds,
        quantile(0.5),
        quantile(0.99)
    );
}

fn spotter(model: &Model) -> Spotter<'_> {
    let mut config = SpotterConfig::default();
    config.mode = Some(SpotMode::Sliding);
    Spotter::new(model, &config).expect("a model of sound")
}

fn spot<'m>(model: &'m Model, samples: &[f32], chunk: usize) -> Vec<SpotEvent<'m>> {
    let mut spotter = spotter(model);
    let mut events = Vec::new();
    for chunk in samples.chunks(chunk) {
        spotter.push(chunk, &mut events);
    }
    spotter.finish(&mut events);
    events
}

/// A model of the size that training makes, its prototypes drawn: costs do not depend on what they are. Words last 0.4 to
/// 0.9 s.
fn model() -> Model {
    let config = PipelineConfig::default();
    let pipeline = Pipeline::new(&config).expect("the default");
    let (dim, n_coeffs) = (pipeline.dim(), pipeline.n_coeffs());
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let labels: Vec<u32> = (0..KEYWORDS * PER_KEYWORD)
        .map(|j| (j / PER_KEYWORD) as u32)
        .chain(std::iter::repeat_n(KEYWORDS as u32, UNKNOWN))
        .collect();
    let mut prototypes = Vec::new();
    for _ in &labels {
        prototypes.extend((1..dim).map(|_| rng.random_range(-2.0f32..2.0)));
        prototypes.push(rng.random_range(40.0f32..90.0).ln());
    }
    let codebook = Codebook::new(dim, KEYWORDS + 1, prototypes, labels)
        .and_then(|codebook| codebook.with_metric(Metric::shared_identity(n_coeffs)))
        .and_then(|codebook| codebook.with_block(8 * n_coeffs))
        .expect("whole prototypes");
    let names = (0..KEYWORDS).map(|k| format!("word{k}"));
    let names = names.chain(["_unknown_".to_string()]).collect();
    let scaler = Scaler::identity(dim).expect("a vector");
    Model::new(names, config, scaler, codebook, Provenance::new()).expect("parts that fit")
}
