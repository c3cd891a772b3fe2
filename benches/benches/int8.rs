//! Whole numbers against floating-point numbers, one thread: batches of vectors, and the latency of one word. Run it on one processor:
//! `taskset -c 0 cargo bench -p mynah-benches --bench int8`.
//!
//! Answers are checked before the timing: every instruction set gives those of the scalar definition. `scripts/bench-peers int8` compares with
//! other tools.

// Its report is what a benchmark is for.
#![allow(clippy::print_stdout)]

use std::hint::black_box;

use mynah_benches::cpu_seconds;
use mynah_lvq::{
    Codebook, Decision, Grid, IntBuffers, IntCodebook, IntSearch, Level, Metric, Nearest,
    QuantizedBuffers, QuantizedCodebook, Rows, Search, int8_peak, limit_instructions,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROUNDS: usize = 25;

fn main() {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build_global()
        .expect("the first pool");
    // `cargo bench -- --test` checks the answers and times nothing.
    let is_test = std::env::args().any(|arg| arg == "--test");
    let mut levels: Vec<Level> = Level::available().collect();
    levels.dedup();
    batches(&levels, is_test);
    latency(&levels, is_test);
}

/// Vectors that are in whole numbers already, and the same in `f32`.
fn batches(levels: &[Level], is_test: bool) {
    const DIM: usize = 520;
    const N_ROWS: usize = 2_000;
    const N_PROTOTYPES: usize = 1_000;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut random =
        |n: usize| -> Vec<i8> { (0..n * DIM).map(|_| rng.random_range(-127..=127)).collect() };
    let (vectors, prototypes) = (random(N_ROWS), random(N_PROTOTYPES));
    let bytes: Vec<u8> = prototypes.iter().map(|&w| w as u8).collect();
    let labels: Vec<u32> = (0..N_PROTOTYPES as u32).map(|j| j % 40).collect();
    let tables = IntCodebook::new(DIM, DIM, 8, 1, &bytes, &labels, &[]).expect("sound tables");
    let some = vectors.chunks_exact(DIM).step_by(100);
    let expected: Vec<_> = some.map(|x| tables.decide(x)).collect();
    let floats =
        |values: &[i8]| -> Vec<f32> { values.iter().map(|&v| f32::from(v) / 32.0).collect() };
    let (float_vectors, float_prototypes) = (floats(&vectors), floats(&prototypes));
    let rows = Rows::new(&float_vectors, DIM).expect("whole rows");
    println!(
        "{N_PROTOTYPES} prototypes of {DIM} values, {N_ROWS} vectors a batch; least CPU time of {ROUNDS} rounds.\n\
         int8 starts from whole numbers and finds winner, runner-up of another class and both distances; f32 finds the winner.\n\
         The peak multiplies and adds in registers alone with the instructions that int8 uses."
    );
    println!("instructions  f32 vectors/s  int8 vectors/s  int8 / f32  G products/s  peak  of it");
    for &level in levels {
        limit_instructions(level);
        let search = IntSearch::new(&tables);
        let plain = Search::new(&float_prototypes, DIM).expect("prototypes");
        let mut found = vec![Decision::default(); N_ROWS];
        search.decide(&vectors, 1, &mut found);
        assert!(found.iter().step_by(100).eq(&expected), "{level:?}");
        if is_test {
            continue;
        }
        let mut nearest = vec![Nearest::default(); N_ROWS];
        let [mut int8, mut f32s, mut peak] = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            clock(&mut int8, || {
                search.decide(black_box(&vectors), 1, &mut found)
            });
            clock(&mut f32s, || plain.nearest(black_box(&rows), &mut nearest));
            let mut n = 0;
            let mut seconds = f64::INFINITY;
            clock(&mut seconds, || n = int8_peak(100_000));
            peak = peak.min(seconds / n as f64);
        }
        let products = (N_ROWS * N_PROTOTYPES * DIM) as f64 / int8 * 1e-9;
        println!(
            "{:12}  {:13.0}  {:14.0}  {:10.2}  {products:12.1}  {:4.0}  {:4.0}%",
            format!("{level:?}"),
            N_ROWS as f64 / f32s,
            N_ROWS as f64 / int8,
            f32s / int8,
            1e-9 / peak,
            products * peak * 1e11
        );
    }
    limit_instructions(levels[0]);
}

/// One word as the default pipeline makes it, against a model of forty.
fn latency(levels: &[Level], is_test: bool) {
    const N_COEFFS: usize = 26;
    const DIM: usize = 32 * N_COEFFS;
    const N_VIEWS: usize = 9;
    const N_CUTS: usize = 5;
    const N_WORDS: u32 = 40;
    const PER_WORD: u32 = 12;
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut random =
        |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-2.0..2.0)).collect() };
    let n = (N_WORDS * PER_WORD) as usize;
    let (prototypes, views) = (random(n * DIM), random(N_CUTS * N_VIEWS * DIM));
    let metric = Metric::SharedOmega {
        tile: N_COEFFS,
        n_rows: N_COEFFS,
        values: random(N_COEFFS * N_COEFFS)
            .iter()
            .map(|v| v / 5.0)
            .collect(),
    };
    let grid = Grid::new(0.05, 8, 1).expect("a sound grid");
    println!(
        "\nOne word, {N_CUTS} cuts × {N_VIEWS} views × {DIM} values in blocks of 8 frames, against {N_WORDS} words × {PER_WORD} prototypes; least CPU time\n\
         of {ROUNDS} rounds, ms. From standardised views to the decision, the metric's images and the rounding included; then from whole numbers."
    );
    println!("instructions  f32     int8    f32 / int8  from whole numbers");
    let mut answers = Vec::new();
    for &level in levels {
        limit_instructions(level);
        let labels = (0..n as u32).map(|j| j / PER_WORD).collect();
        let codebook = Codebook::new(DIM, N_WORDS as usize, prototypes.clone(), labels)
            .and_then(|codebook| codebook.with_metric(metric.clone()))
            .and_then(|codebook| codebook.with_block(8 * N_COEFFS))
            .expect("a sound codebook");
        let quantized = QuantizedCodebook::new(&codebook, grid, &[]).expect("it can be rounded");
        let cuts = || views.chunks_exact(N_VIEWS * DIM);
        let decide = || {
            let decisions = cuts().map(|views| codebook.decide_views(black_box(views)));
            decisions.reduce(Decision::nearer)
        };
        let mut buffers = QuantizedBuffers::default();
        let mut whole = [Decision::default(); N_CUTS];
        let mut decide_whole =
            || quantized.decide_into(black_box(&views), N_VIEWS, &mut buffers, &mut whole);
        decide_whole();
        let mut answer = [Decision::default(); N_CUTS];
        let mut values = Vec::new();
        quantized.quantize_into(&views, &mut values);
        let search = IntSearch::new(&quantized.tables());
        let mut room = IntBuffers::default();
        let mut decide_levels =
            || search.decide_into(black_box(&values), N_VIEWS, &mut room, &mut answer);
        decide_levels();
        let [mut f32s, mut int8, mut levels] = [f64::INFINITY; 3];
        let decided = decide();
        for _ in 0..if is_test { 0 } else { ROUNDS } {
            clock(&mut f32s, || {
                black_box(decide());
            });
            clock(&mut int8, &mut decide_whole);
            clock(&mut levels, &mut decide_levels);
        }
        let tables = quantized.tables();
        let things = values.chunks_exact(N_VIEWS * DIM);
        assert!(things.map(|x| tables.decide(x)).eq(answer), "{level:?}");
        assert_eq!(whole, answer, "{level:?}");
        answers.push((decided, whole));
        if !is_test {
            println!(
                "{:12}  {:.3}  {:.3}  {:10.2}  {:.3}",
                format!("{level:?}"),
                1e3 * f32s,
                1e3 * int8,
                f32s / int8,
                1e3 * levels
            );
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

fn clock(least: &mut f64, run: impl FnOnce()) {
    let start = cpu_seconds();
    run();
    *least = least.min(cpu_seconds() - start);
}
