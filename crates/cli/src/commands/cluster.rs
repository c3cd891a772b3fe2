//! `mynah cluster`: units found without labels, what falls on each, and drawings of a map.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use mynah::lvq::unsupervised::{Edges, Lattice, UMatrix};
use mynah::{
    ClusterConfig, ClusterMethod, Clusters, Input, MapShape, Provenance, Scratch, TrainConfig,
};
use mynah_corpus::Split;
use serde::Serialize;

use crate::args::{self, Align, Cluster, Global, LatticeName, Method, TrainOptions, UnitCount};
use crate::dataset::Data;
use crate::files::Files;
use crate::plots::{planes, umatrix};
use crate::report::section;
use crate::status::{Skipped, Status, usage};
use crate::training::{self, Plan};
use crate::{clips, curves, hearing, interrupt, output, recipe, splits};

/// Most planes of one drawing.
const MOST_PLANES: usize = 24;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    codebook: String,
    corpus: String,
    split: &'a str,
    method: String,
    n_clips: usize,
    n_skipped: usize,
    n_units: usize,
    /// Columns and rows of a map.
    map: Option<[usize; 2]>,
    n_passes: usize,
    quantization_error: f64,
    topographic_error: Option<f64>,
    n_repairs: usize,
    /// Share of the clips that are of their unit's commonest label.
    purity: Option<f64>,
    empty_units: Vec<usize>,
    /// Labels that are the commonest of no unit.
    labels_without_unit: Vec<&'a str>,
    units: Vec<Unit<'a>>,
    seconds: f64,
}

/// What fell on a unit.
#[derive(Serialize)]
struct Unit<'a> {
    unit: usize,
    n: u64,
    label: Option<&'a str>,
    purity: Option<f64>,
    /// Clips of each label, those that are there.
    counts: serde_json::Map<String, serde_json::Value>,
}

pub fn run(args: &Cluster, global: &Global) -> anyhow::Result<Status> {
    let to_stdout = output::is_stdout(&args.output);
    if to_stdout && args.json {
        return usage("-o - and --json would mix on standard output; name a file for the codebook");
    }
    let drawings = [&args.umatrix, &args.planes];
    if args.toroidal && args.method != Method::Som {
        return usage("--toroidal is for maps; give --method som");
    }
    if args.method != Method::Som && drawings.iter().any(|drawing| drawing.is_some()) {
        return usage("--umatrix and --planes draw maps; give --method som");
    }
    for path in drawings.into_iter().flatten() {
        curves::check(path, &["svg"])?;
    }
    let files = Files::default()
        .read_corpus(&args.corpus)
        .read(&args.data.labels)
        .write([&args.output])
        .write(drawings.into_iter().flatten());
    files.check()?;
    let begin = Instant::now();
    let mut skipped = Skipped::new(global.strict);
    let data = Data::open_any(&args.corpus, &args.data)?;
    let mut data = splits::prepared(&args.corpus, data, &args.split, &mut skipped)?;
    let is_labelled = !matches!(&data, Data::Vectors(set) if !set.is_labelled);
    let held_back = splits::hold_back(&mut data, &args.split);
    files.check_clips(&data)?;
    let part = splits::part(&args.corpus, &data, &args.split, Split::Train)?;
    if !args.json && !to_stdout {
        let described = splits::describe(&args.corpus, &data, &part);
        output::remark(format!("clustering {described}"))?;
    }
    if let Some(seed) = held_back.filter(|_| args.split.split_by.is_none()) {
        output::note(splits::held_back_remark(seed));
    }
    let input = match data.vector_input(&args.data) {
        Some(input) => Input::Vectors(input),
        None => training::pipeline(&TrainOptions::default(), Align::Warp, &part.clips).into(),
    };
    let mut plan = Plan {
        config: TrainConfig::default(),
        scratch: Scratch::default(),
    };
    plan.config.input = input.clone();
    let heard = data.hear(&part, &plan, &mut skipped)?;
    let rows = hearing::rows(&part.clips, &heard);
    let set = training::training_set(input.dim()?, &rows, training::labels_of(&rows));
    let method = method(args, rows.len())?;
    let mut config = ClusterConfig::new(input, method);
    config.standardise = training::standardise(args.standardise, &config.input);
    config.n_passes = args.epochs;
    config.seed = args.seed;
    let mut provenance = Provenance::new();
    provenance.corpus = args.corpus.display().to_string();
    provenance.split = part.name.clone();
    provenance.seed = args.seed;
    provenance.held_back = held_back;
    provenance.n_clips = rows.len();
    let bar = clips::progress(args.epochs.unwrap_or(100), "clustering");
    let clustered = mynah::cluster(&config, set, provenance, &mut |pass| {
        bar.set_length(pass.n_passes as u64);
        bar.inc(1);
        match interrupt::requested() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    bar.finish_and_clear();
    interrupt::check()?;
    let clustered = training::cannot_train(clustered, &args.corpus)?;
    let clusters = &clustered.clusters;
    let bytes = clusters.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    draw(args, clusters)?;
    let summary = Summary {
        codebook: args.output.display().to_string(),
        corpus: args.corpus.display().to_string(),
        split: &part.name,
        method: args::name(args.method),
        n_clips: rows.len(),
        n_skipped: skipped.count(),
        n_units: clusters.units().n_units(),
        map: clusters.map().map(|map| [map.columns, map.rows]),
        n_passes: clustered.n_passes,
        quantization_error: clustered.quantization_error,
        topographic_error: clustered.topographic_error,
        n_repairs: clustered.n_repairs,
        purity: purity(clusters).filter(|_| is_labelled),
        empty_units: empty(clusters),
        labels_without_unit: without_unit(clusters),
        units: (0..clusters.units().n_units())
            .map(|unit| profile(clusters, unit, is_labelled))
            .collect(),
        seconds: begin.elapsed().as_secs_f64(),
    };
    if args.json {
        output::json(&summary)?;
    } else if !to_stdout {
        output::remark(text(&summary, bytes.len()))?;
    }
    Ok(skipped.finish())
}

/// The method with its units.
fn method(args: &Cluster, n: usize) -> anyhow::Result<ClusterMethod> {
    // Five times the root, as the SOM Toolbox takes it (Vesanto et al. 2000).
    let usual = ((5.0 * (n as f64).sqrt()).round() as usize).clamp(1, n.max(1));
    let units = args.units.unwrap_or(UnitCount::Total(usual));
    let n_units = match units {
        UnitCount::Total(n_units) => n_units,
        UnitCount::Map { columns, rows } => columns.saturating_mul(rows),
    };
    if args.method != Method::Som {
        if matches!(units, UnitCount::Map { .. }) {
            return usage("--units COLUMNSxROWS is for maps; give a number, or --method som");
        }
        if n_units > n {
            return usage(format!(
                "--units {n_units}: there are only {n} vectors; give fewer units"
            ));
        }
    }
    Ok(match args.method {
        Method::Vq => ClusterMethod::Vq { n_units },
        Method::NeuralGas => ClusterMethod::NeuralGas { n_units },
        Method::Kmeans => ClusterMethod::KMeans { n_units },
        Method::Som => {
            let (columns, rows) = match units {
                UnitCount::Map { columns, rows } => (columns, rows),
                UnitCount::Total(total) => {
                    let rows = (total as f64).sqrt().round().max(1.0) as usize;
                    // A hexagonal torus closes with an even number of rows only.
                    let rows = if args.toroidal {
                        rows.next_multiple_of(2)
                    } else {
                        rows
                    };
                    (total.div_ceil(rows), rows)
                }
            };
            let map = MapShape {
                columns,
                rows,
                lattice: match args.lattice {
                    LatticeName::Rectangular => Lattice::Rectangular,
                    LatticeName::Hexagonal => Lattice::Hexagonal,
                },
                edges: if args.toroidal {
                    Edges::Toroidal
                } else {
                    Edges::Bounded
                },
            };
            if let Err(fault) = map.grid() {
                return usage(format!("--units {columns}x{rows}: {fault}"));
            }
            ClusterMethod::Som(map)
        }
    })
}

fn draw(args: &Cluster, clusters: &Clusters) -> anyhow::Result<()> {
    let Some(map) = clusters.map() else {
        return Ok(());
    };
    let grid = map.grid()?;
    let write = |path: &Path, drawing: String| {
        output::write(path, |out| Ok(out.write_all(drawing.as_bytes())?))
    };
    let corpus = args.corpus.display();
    if let Some(path) = &args.umatrix {
        let matrix = UMatrix::new(&grid, clusters.units());
        write(
            path,
            umatrix::draw(&grid, &matrix, &format!("U-matrix of {corpus}")),
        )?;
    }
    if let Some(path) = &args.planes {
        let planes = most_varied(clusters);
        write(
            path,
            planes::draw(&grid, &planes, &format!("Component planes of {corpus}")),
        )?;
    }
    Ok(())
}

/// The planes of the values that vary most over the units, in the order of the vector, in the values of the data.
fn most_varied(clusters: &Clusters) -> Vec<planes::Plane> {
    let (units, scaler) = (clusters.units(), clusters.scaler());
    let spread = |d: usize| {
        let values = units.component(d);
        let greatest = values.iter().copied().fold(f32::MIN, f32::max);
        greatest - values.iter().copied().fold(f32::MAX, f32::min)
    };
    let mut chosen: Vec<usize> = (0..units.dim()).collect();
    chosen.sort_by(|&a, &b| spread(b).total_cmp(&spread(a)));
    chosen.truncate(MOST_PLANES);
    chosen.sort_unstable();
    let plane = |d: usize| {
        let (mean, scale) = (f64::from(scaler.mean()[d]), f64::from(scaler.scale()[d]));
        let value = |unit: f32| match scale > 0.0 {
            true => mean + f64::from(unit) / scale,
            false => mean,
        };
        planes::Plane {
            name: value_name(clusters.input(), d),
            values: units.component(d).into_iter().map(value).collect(),
        }
    };
    chosen.into_iter().map(plane).collect()
}

/// What a value of the vector is called.
fn value_name(input: &Input, d: usize) -> String {
    let [n_rows, n_columns] = input.layout();
    match input {
        Input::Vectors(vectors) if !vectors.columns.is_empty() => vectors.columns[d].clone(),
        Input::Audio(_) => format!("frame {} value {}", d / n_columns, d % n_columns),
        _ if n_rows > 1 => format!("row {} column {}", d / n_columns, d % n_columns),
        _ => format!("column {}", d + 1),
    }
}

fn profile(clusters: &Clusters, unit: usize, is_labelled: bool) -> Unit<'_> {
    let counts = clusters.counts(unit);
    let n: u64 = counts.iter().map(|&n| u64::from(n)).sum();
    let majority = majority(clusters, unit).filter(|_| is_labelled);
    let named = clusters
        .labels()
        .iter()
        .zip(counts)
        .filter(|(_, n)| **n > 0 && is_labelled);
    Unit {
        unit,
        n,
        label: majority.map(|class| clusters.labels()[class].as_str()),
        purity: majority.map(|class| f64::from(counts[class]) / n as f64),
        counts: named.map(|(label, &n)| (label.clone(), n.into())).collect(),
    }
}

/// The commonest label of a unit, the first among equals.
fn majority(clusters: &Clusters, unit: usize) -> Option<usize> {
    let counts = clusters.counts(unit);
    let most = counts.iter().copied().max().filter(|&n| n > 0)?;
    counts.iter().position(|&n| n == most)
}

fn purity(clusters: &Clusters) -> Option<f64> {
    let units = (0..clusters.units().n_units()).map(|unit| clusters.counts(unit));
    let (mut right, mut all) = (0u64, 0u64);
    for counts in units {
        right += u64::from(counts.iter().copied().max().unwrap_or(0));
        all += counts.iter().map(|&n| u64::from(n)).sum::<u64>();
    }
    (all > 0).then(|| right as f64 / all as f64)
}

fn empty(clusters: &Clusters) -> Vec<usize> {
    let units = 0..clusters.units().n_units();
    units
        .filter(|&unit| majority(clusters, unit).is_none())
        .collect()
}

fn without_unit(clusters: &Clusters) -> Vec<&str> {
    let units = 0..clusters.units().n_units();
    let taken: Vec<usize> = units.filter_map(|unit| majority(clusters, unit)).collect();
    let labels = clusters.labels().iter().enumerate();
    let lacking = labels.filter(|(class, _)| !taken.contains(class));
    lacking.map(|(_, label)| label.as_str()).collect()
}

fn text(summary: &Summary<'_>, n_bytes: usize) -> String {
    let map = summary.map;
    let map = map.map_or(String::new(), |[columns, rows]| {
        format!(" ({columns} x {rows} map)")
    });
    let topographic = summary.topographic_error;
    let topographic = topographic.map_or(String::new(), |e| format!(", topographic error {e:.4}"));
    let share = |share: f64| format!("{:.0}", 100.0 * share);
    let rows = summary.units.iter().map(|unit| {
        let mut counts: Vec<(&String, u64)> = unit
            .counts
            .iter()
            .map(|(label, n)| (label, n.as_u64().unwrap_or(0)))
            .collect();
        counts.sort_by_key(|&(label, n)| (std::cmp::Reverse(n), label.clone()));
        let shown = counts
            .iter()
            .take(4)
            .map(|(label, n)| format!("{label} {n}"));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = if counts.len() > 4 { ", ..." } else { "" };
        vec![
            unit.unit.to_string(),
            unit.n.to_string(),
            unit.purity.map_or("-".to_string(), share),
            format!("{shown}{more}"),
        ]
    });
    let header = ["unit", "vectors", "purity %", "labels"];
    let table = section("profile", &header, rows, summary.units.len());
    let lacking = match summary.labels_without_unit.is_empty() {
        true => String::new(),
        false => format!(
            "\ncommonest of no unit: {}; more units would part them",
            summary.labels_without_unit.join(", ")
        ),
    };
    format!(
        "{table}{}: {} units{map}, {n_bytes} bytes, {} passes in {:.1} s\n\
         quantization error {:.4}{topographic}, purity {} %, empty units {}, moved elsewhere {}{lacking}\n\
         next: mynah train {} -o MODEL --init-from {}",
        summary.codebook,
        summary.n_units,
        summary.n_passes,
        summary.seconds,
        summary.quantization_error,
        summary.purity.map_or("-".to_string(), share),
        summary.empty_units.len(),
        summary.n_repairs,
        recipe::quoted(Path::new(&summary.corpus)),
        recipe::quoted(Path::new(&summary.codebook))
    )
}
