use super::members::Members;
use super::{Assignment, Points, Units};
use crate::{Float, squared_euclidean};
use rayon::prelude::*;

/// How many times what a stuck unit is worth splitting another must save.
const CLEARLY: f64 = 2.0;
/// Rounds of k-means at most that split a unit in two.
const MAX_ROUNDS: usize = 10;

/// What was wrong with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It won no point.
    Dead,
    /// It won points, but others could have had them at little cost, while some unit stood among several clusters.
    Stuck,
}

/// A unit that was moved elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// The unit.
    pub unit: usize,
    /// Why.
    pub fault: Fault,
    /// The unit whose points it shares since.
    pub beside: usize,
}

/// Moves dead and stuck units to where they help, at most `limit` of them, and says which.
///
/// A unit is *worth* what the total squared distance would rise by without it, as its points fell to their second
/// nearest units (the utility of Fritzke 1997). Splitting another unit's points in two *saves* what two-means of them
/// takes off the total. The unit worth least moves beside the unit whose split saves most, if that is more than twice
/// as much, and if the total has then fallen indeed; a dead unit is worth nothing. Repeated until no move helps. So the
/// total never rises. Units that can help nowhere (more units than different points) stay.
///
/// # Panics
/// If the points' `dim` is not the units'.
pub fn repair<T: Float>(units: &mut Units<T>, points: &Points<'_, T>, limit: usize) -> Vec<Repair> {
    let mut repairs = Vec::new();
    let mut assignment = units.assign(points);
    while repairs.len() < limit {
        let Some((repair, moved)) = best_move(units, points, &assignment) else {
            break;
        };
        let after = moved.assign(points);
        // Both prices are of the units as they stood: the points of one may have fallen to the other.
        if after.total_distance() >= assignment.total_distance() {
            break;
        }
        (*units, assignment) = (moved, after);
        repairs.push(repair);
    }
    repairs
}

/// The least useful unit moved beside the one that gains most by a split.
fn best_move<T: Float>(
    units: &Units<T>,
    points: &Points<'_, T>,
    assignment: &Assignment<T>,
) -> Option<(Repair, Units<T>)> {
    let members = Members::new(units.n_units(), assignment.winners());
    let mut worth = vec![0.0; units.n_units()];
    for found in assignment.matches() {
        worth[found.unit] += found.second?.distance.to_f64() - found.distance.to_f64();
    }
    let unit = (0..worth.len()).min_by(|&a, &b| worth[a].total_cmp(&worth[b]))?;
    let splits: Vec<Split<T>> = (0..units.n_units())
        .into_par_iter()
        .filter(|&other| other != unit && members.count(other) > 1)
        .map(|other| split(units, points, members.of(other), other))
        .collect();
    let best = splits.into_iter().max_by(|a, b| {
        // The lower index among equals.
        a.saved.total_cmp(&b.saved).then(b.unit.cmp(&a.unit))
    })?;
    if best.saved <= CLEARLY * worth[unit] {
        return None;
    }
    let repair = Repair {
        unit,
        fault: if members.count(unit) == 0 {
            Fault::Dead
        } else {
            Fault::Stuck
        },
        beside: best.unit,
    };
    let mut moved = units.clone();
    moved
        .unit_mut(best.unit)
        .copy_from_slice(best.halves.unit(0));
    moved.unit_mut(unit).copy_from_slice(best.halves.unit(1));
    Some((repair, moved))
}

/// A unit's points shared by two.
struct Split<T> {
    unit: usize,
    halves: Units<T>,
    /// By how much the sum of the squared distances falls.
    saved: f64,
}

/// Two-means of a unit's points, from two that are far from each other.
fn split<T: Float>(
    units: &Units<T>,
    points: &Points<'_, T>,
    members: &[usize],
    unit: usize,
) -> Split<T> {
    let distance = |i: usize, w: &[T]| squared_euclidean(points.row(i), w).to_f64();
    let farthest = |w: &[T]| {
        let mut best = (members[0], f64::NEG_INFINITY);
        for &i in members {
            let d = distance(i, w);
            if d > best.1 {
                best = (i, d);
            }
        }
        points.row(best.0)
    };
    let one = farthest(units.unit(unit));
    let mut halves = Units::of_rows(units.dim(), &[one, farthest(one)]);
    let cost = |halves: &Units<T>| -> f64 {
        let least = |&i: &usize| halves.nearest(points.row(i)).distance.to_f64();
        members.iter().map(least).sum()
    };
    let before: f64 = members.iter().map(|&i| distance(i, units.unit(unit))).sum();
    let mut after = cost(&halves);
    for _ in 0..MAX_ROUNDS {
        let moved = means(&halves, points, members);
        let now = cost(&moved);
        if now >= after {
            break;
        }
        (halves, after) = (moved, now);
    }
    Split {
        unit,
        halves,
        saved: before - after,
    }
}

/// One round of k-means over some of the points.
fn means<T: Float>(halves: &Units<T>, points: &Points<'_, T>, members: &[usize]) -> Units<T> {
    let dim = halves.dim();
    let mut sums = vec![0.0; 2 * dim];
    let mut counts = [0.0; 2];
    for &i in members {
        let half = halves.nearest(points.row(i)).unit;
        counts[half] += 1.0;
        for (sum, x) in sums[half * dim..].iter_mut().zip(points.row(i)) {
            *sum += x.to_f64();
        }
    }
    let mut moved = halves.clone();
    for half in (0..2).filter(|&half| counts[half] > 0.0) {
        for (w, sum) in moved.unit_mut(half).iter_mut().zip(&sums[half * dim..]) {
            *w = T::from_f64(sum / counts[half]);
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three pairs.
    const DATA: [f64; 6] = [0.0, 1.0, 10.0, 11.0, 30.0, 31.0];

    #[test]
    fn frees_a_stuck_unit() {
        // Two units in the last pair, one for the first two.
        let points = Points::new(&DATA, 1).unwrap();
        let mut units = Units::new(1, vec![30.0, 31.0, 5.5]).unwrap();
        let repairs = repair(&mut units, &points, 9);
        assert_eq!(
            repairs,
            [Repair {
                unit: 0,
                fault: Fault::Stuck,
                beside: 2
            }]
        );
        let mut at = units.values().to_vec();
        at.sort_by(f64::total_cmp);
        assert_eq!(at, [0.5, 10.5, 31.0]);
    }

    #[test]
    fn revives_a_dead_unit() {
        let points = Points::new(&DATA, 1).unwrap();
        let mut units = Units::new(1, vec![-500.0, 30.5, 5.5]).unwrap();
        let repairs = repair(&mut units, &points, 9);
        assert_eq!((repairs[0].unit, repairs[0].fault), (0, Fault::Dead));
        assert_eq!(units.assign(&points).total_distance(), 1.5);
        assert!(repair(&mut units, &points, 9).is_empty());
    }

    #[test]
    fn leaves_what_is_well_and_obeys_the_limit() {
        let points = Points::new(&DATA, 1).unwrap();
        for start in [vec![0.5, 10.5, 30.5], vec![15.0], vec![0.5, 0.5]] {
            let mut units = Units::new(1, start.clone()).unwrap();
            assert!(repair(&mut units, &points, 0).is_empty());
            assert_eq!(units.values(), start);
        }
        let mut single = Units::new(1, vec![15.0]).unwrap();
        assert!(repair(&mut single, &points, 9).is_empty());
        let same = Points::new(&[3.0f32; 5], 1).unwrap();
        let mut units = Units::new(1, vec![3.0, 4.0]).unwrap();
        assert!(repair(&mut units, &same, 9).is_empty());
    }
}
