//! Clustering as a whole: what must hold whatever the numbers.

use mynah_lvq::unsupervised::{
    BatchSom, BatchSomConfig, Clusterer, Decay, Edges, Fault, Grid, KMeans, KMeansConfig, Lattice,
    Neighbourhood, NeuralGas, NeuralGasConfig, Pass, Points, Profile, Report, Som, SomConfig,
    Units, Wta, WtaConfig,
};
use mynah_lvq::{Counts, Error, Init, Samples, squared_euclidean};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

/// `n` points around each of the centres, in turn, at most 1 away in each dimension.
fn blobs(centres: &[[f64; 2]], n: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut around = |x: f64| x + rng.random_range(-1.0..1.0);
    (0..n)
        .flat_map(|_| centres)
        .flat_map(|&[x, y]| [around(x), around(y)])
        .collect()
}

/// Corners and middle of a square: clusters ten times as far apart as wide.
const CENTRES: [[f64; 2]; 5] = [
    [0.0, 0.0],
    [20.0, 0.0],
    [0.0, 20.0],
    [20.0, 20.0],
    [10.0, 10.0],
];

fn train<T: mynah_lvq::Float>(
    clusterer: &dyn Clusterer<T>,
    units: &mut Units<T>,
    points: &Points<'_, T>,
) -> (Report, Vec<f64>) {
    let mut totals = Vec::new();
    let mut observer = |pass: &Pass, _: &Units<T>| {
        totals.push(pass.total_distance);
        ControlFlow::Continue(())
    };
    let report = clusterer
        .train(units, points, &mut observer)
        .expect("valid");
    (report, totals)
}

fn grid(columns: usize, rows: usize, lattice: Lattice, edges: Edges) -> Grid {
    Grid::new(columns, rows, lattice, edges).expect("valid")
}

fn all_clusterers<T: mynah_lvq::Float>(map: Grid) -> Vec<Box<dyn Clusterer<T>>> {
    let mut som = SomConfig::new(map);
    som.n_passes = 2;
    vec![
        Box::new(KMeans::new(&KMeansConfig::default()).expect("valid")),
        Box::new(Wta::new(&WtaConfig::default()).expect("valid")),
        Box::new(NeuralGas::new(&NeuralGasConfig::default()).expect("valid")),
        Box::new(Som::new(&som).expect("valid")),
        Box::new(BatchSom::new(&BatchSomConfig::new(map)).expect("valid")),
    ]
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let data: Vec<f32> = blobs(&CENTRES, 300, 1).iter().map(|&v| v as f32).collect();
    let points = Points::new(&data, 2).unwrap();
    let map = grid(4, 2, Lattice::Hexagonal, Edges::Toroidal);
    let run = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        pool.build().unwrap().install(|| {
            let mut all = vec![(Units::plane(&points, &map).unwrap(), None)];
            for clusterer in all_clusterers(map) {
                let mut units = Units::far_apart(&points, 8, 3).unwrap();
                let (report, totals) = train(&*clusterer, &mut units, &points);
                all.push((units, Some((report, totals))));
            }
            all
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
fn every_clusterer_lowers_the_total_and_reports_it() {
    let data = blobs(&CENTRES, 60, 2);
    let points = Points::new(&data, 2).unwrap();
    let map = grid(3, 2, Lattice::Rectangular, Edges::Bounded);
    for clusterer in all_clusterers(map) {
        let mut units = Units::new(2, [500.0, -300.0].repeat(6)).unwrap();
        let before = units.assign(&points).total_distance();
        let (report, totals) = train(&*clusterer, &mut units, &points);
        assert!(report.total_distance < before);
        assert_eq!(
            report.total_distance,
            units.assign(&points).total_distance()
        );
        assert_eq!(report.n_passes, totals.len());
    }
}

#[test]
fn an_observer_stops_training_with_success() {
    let data = blobs(&CENTRES, 20, 2);
    let points = Points::new(&data, 2).unwrap();
    for clusterer in all_clusterers(grid(3, 1, Lattice::Rectangular, Edges::Bounded)) {
        let mut units = Units::uniform(&points, 3, 4).unwrap();
        let stop = &mut |_: &Pass, _: &Units<f64>| ControlFlow::Break(());
        assert_eq!(
            clusterer.train(&mut units, &points, stop).unwrap().n_passes,
            1
        );
    }
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_moves() {
    let points = Points::new(&[1.0, 2.0], 2).unwrap();
    let huge = Points::new(&[f32::MAX, f32::MIN], 1).unwrap();
    for clusterer in all_clusterers(grid(2, 1, Lattice::Rectangular, Edges::Bounded)) {
        let go_on = &mut |_: &Pass, _: &Units| ControlFlow::Continue(());
        let start = Units::new(1, vec![1.0f32, 2.0]).unwrap();
        let mut units = start.clone();
        let error = clusterer.train(&mut units, &points, go_on);
        assert!(matches!(error, Err(Error::Mismatch { what: "dim", .. })));
        assert!(matches!(
            clusterer.train(&mut units, &huge, go_on),
            Err(Error::Diverged { .. })
        ));
        assert_eq!(units, start);
    }
}

/// The classic trap: two units share a cluster, and one stands between two others.
fn trapped() -> Units<f64> {
    Units::new(
        2,
        vec![20.9, 20.9, 20.0, 20.0, 10.0, 0.0, 0.0, 20.0, 10.0, 10.0],
    )
    .expect("valid")
}

#[test]
fn the_trap_holds_without_repair_and_opens_with_it() {
    let data = blobs(&CENTRES, 100, 5);
    let points = Points::new(&data, 2).unwrap();
    let mut config = WtaConfig::default();
    config.max_repairs = 0;
    let mut units = trapped();
    let (stuck, _) = train(&Wta::new(&config).unwrap(), &mut units, &points);
    assert!(stuck.repairs.is_empty());
    let mut units = trapped();
    let (freed, _) = train(
        &Wta::new(&WtaConfig::default()).unwrap(),
        &mut units,
        &points,
    );
    assert_eq!(freed.repairs.len(), 1);
    assert_eq!(freed.repairs[0].fault, Fault::Stuck);
    assert!(freed.repairs[0].unit < 2);
    // Points are evenly spread over a square of side 2: 2/3 each about the mean.
    let (freed, stuck) = (freed.total_distance, stuck.total_distance);
    assert!(freed < 350.0 && stuck > 10_000.0, "{freed} {stuck}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn kmeans_never_raises_its_cost(
        data in prop::collection::vec(-50i32..50, 2 * 30),
        start in prop::collection::vec(-80i32..80, 2 * 7),
    ) {
        let data: Vec<f64> = data.into_iter().map(f64::from).collect();
        let points = Points::new(&data, 2).unwrap();
        let values = start.into_iter().map(f64::from).collect();
        let mut units = Units::new(2, values).unwrap();
        let kmeans = KMeans::new(&KMeansConfig::default()).unwrap();
        let (report, mut totals) = train(&kmeans, &mut units, &points);
        totals.push(report.total_distance);
        for pair in totals.windows(2) {
            prop_assert!(pair[1] <= pair[0] * (1.0 + 1e-12), "{totals:?}");
        }
        // Ended of itself: every unit is the mean of its points.
        prop_assert!(report.n_passes < 100);
        let assignment = units.assign(&points);
        for (unit, count) in assignment.counts().into_iter().enumerate() {
            let members = || points.iter().zip(assignment.winners()).filter(|m| m.1 == unit);
            for axis in (0..2).filter(|_| count > 0) {
                let mean = members().map(|(x, _)| x[axis]).sum::<f64>() / count as f64;
                prop_assert!((mean - units.unit(unit)[axis]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn repaired_quantization_leaves_no_dead_unit_on_separable_blobs(
        seed in any::<u64>(),
        n_units in 1usize..9,
    ) {
        let data = blobs(&CENTRES, 40, seed);
        let points = Points::new(&data, 2).unwrap();
        let mut config = WtaConfig::default();
        config.seed = seed;
        // All in one place, far from everything: all but one are dead at first.
        let mut units = Units::new(2, [500.0, -300.0].repeat(n_units)).unwrap();
        let (report, _) = train(&Wta::new(&config).unwrap(), &mut units, &points);
        prop_assert_eq!(report.dead, []);
        if n_units >= CENTRES.len() {
            for centre in &CENTRES {
                let distance = units.nearest(centre).distance;
                prop_assert!(distance < 2.0, "no unit near {centre:?}");
            }
        }
    }

    #[test]
    fn neural_gas_depends_little_on_the_start(seed in any::<u64>()) {
        let data = blobs(&CENTRES, 40, seed);
        let points = Points::new(&data, 2).unwrap();
        let mut units = Units::new(2, [500.0, -300.0].repeat(5)).unwrap();
        let gas = NeuralGas::new(&NeuralGasConfig::default()).unwrap();
        let (report, _) = train(&gas, &mut units, &points);
        prop_assert_eq!(report.dead, []);
        prop_assert!(report.total_distance < 200.0);
    }

    #[test]
    fn a_torus_has_no_special_unit(
        (columns, rows, across, down) in (2usize..6, 1usize..4, 0usize..6, 0usize..3),
        hexagonal in any::<bool>(),
        seed in any::<u64>(),
    ) {
        // On a hexagonal torus a shift down by two rows keeps the rows' shifts.
        let (lattice, rows, down) = if hexagonal {
            (Lattice::Hexagonal, 2 * rows, 2 * down)
        } else {
            (Lattice::Rectangular, rows, down)
        };
        let map = grid(columns, rows, lattice, Edges::Toroidal);
        let moved = |unit: usize| {
            let (column, row) = (unit % columns, unit / columns);
            (column + across) % columns + (row + down) % rows * columns
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut random = |n| -> Vec<f64> { (0..n).map(|_| rng.random()).collect() };
        let (data, start) = (random(3 * 50), random(3 * map.n_units()));
        let points = Points::new(&data, 3).unwrap();
        let mut elsewhere = start.clone();
        for (unit, row) in start.chunks(3).enumerate() {
            elsewhere[3 * moved(unit)..][..3].copy_from_slice(row);
        }
        // A few steps: in a long run the rounding of sums in another order could turn a winner.
        let online = Som::new(&SomConfig::new(map)).unwrap();
        let batch = BatchSom::new(&BatchSomConfig::new(map)).unwrap();
        type Move<'a> = &'a dyn Fn(&mut Units<f64>);
        let moves: [Move<'_>; 2] = [
            &|units| {
                for x in points.iter().take(10) {
                    online.step(units, x, 0.3, 1.2);
                }
            },
            &|units| {
                batch.step(units, &points, 1.2);
            },
        ];
        for make_move in moves {
            let mut here = Units::new(3, start.clone()).unwrap();
            let mut there = Units::new(3, elsewhere.clone()).unwrap();
            make_move(&mut here);
            make_move(&mut there);
            for unit in 0..map.n_units() {
                let distance = squared_euclidean(here.unit(unit), there.unit(moved(unit)));
                prop_assert!(distance < 1e-24, "unit {unit}: {distance}");
            }
        }
    }

    #[test]
    fn the_batch_map_is_its_obvious_twin(
        seed in any::<u64>(),
        bubble in any::<bool>(),
        radius in 0.0f64..3.0,
    ) {
        let map = grid(4, 3, Lattice::Hexagonal, Edges::Bounded);
        let mut config = BatchSomConfig::new(map);
        if bubble {
            config.neighbourhood = Neighbourhood::Bubble;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut random = |n| -> Vec<f64> { (0..n).map(|_| rng.random()).collect() };
        let (data, start) = (random(2 * 40), random(2 * 12));
        let points = Points::new(&data, 2).unwrap();
        let before = Units::new(2, start).unwrap();
        let mut units = before.clone();
        let total = BatchSom::new(&config).unwrap().step(&mut units, &points, radius);
        prop_assert_eq!(total, before.assign(&points).total_distance());
        for unit in 0..12 {
            let (mut sum, mut weight) = ([0.0; 2], 0.0);
            for x in points.iter() {
                let distance = map.squared_distance(unit, before.nearest(x).unit);
                let share = config.neighbourhood.share(distance, radius);
                sum = [sum[0] + share * x[0], sum[1] + share * x[1]];
                weight += share;
            }
            let stays = before.unit(unit);
            for ((got, stays), sum) in units.unit(unit).iter().zip(stays).zip(sum) {
                let expected = if weight > 0.0 { sum / weight } else { *stays };
                prop_assert!((got - expected).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn a_map_of_a_line_keeps_its_order() {
    let data: Vec<f64> = (0..500).map(|i| f64::from(i) / 500.0).collect();
    let points = Points::new(&data, 1).unwrap();
    let map = grid(10, 1, Lattice::Rectangular, Edges::Bounded);
    let mut units = Units::sample(&points, 10, 1).unwrap();
    let untrained = units.assign(&points);
    assert!(untrained.topographic_error(&map) > 0.5);
    let mut config = SomConfig::new(map);
    config.learning_rate = Decay::Linear { from: 0.5, to: 0.0 };
    train(&Som::new(&config).unwrap(), &mut units, &points);
    let assignment = units.assign(&points);
    assert_eq!(assignment.topographic_error(&map), 0.0);
    assert!(assignment.quantization_error() < untrained.quantization_error());
    let values = units.values();
    assert!(values.is_sorted() || values.iter().rev().is_sorted());
}

#[test]
fn a_map_is_profiled_labelled_and_used() {
    let data = blobs(&CENTRES, 50, 7);
    let labels: Vec<u32> = (0..250).map(|i| i % 5).collect();
    let samples = Samples::new(&data, 2, &labels, 5).unwrap();
    let points = Points::from(samples);
    let map = grid(6, 5, Lattice::Hexagonal, Edges::Bounded);
    let mut units = Units::plane(&points, &map).unwrap();
    train(
        &BatchSom::new(&BatchSomConfig::new(map)).unwrap(),
        &mut units,
        &points,
    );
    let profile = Profile::new(&units.assign(&points), &samples);
    assert_eq!(profile.total_purity(), 1.0);
    assert!(profile.classes_without_unit().is_empty());
    let codebook = profile.codebook(&units).unwrap();
    assert_eq!(codebook.n_prototypes() + profile.empty().len(), 30);
    for (x, label) in samples.iter() {
        assert_eq!(codebook.decide(x).label, label);
    }
}

#[test]
fn starts_for_lvq_obey_the_counts() {
    // 90 samples of class 0, 30 of class 1, 4 of class 2.
    let labels: Vec<u32> = (0..124)
        .map(|i| u32::from(i >= 90) + u32::from(i >= 120))
        .collect();
    let centres: Vec<[f64; 2]> = labels
        .iter()
        .map(|&label| CENTRES[label as usize])
        .collect();
    let data = blobs(&centres, 1, 8);
    let samples = Samples::new(&data, 2, &labels, 3).unwrap();
    for init in [Init::KMeans, Init::Sample, Init::ClassMean] {
        for (counts, expected) in [
            (Counts::from(6), [6, 6, 4]),
            (Counts::Proportional(12), [8, 3, 1]),
            (Counts::Own(vec![1, 2, 3]), [1, 2, 3]),
        ] {
            let codebook = init.codebook(&samples, counts, 1).unwrap();
            let count = |class| codebook.labels().iter().filter(|&&l| l == class).count();
            assert_eq!([0, 1, 2].map(count), expected, "{init:?}");
            assert!(codebook.labels().is_sorted());
            let n_right = samples
                .iter()
                .filter(|(x, l)| codebook.decide(x).label == *l)
                .count();
            assert_eq!(n_right, 124, "{init:?}");
        }
    }
    let means = Init::ClassMean.codebook(&samples, 1, 0).unwrap();
    let mean: f64 = data[..180].iter().step_by(2).sum::<f64>() / 90.0;
    assert!((means.prototype(0)[0] - mean).abs() < 1e-12);
    let map = Init::Som
        .codebook(&samples, Counts::Proportional(12), 0)
        .unwrap();
    assert!((0..3).all(|class| map.labels().contains(&class)));
    assert!(map.n_prototypes() <= 15);
}
