//! Values as colours.

use super::svg::{Anchor, Svg};
use super::ticks::{Ticks, number};

/// Viridis (van der Walt & Smith 2015): even steps to the eye, the colour-blind and the printer.
const VIRIDIS: [[u8; 3]; 9] = [
    [0x44, 0x01, 0x54],
    [0x47, 0x2d, 0x7b],
    [0x3b, 0x52, 0x8b],
    [0x2c, 0x72, 0x8e],
    [0x21, 0x91, 0x8c],
    [0x28, 0xae, 0x80],
    [0x5e, 0xc9, 0x62],
    [0xad, 0xdc, 0x30],
    [0xfd, 0xe7, 0x25],
];

/// The range of the finite values that colours stand for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Range {
    pub least: f64,
    pub greatest: f64,
}

impl Range {
    /// 0 to 1 if no value is finite.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut range = Self {
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
        };
        for value in values.filter(|value| value.is_finite()) {
            range.least = range.least.min(value);
            range.greatest = range.greatest.max(value);
        }
        if range.least > range.greatest {
            range = Self {
                least: 0.0,
                greatest: 1.0,
            };
        }
        range
    }

    /// Where a value lies, 0 to 1; the middle, if all are equal.
    pub fn share(self, value: f64) -> f64 {
        let width = self.greatest - self.least;
        if width > 0.0 {
            ((value - self.least) / width).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }

    /// Colour of a value; none, if it is not finite.
    pub fn colour(self, value: f64) -> String {
        if value.is_finite() {
            viridis(self.share(value))
        } else {
            "none".into()
        }
    }
}

fn viridis(share: f64) -> String {
    let at = share * (VIRIDIS.len() - 1) as f64;
    let lower = (at as usize).min(VIRIDIS.len() - 2);
    let part = at - lower as f64;
    let mix = |i: usize| {
        let (a, b) = (VIRIDIS[lower][i], VIRIDIS[lower + 1][i]);
        (f64::from(a) * (1.0 - part) + f64::from(b) * part).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

/// An upright bar of the colours, with the values beside it and what they are above it.
pub fn bar(svg: &mut Svg, (x, y): (f64, f64), height: f64, range: Range, label: &str) {
    const STEPS: usize = 48;
    const WIDTH: f64 = 14.0;
    let step = height / STEPS as f64;
    for i in 0..STEPS {
        let share = 1.0 - (i as f64 + 0.5) / STEPS as f64;
        let top = y + i as f64 * step;
        // A little longer than a step, so that no seam shows.
        let bottom = (top + step + 0.5).min(y + height);
        let corners = [(x, top), (x + WIDTH, top), (x + WIDTH, bottom), (x, bottom)];
        let value = range.least + share * (range.greatest - range.least);
        svg.polygon(&viridis(share), &corners, &number(value));
    }
    svg.frame(x, y, WIDTH, height);
    svg.text(x, y - 10.0, Anchor::Start, "", label);
    let ticks = Ticks::new(range.least, range.greatest, 5);
    for &value in &ticks.values {
        let at = y + height * (1.0 - range.share(value));
        svg.line("axis", (x + WIDTH, at), (x + WIDTH + 4.0, at));
        svg.text(
            x + WIDTH + 7.0,
            at + 4.0,
            Anchor::Start,
            "",
            &ticks.label(value),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_run_over_the_range() {
        let range = Range::of([2.0, f64::NAN, -2.0].into_iter());
        assert_eq!(range.colour(-2.0), "#440154");
        assert_eq!(range.colour(0.0), "#21918c");
        assert_eq!(range.colour(2.0), "#fde725");
        assert_eq!(range.colour(f64::NAN), "none");
        assert_eq!(Range::of([3.0].into_iter()).colour(3.0), "#21918c");
        assert_eq!(Range::of(std::iter::empty()).greatest, 1.0);
    }
}
