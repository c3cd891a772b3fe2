//! The page of a spotter's test.

use mynah_eval::{SpottingReport, WordsScore};

use super::{Bar, Cell, Clips, Page};
use crate::plots::det;
use crate::report::{interval, percent};
use crate::scoring::{RATE_HEADER, per_hour, rate_cells, summary, words};

/// Everything that `mynah score` counts; recordings of false alarms and of words missed.
pub fn page(report: &SpottingReport, title: &str, alarms: &Clips, missed: &Clips) -> Page {
    let mut page = Page::new(title, &summary(report));
    page.tiles(&tiles(report));
    if !report.at_rates.is_empty() {
        page.heading("Misses at a rate of false alarms");
        let rows: Vec<Vec<Cell>> = report
            .at_rates
            .iter()
            .map(|at| named(rate_cells(at)))
            .collect();
        page.table(
            "the threshold moved; intervals are 95 % (Wilson over words, exact Poisson)",
            &RATE_HEADER,
            &rows,
        );
        for at in &report.at_rates {
            if let Some(remark) = &at.remark {
                page.paragraph(&format!("{} per hour: {remark}.", at.rate));
            }
        }
        page.drawing(&det::draw(
            &report.det,
            report.misses.n,
            report.false_alarms.hours,
        ));
    }
    page.heading("By keyword");
    let rows: Vec<Vec<Cell>> = report
        .per_keyword
        .iter()
        .map(|(keyword, score)| {
            let mut row = row(keyword, &score.words);
            row.extend([
                Cell::Number(score.n_false_alarms.to_string()),
                Cell::Number(
                    score
                        .false_alarms_per_hour
                        .map_or("-".to_string(), |rate| format!("{rate:.2}")),
                ),
                Cell::Number(score.false_alarm_interval.map_or("-".to_string(), per_hour)),
                Cell::Number(score.n_substitutions.to_string()),
            ]);
            row
        })
        .collect();
    let header = [
        "keyword",
        "words",
        "missed",
        "miss %",
        "95 %",
        "",
        "false alarms",
        "per hour",
        "95 %",
        "substitutions",
    ];
    page.table(
        "misses over words (Wilson), false alarms over the hours outside words (exact Poisson)",
        &header,
        &rows,
    );
    for (heading, key, scores) in [
        ("By level above the background", "snr (dB)", &report.per_snr),
        ("By speaker", "speaker", &report.per_speaker),
    ] {
        if !scores.is_empty() {
            page.heading(heading);
            let rows: Vec<Vec<Cell>> = scores.iter().map(|(key, score)| row(key, score)).collect();
            page.table(
                "share missed; the line is the 95 % interval (Wilson)",
                &[key, "words", "missed", "miss %", "95 %", ""],
                &rows,
            );
        }
    }
    for (heading, about, clips) in [
        (
            "False alarms",
            "The surest first; a second and a half before the event and half a second after it.",
            alarms,
        ),
        ("Words missed", "With half a second on either side.", missed),
    ] {
        if !clips.shown.is_empty() {
            page.heading(heading);
            page.paragraph(about);
            page.clips(clips);
        }
    }
    page.heading("How it is counted");
    page.paragraph(
        "Firings of one keyword close together are one event, at the time of the first. An event from a word's start to shortly after its end is a hit; \
         further ones there count as nothing. Another keyword's event there is a substitution, counted by word. Every other event is a false alarm, over the \
         hours outside all words' windows.",
    );
    page
}

fn tiles(report: &SpottingReport) -> Vec<(String, String)> {
    let (misses, alarms) = (&report.misses, &report.false_alarms);
    let mut tiles = Vec::new();
    if let (Some(rate), Some(range)) = (misses.rate, misses.interval) {
        tiles.push((
            format!("{} %", percent(rate)),
            format!(
                "missed: {} of {} words. 95 % interval {} ({})",
                misses.n_missed,
                misses.n,
                interval(range),
                misses.interval_method
            ),
        ));
    }
    if let (Some(rate), Some(range)) = (alarms.per_hour, alarms.interval) {
        tiles.push((
            format!("{rate:.2}"),
            format!(
                "false alarms per hour: {}. 95 % interval {} (exact Poisson)",
                alarms.n,
                per_hour(range)
            ),
        ));
    }
    tiles.push((
        format!("{:.2} h", report.hours),
        format!("of sound, {:.2} h outside words", alarms.hours),
    ));
    tiles.push((
        report.n_substitutions.to_string(),
        "substitutions: another keyword in the window of a word".to_string(),
    ));
    tiles
}

fn named(cells: Vec<String>) -> Vec<Cell> {
    let mut cells = cells.into_iter();
    let name = cells.next().map(Cell::Name);
    name.into_iter().chain(cells.map(Cell::Number)).collect()
}

fn row(key: &str, score: &WordsScore) -> Vec<Cell> {
    let mut row = named(words(key, score));
    row.push(match (score.miss, score.miss_interval) {
        (Some(share), Some(interval)) => Cell::Bar(Bar {
            share,
            interval,
            is_bad: true,
        }),
        _ => Cell::Number(String::new()),
    });
    row
}
