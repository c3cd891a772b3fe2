//! Evaluations as text.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use mynah_eval::{Confusion, Report};

use crate::commands::leave_one_out::Folds;
use crate::dataset::Nouns;
use crate::evaluation::Evaluation;

/// Up to so many words the whole confusion matrix fits a terminal.
const MATRIX_LABELS: usize = 12;
/// Commonest confusions shown otherwise.
const N_CONFUSIONS: usize = 12;
/// Most rows of a table of speakers or words; `--json` has them all.
const N_ROWS: usize = 48;

/// One evaluation: the number, its interval, per word, per speaker, the confusions, what it costs.
pub fn evaluation(evaluation: &Evaluation) -> String {
    let report = &evaluation.report;
    let mut text = summary(evaluation);
    text += &words(report, evaluation.nouns);
    if !report.per_speaker.is_empty() {
        let rows = report.per_speaker.iter().map(|(speaker, score)| {
            vec![
                speaker.clone(),
                score.n.to_string(),
                percent(score.accuracy),
                interval(score.interval),
            ]
        });
        let nouns = evaluation.nouns;
        text += &section(
            nouns.speaker,
            &[nouns.speaker, nouns.clips, "correct %", "95 %"],
            rows,
            report.per_speaker.len(),
        );
    }
    text += &confusions(&report.confusion);
    text += &withheld(evaluation);
    text.truncate(text.trim_end().len());
    text
}

/// Several alignments' folds side by side, a row a speaker; one alone in full.
pub fn folds(runs: &[Folds]) -> String {
    let [first, rest @ ..] = runs else {
        return String::new();
    };
    if rest.is_empty() {
        return format!("align {}\n{}", first.align, evaluation(&first.evaluation));
    }
    let mut header = vec!["speaker", "clips"];
    header.extend(runs.iter().map(|run| run.align.as_str()));
    let speakers = first.evaluation.report.per_speaker.iter();
    let mut rows: Vec<Vec<String>> = speakers
        .map(|(speaker, score)| {
            let mut row = vec![speaker.clone(), score.n.to_string()];
            row.extend(runs.iter().map(|run| {
                let scores = &run.evaluation.report.per_speaker;
                scores
                    .iter()
                    .find(|(name, _)| name == speaker)
                    .map_or(String::new(), |(_, s)| percent(s.accuracy))
            }));
            row
        })
        .collect();
    let mut summary_row = |name: &str, value: &dyn Fn(&Report) -> String| {
        let mut row = vec![name.to_string(), first.evaluation.report.n.to_string()];
        row.extend(runs.iter().map(|run| value(&run.evaluation.report)));
        rows.push(row);
    };
    summary_row("mean of speakers", &|report| {
        report.mean_over_speakers.map_or(String::new(), percent)
    });
    summary_row("all clips", &|report| percent(report.accuracy));
    summary_row("  95 %", &|report| interval(report.interval));
    let n = rows.len();
    section(
        "correct %, each speaker tested by a model trained on the others",
        &header,
        rows.into_iter(),
        n,
    )
}

fn summary(evaluation: &Evaluation) -> String {
    let report = &evaluation.report;
    let nouns = evaluation.nouns;
    let mut text = format!(
        "accuracy {} %, 95 % interval {} ({}): {} of {} {}\n",
        percent(report.accuracy),
        interval(report.interval),
        report.interval_method,
        report.n_correct,
        report.n,
        nouns.clips
    );
    if let Some(mean) = report
        .mean_over_speakers
        .filter(|_| report.per_speaker.len() > 1)
    {
        let _ = writeln!(
            text,
            "mean over {} {} {} %",
            report.per_speaker.len(),
            nouns.speakers,
            percent(mean)
        );
    }
    if evaluation.n_skipped > 0 {
        let _ = writeln!(
            text,
            "{} {} could not be used and are not counted",
            evaluation.n_skipped, nouns.clips
        );
    }
    if let Some(noise) = &evaluation.noise {
        let files = noise.files.join(", ");
        let _ = writeln!(
            text,
            "under every clip {files}, {} dB below it",
            noise.snr_db
        );
    }
    let speed = evaluation.real_time_factor;
    let speed = speed.map(|factor| format!("real-time factor {factor:.5} (reading included), "));
    let _ = writeln!(
        text,
        "{}model {} bytes\n",
        speed.unwrap_or_default(),
        evaluation.model_bytes
    );
    text
}

fn words(report: &Report, nouns: &Nouns) -> String {
    let or_dash = |value: Option<f64>| value.map_or("-".to_string(), percent);
    let rows = report.per_class.iter().map(|(word, score)| {
        vec![
            word.clone(),
            score.n.to_string(),
            or_dash(score.accuracy),
            score.interval.map_or("-".to_string(), interval),
            or_dash(score.precision),
        ]
    });
    let word = match nouns.words {
        "words" => "word",
        _ => "class",
    };
    section(
        word,
        &[word, nouns.clips, "correct %", "95 %", "precision %"],
        rows,
        report.per_class.len(),
    )
}

fn confusions(confusion: &Confusion) -> String {
    let labels = &confusion.labels;
    if labels.len() <= MATRIX_LABELS {
        let header: Vec<&str> = std::iter::once("said \\ heard")
            .chain(labels.iter().map(String::as_str))
            .collect();
        let rows = labels.iter().zip(&confusion.counts).map(|(label, counts)| {
            let shown = counts.iter().map(|&n| {
                if n == 0 {
                    ".".to_string()
                } else {
                    n.to_string()
                }
            });
            std::iter::once(label.clone()).chain(shown).collect()
        });
        return section("confusion", &header, rows, labels.len());
    }
    let mut wrong: Vec<(usize, &str, &str)> = Vec::new();
    for (said, counts) in labels.iter().zip(&confusion.counts) {
        let others = labels
            .iter()
            .zip(counts)
            .filter(|&(heard, &n)| heard != said && n > 0);
        wrong.extend(others.map(|(heard, &n)| (n, said.as_str(), heard.as_str())));
    }
    wrong.sort_by_key(|&(n, said, heard)| (std::cmp::Reverse(n), said, heard));
    let n = wrong.len();
    let rows = wrong
        .into_iter()
        .take(N_CONFUSIONS)
        .map(|(n, said, heard)| vec![said.to_string(), heard.to_string(), n.to_string()]);
    let title = format!("commonest of {n} confusions (the whole matrix: --json)");
    section(
        &title,
        &["said", "heard", "clips"],
        rows,
        n.min(N_CONFUSIONS),
    )
}

/// What withholding uncertain answers does.
fn withheld(evaluation: &Evaluation) -> String {
    let reject = &evaluation.reject;
    let rows = reject.rows.iter().map(|point| {
        vec![
            percent(point.rejected),
            point.n_accepted.to_string(),
            percent(point.accuracy),
            format!("{:.3}", point.threshold),
        ]
    });
    let title = format!(
        "if uncertain answers were withheld (area under the curve {:.4})",
        reject.area
    );
    let header = ["withheld %", "answered", "correct %", "margin from"];
    let mut text = section(&title, &header, rows, reject.rows.len());
    if let Some(by) = &reject.thresholds {
        let _ = writeln!(
            text,
            "the model's thresholds withhold {} of {} answers, {} of them wrong; of the others {} % are right",
            by.n_rejected,
            evaluation.report.n,
            by.n_wrong_rejected,
            by.accuracy.map_or("-".to_string(), percent)
        );
    }
    if let Some(probability) = &evaluation.probability {
        let _ = writeln!(
            text,
            "probabilities: log loss {:.4}, expected calibration error {:.4}",
            probability.log_loss, probability.ece
        );
    }
    text
}

/// A titled table; long ones are cut, and say so.
pub fn section(
    title: &str,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    n_rows: usize,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for row in rows.take(N_ROWS) {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let cut = n_rows.saturating_sub(N_ROWS);
    let more = if cut > 0 {
        format!("... and {cut} more (all: --json)\n")
    } else {
        String::new()
    };
    format!("{title}\n{}\n{more}\n", table.trim_fmt())
}

pub fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

pub fn interval([low, high]: [f64; 2]) -> String {
    format!("{}-{}", percent(low), percent(high))
}
