//! What recordings are called in what is written.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use super::Input;
use crate::formats::safe_name;
use crate::status::{Skip, Skipped};

/// The id of a recording called `name`: the same, with white space, control characters and what is not UTF-8 as `%XX`,
/// so that different names stay different.
pub fn id(name: &Path) -> String {
    let mut id = String::new();
    for chunk in name.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_whitespace() || c.is_control() || c == '%' {
                let mut bytes = [0; 4];
                escape(c.encode_utf8(&mut bytes).as_bytes(), &mut id);
            } else {
                id.push(c);
            }
        }
        escape(chunk.invalid(), &mut id);
    }
    id
}

fn escape(bytes: &[u8], id: &mut String) {
    for byte in bytes {
        id.push_str(&format!("%{byte:02X}"));
    }
}

/// The path as seen from `root`; of one that leads elsewhere the file's name, as features must not leave their folder.
pub fn below(path: &Path, root: &Path) -> PathBuf {
    let below = path.strip_prefix(root).ok();
    below.filter(|path| is_below(path)).map_or_else(
        || path.file_name().unwrap_or_default().into(),
        |path| path.components().collect(),
    )
}

fn is_below(path: &Path) -> bool {
    path.components().all(|c| matches!(c, Component::Normal(_)))
}

/// Every path as seen from the deepest folder that holds them all, without ending.
pub fn below_common_folder(paths: &[PathBuf]) -> Vec<PathBuf> {
    let folder = |path: &PathBuf| path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut common = paths.first().map(folder).unwrap_or_default();
    for path in paths {
        while !path.starts_with(&common) {
            common.pop();
        }
    }
    let name = |path: &PathBuf| below(path, &common).with_extension("");
    paths.iter().map(name).collect()
}

/// What comes after the name of a recording for a stretch of it: whole milliseconds, or else all digits of the seconds,
/// so that no two stretches are called the same.
pub fn of_stretch(start: Option<f64>, end: Option<f64>) -> String {
    let text = |bound: Option<f64>| bound.map_or(String::new(), |s| s.to_string());
    let in_ms = |bound: Option<f64>| bound.map(|s| (1_000.0 * s).round());
    let is_exact = |bound: Option<f64>| in_ms(bound).map(|ms| ms / 1_000.0) == bound;
    match is_exact(start) && is_exact(end) {
        true => format!("-{}-{}ms", text(in_ms(start)), text(in_ms(end))),
        false => format!("-{}-{}s", text(start), text(end)),
    }
}

/// Every input that would be called as one before it is, with that one, by their places; names are the same where they
/// mean one file, however they are written.
pub fn clashes(inputs: &[Input]) -> Vec<[usize; 2]> {
    let mut ids = HashMap::with_capacity(inputs.len());
    let mut names: HashMap<&Path, usize> = HashMap::with_capacity(inputs.len());
    let mut clashes = Vec::new();
    for (i, input) in inputs.iter().enumerate() {
        let (id, name) = (safe_name(&input.utterance), input.name.as_path());
        match ids.get(&id).or_else(|| names.get(name)) {
            Some(&first) => clashes.push([first, i]),
            None => {
                ids.insert(id, i);
                names.insert(name, i);
            }
        }
    }
    clashes
}

/// The longest name of a file or folder that common file systems take, and the longest path, in bytes.
const MAX_NAME: usize = 255;
const MAX_PATH: usize = 4_095;

/// Takes out the inputs whose features can have no file `.{ending}` below `folder`.
pub fn keep_files(
    inputs: &mut Vec<Input>,
    folder: &Path,
    ending: &str,
    skipped: &mut Skipped,
) -> anyhow::Result<()> {
    let file = |input: &Input| {
        let mut file = input.name.clone();
        file.as_mut_os_string().push(format!(".{ending}"));
        file
    };
    let files: HashSet<PathBuf> = inputs.iter().map(file).collect();
    let fault = |file: &Path| {
        let is_too_long = |c: Component<'_>| c.as_os_str().len() > MAX_NAME;
        if file.components().any(is_too_long) || folder.join(file).as_os_str().len() > MAX_PATH {
            return Some("is too long for the name of a file".to_string());
        }
        if file.as_os_str().as_encoded_bytes().contains(&0) {
            return Some("has a zero byte, which no file's name may have".to_string());
        }
        let above = file
            .ancestors()
            .skip(1)
            .find(|above| files.contains(*above));
        above.map(|above| format!("needs a folder {}, where a file lies", above.display()))
    };
    retain(inputs, skipped, |_, input| {
        let fault = fault(&file(input))?;
        Some(format!(
            "{} {fault}; give it another id, or write one file of all",
            input.utterance
        ))
    })
}

/// Takes out the inputs that have a fault, and names it.
pub fn retain(
    inputs: &mut Vec<Input>,
    skipped: &mut Skipped,
    fault: impl Fn(usize, &Input) -> Option<String>,
) -> anyhow::Result<()> {
    let mut kept = Vec::with_capacity(inputs.len());
    for (i, input) in std::mem::take(inputs).into_iter().enumerate() {
        match fault(i, &input) {
            None => kept.push(input),
            Some(fault) => {
                let error = anyhow::Error::msg(fault);
                skipped.add_skip(Skip::recording(
                    &input.utterance,
                    &input.stretch.path,
                    &error,
                ))?;
            }
        }
    }
    *inputs = kept;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_no_white_space_and_stay_apart() {
        for (name, expected) in [
            ("bebo/cyd_1", "bebo/cyd_1"),
            ("odd name", "odd%20name"),
            ("odd%20name", "odd%2520name"),
            ("a\u{3000}é\n", "a%E3%80%80é%0A"),
        ] {
            assert_eq!(id(Path::new(name)), expected);
        }
    }

    #[test]
    fn names_stay_in_their_folder() {
        assert_eq!(
            below(Path::new("r/../b.wav"), Path::new("r")),
            Path::new("b.wav")
        );
    }

    #[test]
    fn stretches_are_told_apart() {
        for (start, end, name) in [
            (Some(0.1), Some(0.57), "-100-570ms"),
            (Some(0.1001), Some(0.57), "-0.1001-0.57s"),
            (None, Some(2.0), "--2000ms"),
        ] {
            assert_eq!(of_stretch(start, end), name);
        }
    }

    #[test]
    fn a_list_is_seen_from_its_common_folder() {
        let names = |paths: &[&str]| {
            below_common_folder(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
        };
        assert_eq!(
            names(&["/d/a/1.wav", "/d/b/1.wav"]),
            [Path::new("a/1"), Path::new("b/1")]
        );
        assert_eq!(
            names(&["d/1.wav", "e.wav"]),
            [Path::new("d/1"), Path::new("e")]
        );
        assert_eq!(names(&["d/1.wav"]), [Path::new("1")]);
        assert!(names(&[]).is_empty());
    }
}
