//! Every cost under every metric against central differences of its value, with views, absent values
//! and weights.

use crate::batch::Batch;
use crate::cost::Cost;
use crate::gradient::Gradient;
use crate::supervised::log_det::LogDet;
use crate::supervised::pair_cost::PairCost;
use crate::{
    Activation, Celvq, CelvqConfig, Codebook, Error, Metric, Rslvq, RslvqConfig, Sng, SngConfig,
    Source,
};

const DIM: usize = 4;
const N: usize = 23;
const LABELS: [u32; 7] = [0, 1, 2, 0, 1, 2, 0];

fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898 + 78.233).sin() * 43758.5453;
    2.0 * (x - x.floor()) - 1.0
}

/// Sample 3 lacks a value in one view, sample 5 lacks one in both, sample 7 has none in one view.
struct Scene {
    has_missing: bool,
}

impl Source<f64> for Scene {
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
        2
    }

    fn label(&self, i: usize) -> u32 {
        (i % 3) as u32
    }

    fn has_missing(&self) -> bool {
        self.has_missing
    }

    fn fill(&self, i: usize, _epoch: usize, views: &mut [f64]) -> Result<(), Error> {
        for (at, x) in views.iter_mut().enumerate() {
            *x = noise(i * 2 * DIM + at) + f64::from(self.label(i)) * 0.3;
        }
        let absent: &[usize] = match i {
            _ if !self.has_missing => &[],
            3 => &[1],
            5 => &[2, DIM + 2],
            7 => &[0, 1, 2, 3],
            _ => &[],
        };
        absent.iter().for_each(|&at| views[at] = f64::NAN);
        Ok(())
    }
}

fn metrics() -> [Metric<f64>; 7] {
    let values = |n: usize| (0..n).map(|i| noise(5000 + i)).collect::<Vec<_>>();
    [
        Metric::Euclidean,
        Metric::Relevances(values(DIM).iter().map(|v| v.abs()).collect()),
        Metric::Omega {
            n_rows: DIM,
            values: values(DIM * DIM),
        },
        Metric::Omega {
            n_rows: 2,
            values: values(2 * DIM),
        },
        Metric::LocalOmegas {
            n_rows: 3,
            values: values(LABELS.len() * 3 * DIM),
        },
        Metric::SharedOmega {
            tile: 2,
            n_rows: 2,
            values: values(4),
        },
        // One tile, and a value that is left.
        Metric::SharedOmega {
            tile: 3,
            n_rows: 2,
            values: values(6),
        },
    ]
}

fn weight(i: usize) -> f64 {
    0.5 + (i % 4) as f64
}

/// Σ ½ ln det(Ω Ωᵀ) over the matrices, by elimination.
fn half_log_det(metric: &Metric<f64>) -> f64 {
    let (n_rows, n_columns) = match metric {
        Metric::Omega { n_rows, .. } | Metric::LocalOmegas { n_rows, .. } => (*n_rows, DIM),
        Metric::SharedOmega { tile, n_rows, .. } => (*n_rows, *tile),
        _ => return 0.0,
    };
    let of_one = |omega: &[f64]| {
        let rows: Vec<&[f64]> = omega.chunks(n_columns).collect();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let products = |a: &&[f64]| rows.iter().map(|b| product(a, b)).collect();
        let mut left: Vec<Vec<f64>> = rows.iter().map(products).collect();
        let mut log = 0.0;
        while let Some(pivot) = left.pop() {
            let last = left.len();
            log += 0.5 * pivot[last].ln();
            for row in &mut left {
                let factor = row[last] / pivot[last];
                row.iter_mut()
                    .zip(&pivot)
                    .for_each(|(x, p)| *x -= factor * p);
            }
        }
        log
    };
    let matrices = metric.values().chunks(n_rows * n_columns);
    matrices.map(of_one).sum()
}

/// Compares all parameters, of a codebook in blocks if the metric allows them. `penalty` is the weight of the metric's own term.
fn check(
    cost: &dyn Cost<f64>,
    metric: Metric<f64>,
    block: usize,
    has_missing: bool,
    penalty: f64,
    progress: f64,
) {
    let prototypes = (0..LABELS.len() * DIM).map(|i| noise(900 + i)).collect();
    let book = Codebook::new(DIM, 3, prototypes, LABELS.to_vec()).unwrap();
    let book = book.with_metric(metric).unwrap();
    let Ok(book) = book.with_block(block) else {
        return;
    };
    let mut batch = Batch::new(&Scene { has_missing });
    let all: Vec<usize> = (0..N).collect();
    batch.load(&Scene { has_missing }, &all, 0).unwrap();
    let weights: Vec<f64> = all.iter().map(|&i| weight(i)).collect();
    let mut value = |book: &Codebook<f64>| -> f64 {
        batch.project(book);
        let verdicts = cost.judge(book, &batch, progress);
        let costs = verdicts
            .iter()
            .zip(&weights)
            .map(|(verdict, weight)| verdict.cost * weight);
        costs.sum::<f64>() - penalty * half_log_det(book.metric())
    };
    let numeric = |value: &mut dyn FnMut(&Codebook<f64>) -> f64, of_metric: bool, i: usize| {
        let mut moved = |by: f64| {
            let mut book = book.clone();
            book.change(|prototypes, metric| {
                let values = if of_metric {
                    metric.values_mut()
                } else {
                    prototypes
                };
                values[i] += by;
            });
            value(&book)
        };
        let h = 1e-6;
        (moved(h) - moved(-h)) / (2.0 * h)
    };
    let n = [book.prototypes().len(), book.metric().values().len()];
    let expected = [0, 1].map(|group| {
        let slope = |i| numeric(&mut value, group == 1, i);
        (0..n[group]).map(slope).collect::<Vec<f64>>()
    });
    let own = cost.penalty(&book);
    assert!((own + penalty * half_log_det(book.metric())).abs() < 1e-12);
    batch.project(&book);
    let mut gradient = Gradient::new(&book, true);
    let mut verdicts = cost.judge(&book, &batch, progress);
    batch.compose(&book, &mut verdicts);
    gradient.add(&book, &batch, &verdicts, &weights);
    gradient.add_metric(&book, &batch);
    cost.regularise(&book, &mut gradient);
    let got = [gradient.prototypes, gradient.metric];
    for (got, expected) in got.iter().zip(&expected) {
        assert_eq!(got.len(), expected.len());
        let scale = expected.iter().fold(1e-3f64, |m, v| m.max(v.abs()));
        for (got, expected) in got.iter().zip(expected) {
            let difference = (got - expected).abs();
            assert!(difference < 2e-7 * scale.max(1.0), "{got} {expected}");
        }
    }
    let largest = expected[0].iter().fold(0.0f64, |m, v| m.max(v.abs()));
    assert!(largest > 1e-3, "nothing to compare");
}

fn everywhere(cost: &dyn Cost<f64>, progress: f64) {
    for metric in metrics() {
        for has_missing in [false, true] {
            for block in [DIM, 3, 2] {
                check(cost, metric.clone(), block, has_missing, 0.0, progress);
            }
        }
    }
}

#[test]
fn pairs() {
    for activation in [Activation::Identity, Activation::Sigmoid { beta: 3.0 }] {
        for (beta_start, progress) in [(None, 0.0), (Some(1.0), 0.4)] {
            let cost = PairCost {
                activation,
                beta_start,
            };
            everywhere(&cost, progress);
        }
    }
}

#[test]
fn log_determinant() {
    let pair = PairCost {
        activation: Activation::Sigmoid { beta: 3.0 },
        beta_start: None,
    };
    let cost = LogDet {
        cost: pair,
        weight: 0.7,
    };
    for metric in &metrics()[2..] {
        check(&cost, metric.clone(), DIM, false, 0.7, 0.0);
    }
}

#[test]
fn cross_entropy() {
    let config = CelvqConfig {
        temperature: 0.8,
        ..CelvqConfig::default()
    };
    everywhere(&Celvq::new(&config).unwrap().cost, 0.0);
}

#[test]
fn likelihood_ratio() {
    let config = RslvqConfig {
        sigma2: 0.6,
        ..RslvqConfig::default()
    };
    everywhere(&Rslvq::new(&config).unwrap().cost, 0.0);
}

#[test]
fn neighbourhood() {
    let config = SngConfig {
        activation: Activation::Sigmoid { beta: 3.0 },
        range_end: 0.1,
        ..SngConfig::default()
    };
    let cost = Sng::new(&config).unwrap().cost;
    everywhere(&cost, 0.0);
    everywhere(&cost, 0.7);
}
