//! Samples that count more, or less, or lack values.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

mod rules;

use mynah_lvq::{
    Codebook, CostMatrix, Error, Glvq, GlvqConfig, Optimizer, Rslvq, RslvqConfig, Samples, Training,
};
use rules::{DIM, Settings, data, noise, start};

const SETTINGS: Settings = Settings {
    n_epochs: 6,
    batch_size: 16,
    optimizer: Optimizer::Adam,
    learning_rate: 0.05,
    seed: 3,
};

#[test]
fn a_weight_of_two_is_the_sample_twice() {
    let (values, labels) = data(30, 0);
    let twice: Vec<f64> = [&values[..], &values[..10 * DIM]].concat();
    let labels_twice = [&labels[..], &labels[..10]].concat();
    let weights: Vec<f64> = (0..30).map(|i| if i < 10 { 2.0 } else { 1.0 }).collect();
    let weighted = Samples::new(&values, DIM, &labels, 3)
        .unwrap()
        .with_weights(&weights)
        .unwrap();
    let doubled = Samples::new(&twice, DIM, &labels_twice, 3).unwrap();
    let settings = Settings {
        batch_size: 1000,
        optimizer: Optimizer::Sgd { momentum: 0.0 },
        ..SETTINGS
    };
    for case in rules::all(settings).iter().filter(|case| case.descends) {
        let (mut a, mut b) = (start(), start());
        let of_a = case.rule.learn(&mut a, &weighted, Training::new()).unwrap();
        let of_b = case.rule.learn(&mut b, &doubled, Training::new()).unwrap();
        for (a, b) in a.prototypes().iter().zip(b.prototypes()) {
            assert!((a - b).abs() < 1e-9, "{}", case.name);
        }
        assert!((of_a.history[5].mean_cost - of_b.history[5].mean_cost).abs() < 1e-9);
    }
}

#[test]
fn a_weight_of_zero_teaches_nothing() {
    let (values, labels) = data(30, 0);
    let weights = [1.0, 1.0, 0.0];
    let samples = Samples::new(&values, DIM, &labels, 3).unwrap();
    let samples = samples.with_class_weights(&weights).unwrap();
    // The same with other vectors where nothing counts.
    let changed: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(at, x)| if labels[at / DIM] == 2 { -x } else { *x })
        .collect();
    let other = Samples::new(&changed, DIM, &labels, 3).unwrap();
    let other = other.with_class_weights(&weights).unwrap();
    for mut case in rules::all(SETTINGS) {
        let (mut a, mut b) = (start(), start());
        case.online.partial_fit(&mut a, &samples, 0.1).unwrap();
        case.online.partial_fit(&mut b, &other, 0.1).unwrap();
        assert_eq!(a, b, "{}", case.name);
        let (mut a, mut b) = (start(), start());
        case.rule.learn(&mut a, &samples, Training::new()).unwrap();
        case.rule.learn(&mut b, &other, Training::new()).unwrap();
        assert_eq!(a, b, "{}", case.name);
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            samples.with_class_weights(&[1.0, bad, 1.0]),
            Err(Error::Value {
                what: "class weights",
                row: 1,
                ..
            })
        ));
    }
    assert!(samples.with_weights(&[1.0]).is_err());
    let none = [0.0; 3];
    let samples = samples.with_class_weights(&none).unwrap();
    let rule = &rules::all(SETTINGS)[0].rule;
    let error = rule
        .learn(&mut start(), &samples, Training::new())
        .unwrap_err();
    assert_eq!(error, Error::Zero { what: "weights" });
}

#[test]
fn costs_shift_the_border() {
    // Two overlapping blobs on a line; taking class 0 for 1 is dear.
    let values: Vec<f64> = (0..400)
        .map(|i| noise(i) + noise(i + 1000) + f64::from(i as u8 % 2))
        .collect();
    let labels: Vec<u32> = (0..400).map(|i| i % 2).collect();
    let samples = Samples::new(&values, 1, &labels, 2).unwrap();
    let costs = CostMatrix::new(2, vec![0.0, 8.0, 1.0, 0.0]).unwrap();
    let equal = CostMatrix::new(2, vec![0.0, 1.0, 1.0, 0.0]).unwrap();
    let called_one = |book: &Codebook<f64>| {
        samples
            .iter()
            .filter(|(x, _)| book.decide(x).label == 1)
            .count()
    };
    let settings = Settings {
        n_epochs: 30,
        ..SETTINGS
    };
    for case in rules::all(settings)
        .iter()
        .filter(|c| ["lvq1", "glvq", "celvq", "sng"].contains(&c.name))
    {
        let learn = |costs: Option<&CostMatrix>| {
            let mut book = Codebook::new(1, 2, vec![0.0, 1.0], vec![0, 1]).unwrap();
            let mut training = Training::new();
            if let Some(costs) = costs {
                training = training.costs(costs);
            }
            case.rule.learn(&mut book, &samples, training).unwrap();
            book
        };
        assert_eq!(learn(None), learn(Some(&equal)), "{}", case.name);
        assert!(
            called_one(&learn(Some(&costs))) < called_one(&learn(None)),
            "{}",
            case.name
        );
    }
    assert!(CostMatrix::new(2, vec![0.0; 3]).is_err());
    assert!(CostMatrix::new(1, vec![-1.0]).is_err());
    let rule = &rules::all(SETTINGS)[4].rule;
    let (values, labels) = data(6, 0);
    let three = Samples::new(&values, DIM, &labels, 3).unwrap();
    let error = rule.learn(&mut start(), &three, Training::new().costs(&costs));
    assert!(matches!(error, Err(Error::Mismatch { .. })));
}

#[test]
fn a_step_answers_what_it_found_where_values_are_absent() {
    let x = [f64::NAN, 0.2, -0.1];
    let book = start();
    let mut distances = vec![0.0; book.n_prototypes()];
    book.distances_into(&x, &mut distances);
    let nearest = |is_of_class: &dyn Fn(u32) -> bool| {
        let all = (0..distances.len()).filter(|&j| is_of_class(book.labels()[j]));
        all.min_by(|&a, &b| distances[a].total_cmp(&distances[b]))
    };
    let plus = nearest(&|label| label == 1).unwrap();
    let minus = nearest(&|label| label != 1).unwrap();
    let glvq = Glvq::new(&GlvqConfig::default()).unwrap();
    let pair = glvq.step(&mut book.clone(), &x, 1, 0.1).unwrap();
    assert_eq!((pair.plus, pair.minus), (plus, minus));
    assert_eq!(
        (pair.d_plus, pair.d_minus),
        (distances[plus], distances[minus])
    );
    let rslvq = Rslvq::new(&RslvqConfig::default()).unwrap();
    let sum: f64 = rslvq.posteriors(&book, &x).iter().sum();
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
}

#[test]
fn absent_values_teach_nothing_and_count_for_nothing() {
    let (mut values, labels) = data(40, 0);
    assert!(Samples::new(&[f64::NAN], 1, &[0], 1).is_err());
    assert!(Samples::with_missing(&[f64::INFINITY], 1, &[0], 1).is_err());
    // Dimension 1 is absent everywhere: the same as if there were none.
    values
        .iter_mut()
        .skip(1)
        .step_by(DIM)
        .for_each(|x| *x = f64::NAN);
    let present: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    let gaps = Samples::with_missing(&values, DIM, &labels, 3).unwrap();
    let narrow = Samples::new(&present, DIM - 1, &labels, 3).unwrap();
    let columns = |row: &[f64]| [row[0], row[2]];
    let prototypes: Vec<f64> = start().prototypes().chunks(DIM).flat_map(columns).collect();
    for case in rules::all(SETTINGS).iter().filter(|case| case.is_isotropic) {
        let mut wide = start();
        let labels = wide.labels().to_vec();
        let mut thin = Codebook::new(DIM - 1, 3, prototypes.clone(), labels).unwrap();
        let a = case.rule.learn(&mut wide, &gaps, Training::new()).unwrap();
        let b = case
            .rule
            .learn(&mut thin, &narrow, Training::new())
            .unwrap();
        assert_eq!(a.history, b.history, "{}", case.name);
        let kept: Vec<f64> = wide.prototypes().chunks(DIM).flat_map(columns).collect();
        assert_eq!(kept, thin.prototypes(), "{}", case.name);
        for (old, new) in start()
            .prototypes()
            .chunks(DIM)
            .zip(wide.prototypes().chunks(DIM))
        {
            assert_eq!(old[1], new[1], "{}", case.name);
        }
        assert_eq!(wide.count_errors(&gaps), thin.count_errors(&narrow));
        let (x, y) = (gaps.row(4), narrow.row(4));
        let (a, b) = (wide.decide_present(x), thin.decide(y));
        assert_eq!((a.winner, a.distance), (b.winner, b.distance));
        assert_eq!(wide.decide(x).margin(), 0.0);
    }
}
