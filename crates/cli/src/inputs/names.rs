//! What recordings are called in what is written.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::Input;

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

/// Where the features of an utterance go in a folder; an id must not lead out of it.
pub fn of_id(id: &str) -> PathBuf {
    let path = PathBuf::from(id);
    if is_below(&path) {
        return path;
    }
    match id {
        "." | ".." => id.replace('.', "%2E").into(),
        _ => id.replace(['/', std::path::MAIN_SEPARATOR], "%2F").into(),
    }
}

/// The path as seen from `root`; of one that leads elsewhere the file's name, as features must not leave their folder.
pub fn below(path: &Path, root: &Path) -> PathBuf {
    let below = path.strip_prefix(root).ok();
    below.filter(|path| is_below(path)).map_or_else(
        || path.file_name().unwrap_or_default().into(),
        Path::to_path_buf,
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

/// The first two inputs of one name.
pub fn first_clash(inputs: &[Input]) -> Option<[&Input; 2]> {
    let mut ids = HashMap::with_capacity(inputs.len());
    let mut names: HashMap<&OsStr, &Input> = HashMap::with_capacity(inputs.len());
    inputs.iter().find_map(|input| {
        let by_id = ids.insert(input.utterance.as_str(), input);
        let by_name = names.insert(input.name.as_os_str(), input);
        by_id.or(by_name).map(|other| [other, input])
    })
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
        for (id, name) in [
            ("a/b", "a/b"),
            ("../b", "..%2Fb"),
            ("/b", "%2Fb"),
            ("..", "%2E%2E"),
        ] {
            assert_eq!(of_id(id), Path::new(name));
        }
        assert_eq!(
            below(Path::new("r/../b.wav"), Path::new("r")),
            Path::new("b.wav")
        );
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
