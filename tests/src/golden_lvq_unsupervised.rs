//! The rules without labels against reference traces, update by update.

use mynah_lvq::unsupervised::{
    BatchSom, BatchSomConfig, Decay, Edges, Grid, KMeans, Lattice, Neighbourhood, NeuralGas,
    Points, Som, SomConfig, Units, Wta,
};
use serde::Deserialize;
use std::fmt::Write;
use std::path::Path;

/// The files' own bound for double precision, relative to the scale of the data.
const TOLERANCE: f64 = 1e-10;
/// Its like for what SOM_PAK computed, in single precision.
const SOM_PAK_TOLERANCE: f64 = 1e-5;

/// Replays the five files of rules without labels in the folder `golden` in f64. Returns a table of the worst difference
/// of each case.
///
/// # Errors
/// The first file, case and step that disagrees, or what is wrong with the file.
pub fn check(golden: &Path) -> Result<String, String> {
    let mut table = format!("{:<28} {:>6} {:>12}\n", "case", "steps", "worst");
    file(golden, "wta_vq.json", wta, &mut table)?;
    file(golden, "neural_gas.json", neural_gas, &mut table)?;
    file(golden, "kmeans.json", kmeans, &mut table)?;
    file(golden, "som.json", som, &mut table)?;
    file(golden, "batch_som.json", batch_som, &mut table)?;
    Ok(table)
}

#[derive(Deserialize)]
struct File<P, S> {
    cases: Vec<Case<P, S>>,
}

#[derive(Deserialize)]
struct Case<P, S> {
    id: String,
    source: String,
    samples: Vec<Vec<f64>>,
    codebook: Vec<Vec<f64>>,
    params: P,
    #[serde(default = "Vec::new")]
    steps: Vec<S>,
    unit_coordinates: Option<Vec<[f64; 2]>>,
    r#final: Option<Vec<Vec<f64>>>,
    cluster: Option<Vec<usize>>,
    tot_withinss: Option<f64>,
}

/// What a replay compares with.
struct Comparison {
    scale: f64,
    tolerance: f64,
    worst: f64,
}

impl Comparison {
    fn number(&mut self, what: &str, got: f64, expected: f64) -> Result<(), String> {
        let difference = (got - expected).abs() / self.scale.max(expected.abs());
        if difference.is_nan() || difference > self.tolerance {
            return Err(format!("{what} is {got}, should be {expected}"));
        }
        self.worst = self.worst.max(difference);
        Ok(())
    }

    fn units(&mut self, got: &Units<f64>, expected: &[Vec<f64>]) -> Result<(), String> {
        let expected = expected.concat();
        if expected.len() != got.values().len() {
            return Err(format!("{} values of units", expected.len()));
        }
        for (&got, expected) in got.values().iter().zip(expected) {
            self.number("a unit's value", got, expected)?;
        }
        Ok(())
    }
}

type Replay<P, S> =
    fn(&Case<P, S>, Points<'_, f64>, &mut Units<f64>, &mut Comparison) -> Result<usize, String>;

/// Replays every case of a file; a replay returns how many codebooks it compared.
fn file<P, S>(
    golden: &Path,
    name: &str,
    replay: Replay<P, S>,
    table: &mut String,
) -> Result<(), String>
where
    P: for<'a> Deserialize<'a>,
    S: for<'a> Deserialize<'a>,
{
    let path = golden.join(name);
    let text = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let file: File<P, S> = serde_json::from_slice(&text).map_err(|e| format!("{name}: {e}"))?;
    if file.cases.is_empty() {
        return Err(format!("{name}: no cases"));
    }
    for case in &file.cases {
        let at = |e: String| format!("{name}: {}: {e}", case.id);
        let data = case.samples.concat();
        let dim = case.samples.first().map_or(0, Vec::len);
        let points = Points::new(&data, dim).map_err(|e| at(e.to_string()))?;
        let mut units = Units::new(dim, case.codebook.concat()).map_err(|e| at(e.to_string()))?;
        let both = data.iter().chain(units.values());
        let mut comparison = Comparison {
            scale: both.fold(0.0f64, |m, v| m.max(v.abs())),
            tolerance: if case.source.contains("SOM_PAK") {
                SOM_PAK_TOLERANCE
            } else {
                TOLERANCE
            },
            worst: 0.0,
        };
        let n_compared = replay(case, points, &mut units, &mut comparison).map_err(at)?;
        if n_compared == 0 {
            return Err(at("nothing to compare with".into()));
        }
        let (id, n_steps, worst) = (&case.id, case.steps.len(), comparison.worst);
        writeln!(table, "{id:<28} {n_steps:>6} {worst:>12.1e}").map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Replays the steps of an online rule: `step` makes one, and returns the winner.
fn online<P, S: Trace>(
    case: &Case<P, S>,
    points: Points<'_, f64>,
    units: &mut Units<f64>,
    comparison: &mut Comparison,
    step: impl Fn(&mut Units<f64>, &[f64], u64, &S, &mut Comparison) -> Result<usize, String>,
) -> Result<usize, String> {
    let mut n_compared = 0;
    for (t, trace) in case.steps.iter().enumerate() {
        let at = |e: String| format!("step {t}: {e}");
        let x = points.row(t % points.len());
        let winner = step(units, x, t as u64, trace, comparison).map_err(at)?;
        if winner != trace.winner() {
            return Err(at(format!(
                "winner is {winner}, should be {}",
                trace.winner()
            )));
        }
        if let Some(expected) = trace.units() {
            comparison.units(units, expected).map_err(at)?;
            n_compared += 1;
        }
    }
    Ok(n_compared)
}

trait Trace {
    fn winner(&self) -> usize;
    fn units(&self) -> Option<&[Vec<f64>]>;
}

macro_rules! trace {
    ($name:ident { $($field:ident),* }) => {
        #[derive(Deserialize)]
        struct $name {
            bmu: usize,
            prototypes: Option<Vec<Vec<f64>>>,
            $($field: f64,)*
        }
        impl Trace for $name {
            fn winner(&self) -> usize {
                self.bmu
            }
            fn units(&self) -> Option<&[Vec<f64>]> {
                self.prototypes.as_deref()
            }
        }
    };
}
trace!(WtaStep { alpha });
trace!(NeuralGasStep { eps, lam });
trace!(SomStep { alpha, radius });

#[derive(Deserialize)]
struct WtaParams {
    alpha0: f64,
    schedule: String,
    steps: u64,
}

fn wta(
    case: &Case<WtaParams, WtaStep>,
    points: Points<'_, f64>,
    units: &mut Units<f64>,
    comparison: &mut Comparison,
) -> Result<usize, String> {
    let WtaParams {
        alpha0: from,
        ref schedule,
        steps,
    } = case.params;
    let rate = match schedule.as_str() {
        "linear_to_zero" => Decay::Linear { from, to: 0.0 },
        "inverse_t" => Decay::Inverse { from },
        "constant" => Decay::Linear { from, to: from },
        other => return Err(format!("unknown schedule {other}")),
    };
    online(
        case,
        points,
        units,
        comparison,
        |units, x, t, trace, comparison| {
            let alpha = rate.at(t, steps);
            comparison.number("alpha", alpha, trace.alpha)?;
            Ok(Wta::step(units, x, alpha).unit)
        },
    )
}

#[derive(Deserialize)]
struct NeuralGasParams {
    eps_i: f64,
    eps_f: f64,
    lambda_i: f64,
    lambda_f: f64,
    steps: u64,
}

fn neural_gas(
    case: &Case<NeuralGasParams, NeuralGasStep>,
    points: Points<'_, f64>,
    units: &mut Units<f64>,
    comparison: &mut Comparison,
) -> Result<usize, String> {
    let params = &case.params;
    let decay = |from, to| Decay::Exponential { from, to };
    let rate = decay(params.eps_i, params.eps_f);
    let range = decay(params.lambda_i, params.lambda_f);
    online(
        case,
        points,
        units,
        comparison,
        |units, x, t, trace, comparison| {
            let (eps, lambda) = (rate.at(t, params.steps), range.at(t, params.steps));
            comparison.number("eps", eps, trace.eps)?;
            comparison.number("lambda", lambda, trace.lam)?;
            Ok(NeuralGas::step(units, x, eps, lambda).unit)
        },
    )
}

#[derive(Deserialize)]
struct KMeansParams {
    max_iter: usize,
}

fn kmeans(
    case: &Case<KMeansParams, serde_json::Value>,
    points: Points<'_, f64>,
    units: &mut Units<f64>,
    comparison: &mut Comparison,
) -> Result<usize, String> {
    let mut winners = Vec::new();
    for _ in 0..case.params.max_iter {
        if KMeans::step(units, &points, &mut winners).n_changed == 0 {
            break;
        }
    }
    comparison.units(units, case.r#final.as_ref().ok_or("no final")?)?;
    if winners != *case.cluster.as_ref().ok_or("no cluster")? {
        return Err("the points' clusters differ".into());
    }
    let within = points.iter().zip(&winners).map(|(x, &winner)| {
        let terms = x
            .iter()
            .zip(units.unit(winner))
            .map(|(x, w)| (x - w).powi(2));
        terms.sum::<f64>()
    });
    let expected = case.tot_withinss.ok_or("no tot_withinss")?;
    comparison.number("tot_withinss", within.sum(), expected)?;
    Ok(1)
}

#[derive(Deserialize)]
struct SomParams {
    xdim: usize,
    ydim: usize,
    topology: String,
    neighbourhood: String,
    alpha0: f64,
    radius0: f64,
    steps: u64,
}

fn som(
    case: &Case<SomParams, SomStep>,
    points: Points<'_, f64>,
    units: &mut Units<f64>,
    comparison: &mut Comparison,
) -> Result<usize, String> {
    let params = &case.params;
    let lattice = match params.topology.as_str() {
        "rect" => Lattice::Rectangular,
        "hexa" => Lattice::Hexagonal,
        other => return Err(format!("unknown topology {other}")),
    };
    let grid = Grid::new(params.xdim, params.ydim, lattice, Edges::Bounded);
    let mut config = SomConfig::new(grid.map_err(|e| e.to_string())?);
    config.neighbourhood = match params.neighbourhood.as_str() {
        "gaussian" => Neighbourhood::Gaussian,
        "bubble" => Neighbourhood::Bubble,
        other => return Err(format!("unknown neighbourhood {other}")),
    };
    config.learning_rate = Decay::Linear {
        from: params.alpha0,
        to: 0.0,
    };
    config.radius = Decay::Linear {
        from: params.radius0,
        to: 1.0,
    };
    let som = Som::new(&config).map_err(|e| e.to_string())?;
    online(
        case,
        points,
        units,
        comparison,
        |units, x, t, trace, comparison| {
            let alpha = config.learning_rate.at(t, params.steps);
            let radius = config.radius.at(t, params.steps);
            comparison.number("alpha", alpha, trace.alpha)?;
            comparison.number("radius", radius, trace.radius)?;
            Ok(som.step(units, x, alpha, radius).unit)
        },
    )
}

#[derive(Deserialize)]
struct BatchSomParams {
    xdim: usize,
    ydim: usize,
    topology: String,
    radii: Vec<f64>,
}

#[derive(Deserialize)]
struct BatchSomStep {
    prototypes: Option<Vec<Vec<f64>>>,
}

fn batch_som(
    case: &Case<BatchSomParams, BatchSomStep>,
    points: Points<'_, f64>,
    units: &mut Units<f64>,
    comparison: &mut Comparison,
) -> Result<usize, String> {
    let params = &case.params;
    let lattice = match params.topology.as_str() {
        "rectangular" => Lattice::Rectangular,
        "hexagonal" => Lattice::HexagonalEven,
        other => return Err(format!("unknown topology {other}")),
    };
    let grid = Grid::new(params.xdim, params.ydim, lattice, Edges::Bounded);
    let grid = grid.map_err(|e| e.to_string())?;
    let coordinates = case
        .unit_coordinates
        .as_ref()
        .ok_or("no unit_coordinates")?;
    if coordinates.len() != grid.n_units() {
        return Err(format!("{} unit_coordinates", coordinates.len()));
    }
    for (a, [ax, ay]) in coordinates.iter().enumerate() {
        for (b, [bx, by]) in coordinates.iter().enumerate() {
            let expected = (ax - bx).powi(2) + (ay - by).powi(2);
            comparison.number(
                "a distance on the map",
                grid.squared_distance(a, b),
                expected,
            )?;
        }
    }
    let mut config = BatchSomConfig::new(grid);
    config.neighbourhood = Neighbourhood::Bubble;
    let som = BatchSom::new(&config).map_err(|e| e.to_string())?;
    let mut n_compared = 0;
    if params.radii.len() != case.steps.len() {
        return Err("radii and steps differ in number".into());
    }
    for (t, (&radius, step)) in params.radii.iter().zip(&case.steps).enumerate() {
        som.step(units, &points, radius);
        if let Some(expected) = &step.prototypes {
            let compared = comparison.units(units, expected);
            compared.map_err(|e| format!("step {t}: {e}"))?;
            n_compared += 1;
        }
    }
    Ok(n_compared)
}
