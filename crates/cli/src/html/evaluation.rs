//! The page of an evaluation.

use super::{Bar, Cell, Clips, Page};
use crate::evaluation::{Answer, Evaluation};
use crate::plots::curves::{self, Series};
use crate::report::{interval, percent};

/// Commonest confusions told apart from the matrix.
const N_CONFUSIONS: usize = 20;

/// Everything that `mynah eval` counts, and recordings of the worst mistakes.
pub fn page(evaluation: &Evaluation, clips: &Clips) -> Page {
    let (report, nouns) = (&evaluation.report, evaluation.nouns);
    let mut page = Page::new(
        &format!(
            "{}: {} % right",
            evaluation.corpus,
            percent(report.accuracy)
        ),
        &format!("split {}, {} {}", evaluation.split, report.n, nouns.clips),
    );
    page.warning(&evaluation.warning());
    page.tiles(&tiles(evaluation));
    if let Some(noise) = &evaluation.noise {
        page.paragraph(&format!(
            "Under every clip {}, {} dB below it.",
            noise.files.join(", "),
            noise.snr_db
        ));
    }
    let word = if nouns.words == "words" {
        "word"
    } else {
        "class"
    };
    page.heading(&format!("By {word}"));
    let or_dash = |value: Option<f64>| value.map_or("-".to_string(), percent);
    let rows: Vec<Vec<Cell>> = report
        .per_class
        .iter()
        .map(|(label, score)| {
            vec![
                Cell::Name(label.clone()),
                Cell::Number(score.n.to_string()),
                Cell::Number(or_dash(score.accuracy)),
                Cell::Number(score.interval.map_or("-".to_string(), interval)),
                bar(score.accuracy, score.interval),
                Cell::Number(or_dash(score.precision)),
            ]
        })
        .collect();
    let header = [word, nouns.clips, "correct %", "95 %", "", "precision %"];
    page.table(
        "share answered right; the line is the 95 % interval (Wilson)",
        &header,
        &rows,
    );
    if !report.per_speaker.is_empty() {
        page.heading(&format!("By {}", nouns.speaker));
        let rows: Vec<Vec<Cell>> = report
            .per_speaker
            .iter()
            .map(|(speaker, score)| {
                vec![
                    Cell::Name(speaker.clone()),
                    Cell::Number(score.n.to_string()),
                    Cell::Number(percent(score.accuracy)),
                    Cell::Number(interval(score.interval)),
                    bar(Some(score.accuracy), Some(score.interval)),
                ]
            })
            .collect();
        let header = [nouns.speaker, nouns.clips, "correct %", "95 %", ""];
        page.table(
            "share answered right; the line is the 95 % interval (Wilson)",
            &header,
            &rows,
        );
    }
    confusions(&mut page, evaluation);
    certainty(&mut page, evaluation);
    if !clips.shown.is_empty() {
        page.heading("Worst mistakes");
        page.paragraph("Wrong answers, the surest first.");
        page.clips(clips);
    }
    page
}

/// Wrong answers, the surest first.
pub fn worst<'a, 'c>(answers: &'a [Answer<'c>]) -> Vec<&'a Answer<'c>> {
    let mut wrong: Vec<&Answer<'c>> = answers.iter().filter(|answer| !answer.is_right()).collect();
    wrong.sort_by(|a, b| b.certainty.total_cmp(&a.certainty));
    wrong
}

fn bar(share: Option<f64>, interval: Option<[f64; 2]>) -> Cell {
    match (share, interval) {
        (Some(share), Some(interval)) => Cell::Bar(Bar {
            share,
            interval,
            is_bad: false,
        }),
        _ => Cell::Number(String::new()),
    }
}

fn tiles(evaluation: &Evaluation) -> Vec<(String, String)> {
    let (report, nouns) = (&evaluation.report, evaluation.nouns);
    let mut tiles = vec![
        (
            format!("{} %", percent(report.accuracy)),
            format!(
                "right: {} of {} {}. 95 % interval {} ({})",
                report.n_correct,
                report.n,
                nouns.clips,
                interval(report.interval),
                report.interval_method
            ),
        ),
        (report.per_class.len().to_string(), nouns.words.to_string()),
    ];
    if let Some(mean) = report
        .mean_over_speakers
        .filter(|_| report.per_speaker.len() > 1)
    {
        tiles.push((
            format!("{} %", percent(mean)),
            format!("mean over {} {}", report.per_speaker.len(), nouns.speakers),
        ));
    }
    tiles.push((
        format!("{:.0} KB", evaluation.model_bytes as f64 / 1000.0),
        "size of the model".to_string(),
    ));
    if let Some(factor) = evaluation.real_time_factor {
        tiles.push((
            format!("{factor:.4}"),
            "real-time factor, reading included".to_string(),
        ));
    }
    if evaluation.n_skipped > 0 {
        tiles.push((
            evaluation.n_skipped.to_string(),
            format!("{} that could not be used and are not counted", nouns.clips),
        ));
    }
    tiles
}

fn confusions(page: &mut Page, evaluation: &Evaluation) {
    let confusion = &evaluation.report.confusion;
    page.heading("Confusions");
    page.confusion(&confusion.labels, &confusion.counts);
    let mut wrong: Vec<(usize, &str, &str)> = Vec::new();
    for (said, counts) in confusion.labels.iter().zip(&confusion.counts) {
        let others = confusion
            .labels
            .iter()
            .zip(counts)
            .filter(|&(heard, &n)| heard != said && n > 0);
        wrong.extend(others.map(|(heard, &n)| (n, said.as_str(), heard.as_str())));
    }
    if wrong.is_empty() {
        return;
    }
    wrong.sort_by_key(|&(n, said, heard)| (std::cmp::Reverse(n), said, heard));
    let row = |&(n, said, heard): &(usize, &str, &str)| {
        vec![
            Cell::Name(said.to_string()),
            Cell::Name(heard.to_string()),
            Cell::Number(n.to_string()),
        ]
    };
    let rows: Vec<Vec<Cell>> = wrong.iter().take(N_CONFUSIONS).map(row).collect();
    page.table(
        &format!("commonest of {}", wrong.len()),
        &["said", "heard", evaluation.nouns.clips],
        &rows,
    );
}

fn certainty(page: &mut Page, evaluation: &Evaluation) {
    let curve = &evaluation.reject.curve;
    if curve.points.len() < 2 {
        return;
    }
    page.heading("If uncertain answers were withheld");
    let point = |p: &mynah_eval::RejectPoint| (100.0 * p.rejected, 100.0 * p.accuracy);
    let points: Vec<(f64, f64)> = curve.points.iter().map(point).collect();
    let series = [Series {
        name: "accuracy",
        points: &points,
    }];
    page.drawing(&curves::draw(
        "Accuracy as uncertain answers are withheld",
        "withheld (%)",
        "right answers (%)",
        &series,
    ));
    if let Some(by) = &evaluation.reject.thresholds {
        page.paragraph(&format!(
            "The model's thresholds withhold {} of {} answers, {} of them wrong; of the others {} % are right.",
            by.n_rejected,
            evaluation.report.n,
            by.n_wrong_rejected,
            by.accuracy.map_or("-".to_string(), percent)
        ));
    }
}
