//! NumPy's archive of arrays: a zip with one .npy an utterance, stored, since noise-like floats hardly deflate.

use std::fs::File;
use std::io::{BufWriter, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::npy::Npy;
use super::{About, Container, Entry, Format, Layout, Record, safe_name};

pub struct Npz;

impl Format for Npz {
    fn ending(&self) -> &'static str {
        "npz"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Container(self)
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        anyhow::ensure!(
            name(record.about).len() <= usize::from(u16::MAX),
            "{}: its id is too long for a name in a zip archive; give it a shorter one",
            record.about.path.display()
        );
        Npy.encode(record, out)
    }
}

impl Container for Npz {
    fn finish(&self, payload: &mut File, entries: &[Entry], out: &mut File) -> anyhow::Result<()> {
        let mut zip = ZipWriter::new(BufWriter::new(out));
        let copied = entries.iter().try_for_each(|entry| {
            // The date is that of the format's year zero unless one is given: the same bytes tomorrow.
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .large_file(entry.len >= u64::from(u32::MAX));
            zip.start_file(name(&entry.about), options)?;
            entry.copy(payload, &mut zip)
        });
        if copied.is_err() {
            // Dropped, it would try to finish and complain on standard error.
            std::mem::forget(zip);
            return copied;
        }
        zip.finish()?.flush()?;
        Ok(())
    }
}

/// The id, which must not lead out of the folder an archive is unpacked into.
fn name(about: &About) -> String {
    format!("{}.npy", safe_name(&about.utterance))
}
