//! A matrix of values, for example relevances over time and coefficient.

use super::colour::{Range, bar};
use super::label;
use super::svg::{Anchor, Svg};
use super::ticks::{Ticks, number};

/// What the columns or the rows of a heat map stand for: the i-th for `first` + i · `step`.
pub struct Axis<'a> {
    /// For example "time".
    pub name: &'a str,
    /// For example "ms"; may be empty.
    pub unit: &'a str,
    /// Value of the first column or row.
    pub first: f64,
    /// From one to the next; not 0.
    pub step: f64,
    /// Of each column or row, in place of the values; may be none.
    pub names: &'a [String],
}

impl Axis<'_> {
    /// What cell `i` stands for.
    fn place(&self, i: usize) -> String {
        match self.names.get(i) {
            Some(name) => name.clone(),
            None => {
                let at = number(self.first + self.step * i as f64);
                format!("{} {at} {}", self.name, self.unit)
                    .trim_end()
                    .to_string()
            }
        }
    }
}

/// A matrix to draw, row by row, `[n_rows × n_columns]`; row 0 is the lowest.
pub struct Heatmap<'a> {
    /// Above all.
    pub title: &'a str,
    /// What the columns are.
    pub x: Axis<'a>,
    /// What the rows are.
    pub y: Axis<'a>,
    /// Name of the values, for example "relevance".
    pub value: &'a str,
    /// Columns in a row.
    pub n_columns: usize,
    /// The values.
    pub values: &'a [f64],
}

/// Draws a matrix; a value that is not finite leaves a hole.
///
/// # Panics
/// If the values are not whole rows.
pub fn draw(map: &Heatmap<'_>) -> String {
    let n_columns = map.n_columns.max(1);
    assert!(
        map.values.len().is_multiple_of(n_columns),
        "rows are not whole"
    );
    let n_rows = (map.values.len() / n_columns).max(1);
    let cell = |n: usize, length: f64| (length / n as f64).clamp(1.5, 28.0);
    let (cell_x, cell_y) = (cell(n_columns, 640.0), cell(n_rows, 360.0));
    let (width, height) = (n_columns as f64 * cell_x, n_rows as f64 * cell_y);
    let longest = map.y.names.iter().map(|name| name.chars().count()).max();
    let (left, top) = (64.0 + 6.0 * longest.unwrap_or(0) as f64, 48.0);
    let bottom = top + height;
    let range = Range::of(map.values.iter().copied());

    let mut svg = Svg::new(
        (left + width + 150.0).max(320.0),
        top + height.max(120.0) + 56.0,
        map.title,
    );
    for (i, &value) in map.values.iter().enumerate() {
        let (column, row) = (i % n_columns, i / n_columns);
        let (x, y) = (left + column as f64 * cell_x, bottom - row as f64 * cell_y);
        let corners = [
            (x, y - cell_y),
            (x + cell_x, y - cell_y),
            (x + cell_x, y),
            (x, y),
        ];
        let place = [map.x.place(column), map.y.place(row)].join(", ");
        let place = place.trim_start_matches(", ");
        let hint = format!("{place}: {} {}", map.value, number(value));
        svg.polygon(&range.colour(value), &corners, &hint);
    }
    svg.frame(left, top, width, height);
    for (i, text) in ticks(&map.x, n_columns, width) {
        let x = left + (i + 0.5) * cell_x;
        svg.line("axis", (x, bottom), (x, bottom + 4.0));
        svg.text(x, bottom + 18.0, Anchor::Middle, "", &text);
    }
    for (i, text) in ticks(&map.y, n_rows, height) {
        let y = bottom - (i + 0.5) * cell_y;
        svg.line("axis", (left - 4.0, y), (left, y));
        svg.text(left - 8.0, y + 4.0, Anchor::End, "", &text);
    }
    let middle = left + width / 2.0;
    svg.text(
        middle,
        bottom + 38.0,
        Anchor::Middle,
        "",
        &label(map.x.name, map.x.unit),
    );
    svg.upright(20.0, top + height / 2.0, &label(map.y.name, map.y.unit));
    bar(
        &mut svg,
        (left + width + 28.0, top + 20.0),
        height.max(100.0) - 20.0,
        range,
        map.value,
    );
    svg.finish()
}

/// Names, or round values, on an axis of `n` cells and `length` pixels: where they lie, counted in cells, and what they say.
fn ticks(axis: &Axis<'_>, n: usize, length: f64) -> Vec<(f64, String)> {
    if !axis.names.is_empty() {
        return (0..n).map(|i| (i as f64, axis.place(i))).collect();
    }
    let last = axis.first + axis.step * (n - 1) as f64;
    let (least, greatest) = (axis.first.min(last), axis.first.max(last));
    let n_ticks = (length / 60.0).clamp(1.0, 10.0) as usize;
    let ticks = Ticks::new(least, greatest, n_ticks);
    let place = |&value: &f64| ((value - axis.first) / axis.step, ticks.label(value));
    ticks.values.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::well_formed;

    fn map(n_columns: usize, values: &[f64]) -> String {
        well_formed(draw(&Heatmap {
            title: "Relevances",
            x: Axis {
                name: "time",
                unit: "ms",
                first: 0.0,
                step: 10.0,
                names: &[],
            },
            y: Axis {
                name: "coefficient",
                unit: "",
                first: 1.0,
                step: 1.0,
                names: &[],
            },
            value: "relevance",
            n_columns,
            values,
        }))
    }

    #[test]
    fn every_value_has_a_cell_that_names_it() {
        let values: Vec<f64> = (0..60).map(f64::from).collect();
        let drawing = map(20, &values);
        assert_eq!(drawing.matches("<polygon").count(), 60 + 48);
        assert!(drawing.contains("time 30.00 ms, coefficient 2.000: relevance 23.00"));
        assert!(drawing.contains(">time (ms)<") && drawing.contains(">coefficient<"));
    }

    #[test]
    fn one_value_and_none_are_drawn() {
        map(1, &[4.0]);
        map(3, &[]);
    }
}
