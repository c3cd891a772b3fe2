//! The gradient on a grid against a plain twin: explicit matrices, fake quantization in f64, the chain rule written out.

use crate::batch::Batch;
use crate::cost::Cost;
use crate::gradient::Gradient;
use crate::supervised::pair_cost::PairCost;
use crate::{Activation, Codebook, Error, Extent, FakeQuant, Grid, Metric, Source};

const DIM: usize = 4;
const N: usize = 29;
const N_VIEWS: usize = 3;
const LABELS: [u32; 7] = [0, 1, 2, 0, 1, 2, 0];

fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898 + 78.233).sin() * 43758.5453;
    2.0 * (x - x.floor()) - 1.0
}

struct Scene;

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
        N_VIEWS
    }
    fn label(&self, i: usize) -> u32 {
        (i % 3) as u32
    }
    fn fill(&self, i: usize, _epoch: usize, views: &mut [f64]) -> Result<(), Error> {
        for (at, x) in views.iter_mut().enumerate() {
            *x = noise(i * N_VIEWS * DIM + at) + f64::from(self.label(i)) * 0.3;
        }
        Ok(())
    }
}

fn metrics() -> [Metric<f64>; 6] {
    let values = |n: usize| (0..n).map(|i| noise(5000 + i)).collect::<Vec<_>>();
    [
        Metric::Euclidean,
        Metric::Relevances(vec![0.3, 0.0, 0.5, 0.2]),
        Metric::Omega {
            n_rows: DIM,
            values: values(DIM * DIM),
        },
        Metric::Omega {
            n_rows: 2,
            values: values(2 * DIM),
        },
        Metric::SharedOmega {
            tile: 2,
            n_rows: 2,
            values: values(4),
        },
        Metric::SharedOmega {
            tile: 3,
            n_rows: 2,
            values: values(6),
        },
    ]
}

/// The value of the metric that a cell of the matrix comes from, and the cell's derivative by that value.
type Origin = Option<(usize, f64)>;

/// The matrix that makes images, row by row.
struct Explicit {
    rows: Vec<[f64; DIM]>,
    cells: Vec<[Origin; DIM]>,
}

fn explicit(metric: &Metric<f64>) -> Explicit {
    let mut made = Explicit {
        rows: Vec::new(),
        cells: Vec::new(),
    };
    let mut row = |filled: &[(usize, f64, Origin)]| {
        let (mut values, mut cells) = ([0.0; DIM], [None; DIM]);
        for &(at, value, cell) in filled {
            (values[at], cells[at]) = (value, cell);
        }
        made.rows.push(values);
        made.cells.push(cells);
    };
    match metric {
        Metric::Euclidean => (0..DIM).for_each(|i| row(&[(i, 1.0, None)])),
        Metric::Relevances(relevances) => {
            for (i, relevance) in relevances.iter().enumerate() {
                let root = relevance.sqrt();
                let cell = (root > 0.0).then(|| (i, 0.5 / root));
                row(&[(i, root, cell)]);
            }
        }
        Metric::Omega { values, .. } => {
            for r in 0..values.len() / DIM {
                let cell = |i| (i, values[r * DIM + i], Some((r * DIM + i, 1.0)));
                row(&(0..DIM).map(cell).collect::<Vec<_>>());
            }
        }
        Metric::SharedOmega {
            tile,
            n_rows,
            values,
        } => {
            for t in 0..DIM / tile {
                for r in 0..*n_rows {
                    let cell = |i| {
                        (
                            t * tile + i,
                            values[r * tile + i],
                            Some((r * tile + i, 1.0)),
                        )
                    };
                    row(&(0..*tile).map(cell).collect::<Vec<_>>());
                }
            }
            (DIM / tile * tile..DIM).for_each(|i| row(&[(i, 1.0, None)]));
        }
        Metric::LocalOmegas { .. } => unreachable!("refused"),
    }
    made
}

fn image(explicit: &Explicit, x: &[f64]) -> Vec<f64> {
    let product = |row: &[f64; DIM]| row.iter().zip(x).map(|(a, x)| a * x).sum();
    explicit.rows.iter().map(product).collect()
}

fn fake_quant(limit: f32, bits: u8) -> FakeQuant<f64> {
    let max = f64::from(limit);
    FakeQuant::new(Extent { min: -max, max }, bits, true).unwrap()
}

/// Gradient of Σ weight · μ by prototypes and metric, and how many values of inputs were beyond the grid.
fn twin(book: &Codebook<f64>, grid: &Grid, weights: &[f64]) -> ([Vec<f64>; 2], usize) {
    let matrix = explicit(book.metric());
    let of_inputs = fake_quant(grid.input_limit(), 8);
    let of_prototypes = {
        let most = f32::from((1u8 << (grid.bits - 1)) - 1);
        fake_quant(most * f32::from(grid.multiple) * grid.step, grid.bits)
    };
    let blocks: Vec<_> = book.image_blocks().collect();
    let mut sums = [
        vec![0.0; book.prototypes().len()],
        vec![0.0; book.metric().values().len()],
    ];
    let mut n_beyond = 0;
    for (i, weight) in weights.iter().enumerate() {
        let mut views = [0.0; N_VIEWS * DIM];
        Scene.fill(i, 0, &mut views).unwrap();
        let views: Vec<_> = views.chunks(DIM).collect();
        let exact: Vec<_> = views.iter().map(|x| image(&matrix, x)).collect();
        // Distance of every prototype, and the view that each value of the image met.
        let meet = |j: usize| {
            let w = image(&matrix, book.prototype(j));
            let difference =
                |v: usize, k: usize| of_prototypes.value(w[k]) - of_inputs.value(exact[v][k]);
            let mut met = vec![0; w.len()];
            let mut sum = 0.0;
            let square = |v: usize, range: std::ops::Range<usize>| -> f64 {
                range.map(|k| difference(v, k).powi(2)).sum()
            };
            for block in &blocks {
                let nearest = (0..N_VIEWS)
                    .min_by(|&a, &b| square(a, block.clone()).total_cmp(&square(b, block.clone())));
                let nearest = nearest.unwrap();
                met[block.clone()].fill(nearest);
                sum += square(nearest, block.clone());
            }
            let e: Vec<f64> = met
                .iter()
                .enumerate()
                .map(|(k, &v)| difference(v, k))
                .collect();
            (sum, met, e)
        };
        let all: Vec<_> = (0..LABELS.len()).map(meet).collect();
        let nearest = |same: bool| {
            (0..LABELS.len())
                .filter(|&j| (LABELS[j] == Scene.label(i)) == same)
                .min_by(|&a, &b| all[a].0.total_cmp(&all[b].0))
                .unwrap()
        };
        let (plus, minus) = (nearest(true), nearest(false));
        let (d_plus, d_minus) = (all[plus].0, all[minus].0);
        let square = (d_plus + d_minus).powi(2);
        for (j, slope) in [
            (plus, 2.0 * d_minus / square),
            (minus, -2.0 * d_plus / square),
        ] {
            let (_, met, e) = &all[j];
            for k in 0..e.len() {
                let (x, z) = (views[met[k]], exact[met[k]][k]);
                let passes = of_inputs.gradient(z, 1.0).x;
                n_beyond += usize::from(passes == 0.0);
                for c in 0..DIM {
                    let pull = weight * slope * 2.0 * e[k];
                    sums[0][j * DIM + c] += pull * matrix.rows[k][c];
                    if let Some((of, by)) = matrix.cells[k][c] {
                        sums[1][of] += pull * (book.prototype(j)[c] - passes * x[c]) * by;
                    }
                }
            }
        }
    }
    (sums, n_beyond)
}

#[test]
fn the_gradient_goes_straight_through_the_rounded_images() {
    let cost = PairCost {
        activation: Activation::Identity,
        beta_start: None,
    };
    let weights: Vec<f64> = (0..N).map(|i| 0.5 + (i % 4) as f64).collect();
    let all: Vec<usize> = (0..N).collect();
    let mut n_checked = 0;
    for metric in metrics() {
        for block in [DIM, 3, 2, 1] {
            for (bits, reach) in [(8, 0.4), (4, 1.0), (4, 0.3), (2, 0.4)] {
                let prototypes = (0..LABELS.len() * DIM).map(|i| noise(900 + i)).collect();
                let book = Codebook::new(DIM, 3, prototypes, LABELS.to_vec()).unwrap();
                let book = book.with_metric(metric.clone()).unwrap();
                let Ok(book) = book.with_block(block) else {
                    continue;
                };
                let mut batch = Batch::new(&Scene);
                batch.load(&Scene, &all, 0).unwrap();
                batch.project(&book);
                let greatest = |values: &[f64]| Extent::of(values).magnitude() as f32;
                let inputs = reach * greatest(batch.images(0..N));
                let grid = Grid::reaching(inputs, 0.7 * greatest(book.images()), bits).unwrap();
                // All distances exact, so that both sides see the same ties.
                let step = grid.step.log2().ceil().exp2();
                let grid = Grid::new(step, bits, grid.multiple).unwrap();
                let seen = book.on_grid(grid);
                batch.project(&seen);
                let mut verdicts = cost.judge(&seen, &batch, 0.0);
                batch.compose(&seen, &mut verdicts);
                let mut gradient = Gradient::new(&seen, true);
                gradient.add(&seen, &batch, &verdicts, &weights);
                gradient.add_metric(&seen, &batch);
                let (expected, n_beyond) = twin(&book, &grid, &weights);
                assert_eq!(n_beyond > 0, reach < 1.0, "{metric:?}");
                let got = [gradient.prototypes, gradient.metric];
                for (got, expected) in got.iter().zip(&expected) {
                    assert_eq!(got.len(), expected.len());
                    for (got, expected) in got.iter().zip(expected) {
                        let ok = (got - expected).abs() < 1e-10 * expected.abs().max(1.0);
                        assert!(
                            ok,
                            "{got} {expected}, {bits} bits, block {block}, {metric:?}"
                        );
                    }
                }
                let largest = expected[0].iter().fold(0.0f64, |m, v| m.max(v.abs()));
                assert!(largest > 0.1, "nothing to compare");
                n_checked += 1;
            }
        }
    }
    assert_eq!(n_checked, 4 * 14);
}
