//! How the training time of GLVQ grows with samples, classes, dimensions and prototypes, and what a second thread gains.
//! `cargo bench -p mynah-benches --bench scaling`; the gain needs two idle processors.

// Its report is what a benchmark is for.
#![allow(clippy::print_stdout)]

use std::ops::ControlFlow;
use std::time::Instant;

use mynah_benches::contender::once;
use mynah_lvq::{Codebook, Glvq, GlvqConfig, Gmlvq, GmlvqConfig, Rule, Samples};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::{ThreadPool, ThreadPoolBuilder};

const ROUNDS: usize = 5;
const N_EPOCHS: usize = 3;
/// Each size is twice the one before.
const N_SIZES: u32 = 4;

/// What a training is made of.
#[derive(Clone, Copy)]
struct Size {
    n_samples: usize,
    n_classes: usize,
    dim: usize,
    per_class: usize,
}

/// The size of the spoken digits in the race of the rules.
const SMALL: Size = Size {
    n_samples: 2_700,
    n_classes: 10,
    dim: 520,
    per_class: 10,
};

/// What grows, and how.
type Growth = (&'static str, fn(&mut Size, usize));
const GROWTHS: [Growth; 4] = [
    ("samples", |size, factor| size.n_samples *= factor),
    ("classes", |size, factor| size.n_classes *= factor),
    ("dimensions", |size, factor| size.dim *= factor),
    ("prototypes a class", |size, factor| {
        size.per_class *= factor
    }),
];

/// Blobs of every class, as samples and as the start of the prototypes.
struct Task {
    size: Size,
    data: Vec<f32>,
    labels: Vec<u32>,
    start: Codebook,
}

impl Task {
    fn new(size: Size) -> Self {
        let Size {
            n_samples,
            n_classes,
            dim,
            per_class,
        } = size;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut noise =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let centres = noise(n_classes * dim);
        let mut blobs = |n: usize| -> (Vec<f32>, Vec<u32>) {
            let mut rows = noise(n * dim);
            for (i, row) in rows.chunks_exact_mut(dim).enumerate() {
                for (x, centre) in row.iter_mut().zip(&centres[i % n_classes * dim..]) {
                    *x += 0.5 * centre;
                }
            }
            (rows, (0..n).map(|i| (i % n_classes) as u32).collect())
        };
        let (data, labels) = blobs(n_samples);
        let (prototypes, of_class) = blobs(n_classes * per_class);
        let start = Codebook::new(dim, n_classes, prototypes, of_class).expect("a sound codebook");
        Self {
            size,
            data,
            labels,
            start,
        }
    }

    fn glvq(&self) -> Codebook {
        let mut config = GlvqConfig::default();
        config.n_epochs = N_EPOCHS;
        self.train(&Glvq::new(&config).expect("a sound configuration"))
    }

    fn gmlvq(&self) -> Codebook {
        let mut config = GmlvqConfig::default();
        config.n_epochs = N_EPOCHS;
        self.train(&Gmlvq::new(&config).expect("a sound configuration"))
    }

    fn train(&self, rule: &dyn Rule) -> Codebook {
        let samples = Samples::new(&self.data, self.size.dim, &self.labels, self.size.n_classes)
            .expect("sound samples");
        let mut codebook = self.start.clone();
        rule.train(&mut codebook, &samples, &mut |_| ControlFlow::Continue(()))
            .expect("a training that ends");
        codebook
    }
}

fn main() {
    let [one, two] = [1, 2].map(|n| -> ThreadPool {
        ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .expect("threads")
    });
    let task = Task::new(SMALL);
    assert_eq!(one.install(|| task.glvq()), two.install(|| task.glvq()));
    // `cargo bench -- --test` checks the answers and times nothing.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    println!(
        "GLVQ, {N_EPOCHS} epochs; one thread, least CPU time of {ROUNDS} rounds; bar: exponents up to 1.05"
    );
    for (what, grow) in GROWTHS {
        let tasks: Vec<Task> = (0..N_SIZES).map(|i| Task::new(grown(grow, i))).collect();
        let mut least = vec![f64::INFINITY; tasks.len()];
        for _ in 0..ROUNDS {
            for (task, least) in tasks.iter().zip(&mut least) {
                *least = least.min(once(|| one.install(|| task.glvq())).0);
            }
        }
        let times: Vec<String> = least
            .iter()
            .map(|seconds| format!("{seconds:.4}"))
            .collect();
        println!(
            "{what:18}  exponent {:.3}  seconds, doubling: {}",
            exponent(&least),
            times.join(" ")
        );
    }
    let large = Task::new(grown(GROWTHS[0].1, N_SIZES - 1));
    gain("GLVQ", [&one, &two], || large.glvq());
    gain("GMLVQ", [&one, &two], || task.gmlvq());
}

fn gain(rule: &str, pools: [&ThreadPool; 2], train: impl Fn() -> Codebook + Sync) {
    let mut least = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        for (pool, least) in pools.into_iter().zip(&mut least) {
            let start = Instant::now();
            pool.install(&train);
            *least = least.min(start.elapsed().as_secs_f64());
        }
    }
    let gain = least[0] / least[1];
    println!("{rule}, two threads against one, by the clock: {gain:.2} times as fast; bar: 1.7");
}

fn grown(grow: fn(&mut Size, usize), doublings: u32) -> Size {
    let mut size = SMALL;
    grow(&mut size, 1 << doublings);
    size
}

/// Slope of the least-squares line through log₂ of the times of sizes that double.
fn exponent(seconds: &[f64]) -> f64 {
    let n = seconds.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = seconds.iter().map(|s| s.log2()).sum::<f64>() / n;
    let points = seconds
        .iter()
        .enumerate()
        .map(|(i, s)| (i as f64 - middle, s.log2() - mean));
    let (products, squares) = points.fold((0.0, 0.0), |(p, q), (x, y)| (p + x * y, q + x * x));
    products / squares
}
