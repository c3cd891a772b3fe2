//! The U-matrix of a map.

use super::cells::{corners, extent, name, scale};
use super::colour::{Range, bar};
use super::svg::{Anchor, Svg};
use super::ticks::number;
use mynah::lvq::unsupervised::{Grid, Lattice, UMatrix};
use std::collections::HashMap;

/// Draws a cell for each unit, coloured by its mean distance to its neighbours, and between any two neighbours a cell
/// coloured by their distance. On a torus the borders across the seam are left out. Bright ridges part dark clusters.
pub fn draw(grid: &Grid, matrix: &UMatrix, title: &str) -> String {
    let extent = extent(grid);
    let unit = scale(&extent, 560.0);
    let (left, top) = (44.0, 48.0);
    let at = |(x, y): (f64, f64)| {
        (
            left + (x + extent.origin.0) * unit,
            top + (y + extent.origin.1) * unit,
        )
    };
    let (width, height) = (extent.width * unit, extent.height * unit);
    let distances = matrix.borders.iter().map(|border| border.distance);
    let range = Range::of(distances.chain(matrix.heights.iter().copied()));

    let mut svg = Svg::new(left + width + 150.0, top + height.max(120.0) + 52.0, title);
    let mut cell = |position: (f64, f64), value: f64, hint: String| {
        let corners = corners(grid.lattice(), at(position), unit / 2.0);
        svg.polygon(&range.colour(value), &corners, &hint);
    };
    for (k, &height) in matrix.heights.iter().enumerate() {
        let hint = format!("{}: {}", name(grid, k), number(height));
        cell(grid.position(k), height, hint);
    }
    for border in &matrix.borders {
        let (a, b) = (grid.position(border.a), grid.position(border.b));
        // Across the seam of a torus the two stand far apart on paper.
        if (a.0 - b.0).hypot(a.1 - b.1) < 1.01 {
            let middle = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
            let hint = format!(
                "units {} and {}: {}",
                border.a,
                border.b,
                number(border.distance)
            );
            cell(middle, border.distance, hint);
        }
    }
    for (position, value) in crossings(grid, matrix) {
        cell(
            position,
            value,
            format!("mean of the borders around: {}", number(value)),
        );
    }
    axes(&mut svg, grid, (left, top), (width, height));
    bar(
        &mut svg,
        (left + width + 36.0, top + 20.0),
        height.max(100.0) - 20.0,
        range,
        "distance",
    );
    svg.finish()
}

/// On a rectangular map, the places where four units meet: the mean of the borders around.
fn crossings(grid: &Grid, matrix: &UMatrix) -> Vec<((f64, f64), f64)> {
    if grid.lattice() != Lattice::Rectangular {
        return Vec::new();
    }
    let borders: HashMap<(usize, usize), f64> = matrix
        .borders
        .iter()
        .map(|b| ((b.a, b.b), b.distance))
        .collect();
    let columns = grid.columns();
    let mut crossings = Vec::new();
    for k in 0..grid.n_units().saturating_sub(columns) {
        if k % columns + 1 == columns {
            continue;
        }
        let below = k + columns;
        let around = [
            (k, k + 1),
            (k, below),
            (k + 1, below + 1),
            (below, below + 1),
        ];
        let sum: f64 = around.iter().filter_map(|pair| borders.get(pair)).sum();
        let (x, y) = grid.position(k);
        crossings.push(((x + 0.5, y + 0.5), sum / 4.0));
    }
    crossings
}

/// Names the columns and rows.
fn axes(svg: &mut Svg, grid: &Grid, (left, top): (f64, f64), (width, height): (f64, f64)) {
    let caption = format!("columns 0 to {}", grid.columns() - 1);
    svg.text(
        left + width / 2.0,
        top + height + 20.0,
        Anchor::Middle,
        "",
        &caption,
    );
    let caption = format!("rows 0 to {}", grid.rows() - 1);
    svg.upright(left - 18.0, top + height / 2.0, &caption);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::well_formed;
    use mynah::lvq::unsupervised::{Edges, Units};

    fn count_cells(lattice: Lattice, edges: Edges) -> usize {
        let grid = Grid::new(4, 4, lattice, edges).unwrap();
        let units = Units::new(1, (0..16).map(|i| i as f32).collect()).unwrap();
        let drawing = well_formed(draw(&grid, &UMatrix::new(&grid, &units), "U-matrix"));
        assert!(drawing.contains("unit 5 (column 1, row 1): "));
        let bar = 48;
        drawing.matches("<polygon").count() - bar
    }

    #[test]
    fn there_is_a_cell_for_each_unit_and_border() {
        // (2·4 − 1)² with the crossings.
        assert_eq!(count_cells(Lattice::Rectangular, Edges::Bounded), 49);
        assert_eq!(count_cells(Lattice::Rectangular, Edges::Toroidal), 49);
        // 16 units, 12 borders along the rows, 7 between any two rows.
        assert_eq!(
            count_cells(Lattice::Hexagonal, Edges::Bounded),
            16 + 12 + 21
        );
        assert_eq!(
            count_cells(Lattice::Hexagonal, Edges::Toroidal),
            16 + 12 + 21
        );
    }

    #[test]
    fn a_single_unit_is_drawn() {
        let grid = Grid::new(1, 1, Lattice::Hexagonal, Edges::Bounded).unwrap();
        let units = Units::new(1, vec![3.0f32]).unwrap();
        well_formed(draw(&grid, &UMatrix::new(&grid, &units), ""));
    }
}
