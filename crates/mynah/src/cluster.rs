//! Vectors to units, without looking at their labels.

use std::ops::ControlFlow;

use mynah_lvq::Samples;
use mynah_lvq::unsupervised::{
    BatchSom, BatchSomConfig, Clusterer, KMeans, KMeansConfig, NeuralGas, NeuralGasConfig, Pass,
    Points, Profile, Units, Wta, WtaConfig,
};

use crate::{Clusters, Error, Input, MapShape, Provenance, Standardise, TrainingSet};

/// How units learn.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClusterMethod {
    /// A batch self-organizing map.
    Som(MapShape),
    /// Winner-take-all, dead and stuck units repaired.
    Vq {
        /// Units.
        n_units: usize,
    },
    /// Neural gas.
    NeuralGas {
        /// Units.
        n_units: usize,
    },
    /// k-means, started far apart.
    KMeans {
        /// Units.
        n_units: usize,
    },
}

/// Settings of a clustering.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterConfig {
    /// What the vectors are made of.
    pub input: Input,
    /// How values are brought to one scale.
    pub standardise: Standardise,
    /// How units learn.
    pub method: ClusterMethod,
    /// Passes over the vectors; `None` is the method's own number.
    pub n_passes: Option<usize>,
    /// Seed of the start and of the order of the vectors.
    pub seed: u64,
}

impl ClusterConfig {
    /// With each dimension standardised for itself, the method's own number of passes, and seed 1.
    pub fn new(input: Input, method: ClusterMethod) -> Self {
        Self {
            input,
            standardise: Standardise::Each,
            method,
            n_passes: None,
            seed: 1,
        }
    }
}

/// Units with the course of their learning.
#[derive(Clone, Debug)]
pub struct Clustered {
    /// The units.
    pub clusters: Clusters,
    /// Passes made.
    pub n_passes: usize,
    /// Mean Euclidean distance of a vector to its unit, in standardised values.
    pub quantization_error: f64,
    /// Share of the vectors whose two nearest units are not neighbours on the map; `None` without a map.
    pub topographic_error: Option<f64>,
    /// Units that were moved elsewhere because they won nothing or stood between clusters.
    pub n_repairs: usize,
}

/// Moves units to where the vectors are, whatever their labels; then counts the labels on each. The vectors, also those of
/// sounds, lie in memory meanwhile. `observe` is called after
/// each pass and may stop there. The same set, settings and seed give the same bytes for any number of threads.
///
/// # Errors
/// [`Error::VectorLength`] for vectors of another input, [`Error::Lvq`] for settings out of range.
pub fn cluster(
    config: &ClusterConfig,
    mut set: TrainingSet,
    provenance: Provenance,
    observe: &mut dyn FnMut(&Pass) -> ControlFlow<()>,
) -> Result<Clustered, Error> {
    let dim = config.input.dim()?;
    set.check_words(dim)?;
    let scaler = set.fit(&config.input, config.standardise)?;
    set.standardise(&scaler);
    let vectors = set.filled(&config.input, &scaler)?;
    let samples = Samples::new(&vectors, dim, &set.labels, set.label_names.len())?;
    let points = Points::from(samples);
    let (clusterer, mut units, map) = prepared(config, &points)?;
    let report = clusterer.train(&mut units, &points, &mut |pass, _| observe(pass))?;
    let assignment = units.assign(&points);
    let profile = Profile::new(&assignment, &samples);
    let counts = (0..units.n_units()).flat_map(|unit| profile.counts(unit));
    let counts = counts
        .map(|&n| u32::try_from(n).unwrap_or(u32::MAX))
        .collect();
    let quantization_error = assignment.quantization_error();
    let topographic_error = match map {
        Some(map) => Some(assignment.topographic_error(&map.grid()?)),
        None => None,
    };
    let clusters = Clusters::new(
        config.input.clone(),
        scaler,
        units,
        map,
        set.label_names,
        counts,
        provenance,
    );
    Ok(Clustered {
        clusters: clusters.expect("every part was made from the same set"),
        n_passes: report.n_passes,
        quantization_error,
        topographic_error,
        n_repairs: report.repairs.len(),
    })
}

type Prepared = (Box<dyn Clusterer>, Units, Option<MapShape>);

/// The method with its units at their start.
fn prepared(config: &ClusterConfig, points: &Points<'_>) -> Result<Prepared, Error> {
    let seed = config.seed;
    Ok(match config.method {
        ClusterMethod::Som(map) => {
            let grid = map.grid()?;
            let mut som = BatchSomConfig::new(grid);
            som.n_passes = config.n_passes.unwrap_or(som.n_passes);
            let units = Units::plane(points, &grid)?;
            (Box::new(BatchSom::new(&som)?), units, Some(map))
        }
        ClusterMethod::Vq { n_units } => {
            let mut vq = WtaConfig::default();
            vq.n_passes = config.n_passes.unwrap_or(vq.n_passes);
            vq.seed = seed;
            let units = Units::sample(points, n_units, seed)?;
            (Box::new(Wta::new(&vq)?), units, None)
        }
        ClusterMethod::NeuralGas { n_units } => {
            let mut gas = NeuralGasConfig::default();
            gas.n_passes = config.n_passes.unwrap_or(gas.n_passes);
            gas.seed = seed;
            let units = Units::sample(points, n_units, seed)?;
            (Box::new(NeuralGas::new(&gas)?), units, None)
        }
        ClusterMethod::KMeans { n_units } => {
            let mut means = KMeansConfig::default();
            means.n_passes = config.n_passes.unwrap_or(means.n_passes);
            let units = Units::far_apart(points, n_units, seed)?;
            (Box::new(KMeans::new(&means)?), units, None)
        }
    })
}
