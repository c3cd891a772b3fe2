use super::train::{check_passes, online};
use super::units::move_towards;
use super::{Clusterer, Decay, Grid, Match, Neighbourhood, Pass, Points, Report, Units};
use crate::error::require;
use crate::{Error, Float};
use std::ops::ControlFlow;

/// Settings of [`Som`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SomConfig {
    /// The map.
    pub grid: Grid,
    /// Passes over the points, 1 to 1,000,000. Default 10.
    pub n_passes: usize,
    /// Which units move with the winner. Default Gaussian.
    pub neighbourhood: Neighbourhood,
    /// The winner's learning rate, at most 1. Default linear from 0.05 to 0.
    #[doc(alias = "alpha")]
    pub learning_rate: Decay,
    /// Radius of the neighbourhood, in distances between neighbours. Default linear from half the longer side of the
    /// map to 1.
    #[doc(alias = "sigma")]
    pub radius: Decay,
    /// Seed of the order in which each pass presents the points. Default 0.
    pub seed: u64,
}

impl SomConfig {
    /// The defaults for a map.
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            n_passes: 10,
            neighbourhood: Neighbourhood::Gaussian,
            learning_rate: Decay::Linear {
                from: 0.05,
                to: 0.0,
            },
            radius: default_radius(&grid),
            seed: 0,
        }
    }
}

/// Self-organizing map (Kohonen 1982), one point after the other: the winner and the units near it on the map move
/// towards the point. [`BatchSom`](super::BatchSom) is faster, as it uses every thread.
#[derive(Debug, Clone)]
pub struct Som {
    config: SomConfig,
}

impl Som {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &SomConfig) -> Result<Self, Error> {
        check_passes(config.n_passes)?;
        config
            .learning_rate
            .check("learning_rate", 1.0, "above 0 and at most 1")?;
        check_radius(config.radius)?;
        Ok(Self {
            config: config.clone(),
        })
    }

    /// One update, w ← w + learning_rate · [share](Neighbourhood::share) · (x − w) for every unit w, and the nearest
    /// units before it. [`train`](Clusterer::train) repeats this. `x` must be finite; a step does not check.
    ///
    /// # Panics
    /// If the length of `x` is not the units' `dim`, or the units are not as many as the map's.
    pub fn step<T: Float>(
        &self,
        units: &mut Units<T>,
        x: &[T],
        learning_rate: f64,
        radius: f64,
    ) -> Match<T> {
        let SomConfig {
            grid,
            neighbourhood,
            ..
        } = &self.config;
        assert_eq!(
            units.n_units(),
            grid.n_units(),
            "units differ from the map's"
        );
        let found = units.nearest(x);
        for unit in 0..grid.n_units() {
            let share = neighbourhood.share(grid.squared_distance(unit, found.unit), radius);
            if share > 0.0 {
                move_towards(units.unit_mut(unit), x, learning_rate * share);
            }
        }
        found
    }
}

impl<T: Float> Clusterer<T> for Som {
    fn train(
        &self,
        units: &mut Units<T>,
        points: &Points<'_, T>,
        observer: &mut dyn FnMut(&Pass, &Units<T>) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        let config = &self.config;
        check_map(units, &config.grid)?;
        let learn = |units: &mut Units<T>, x: &[T], step, n_steps| {
            let rate = config.learning_rate.at(step, n_steps);
            self.step(units, x, rate, config.radius.at(step, n_steps))
                .distance
        };
        let run = (config.n_passes, config.seed);
        online(units, points, run, learn, observer)
    }
}

/// From half the longer side of the map to 1.
pub(super) fn default_radius(grid: &Grid) -> Decay {
    let half = grid.columns().max(grid.rows()) as f64 / 2.0;
    Decay::Linear {
        from: half.max(1.0),
        to: 1.0,
    }
}

pub(super) fn check_radius(radius: Decay) -> Result<(), Error> {
    radius.check("radius", 1e9, "above 0 and at most 1e9")
}

pub(super) fn check_map<T: Float>(units: &Units<T>, grid: &Grid) -> Result<(), Error> {
    let n = units.n_units();
    require(
        n == grid.n_units(),
        "n_units",
        n as f64,
        "columns × rows of the map",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unsupervised::{Edges, Lattice};

    fn grid() -> Grid {
        Grid::new(3, 1, Lattice::Rectangular, Edges::Bounded).unwrap()
    }

    #[test]
    fn neighbours_follow_the_winner() {
        let mut config = SomConfig::new(grid());
        config.neighbourhood = Neighbourhood::Bubble;
        let som = Som::new(&config).unwrap();
        let mut units = Units::new(1, vec![0.0f64, 10.0, 20.0]).unwrap();
        assert_eq!(som.step(&mut units, &[-1.0], 0.5, 1.0).unit, 0);
        assert_eq!(units.values(), [-0.5, 4.5, 20.0]);
    }

    #[test]
    fn refuses_units_that_do_not_fill_the_map() {
        let som = Som::new(&SomConfig::new(grid())).unwrap();
        let mut units = Units::new(1, vec![0.0f32, 1.0]).unwrap();
        let points = Points::new(&[1.0, 2.0], 1).unwrap();
        let error = som.train(&mut units, &points, &mut |_, _| ControlFlow::Continue(()));
        assert!(matches!(
            error,
            Err(Error::Config {
                field: "n_units",
                ..
            })
        ));
    }
}
