//! IDX, as the MNIST family ships it: `train-images-idx3-ubyte[.gz]` with `train-labels-idx1-ubyte[.gz]` beside it, and
//! `t10k-…` as the test side.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::array::{Array, Type, unreadable};

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Images with the labels beside them.
pub(super) struct Files {
    pub images: PathBuf,
    /// `None` where there are none beside the images.
    pub labels: Option<PathBuf>,
}

/// Whether the file begins as IDX does, packed or not.
pub(super) fn is_idx(path: &Path) -> bool {
    let mut begin = [0; 4];
    let is_full = open(path).is_ok_and(|mut file| file.read_exact(&mut begin).is_ok());
    is_full && begin[..2] == [0, 0] && type_of(begin[2]).is_some() && (1..=8).contains(&begin[3])
}

/// Images and labels by the name of either.
pub(super) fn files(path: &Path) -> Files {
    let images = renamed(path, &[("labels", "images"), ("idx1", "idx3")]).unwrap_or(path.into());
    let labels = renamed(&images, &[("images", "labels"), ("idx3", "idx1")]);
    Files { images, labels }
}

/// The images of the test side beside those of the training side.
pub(super) fn test_side(images: &Path) -> Option<Files> {
    renamed(images, &[("train", "t10k")])
        .or_else(|| renamed(images, &[("train", "test")]))
        .map(|images| files(&images))
}

/// The training images in a folder, or any.
pub(super) fn in_folder(folder: &Path) -> Option<PathBuf> {
    let names = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    let is_images = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.contains("images") && name.contains("idx") && path.is_file()
    };
    let mut images: Vec<PathBuf> = names.filter(is_images).collect();
    images.sort_by_key(|path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        (!name.contains("train"), name)
    });
    images.into_iter().find(|path| is_idx(path))
}

/// A file beside `path` with other words in its name, packed or not.
fn renamed(path: &Path, words: &[(&str, &str)]) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    if !words.iter().any(|(from, _)| name.contains(from)) {
        return None;
    }
    let name = words
        .iter()
        .fold(name.to_string(), |name, (from, to)| name.replace(from, to));
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    [name.clone(), plain.to_string(), format!("{plain}.gz")]
        .into_iter()
        .map(|name| path.with_file_name(name))
        .find(|found| found.is_file() && found != path)
}

/// Reads one array.
pub(super) fn read(path: &Path) -> Result<Array, String> {
    let mut reader = open(path).map_err(|error| unreadable(&error))?;
    let mut number = || {
        let mut bytes = [0; 4];
        reader
            .read_exact(&mut bytes)
            .map_err(|_| "is cut short; copy or fetch it again".to_string())?;
        Ok::<_, String>(bytes)
    };
    let [0, 0, code, n_dimensions] = number()? else {
        return Err(
            "is no IDX file; give images-idx3-ubyte as the MNIST family has it".to_string(),
        );
    };
    let kind = type_of(code)
        .ok_or_else(|| format!("has the unknown IDX type {code:#04x}; fetch it again"))?;
    let sides = (0..n_dimensions).map(|_| Ok(u32::from_be_bytes(number()?) as usize));
    let shape = sides.collect::<Result<Vec<_>, String>>()?;
    Array::read(&mut reader, shape, kind)
}

fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let mut begin = [0; 2];
    let is_gzip = File::open(path)?.read_exact(&mut begin).is_ok() && begin == GZIP;
    let file = BufReader::new(File::open(path)?);
    Ok(if is_gzip {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    })
}

fn type_of(code: u8) -> Option<Type> {
    let big = true;
    Some(match code {
        0x08 => Type::Unsigned { size: 1, big },
        0x09 => Type::Signed { size: 1, big },
        0x0b => Type::Signed { size: 2, big },
        0x0c => Type::Signed { size: 4, big },
        0x0d => Type::Float { size: 4, big },
        0x0e => Type::Float { size: 8, big },
        _ => return None,
    })
}
