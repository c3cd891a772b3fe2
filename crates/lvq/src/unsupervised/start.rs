//! Where units start.

use super::{Grid, Points, Units, pca};
use crate::error::require;
use crate::{Error, Float, squared_euclidean};
use rand::seq::index;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Points that one thread takes at least.
const MIN_POINTS: usize = 256;

impl<T: Float> Units<T> {
    /// `n_units` of the points, drawn without replacement.
    ///
    /// # Errors
    /// [`Error::Config`] if `n_units` is 0 or above the number of points.
    pub fn sample(points: &Points<'_, T>, n_units: usize, seed: u64) -> Result<Self, Error> {
        check_count(points, n_units)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let drawn = index::sample(&mut rng, points.len(), n_units);
        let rows: Vec<&[T]> = drawn.iter().map(|i| points.row(i)).collect();
        Ok(Self::of_rows(points.dim(), &rows))
    }

    /// `n_units` drawn evenly from the box that holds the points: each value between the least and the greatest of its
    /// dimension.
    ///
    /// # Errors
    /// [`Error::Config`] if `n_units` is 0.
    pub fn uniform(points: &Points<'_, T>, n_units: usize, seed: u64) -> Result<Self, Error> {
        require(n_units > 0, "n_units", 0.0, "at least 1")?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut bounds: Vec<(f64, f64)> = vec![(f64::INFINITY, f64::NEG_INFINITY); points.dim()];
        for x in points.iter() {
            for ((least, greatest), x) in bounds.iter_mut().zip(x) {
                *least = least.min(x.to_f64());
                *greatest = greatest.max(x.to_f64());
            }
        }
        let values = (0..n_units)
            .flat_map(|_| &bounds)
            .map(|&(least, greatest)| {
                // Not least + share · (greatest − least), which may overflow.
                let share = rng.random::<f64>();
                T::from_f64(least * (1.0 - share) + greatest * share)
            })
            .collect();
        Self::new(points.dim(), values)
    }

    /// `n_units` of the points, each drawn with a chance in proportion to its squared distance from those before:
    /// k-means++ (Arthur & Vassilvitskii 2007).
    ///
    /// # Errors
    /// [`Error::Config`] if `n_units` is 0 or above the number of points.
    #[doc(alias = "k-means++")]
    pub fn far_apart(points: &Points<'_, T>, n_units: usize, seed: u64) -> Result<Self, Error> {
        check_count(points, n_units)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Ok(Self::far_apart_with(points, n_units, &mut rng))
    }

    /// [`far_apart`](Self::far_apart) with random numbers of the caller; `n_units` is at least 1.
    pub(crate) fn far_apart_with(
        points: &Points<'_, T>,
        n_units: usize,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let mut least = vec![f64::INFINITY; points.len()];
        let mut drawn = points.row(rng.random_range(0..points.len()));
        let mut units = vec![drawn];
        for _ in 1..n_units {
            least
                .par_iter_mut()
                .zip(points.data().par_chunks_exact(points.dim()))
                .with_min_len(MIN_POINTS)
                .for_each(|(least, x)| *least = least.min(squared_euclidean(x, drawn).to_f64()));
            drawn = points.row(draw(&least, rng));
            units.push(drawn);
        }
        Self::of_rows(points.dim(), &units)
    }

    /// One unit for each of the map's, spread evenly over the plane of the points' two principal components, the
    /// longer side of the map along the greater; as far to either side as an even spread of the same variance, √3
    /// standard deviations. Taken from at most 10,000 of the points, evenly chosen.
    ///
    /// # Errors
    /// [`Error::Value`] if a unit's value is beyond the range of `T`.
    pub fn plane(points: &Points<'_, T>, grid: &Grid) -> Result<Self, Error> {
        let plane = pca::plane(points);
        let positions: Vec<(f64, f64)> = (0..grid.n_units()).map(|i| grid.position(i)).collect();
        let across = spread(positions.iter().map(|p| p.0).collect());
        let down = spread(positions.iter().map(|p| p.1).collect());
        let [first, second] = if grid.columns() >= grid.rows() {
            [across, down]
        } else {
            [down, across]
        };
        let reach = 3.0f64.sqrt();
        let mut values = Vec::with_capacity(grid.n_units() * points.dim());
        for (a, b) in first.into_iter().zip(second) {
            for (d, mean) in plane.mean.iter().enumerate() {
                let offset = a * plane.axes[0][d] + b * plane.axes[1][d];
                values.push(T::from_f64(mean + reach * offset));
            }
        }
        Self::new(points.dim(), values)
    }
}

fn check_count<T: Float>(points: &Points<'_, T>, n_units: usize) -> Result<(), Error> {
    let ok = (1..=points.len()).contains(&n_units);
    require(ok, "n_units", n_units as f64, "1 to the number of points")
}

/// Coordinates moved and scaled to −1 to 1; all 0 if they are equal.
fn spread(mut coordinates: Vec<f64>) -> Vec<f64> {
    let least = coordinates.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = coordinates.iter().copied().fold(0.0, f64::max);
    let half = (greatest - least) / 2.0;
    for x in &mut coordinates {
        *x = if half > 0.0 {
            (*x - least) / half - 1.0
        } else {
            0.0
        };
    }
    coordinates
}

/// An index with a chance in proportion to its weight; any, if the weights sum to nothing usable.
fn draw(weights: &[f64], rng: &mut ChaCha8Rng) -> usize {
    let total: f64 = weights.iter().sum();
    if total == 0.0 || !total.is_finite() {
        return rng.random_range(0..weights.len());
    }
    let mut left = rng.random::<f64>() * total;
    let mut last = 0;
    for (i, &weight) in weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0.0)
    {
        last = i;
        if left < weight {
            break;
        }
        left -= weight;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unsupervised::{Edges, Lattice};

    #[test]
    fn draw_follows_the_weights() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut counts = [0; 4];
        for _ in 0..4000 {
            counts[draw(&[0.0, 1.0, 3.0, 0.0], &mut rng)] += 1;
        }
        assert_eq!((counts[0], counts[3]), (0, 0));
        // 1000 expected, standard deviation 27.
        assert!((850..1150).contains(&counts[1]), "{counts:?}");
        assert!(draw(&[0.0, 0.0], &mut rng) < 2);
        assert!(draw(&[f64::INFINITY, 0.0], &mut rng) < 2);
    }

    #[test]
    fn counts_are_checked() {
        let points = Points::new(&[1.0f32, 2.0, 3.0], 1).unwrap();
        for n in [0, 4, usize::MAX] {
            assert!(Units::sample(&points, n, 0).is_err());
            assert!(Units::far_apart(&points, n, 0).is_err());
        }
        assert!(Units::uniform(&points, 0, 0).is_err());
        let mut drawn = Units::sample(&points, 3, 0).unwrap().values().to_vec();
        drawn.sort_by(f32::total_cmp);
        assert_eq!(drawn, [1.0, 2.0, 3.0]);
        let spread = Units::uniform(&points, 50, 0).unwrap();
        assert!(spread.values().iter().all(|w| (1.0..=3.0).contains(w)));
    }

    #[test]
    fn the_plane_lies_along_the_data() {
        // Wide in the second dimension, less so in the first, flat in the third.
        let data: Vec<f64> = (0..600)
            .flat_map(|i| [f64::from(i % 20), f64::from(i / 20) * 4.0, 5.0])
            .collect();
        let points = Points::new(&data, 3).unwrap();
        let grid = Grid::new(4, 3, Lattice::Rectangular, Edges::Bounded).unwrap();
        let units = Units::plane(&points, &grid).unwrap();
        // Along the map's longer side only the second dimension changes, down it only the first.
        let (corner, right, below) = (units.unit(0), units.unit(3), units.unit(8));
        assert!((corner[0] - right[0]).abs() < 1e-3 && (corner[1] - below[1]).abs() < 1e-3);
        // An even spread of 0, 4 … 116 has σ = 34.6; √3 σ to either side is 119.9 in all.
        assert!(((right[1] - corner[1]).abs() - 119.9).abs() < 0.2);
        assert!(((below[0] - corner[0]).abs() - 20.0).abs() < 0.1);
        assert!(units.iter().all(|unit| (unit[2] - 5.0).abs() < 1e-9));
    }

    #[test]
    fn a_plane_of_points_alike_is_a_point() {
        let points = Points::new(&[2.0f32, 3.0, 2.0, 3.0], 2).unwrap();
        let grid = Grid::new(1, 2, Lattice::Hexagonal, Edges::Bounded).unwrap();
        let units = Units::plane(&points, &grid).unwrap();
        assert_eq!(units.values(), [2.0, 3.0, 2.0, 3.0]);
    }
}
