//! Where results go: standard output, or a file that appears only when it is whole.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Context;
use rayon::prelude::*;

/// Writes beside the target and renames when all is there, so that no reader ever sees half a file.
/// Devices, pipes and `-` (standard output) cannot be renamed and are written directly.
pub fn write(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if is_stdout(path) {
        let mut out = BufWriter::new(io::stdout().lock());
        fill(&mut out)?;
        out.flush()?;
        return Ok(());
    }
    let unwritable = || unwritable(path);
    // What went wrong in making the contents is not the file's fault.
    let fill = |out: &mut dyn Write| {
        fill(out).map_err(|error| match io_kind(&error) {
            Some(_) => error.context(unwritable()),
            None => error,
        })
    };
    match target(path).with_context(unwritable)? {
        Target::Device => {
            let device = fs::OpenOptions::new().write(true).open(path);
            let mut out = BufWriter::new(device.with_context(unwritable)?);
            fill(&mut out)?;
            out.flush().with_context(unwritable)
        }
        Target::File { path, folder } => {
            let part = part_in(&folder).with_context(unwritable)?;
            let mut out = BufWriter::new(part);
            fill(&mut out)?;
            let part = out.into_inner().map_err(io::IntoInnerError::into_error);
            let part = part.with_context(unwritable)?;
            let persisted = part.persist(&path).map_err(|e| e.error);
            persisted.with_context(unwritable)?;
            Ok(())
        }
    }
}

/// A small file beside a result; without bytes there must be none.
pub struct Side {
    pub path: PathBuf,
    pub bytes: Option<Vec<u8>>,
}

/// Puts small files in their places, then the result that lies at `made`, so that where the result is, all is there and
/// fits together. Without room for one of them, everything stays as it was; what a killed run leaves the next one writes over.
pub fn publish(sides: &[Side], made: &Path, result: &Path) -> anyhow::Result<()> {
    let parts = sides
        .iter()
        .map(Part::write)
        .collect::<anyhow::Result<Vec<_>>>()?;
    if sides.iter().any(Side::changes) {
        remove(result)?;
    }
    parts.into_iter().try_for_each(Part::put)?;
    fs::rename(made, result).with_context(|| unwritable(result))
}

/// Puts small files in their places.
pub fn put(sides: &[Side]) -> anyhow::Result<()> {
    let parts = sides
        .iter()
        .map(Part::write)
        .collect::<anyhow::Result<Vec<_>>>()?;
    parts.into_iter().try_for_each(Part::put)
}

impl Side {
    fn changes(&self) -> bool {
        self.bytes.is_some() || self.path.exists()
    }
}

/// A small file under a name for the time being, which goes unless it is put in its place.
struct Part<'s> {
    side: &'s Side,
    /// Where it lies and where it goes; not for devices.
    way: Option<[PathBuf; 2]>,
}

impl<'s> Part<'s> {
    fn write(side: &'s Side) -> anyhow::Result<Self> {
        let mut part = Self { side, way: None };
        if let Some(bytes) = &side.bytes {
            let unwritable = || unwritable(&side.path);
            if let Target::File { path, .. } = target(&side.path).with_context(unwritable)? {
                let [from, _] = part.way.insert([hidden(&path, "whole"), path]);
                fs::write(from, bytes).with_context(unwritable)?;
            }
        }
        Ok(part)
    }

    fn put(mut self) -> anyhow::Result<()> {
        let path = &self.side.path;
        match (&self.side.bytes, &self.way) {
            (None, _) => remove(path),
            (Some(bytes), None) => {
                let device = fs::OpenOptions::new().write(true).open(path);
                let written = device.and_then(|mut device| device.write_all(bytes));
                written.with_context(|| unwritable(path))
            }
            (Some(_), Some([from, to])) => {
                fs::rename(from, to).with_context(|| unwritable(path))?;
                self.way = None;
                Ok(())
            }
        }
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        if let Some([from, _]) = &self.way {
            let _ = fs::remove_file(from);
        }
    }
}

/// Removes a file that may not be there.
pub fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: cannot be removed", path.display()))
        }
        _ => Ok(()),
    }
}

/// A file that belongs to the making of `target`, beside it.
pub fn hidden(target: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".mynah-");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{ending}"));
    target.with_file_name(name)
}

/// Refuses to write over what is read.
pub fn check_apart(written: &[PathBuf], inputs: &[PathBuf]) -> anyhow::Result<()> {
    // Only files of one length can be the same; that saves following the paths of thousands.
    let found = |path: &PathBuf| Some((path.clone(), fs::metadata(path).ok()?.len()));
    let written: Vec<_> = written.iter().filter_map(found).collect();
    if written.is_empty() {
        return Ok(());
    }
    inputs.par_iter().try_for_each(|input| {
        let Some(found) = fs::metadata(input).ok().filter(fs::Metadata::is_file) else {
            return Ok(());
        };
        for (path, _) in written.iter().filter(|(_, len)| *len == found.len()) {
            anyhow::ensure!(
                input.canonicalize().ok() != path.canonicalize().ok(),
                "{}: is an input too; name another file to write",
                path.display()
            );
        }
        Ok(())
    })
}

/// What is said of an output that cannot be written.
pub fn unwritable(path: &Path) -> String {
    match is_stdout(path) {
        true => "standard output: cannot be written".to_string(),
        false => format!("{}: cannot be written", path.display()),
    }
}

/// The file being written, which a run that ends at once takes away.
static PART: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Takes away what is half written.
pub fn abandon() {
    if let Some(part) = PART.lock().ok().and_then(|mut part| part.take()) {
        let _ = fs::remove_file(part);
    }
}

/// Whether a path stands for standard output.
pub fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// What a path leads to.
pub enum Target {
    Device,
    File { path: PathBuf, folder: PathBuf },
}

/// Where a path leads, or why nothing can be written there.
pub fn target(path: &Path) -> anyhow::Result<Target> {
    let path = match fs::metadata(path) {
        Ok(found) if found.is_dir() => anyhow::bail!("it is a folder; name a file"),
        Ok(found) if !found.is_file() => return Ok(Target::Device),
        // A link keeps pointing where it points; what it points at is replaced.
        Ok(_) => path.canonicalize()?,
        Err(_) => path.to_path_buf(),
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    anyhow::ensure!(
        folder.is_dir(),
        "there is no folder {}; make it first",
        folder.display()
    );
    Ok(Target::File { path, folder })
}

/// Refuses a target that could not be written after long work.
pub fn check_writable(path: &Path) -> anyhow::Result<()> {
    if let Target::File { folder, .. } = target(path).with_context(|| unwritable(path))? {
        part_in(&folder).with_context(|| unwritable(path))?;
    }
    Ok(())
}

fn part_in(folder: &Path) -> anyhow::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mynah-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file; the umask takes away what it takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let part = builder
        .tempfile_in(folder)
        // Without the name for the time being, which says nothing.
        .map_err(|error| {
            let text = error.to_string();
            let cause = text
                .split_once(" at path ")
                .map_or(&*text, |(cause, _)| cause);
            io::Error::new(error.kind(), cause)
        })
        .with_context(|| format!("folder {} takes no new file", folder.display()))?;
    if let Ok(mut noted) = PART.lock() {
        *noted = Some(part.path().to_path_buf());
    }
    Ok(part)
}

/// True where the reader of standard output has gone (`| head`): not a failure.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    io_kind(error) == Some(io::ErrorKind::BrokenPipe)
}

/// What the system said, if the error is the system's; not every crate lists it as the cause.
fn io_kind(error: &anyhow::Error) -> Option<io::ErrorKind> {
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            Some(error.kind())
        } else if let Some(error) = cause.downcast_ref::<serde_json::Error>() {
            error.io_error_kind()
        } else {
            match cause.downcast_ref::<csv::Error>()?.kind() {
                csv::ErrorKind::Io(error) => Some(error.kind()),
                _ => None,
            }
        }
    })
}

/// One line on standard output.
pub fn line(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// A line beside the result, on standard output. That its reader has gone is no reason to stop before the result is there.
pub fn remark(text: impl std::fmt::Display) -> anyhow::Result<()> {
    match line(text) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        done => done,
    }
}

/// One JSON value on a line of standard output.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Says something on standard error, if it is not empty. That nobody listens there is no reason to stop.
pub fn note(text: impl std::fmt::Display) {
    let text = text.to_string();
    if !text.is_empty() {
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    }
}
