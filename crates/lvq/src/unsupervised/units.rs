use super::assignment::{Assignment, Match, Second};
use super::points::{Points, check_matrix};
use crate::{Decision, Error, Float, Search, squared_euclidean};

/// Unlabelled prototypes: row-major `[n_units × dim]`. Units, centres and codebook vectors are the field's other names.
#[derive(Debug, Clone, PartialEq)]
pub struct Units<T = f32> {
    dim: usize,
    values: Vec<T>,
}

impl<T: Float> Units<T> {
    /// Units that exist already. They can also be [drawn](Self::sample) from points.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Value`].
    pub fn new(dim: usize, values: Vec<T>) -> Result<Self, Error> {
        check_matrix("units", &values, dim)?;
        Ok(Self { dim, values })
    }

    /// Values in a unit.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of units, at least one.
    pub fn n_units(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Every unit, `[n_units × dim]`.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Unit `i`, `[dim]`.
    ///
    /// # Panics
    /// If `i` is not below [`n_units`](Self::n_units).
    pub fn unit(&self, i: usize) -> &[T] {
        &self.values[i * self.dim..(i + 1) * self.dim]
    }

    /// Every unit in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[T]> {
        self.values.chunks_exact(self.dim)
    }

    /// The component plane of dimension `d`: its value in every unit, `[n_units]`.
    ///
    /// # Panics
    /// If `d` is not below [`dim`](Self::dim).
    pub fn component(&self, d: usize) -> Vec<T> {
        self.iter().map(|unit| unit[d]).collect()
    }

    /// The nearest unit to `x` and the second nearest. Does not allocate.
    ///
    /// # Panics
    /// If the length of `x` is not [`dim`](Self::dim).
    pub fn nearest(&self, x: &[T]) -> Match<T> {
        let mut found = Match {
            unit: 0,
            distance: squared_euclidean(x, self.unit(0)),
            second: None,
        };
        for (unit, w) in self.iter().enumerate().skip(1) {
            let distance = squared_euclidean(x, w);
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

    /// Which units each point falls on; on all threads.
    ///
    /// # Panics
    /// If the points' `dim` is not [`dim`](Self::dim).
    pub fn assign(&self, points: &Points<'_, T>) -> Assignment<T> {
        assert_eq!(points.dim(), self.dim, "points and units differ in dim");
        let mut found = vec![Decision::default(); points.len()];
        self.search().decide(&points.rows(), &mut found);
        let matches = found.iter().map(|decision| Match {
            unit: decision.winner,
            distance: decision.distance,
            second: decision.runner_up.map(|other| Second {
                unit: other.prototype,
                distance: other.distance,
            }),
        });
        Assignment::new(self.n_units(), matches.collect())
    }

    /// A class for each unit, so that the runner-up of a decision is the second nearest.
    pub(super) fn search(&self) -> Search<T> {
        let labels: Vec<u32> = (0..).take(self.n_units()).collect();
        Search::labelled(&self.values, self.dim, &labels).expect("whole rows")
    }

    /// Rows known to be whole and finite.
    pub(super) fn of_rows(dim: usize, rows: &[&[T]]) -> Self {
        Self {
            dim,
            values: rows.concat(),
        }
    }

    pub(super) fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    pub(super) fn unit_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.values[i * self.dim..(i + 1) * self.dim]
    }

    pub(super) fn is_finite(&self) -> bool {
        self.values.iter().all(|w| w.is_finite())
    }
}

/// w ← w + rate · (x − w).
pub(super) fn move_towards<T: Float>(unit: &mut [T], x: &[T], rate: f64) {
    let rate = T::from_f64(rate);
    for (w, &x) in unit.iter_mut().zip(x) {
        *w += rate * (x - *w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_and_second_nearest() {
        let units = Units::new(1, vec![1.0f32, -1.0, 1.0, 4.0]).unwrap();
        let found = units.nearest(&[0.0]);
        assert_eq!((found.unit, found.distance), (0, 1.0));
        assert_eq!(found.second.unwrap().unit, 1);
        assert_eq!(units.nearest(&[9.0]).unit, 3);
        assert_eq!(
            Units::new(1, vec![1.0f32]).unwrap().nearest(&[0.0]).second,
            None
        );
        assert_eq!(units.component(0), [1.0, -1.0, 1.0, 4.0]);
    }
}
