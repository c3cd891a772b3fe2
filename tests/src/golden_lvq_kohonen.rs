//! Replays of LVQ1, OLVQ1, LVQ2.1 and LVQ3.

use mynah_lvq::{
    Codebook, Lvq1, Lvq3, Lvq3Config, Lvq21, Lvq21Config, Olvq1, Olvq1Config, TwoNearest, WindowOn,
};
use serde_json::Value;

use crate::golden_lvq_case::{Case, array, flat, number, same};

pub(crate) fn lvq1(json: &Value) -> Result<(usize, f64), String> {
    Case::read(json)?.replay(|case, t, step| {
        let (x, label) = case.sample(t);
        let rate = case.rate(t)?;
        let decision = Lvq1::step(&mut case.codebook, &x, label, rate);
        same("winner", decision.winner, step)?;
        updated(step, &[decision.winner])?;
        Ok(vec![(rate, number(step, "alpha")?)])
    })
}

pub(crate) fn olvq1(json: &Value) -> Result<(usize, f64), String> {
    let case = Case::read(json)?;
    let mut config = Olvq1Config::default();
    config.learning_rate = case.parameter("alpha0")?;
    let rule = Olvq1::new(&config).map_err(|e| e.to_string())?;
    let mut rates = rule.rates(case.codebook.n_prototypes());
    case.replay(|case, t, step| {
        let (x, label) = case.sample(t);
        let before = rates.clone();
        let decision = rule.step(&mut case.codebook, &mut rates, &x, label);
        same("winner", decision.winner, step)?;
        updated(step, &[decision.winner])?;
        Ok(vec![
            (before[decision.winner], number(step, "alpha")?),
            (rates[decision.winner], number(step, "alpha_after")?),
        ])
    })
}

/// One step on a codebook, with the window on the given distances.
type Step<'a> = dyn Fn(&mut Codebook<f64>, &[f64], u32, f64) -> Option<TwoNearest<f64>> + 'a;

pub(crate) fn lvq2_1(json: &Value) -> Result<(usize, f64), String> {
    let window = number(&json["params"], "window")?;
    let rule = |on| {
        let mut config = Lvq21Config::default();
        (config.window, config.window_on) = (window, on);
        Lvq21::new(&config).map_err(|e| e.to_string())
    };
    let [squared, plain] = [rule(WindowOn::Squared)?, rule(WindowOn::Plain)?];
    both_windows(
        json,
        &|codebook, x, label, rate| squared.step(codebook, x, label, rate),
        &|codebook, x, label, rate| plain.step(codebook, x, label, rate),
    )
}

pub(crate) fn lvq3(json: &Value) -> Result<(usize, f64), String> {
    let window = number(&json["params"], "window")?;
    let epsilon = number(&json["params"], "epsilon")?;
    let rule = |on| {
        let mut config = Lvq3Config::default();
        (config.window, config.window_on, config.epsilon) = (window, on, epsilon);
        Lvq3::new(&config).map_err(|e| e.to_string())
    };
    let [squared, plain] = [rule(WindowOn::Squared)?, rule(WindowOn::Plain)?];
    both_windows(
        json,
        &|codebook, x, label, rate| squared.step(codebook, x, label, rate),
        &|codebook, x, label, rate| plain.step(codebook, x, label, rate),
    )
}

/// The trace with the window on squared distances, then the end of one on plain distances.
fn both_windows(
    json: &Value,
    squared: &Step<'_>,
    plain: &Step<'_>,
) -> Result<(usize, f64), String> {
    let trace = Case::read(json)?.replay(|case, t, step| {
        let (x, label) = case.sample(t);
        let rate = case.rate(t)?;
        let nearest = squared(&mut case.codebook, &x, label, rate).ok_or("one prototype only")?;
        same("winner", nearest.winner, step)?;
        same("second", nearest.second, step)?;
        let pair = [nearest.winner, nearest.second];
        updated(step, if nearest.moved { &pair } else { &[] })?;
        let mut pairs = vec![(rate, number(step, "alpha")?)];
        // It is not a number where both distances are 0.
        if let Some(ratio) = step["ratio"].as_f64() {
            pairs.push((nearest.ratio(), ratio));
        }
        Ok(pairs)
    })?;
    let alternative = &json["alt_window_on_unsquared_distance"];
    if alternative.is_null() {
        return Ok(trace);
    }
    let mut case = Case::read(json)?;
    let mut n_updates = 0;
    for t in 0..case.steps.len() {
        let (x, label) = case.sample(t);
        let rate = case.rate(t)?;
        let nearest = plain(&mut case.codebook, &x, label, rate).ok_or("one prototype only")?;
        n_updates += usize::from(nearest.moved);
    }
    let fail = |e| format!("window on plain distances: {e}");
    let expected = flat(&alternative["final_prototypes"]).map_err(fail)?;
    let got = case.codebook.prototypes();
    case.compared
        .all("prototypes", got, &expected)
        .map_err(fail)?;
    same("updates", n_updates, alternative).map_err(fail)?;
    Ok(trace)
}

/// The step moved the prototypes it should, in any order.
fn updated(step: &Value, moved: &[usize]) -> Result<(), String> {
    let mut expected: Vec<Option<u64>> = Vec::new();
    expected.extend(array(step, "updated")?.iter().map(Value::as_u64));
    let mut got: Vec<Option<u64>> = moved.iter().map(|&j| Some(j as u64)).collect();
    expected.sort_unstable();
    got.sort_unstable();
    if got == expected {
        Ok(())
    } else {
        Err(format!("moved {got:?}, should be {expected:?}"))
    }
}
