//! NumPy's archive of arrays: data with its labels, and perhaps with its sides of the split.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;

use super::array::Array;
use super::npy;
use crate::Split;

const DATA: &[&str] = &["x", "data", "images", "features"];
const LABELS: &[&str] = &["y", "labels", "label", "target", "targets"];
/// `x_train`, `train_x`, `x_test` … as archives of benchmark sets name them.
const SIDES: &[(&str, Split)] = &[
    ("train", Split::Train),
    ("val", Split::Validation),
    ("valid", Split::Validation),
    ("validation", Split::Validation),
    ("test", Split::Test),
];

/// One side of an archive.
pub(super) struct Side {
    pub name: String,
    pub split: Option<Split>,
    pub data: Array,
    pub labels: Option<Array>,
}

/// Every side there is: one without a split, or those of [`SIDES`].
pub(super) fn read(path: &Path) -> Result<Vec<Side>, String> {
    let file = File::open(path).map_err(|error| super::array::unreadable(&error))?;
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| format!("is no npz archive ({error}); save it with numpy.savez"))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(Cow::into_owned)
        .collect();
    let find = |wanted: &[String]| {
        let is = |name: &&String| {
            let name = name.trim_end_matches(".npy").to_ascii_lowercase();
            wanted.contains(&name)
        };
        names.iter().find(is).cloned()
    };
    let plain = |keys: &[&str]| find(&keys.iter().map(|key| key.to_string()).collect::<Vec<_>>());
    let sided = |keys: &[&str], side: &str| {
        let both = |key: &&str| [format!("{key}_{side}"), format!("{side}_{key}")];
        find(&keys.iter().flat_map(both).collect::<Vec<_>>())
    };
    let mut chosen = Vec::new();
    for &(side, split) in SIDES {
        if let Some(data) = sided(DATA, side) {
            chosen.push((data, sided(LABELS, side), Some(split)));
        }
    }
    if chosen.is_empty() {
        let only = || (names.len() == 1).then(|| names[0].clone());
        let data = plain(DATA).or_else(only).ok_or_else(|| {
            let shown: Vec<_> = names.iter().take(20).collect();
            format!("holds {shown:?}; name the arrays X and y (numpy.savez(file, X=x, y=y))")
        })?;
        chosen.push((data, plain(LABELS), None));
    }
    let mut array = |name: &str| {
        let named = |fault: String| format!("{name} {fault}");
        let mut entry = archive
            .by_name(name)
            .map_err(|error| named(format!("cannot be read ({error}); save it anew")))?;
        npy::read(&mut entry).map_err(named)
    };
    chosen
        .into_iter()
        .map(|(data, labels, split)| {
            Ok(Side {
                data: array(&data)?,
                labels: labels.map(|labels| array(&labels)).transpose()?,
                name: data.trim_end_matches(".npy").to_string(),
                split,
            })
        })
        .collect()
}
