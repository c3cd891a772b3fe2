//! What a user may ask of a training besides a rule: an early end, a pause, a stream.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

mod rules;

use mynah_lvq::{
    Celvq, CelvqConfig, Checkpoint, Codebook, Epoch, Error, Gmlvq, GmlvqConfig, Metric, Olvq1,
    Olvq1Config, Optimizer, Rule, Samples, Schedule, Training,
};
use rules::{DIM, Settings, data, start};
use std::ops::ControlFlow::{Break, Continue};

const SETTINGS: Settings = Settings {
    n_epochs: 6,
    batch_size: 16,
    optimizer: Optimizer::Adam,
    learning_rate: 0.05,
    seed: 3,
};

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
fn a_paused_training_ends_with_the_same_bytes() {
    let (values, labels) = data(50, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let (values, labels) = data(20, 700);
    let held_out = Samples::new(&values, DIM, &labels, 3).unwrap();
    for optimizer in [
        Optimizer::Adam,
        Optimizer::Sgd { momentum: 0.9 },
        Optimizer::Lbfgs { memory: 2 },
    ] {
        for case in rules::all(Settings {
            optimizer,
            ..SETTINGS
        }) {
            let mut whole = start();
            let training = Training::new().validate(&held_out, 100);
            let outcome = case.rule.learn(&mut whole, &samples, training).unwrap();
            assert_eq!(outcome.history.len(), 6, "{}", case.name);
            let mut paused = start();
            let mut stop = |epoch: &Epoch| {
                if epoch.index == 2 {
                    Break(())
                } else {
                    Continue(())
                }
            };
            let training = Training::new().validate(&held_out, 100).observe(&mut stop);
            let half = case.rule.learn(&mut paused, &samples, training).unwrap();
            let checkpoint = stored(&half.checkpoint);
            assert_eq!(checkpoint, half.checkpoint, "{}", case.name);
            let mut resumed = start();
            let training = Training::new().validate(&held_out, 100).resume(checkpoint);
            let rest = case.rule.learn(&mut resumed, &samples, training).unwrap();
            assert_eq!(rest, outcome, "{}", case.name);
            assert_eq!(resumed, whole);
        }
    }
}

#[test]
fn checkpoints_are_handed_out_and_belong_to_their_training() {
    let (values, labels) = data(50, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let mut kept = Vec::new();
    for case in rules::all(SETTINGS) {
        let mut keep = |checkpoint| kept.push(checkpoint);
        let training = Training::new().keep(2, &mut keep);
        let outcome = case.rule.learn(&mut start(), &samples, training).unwrap();
        let n_epochs: Vec<_> = kept
            .iter()
            .map(|c: &Checkpoint<f64>| c.history().len())
            .collect();
        assert_eq!(n_epochs, [2, 4, 6]);
        assert_eq!(kept.pop(), Some(outcome.checkpoint));
        let first = kept.swap_remove(0);
        kept.clear();
        let resume = |book: Codebook<f64>, samples: &Samples<'_, f64>| {
            let mut after = book.clone();
            let training = Training::new().resume(first.clone());
            let error = case.rule.learn(&mut after, samples, training).unwrap_err();
            assert_eq!((error, after), (Error::Checkpoint, book), "{}", case.name);
        };
        let labels = vec![0, 1, 2, 2, 1, 0];
        resume(
            Codebook::new(DIM, 3, start().prototypes().to_vec(), labels).unwrap(),
            &samples,
        );
        let fewer = Samples::new(&values[..49 * DIM], DIM, &samples.labels()[..49], 3).unwrap();
        resume(start(), &fewer);
    }
}

#[test]
fn without_validation_a_best_epoch_of_before_counts_no_more() {
    let (values, labels) = data(30, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let rule = &rules::all(SETTINGS)[0].rule;
    let mut first = None;
    let mut keep = |checkpoint| {
        first.get_or_insert(checkpoint);
    };
    let training = Training::new().validate(&samples, 100).keep(1, &mut keep);
    rule.learn(&mut start(), &samples, training).unwrap();
    let mut resumed = start();
    let training = Training::new().resume(first.unwrap());
    let rest = rule.learn(&mut resumed, &samples, training).unwrap();
    assert_eq!(rest.best, None);
    assert_eq!(resumed, *rest.checkpoint.codebook());
}

#[test]
fn a_checkpoint_of_other_blocks_or_other_matrices_is_refused() {
    let (values, labels) = data(30, 0);
    let values = [&values[..], &values[..]].concat();
    let samples = Samples::new(&values, 6, &labels, 3).unwrap();
    let prototypes = values[..18].to_vec();
    let book = Codebook::new(6, 3, prototypes, vec![0, 1, 2]).unwrap();
    let shared = |n_rows, tile| {
        let metric = Metric::shared_folded_identity(n_rows, tile);
        book.clone().with_metric(metric).unwrap()
    };
    let rule = &rules::all(SETTINGS)[0].rule;
    for (made, other) in [
        (book.clone(), book.clone().with_block(2).unwrap()),
        (shared(2, 3), shared(3, 2)),
    ] {
        let outcome = rule.learn(&mut made.clone(), &samples, Training::new());
        let training = Training::new().resume(outcome.unwrap().checkpoint);
        let error = rule.learn(&mut other.clone(), &samples, training);
        assert_eq!(error.unwrap_err(), Error::Checkpoint);
    }
}

#[test]
fn relevances_that_all_become_zero_are_an_error() {
    // Every sample is where the other class is, in every dimension.
    let samples = Samples::new(&[0.0, 0.0, 1.0, 1.0], 2, &[1, 0], 2).unwrap();
    let mut config = CelvqConfig::default();
    (config.n_epochs, config.learning_rate) = (1, 1e-6);
    (config.metric_learning_rate, config.metric_start) = (Some(1000.0), 0.0);
    config.schedule = Schedule::Constant;
    let rule = Celvq::new(&config).unwrap();
    let mut book = Codebook::new(2, 2, vec![0.1, 0.1, 0.9, 0.9], vec![0, 1]).unwrap();
    let old = book.clone();
    let error = rule.learn(&mut book, &samples, Training::new());
    assert_eq!(error.unwrap_err(), Error::Vanished { epoch: 0 });
    assert_eq!(book, old);
}

#[test]
fn low_rank_shared_matrices_keep_their_rows() {
    let (values, labels) = data(30, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let metric = Metric::shared_folded_identity(1, 2);
    let shared = start().with_metric(metric).unwrap();
    let learn = |n_rows| {
        let mut config = GmlvqConfig::default();
        (config.n_epochs, config.n_rows) = (2, n_rows);
        let rule = Gmlvq::new(&config).unwrap();
        rule.learn(&mut shared.clone(), &samples, Training::new())
    };
    assert!(learn(None).is_ok());
    assert!(learn(Some(1)).is_ok());
    // An image has two values, a matrix one row.
    assert!(matches!(
        learn(Some(2)),
        Err(Error::Config {
            field: "n_rows",
            ..
        })
    ));
}

#[test]
fn the_best_epoch_is_kept_and_patience_ends() {
    let (values, labels) = data(60, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let (values, labels) = data(40, 700);
    let held_out = Samples::new(&values, DIM, &labels, 3).unwrap();
    for case in rules::all(Settings {
        n_epochs: 60,
        ..SETTINGS
    }) {
        let mut book = start();
        let mut seen = Vec::new();
        let mut books = Vec::new();
        let mut keep = |checkpoint: Checkpoint<f64>| books.push(checkpoint.codebook().clone());
        let mut watch = |epoch: &Epoch| {
            seen.push(epoch.n_validation_errors.unwrap());
            Continue(())
        };
        let training = Training::new().validate(&held_out, 4).observe(&mut watch);
        let outcome = case
            .rule
            .learn(&mut book, &samples, training.keep(1, &mut keep))
            .unwrap();
        let least = *seen.iter().min().unwrap();
        let best = seen.iter().position(|&n| n == least).unwrap();
        assert_eq!(outcome.best, Some(best), "{}", case.name);
        assert_eq!(book, books[best]);
        assert_eq!(book.count_errors(&held_out), Ok(least));
        assert!(
            seen.len() == 60 || seen.len() == best + 5,
            "{} {}",
            case.name,
            seen.len()
        );
    }
}

#[test]
fn a_stream_may_be_cut_anywhere() {
    let (values, labels) = data(30, 0);
    let whole = Samples::new(&values, DIM, &labels, 3).unwrap();
    for ((mut at_once, mut in_parts), name) in rules::all(SETTINGS)
        .into_iter()
        .zip(rules::all(SETTINGS))
        .map(|(a, b)| ((a.online, b.online), a.name))
    {
        let (mut a, mut b) = (start(), start());
        let n_errors = at_once.partial_fit(&mut a, &whole, 0.05).unwrap();
        let mut sum = 0;
        for part in [0..1, 1..2, 2..19, 19..30] {
            let values = &values[part.start * DIM..part.end * DIM];
            let part = Samples::new(values, DIM, &labels[part], 3).unwrap();
            sum += in_parts.partial_fit(&mut b, &part, 0.05).unwrap();
        }
        assert_eq!((a.clone(), n_errors), (b, sum), "{name}");
        assert_ne!(a.prototypes(), start().prototypes(), "{name}");
        // A class that arrives later.
        let class = a.add_class(&[9.0; DIM]).unwrap();
        let of_class = [class];
        let more = Samples::new(&[8.0; DIM], DIM, &of_class, 4).unwrap();
        assert_eq!(at_once.partial_fit(&mut a, &more, 0.05), Ok(0), "{name}");
    }
}

#[test]
fn a_metric_of_another_kind_is_refused() {
    let (values, labels) = data(30, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let metrics = [
        Metric::equal_relevances(DIM),
        Metric::folded_identity(2, DIM),
        Metric::local_identities(6, 2, DIM),
    ];
    for (i, metric) in metrics.into_iter().enumerate() {
        let book = start().with_metric(metric.clone()).unwrap();
        for mut case in rules::all(SETTINGS) {
            let result = case
                .rule
                .learn(&mut book.clone(), &samples, Training::new());
            let streamed = case.online.partial_fit(&mut book.clone(), &samples, 0.01);
            let own = ["grlvq", "gmlvq", "lgmlvq"]
                .iter()
                .position(|name| *name == case.name);
            if own.is_none_or(|own| own == i) {
                assert!(
                    result.is_ok() && streamed.is_ok(),
                    "{} {result:?}",
                    case.name
                );
            } else {
                assert!(matches!(result, Err(Error::Metric { .. })), "{}", case.name);
                assert!(
                    matches!(streamed, Err(Error::Metric { .. })),
                    "{}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn olvq1_goes_on_with_its_rates() {
    let (values, labels) = data(30, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let rule = Olvq1::new(&Olvq1Config::default()).unwrap();
    let mut book = start();
    let outcome = rule.learn(&mut book, &samples, Training::new()).unwrap();
    let rates = outcome.checkpoint.rates().to_vec();
    assert_eq!(rates.len(), 6);
    assert!(rates.iter().all(|&rate| rate > 0.0 && rate <= 0.3));
    assert!(rates.iter().any(|&rate| rate < 0.3));
    let on = rule.clone().with_rates(rates.clone()).unwrap();
    assert_eq!(on.rates(6), rates);
    on.learn(&mut book, &samples, Training::new()).unwrap();
    assert!(rule.clone().with_rates(vec![0.0]).is_err());
    let wrong = rule.with_rates(vec![0.1]).unwrap();
    let error = wrong.learn(&mut book, &samples, Training::<f64>::new());
    assert!(matches!(
        error,
        Err(Error::Mismatch {
            what: "n_prototypes",
            ..
        })
    ));
}

#[test]
fn l_bfgs_never_climbs_and_ends_below_gradient_descent() {
    let (values, labels) = data(60, 0);
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let last_cost = |optimizer, name: &str| {
        let settings = Settings {
            n_epochs: 40,
            batch_size: 1000,
            optimizer,
            ..SETTINGS
        };
        let case = rules::all(settings)
            .into_iter()
            .find(|case| case.name == name)
            .unwrap();
        let outcome = case
            .rule
            .learn(&mut start(), &samples, Training::new())
            .unwrap();
        let costs: Vec<f64> = outcome
            .history
            .iter()
            .map(|epoch| epoch.mean_cost)
            .collect();
        (costs.is_sorted_by(|a, b| a >= b), *costs.last().unwrap())
    };
    for name in ["glvq", "rslvq", "celvq"] {
        let (falls, cost) = last_cost(Optimizer::Lbfgs { memory: 10 }, name);
        assert!(falls, "{name}");
        let (_, plain) = last_cost(Optimizer::Sgd { momentum: 0.0 }, name);
        assert!(cost < plain, "{name} {cost} {plain}");
    }
}
