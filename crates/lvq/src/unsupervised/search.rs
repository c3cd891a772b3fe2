//! The nearest units of many rows: the one place a faster search has to be put.

use super::assignment::{Match, Second};
use crate::{Float, squared_euclidean};
use rayon::prelude::*;

/// Rows that one thread takes at least.
const MIN_ROWS: usize = 64;

/// The nearest of `units`, `[n_units × dim]`, to each of `rows`, `[n × dim]`, with its squared distance.
pub(super) fn nearest<T: Float>(rows: &[T], units: &[T], dim: usize) -> Vec<(usize, T)> {
    rows.par_chunks_exact(dim)
        .with_min_len(MIN_ROWS)
        .map(|x| nearest_of(x, units))
        .collect()
}

/// The two nearest of `units` to each of `rows`.
pub(super) fn two_nearest<T: Float>(rows: &[T], units: &[T], dim: usize) -> Vec<Match<T>> {
    rows.par_chunks_exact(dim)
        .with_min_len(MIN_ROWS)
        .map(|x| two_nearest_of(x, units))
        .collect()
}

/// The nearest of `units` to `x`; the lowest index among equals.
pub(super) fn nearest_of<T: Float>(x: &[T], units: &[T]) -> (usize, T) {
    let (first, rest) = units.split_at(x.len());
    let mut found = (0, squared_euclidean(x, first));
    for (index, unit) in rest.chunks_exact(x.len()).enumerate() {
        let distance = squared_euclidean(x, unit);
        if distance < found.1 {
            found = (index + 1, distance);
        }
    }
    found
}

/// The two nearest of `units` to `x`; the lowest indices among equals.
pub(super) fn two_nearest_of<T: Float>(x: &[T], units: &[T]) -> Match<T> {
    let (first, rest) = units.split_at(x.len());
    let mut found = Match {
        unit: 0,
        distance: squared_euclidean(x, first),
        second: None,
    };
    for (index, unit) in rest.chunks_exact(x.len()).enumerate() {
        let (unit, distance) = (index + 1, squared_euclidean(x, unit));
        if distance < found.distance {
            found.second = Some(Second {
                unit: found.unit,
                distance: found.distance,
            });
            (found.unit, found.distance) = (unit, distance);
        } else if found.second.is_none_or(|second| distance < second.distance) {
            found.second = Some(Second { unit, distance });
        }
    }
    found
}
