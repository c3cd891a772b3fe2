//! The search among whole numbers, on every instruction set of this machine, against [`IntCodebook`].

use super::packed::pack;
use super::{IntBuffers, IntCodebook, IntSearch};
use crate::Decision;
use crate::distance::int8::Set;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Tables to search.
struct Case {
    dim: usize,
    block: usize,
    bits: u8,
    multiple: u8,
    rows: Vec<u8>,
    labels: Vec<u32>,
    exponents: Vec<u8>,
}

impl Case {
    /// Levels as `level` gives them, of 8 bits.
    fn new(dim: usize, n: usize, mut level: impl FnMut() -> i8) -> Self {
        let rows = (0..n * dim).map(|_| level() as u8).collect();
        Self {
            dim,
            block: dim,
            bits: 8,
            multiple: 1,
            rows,
            labels: (0..n as u32).map(|j| j * 7 % 3).collect(),
            exponents: Vec::new(),
        }
    }

    fn random(rng: &mut ChaCha8Rng, dim: usize, n: usize) -> Self {
        Self::new(dim, n, || rng.random_range(-127..=127))
    }

    fn tables(&self) -> IntCodebook<'_> {
        let (rows, labels) = (&self.rows, &self.labels);
        let Self { dim, block, .. } = *self;
        IntCodebook::new(
            dim,
            block,
            self.bits,
            self.multiple,
            rows,
            labels,
            &self.exponents,
        )
        .expect("tables that fit")
    }

    /// All things on every set that can hold the values, on one thread and on all.
    fn check(&self, things: &[i8], n_views: usize) {
        let tables = self.tables();
        let things_of = things.chunks_exact(n_views * self.dim);
        let expected: Vec<_> = things_of.map(|views| tables.decide(views)).collect();
        let bits = if self.exponents.is_empty() { 8 } else { 16 };
        for set in Set::available().filter(|set| set.value_bits() >= bits) {
            let search = IntSearch::on(set, &tables);
            let mut found = vec![Decision::default(); expected.len()];
            search.decide(things, n_views, &mut found);
            let n = self.labels.len();
            let Self { dim, block, .. } = self;
            assert_eq!(found, expected, "{set:?}, {n} × {dim}, block {block}");
            found.fill(Decision::default());
            // Buffers that hold something else already.
            let mut buffers = IntBuffers::default();
            let first = &things[..n_views * dim];
            search.decide_into(first, n_views, &mut buffers, &mut found[..1]);
            search.decide_into(things, n_views, &mut buffers, &mut found);
            assert_eq!(found, expected, "{set:?}, {n} × {dim}, block {block}");
        }
    }
}

fn random(rng: &mut ChaCha8Rng, n: usize) -> Vec<i8> {
    (0..n).map(|_| rng.random_range(-127..=127)).collect()
}

#[test]
fn every_dim() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for dim in (1..=130).chain([520, 832]) {
        let n = rng.random_range(1..=50);
        let case = Case::random(&mut rng, dim, n);
        // Whole tiles of every set, and rows left over.
        for n_rows in [1, 9] {
            case.check(&random(&mut rng, n_rows * dim), 1);
        }
    }
}

#[test]
fn every_number_of_prototypes() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for n in (1..=50).chain([96, 97, 200]) {
        let dim = rng.random_range(1..40);
        let mut case = Case::random(&mut rng, dim, n);
        case.check(&random(&mut rng, 17 * dim), 1);
        // One class has no runner-up.
        case.labels.fill(5);
        case.check(&random(&mut rng, 3 * dim), 1);
    }
}

/// The greatest products and sums there are.
#[test]
fn extremes() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for dim in [1, 2, 3, 4, 5, 8, 33, 520, 832, 10_000] {
        for [x, w] in [[127, 127], [127, -127], [-127, 127], [-127, -127]] {
            Case::new(dim, 5, || w).check(&vec![x; 9 * dim], 1);
        }
        let mut sign = || if rng.random() { 127 } else { -127 };
        let things: Vec<i8> = (0..9 * dim).map(|_| sign()).collect();
        Case::new(dim, 20, sign).check(&things, 1);
    }
    // As far apart as 32 bits allow.
    let dim = 66_572;
    let mut case = Case::new(dim, 2, || 127);
    case.rows[..dim].fill(-127i8 as u8);
    case.check(&[vec![-127; dim], vec![127; dim]].concat(), 1);
    assert_eq!(case.tables().distance(0, &vec![127; dim]), 4_294_959_152);
}

#[test]
fn ties_go_to_the_first() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for dim in [1, 2, 5] {
        for n in [3, 20, 50, 90] {
            let mut case = Case::new(dim, n, || rng.random_range(-1..=1));
            for labels in [1, 2, 5, 90] {
                for label in &mut case.labels {
                    *label = rng.random_range(0..labels);
                }
                let things: Vec<i8> = (0..30 * dim).map(|_| rng.random_range(-1..=1)).collect();
                case.check(&things, 1);
                case.check(&things, 3);
            }
        }
    }
}

#[test]
fn blocks_and_views() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for (dim, block) in [(1, 1), (7, 3), (26, 13), (40, 40), (65, 16), (832, 208)] {
        for n in [1, 17, 50] {
            let mut case = Case::random(&mut rng, dim, n);
            case.block = block;
            for n_views in [1, 2, 9] {
                case.check(&random(&mut rng, 5 * n_views * dim), n_views);
            }
        }
    }
    // More views than are packed together.
    let case = Case::random(&mut rng, 6, 20);
    case.check(&random(&mut rng, 3 * 200 * 6), 200);
    case.check(&random(&mut rng, 1000 * 6), 1);
}

#[test]
fn few_bits_and_exponents() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for (bits, multiples) in [(8u8, [1, 1]), (4, [1, 18]), (2, [3, 127])] {
        for multiple in multiples {
            for (dim, block) in [(1, 1), (9, 9), (50, 7), (520, 520)] {
                let n = 33;
                let mut case = Case::random(&mut rng, dim, n);
                (case.bits, case.multiple, case.block) = (bits, multiple, block);
                let most = (1 << (bits - 1)) - 1;
                case.rows.clear();
                for _ in 0..n {
                    let levels = (0..dim).map(|_| rng.random_range(-most..=most) as i8);
                    pack(levels, bits, &mut case.rows);
                }
                let things = random(&mut rng, 10 * dim);
                case.check(&things, 1);
                case.check(&things, 5);
                case.exponents = (0..dim).map(|_| rng.random_range(0..=4)).collect();
                case.check(&things, 1);
                case.check(&things, 5);
            }
        }
    }
}

#[test]
fn nothing_to_decide() {
    let case = Case::new(3, 2, || 1);
    let search = IntSearch::new(&case.tables());
    assert_eq!(search.dim(), 3);
    search.decide(&[], 1, &mut []);
}

#[test]
#[should_panic(expected = "one decision a thing")]
fn things_must_be_whole() {
    let case = Case::new(3, 2, || 1);
    IntSearch::new(&case.tables()).decide(&[1, 2], 1, &mut [Decision::default()]);
}

proptest! {
    #[test]
    fn any_values(
        dim in 1usize..70,
        block in 1usize..70,
        n in 1usize..120,
        n_things in 1usize..12,
        n_views in 1usize..5,
        seed: u64,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut case = Case::random(&mut rng, dim, n);
        case.block = block.min(dim);
        // Some prototypes twice.
        let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
        case.rows.copy_within(from * dim..(from + 1) * dim, to * dim);
        case.check(&random(&mut rng, n_things * n_views * dim), n_views);
    }
}
