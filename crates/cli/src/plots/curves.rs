//! Values over the course of a training.

use super::colour::Range;
use super::svg::{Anchor, N_SERIES, Svg};
use super::ticks::Ticks;

/// One line of a chart.
pub struct Series<'a> {
    /// What the legend calls it.
    pub name: &'a str,
    /// Its (x, y), x rising; a point that is not finite breaks the line.
    pub points: &'a [(f64, f64)],
}

/// Draws the series over common axes, whose labels should name their units; a legend stands on the right. Colours
/// repeat after eight.
pub fn draw(title: &str, x_label: &str, y_label: &str, series: &[Series<'_>]) -> String {
    let (left, top, width, height) = (72.0, 48.0, 560.0, 320.0);
    let (right, bottom) = (left + width, top + height);
    let finite = |(x, y): &&(f64, f64)| x.is_finite() && y.is_finite();
    let all = || series.iter().flat_map(|s| s.points).filter(finite);
    let xs = Range::of(all().map(|p| p.0));
    let ys = widened(Range::of(all().map(|p| p.1)));
    let at = |(x, y): (f64, f64)| (left + xs.share(x) * width, bottom - ys.share(y) * height);

    let mut svg = Svg::new(right + 200.0, bottom + 56.0, title);
    let ticks = Ticks::new(ys.least, ys.greatest, 6);
    for &value in &ticks.values {
        let (_, y) = at((xs.least, value));
        svg.line("faint", (left, y), (right, y));
        svg.text(left - 8.0, y + 4.0, Anchor::End, "", &ticks.label(value));
    }
    let ticks = Ticks::new(xs.least, xs.greatest, 8);
    for &value in &ticks.values {
        let (x, _) = at((value, ys.least));
        svg.line("axis", (x, bottom), (x, bottom + 4.0));
        svg.text(x, bottom + 18.0, Anchor::Middle, "", &ticks.label(value));
    }
    svg.line("axis", (left, top), (left, bottom));
    svg.line("axis", (left, bottom), (right, bottom));
    svg.text(
        left + width / 2.0,
        bottom + 40.0,
        Anchor::Middle,
        "",
        x_label,
    );
    svg.upright(20.0, top + height / 2.0, y_label);

    for (i, line) in series.iter().enumerate() {
        let colour = format!("series s{}", i % N_SERIES);
        for run in line.points.split(|point| !finite(&point)) {
            let points: Vec<(f64, f64)> = run.iter().map(|&point| at(point)).collect();
            match points[..] {
                [] => {}
                [alone] => svg.dot(&colour, alone),
                _ => svg.polyline(&colour, &points),
            }
        }
        let y = top + 12.0 + 20.0 * i as f64;
        svg.line(&colour, (right + 20.0, y), (right + 44.0, y));
        svg.text(right + 50.0, y + 4.0, Anchor::Start, "", line.name);
    }
    svg.finish()
}

/// From 0, if the values are near enough to it that the picture would not suffer; a band, if all are equal.
fn widened(mut range: Range) -> Range {
    if range.least > 0.0 && range.least < 0.5 * range.greatest {
        range.least = 0.0;
    }
    if range.least == range.greatest {
        let half = if range.least == 0.0 {
            1.0
        } else {
            range.least.abs() / 2.0
        };
        range = Range {
            least: range.least - half,
            greatest: range.greatest + half,
        };
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::well_formed;

    #[test]
    fn every_series_has_a_line_and_a_name() {
        let errors: Vec<(f64, f64)> = (0..20)
            .map(|e| (f64::from(e), 1.0 / f64::from(e + 1)))
            .collect();
        let gap = [(0.0, 0.5), (1.0, f64::NAN), (2.0, 0.2), (3.0, 0.3)];
        let series = [
            Series {
                name: "train",
                points: &errors,
            },
            Series {
                name: "held out",
                points: &gap,
            },
        ];
        let drawing = well_formed(draw("Training", "epoch", "errors (%)", &series));
        assert_eq!(drawing.matches("<polyline").count(), 2);
        assert_eq!(drawing.matches("<circle").count(), 1);
        for text in [">train<", ">held out<", ">epoch<", ">errors (%)<"] {
            assert!(drawing.contains(text), "{text}");
        }
    }

    #[test]
    fn what_is_flat_or_empty_is_drawn() {
        well_formed(draw("", "x", "y", &[]));
        for y in [0.0, 3.0, -3.0] {
            let points = [(0.0, y), (1.0, y)];
            well_formed(draw(
                "",
                "x",
                "y",
                &[Series {
                    name: "",
                    points: &points,
                }],
            ));
        }
    }
}
