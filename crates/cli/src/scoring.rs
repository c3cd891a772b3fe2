//! A test of a spotter as text, curve and table.

use std::fmt::Write as _;
use std::path::Path;

use mynah_eval::{AtRate, DetPoint, SpottingReport, WordsScore};

use crate::curves::is_svg;
use crate::output;
use crate::plots::det;
use crate::report::{interval, percent, section};

/// The number, its intervals, at which rates, per keyword, level and speaker.
pub fn text(report: &SpottingReport) -> String {
    let mut text = summary(report);
    text += "\n";
    text += &rates(report);
    let or_dash = |value: Option<f64>| value.map_or("-".to_string(), |rate| format!("{rate:.2}"));
    let keywords = report.per_keyword.iter().map(|(keyword, score)| {
        let mut row = words(keyword, &score.words);
        row.extend([
            score.n_false_alarms.to_string(),
            or_dash(score.false_alarms_per_hour),
            score.false_alarm_interval.map_or("-".to_string(), per_hour),
            score.n_substitutions.to_string(),
        ]);
        row
    });
    let header = [
        "keyword",
        "words",
        "missed",
        "miss %",
        "95 %",
        "false alarms",
        "per hour",
        "95 %",
        "substitutions",
    ];
    text += &section("keyword", &header, keywords, report.per_keyword.len());
    for (title, rows) in [
        ("snr (dB)", &report.per_snr),
        ("speaker", &report.per_speaker),
    ] {
        if !rows.is_empty() {
            let lines = rows.iter().map(|(key, score)| words(key, score));
            text += &section(
                title,
                &[title, "words", "missed", "miss %", "95 %"],
                lines,
                rows.len(),
            );
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// What was counted, in a few sentences.
pub fn summary(report: &SpottingReport) -> String {
    let (misses, alarms) = (&report.misses, &report.false_alarms);
    let mut text = format!(
        "{:.3} h in {} stream{}, of which {:.3} h outside words; {} words, {} events {}\n",
        report.hours,
        report.n_streams,
        if report.n_streams == 1 { "" } else { "s" },
        alarms.hours,
        misses.n,
        report.n_events,
        match report.threshold {
            Some(threshold) => format!("that score {threshold} or more"),
            None => "that the engine acted on".to_string(),
        }
    );
    let _ = match (misses.rate, misses.interval) {
        (Some(rate), Some(range)) => writeln!(
            text,
            "missed {} of {} words: {} %, 95 % interval {} ({})",
            misses.n_missed,
            misses.n,
            percent(rate),
            interval(range),
            misses.interval_method
        ),
        _ => writeln!(text, "no words, so nothing can be missed"),
    };
    let _ = match (alarms.per_hour, alarms.interval) {
        (Some(rate), Some(range)) => writeln!(
            text,
            "false alarms {}: {rate:.2} per hour, 95 % interval {} (exact Poisson){}",
            alarms.n,
            per_hour(range),
            alarms.bootstrap.map_or(String::new(), |range| format!(
                ", {} ({} stretches drawn anew)",
                per_hour(range),
                alarms.n_stretches
            ))
        ),
        _ => writeln!(text, "no time outside words, so no rate of false alarms"),
    };
    let _ = writeln!(
        text,
        "substitutions {} (another keyword in the window of a word), {} further firings in words already hit, which count as nothing",
        report.n_substitutions, report.n_extra
    );
    text
}

fn rates(report: &SpottingReport) -> String {
    if report.at_rates.is_empty() {
        return "no score in some events, so no threshold can be moved: no curve and no misses at other rates of false alarms\n\n".to_string();
    }
    let rows = report.at_rates.iter().map(|at| {
        let mut row = rate_cells(at);
        if at.point.is_none() || at.remark.is_some() {
            row[0] += " *";
        }
        row
    });
    let title = "misses at a rate of false alarms, the threshold moved";
    let mut text = section(title, &RATE_HEADER, rows, report.at_rates.len());
    let remarks = report
        .at_rates
        .iter()
        .filter_map(|at| Some((at.rate, at.remark.as_ref()?)));
    let remarks: Vec<String> = remarks
        .map(|(rate, remark)| format!("* {rate} per hour {remark}\n"))
        .collect();
    if !remarks.is_empty() {
        text.truncate(text.trim_end().len());
        text = format!("{text}\n{}\n", remarks.concat());
    }
    text
}

/// Heads of [`rate_cells`].
pub const RATE_HEADER: [&str; 8] = [
    "per hour, at most",
    "miss %",
    "95 %",
    "missed",
    "false alarms",
    "per hour",
    "95 %",
    "threshold",
];

/// One operating point, as texts.
pub fn rate_cells(at: &AtRate) -> Vec<String> {
    let rate = match at.rate {
        0.0 => "none at all".to_string(),
        rate => rate.to_string(),
    };
    let Some(point) = &at.point else {
        let nothing = (0..7).map(|_| "-".to_string());
        return std::iter::once(rate).chain(nothing).collect();
    };
    vec![
        rate,
        point.miss.map_or("-".to_string(), percent),
        at.miss_interval.map_or("-".to_string(), interval),
        point.n_missed.to_string(),
        point.n_false_alarms.to_string(),
        point
            .false_alarms_per_hour
            .map_or("-".to_string(), |rate| format!("{rate:.2}")),
        at.false_alarm_interval.map_or("-".to_string(), per_hour),
        point
            .threshold
            .map_or("above all".to_string(), |at| format!("{at:.4}")),
    ]
}

/// A row of words, as texts.
pub fn words(key: &str, score: &WordsScore) -> Vec<String> {
    vec![
        key.to_string(),
        score.n.to_string(),
        score.n_missed.to_string(),
        score.miss.map_or("-".to_string(), percent),
        score.miss_interval.map_or("-".to_string(), interval),
    ]
}

/// An interval of a rate.
pub fn per_hour([low, high]: [f64; 2]) -> String {
    format!("{low:.2}-{high:.2}")
}

/// Writes the curve as a drawing or, by the ending of the file, a table.
pub fn write_det(path: &Path, report: &SpottingReport) -> anyhow::Result<()> {
    let text = match is_svg(path) {
        true => det::draw(&report.det, report.misses.n, report.false_alarms.hours),
        false => table(&report.det),
    };
    output::write(path, |out| Ok(out.write_all(text.as_bytes())?))
}

fn table(det: &[DetPoint]) -> String {
    let mut text = "threshold,n_missed,miss,n_false_alarms,false_alarms_per_hour,n_substitutions\n"
        .to_string();
    let cell = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for point in det {
        let _ = writeln!(
            text,
            "{},{},{},{},{},{}",
            cell(point.threshold),
            point.n_missed,
            cell(point.miss),
            point.n_false_alarms,
            cell(point.false_alarms_per_hour),
            point.n_substitutions
        );
    }
    text
}
