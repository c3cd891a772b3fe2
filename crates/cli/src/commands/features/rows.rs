//! Feature rows on their way to a format: in memory, or in a temporary file where a recording is long.

use std::fs::File;
use std::io::{BufWriter, Read, Seek};
use std::marker::PhantomData;
use std::path::Path;

use anyhow::Context;
use mynah::dsp::Real;

use super::sink::NoRoom;
use crate::formats::{Block, Dtype, InMemory, Rows};
use crate::interrupt;

/// What features are computed and written in.
pub trait Number: Real {
    const DTYPE: Dtype;

    fn block(values: &[Self]) -> Block<'_>;

    /// Samples as such numbers, in `room` where they are not already.
    fn of_samples<'a>(samples: &'a [f32], room: &'a mut Vec<Self>) -> &'a [Self];

    /// Appends numbers written by [`Block::write_le`].
    fn read_le(bytes: &[u8], out: &mut Vec<Self>);
}

impl Number for f32 {
    const DTYPE: Dtype = Dtype::F32;

    fn block(values: &[Self]) -> Block<'_> {
        Block::F32(values)
    }

    fn of_samples<'a>(samples: &'a [f32], _: &'a mut Vec<Self>) -> &'a [Self] {
        samples
    }

    fn read_le(bytes: &[u8], out: &mut Vec<Self>) {
        out.extend(bytes.as_chunks().0.iter().map(|&b| Self::from_le_bytes(b)));
    }
}

impl Number for f64 {
    const DTYPE: Dtype = Dtype::F64;

    fn block(values: &[Self]) -> Block<'_> {
        Block::F64(values)
    }

    fn of_samples<'a>(samples: &'a [f32], room: &'a mut Vec<Self>) -> &'a [Self] {
        room.clear();
        room.extend(samples.iter().map(|&sample| Self::from(sample)));
        room
    }

    fn read_le(bytes: &[u8], out: &mut Vec<Self>) {
        out.extend(bytes.as_chunks().0.iter().map(|&b| Self::from_le_bytes(b)));
    }
}

/// Rows in memory.
pub struct RowVec<T>(pub Vec<T>);

impl<T: Number> Rows for RowVec<T> {
    fn for_each(
        &mut self,
        f: &mut dyn FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        InMemory(T::block(&self.0)).for_each(f)
    }
}

/// Rows in a file without a name, which goes when it is closed, however the run ends.
pub struct RowFile<T> {
    file: File,
    n_coeffs: usize,
    n_rows: usize,
    numbers: PhantomData<T>,
}

impl<T: Number> RowFile<T> {
    /// An empty one in `folder`, filled by the block.
    pub fn create(
        folder: &Path,
        n_coeffs: usize,
        fill: impl FnOnce(&mut dyn FnMut(&[T]) -> anyhow::Result<()>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let no_room = || NoRoom(folder.to_path_buf());
        let mut out = BufWriter::new(tempfile::tempfile_in(folder).with_context(no_room)?);
        let mut n_values = 0;
        fill(&mut |values| {
            n_values += values.len();
            T::block(values).write_le(&mut out).with_context(no_room)
        })?;
        let file = out.into_inner().map_err(|error| error.into_error());
        Ok(Self {
            file: file.with_context(no_room)?,
            n_coeffs,
            n_rows: n_values / n_coeffs,
            numbers: PhantomData,
        })
    }

    pub fn n_rows(&self) -> usize {
        self.n_rows
    }
}

/// Rows read at once.
const N_ROWS: usize = 4_096;

impl<T: Number> Rows for RowFile<T> {
    fn for_each(
        &mut self,
        f: &mut dyn FnMut(Block<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.file.rewind()?;
        let (mut bytes, mut values) = (Vec::new(), Vec::new());
        let mut n_left = self.n_rows;
        while n_left > 0 {
            interrupt::check()?;
            let n_rows = n_left.min(N_ROWS);
            bytes.resize(size_of::<T>() * n_rows * self.n_coeffs, 0);
            self.file.read_exact(&mut bytes)?;
            values.clear();
            T::read_le(&bytes, &mut values);
            f(T::block(&values))?;
            n_left -= n_rows;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_out<T: Number>(values: Vec<T>) {
        let folder = tempfile::tempdir().unwrap();
        let file = RowFile::create(folder.path(), 3, |write| {
            values.chunks(999).try_for_each(write)
        });
        let mut file = file.unwrap();
        assert_eq!(file.n_rows(), 10_000);
        for _ in 0..2 {
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            file.for_each(&mut |block| Ok(block.write_le(&mut found)?))
                .unwrap();
            T::block(&values).write_le(&mut expected).unwrap();
            assert!(found == expected);
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        comes_out((0..3 * 10_000).map(|i| i as f32 * 0.1).collect());
        comes_out((0..3 * 10_000).map(|i| f64::from(i) * 0.1).collect());
    }
}
