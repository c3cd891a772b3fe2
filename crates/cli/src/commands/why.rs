//! The reasons for an answer, in words and for programs.

use mynah::{Explanation, Input, Model, Witness};
use serde::Serialize;

/// Regions and columns that are named.
const N_SHOWN: usize = 3;
/// Parts that the time of a word is told in.
const N_REGIONS: usize = 8;

/// The reasons, for programs.
#[derive(Serialize)]
pub struct Why {
    winner: Named,
    runner_up_prototype: Option<Named>,
    /// What speaks for the winner, greatest first: parts of the difference of the two distances.
    evidence: Vec<Evidence>,
}

#[derive(Serialize)]
struct Named {
    prototype: usize,
    label: String,
    distance: f32,
    /// The training clip nearest to the prototype.
    nearest_clip: Option<String>,
}

/// Something that spoke for the winner, or against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// A stretch of time, a coefficient, a column, a row of pixels.
    pub what: String,
    /// Its share of the difference of the two distances; negative against the winner.
    pub share: f64,
}

impl Why {
    pub fn new(model: &Model, explanation: &Explanation<'_>) -> Self {
        Self {
            winner: named(&explanation.winner),
            runner_up_prototype: explanation.runner_up.as_ref().map(named),
            evidence: evidence(model, explanation).concat(),
        }
    }
}

fn named(witness: &Witness<'_>) -> Named {
    Named {
        prototype: witness.prototype,
        label: witness.label.to_string(),
        distance: witness.distance,
        nearest_clip: witness.exemplar.map(str::to_string),
    }
}

/// The reasons as lines below an answer.
pub fn text(model: &Model, explanation: &Explanation<'_>) -> String {
    let witness = |what: &str, witness: &Witness<'_>| {
        let clip = witness.exemplar;
        let clip = clip.map_or(String::new(), |clip| format!(", nearest to {clip}"));
        format!(
            "  {what} prototype {} ({}), distance {:.4}{clip}",
            witness.prototype, witness.label, witness.distance
        )
    };
    let mut lines = vec![witness("decided by", &explanation.winner)];
    if let Some(other) = &explanation.runner_up {
        lines.push(witness("against   ", other));
    }
    for group in evidence(model, explanation) {
        let shown: Vec<String> = group
            .iter()
            .map(|evidence| format!("{} {:+.0} %", evidence.what, 100.0 * evidence.share))
            .collect();
        if !shown.is_empty() {
            lines.push(format!("  by         {}", shown.join(", ")));
        }
    }
    lines.join("\n")
}

/// What spoke most: of sound, stretches of its time, then coefficients; of images, rows, then columns; else columns.
fn evidence(model: &Model, explanation: &Explanation<'_>) -> Vec<Vec<Evidence>> {
    let total: f64 = explanation.evidence.iter().map(|&e| f64::from(e)).sum();
    if explanation.evidence.is_empty() || total <= 0.0 {
        return Vec::new();
    }
    let [n_rows, n_columns] = explanation.layout;
    let sum = |values: &mut dyn Iterator<Item = f32>| values.map(f64::from).sum::<f64>() / total;
    let column = |c: usize| {
        sum(&mut explanation
            .evidence
            .iter()
            .skip(c)
            .step_by(n_columns)
            .copied())
    };
    let rows = |from: usize, to: usize| {
        sum(&mut explanation.evidence[from * n_columns..to * n_columns]
            .iter()
            .copied())
    };
    let columns: Vec<Evidence> = (0..n_columns)
        .map(|c| Evidence {
            what: column_name(model, c),
            share: column(c),
        })
        .collect();
    if n_rows == 1 {
        return vec![greatest(columns)];
    }
    let n_regions = N_REGIONS.min(n_rows);
    let regions = (0..n_regions).map(|i| {
        let (from, to) = (i * n_rows / n_regions, (i + 1) * n_rows / n_regions);
        let what = match model.input() {
            Input::Audio(_) => format!(
                "{}-{} % of the word",
                100 * from / n_rows,
                100 * to / n_rows
            ),
            _ => format!("rows {from}-{}", to - 1),
        };
        Evidence {
            what,
            share: rows(from, to),
        }
    });
    vec![greatest(regions.collect()), greatest(columns)]
}

fn greatest(mut all: Vec<Evidence>) -> Vec<Evidence> {
    all.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    all.truncate(N_SHOWN);
    all
}

/// What a column of the vector is called.
pub fn column_name(model: &Model, column: usize) -> String {
    match model.input() {
        Input::Audio(config) => {
            let n = config.mfcc.n_mfcc.max(1);
            match column / n {
                0 => format!("c{column}"),
                order => format!("{}c{}", "Δ".repeat(order), column % n),
            }
        }
        Input::Vectors(vectors) if !vectors.columns.is_empty() => vectors.columns[column].clone(),
        _ => format!("column {}", column + 1),
    }
}
