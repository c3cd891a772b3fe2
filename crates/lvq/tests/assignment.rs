//! Batches in `f32`, which are searched by error bounds, against plain scans, to the bit.

use mynah_lvq::squared_euclidean;
use mynah_lvq::unsupervised::{
    BatchSom, BatchSomConfig, Clusterer, Edges, Grid, KMeans, KMeansConfig, Lattice, Match,
    Neighbourhood, Pass, Points, Units,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

/// Points, and as many units as a map of `n_units`: whole numbers tie often.
fn drawn(dim: usize, n_units: usize, is_whole: bool, seed: u64) -> (Vec<f32>, Units) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut values = |n: usize| -> Vec<f32> {
        let draw = |_| rng.random_range(-2.0..2.0f32);
        let all = (0..n * dim).map(draw);
        all.map(|x| if is_whole { x.round() } else { x }).collect()
    };
    let data = values(150);
    (data, Units::new(dim, values(n_units)).expect("whole"))
}

/// The nearest unit of each point, and its squared distance.
fn scan(units: &Units, points: &Points<'_>) -> Vec<(usize, f32)> {
    let nearest = |x: &[f32]| {
        let distances = units.iter().map(|w| squared_euclidean(x, w));
        (0..)
            .zip(distances)
            .reduce(|a, b| if b.1 < a.1 { b } else { a })
    };
    points.iter().map(|x| nearest(x).expect("a unit")).collect()
}

fn total(found: &[(usize, f32)]) -> f64 {
    found.iter().map(|one| f64::from(one.1)).sum()
}

/// Number and sum of the points of each unit.
fn sums(found: &[(usize, f32)], units: &Units, points: &Points<'_>) -> Vec<(f64, Vec<f64>)> {
    let mut sums = vec![(0.0, vec![0.0; units.dim()]); units.n_units()];
    for (&(unit, _), x) in found.iter().zip(points.iter()) {
        sums[unit].0 += 1.0;
        for (sum, &x) in sums[unit].1.iter_mut().zip(x) {
            *sum += f64::from(x);
        }
    }
    sums
}

fn kmeans_twin(units: &Units, points: &Points<'_>) -> Units {
    let sums = sums(&scan(units, points), units, points);
    let mean = |(w, (count, sum)): (&[f32], (f64, Vec<f64>))| -> Vec<f32> {
        if count == 0.0 {
            w.to_vec()
        } else {
            sum.iter().map(|sum| (sum / count) as f32).collect()
        }
    };
    let values = units.iter().zip(sums).flat_map(mean).collect();
    Units::new(units.dim(), values).expect("whole")
}

fn map_twin(config: &BatchSomConfig, radius: f64, units: &Units, points: &Points<'_>) -> Units {
    let sums = sums(&scan(units, points), units, points);
    let mut values = units.values().to_vec();
    for (unit, w) in values.chunks_exact_mut(units.dim()).enumerate() {
        let (mut weight, mut mean) = (0.0, vec![0.0; units.dim()]);
        for (winner, (count, sum)) in sums.iter().enumerate() {
            let distance = config.grid.squared_distance(unit, winner);
            let share = config.neighbourhood.share(distance, radius);
            weight += share * count;
            for (mean, sum) in mean.iter_mut().zip(sum) {
                *mean += share * sum;
            }
        }
        if weight > 0.0 {
            for (w, mean) in w.iter_mut().zip(mean) {
                *w = (mean / weight) as f32;
            }
        }
    }
    Units::new(units.dim(), values).expect("whole")
}

fn grids() -> impl Strategy<Value = Grid> {
    const LATTICES: [Lattice; 3] = [
        Lattice::Rectangular,
        Lattice::Hexagonal,
        Lattice::HexagonalEven,
    ];
    let lattice = proptest::sample::select(&LATTICES[..]);
    let edges = proptest::sample::select(&[Edges::Bounded, Edges::Toroidal][..]);
    (1usize..6, 1usize..4, lattice, edges)
        .prop_map(|(columns, half, lattice, edges)| Grid::new(columns, 2 * half, lattice, edges))
        .prop_map(|grid| grid.expect("even rows"))
}

proptest! {
    #[test]
    fn the_two_nearest_are_those_of_the_plain_scan(
        dim in 1usize..60,
        n_units in 1usize..70,
        is_whole: bool,
        seed: u64,
    ) {
        let (data, units) = drawn(dim, n_units, is_whole, seed);
        let points = Points::new(&data, dim).unwrap();
        let expected: Vec<Match> = points.iter().map(|x| units.nearest(x)).collect();
        let found = units.assign(&points);
        prop_assert_eq!(found.matches(), &expected[..]);
    }

    #[test]
    fn k_means_takes_the_steps_of_its_obvious_twin(
        dim in 1usize..45,
        n_units in 1usize..40,
        is_whole: bool,
        seed: u64,
    ) {
        let (data, mut units) = drawn(dim, n_units, is_whole, seed);
        let points = Points::new(&data, dim).unwrap();
        let mut winners = Vec::new();
        for _ in 0..3 {
            let found = scan(&units, &points);
            let expected = kmeans_twin(&units, &points);
            let round = KMeans::step(&mut units, &points, &mut winners);
            prop_assert_eq!(round.total_distance, total(&found));
            prop_assert!(winners.iter().eq(found.iter().map(|one| &one.0)));
            prop_assert_eq!(&units, &expected);
        }
        let kmeans = KMeans::new(&KMeansConfig::default()).unwrap();
        let go_on = &mut |_: &_, _: &_| ControlFlow::Continue(());
        let report = kmeans.train(&mut units, &points, go_on).unwrap();
        prop_assert_eq!(report.total_distance, total(&scan(&units, &points)));
        prop_assert_eq!(report.dead, units.assign(&points).dead());
    }

    #[test]
    fn the_batch_map_takes_the_passes_of_its_obvious_twin(
        dim in 1usize..45,
        grid in grids(),
        is_bubble: bool,
        is_whole: bool,
        seed: u64,
    ) {
        let (data, mut units) = drawn(dim, grid.n_units(), is_whole, seed);
        let points = Points::new(&data, dim).unwrap();
        let mut config = BatchSomConfig::new(grid);
        config.n_passes = 3;
        if is_bubble {
            config.neighbourhood = Neighbourhood::Bubble;
        }
        let (mut totals, mut expected) = (Vec::new(), units.clone());
        for pass in 0..3 {
            totals.push(total(&scan(&expected, &points)));
            expected = map_twin(&config, config.radius.at(pass, 2), &expected, &points);
        }
        let som = BatchSom::new(&config).unwrap();
        let mut reported = Vec::new();
        let mut observer = |pass: &Pass, _: &Units| {
            reported.push(pass.total_distance);
            ControlFlow::Continue(())
        };
        let report = som.train(&mut units, &points, &mut observer).unwrap();
        prop_assert_eq!(reported, totals);
        prop_assert_eq!(report.total_distance, total(&scan(&expected, &points)));
        prop_assert_eq!(report.dead, expected.assign(&points).dead());
        prop_assert_eq!(units, expected);
    }
}
