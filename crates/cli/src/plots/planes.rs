//! Component planes of a map.

use super::cells::{corners, extent, name, scale};
use super::colour::Range;
use super::svg::{Anchor, Svg};
use super::ticks::number;
use mynah::lvq::unsupervised::Grid;

/// The values of one component over the units of a map.
pub struct Plane {
    /// Name of the component, with its unit if it has one.
    pub name: String,
    /// Its value in every unit, `[n_units]`.
    pub values: Vec<f64>,
}

/// Draws the planes side by side, at most six in a row, each with colours of its own from its least value to its
/// greatest, which stand below it.
///
/// # Panics
/// If a plane has not a value for each unit.
pub fn draw(grid: &Grid, planes: &[Plane], title: &str) -> String {
    const GAP: f64 = 28.0;
    let extent = extent(grid);
    let n_across = planes.len().clamp(1, 6);
    let unit = scale(&extent, (900.0 / n_across as f64).min(320.0));
    let (width, height) = (extent.width * unit, extent.height * unit);
    // Room for a name above and a range below.
    let (step_x, step_y) = (width.max(110.0) + GAP, height + 56.0);
    let n_down = planes.len().div_ceil(n_across);
    let mut svg = Svg::new(
        (32.0 + n_across as f64 * step_x).max(320.0),
        64.0 + n_down as f64 * step_y,
        title,
    );
    for (i, plane) in planes.iter().enumerate() {
        assert_eq!(
            plane.values.len(),
            grid.n_units(),
            "a plane differs from the map"
        );
        let left = 16.0 + (i % n_across) as f64 * step_x;
        let top = 64.0 + (i / n_across) as f64 * step_y;
        svg.text(left, top - 8.0, Anchor::Start, "", &plane.name);
        let range = Range::of(plane.values.iter().copied());
        for (k, &value) in plane.values.iter().enumerate() {
            let (x, y) = grid.position(k);
            let at = (
                left + (x + extent.origin.0) * unit,
                top + (y + extent.origin.1) * unit,
            );
            let hint = format!("{}: {}", name(grid, k), number(value));
            svg.polygon(
                &range.colour(value),
                &corners(grid.lattice(), at, unit),
                &hint,
            );
        }
        legend(
            &mut svg,
            (left, top + height + 8.0),
            width.max(110.0),
            range,
        );
    }
    svg.finish()
}

/// The least value, a flat bar of the colours, the greatest value.
fn legend(svg: &mut Svg, (x, y): (f64, f64), width: f64, range: Range) {
    const STEPS: usize = 16;
    let (bar, step) = (width * 0.4, width * 0.4 / STEPS as f64);
    let left = x + (width - bar) / 2.0;
    for i in 0..STEPS {
        let share = (i as f64 + 0.5) / STEPS as f64;
        let value = range.least + share * (range.greatest - range.least);
        let (from, to) = (left + i as f64 * step, left + (i as f64 + 1.0) * step);
        let corners = [(from, y), (to, y), (to, y + 9.0), (from, y + 9.0)];
        svg.polygon(&range.colour(value), &corners, &number(value));
    }
    svg.text(left - 4.0, y + 9.0, Anchor::End, "", &number(range.least));
    svg.text(
        left + bar + 4.0,
        y + 9.0,
        Anchor::Start,
        "",
        &number(range.greatest),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::well_formed;
    use mynah::lvq::unsupervised::{Edges, Lattice};

    #[test]
    fn each_plane_has_its_cells_name_and_range() {
        for lattice in [Lattice::Rectangular, Lattice::Hexagonal] {
            let grid = Grid::new(3, 2, lattice, Edges::Bounded).unwrap();
            let plane = |i: usize| Plane {
                name: format!("c{i} <dB>"),
                values: (0..6).map(|k| (i * 10 + k) as f64).collect(),
            };
            let planes: Vec<Plane> = (0..8).map(plane).collect();
            let drawing = well_formed(draw(&grid, &planes, "Component planes"));
            assert_eq!(drawing.matches("<polygon").count(), 8 * (6 + 16));
            assert!(drawing.contains(">c7 &lt;dB&gt;<") && drawing.contains(">75.00<"));
        }
    }

    #[test]
    fn no_planes_and_no_values_are_drawn() {
        let grid = Grid::new(1, 1, Lattice::Hexagonal, Edges::Bounded).unwrap();
        well_formed(draw(&grid, &[], "none"));
        let plane = Plane {
            name: "absent".into(),
            values: vec![f64::NAN],
        };
        let drawing = draw(&grid, &[plane], "absent");
        assert!(drawing.contains("fill=\"none\""));
    }
}
