use crate::Error;
use crate::error::require;

/// How the units of a map lie. Unit k stands in column k mod columns, row k / columns; neighbours are 1 apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Lattice {
    /// Squares; four neighbours.
    Rectangular,
    /// Hexagons; six neighbours. Rows are √¾ apart, the odd ones (from 0) shifted by ½, as in SOM_PAK.
    Hexagonal,
    /// As hexagonal, but with the even rows shifted, as in R's `somgrid`.
    HexagonalEven,
}

/// What lies beyond the border of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Edges {
    /// Nothing.
    Bounded,
    /// The opposite side: the map is a torus and has no border.
    Toroidal,
}

/// The arrangement of a map's units in the plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    columns: usize,
    rows: usize,
    lattice: Lattice,
    edges: Edges,
}

impl Grid {
    /// A map of `columns` × `rows` units, each 1 to 1000.
    ///
    /// # Errors
    /// [`Error::Config`]; also for a hexagonal torus with an odd number of rows, whose shifts would not fit.
    pub fn new(columns: usize, rows: usize, lattice: Lattice, edges: Edges) -> Result<Self, Error> {
        for (field, n) in [("columns", columns), ("rows", rows)] {
            require((1..=1000).contains(&n), field, n as f64, "1 to 1000")?;
        }
        let fits =
            lattice == Lattice::Rectangular || edges == Edges::Bounded || rows.is_multiple_of(2);
        require(fits, "rows", rows as f64, "even on a hexagonal torus")?;
        Ok(Self {
            columns,
            rows,
            lattice,
            edges,
        })
    }

    /// Units in a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows of units.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How the units lie.
    pub fn lattice(&self) -> Lattice {
        self.lattice
    }

    /// What lies beyond the border.
    pub fn edges(&self) -> Edges {
        self.edges
    }

    /// Number of units.
    pub fn n_units(&self) -> usize {
        self.columns * self.rows
    }

    /// Where a unit stands, (x, y), in distances between neighbours; unit 0 has y = 0.
    pub fn position(&self, unit: usize) -> (f64, f64) {
        let row = unit / self.columns;
        let height = self.squared_row_height().sqrt();
        (self.half_columns(unit) as f64 / 2.0, row as f64 * height)
    }

    /// Squared distance of two units on the map; around the torus, if that is shorter. Exact.
    pub fn squared_distance(&self, a: usize, b: usize) -> f64 {
        let (across, down) = self.offset(a, b);
        self.squared_length(across, down)
    }

    /// Half columns across, below twice the columns, and rows down from one unit to another; around the torus, if that is
    /// shorter.
    pub(super) fn offset(&self, a: usize, b: usize) -> (usize, usize) {
        let mut across = self.half_columns(a).abs_diff(self.half_columns(b));
        let mut down = (a / self.columns).abs_diff(b / self.columns);
        if self.edges == Edges::Toroidal {
            across = across.min(2 * self.columns - across);
            down = down.min(self.rows - down);
        }
        (across, down)
    }

    /// Of an [`offset`](Self::offset).
    pub(super) fn squared_length(&self, across: usize, down: usize) -> f64 {
        (across * across) as f64 / 4.0 + self.squared_row_height() * (down * down) as f64
    }

    /// Whether two units lie side by side: 1 apart. No unit is its own neighbour.
    pub fn are_neighbours(&self, a: usize, b: usize) -> bool {
        self.squared_distance(a, b) == 1.0
    }

    /// The units beside `unit`, in order: at most four on a rectangular map, six on a hexagonal one.
    pub fn neighbours(&self, unit: usize) -> impl Iterator<Item = usize> {
        (0..self.n_units()).filter(move |&other| self.are_neighbours(unit, other))
    }

    /// Column of a unit in halves, so that shifted rows need no fractions.
    fn half_columns(&self, unit: usize) -> usize {
        let (column, row) = (unit % self.columns, unit / self.columns);
        let shift = match self.lattice {
            Lattice::Rectangular => 0,
            Lattice::Hexagonal => row % 2,
            Lattice::HexagonalEven => 1 - row % 2,
        };
        2 * column + shift
    }

    fn squared_row_height(&self) -> f64 {
        match self.lattice {
            Lattice::Rectangular => 1.0,
            Lattice::Hexagonal | Lattice::HexagonalEven => 0.75,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: usize, rows: usize, lattice: Lattice, edges: Edges) -> Grid {
        Grid::new(columns, rows, lattice, edges).unwrap()
    }

    const LATTICES: [Lattice; 3] = [
        Lattice::Rectangular,
        Lattice::Hexagonal,
        Lattice::HexagonalEven,
    ];

    #[test]
    fn refuses_sizes_out_of_range() {
        for (columns, rows) in [(0, 1), (1, 0), (1001, 1), (usize::MAX, usize::MAX)] {
            assert!(Grid::new(columns, rows, Lattice::Rectangular, Edges::Bounded).is_err());
        }
        assert!(Grid::new(4, 3, Lattice::Hexagonal, Edges::Toroidal).is_err());
        assert!(Grid::new(4, 3, Lattice::Rectangular, Edges::Toroidal).is_ok());
    }

    #[test]
    fn distance_is_that_of_the_positions() {
        for lattice in LATTICES {
            let grid = grid(5, 4, lattice, Edges::Bounded);
            for a in 0..20 {
                for b in 0..20 {
                    let ((ax, ay), (bx, by)) = (grid.position(a), grid.position(b));
                    let expected = (ax - bx).powi(2) + (ay - by).powi(2);
                    assert!((grid.squared_distance(a, b) - expected).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn distance_on_a_torus_is_the_least_of_all_images() {
        for lattice in LATTICES {
            let grid = grid(5, 4, lattice, Edges::Toroidal);
            let (width, height) = (5.0, 4.0 * grid.squared_row_height().sqrt());
            for a in 0..20 {
                for b in 0..20 {
                    let ((ax, ay), (bx, by)) = (grid.position(a), grid.position(b));
                    let mut least = f64::INFINITY;
                    for kx in [-1.0, 0.0, 1.0] {
                        for ky in [-1.0, 0.0, 1.0] {
                            let (dx, dy) = (ax - bx + kx * width, ay - by + ky * height);
                            least = least.min(dx * dx + dy * dy);
                        }
                    }
                    assert!((grid.squared_distance(a, b) - least).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn neighbours_surround_a_unit() {
        let all = |grid: Grid, unit| grid.neighbours(unit).collect::<Vec<_>>();
        let (rectangular, hexagonal) = (Lattice::Rectangular, Lattice::Hexagonal);
        assert_eq!(
            all(grid(4, 3, rectangular, Edges::Bounded), 5),
            [1, 4, 6, 9]
        );
        assert_eq!(all(grid(4, 3, rectangular, Edges::Bounded), 0), [1, 4]);
        // Row 1 is shifted to the right.
        assert_eq!(
            all(grid(4, 3, hexagonal, Edges::Bounded), 5),
            [1, 2, 4, 6, 9, 10]
        );
        assert_eq!(
            all(grid(4, 3, Lattice::HexagonalEven, Edges::Bounded), 5),
            [0, 1, 4, 6, 8, 9]
        );
        for lattice in LATTICES {
            let n = if lattice == rectangular { 4 } else { 6 };
            let torus = grid(5, 4, lattice, Edges::Toroidal);
            assert!((0..20).all(|unit| all(torus, unit).len() == n));
        }
    }
}
