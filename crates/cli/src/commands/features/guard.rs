//! What a run may write over and take away: what earlier runs made, never an input or a stranger's file.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_corpus::KaldiData;

use super::place::Place;
use super::shard::Shard;
use crate::args::Features;
use crate::formats::{self, Format};
use crate::inputs::Input;
use crate::output;
use crate::status::Skip;

/// Files written beside the features.
pub fn beside(format: &dyn Format, place: &Place, output: &Path, shard: Shard) -> Vec<PathBuf> {
    match place {
        Place::File(_) => {
            let companions = format.companions(output).into_iter();
            companions.map(|companion| companion.path).collect()
        }
        Place::Folder => vec![index(format, output, shard).path],
        Place::Stdout | Place::Device => Vec::new(),
    }
}

/// The index of a folder; each shard has its own.
pub fn index(format: &dyn Format, root: &Path, shard: Shard) -> formats::Companion {
    let mut index = formats::of_folder(root, format.ending());
    if !shard.is_whole() {
        index.path = root.join(format!("index.{shard}.csv"));
    }
    index
}

/// Every file that is read to make the features.
pub fn reads(args: &Features, inputs: &[Input]) -> Vec<PathBuf> {
    let mut reads = args.audio.clone();
    reads.extend(args.files_from.clone());
    for path in args.audio.iter().filter(|path| KaldiData::is_at(path)) {
        let folder = match path.is_dir() {
            true => path.as_path(),
            false => path.parent().unwrap_or(Path::new("")),
        };
        reads.extend(["wav.scp", "segments", "utt2spk", "text"].map(|name| folder.join(name)));
    }
    reads.extend(inputs.iter().map(|input| input.stretch.path.clone()));
    reads
}

/// Refuses, before any work, what would cost somebody a file.
pub fn check(
    place: &Place,
    output: &Path,
    beside: &[PathBuf],
    list: Option<&Path>,
    reads: &[PathBuf],
) -> anyhow::Result<()> {
    let mut written = beside.to_vec();
    if matches!(place, Place::File(_)) {
        output::target(output).with_context(|| output::unwritable(output))?;
        written.push(output.to_path_buf());
    }
    if let Some(list) = list {
        let list_at = placed(list);
        if let Some(same) = written.iter().find(|path| placed(path) == list_at) {
            anyhow::bail!(
                "{}: is written by this run as {}; name another file with --skipped",
                list.display(),
                same.display()
            );
        }
        output::target(list).with_context(|| output::unwritable(list))?;
        written.push(list.to_path_buf());
    }
    output::check_apart(&written, reads)?;
    if let Some(list) = list {
        check_list(list)?;
    }
    match place {
        Place::File(target) => check_companions(target, output, beside),
        Place::Folder => beside.iter().try_for_each(|index| check_index(index)),
        Place::Stdout | Place::Device => Ok(()),
    }
}

/// A path in its folder's own name.
fn placed(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or(folder.to_path_buf());
    folder.join(path.file_name().unwrap_or_default())
}

/// The first line of a file that is there; it may be anything, of any length.
fn first_line(path: &Path) -> Option<Vec<u8>> {
    let file = File::open(path).ok()?;
    let mut line = Vec::new();
    let mut file = BufReader::new(file.take(1 << 16));
    file.read_until(b'\n', &mut line).ok()?;
    Some(line)
}

fn check_list(list: &Path) -> anyhow::Result<()> {
    let is_file = fs::metadata(list).is_ok_and(|found| found.is_file());
    let line = is_file.then(|| first_line(list)).flatten();
    let line = line.filter(|line| !line.is_empty());
    let is_ours = line.is_none_or(|line| serde_json::from_slice::<Skip>(&line).is_ok());
    anyhow::ensure!(
        is_ours,
        "{}: is there and is no list of skipped inputs; move it away, or name another with --skipped",
        list.display()
    );
    Ok(())
}

fn check_index(index: &Path) -> anyhow::Result<()> {
    let is_ours = first_line(index).is_none_or(|line| line.starts_with(formats::INDEX.as_bytes()));
    anyhow::ensure!(
        is_ours,
        "{}: is there and was not written by an earlier run; move it away, or name another folder",
        index.display()
    );
    Ok(())
}

/// Lists are an earlier run's where their archive is there, or its journal, and the `.scp` speaks of that archive.
fn check_companions(target: &Path, output: &Path, beside: &[PathBuf]) -> anyhow::Result<()> {
    let Some(found) = beside.iter().find(|path| path.exists()) else {
        return Ok(());
    };
    let scp = beside
        .iter()
        .find(|path| path.extension() == Some("scp".as_ref()));
    let speaks_of_it = scp.and_then(|scp| first_line(scp)).is_some_and(|line| {
        let name = output.file_name().unwrap_or_default().as_encoded_bytes();
        let archive = line.rsplitn(2, |&byte| byte == b':').nth(1);
        line.is_empty() || archive.is_some_and(|archive| archive.ends_with(name))
    });
    let is_ours = output::hidden(target, "journal").exists() || target.exists() && speaks_of_it;
    anyhow::ensure!(
        is_ours,
        "{}: is there and does not belong to an earlier {}; move it away, or name another output",
        found.display(),
        output.display()
    );
    Ok(())
}
