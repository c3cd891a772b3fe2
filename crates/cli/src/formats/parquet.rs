//! Apache Parquet: a row a recording, its numbers as one list, frame after frame. Uncompressed, since noise-like floats
//! hardly compress.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use anyhow::{Context, ensure};
use parquet::basic::Encoding;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{
    SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter,
};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::{About, Container, Dtype, Entry, Format, Layout, Record};

pub struct Parquet {
    pub dtype: Dtype,
    pub preset: String,
}

/// Bytes of numbers in a row. The writer holds a row and its page several times over, so this bounds the memory.
const MAX_ROW: usize = 4 << 20;

/// A group of rows ends when it holds as many bytes of numbers, or as many rows.
const GROUP: u64 = 64 << 20;
const GROUP_ROWS: usize = 1 << 16;

impl Format for Parquet {
    fn ending(&self) -> &'static str {
        "parquet"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Container(self)
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        let About {
            path,
            n_frames,
            n_coeffs,
            dtype,
            ..
        } = record.about;
        ensure!(
            n_frames * n_coeffs * dtype.size() <= MAX_ROW,
            "{}: {n_frames} frames of {n_coeffs} coefficients are more than the {} MiB that a row of Parquet may have here; \
             cut it into segments, or write npy, npz or ark",
            path.display(),
            MAX_ROW >> 20
        );
        record.write_le(out)
    }
}

impl Container for Parquet {
    fn finish(&self, payload: &mut File, entries: &[Entry], out: &mut File) -> anyhow::Result<()> {
        let number = match self.dtype {
            Dtype::F32 => "float",
            Dtype::F64 => "double",
        };
        let schema = parse_message_type(&format!(
            "message features {{
                required binary utterance (STRING);
                required binary path (STRING);
                optional binary label (STRING);
                optional binary speaker (STRING);
                optional double start;
                optional double end;
                required int64 sample_rate;
                required double seconds;
                required int64 n_frames;
                required int64 n_coeffs;
                required group features (LIST) {{ repeated group list {{ required {number} element; }} }}
            }}"
        ))?;
        let numbers = ColumnPath::from(vec![
            "features".to_string(),
            "list".to_string(),
            "element".to_string(),
        ]);
        let properties = WriterProperties::builder()
            .set_column_dictionary_enabled(numbers.clone(), false)
            .set_column_statistics_enabled(numbers.clone(), EnabledStatistics::None)
            .set_column_encoding(numbers, Encoding::PLAIN)
            .set_key_value_metadata(Some(vec![KeyValue::new(
                "preset".to_string(),
                self.preset.clone(),
            )]));
        let mut file = SerializedFileWriter::new(
            BufWriter::new(out),
            Arc::new(schema),
            Arc::new(properties.build()),
        )?;
        for group in groups(entries) {
            let mut rows = file.next_row_group()?;
            self.write_group(payload, group, &mut rows)?;
            rows.close()?;
        }
        file.into_inner()?.flush()?;
        Ok(())
    }
}

impl Parquet {
    /// The columns in the order of the schema.
    fn write_group<W: Write + Send>(
        &self,
        payload: &mut File,
        entries: &[Entry],
        rows: &mut SerializedRowGroupWriter<'_, W>,
    ) -> anyhow::Result<()> {
        let all = || entries.iter().map(|entry| &entry.about);
        let text = |text: &str| ByteArray::from(text);
        let optional = |it: &Option<String>| it.as_deref().map(ByteArray::from);
        column::<ByteArrayType, W>(rows, all().map(|about| Some(text(&about.utterance))))?;
        column::<ByteArrayType, W>(
            rows,
            all().map(|about| Some(text(&about.path.to_string_lossy()))),
        )?;
        column::<ByteArrayType, W>(rows, all().map(|about| optional(&about.label)))?;
        column::<ByteArrayType, W>(rows, all().map(|about| optional(&about.speaker)))?;
        column::<DoubleType, W>(rows, all().map(|about| about.start))?;
        column::<DoubleType, W>(rows, all().map(|about| about.end))?;
        column::<Int64Type, W>(rows, all().map(|about| Some(about.sample_rate.into())))?;
        column::<DoubleType, W>(rows, all().map(|about| Some(about.seconds)))?;
        column::<Int64Type, W>(rows, all().map(|about| Some(about.n_frames as i64)))?;
        column::<Int64Type, W>(rows, all().map(|about| Some(about.n_coeffs as i64)))?;
        let mut column = next(rows)?;
        let mut levels = Levels::default();
        for entry in entries {
            let mut bytes = Vec::with_capacity(entry.len as usize);
            entry.copy(payload, &mut bytes)?;
            match self.dtype {
                Dtype::F32 => {
                    let values = numbers(bytes, f32::from_le_bytes);
                    levels.write_list::<FloatType>(&mut column, &values)?;
                }
                Dtype::F64 => {
                    let values = numbers(bytes, f64::from_le_bytes);
                    levels.write_list::<DoubleType>(&mut column, &values)?;
                }
            }
        }
        Ok(column.close()?)
    }
}

/// Runs of entries that bound what a reader must hold.
fn groups(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    let mut bytes = 0;
    let mut n_rows = 0;
    entries.chunk_by(move |entry, _| {
        bytes += entry.len;
        n_rows += 1;
        let goes_on = bytes < GROUP && n_rows < GROUP_ROWS;
        if !goes_on {
            (bytes, n_rows) = (0, 0);
        }
        goes_on
    })
}

fn next<'r, W: Write + Send>(
    rows: &'r mut SerializedRowGroupWriter<'_, W>,
) -> anyhow::Result<SerializedColumnWriter<'r>> {
    rows.next_column()?
        .context("the schema has too few columns")
}

/// A column of one value a row; a missing one is a definition level of 0.
fn column<T: DataType, W: Write + Send>(
    rows: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = Option<T::T>> + Clone,
) -> anyhow::Result<()> {
    let levels: Vec<i16> = values
        .clone()
        .map(|value| i16::from(value.is_some()))
        .collect();
    let present: Vec<T::T> = values.flatten().collect();
    let mut column = next(rows)?;
    column
        .typed::<T>()
        .write_batch(&present, Some(&levels), None)?;
    Ok(column.close()?)
}

fn numbers<T, const N: usize>(bytes: Vec<u8>, of_bytes: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|&b| of_bytes(b)).collect()
}

/// The levels of a list, kept from row to row.
#[derive(Default)]
struct Levels {
    repetition: Vec<i16>,
    definition: Vec<i16>,
}

impl Levels {
    fn write_list<T: DataType>(
        &mut self,
        column: &mut SerializedColumnWriter<'_>,
        values: &[T::T],
    ) -> anyhow::Result<()> {
        // The first number of a list begins a row; an empty list has one level and no number.
        let n = values.len().max(1);
        self.repetition.resize(n, 1);
        self.repetition[0] = 0;
        self.definition.clear();
        self.definition.resize(n, i16::from(!values.is_empty()));
        let (definition, repetition) = (Some(&*self.definition), Some(&*self.repetition));
        column
            .typed::<T>()
            .write_batch(values, definition, repetition)?;
        Ok(())
    }
}
