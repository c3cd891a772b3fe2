//! The beginner's trap of winner-take-all learning, and three ways out of it.
//!
//! Four round clusters and four units. Two units start in one cluster, and one stands midway between two others: it
//! wins the points of both for ever, while of the two that share a cluster one is stuck at its edge. Moving only the
//! winner can never mend that, although the total distance no longer falls.
//!
//! `cargo run -p mynah-lvq --example beginners_trap -- trap.svg` prints the total distances and draws the data, and the
//! start (ring), path (line) and end (disc) of each unit.

#![allow(clippy::print_stdout, reason = "an example prints")]

use mynah_lvq::unsupervised::{
    Clusterer, KMeans, KMeansConfig, NeuralGas, NeuralGasConfig, Pass, Points, Units, Wta,
    WtaConfig,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::fmt::Write;
use std::ops::ControlFlow;

/// Middles of the clusters.
const CENTRES: [[f64; 2]; 4] = [[2.0, 2.0], [2.0, 5.0], [9.0, 6.0], [9.0, 1.0]];
/// Two units in the last cluster, one between the first two, one well placed.
const TRAP: [f64; 8] = [9.0, 1.3, 10.0, 0.2, 2.6, 3.5, 8.2, 5.2];

/// What became of the units in one run.
struct Run {
    name: &'static str,
    /// Where each unit stood before the first pass and after each, `[n_passes + 1][2 * n_units]`.
    path: Vec<Vec<f64>>,
    before: f64,
    after: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = blobs(150);
    let points = Points::new(&data, 2)?;
    let trap = Units::new(2, TRAP.to_vec())?;

    let mut config = WtaConfig::default();
    config.max_repairs = 0;
    let plain = Wta::new(&config)?;
    let repairing = Wta::new(&WtaConfig::default())?;
    let gas = NeuralGas::new(&NeuralGasConfig::default())?;
    let kmeans = KMeans::new(&KMeansConfig::default())?;
    let runs = [
        run(
            "the trap: only the winner moves",
            &plain,
            trap.clone(),
            &points,
        )?,
        run(
            "cure: stuck units are moved",
            &repairing,
            trap.clone(),
            &points,
        )?,
        run("cure: neural gas, all units move", &gas, trap, &points)?,
        run(
            "cure: k-means++ start",
            &kmeans,
            Units::far_apart(&points, 4, 2)?,
            &points,
        )?,
    ];

    println!(
        "{:<34} {:>8} {:>8}",
        "total squared distance", "before", "after"
    );
    for run in &runs {
        println!("{:<34} {:>8.1} {:>8.1}", run.name, run.before, run.after);
    }
    if let Some(file) = std::env::args_os().nth(1) {
        std::fs::write(file, draw(&points, &runs))?;
    }
    Ok(())
}

/// `n` points about each centre; a sum of evenly spread numbers makes a round cluster.
fn blobs(n: usize) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut noise = || (0..4).map(|_| rng.random_range(-0.6..0.6)).sum::<f64>();
    (0..n)
        .flat_map(|_| CENTRES)
        .flat_map(|[x, y]| [x + noise(), y + noise()])
        .collect()
}

fn run(
    name: &'static str,
    clusterer: &dyn Clusterer<f64>,
    mut units: Units<f64>,
    points: &Points<'_, f64>,
) -> Result<Run, mynah_lvq::Error> {
    let before = units.assign(points).total_distance();
    let mut path = vec![units.values().to_vec()];
    let mut watch = |_: &Pass, units: &Units<f64>| {
        path.push(units.values().to_vec());
        ControlFlow::Continue(())
    };
    let report = clusterer.train(&mut units, points, &mut watch)?;
    path.push(units.values().to_vec());
    for repair in &report.repairs {
        let (unit, beside) = (repair.unit, repair.beside);
        println!(
            "{name}: unit {unit} was {:?}; moved beside unit {beside}",
            repair.fault
        );
    }
    Ok(Run {
        name,
        path,
        before,
        after: report.total_distance,
    })
}

/// A panel for each run, two in a row.
fn draw(points: &Points<'_, f64>, runs: &[Run]) -> String {
    const WIDTH: f64 = 440.0;
    const HEIGHT: f64 = 340.0;
    let mut body = String::new();
    for (i, run) in runs.iter().enumerate() {
        let (left, top) = (WIDTH * (i % 2) as f64, HEIGHT * (i / 2) as f64);
        // 36 pixels a unit of length; y upwards.
        let at = |p: &[f64]| (left + 20.0 + 36.0 * p[0], top + 325.0 - 36.0 * p[1]);
        let (name, after) = (run.name, run.after);
        let (x, y) = (left + 20.0, top + 24.0);
        let _ = writeln!(
            body,
            "<text x=\"{x}\" y=\"{y}\">{name}: total {after:.0}</text>"
        );
        for point in points.iter() {
            let (x, y) = at(point);
            let _ = writeln!(
                body,
                "<circle class=\"point\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.6\"/>"
            );
        }
        let (first, last) = (&run.path[0], &run.path[run.path.len() - 1]);
        for unit in 0..first.len() / 2 {
            let place = |units: &Vec<f64>| at(&units[2 * unit..][..2]);
            let path: Vec<String> = run
                .path
                .iter()
                .map(place)
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            let path = path.join(" ");
            let ((ax, ay), (bx, by)) = (place(first), place(last));
            let _ = writeln!(
                body,
                "<polyline class=\"path c{unit}\" points=\"{path}\"/>\
                 <circle class=\"path c{unit}\" cx=\"{ax:.1}\" cy=\"{ay:.1}\" r=\"6\"/>\
                 <circle class=\"end c{unit}\" cx=\"{bx:.1}\" cy=\"{by:.1}\" r=\"6\"/>"
            );
        }
    }
    let (width, height) = (2.0 * WIDTH, HEIGHT * runs.len().div_ceil(2) as f64 + 30.0);
    let legend =
        "points: data · ring: start of a unit · line: its path, pass by pass · disc: its end";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">\n<style>\
         svg{{--paper:#fff;--ink:#1f2328;font:13px system-ui,sans-serif}}\
         @media (prefers-color-scheme: dark){{svg{{--paper:#0d1117;--ink:#e6edf3}}}}\
         .paper{{fill:var(--paper)}}text{{fill:var(--ink)}}.point{{fill:var(--ink);opacity:.35}}\
         .path{{fill:none;stroke-width:2}}.end{{stroke:var(--paper)}}\
         .c0{{stroke:#0072b2}}.end.c0{{fill:#0072b2}}.c1{{stroke:#d55e00}}.end.c1{{fill:#d55e00}}\
         .c2{{stroke:#009e73}}.end.c2{{fill:#009e73}}.c3{{stroke:#cc79a7}}.end.c3{{fill:#cc79a7}}\
         </style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{body}\
         <text x=\"20\" y=\"{:.0}\">{legend}</text>\n</svg>\n",
        height - 10.0
    )
}
