//! The gradient in f32, by way of everything that makes it fast (packed matrices, bounds, blocks put together, products of
//! many pulls), against that in f64, which is plain: under every metric, in blocks, with one view and several.

use crate::batch::Batch;
use crate::cost::Cost;
use crate::gradient::Gradient;
use crate::supervised::pair_cost::PairCost;
use crate::{Activation, Codebook, Error, Float, Metric, Source};

const DIM: usize = 26;
const N: usize = 70;
const N_PROTOTYPES: usize = 21;

/// Not rounded by f32.
fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898 + 78.233).sin() * 43758.5453;
    f64::from((2.0 * (x - x.floor()) - 1.0) as f32)
}

struct Scene {
    n_views: usize,
}

impl<T: Float> Source<T> for Scene {
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

    fn fill(&self, i: usize, _epoch: usize, views: &mut [T]) -> Result<(), Error> {
        for (at, x) in views.iter_mut().enumerate() {
            *x = T::from_f64(noise(i * self.n_views * DIM + at));
        }
        Ok(())
    }
}

fn values<T: Float>(first: usize, n: usize) -> Vec<T> {
    (first..first + n).map(|i| T::from_f64(noise(i))).collect()
}

fn metrics<T: Float>() -> Vec<Metric<T>> {
    let values = |n| values(90_000, n);
    let omega = |n_rows| Metric::Omega {
        n_rows,
        values: values(n_rows * DIM),
    };
    let shared = |tile, n_rows| Metric::SharedOmega {
        tile,
        n_rows,
        values: values(n_rows * tile),
    };
    let relevances = (0..DIM).map(|i| T::from_f64(noise(i).abs())).collect();
    vec![
        Metric::Euclidean,
        Metric::Relevances(relevances),
        omega(DIM),
        omega(3),
        Metric::LocalOmegas {
            n_rows: 4,
            values: values(N_PROTOTYPES * 4 * DIM),
        },
        shared(13, 13),
        shared(4, 4),
        // Two of a tile's images, and a rest of two.
        shared(8, 2),
        shared(4, 1),
    ]
}

/// Costs, and the gradient by prototypes and by the metric.
fn gradient<T: Float>(book: &Codebook<T>, n_views: usize) -> [Vec<f64>; 3] {
    let source = Scene { n_views };
    let mut batch = Batch::new(&source);
    batch.load(&source, &(0..N).collect::<Vec<_>>(), 0).unwrap();
    batch.project(book);
    let cost = PairCost {
        activation: Activation::Sigmoid { beta: 3.0 },
        beta_start: None,
    };
    let mut verdicts = cost.judge(book, &batch, 0.0);
    batch.compose(book, &mut verdicts);
    let mut gradient = Gradient::new(book, true);
    gradient.add(book, &batch, &verdicts, &[1.0; N]);
    gradient.add_metric(book, &batch);
    let plain = |values: &[T]| values.iter().map(|v| v.to_f64()).collect();
    let costs = verdicts.iter().map(|verdict| verdict.cost).collect();
    [costs, plain(&gradient.prototypes), plain(&gradient.metric)]
}

fn book<T: Float>(metric: Metric<T>, block: usize) -> Option<Codebook<T>> {
    let labels = (0..N_PROTOTYPES as u32).map(|j| j % 3).collect();
    let book = Codebook::new(DIM, 3, values(50_000, N_PROTOTYPES * DIM), labels).unwrap();
    book.with_metric(metric).unwrap().with_block(block).ok()
}

#[test]
fn the_fast_gradient_is_the_plain_one() {
    let mut n_compared = 0;
    for (fast, plain) in metrics::<f32>().into_iter().zip(metrics::<f64>()) {
        for block in [DIM, 16, 8, 5] {
            let books = book(fast.clone(), block).zip(book(plain.clone(), block));
            let Some((fast, plain)) = books else {
                continue;
            };
            for n_views in [1, 3] {
                let got = gradient(&fast, n_views);
                let expected = gradient(&plain, n_views);
                for (got, expected) in got.iter().zip(&expected) {
                    assert_eq!(got.len(), expected.len());
                    let greatest = expected.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                    for (got, expected) in got.iter().zip(expected) {
                        let difference = (got - expected).abs();
                        let metric = plain.metric();
                        assert!(
                            difference <= 1e-5 * greatest,
                            "{got} {expected} of {greatest}: {metric:?}, block {block}, {n_views} views"
                        );
                    }
                }
                n_compared += 1;
            }
        }
    }
    assert!(n_compared >= 30, "{n_compared}");
}
