//! Every instruction set of this machine against the plain scan, to the bit.

use super::exact::{Distance, Distances};
use super::set::Set;
use super::{Nearest, Rows, Search, plain, squared_euclidean};
use crate::{Codebook, Decision, Float, Pair};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The obvious search.
fn scan<T: Float>(x: &[T], prototypes: &[T]) -> Nearest<T> {
    let mut rows = prototypes.chunks_exact(x.len()).enumerate();
    let (_, first) = rows.next().unwrap();
    let mut nearest = Nearest {
        index: 0,
        distance: squared_euclidean(x, first),
    };
    for (index, w) in rows {
        let distance = squared_euclidean(x, w);
        if distance < nearest.distance {
            nearest = Nearest { index, distance };
        }
    }
    nearest
}

fn bits<T: Float>(distance: T) -> u64 {
    // Any NaN is as good as another.
    if distance.to_f64().is_nan() {
        f64::NAN.to_bits()
    } else {
        distance.to_f64().to_bits()
    }
}

fn random(rng: &mut ChaCha8Rng, n: usize, scale: f32) -> Vec<f32> {
    (0..n)
        .map(|_| scale * rng.random_range(-1.0..1.0))
        .collect()
}

/// All three searches, on every set, against scans. Labels go round three classes.
fn check(data: &[f32], prototypes: &[f32], dim: usize) {
    let rows = Rows::new(data, dim).unwrap();
    let n = prototypes.len() / dim;
    let labels: Vec<u32> = (0..n as u32).map(|i| i * 7 % 3).collect();
    let row_labels: Vec<u32> = (0..rows.len() as u32).map(|i| i % 4).collect();
    let finite = prototypes.iter().all(|w| w.is_finite());
    let codebook =
        finite.then(|| Codebook::new(dim, 4, prototypes.to_vec(), labels.clone()).unwrap());
    for set in Set::available() {
        let search = Search::on(set, prototypes, dim, &labels).unwrap();
        let mut nearest = vec![Nearest::default(); rows.len()];
        let mut decisions = vec![
            Decision {
                label: 0,
                winner: 0,
                distance: 0.0,
                view: 0,
                runner_up: None
            };
            rows.len()
        ];
        let mut pairs = vec![None; rows.len()];
        search.nearest(&rows, &mut nearest);
        search.decide(&rows, &mut decisions);
        search.pairs(&rows, &row_labels, &mut pairs);
        for i in 0..rows.len() {
            let (x, label) = (rows.row(i), row_labels[i]);
            let expected = scan(x, prototypes);
            let context = format!("{set:?}, row {i} of {}, {n} × {dim}", rows.len());
            assert_eq!(nearest[i].index, expected.index, "{context}");
            assert_eq!(
                bits(nearest[i].distance),
                bits(expected.distance),
                "{context}"
            );
            let Some(codebook) = &codebook else { continue };
            let key = |d: &Decision| {
                let runner_up = d
                    .runner_up
                    .map(|r| (r.label, r.prototype, bits(r.distance)));
                (d.label, d.winner, bits(d.distance), runner_up)
            };
            assert_eq!(key(&decisions[i]), key(&codebook.decide(x)), "{context}");
            let key = |p: &Pair| (p.plus, p.minus, bits(p.d_plus), bits(p.d_minus));
            assert_eq!(
                pairs[i].as_ref().map(key),
                Pair::find(codebook, x, label).as_ref().map(key),
                "{context}"
            );
        }
    }
}

#[test]
fn every_set_sums_in_the_same_order() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for dim in 0..=257 {
        for scale in [1.0, 1e-22, 1e19, f32::NAN] {
            let (x, w) = (random(&mut rng, dim, 1.0), random(&mut rng, dim, scale));
            for set in Set::available() {
                let distance = set.run(Distance { x: &x, w: &w });
                assert_eq!(bits(distance), bits(plain(&x, &w)), "{set:?}, dim {dim}");
            }
        }
    }
}

#[test]
fn many_distances_are_those_of_one_by_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for dim in [1, 31, 32, 33, 100] {
        for n in 0..=9 {
            let (x, rows) = (random(&mut rng, dim, 1.0), random(&mut rng, n * dim, 1.0));
            for set in Set::available() {
                let mut out = vec![f32::NAN; n];
                set.run(Distances {
                    x: &x,
                    rows: &rows,
                    out: &mut out,
                });
                for (&distance, w) in out.iter().zip(rows.chunks_exact(dim)) {
                    assert_eq!(bits(distance), bits(plain(&x, w)), "{set:?}, {n} × {dim}");
                }
            }
        }
    }
}

#[test]
fn every_size_of_tile() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for dim in [1, 2, 3, 15, 16, 17, 39, 255, 256, 257, 520, 1024] {
        for n in [1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 47, 48, 49, 96, 100] {
            let n_rows = rng.random_range(0..20);
            let data = random(&mut rng, n_rows * dim, 2.0);
            check(&data, &random(&mut rng, n * dim, 2.0), dim);
        }
    }
}

#[test]
fn more_rows_than_a_block() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let data = random(&mut rng, 1000 * 5, 1.0);
    check(&data, &random(&mut rng, 7 * 5, 1.0), 5);
    check(&data, &random(&mut rng, 1500 * 5, 1.0), 5);
}

/// Values at which approximations break.
#[test]
fn hard_values() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for dim in [1, 7, 40, 300] {
        for scale in [
            1e-45, 1e-38, 1e-30, 1e-23, 1e-20, 1e-14, 1e-13, 1e-6, 1e6, 1e15, 1e17, 1e18, 1e19,
            3e38,
        ] {
            for other in [scale, 1.0, 1e-20, 1e18] {
                let data = random(&mut rng, 9 * dim, scale);
                check(&data, &random(&mut rng, 37 * dim, other), dim);
            }
        }
    }
}

/// Prototypes that differ by a few units in the last place, or not at all, far from the origin.
#[test]
fn near_ties() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for (dim, offset) in [(1, 1e3), (3, 0.0), (64, 1.0), (520, 10.0), (520, 1e6)] {
        let centre: Vec<f32> = random(&mut rng, dim, 1.0)
            .iter()
            .map(|x| x + offset)
            .collect();
        let mut copies = |n: usize| -> Vec<f32> {
            let mut rows = centre.repeat(n);
            for _ in 0..n / 2 {
                let at = rng.random_range(0..rows.len());
                rows[at] *= 1.0 + rng.random_range(-4.0..4.0) * f32::EPSILON;
            }
            rows
        };
        let (data, prototypes) = (copies(30), copies(70));
        check(&data, &prototypes, dim);
        check(&prototypes, &prototypes, dim);
    }
}

#[test]
fn small_integers_tie_often() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for dim in [1, 2, 5, 33] {
        let mut integers = |n: usize| -> Vec<f32> {
            (0..n * dim)
                .map(|_| rng.random_range(-2..3) as f32)
                .collect()
        };
        let (data, prototypes) = (integers(60), integers(90));
        check(&data, &prototypes, dim);
    }
}

/// What is not a number in one row or prototype must not reach the others.
#[test]
fn values_that_are_no_numbers() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let dim = 20;
    for bad in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN_POSITIVE,
        0.0,
    ] {
        let mut data = random(&mut rng, 30 * dim, 1.0);
        let mut prototypes = random(&mut rng, 50 * dim, 1.0);
        data[13 * dim + 3] = bad;
        data[27 * dim..28 * dim].fill(bad);
        check(&data, &prototypes, dim);
        prototypes[31 * dim + 19] = bad;
        prototypes[44 * dim..45 * dim].fill(bad);
        check(&data, &prototypes, dim);
    }
    check(&[0.0; 60], &[0.0; 100], 20);
}

#[test]
fn windows_and_chosen_rows() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (dim, stride) = (26, 13);
    let data = random(&mut rng, 40 * stride + 5, 1.0);
    let prototypes = random(&mut rng, 30 * dim, 1.0);
    let windows = Rows::windows(&data, dim, stride).unwrap();
    assert_eq!(windows.len(), 39);
    let order: Vec<usize> = (0..39).rev().step_by(2).chain([3, 3]).collect();
    for rows in [windows, windows.choose(&order)] {
        for set in Set::available() {
            let search = Search::on(set, &prototypes, dim, &[0; 30]).unwrap();
            let mut nearest = vec![Nearest::default(); rows.len()];
            search.nearest(&rows, &mut nearest);
            for (i, nearest) in nearest.iter().enumerate() {
                assert_eq!(*nearest, scan(rows.row(i), &prototypes), "{set:?}");
            }
        }
    }
    assert_eq!(windows.choose(&order).row(1), &data[36 * stride..][..dim]);
    assert!(Rows::windows(&data[..dim - 1], dim, 1).unwrap().is_empty());
    assert!(Rows::new(&data, 4).is_err());
    assert!(Rows::<f32>::new(&[], 0).is_err());
    assert!(Rows::windows(&data, 1, 0).is_err());
}

#[test]
fn moved_prototypes_are_found_where_they_are() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let dim = 33;
    let data = random(&mut rng, 20 * dim, 1.0);
    let rows = Rows::new(&data, dim).unwrap();
    let mut search = Search::new(&random(&mut rng, 60 * dim, 1.0), dim).unwrap();
    let moved = random(&mut rng, 60 * dim, 1.0);
    search.update(&moved);
    let mut nearest = vec![Nearest::default(); rows.len()];
    search.nearest(&rows, &mut nearest);
    for (i, nearest) in nearest.iter().enumerate() {
        assert_eq!(*nearest, scan(rows.row(i), &moved));
    }
}

#[test]
fn double_precision_is_searched_too() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut random = |n| -> Vec<f64> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let (data, prototypes) = (random(40 * 7), random(30 * 7));
    let rows = Rows::new(&data, 7).unwrap();
    let mut nearest = vec![Nearest::default(); rows.len()];
    Search::new(&prototypes, 7)
        .unwrap()
        .nearest(&rows, &mut nearest);
    for (i, nearest) in nearest.iter().enumerate() {
        assert_eq!(*nearest, scan(rows.row(i), &prototypes));
    }
}

proptest! {
    #[test]
    fn any_values(
        dim in 1usize..70,
        n in 1usize..120,
        n_rows in 0usize..30,
        exponent in -46i32..39,
        other in -46i32..39,
        seed: u64,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let data = random(&mut rng, n_rows * dim, 10f32.powi(exponent));
        let mut prototypes = random(&mut rng, n * dim, 10f32.powi(other));
        // Some prototypes twice.
        let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
        prototypes.copy_within(from * dim..(from + 1) * dim, to * dim);
        check(&data, &prototypes, dim);
    }
}
