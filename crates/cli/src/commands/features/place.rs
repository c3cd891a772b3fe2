//! Where features go and what they are written as, from what was typed.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::args::Features;
use crate::formats::{Format, Layout, Name};
use crate::output::{self, Target};
use crate::status::usage;

/// What kind of thing is written.
#[derive(Clone, PartialEq)]
pub enum Place {
    Stdout,
    Device,
    File(PathBuf),
    Folder,
}

impl Place {
    /// Where the features of so many recordings go; refuses what a format cannot hold.
    pub fn of(path: &Path, format: &dyn Format, n_inputs: usize) -> anyhow::Result<Self> {
        let ending = format.ending();
        let is_single = matches!(format.layout(), Layout::Single);
        let is_folder = is_folder(path);
        let is_stdout = output::is_stdout(path);
        let for_many = n_inputs > 1 && path.extension().is_none() && !is_stdout;
        if is_single && (is_folder || for_many) {
            return Ok(Self::Folder);
        }
        if is_folder {
            return usage(format!(
                "{}: a folder is for npy and htk; name a file",
                path.display()
            ));
        }
        if is_single && n_inputs > 1 {
            let remedy = match is_stdout {
                true => "give --format csv, jsonl or kaldi".to_string(),
                false => {
                    let mut folder = path.with_extension("");
                    if folder.exists() {
                        // Which may well hold the recordings.
                        folder.as_mut_os_string().push("-features");
                    }
                    format!("give a folder: -o {}/", folder.display())
                }
            };
            return usage(format!(
                "one .{ending} holds one recording and there are {n_inputs}; {remedy}"
            ));
        }
        if is_stdout {
            return Ok(Self::Stdout);
        }
        Ok(
            match output::target(path).with_context(|| output::unwritable(path))? {
                Target::Device => Self::Device,
                Target::File { path, .. } => Self::File(path),
            },
        )
    }
}

/// Beside the output, since there must be room for as much.
pub fn temporary(output: &Path) -> PathBuf {
    if output::is_stdout(output) {
        return std::env::temp_dir();
    }
    let folder = match output.is_dir() {
        true => Some(output),
        false => output.parent(),
    };
    let folder = folder.filter(|folder| folder.is_dir());
    folder.unwrap_or(Path::new(".")).to_path_buf()
}

/// Whether something else than a file or folder is there.
pub fn is_device(path: &Path) -> bool {
    let found = path.metadata();
    found.is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// Where inputs that could not be used are listed for programs, if anywhere.
pub fn list_of_skipped(args: &Features, output: &Path) -> Option<PathBuf> {
    if args.skipped.is_some() {
        return args.skipped.clone();
    }
    if output::is_stdout(output) || is_device(output) {
        return None;
    }
    // Without a slash at its end.
    let mut path: PathBuf = output.components().collect();
    if path.file_name().is_none() {
        path.push("features");
    }
    let is_folder = is_folder(output) || output.extension().is_none();
    if let Some(shard) = args.shard.filter(|_| is_folder) {
        path.as_mut_os_string().push(format!(".{shard}"));
    }
    path.as_mut_os_string().push(".skipped.jsonl");
    Some(path)
}

/// The format asked for, or the one the ending of the output names.
pub fn format(args: &Features, output: &Path) -> anyhow::Result<Name> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    let Some(ending) = output.extension().filter(|_| !is_folder(output)) else {
        return Ok(Name::Npy);
    };
    match Name::of_ending(output) {
        Some(name) => Ok(name),
        None => usage(format!(
            "no format has the ending .{}; name the output .npy, .npz, .csv, .jsonl, .ark, .htk, .mfc, .safetensors or .parquet, \
             or give --format",
            Path::new(ending).display()
        )),
    }
}
