//! The search for the nearest prototype against the plain scan, 520 dimensions in `f32`, one thread. Run it on one processor:
//! `taskset -c 0 cargo bench -p mynah-benches --bench search`.
//!
//! Both answer the same in every round, which is checked before the timing. `scripts/bench-peers` compares with other tools.

// Its report is what a benchmark is for.
#![allow(clippy::print_stdout)]

use std::hint::black_box;

use mynah_benches::cpu_seconds;
use mynah_lvq::{Nearest, Rows, Search, squared_euclidean};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DIM: usize = 520;
const N_ROWS: usize = 2_000;
const ROUNDS: usize = 15;

fn main() {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build_global()
        .expect("the first pool");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut random =
        |n| -> Vec<f32> { (0..n * DIM).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let data = random(N_ROWS);
    let rows = Rows::new(&data, DIM).expect("whole rows");
    println!("{DIM} dimensions, {N_ROWS} rows, least CPU time of {ROUNDS} rounds");
    println!("prototypes  search rows/s  G mult-add/s  plain scan rows/s  ratio  pack rows/s");
    for n_prototypes in [10, 40, 100, 1_000] {
        let prototypes = random(n_prototypes);
        let mut search = Search::new(&prototypes, DIM).expect("prototypes");
        let mut found = vec![Nearest::default(); N_ROWS];
        search.nearest(&rows, &mut found);
        let expected: Vec<_> = (0..N_ROWS)
            .map(|i| scan(rows.row(i), &prototypes))
            .collect();
        assert_eq!(found, expected);
        // `cargo bench -- --test` checks the answers and times nothing.
        if std::env::args().any(|arg| arg == "--test") {
            continue;
        }
        let [mut fast, mut plain, mut pack] = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            clock(&mut fast, || search.nearest(black_box(&rows), &mut found));
            clock(&mut plain, || {
                for (i, found) in found.iter_mut().enumerate().take(N_ROWS / 10) {
                    *found = scan(black_box(rows.row(i)), &prototypes);
                }
            });
            clock(&mut pack, || search.update(black_box(&prototypes)));
        }
        let (fast, plain) = (N_ROWS as f64 / fast, (N_ROWS / 10) as f64 / plain);
        println!(
            "{n_prototypes:10}  {fast:13.0}  {:12.1}  {plain:17.0}  {:5.1}  {:11.0}",
            fast * (n_prototypes * DIM) as f64 * 1e-9,
            fast / plain,
            n_prototypes as f64 / pack
        );
    }
}

fn scan(x: &[f32], prototypes: &[f32]) -> Nearest {
    let mut nearest = Nearest {
        index: 0,
        distance: f32::INFINITY,
    };
    for (index, w) in prototypes.chunks_exact(DIM).enumerate() {
        let distance = squared_euclidean(x, w);
        if distance < nearest.distance {
            nearest = Nearest { index, distance };
        }
    }
    nearest
}

fn clock(least: &mut f64, run: impl FnOnce()) {
    let start = cpu_seconds();
    run();
    *least = least.min(cpu_seconds() - start);
}
