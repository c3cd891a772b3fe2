//! What the replays of learning rules share: reading a case, comparing numbers.

use mynah_lvq::{Codebook, schedule};
use serde_json::Value;

/// The files' own bound for double precision.
const TOLERANCE: f64 = 1e-10;

/// Labelled samples and the codebook they start from.
pub(crate) struct Case<'a> {
    pub(crate) json: &'a Value,
    samples: Vec<Vec<f64>>,
    labels: Vec<u32>,
    pub(crate) codebook: Codebook<f64>,
    pub(crate) steps: &'a [Value],
    pub(crate) compared: Compared,
}

impl<'a> Case<'a> {
    pub(crate) fn read(json: &'a Value) -> Result<Self, String> {
        let samples = array(json, "samples")?;
        let samples: Vec<Vec<f64>> = samples.iter().map(numbers).collect::<Result<_, _>>()?;
        let labels = self::labels(json, "labels")?;
        let prototypes = flat(&json["prototypes"])?;
        let of_prototypes = self::labels(json, "prototype_labels")?;
        let greatest = labels.iter().chain(&of_prototypes).max();
        let n_classes = greatest.map_or(0, |&label| label as usize + 1);
        let dim = samples.first().map_or(0, Vec::len);
        if labels.len() != samples.len() || samples.iter().any(|x| x.len() != dim) {
            return Err("samples and labels do not fit".into());
        }
        let values = samples.iter().flatten().chain(&prototypes);
        let compared = Compared {
            scale: values.fold(0.0f64, |m, v| m.max(v.abs())),
            worst: 0.0,
            n_codebooks: 0,
        };
        let codebook = Codebook::new(dim, n_classes, prototypes, of_prototypes);
        Ok(Self {
            json,
            samples,
            labels,
            codebook: codebook.map_err(|e| e.to_string())?,
            steps: array(json, "steps")?,
            compared,
        })
    }

    /// The sample of step `t`, and its label.
    pub(crate) fn sample(&self, t: usize) -> (Vec<f64>, u32) {
        let i = t % self.samples.len();
        (self.samples[i].clone(), self.labels[i])
    }

    pub(crate) fn parameter(&self, key: &str) -> Result<f64, String> {
        number(&self.json["params"], key)
    }

    /// The rate of step `t` by the case's schedule.
    pub(crate) fn rate(&self, t: usize) -> Result<f64, String> {
        let first = self.parameter("alpha0")?;
        match self.json["params"]["schedule"].as_str() {
            Some("linear_to_zero") => {
                Ok(schedule::linear(first, t as u64, self.steps.len() as u64))
            }
            Some("constant") => Ok(first),
            other => Err(format!("unknown schedule {other:?}")),
        }
    }

    /// Replays the case: `one` makes the update of a step on the codebook and returns (got,
    /// expected) of what the step records; prototypes and metric are compared here.
    pub(crate) fn replay(
        mut self,
        mut one: impl FnMut(&mut Self, usize, &'a Value) -> Result<Vec<(f64, f64)>, String>,
    ) -> Result<(usize, f64), String> {
        for (t, step) in self.steps.iter().enumerate() {
            let fail = |e| format!("step {t}: {e}");
            let pairs = one(&mut self, t, step).map_err(fail)?;
            self.compared.numbers(pairs).map_err(fail)?;
            let has_codebook = step.get("prototypes").is_some();
            if has_codebook {
                let expected = flat(&step["prototypes"]).map_err(fail)?;
                let got = self.codebook.prototypes();
                self.compared
                    .all("prototypes", got, &expected)
                    .map_err(fail)?;
                self.compared.n_codebooks += 1;
            }
            for key in ["relevances", "omega", "omegas"] {
                if step.get(key).is_some() {
                    let expected = flat(&step[key]).map_err(fail)?;
                    let got = self.codebook.metric().values();
                    self.compared.all(key, got, &expected).map_err(fail)?;
                } else if has_codebook && self.json.get(key).is_some() {
                    return Err(fail(format!("{key} is learnt, but its trace is absent")));
                }
            }
        }
        if self.compared.n_codebooks == 0 {
            return Err("no step carries prototypes".into());
        }
        Ok((self.steps.len(), self.compared.worst))
    }
}

/// Numbers compared so far.
pub(crate) struct Compared {
    /// Greatest value of the data: what prototypes are compared relative to at least.
    scale: f64,
    worst: f64,
    n_codebooks: usize,
}

impl Compared {
    /// Rates, costs, distances, values of a metric: relative to the expected, at least to 1.
    pub(crate) fn numbers(&mut self, pairs: Vec<(f64, f64)>) -> Result<(), String> {
        self.relative_to(1.0, pairs)
    }

    fn relative_to(&mut self, scale: f64, pairs: Vec<(f64, f64)>) -> Result<(), String> {
        for (got, expected) in pairs {
            let difference = (got - expected).abs() / scale.max(expected.abs());
            if difference.is_nan() || difference > TOLERANCE {
                return Err(format!("{got} should be {expected}"));
            }
            self.worst = self.worst.max(difference);
        }
        Ok(())
    }

    pub(crate) fn all(&mut self, what: &str, got: &[f64], expected: &[f64]) -> Result<(), String> {
        if got.len() != expected.len() {
            return Err(format!(
                "{what}: {} values, not {}",
                got.len(),
                expected.len()
            ));
        }
        let pairs = got.iter().copied().zip(expected.iter().copied());
        let scale = match what {
            "prototypes" => self.scale,
            _ => 1.0,
        };
        self.relative_to(scale, pairs.collect())
            .map_err(|e| format!("{what}: {e}"))
    }
}

pub(crate) fn same(key: &str, got: usize, step: &Value) -> Result<(), String> {
    match step[key].as_u64() {
        Some(expected) if expected == got as u64 => Ok(()),
        expected => Err(format!("{key} is {got}, should be {expected:?}")),
    }
}

pub(crate) fn array<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], String> {
    let items = value[key].as_array().map(Vec::as_slice);
    items.ok_or_else(|| format!("{key} is not an array"))
}

pub(crate) fn number(value: &Value, key: &str) -> Result<f64, String> {
    let number = value[key].as_f64();
    number.ok_or_else(|| format!("{key} is not a number"))
}

pub(crate) fn numbers(row: &Value) -> Result<Vec<f64>, String> {
    let row = row.as_array().ok_or("a row is not an array")?;
    let number = |v: &Value| v.as_f64().ok_or_else(|| "a value is not a number".into());
    row.iter().map(number).collect()
}

/// The numbers of an array of arrays, however deep, in their order.
pub(crate) fn flat(rows: &Value) -> Result<Vec<f64>, String> {
    match rows {
        Value::Array(items) => {
            let items = items.iter().map(flat).collect::<Result<Vec<_>, _>>()?;
            Ok(items.concat())
        }
        value => Ok(vec![value.as_f64().ok_or("a value is not a number")?]),
    }
}

pub(crate) fn labels(case: &Value, key: &str) -> Result<Vec<u32>, String> {
    let label = |v: &Value| v.as_u64().and_then(|l| u32::try_from(l).ok());
    let labels = array(case, key)?.iter();
    labels
        .map(|v| label(v).ok_or_else(|| format!("bad {key}")))
        .collect()
}
