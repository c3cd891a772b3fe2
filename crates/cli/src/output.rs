//! Where results go: standard output, or a file that appears only when it is whole.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Writes beside the target and renames when all is there, so that no reader ever sees half a file.
/// Devices, pipes and `-` (standard output) cannot be renamed and are written directly.
pub fn write(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if path == Path::new("-") {
        let mut out = BufWriter::new(io::stdout().lock());
        fill(&mut out)?;
        out.flush()?;
        return Ok(());
    }
    write_file(path, fill).with_context(|| format!("{}: cannot be written", path.display()))
}

fn write_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let target = match fs::metadata(path) {
        Ok(found) if found.is_dir() => anyhow::bail!("it is a folder; name a file"),
        Ok(found) if !found.is_file() => {
            let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
            fill(&mut out)?;
            out.flush()?;
            return Ok(());
        }
        // A link keeps pointing where it points; what it points at is replaced.
        Ok(_) => path.canonicalize()?,
        Err(_) => path.to_path_buf(),
    };
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mynah-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file; the umask takes away what it takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let part = builder.tempfile_in(&folder).with_context(|| {
        let hint = if folder.is_dir() {
            "it allows no new files"
        } else {
            "it does not exist"
        };
        format!("folder {}: {hint}", folder.display())
    })?;
    let mut out = BufWriter::new(part);
    fill(&mut out)?;
    let part = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    part.persist(&target).map_err(|e| e.error)?;
    Ok(())
}

/// True where the reader of standard output has gone (`| head`): not a failure.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .and_then(serde_json::Error::io_error_kind)
                == Some(io::ErrorKind::BrokenPipe)
    })
}

/// One line on standard output.
pub fn line(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// One JSON value on a line of standard output.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?)
}
