//! What `mynah inspect` tells of a model's inside: its metric, its prototypes, what it looks at; and of vectors.

use std::collections::BTreeMap;
use std::path::Path;

use mynah::lvq::Metric;
use mynah::{Input, Model};
use mynah_corpus::{SplitCounts, VectorSet};
use serde::Serialize;

use super::why::column_name;
use crate::args::{DataOptions, Inspect};
use crate::files::Files;
use crate::models::load;
use crate::plots::heatmap::{Axis, Heatmap, draw as draw_heatmap};
use crate::report::section;
use crate::status::{Skipped, Status, usage};
use crate::{curves, output, splits};

/// Eigenvalues and columns that are named.
const N_SHOWN: usize = 5;

/// One row of `--prototypes`.
#[derive(Serialize)]
pub struct Prototype {
    prototype: usize,
    label: String,
    /// The training clip nearest to it.
    nearest_clip: Option<String>,
    /// Margin from which its answers are given.
    threshold: Option<f64>,
}

/// What the metric is called.
pub fn metric(model: &Model) -> &'static str {
    match model.prototypes().metric() {
        Metric::Euclidean => "euclidean",
        Metric::Relevances(_) => "relevances",
        Metric::Omega { .. } => "matrix",
        Metric::SharedOmega { .. } => "shared matrix",
        Metric::LocalOmegas { .. } => "local matrices",
        _ => "another",
    }
}

/// Every prototype.
pub fn all(model: &Model) -> Vec<Prototype> {
    let thresholds = model.trust().and_then(|trust| trust.thresholds.as_ref());
    let labels = model.prototypes().labels().iter().enumerate();
    labels
        .map(|(prototype, &label)| Prototype {
            prototype,
            label: model.labels()[label as usize].clone(),
            nearest_clip: model.exemplars().get(prototype).cloned(),
            threshold: thresholds.map(|thresholds| thresholds.of(prototype)),
        })
        .collect()
}

/// Metric, trust and, if asked for, the table of prototypes, as lines below a model's card.
pub fn text(model: &Model, with_prototypes: bool) -> String {
    let mut text = String::new();
    if let Some(values) = model.eigenvalues() {
        let shown = values
            .iter()
            .take(N_SHOWN)
            .map(|value| format!("{value:.4}"));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let half = values.iter().scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        });
        let n_most = half.take_while(|&sum| sum < 0.9).count() + 1;
        text += &format!(
            "\neigenvalues {shown}{}; {n_most} of {} make up 90 %",
            if values.len() > N_SHOWN { ", ..." } else { "" },
            values.len()
        );
    }
    if let Some(relevances) = model.relevances() {
        let [_, n_columns] = model.input().layout();
        let mut columns: Vec<(usize, f32)> = (0..n_columns)
            .map(|c| (c, relevances.iter().skip(c).step_by(n_columns).sum()))
            .collect();
        columns.sort_by(|a, b| b.1.total_cmp(&a.1));
        let shown = columns.iter().take(N_SHOWN);
        let shown =
            shown.map(|&(c, share)| format!("{} {:.1} %", column_name(model, c), 100.0 * share));
        text += &format!("\nlooks at    {}", shown.collect::<Vec<_>>().join(", "));
    }
    if let Some(trust) = model.trust() {
        let kind = match &trust.thresholds {
            Some(mynah::lvq::Thresholds::Global(threshold)) => {
                format!("answers from margin {threshold:.3} on")
            }
            Some(_) => "a threshold for each prototype".to_string(),
            None => "no thresholds".to_string(),
        };
        text += &format!(
            "\ntrust       {kind}, probabilities; fitted to {} answers of {}, split {}",
            trust.n, trust.corpus, trust.split
        );
    }
    if let Some(part) = &model.provenance().validated {
        text += &format!("\nvalidated   the epoch with the fewest errors on the part {part}");
    }
    if !model.provenance().added.is_empty() {
        text += &format!("\nadded       {}", model.provenance().added.join(", "));
    }
    if with_prototypes {
        let prototypes = all(model);
        let n = prototypes.len();
        let dash = || "-".to_string();
        let rows = prototypes.into_iter().map(|row| {
            vec![
                row.prototype.to_string(),
                row.label,
                row.threshold.map_or_else(dash, |t| format!("{t:.3}")),
                row.nearest_clip.unwrap_or_else(dash),
            ]
        });
        let header = ["prototype", "label", "threshold", "nearest training clip"];
        text += &format!("\n\n{}", section("prototypes", &header, rows, n).trim_end());
    }
    text
}

/// Draws what a model looks at.
pub fn draw(args: &Inspect, path: &Path) -> anyhow::Result<Status> {
    curves::check(path, &["svg"])?;
    let [input] = &args.inputs[..] else {
        return usage("--relevances draws one model; give one");
    };
    let files = Files::default().read(&args.inputs);
    files.write(&args.relevances).check()?;
    let (model, _) = load(input)?;
    let Some(relevances) = model.relevances() else {
        return usage(format!(
            "{}: its metric is Euclidean, to which every value counts the same; train with --algorithm grlvq, gmlvq or lgmlvq",
            input.display()
        ));
    };
    let names = match model.input() {
        Input::Vectors(vectors) => &vectors.columns[..],
        _ => &[],
    };
    // The columns of a table stand below each other, for the sake of their names.
    let [n_rows, n_columns] = match names {
        [] => model.input().layout(),
        _ => [names.len(), 1],
    };
    let value = |row: usize, column: usize| f64::from(relevances[row * n_columns + column]);
    let is_sound = matches!(model.input(), Input::Audio(_));
    let nothing = [String::new()];
    let from_below: Vec<String> = names.iter().rev().cloned().collect();
    // Time runs to the right, images stand upright.
    let values: Vec<f64> = match is_sound {
        true => (0..n_columns)
            .flat_map(|c| (0..n_rows).map(move |r| value(r, c)))
            .collect(),
        false => (0..n_rows)
            .rev()
            .flat_map(|r| (0..n_columns).map(move |c| value(r, c)))
            .collect(),
    };
    let title = format!("What {} looks at", input.display());
    let axis = |name, unit, first, step| Axis {
        name,
        unit,
        first,
        step,
        names: &[],
    };
    let map = Heatmap {
        title: &title,
        x: match is_sound {
            true => axis("time", "% of the word", 0.0, 100.0 / n_rows as f64),
            false if !names.is_empty() => Axis {
                names: &nothing,
                ..axis("", "", 0.0, 1.0)
            },
            false => axis("column", "", 1.0, 1.0),
        },
        y: match is_sound {
            true => axis("coefficient", "", 0.0, 1.0),
            false if !names.is_empty() => Axis {
                names: &from_below,
                ..axis("", "", 0.0, 1.0)
            },
            false => axis("row", "", n_rows as f64, -1.0),
        },
        value: "relevance",
        n_columns: if is_sound { n_rows } else { n_columns },
        values: &values,
    };
    let drawing = draw_heatmap(&map);
    output::write(path, |out| Ok(out.write_all(drawing.as_bytes())?))?;
    Ok(Status::DONE)
}

#[derive(Serialize)]
struct VectorCard {
    kind: &'static str,
    path: String,
    n_rows: usize,
    shape: Vec<usize>,
    columns: Vec<String>,
    classes: BTreeMap<String, usize>,
    groups: usize,
    splits: SplitCounts,
    n_broken: usize,
}

/// What is in a file of vectors.
pub fn vectors(path: &Path, json: bool, skipped: &mut Skipped) -> anyhow::Result<String> {
    let set = VectorSet::open(path, &DataOptions::default().vectors())?;
    splits::report_problems(&set.corpus, skipped)?;
    let mut classes = BTreeMap::new();
    if set.is_labelled {
        for clip in &set.corpus.clips {
            *classes.entry(clip.label.clone()).or_default() += 1;
        }
    }
    let card = VectorCard {
        kind: "vectors",
        path: path.display().to_string(),
        n_rows: set.corpus.clips.len(),
        shape: set.row_shape.clone(),
        columns: set.columns.clone(),
        classes,
        groups: set.corpus.speakers().len(),
        splits: set.corpus.split_counts(),
        n_broken: set.corpus.n_problems,
    };
    if json {
        return Ok(serde_json::to_string(&card)?);
    }
    let shape: Vec<String> = card.shape.iter().map(usize::to_string).collect();
    let classes: Vec<String> = card
        .classes
        .iter()
        .take(40)
        .map(|(c, n)| format!("{c} {n}"))
        .collect();
    let more = if card.classes.len() > 40 { ", ..." } else { "" };
    let splits = match set.corpus.has_splits() {
        true => format!(
            "train {}, validation {}, test {}, none {}",
            card.splits.train, card.splits.validation, card.splits.test, card.splits.unassigned
        ),
        false => "none; train keeps a fifth of each class back by chance".to_string(),
    };
    Ok(format!(
        "{}: vectors, {} rows of {} values, {} broken\nclasses     {}\ngroups      {}\nsplits      {splits}",
        card.path,
        card.n_rows,
        shape.join(" x "),
        card.n_broken,
        match card.classes.len() {
            0 => "no labels; give them with --labels".to_string(),
            n => format!("{n}: {}{more}", classes.join(", ")),
        },
        card.groups
    ))
}
