use super::cells::Cells;
use super::{Points, Repair, Units};
use crate::error::require;
use crate::{Error, Float};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

/// A way of moving units to fit points without labels.
pub trait Clusterer<T: Float = f32> {
    /// Trains `units` in place. `observer` hears of each pass as it ends and sees the units; if it breaks, training
    /// stops there, with success.
    ///
    /// The result depends on the arguments and the configuration only, not on threads or machine.
    ///
    /// # Errors
    /// [`Error::Mismatch`] of points and units; [`Error::Config`] for units that do not fill a map;
    /// [`Error::Diverged`]. After an error the units are as they were.
    fn train(
        &self,
        units: &mut Units<T>,
        points: &Points<'_, T>,
        observer: &mut dyn FnMut(&Pass, &Units<T>) -> ControlFlow<()>,
    ) -> Result<Report, Error>;
}

/// What training reports at the end of a pass over all points.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Pass {
    /// Index of the pass, from 0.
    pub index: usize,
    /// Passes the run will take at most.
    pub n_passes: usize,
    /// Sum over the points of the squared distance to the nearest unit, each taken just before its point was learnt;
    /// in [`Wta`](super::Wta) after the pass.
    pub total_distance: f64,
}

/// What training says of the whole run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Passes made.
    pub n_passes: usize,
    /// Sum over the points of the squared distance to the nearest unit, at the end.
    pub total_distance: f64,
    /// Units that win no point at the end, in order.
    pub dead: Vec<usize>,
    /// Units that were moved elsewhere because they were dead or stuck, in the order of the moves.
    pub repairs: Vec<Repair>,
}

impl Report {
    /// `cells` are those of the trained units.
    pub(super) fn new<T: Float>(
        n_passes: usize,
        cells: &Cells<'_, T>,
        repairs: Vec<Repair>,
    ) -> Self {
        Self {
            n_passes,
            total_distance: cells.total_distance(),
            dead: cells.dead(),
            repairs,
        }
    }
}

pub(super) fn check_dim<T: Float>(units: &Units<T>, points: &Points<'_, T>) -> Result<(), Error> {
    if units.dim() == points.dim() {
        Ok(())
    } else {
        Err(Error::Mismatch {
            what: "dim",
            samples: points.dim(),
            codebook: units.dim(),
        })
    }
}

pub(super) fn check_passes(n_passes: usize) -> Result<(), Error> {
    let ok = (1..=1_000_000).contains(&n_passes);
    require(ok, "n_passes", n_passes as f64, "1 to 1,000,000")
}

/// Refuses to go on from units that are not finite.
pub(super) fn check_finite<T: Float>(units: &Units<T>, pass: &Pass) -> Result<(), Error> {
    if pass.total_distance.is_finite() && units.is_finite() {
        Ok(())
    } else {
        Err(Error::Diverged { epoch: pass.index })
    }
}

/// The points one by one, in another order in each pass, with the count of steps before.
pub(super) struct Presentation {
    order: Vec<usize>,
    rng: ChaCha8Rng,
    step: u64,
    n_steps: u64,
}

impl Presentation {
    pub(super) fn new(n_points: usize, n_passes: usize, seed: u64) -> Self {
        Self {
            order: (0..n_points).collect(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            step: 0,
            n_steps: n_points as u64 * n_passes as u64,
        }
    }

    /// One pass: (point, step, number of steps in the run), for each point.
    pub(super) fn pass(&mut self, mut learn: impl FnMut(usize, u64, u64)) {
        self.order.shuffle(&mut self.rng);
        for &i in &self.order {
            learn(i, self.step, self.n_steps);
            self.step += 1;
        }
    }
}

/// The run of a rule that learns one point after the other: `learn(units, x, step, n_steps)` moves the units and
/// returns the squared distance of `x` to the winner before.
pub(super) fn online<T: Float>(
    units: &mut Units<T>,
    points: &Points<'_, T>,
    (n_passes, seed): (usize, u64),
    mut learn: impl FnMut(&mut Units<T>, &[T], u64, u64) -> T,
    observer: &mut dyn FnMut(&Pass, &Units<T>) -> ControlFlow<()>,
) -> Result<Report, Error> {
    check_dim(units, points)?;
    let mut trained = units.clone();
    let mut presentation = Presentation::new(points.len(), n_passes, seed);
    let mut done = 0;
    for index in 0..n_passes {
        let mut total_distance = 0.0;
        presentation.pass(|i, step, n_steps| {
            total_distance += learn(&mut trained, points.row(i), step, n_steps).to_f64();
        });
        let pass = Pass {
            index,
            n_passes,
            total_distance,
        };
        check_finite(&trained, &pass)?;
        done = index + 1;
        if observer(&pass, &trained).is_break() {
            break;
        }
    }
    *units = trained;
    Ok(Report::new(done, &Cells::new(units, points), Vec::new()))
}
