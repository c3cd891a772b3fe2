//! The units of a map as cells in the plane.

use mynah::lvq::unsupervised::{Grid, Lattice};

/// Corners of the cell around a point of the lattice whose nearest neighbours are `distance` away; hexagons stand on a
/// corner.
pub fn corners(lattice: Lattice, (x, y): (f64, f64), distance: f64) -> Vec<(f64, f64)> {
    let (n, radius, first) = match lattice {
        Lattice::Rectangular => (4, distance / 2f64.sqrt(), 45.0),
        _ => (6, distance / 3f64.sqrt(), 90.0),
    };
    (0..n)
        .map(|i| {
            let angle = (first + 360.0 / n as f64 * i as f64).to_radians();
            (x + radius * angle.cos(), y + radius * angle.sin())
        })
        .collect()
}

/// Width and height of all units' cells together, in distances between neighbours, and where the first unit's row and
/// column stand within.
pub struct Extent {
    pub width: f64,
    pub height: f64,
    pub origin: (f64, f64),
}

pub fn extent(grid: &Grid) -> Extent {
    let corners =
        (0..grid.n_units()).flat_map(|unit| corners(grid.lattice(), grid.position(unit), 1.0));
    let (mut least, mut greatest) = ((0.0f64, 0.0f64), (0.0f64, 0.0f64));
    for (x, y) in corners {
        least = (least.0.min(x), least.1.min(y));
        greatest = (greatest.0.max(x), greatest.1.max(y));
    }
    Extent {
        width: greatest.0 - least.0,
        height: greatest.1 - least.1,
        origin: (-least.0, -least.1),
    }
}

/// What a cell says when it is pointed at.
pub fn name(grid: &Grid, unit: usize) -> String {
    let (column, row) = (unit % grid.columns(), unit / grid.columns());
    format!("unit {unit} (column {column}, row {row})")
}

/// Pixels of a neighbour's distance, so that the longer side has about `length` pixels.
pub fn scale(extent: &Extent, length: f64) -> f64 {
    (length / extent.width.max(extent.height)).clamp(2.0, 40.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mynah::lvq::unsupervised::Edges;

    #[test]
    fn cells_touch_and_do_not_overlap() {
        for lattice in [Lattice::Rectangular, Lattice::Hexagonal] {
            let reach = |(x, _): &(f64, f64)| (*x * 1e9).round() / 1e9;
            let cell = corners(lattice, (0.0, 0.0), 1.0);
            let right = cell.iter().map(reach).fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(right, 0.5, "{lattice:?}");
        }
        let grid = Grid::new(4, 3, Lattice::Rectangular, Edges::Bounded).unwrap();
        let all = extent(&grid);
        assert!((all.width - 4.0).abs() < 1e-9 && (all.height - 3.0).abs() < 1e-9);
        let grid = Grid::new(4, 3, Lattice::Hexagonal, Edges::Bounded).unwrap();
        assert!((extent(&grid).width - 4.5).abs() < 1e-9);
    }
}
