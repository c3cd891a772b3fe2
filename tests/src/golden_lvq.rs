//! LVQ1 and GLVQ against reference traces, update by update.

use mynah_lvq::{Activation, Codebook, Glvq, GlvqConfig, Lvq1, schedule};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// The files' own bound for double precision.
const TOLERANCE: f64 = 1e-10;

/// Replays `lvq1.json` and `glvq.json` of the folder `golden` in f64: every decision must be
/// equal, every number within 1e-10 of the scale of the data. Returns a table of the worst
/// difference of each case.
///
/// # Errors
/// The first file, case and step that disagrees, or what is wrong with the file.
pub fn check(golden: &Path) -> Result<String, String> {
    let mut table = format!("{:<24} {:>6} {:>12}\n", "case", "steps", "worst");
    for (name, replay) in [("lvq1.json", lvq1 as Replay), ("glvq.json", glvq)] {
        let path = golden.join(name);
        let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let file: Value = serde_json::from_slice(&text).map_err(|e| format!("{name}: {e}"))?;
        let cases = array(&file, "cases").map_err(|e| format!("{name}: {e}"))?;
        if cases.is_empty() {
            return Err(format!("{name}: no cases"));
        }
        for case in cases {
            let id = case["id"].as_str().unwrap_or("case without id");
            let worst = replay_case(case, replay).map_err(|e| format!("{name}: {id}: {e}"))?;
            let n_steps = array(case, "steps")?.len();
            writeln!(table, "{id:<24} {n_steps:>6} {worst:>12.1e}").map_err(|e| e.to_string())?;
        }
    }
    Ok(table)
}

/// Makes one update of a case and returns (got, expected) of what its step records.
type Replay = fn(&Value, &Value, &mut Codebook<f64>, &[f64], u32, u64) -> Result<Pairs, String>;
type Pairs = Vec<(f64, f64)>;

fn replay_case(case: &Value, replay: Replay) -> Result<f64, String> {
    let samples = array(case, "samples")?
        .iter()
        .map(numbers)
        .collect::<Result<Vec<_>, _>>()?;
    let labels = self::labels(case, "labels")?;
    let prototypes = flat(&case["prototypes"])?;
    let prototype_labels = self::labels(case, "prototype_labels")?;
    let n_classes = labels
        .iter()
        .chain(&prototype_labels)
        .max()
        .map_or(0, |&l| l as usize + 1);
    let dim = samples.first().map_or(0, Vec::len);
    let scale = samples
        .iter()
        .flatten()
        .chain(&prototypes)
        .fold(0.0f64, |m, v| m.max(v.abs()));
    let mut codebook =
        Codebook::new(dim, n_classes, prototypes, prototype_labels).map_err(|e| e.to_string())?;

    let steps = array(case, "steps")?;
    let mut worst = 0.0f64;
    let mut n_compared = 0;
    for (t, step) in steps.iter().enumerate() {
        let (x, label) = (&samples[t % samples.len()], labels[t % samples.len()]);
        let mut pairs = replay(case, step, &mut codebook, x, label, t as u64)
            .map_err(|e| format!("step {t}: {e}"))?;
        if step.get("prototypes").is_some() {
            let expected = flat(&step["prototypes"])?;
            if expected.len() != codebook.prototypes().len() {
                return Err(format!("step {t}: {} prototype values", expected.len()));
            }
            pairs.extend(codebook.prototypes().iter().copied().zip(expected));
            n_compared += 1;
        }
        for (got, expected) in pairs {
            let difference = (got - expected).abs() / scale.max(expected.abs());
            if difference.is_nan() || difference > TOLERANCE {
                return Err(format!("step {t}: {got} should be {expected}"));
            }
            worst = worst.max(difference);
        }
    }
    if n_compared == 0 {
        return Err("no step carries prototypes".into());
    }
    Ok(worst)
}

fn lvq1(
    case: &Value,
    step: &Value,
    codebook: &mut Codebook<f64>,
    x: &[f64],
    label: u32,
    t: u64,
) -> Result<Pairs, String> {
    let alpha0 = number(&case["params"], "alpha0")?;
    let alpha = match case["params"]["schedule"].as_str() {
        Some("linear_to_zero") => schedule::linear(alpha0, t, array(case, "steps")?.len() as u64),
        Some("constant") => alpha0,
        other => return Err(format!("unknown schedule {other:?}")),
    };
    let decision = Lvq1::step(codebook, x, label, alpha);
    same("winner", decision.winner, step)?;
    Ok(vec![(alpha, number(step, "alpha")?)])
}

fn glvq(
    case: &Value,
    step: &Value,
    codebook: &mut Codebook<f64>,
    x: &[f64],
    label: u32,
    _t: u64,
) -> Result<Pairs, String> {
    let activation = &case["params"]["activation"];
    let mut config = GlvqConfig::default();
    config.activation = match activation["f"].as_str() {
        Some("identity") => Activation::Identity,
        Some("sigmoid") => Activation::Sigmoid {
            beta: number(activation, "beta")?,
        },
        other => return Err(format!("unknown activation {other:?}")),
    };
    let glvq = Glvq::new(&config).map_err(|e| e.to_string())?;
    let pair = glvq
        .step(codebook, x, label, number(&case["params"], "alpha")?)
        .ok_or("the codebook lacks a class")?;
    same("plus", pair.plus, step)?;
    same("minus", pair.minus, step)?;
    Ok(vec![
        (pair.d_plus, number(step, "d_plus")?),
        (pair.d_minus, number(step, "d_minus")?),
        (pair.mu(), number(step, "mu")?),
        (config.activation.value(pair.mu()), number(step, "loss")?),
    ])
}

fn same(key: &str, got: usize, step: &Value) -> Result<(), String> {
    match step[key].as_u64() {
        Some(expected) if expected == got as u64 => Ok(()),
        expected => Err(format!("{key} is {got}, should be {expected:?}")),
    }
}

fn array<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], String> {
    value[key]
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("{key} is not an array"))
}

fn number(value: &Value, key: &str) -> Result<f64, String> {
    value[key]
        .as_f64()
        .ok_or_else(|| format!("{key} is not a number"))
}

fn numbers(row: &Value) -> Result<Vec<f64>, String> {
    let row = row.as_array().ok_or("a row is not an array")?;
    row.iter()
        .map(|v| v.as_f64().ok_or_else(|| "a value is not a number".into()))
        .collect()
}

fn flat(rows: &Value) -> Result<Vec<f64>, String> {
    let rows = rows.as_array().ok_or("prototypes are not an array")?;
    Ok(rows
        .iter()
        .map(numbers)
        .collect::<Result<Vec<_>, _>>()?
        .concat())
}

fn labels(case: &Value, key: &str) -> Result<Vec<u32>, String> {
    let label = |v: &Value| v.as_u64().and_then(|l| u32::try_from(l).ok());
    array(case, key)?
        .iter()
        .map(|v| label(v).ok_or_else(|| format!("bad {key}")))
        .collect()
}
