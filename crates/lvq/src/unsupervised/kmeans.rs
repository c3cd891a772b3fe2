use super::cells::Cells;
use super::train::{check_dim, check_finite, check_passes};
use super::{Clusterer, Fault, Pass, Points, Repair, Report, Units};
use crate::{Error, Float};
use std::ops::ControlFlow;

/// Settings of [`KMeans`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct KMeansConfig {
    /// Passes over the points at most, 1 to 1,000,000; they end as soon as no point changes its unit. Default 100.
    pub n_passes: usize,
}

impl Default for KMeansConfig {
    fn default() -> Self {
        Self { n_passes: 100 }
    }
}

/// k-means (Lloyd 1957): each unit to the mean of the points nearest to it, until nothing changes. A unit that wins
/// nothing is put on the point that is farthest from its unit, and reported. Start from [`Units::far_apart`].
#[derive(Debug, Clone)]
pub struct KMeans {
    config: KMeansConfig,
}

/// What a [`KMeans::step`] found before it moved the units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// Points whose nearest unit is another than in the step before.
    pub n_changed: usize,
    /// Sum over the points of the squared distance to the nearest unit.
    pub total_distance: f64,
}

impl KMeans {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &KMeansConfig) -> Result<Self, Error> {
        check_passes(config.n_passes)?;
        Ok(Self {
            config: config.clone(),
        })
    }

    /// One round: finds the nearest unit of each point, then moves each unit to the mean of its points; one without
    /// points stays. `winners` holds the nearest units of the step before, or is empty, and receives those of this one,
    /// in the points' order.
    ///
    /// # Panics
    /// If the points' `dim` is not the units'.
    pub fn step<T: Float>(
        units: &mut Units<T>,
        points: &Points<'_, T>,
        winners: &mut Vec<usize>,
    ) -> Round {
        let mut cells = Cells::new(units, points);
        let round = Round::of(&cells, winners);
        average(units, &mut cells);
        round
    }
}

impl<T: Float> Clusterer<T> for KMeans {
    fn train(
        &self,
        units: &mut Units<T>,
        points: &Points<'_, T>,
        observer: &mut dyn FnMut(&Pass, &Units<T>) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        check_dim(units, points)?;
        let n_passes = self.config.n_passes;
        let mut trained = units.clone();
        let mut cells = Cells::new(units, points);
        let (mut winners, mut repairs, mut done) = (Vec::new(), Vec::new(), 0);
        for index in 0..n_passes {
            let round = Round::of(&cells, &mut winners);
            average(&mut trained, &mut cells);
            let pass = Pass {
                index,
                n_passes,
                total_distance: round.total_distance,
            };
            check_finite(&trained, &pass)?;
            done = index + 1;
            let n_before = repairs.len();
            revive(&mut trained, points, &cells, &mut repairs);
            let stands = round.n_changed == 0 && repairs.len() == n_before;
            cells.find(&trained);
            if observer(&pass, &trained).is_break() || stands {
                break;
            }
        }
        *units = trained;
        Ok(Report::new(done, &cells, repairs))
    }
}

impl Round {
    /// `winners` are the nearest units of the round before; becomes those of this one.
    fn of<T: Float>(cells: &Cells<'_, T>, winners: &mut Vec<usize>) -> Self {
        let found = || cells.found().iter().map(|one| one.index);
        let n_changed = if winners.len() == cells.found().len() {
            found().zip(winners.iter()).filter(|(a, b)| a != *b).count()
        } else {
            cells.found().len()
        };
        winners.clear();
        winners.extend(found());
        Self {
            n_changed,
            total_distance: cells.total_distance(),
        }
    }
}

/// Moves each unit with points to their mean.
fn average<T: Float>(units: &mut Units<T>, cells: &mut Cells<'_, T>) {
    let (members, sums) = cells.sums();
    for (unit, sum) in sums.chunks_exact(units.dim()).enumerate() {
        let count = members.count(unit) as f64;
        if count > 0.0 {
            for (w, sum) in units.unit_mut(unit).iter_mut().zip(sum) {
                *w = T::from_f64(sum / count);
            }
        }
    }
}

/// Puts each unit without points on the point farthest from its unit, as long as there is one not on its unit.
fn revive<T: Float>(
    units: &mut Units<T>,
    points: &Points<'_, T>,
    cells: &Cells<'_, T>,
    repairs: &mut Vec<Repair>,
) {
    let dead = cells.dead();
    if dead.is_empty() {
        return;
    }
    let mut found = cells.found().to_vec();
    for unit in dead {
        let mut farthest = 0;
        for (i, one) in found.iter().enumerate() {
            if one.distance > found[farthest].distance {
                farthest = i;
            }
        }
        if found[farthest].distance <= T::default() {
            return;
        }
        repairs.push(Repair {
            unit,
            fault: Fault::Dead,
            beside: found[farthest].index,
        });
        units.unit_mut(unit).copy_from_slice(points.row(farthest));
        found[farthest].distance = T::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(units: &mut Units<f64>, data: &[f64]) -> Report {
        let points = Points::new(data, 1).unwrap();
        let kmeans = KMeans::new(&KMeansConfig::default()).unwrap();
        let go_on = &mut |_: &Pass, _: &Units<f64>| ControlFlow::Continue(());
        kmeans.train(units, &points, go_on).unwrap()
    }

    #[test]
    fn a_unit_without_points_goes_where_it_helps_most() {
        let mut units = Units::new(1, vec![0.0, 100.0]).unwrap();
        let report = train(&mut units, &[0.0, 1.0, 9.0, 10.0]);
        assert_eq!(report.repairs.len(), 1);
        assert_eq!((report.repairs[0].unit, report.repairs[0].beside), (1, 0));
        assert_eq!(units.values(), [0.5, 9.5]);
        assert_eq!((report.total_distance, report.dead.len()), (1.0, 0));
    }

    #[test]
    fn more_units_than_places_leave_some_dead() {
        let mut units = Units::new(1, vec![2.0, 2.0, 2.0]).unwrap();
        let report = train(&mut units, &[2.0, 2.0, 2.0, 2.0]);
        assert_eq!(report.dead, [1, 2]);
        assert!(report.repairs.is_empty());
        assert_eq!(units.values(), [2.0, 2.0, 2.0]);
    }

    #[test]
    fn a_step_says_what_changed() {
        let points = Points::new(&[0.0f64, 1.0, 9.0, 10.0], 1).unwrap();
        let mut units = Units::new(1, vec![0.0, 1.0]).unwrap();
        let mut winners = Vec::new();
        let rounds: Vec<Round> = (0..4)
            .map(|_| KMeans::step(&mut units, &points, &mut winners))
            .collect();
        let changed: Vec<usize> = rounds.iter().map(|r| r.n_changed).collect();
        assert_eq!(changed, [4, 1, 0, 0]);
        assert_eq!(rounds[0].total_distance, 64.0 + 81.0);
        assert_eq!(
            (units.values(), winners),
            (&[0.5, 9.5][..], vec![0, 0, 1, 1])
        );
    }
}
