//! Feature rows on their way to a format: in memory, or in a temporary file where a recording is long.

use std::fs::File;
use std::io::{BufWriter, Read, Seek};
use std::path::Path;

use anyhow::Context;

use super::sink::NoRoom;
use crate::formats::{Block, InMemory, Rows};

/// The rows of one recording.
pub enum Stored {
    Memory(Vec<f32>),
    File(RowFile),
}

impl Rows for Stored {
    fn for_each(
        &mut self,
        f: &mut dyn FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Memory(values) => InMemory(Block::F32(values)).for_each(f),
            Self::File(file) => file.for_each(f),
        }
    }
}

/// Rows in a file without a name, which goes when it is closed, however the run ends.
pub struct RowFile {
    file: File,
    n_coeffs: usize,
    n_rows: usize,
}

impl RowFile {
    /// An empty one in `folder`, filled by the block.
    pub fn create(
        folder: &Path,
        n_coeffs: usize,
        fill: impl FnOnce(&mut dyn FnMut(&[f32]) -> anyhow::Result<()>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let unwritable = || NoRoom(folder.to_path_buf());
        let mut out = BufWriter::new(tempfile::tempfile_in(folder).with_context(unwritable)?);
        let mut n_values = 0;
        fill(&mut |values| {
            n_values += values.len();
            Block::F32(values)
                .write_le(&mut out)
                .with_context(unwritable)
        })?;
        let file = out.into_inner().map_err(|error| error.into_error());
        Ok(Self {
            file: file.with_context(unwritable)?,
            n_coeffs,
            n_rows: n_values / n_coeffs,
        })
    }

    pub fn n_rows(&self) -> usize {
        self.n_rows
    }
}

/// Rows read at once.
const N_ROWS: usize = 4_096;

impl Rows for RowFile {
    fn for_each(
        &mut self,
        f: &mut dyn FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.file.rewind()?;
        let mut bytes = Vec::new();
        let mut values: Vec<f32> = Vec::new();
        let mut n_left = self.n_rows;
        while n_left > 0 {
            let n_rows = n_left.min(N_ROWS);
            bytes.resize(size_of::<f32>() * n_rows * self.n_coeffs, 0);
            self.file.read_exact(&mut bytes)?;
            values.clear();
            values.extend(bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)));
            f(Block::F32(&values))?;
            n_left -= n_rows;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let values: Vec<f32> = (0..3 * 10_000).map(|i| i as f32 * 0.1).collect();
        let folder = tempfile::tempdir().unwrap();
        let file = RowFile::create(folder.path(), 3, |write| {
            values.chunks(999).try_for_each(write)
        });
        let mut file = file.unwrap();
        assert_eq!(file.n_rows(), 10_000);
        for _ in 0..2 {
            let mut found = Vec::new();
            file.for_each(&mut |block| {
                let Block::F32(values) = block else {
                    panic!("{block:?}")
                };
                found.extend_from_slice(values);
                Ok(())
            })
            .unwrap();
            assert_eq!(found, values);
        }
    }
}
