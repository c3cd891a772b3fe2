//! Learning rules against reference traces, update by update.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::golden_lvq_case::array;
use crate::{
    golden_lvq_gradient as gradient, golden_lvq_kohonen as kohonen,
    golden_lvq_quantization as quantization,
};

/// Replays one case: every decision must be equal, every number within the tolerance. Returns the
/// number of steps and the worst difference.
type Replay = fn(&Value) -> Result<(usize, f64), String>;

/// By the `algorithm` of a file, and by the section of it that holds the cases.
const REPLAYS: &[(&str, &str, Replay)] = &[
    ("lvq1", "cases", kohonen::lvq1),
    ("olvq1", "cases", kohonen::olvq1),
    ("lvq2_1", "cases", kohonen::lvq2_1),
    ("lvq3", "cases", kohonen::lvq3),
    ("glvq", "cases", gradient::glvq),
    ("grlvq", "cases", gradient::grlvq),
    ("gmlvq", "cases", gradient::gmlvq),
    ("lgmlvq", "cases", gradient::lgmlvq),
    ("rslvq", "cases", gradient::rslvq),
    ("celvq", "cases", gradient::celvq),
    ("quantization", "fake_quant", quantization::op),
    ("quantization", "qat_lvq1", quantization::trace),
];

/// Replays every file `*.json` of the folder `golden`, the learning rules in f64; there must be one for each algorithm
/// of the table. Returns a table of the worst difference of each case, and the files that were not
/// replayed.
///
/// # Errors
/// The first file, case and step that disagrees, or what is wrong with the file.
pub fn check(golden: &Path) -> Result<String, String> {
    let mut table = format!("{:<24} {:>6} {:>12}\n", "case", "steps", "worst");
    let mut missing: Vec<&str> = REPLAYS.iter().map(|(name, ..)| *name).collect();
    let mut others = Vec::new();
    for (name, file) in files(golden)? {
        let algorithm = file["algorithm"].as_str().unwrap_or_default();
        if !REPLAYS.iter().any(|(known, ..)| *known == algorithm) {
            others.push(format!("{name} (algorithm {algorithm:?})"));
        }
        missing.retain(|known| *known != algorithm);
        for (_, section, replay) in REPLAYS.iter().filter(|(known, ..)| *known == algorithm) {
            for case in cases(&file, section).map_err(|e| format!("{name}: {e}"))? {
                let id = case["id"].as_str().unwrap_or(section);
                let (n_steps, worst) = replay(case).map_err(|e| format!("{name}: {id}: {e}"))?;
                writeln!(table, "{id:<24} {n_steps:>6} {worst:>12.1e}")
                    .map_err(|e| e.to_string())?;
            }
        }
    }
    if !missing.is_empty() {
        return Err(format!(
            "{}: no file of {}",
            golden.display(),
            missing.join(", ")
        ));
    }
    if !others.is_empty() {
        writeln!(table, "not replayed: {}", others.join(", ")).map_err(|e| e.to_string())?;
    }
    Ok(table)
}

/// The cases of a section, at least one; a section may be a single case.
fn cases<'a>(file: &'a Value, section: &str) -> Result<&'a [Value], String> {
    let cases = match &file[section] {
        case @ Value::Object(_) => std::slice::from_ref(case),
        _ => array(file, section)?,
    };
    if cases.is_empty() {
        return Err(format!("no {section}"));
    }
    Ok(cases)
}

/// Name and content of every JSON file of a folder, by name.
fn files(folder: &Path) -> Result<Vec<(String, Value)>, String> {
    let fail = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        paths.push(entry.map_err(fail)?.path());
    }
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read(path).map_err(|e| format!("{name}: {e}"))?;
        let file = serde_json::from_slice(&text).map_err(|e| format!("{name}: {e}"))?;
        Ok((name, file))
    };
    paths.iter().map(read).collect()
}
