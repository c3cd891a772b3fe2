//! Misses against false alarms on the axes of normal deviates.

use mynah_eval::{DetPoint, normal_deviate};

use super::svg::{Anchor, Svg};

const MISSES: [f64; 13] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95,
];
const PER_HOUR: [f64; 13] = [
    0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0,
];
/// Rates at which misses are told.
const MARKED: [f64; 4] = [0.1, 0.5, 1.0, 5.0];

/// Draws the curve of a test of `n_words` over `hours`. Each second is one occasion for a false alarm, as NIST has it for terms spotted in speech, so
/// that the axis of false alarms is the deviate of their number over seconds. A count of 0 lies half an event from the edge.
pub fn draw(det: &[DetPoint], n_words: usize, hours: f64) -> String {
    let (left, top, size) = (72.0, 48.0, 400.0);
    let (right, bottom) = (left + size, top + size);
    let deviate_of = |per_hour: f64| normal_deviate((per_hour / 3600.0).clamp(1e-9, 1.0 - 1e-9));
    let half = |n: usize| 0.5 / n.max(1) as f64;
    let least_rate = 0.5 / hours.max(1e-9);
    let rate = |point: &DetPoint| point.false_alarms_per_hour.map(|rate| rate.max(least_rate));
    let miss = |point: &DetPoint| {
        point
            .miss
            .map(|miss| miss.clamp(half(n_words), 1.0 - half(n_words)))
    };
    let points: Vec<(f64, f64)> = det
        .iter()
        .filter_map(|p| Some((rate(p)?, miss(p)?)))
        .collect();

    let widest = |values: &[f64], found: [f64; 2], usual: [f64; 2]| {
        let low = values
            .iter()
            .rfind(|&&v| v <= found[0].min(usual[0]))
            .unwrap_or(&values[0]);
        let high = values
            .iter()
            .find(|&&v| v >= found[1].max(usual[1]))
            .unwrap_or(&values[values.len() - 1]);
        [*low, *high]
    };
    let extent = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        [low, values.iter().copied().fold(0.0, f64::max)]
    };
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let x_range = widest(&PER_HOUR, extent(&xs), [0.1, 5.0]);
    let y_range = widest(&MISSES, extent(&ys), [0.02, 0.4]);
    let along = |[low, high]: [f64; 2], value: f64| ((value - low) / (high - low)).clamp(0.0, 1.0);
    let x_ends = x_range.map(deviate_of);
    let y_ends = y_range.map(normal_deviate);
    let x_at = |per_hour: f64| left + size * along(x_ends, deviate_of(per_hour));
    let y_at = |miss: f64| bottom - size * along(y_ends, normal_deviate(miss));

    let mut svg = Svg::new(
        right + 40.0,
        bottom + 56.0,
        "Misses against false alarms (DET)",
    );
    for value in MISSES
        .into_iter()
        .filter(|v| (y_range[0]..=y_range[1]).contains(v))
    {
        let y = y_at(value);
        svg.line("faint", (left, y), (right, y));
        let percent = (1e3 * value).round() / 10.0;
        svg.text(left - 8.0, y + 4.0, Anchor::End, "", &percent.to_string());
    }
    for value in PER_HOUR
        .into_iter()
        .filter(|v| (x_range[0]..=x_range[1]).contains(v))
    {
        let x = x_at(value);
        svg.line(
            if MARKED.contains(&value) {
                "axis"
            } else {
                "faint"
            },
            (x, bottom),
            (x, bottom + 4.0),
        );
        svg.line("faint", (x, top), (x, bottom));
        svg.text(x, bottom + 18.0, Anchor::Middle, "", &value.to_string());
    }
    svg.frame(left, top, size, size);
    svg.text(
        left + size / 2.0,
        bottom + 40.0,
        Anchor::Middle,
        "",
        "false alarms per hour",
    );
    svg.upright(20.0, top + size / 2.0, "missed (%)");
    let line: Vec<(f64, f64)> = points
        .iter()
        .map(|&(rate, miss)| (x_at(rate), y_at(miss)))
        .collect();
    match line[..] {
        [] => {}
        [alone] => svg.dot("series s0", alone),
        _ => svg.polyline("series s0", &stairs(&line)),
    }
    svg.finish()
}

/// From one threshold to the next nothing lies between: along the misses first, then down.
fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut steps = vec![points[0]];
    for pair in points.windows(2) {
        let ((_, y), next) = (pair[0], pair[1]);
        steps.push((next.0, y));
        steps.push(next);
    }
    steps.dedup();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::well_formed;
    use mynah_eval::{Firing, SpokenWord, Spotting, SpottingConfig};

    #[test]
    fn curves_of_any_test_are_drawn() {
        let word = |start: f64| SpokenWord {
            stream: 0,
            keyword: "go",
            start,
            end: start + 0.5,
            speaker: None,
            snr_db: None,
        };
        let words: Vec<SpokenWord<'_>> = (0..20).map(|i| word(60.0 * f64::from(i))).collect();
        let firing = |i: i32| Firing {
            stream: 0,
            time: 30.0 * f64::from(i) + 0.3,
            keyword: "go",
            score: Some(f64::from(i * 7 % 11)),
            is_fired: true,
        };
        let firings: Vec<Firing<'_>> = (0..40).map(firing).collect();
        let config = SpottingConfig::default();
        for (words, firings) in [
            (&words[..], &firings[..]),
            (&words[..], &[]),
            (&[], &firings[..]),
            (&[], &[]),
        ] {
            let spotting = Spotting::new(&config, &[3600.0], words, firings).unwrap();
            let drawing = draw(
                &spotting.det().unwrap(),
                words.len(),
                spotting.false_alarm_hours(),
            );
            let drawing = well_formed(drawing);
            assert!(drawing.contains("false alarms per hour"));
            assert_eq!(
                drawing.contains("polyline"),
                !words.is_empty() && !firings.is_empty()
            );
        }
    }
}
