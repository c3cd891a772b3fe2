//! What bounds from several views rule out, on every instruction set of this machine, against the definition.

use super::set::Set;
use super::{Sums, ViewBounds, squared_euclidean};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

const N_VIEWS: usize = 3;

fn random(rng: &mut ChaCha8Rng, n: usize, scale: f32) -> Vec<f32> {
    (0..n)
        .map(|_| scale * rng.random_range(-1.0..1.0))
        .collect()
}

/// The first view stays until one is strictly nearer, even if it is NaN.
fn distance(views: &[f32], w: &[f32], blocks: &[Range<usize>]) -> f32 {
    let mut sum = 0.0;
    for block in blocks {
        let mut of_views = views
            .chunks_exact(w.len())
            .map(|x| squared_euclidean(&x[block.clone()], &w[block.clone()]));
        let first = of_views.next().unwrap();
        sum += of_views.fold(first, |least, d| if d < least { d } else { least });
    }
    sum
}

/// All things on every set: whatever is nearest of the class, or of any other, is among the candidates, in order.
/// Returns how many prototypes were compared on the best set, and how many there were to compare.
fn check(
    things: &[f32],
    n_views: usize,
    prototypes: &[f32],
    dim: usize,
    blocks: &[Range<usize>],
) -> [usize; 2] {
    let n = prototypes.len() / dim;
    let labels: Vec<u32> = (0..n as u32).map(|j| j * 7 % 3).collect();
    let mut counts = Vec::new();
    for set in Set::available() {
        let mut count = [0; 2];
        let bounds = ViewBounds::on(set, prototypes, dim, blocks).unwrap();
        let mut padded = labels.clone();
        padded.resize(bounds.stride(), 0);
        let mut sums = Sums::default();
        let step = bounds.n_block(n_views);
        for (part, things) in things.chunks(step * n_views * dim).enumerate() {
            bounds.fill(things, n_views, &mut sums);
            for (at, views) in things.chunks_exact(n_views * dim).enumerate() {
                let of = |j: usize| distance(views, &prototypes[j * dim..][..dim], blocks);
                for is_same in [true, false] {
                    let keep = |label: u32| (label == at as u32 % 3) == is_same;
                    let kept: Vec<usize> = (0..n).filter(|&j| keep(labels[j])).collect();
                    let mut seen = Vec::new();
                    count[1] += kept.len();
                    if !bounds.candidates(at, &sums, &padded, keep, |j| seen.push(j)) {
                        assert!(seen.is_empty());
                        count[0] += kept.len();
                        continue;
                    }
                    count[0] += seen.len();
                    assert!(seen.is_sorted() && seen.iter().all(|&j| keep(labels[j])));
                    let least = kept.iter().map(|&j| of(j)).fold(f32::INFINITY, f32::min);
                    for &j in kept.iter().filter(|&&j| of(j).is_nan() || of(j) == least) {
                        let thing = part * step + at;
                        assert!(seen.contains(&j), "{set:?}, thing {thing}, prototype {j}");
                    }
                }
            }
        }
        counts.push(count);
    }
    counts[0]
}

fn blocks(dim: usize) -> [Vec<Range<usize>>; 3] {
    let (whole, third, half) = (0..dim, dim.div_ceil(3), dim / 2);
    [
        vec![whole],
        vec![0..third, third..dim],
        (0..dim)
            .step_by(half.max(1))
            .map(|at| at..dim.min(at + half.max(1)))
            .collect(),
    ]
}

#[test]
fn most_prototypes_are_ruled_out() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for (dim, n) in [(40, 100), (301, 70)] {
        let prototypes = random(&mut rng, n * dim, 1.0);
        let things = random(&mut rng, 200 * N_VIEWS * dim, 1.0);
        for blocks in blocks(dim) {
            let [compared, all] = check(&things, N_VIEWS, &prototypes, dim, &blocks);
            assert!(compared * 20 < all, "{compared} of {all}");
        }
    }
}

/// Values at which approximations break, in every mixture.
#[test]
fn hard_values() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let scales = [0.0, 1e-45, 1e-30, 1e-20, 1e-13, 1.0, 1e15, 1e18, 1e19, 3e38];
    for dim in [3, 40] {
        for scale in scales {
            for other in scales {
                let prototypes = random(&mut rng, 37 * dim, other);
                let mut things = random(&mut rng, 9 * N_VIEWS * dim, scale);
                // One view is unlike the others.
                for x in things.iter_mut().take(5 * N_VIEWS * dim).step_by(N_VIEWS) {
                    *x *= other;
                }
                for blocks in blocks(dim) {
                    check(&things, N_VIEWS, &prototypes, dim, &blocks);
                }
            }
        }
    }
}

/// A view that is no number stays the nearest if it is the first: then nothing may be ruled out, wherever it stands.
#[test]
fn views_that_are_no_numbers_rule_nothing_out() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (dim, n) = (12, 40);
    let prototypes = random(&mut rng, n * dim, 1.0);
    for bad in [f32::NAN, f32::INFINITY] {
        for view in 0..N_VIEWS {
            for blocks in blocks(dim) {
                let mut things = random(&mut rng, 4 * N_VIEWS * dim, 1.0);
                things[view * dim + 5] = bad;
                check(&things, N_VIEWS, &prototypes, dim, &blocks);
                let bounds = ViewBounds::new(&prototypes, dim, &blocks).unwrap();
                let mut sums = Sums::default();
                bounds.fill(&things, N_VIEWS, &mut sums);
                let labels = vec![0; bounds.stride()];
                let rules_out = |i| bounds.candidates(i, &sums, &labels, |_| true, |_| {});
                assert!(!rules_out(0), "{bad} in view {view}");
                assert!(rules_out(1));
            }
        }
    }
}

#[test]
fn ties_are_all_compared() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for dim in [1, 5, 33] {
        let mut integers = |n: usize| -> Vec<f32> {
            (0..n * dim)
                .map(|_| rng.random_range(-2..3) as f32)
                .collect()
        };
        let (things, prototypes) = (integers(60 * N_VIEWS), integers(90));
        for blocks in blocks(dim)
            .into_iter()
            .filter(|b| b.iter().all(|b| !b.is_empty()))
        {
            check(&things, N_VIEWS, &prototypes, dim, &blocks);
            // Things that are prototypes.
            check(&prototypes, N_VIEWS, &prototypes, dim, &blocks);
        }
    }
}

proptest! {
    #[test]
    fn any_values(
        dim in 2usize..70,
        n in 1usize..60,
        n_things in 0usize..12,
        n_views in 1usize..5,
        exponent in -46i32..39,
        other in -46i32..39,
        seed: u64,
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let things = random(&mut rng, n_things * n_views * dim, 10f32.powi(exponent));
        let mut prototypes = random(&mut rng, n * dim, 10f32.powi(other));
        let (from, to) = (rng.random_range(0..n), rng.random_range(0..n));
        prototypes.copy_within(from * dim..(from + 1) * dim, to * dim);
        for blocks in blocks(dim) {
            check(&things, n_views, &prototypes, dim, &blocks);
        }
    }
}
