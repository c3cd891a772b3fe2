use super::{Grid, Units};
use crate::{Float, squared_euclidean};

/// How far neighbouring units of a map lie from each other in the data (Ultsch & Siemon 1990): low within a cluster,
/// high between clusters. Distances are Euclidean, not squared.
#[derive(Debug, Clone, PartialEq)]
pub struct UMatrix {
    /// Every pair of neighbours once, by its lower unit, then its upper.
    pub borders: Vec<Border>,
    /// Mean distance of each unit to its neighbours, `[n_units]`; 0 if it has none.
    pub heights: Vec<f64>,
}

/// The border between two neighbours on a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Border {
    /// The lower of the two units.
    pub a: usize,
    /// The upper.
    pub b: usize,
    /// Their Euclidean distance.
    pub distance: f64,
}

impl UMatrix {
    /// The distances between the units of a map.
    ///
    /// # Panics
    /// If the units are not as many as the map's.
    pub fn new<T: Float>(grid: &Grid, units: &Units<T>) -> Self {
        assert_eq!(
            units.n_units(),
            grid.n_units(),
            "units differ from the map's"
        );
        let mut borders = Vec::new();
        let mut sums = vec![(0.0, 0usize); grid.n_units()];
        for a in 0..grid.n_units() {
            for b in grid.neighbours(a).filter(|&b| b > a) {
                let distance = squared_euclidean(units.unit(a), units.unit(b));
                let distance = distance.to_f64().sqrt();
                borders.push(Border { a, b, distance });
                for unit in [a, b] {
                    sums[unit].0 += distance;
                    sums[unit].1 += 1;
                }
            }
        }
        let heights = sums.iter().map(|&(sum, n)| sum / n.max(1) as f64).collect();
        Self { borders, heights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unsupervised::{Edges, Lattice};

    #[test]
    fn heights_are_means_over_neighbours() {
        let units = Units::new(1, vec![0.0f32, 1.0, 4.0, 0.0]).unwrap();
        let grid =
            |columns, rows, edges| Grid::new(columns, rows, Lattice::Rectangular, edges).unwrap();
        let matrix = UMatrix::new(&grid(2, 2, Edges::Bounded), &units);
        assert_eq!(matrix.heights, [2.5, 1.0, 4.0, 2.5]);
        let pairs: Vec<_> = matrix
            .borders
            .iter()
            .map(|b| (b.a, b.b, b.distance))
            .collect();
        assert_eq!(pairs, [(0, 1, 1.0), (0, 2, 4.0), (1, 3, 1.0), (2, 3, 4.0)]);
        let ring = UMatrix::new(&grid(4, 1, Edges::Toroidal), &units);
        assert_eq!(ring.borders.len(), 4);
        let single = Units::new(1, vec![0.0f32]).unwrap();
        assert_eq!(
            UMatrix::new(&grid(1, 1, Edges::Bounded), &single).heights,
            [0.0]
        );
    }
}
