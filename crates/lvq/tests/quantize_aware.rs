//! Training for use in integers: what it keeps, what it refuses, what it is good for.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

mod rules;

use mynah_lvq::{
    Checkpoint, Codebook, Epoch, Error, Glvq, GlvqConfig, Gmlvq, GmlvqConfig, Grid, Init, Metric,
    Optimizer, QuantizeAware, QuantizedCodebook, Reach, Rule, Samples, Source, Steps, Training,
};
use rules::{DIM, Settings, data, noise, start};
use std::ops::ControlFlow::{Break, Continue};

const SETTINGS: Settings = Settings {
    n_epochs: 6,
    batch_size: 16,
    optimizer: Optimizer::Adam,
    learning_rate: 0.05,
    seed: 3,
};

fn aware(bits: u8, delay: u64) -> QuantizeAware {
    let mut aware = QuantizeAware::default();
    (aware.bits, aware.delay, aware.ema_decay) = (bits, delay, 0.9);
    aware
}

/// Every rule that takes quantize-aware training.
fn cases(settings: Settings) -> Vec<rules::Case> {
    let mut cases = rules::all(settings);
    cases.retain(|case| case.descends && case.name != "lgmlvq");
    cases
}

#[test]
fn a_delay_that_never_ends_changes_nothing_and_rounding_does() {
    let (values, labels) = data(50, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    for case in cases(SETTINGS) {
        let learn = |training| {
            let mut book = start();
            let outcome = case.rule.learn(&mut book, &samples, training).unwrap();
            (book, outcome)
        };
        let (plain, of_plain) = learn(Training::new());
        assert_eq!(of_plain.grid, None);
        let n_steps = 6 * 50u64.div_ceil(16);
        let (delayed, of_delayed) = learn(Training::new().quantize_aware(aware(4, n_steps)));
        assert_eq!(delayed, plain, "{}", case.name);
        assert_eq!(of_delayed.history, of_plain.history);
        assert_eq!(of_delayed.grid.unwrap().bits, 4);
        let (rounded, of_rounded) = learn(Training::new().quantize_aware(aware(4, n_steps - 1)));
        assert_ne!(rounded, plain, "{}", case.name);
        assert_eq!(of_rounded.history[..5], of_plain.history[..5]);
    }
}

/// Through a file, where the library can write one.
fn stored(checkpoint: &Checkpoint<f64>) -> Checkpoint<f64> {
    #[cfg(feature = "serde")]
    {
        let stored = serde_json::to_string(checkpoint).unwrap();
        serde_json::from_str(&stored).unwrap()
    }
    #[cfg(not(feature = "serde"))]
    checkpoint.clone()
}

#[test]
fn a_paused_training_ends_with_the_same_bytes_and_grid() {
    let (values, labels) = data(50, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let (values, labels) = data(20, 700);
    let held_out = Samples::new(&values, DIM, &labels, 3).unwrap();
    for optimizer in [Optimizer::Adam, Optimizer::Sgd { momentum: 0.9 }] {
        for case in cases(Settings {
            optimizer,
            ..SETTINGS
        }) {
            let training = || {
                let training = Training::new().quantize_aware(aware(2, 5));
                training.validate(&held_out, 100)
            };
            let mut whole = start();
            let outcome = case.rule.learn(&mut whole, &samples, training()).unwrap();
            let mut stop = |epoch: &Epoch| match epoch.index {
                2 => Break(()),
                _ => Continue(()),
            };
            let half = training().observe(&mut stop);
            let half = case.rule.learn(&mut start(), &samples, half).unwrap();
            let mut resumed = start();
            let rest = training().resume(stored(&half.checkpoint));
            let rest = case.rule.learn(&mut resumed, &samples, rest).unwrap();
            assert_eq!(rest, outcome, "{}", case.name);
            assert_eq!(resumed, whole);
            assert!(rest.grid.is_some());
        }
    }
}

/// Vectors in three views each, the words of an elastic codebook.
struct Slid {
    values: Vec<f32>,
}

const WIDE: usize = 24;

impl Source for Slid {
    fn len(&self) -> usize {
        self.values.len() / WIDE
    }
    fn dim(&self) -> usize {
        WIDE
    }
    fn n_classes(&self) -> usize {
        3
    }
    fn n_views(&self) -> usize {
        3
    }
    fn label(&self, i: usize) -> u32 {
        (i % 3) as u32
    }
    fn fill(&self, i: usize, _: usize, views: &mut [f32]) -> Result<(), Error> {
        for (v, view) in views.chunks_mut(WIDE).enumerate() {
            view.copy_from_slice(&self.values[i * WIDE..][..WIDE]);
            view.rotate_left(v);
        }
        Ok(())
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let value = |i: usize| noise(i) as f32 + if i / WIDE % 3 == i % 3 { 0.5 } else { 0.0 };
    let source = Slid {
        values: (0..1500 * WIDE).map(value).collect(),
    };
    let metrics = [
        Metric::Euclidean,
        Metric::shared_identity(4),
        Metric::Omega {
            n_rows: 5,
            values: (0..5 * WIDE).map(|i| noise(77 + i) as f32).collect(),
        },
    ];
    for metric in metrics {
        let is_euclidean = metric == Metric::Euclidean;
        let prototypes = (0..9 * WIDE).map(|i| noise(9000 + i) as f32).collect();
        let book = Codebook::new(WIDE, 3, prototypes, vec![0, 1, 2, 0, 1, 2, 0, 1, 2]);
        let book = book.unwrap().with_metric(metric).unwrap();
        let book = book.clone().with_block(8).unwrap_or(book);
        let learn = || {
            let mut book = book.clone();
            let training = Training::new().quantize_aware(aware(4, 1));
            let outcome = if is_euclidean {
                let mut config = GlvqConfig::default();
                // More than is held at once.
                (config.n_epochs, config.batch_size) = (3, 1200);
                let glvq = Glvq::new(&config).unwrap();
                glvq.learn(&mut book, &source, training).unwrap()
            } else {
                let mut config = GmlvqConfig::default();
                (config.n_epochs, config.batch_size) = (3, 1200);
                let gmlvq = Gmlvq::new(&config).unwrap();
                gmlvq.learn(&mut book, &source, training).unwrap()
            };
            (book, outcome)
        };
        let on = |n| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(n)
                .build()
                .unwrap()
        };
        let (one, two) = (on(1).install(learn), on(2).install(learn));
        assert_eq!(one, two);
        assert!(one.1.grid.is_some());
    }
}

/// Vectors of ten classes about random centres.
fn blobs(n: usize, salt: usize) -> (Vec<f32>, Vec<u32>) {
    const CENTRES: usize = 1_000_000;
    let bell = |i: usize| (0..6).map(|part| noise(salt + i * 6 + part)).sum::<f64>() / 2f64.sqrt();
    let labels: Vec<u32> = (0..n as u32).map(|i| i % 10).collect();
    let centre = |at: usize| noise(CENTRES + at / 16 % 10 * 16 + at % 16);
    let values = (0..n * 16).map(|at| (centre(at) + 0.8 * bell(at)) as f32);
    (values.collect(), labels)
}

/// How many vectors a codebook decides rightly in whole numbers.
fn n_right(book: &Codebook, grid: Grid, values: &[f32], labels: &[u32]) -> usize {
    let whole = QuantizedCodebook::new(book, grid, &[]).unwrap();
    let decided = values.chunks(16).map(|x| whole.decide(x).label);
    decided
        .zip(labels)
        .filter(|(got, label)| got == *label)
        .count()
}

#[test]
fn prototypes_of_two_bits_are_better_if_trained_so() {
    let (values, labels) = blobs(600, 0);
    let samples = Samples::new(&values, 16, &labels, 10).unwrap();
    let (held_out, of_held_out) = blobs(4000, 100_000_000);
    let start: Codebook = Init::KMeans.codebook(&samples, 4, 1).unwrap();
    let mut config = GlvqConfig::default();
    (config.n_epochs, config.batch_size, config.learning_rate) = (100, 32, 0.005);
    let glvq = Glvq::new(&config).unwrap();

    let mut plain = start.clone();
    glvq.learn(&mut plain, &samples, Training::new()).unwrap();
    let rounded = [Reach::Max, Reach::LeastError].map(|reach| {
        let whole = QuantizedCodebook::fit(&plain, &values, 2, reach, Steps::Same).unwrap();
        n_right(&plain, whole.grid(), &held_out, &of_held_out)
    });
    let mut trained = start;
    let mut aware = QuantizeAware::default();
    (aware.bits, aware.delay) = (2, 475);
    let training = Training::new().quantize_aware(aware);
    let outcome = glvq.learn(&mut trained, &samples, training).unwrap();
    let aware = n_right(&trained, outcome.grid.unwrap(), &held_out, &of_held_out);
    // Three standard deviations of the difference of two such counts, if they were independent, are 115.
    for rounded in rounded {
        assert!(aware > rounded + 115, "{aware} {rounded}");
    }
}

#[test]
fn validation_counts_errors_on_the_grid() {
    let (values, labels) = blobs(300, 0);
    let samples = Samples::new(&values, 16, &labels, 10).unwrap();
    let (held_out, of_held_out) = blobs(500, 100_000_000);
    let validation = Samples::new(&held_out, 16, &of_held_out, 10).unwrap();
    for delay in [0, 1000] {
        let mut book: Codebook = Init::KMeans.codebook(&samples, 2, 1).unwrap();
        let mut config = GlvqConfig::default();
        config.n_epochs = 4;
        let glvq = Glvq::new(&config).unwrap();
        let training = Training::new().quantize_aware(aware(2, delay));
        let training = training.validate(&validation, 100);
        let outcome = glvq.learn(&mut book, &samples, training).unwrap();
        let grid = outcome.grid.unwrap();
        let prototypes = book.prototypes().iter();
        let worth = grid.step * f32::from(grid.multiple);
        let prototypes = prototypes.map(|&w| f32::from(grid.prototype(w)) * worth);
        let rounded = Codebook::new(16, 10, prototypes.collect(), book.labels().to_vec()).unwrap();
        let inputs = held_out
            .iter()
            .map(|&x| f32::from(grid.input(x)) * grid.step);
        let inputs: Vec<f32> = inputs.collect();
        let inputs = Samples::new(&inputs, 16, &of_held_out, 10).unwrap();
        let n_errors = rounded.count_errors(&inputs).unwrap();
        let best = &outcome.history[outcome.best.unwrap()];
        assert_eq!(best.n_validation_errors, Some(n_errors));
        assert_ne!(book.count_errors(&validation).unwrap(), n_errors);
    }
}

#[test]
fn refuses_what_has_no_grid() {
    let (values, labels) = data(30, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let lbfgs = Settings {
        optimizer: Optimizer::Lbfgs { memory: 2 },
        ..SETTINGS
    };
    let refuse = |case: &rules::Case, source: &dyn Source<f64>| {
        let mut book = start();
        let training = Training::new().quantize_aware(aware(8, 0));
        let error = case.rule.learn(&mut book, source, training).unwrap_err();
        assert!(matches!(error, Error::Unquantizable { .. }), "{error}");
        assert_eq!(book, start());
    };
    for case in rules::all(SETTINGS) {
        if !case.descends || case.name == "lgmlvq" {
            refuse(&case, &samples);
        }
    }
    rules::all(lbfgs)
        .iter()
        .for_each(|case| refuse(case, &samples));
    let mut gaps = values.clone();
    gaps[4] = f64::NAN;
    let gaps = Samples::with_missing(&gaps, DIM, &labels, 3).unwrap();
    cases(SETTINGS).iter().for_each(|case| refuse(case, &gaps));
    for (bits, decay) in [(3, 0.9), (16, 0.9), (8, 1.0), (8, f64::NAN)] {
        let mut bad = aware(bits, 0);
        bad.ema_decay = decay;
        let training = Training::new().quantize_aware(bad);
        let error = cases(SETTINGS)[0]
            .rule
            .learn(&mut start(), &samples, training);
        assert!(matches!(error, Err(Error::Config { .. })), "{error:?}");
    }
}

#[test]
fn nothing_but_zeros_has_no_grid_and_trains() {
    let samples = Samples::new(&[0.0; 4], 2, &[0, 1], 2).unwrap();
    let mut book = Codebook::new(2, 2, vec![0.0f64; 4], vec![0, 1]).unwrap();
    let training = Training::new().quantize_aware(aware(4, 0));
    let glvq = Glvq::new(&GlvqConfig::default()).unwrap();
    let outcome = glvq.learn(&mut book, &samples, training).unwrap();
    assert_eq!(outcome.grid, None);
}
