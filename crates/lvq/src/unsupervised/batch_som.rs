use super::cells::Cells;
use super::som::{check_map, check_radius, default_radius};
use super::train::{check_dim, check_finite, check_passes};
use super::{Clusterer, Decay, Grid, Neighbourhood, Pass, Points, Report, Units};
use crate::{Error, Float};
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Settings of [`BatchSom`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BatchSomConfig {
    /// The map.
    pub grid: Grid,
    /// Passes over the points, 1 to 1,000,000. Default 10.
    pub n_passes: usize,
    /// Which units share a winner's points. Default Gaussian.
    pub neighbourhood: Neighbourhood,
    /// Radius of the neighbourhood, in distances between neighbours; the last pass has its last value, a single
    /// pass its first. Default linear
    /// from half the longer side of the map to 1.
    #[doc(alias = "sigma")]
    pub radius: Decay,
}

impl BatchSomConfig {
    /// The defaults for a map.
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            n_passes: 10,
            neighbourhood: Neighbourhood::Gaussian,
            radius: default_radius(&grid),
        }
    }
}

/// Batch self-organizing map (Kohonen 1993): every pass puts each unit at the mean of all points, weighed by how near
/// on the map their winners are to it. No learning rate, no order of points, all threads.
#[derive(Debug, Clone)]
pub struct BatchSom {
    config: BatchSomConfig,
}

impl BatchSom {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &BatchSomConfig) -> Result<Self, Error> {
        check_passes(config.n_passes)?;
        check_radius(config.radius)?;
        Ok(Self {
            config: config.clone(),
        })
    }

    /// One pass: each unit moves to Σ share · x / Σ share over all points x, where share is the
    /// [`Neighbourhood::share`] of the unit at each point's winner. A unit with no share in any point stays. Returns the
    /// total squared distance before. [`train`](Clusterer::train) repeats this.
    ///
    /// # Panics
    /// If the points' `dim` is not the units', or the units are not as many as the map's.
    pub fn step<T: Float>(&self, units: &mut Units<T>, points: &Points<'_, T>, radius: f64) -> f64 {
        let n_units = self.config.grid.n_units();
        assert_eq!(units.n_units(), n_units, "units differ from the map's");
        let mut cells = Cells::new(units, points);
        self.smooth(units, &mut cells, radius);
        cells.total_distance()
    }

    /// Moves the units whose cells these are.
    fn smooth<T: Float>(&self, units: &mut Units<T>, cells: &mut Cells<'_, T>, radius: f64) {
        let BatchSomConfig {
            grid,
            neighbourhood,
            ..
        } = &self.config;
        let dim = units.dim();
        // Of every offset between units, far fewer than there are pairs.
        let width = 2 * grid.columns();
        let shares: Vec<f64> = (0..width * grid.rows())
            .map(|i| neighbourhood.share(grid.squared_length(i % width, i / width), radius))
            .collect();
        // All that the points have to say, so that a share counts once for a pair of units, not for each point.
        let (members, sums) = cells.sums();
        let winners: Vec<usize> = (0..grid.n_units())
            .filter(|&unit| members.count(unit) > 0)
            .collect();
        let rows = units.values_mut().par_chunks_exact_mut(dim).enumerate();
        rows.for_each_init(
            || vec![0.0; dim],
            |mean, (unit, w)| {
                mean.fill(0.0);
                let mut weight = 0.0;
                for &winner in &winners {
                    let (across, down) = grid.offset(unit, winner);
                    let share = shares[down * width + across];
                    if share > 0.0 {
                        weight += share * members.count(winner) as f64;
                        for (mean, sum) in mean.iter_mut().zip(&sums[winner * dim..]) {
                            *mean += share * sum;
                        }
                    }
                }
                if weight > 0.0 {
                    for (w, mean) in w.iter_mut().zip(mean) {
                        *w = T::from_f64(*mean / weight);
                    }
                }
            },
        );
    }
}

impl<T: Float> Clusterer<T> for BatchSom {
    fn train(
        &self,
        units: &mut Units<T>,
        points: &Points<'_, T>,
        observer: &mut dyn FnMut(&Pass, &Units<T>) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        let n_passes = self.config.n_passes;
        check_dim(units, points)?;
        check_map(units, &self.config.grid)?;
        let mut trained = units.clone();
        let mut cells = Cells::new(units, points);
        let mut done = 0;
        for index in 0..n_passes {
            let radius = self.config.radius.at(index as u64, n_passes as u64 - 1);
            let pass = Pass {
                index,
                n_passes,
                total_distance: cells.total_distance(),
            };
            self.smooth(&mut trained, &mut cells, radius);
            check_finite(&trained, &pass)?;
            cells.find(&trained);
            done = index + 1;
            if observer(&pass, &trained).is_break() {
                break;
            }
        }
        *units = trained;
        Ok(Report::new(done, &cells, Vec::new()))
    }
}
