use super::Grid;
use crate::Float;

/// The nearest units of a vector, by squared Euclidean distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match<T = f32> {
    /// The nearest unit (the map's best matching unit); the lowest index, if several are as near.
    #[doc(alias = "bmu")]
    pub unit: usize,
    /// Its squared distance.
    pub distance: T,
    /// The second nearest; `None` if there is only one unit.
    pub second: Option<Second<T>>,
}

/// The second nearest unit of a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Second<T = f32> {
    /// Its index.
    pub unit: usize,
    /// Its squared distance.
    pub distance: T,
}

/// Which units each of a set of points falls on ([`Units::assign`](super::Units::assign)).
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment<T = f32> {
    n_units: usize,
    matches: Vec<Match<T>>,
}

impl<T: Float> Assignment<T> {
    pub(super) fn new(n_units: usize, matches: Vec<Match<T>>) -> Self {
        Self { n_units, matches }
    }

    /// Number of units.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// The nearest units of every point, in the points' order.
    pub fn matches(&self) -> &[Match<T>] {
        &self.matches
    }

    /// The unit each point falls on, in the points' order.
    pub fn winners(&self) -> impl ExactSizeIterator<Item = usize> + Clone {
        self.matches.iter().map(|found| found.unit)
    }

    /// Points on each unit, `[n_units]`.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.n_units];
        for unit in self.winners() {
            counts[unit] += 1;
        }
        counts
    }

    /// Units that no point falls on, in order.
    pub fn dead(&self) -> Vec<usize> {
        let counts = self.counts();
        (0..self.n_units).filter(|&i| counts[i] == 0).collect()
    }

    /// Sum over the points of the squared distance to their unit: the cost of k-means.
    pub fn total_distance(&self) -> f64 {
        self.matches.iter().map(|m| m.distance.to_f64()).sum()
    }

    /// Mean Euclidean (not squared) distance of a point to its unit, as SOM_PAK and MiniSom report it.
    pub fn quantization_error(&self) -> f64 {
        let sum: f64 = self
            .matches
            .iter()
            .map(|m| m.distance.to_f64().sqrt())
            .sum();
        sum / self.matches.len() as f64
    }

    /// Share of the points whose two nearest units are not neighbours on the map (Kiviluoto 1996), in \[0, 1\];
    /// neighbours are those of [`Grid::neighbours`]. 0 for a single unit.
    ///
    /// # Panics
    /// If the map has not [`n_units`](Self::n_units) units.
    pub fn topographic_error(&self, grid: &Grid) -> f64 {
        assert_eq!(
            grid.n_units(),
            self.n_units,
            "map and units differ in number"
        );
        let is_torn = |m: &&Match<T>| {
            m.second
                .is_some_and(|second| !grid.are_neighbours(m.unit, second.unit))
        };
        self.matches.iter().filter(is_torn).count() as f64 / self.matches.len() as f64
    }
}
