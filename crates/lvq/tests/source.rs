//! Samples that are asked for as they are needed, some with several views.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

use mynah_lvq::{
    Activation, Codebook, Error, Glvq, GlvqConfig, Lvq1, Lvq1Config, Lvq3, Lvq3Config, Lvq21,
    Lvq21Config, Olvq1, Olvq1Config, Optimizer, Rule, Samples, Schedule, Source, Training,
    squared_euclidean,
};

const DIM: usize = 3;
const N: usize = 41;
const N_VIEWS: usize = 4;

/// Vectors made on the way: view v of sample i differs from pass to pass.
struct Made {
    n_views: usize,
}

fn value(i: usize, epoch: usize, view: usize, column: usize) -> f64 {
    ((i * i + 7 * epoch + 31 * view + 3 * column) as f64).sin()
}

impl Source<f64> for Made {
    fn len(&self) -> usize {
        N
    }

    fn dim(&self) -> usize {
        DIM
    }

    fn n_classes(&self) -> usize {
        3
    }

    fn n_views(&self) -> usize {
        self.n_views
    }

    fn label(&self, i: usize) -> u32 {
        (i % 3) as u32
    }

    fn fill(&self, i: usize, epoch: usize, views: &mut [f64]) -> Result<(), Error> {
        for (at, x) in views.iter_mut().enumerate() {
            *x = value(i, epoch, at / DIM, at % DIM);
        }
        Ok(())
    }
}

fn start() -> Codebook<f64> {
    let prototypes = (0..6 * DIM).map(|i| ((i * i) as f64).cos()).collect();
    Codebook::new(DIM, 3, prototypes, vec![0, 1, 2, 0, 1, 2]).unwrap()
}

fn glvq(n_epochs: usize) -> Glvq {
    let mut config = GlvqConfig::default();
    (config.n_epochs, config.batch_size, config.learning_rate) = (n_epochs, 1000, 0.25);
    (config.optimizer, config.schedule) = (Optimizer::Sgd { momentum: 0.0 }, Schedule::Constant);
    config.activation = Activation::Sigmoid { beta: 2.0 };
    Glvq::new(&config).unwrap()
}

/// The nearest (distance, prototype, view) of the class, or of any other.
fn nearest(book: &Codebook<f64>, i: usize, epoch: usize, same: bool) -> (f64, usize, usize) {
    let mut all = Vec::new();
    for j in (0..book.n_prototypes()).filter(|&j| (book.labels()[j] as usize == i % 3) == same) {
        for view in 0..N_VIEWS {
            let x: Vec<f64> = (0..DIM)
                .map(|column| value(i, epoch, view, column))
                .collect();
            all.push((squared_euclidean(&x, book.prototype(j)), j, view));
        }
    }
    all.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

#[test]
fn each_prototype_learns_from_the_view_nearest_to_it() {
    let source = Made { n_views: N_VIEWS };
    let mut got = start();
    let outcome = glvq(3).learn(&mut got, &source, Training::new()).unwrap();
    let mut expected = start();
    for epoch in 0..3 {
        let mut moved = expected.prototypes().to_vec();
        let (mut cost, mut n_errors) = (0.0, 0);
        for i in 0..N {
            let (d_plus, plus, plus_view) = nearest(&expected, i, epoch, true);
            let (d_minus, minus, minus_view) = nearest(&expected, i, epoch, false);
            let sum = d_plus + d_minus;
            let f = 1.0 / (1.0 + (-2.0 * (d_plus - d_minus) / sum).exp());
            cost += f / N as f64;
            n_errors += usize::from(d_minus < d_plus);
            let common = 0.25 / N as f64 * 4.0 * 2.0 * f * (1.0 - f) / (sum * sum);
            for column in 0..DIM {
                let mut pull = |j: usize, view, by: f64| {
                    let w = expected.prototype(j)[column];
                    moved[j * DIM + column] += common * by * (value(i, epoch, view, column) - w);
                };
                pull(plus, plus_view, d_minus);
                pull(minus, minus_view, -d_plus);
            }
        }
        let seen = outcome.history[epoch];
        assert!((seen.mean_cost - cost).abs() < 1e-12);
        assert_eq!(seen.n_errors, n_errors);
        expected = Codebook::new(DIM, 3, moved, expected.labels().to_vec()).unwrap();
    }
    for (got, expected) in got.prototypes().iter().zip(expected.prototypes()) {
        assert!((got - expected).abs() < 1e-12, "{got} {expected}");
    }
}

#[test]
fn one_view_of_a_source_is_a_sample_in_memory() {
    struct Still(Vec<f64>);
    impl Source<f64> for Still {
        fn len(&self) -> usize {
            N
        }
        fn dim(&self) -> usize {
            DIM
        }
        fn n_classes(&self) -> usize {
            3
        }
        fn label(&self, i: usize) -> u32 {
            (i % 3) as u32
        }
        fn fill(&self, i: usize, _: usize, views: &mut [f64]) -> Result<(), Error> {
            views.copy_from_slice(&self.0[i * DIM..][..DIM]);
            Ok(())
        }
    }
    let rows = |i| (0..DIM).map(move |column| value(i, 0, 0, column));
    let still = Still((0..N).flat_map(rows).collect());
    let labels: Vec<u32> = (0..N).map(|i| still.label(i)).collect();
    let samples = Samples::new(&still.0, DIM, &labels, 3).unwrap();
    let rules: [Box<dyn Rule<f64>>; 2] = [
        Box::new(Glvq::new(&GlvqConfig::default()).unwrap()),
        Box::new(Lvq1::new(&Lvq1Config::default()).unwrap()),
    ];
    for rule in rules {
        let (mut a, mut b) = (start(), start());
        rule.learn(&mut a, &still, Training::new()).unwrap();
        rule.learn(&mut b, &samples, Training::new()).unwrap();
        assert_eq!(a, b);
        assert_eq!(a.count_errors(&still), b.count_errors(&samples));
    }
}

#[test]
fn threads_do_not_matter() {
    let train = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut book = start();
            let source = Made { n_views: N_VIEWS };
            glvq(5).learn(&mut book, &source, Training::new()).unwrap();
            book
        })
    };
    assert_eq!(train(1), train(3));
}

#[test]
fn decisions_over_views_take_the_nearest() {
    let book = start();
    let mut views = vec![0.0; N_VIEWS * DIM];
    for i in 0..N {
        Made { n_views: N_VIEWS }.fill(i, 0, &mut views).unwrap();
        let decision = book.decide_views(&views);
        let singles: Vec<_> = views.chunks(DIM).map(|x| book.decide(x)).collect();
        let least = singles
            .iter()
            .map(|d| d.distance)
            .fold(f64::INFINITY, f64::min);
        assert_eq!(decision.distance, least);
        let of_view = singles[decision.view];
        assert_eq!((of_view.winner, of_view.distance), (decision.winner, least));
    }
}

#[test]
fn faults_of_a_source_end_the_training() {
    struct Faulty(Option<f64>);
    impl Source<f64> for Faulty {
        fn len(&self) -> usize {
            N
        }
        fn dim(&self) -> usize {
            DIM
        }
        fn n_classes(&self) -> usize {
            3
        }
        fn label(&self, i: usize) -> u32 {
            (i % 3) as u32
        }
        fn fill(&self, i: usize, _: usize, views: &mut [f64]) -> Result<(), Error> {
            views.fill(i as f64);
            match self.0 {
                Some(bad) if i == 7 => views[1] = bad,
                None if i == 7 => {
                    let reason = "the file ends early; write it again".to_string();
                    return Err(Error::Source { index: i, reason });
                }
                _ => {}
            }
            Ok(())
        }
    }
    let refuse = |fault| {
        let mut book = start();
        let error = glvq(1).learn(&mut book, &Faulty(fault), Training::new());
        assert_eq!(book, start());
        error.unwrap_err()
    };
    assert!(matches!(refuse(None), Error::Source { index: 7, .. }));
    for bad in [f64::NAN, f64::INFINITY] {
        let error = refuse(Some(bad));
        let what = "source";
        assert!(matches!(error, Error::Value { what: w, row: 7, column: 1, .. } if w == what));
    }
}

#[test]
fn elastic_prototypes_move_towards_what_they_meet() {
    /// Block by block, the nearest of both views is (0.45, 0.45).
    struct Crossed;
    impl Source<f64> for Crossed {
        fn len(&self) -> usize {
            1
        }
        fn dim(&self) -> usize {
            2
        }
        fn n_classes(&self) -> usize {
            2
        }
        fn n_views(&self) -> usize {
            2
        }
        fn label(&self, _: usize) -> u32 {
            0
        }
        fn fill(&self, _: usize, _: usize, views: &mut [f64]) -> Result<(), Error> {
            views.copy_from_slice(&[0.45, 5.0, 5.0, 0.45]);
            Ok(())
        }
    }
    let met = Samples::new(&[0.45, 0.45], 2, &[0], 2).unwrap();
    let rules: [Box<dyn Rule<f64>>; 4] = [
        Box::new(Lvq1::new(&Lvq1Config::default()).unwrap()),
        Box::new(Olvq1::new(&Olvq1Config::default()).unwrap()),
        Box::new(Lvq21::new(&Lvq21Config::default()).unwrap()),
        Box::new(Lvq3::new(&Lvq3Config::default()).unwrap()),
    ];
    let start = Codebook::new(2, 2, vec![0.0, 0.0, 1.0, 1.0], vec![0, 1]).unwrap();
    let start = start.with_block(1).unwrap();
    for rule in rules {
        let (mut elastic, mut plain) = (start.clone(), start.clone());
        rule.learn(&mut elastic, &Crossed, Training::new()).unwrap();
        rule.learn(&mut plain, &met, Training::new()).unwrap();
        assert_eq!(elastic, plain);
        assert_ne!(elastic, start);
    }
}
