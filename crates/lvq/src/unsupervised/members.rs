use super::Points;
use crate::Float;
use rayon::prelude::*;

/// The points of each unit, in the points' order.
#[derive(Default)]
pub(super) struct Members {
    /// Indices of points, unit after unit.
    order: Vec<usize>,
    /// Where each unit's begin in `order`, `[n_units + 1]`.
    starts: Vec<usize>,
    /// How far each unit has been filled, `[n_units + 1]`.
    next: Vec<usize>,
}

impl Members {
    pub(super) fn new(n_units: usize, winners: impl Iterator<Item = usize> + Clone) -> Self {
        let mut members = Self::default();
        members.gather(n_units, winners);
        members
    }

    /// [`new`](Self::new) in the memory of the last time.
    pub(super) fn gather(&mut self, n_units: usize, winners: impl Iterator<Item = usize> + Clone) {
        let Self {
            order,
            starts,
            next,
        } = self;
        starts.clear();
        starts.resize(n_units + 1, 0);
        for unit in winners.clone() {
            starts[unit + 1] += 1;
        }
        for unit in 0..n_units {
            starts[unit + 1] += starts[unit];
        }
        next.clone_from(starts);
        order.resize(starts[n_units], 0);
        for (point, unit) in winners.enumerate() {
            order[next[unit]] = point;
            next[unit] += 1;
        }
    }

    pub(super) fn of(&self, unit: usize) -> &[usize] {
        &self.order[self.starts[unit]..self.starts[unit + 1]]
    }

    pub(super) fn count(&self, unit: usize) -> usize {
        self.of(unit).len()
    }

    /// Sum of the points of each unit, `[n_units × dim]`; `sums` is resized to hold them. Each unit adds its own points
    /// in their order, so that the sums do not depend on the threads, nor need memory for each of them.
    pub(super) fn sums<T: Float>(&self, points: &Points<'_, T>, sums: &mut Vec<f64>) {
        let dim = points.dim();
        sums.clear();
        sums.resize((self.starts.len() - 1) * dim, 0.0);
        let rows = sums.par_chunks_exact_mut(dim).enumerate();
        rows.for_each(|(unit, sum)| {
            for &i in self.of(unit) {
                for (sum, x) in sum.iter_mut().zip(points.row(i)) {
                    *sum += x.to_f64();
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_the_points_order() {
        let members = Members::new(4, [2, 0, 2, 3, 0].into_iter());
        let all: Vec<_> = (0..4).map(|unit| members.of(unit).to_vec()).collect();
        assert_eq!(all, [vec![1, 4], vec![], vec![0, 2], vec![3]]);
        let points = Points::new(&[1.0, 2.0, 4.0, 8.0, 16.0], 1).unwrap();
        let mut sums = vec![3.0; 9];
        members.sums(&points, &mut sums);
        assert_eq!(sums, [18.0, 0.0, 5.0, 8.0]);
    }
}
