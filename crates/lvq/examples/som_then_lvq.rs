//! A self-organizing map, labelled by majority, then fine-tuned by LVQ: what does LVQ change?
//!
//! `cargo run -p mynah-lvq --example som_then_lvq` prints errors of quantization and of classification, on samples that
//! none of the steps has seen. The map's units stand for the clusters; LVQ moves those near the border between two
//! classes off it, so that the errors of classification fall while the clusters are represented no better.

#![allow(clippy::print_stdout, reason = "an example prints")]

use mynah_lvq::unsupervised::{
    BatchSom, BatchSomConfig, Clusterer, Decay, Edges, Grid, Lattice, Points, Profile, Units,
};
use mynah_lvq::{Codebook, Glvq, GlvqConfig, Lvq1, Lvq1Config, Rule, Samples, squared_euclidean};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::ops::ControlFlow;

const N_CLASSES: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let (train_data, train_labels) = samples(2000, 1);
    let (test_data, test_labels) = samples(2000, 2);
    let train = Samples::new(&train_data, 2, &train_labels, N_CLASSES)?;
    let test = Samples::new(&test_data, 2, &test_labels, N_CLASSES)?;
    let points = Points::from(train);

    let grid = Grid::new(5, 4, Lattice::Hexagonal, Edges::Bounded)?;
    let mut units = Units::plane(&points, &grid)?;
    // To the end of a k-means: the default's last radius of 1 keeps neighbours together, which a picture needs and a
    // start for LVQ does not.
    let mut config = BatchSomConfig::new(grid);
    config.n_passes = 30;
    config.radius = Decay::Linear { from: 2.5, to: 0.2 };
    let som = BatchSom::new(&config)?;
    som.train(&mut units, &points, &mut |_, _| ControlFlow::Continue(()))?;
    let assignment = units.assign(&points);
    println!(
        "map of {} units: quantization error {:.4}, topographic error {:.3}",
        units.n_units(),
        assignment.quantization_error(),
        assignment.topographic_error(&grid),
    );

    let profile = Profile::new(&assignment, &train);
    println!("\nunit  samples of each class   label  purity");
    for unit in 0..profile.n_units() {
        let counts = profile.counts(unit);
        match (profile.majority(unit), profile.purity(unit)) {
            (Some(label), Some(purity)) => {
                println!(
                    "{unit:>4}  {:>8} {:>8}      {label:>5}  {purity:>6.2}",
                    counts[0], counts[1]
                );
            }
            _ => println!("{unit:>4}  empty"),
        }
    }

    let start = profile.codebook(&units)?;
    let mut lvq1 = start.clone();
    Lvq1::new(&Lvq1Config::default())?
        .train(&mut lvq1, &train, &mut |_| ControlFlow::Continue(()))?;
    let mut glvq = start.clone();
    Glvq::new(&GlvqConfig::default())?
        .train(&mut glvq, &train, &mut |_| ControlFlow::Continue(()))?;

    println!(
        "\non {} unseen samples        quantization error   wrong   units at the border, elsewhere: moved by",
        test.len()
    );
    for (name, codebook) in [
        ("labelled map", &start),
        ("then LVQ1", &lvq1),
        ("then GLVQ", &glvq),
    ] {
        let (border, elsewhere) = moved(&profile, &start, codebook);
        println!(
            "{name:<26} {:>19.4} {:>6.1} % {border:>34.3}, {elsewhere:.3}",
            quantization_error(codebook, &test),
            100.0 * n_wrong(codebook, &test) as f64 / test.len() as f64,
        );
    }
    Ok(())
}

/// Two overlapping bands of points, one of each class: the border between them is a wave, which no map knows of.
fn samples(n: usize, seed: u64) -> (Vec<f32>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut data, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let (x, y): (f32, f32) = (rng.random_range(0.0..6.0), rng.random_range(0.0..4.0));
        let border = 2.0 + 0.7 * (1.7 * x).sin() + rng.random_range(-0.3..0.3);
        data.extend([x, y]);
        labels.push(u32::from(y > border));
    }
    (data, labels)
}

fn n_wrong(codebook: &Codebook, samples: &Samples<'_>) -> usize {
    samples
        .iter()
        .filter(|&(x, label)| codebook.decide(x).label != label)
        .count()
}

/// Mean Euclidean distance to the nearest prototype, whatever its class.
fn quantization_error(codebook: &Codebook, samples: &Samples<'_>) -> f64 {
    let distances = samples
        .iter()
        .map(|(x, _)| f64::from(codebook.decide(x).distance).sqrt());
    distances.sum::<f64>() / samples.len() as f64
}

/// How far the prototypes stand from where the map had them, on average: those on which both classes fell, and those of
/// one class alone.
fn moved(profile: &Profile, start: &Codebook, codebook: &Codebook) -> (f64, f64) {
    let mut sums = [(0.0, 0); 2];
    for (i, (unit, _)) in profile.labelled().enumerate() {
        let distance = squared_euclidean(start.prototype(i), codebook.prototype(i));
        let is_mixed = profile.purity(unit).is_some_and(|purity| purity < 0.95);
        let sum = &mut sums[usize::from(!is_mixed)];
        *sum = (sum.0 + f64::from(distance).sqrt(), sum.1 + 1);
    }
    let [border, elsewhere] = sums.map(|(sum, n)| sum / f64::from(n.max(1)));
    (border, elsewhere)
}
