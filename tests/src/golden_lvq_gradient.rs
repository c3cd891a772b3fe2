//! Replays of the rules that descend a cost.

use mynah_lvq::{
    Activation, Celvq, CelvqConfig, Codebook, Glvq, GlvqConfig, Gmlvq, GmlvqConfig, Grlvq,
    GrlvqConfig, Lgmlvq, LgmlvqConfig, Metric, Pair, Rslvq, RslvqConfig,
};
use serde_json::Value;

use crate::golden_lvq_case::{Case, array, flat, number, same};

pub(crate) fn glvq(json: &Value) -> Result<(usize, f64), String> {
    let mut config = GlvqConfig::default();
    config.activation = activation(json)?;
    let rule = Glvq::new(&config).map_err(|e| e.to_string())?;
    let alpha = number(&json["params"], "alpha")?;
    pairs(json, Metric::Euclidean, &|codebook, x, label| {
        rule.step(codebook, x, label, alpha)
    })
}

pub(crate) fn grlvq(json: &Value) -> Result<(usize, f64), String> {
    let mut config = GrlvqConfig::default();
    config.activation = activation(json)?;
    let rule = Grlvq::new(&config).map_err(|e| e.to_string())?;
    let rates = rates(json, "alpha_lambda")?;
    let metric = Metric::Relevances(flat(&json["relevances"])?);
    pairs(json, metric, &|codebook, x, label| {
        rule.step(codebook, x, label, rates)
    })
}

pub(crate) fn gmlvq(json: &Value) -> Result<(usize, f64), String> {
    let mut config = GmlvqConfig::default();
    config.activation = activation(json)?;
    let rule = Gmlvq::new(&config).map_err(|e| e.to_string())?;
    let rates = rates(json, "alpha_omega")?;
    let metric = Metric::Omega {
        n_rows: array(json, "omega")?.len(),
        values: flat(&json["omega"])?,
    };
    pairs(json, metric, &|codebook, x, label| {
        rule.step(codebook, x, label, rates)
    })
}

pub(crate) fn lgmlvq(json: &Value) -> Result<(usize, f64), String> {
    let mut config = LgmlvqConfig::default();
    config.activation = activation(json)?;
    let rule = Lgmlvq::new(&config).map_err(|e| e.to_string())?;
    let rates = rates(json, "alpha_omega")?;
    let first = array(json, "omegas")?.first().and_then(Value::as_array);
    let metric = Metric::LocalOmegas {
        n_rows: first.map_or(0, Vec::len),
        values: flat(&json["omegas"])?,
    };
    pairs(json, metric, &|codebook, x, label| {
        rule.step(codebook, x, label, rates)
    })
}

pub(crate) fn rslvq(json: &Value) -> Result<(usize, f64), String> {
    let mut config = RslvqConfig::default();
    config.sigma2 = number(&json["params"], "sigma2")?;
    let rule = Rslvq::new(&config).map_err(|e| e.to_string())?;
    let alpha = number(&json["params"], "alpha")?;
    losses(json, &|codebook, x, label| {
        rule.step(codebook, x, label, alpha, None)
    })
}

pub(crate) fn celvq(json: &Value) -> Result<(usize, f64), String> {
    let rule = Celvq::new(&CelvqConfig::default()).map_err(|e| e.to_string())?;
    let alpha = number(&json["params"], "alpha")?;
    losses(json, &|codebook, x, label| {
        rule.step(codebook, x, label, alpha, None)
    })
}

type PairStep<'a> = dyn Fn(&mut Codebook<f64>, &[f64], u32) -> Option<Pair<f64>> + 'a;
type LossStep<'a> = dyn Fn(&mut Codebook<f64>, &[f64], u32) -> Option<f64> + 'a;

/// Rules that look at a pair, from a metric that is normalised first.
fn pairs(json: &Value, metric: Metric<f64>, one: &PairStep<'_>) -> Result<(usize, f64), String> {
    let f = activation(json)?;
    let mut case = Case::read(json)?;
    case.codebook = case
        .codebook
        .with_metric(metric)
        .map_err(|e| e.to_string())?;
    case.codebook.normalise_metric();
    for key in ["omega_initial_normalised", "omegas_initial_normalised"] {
        if json.get(key).is_some() {
            let values = case.codebook.metric().values();
            case.compared.all(key, values, &flat(&json[key])?)?;
        }
    }
    case.replay(|case, t, step| {
        let (x, label) = case.sample(t);
        let pair = one(&mut case.codebook, &x, label).ok_or("the codebook lacks a class")?;
        same("plus", pair.plus, step)?;
        same("minus", pair.minus, step)?;
        let mut pairs = vec![
            (pair.d_plus, number(step, "d_plus")?),
            (pair.d_minus, number(step, "d_minus")?),
            (pair.mu(), number(step, "mu")?),
            (f.value(pair.mu()), number(step, "loss")?),
        ];
        if t + 1 == case.steps.len() && case.json.get("lambda_final").is_some() {
            let values = case.codebook.metric().values();
            let expected = flat(&case.json["lambda_final"])?;
            pairs.extend(
                squared(values, case.codebook.dim())
                    .into_iter()
                    .zip(expected),
            );
        }
        Ok(pairs)
    })
}

/// Rules that look at every prototype.
fn losses(json: &Value, one: &LossStep<'_>) -> Result<(usize, f64), String> {
    Case::read(json)?.replay(|case, t, step| {
        let (x, label) = case.sample(t);
        let loss = one(&mut case.codebook, &x, label).ok_or("the codebook lacks a class")?;
        Ok(vec![(loss, number(step, "loss")?)])
    })
}

/// Λ = ΩᵀΩ.
fn squared(omega: &[f64], dim: usize) -> Vec<f64> {
    let product = |i: usize, j: usize| omega.chunks(dim).map(|row| row[i] * row[j]).sum();
    (0..dim * dim)
        .map(|at| product(at / dim, at % dim))
        .collect()
}

/// Of prototypes and metric.
fn rates(json: &Value, of_metric: &str) -> Result<[f64; 2], String> {
    let params = &json["params"];
    Ok([number(params, "alpha_w")?, number(params, of_metric)?])
}

fn activation(json: &Value) -> Result<Activation, String> {
    let activation = &json["params"]["activation"];
    match activation["f"].as_str() {
        Some("identity") => Ok(Activation::Identity),
        Some("sigmoid") => Ok(Activation::Sigmoid {
            beta: number(activation, "beta")?,
        }),
        other => Err(format!("unknown activation {other:?}")),
    }
}
