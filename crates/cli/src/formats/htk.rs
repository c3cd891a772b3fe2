//! HTK's parameter files (HTK Book, "Parameter File Format"): one recording, big-endian, float32.

use std::io::Write;

use anyhow::{Context, ensure};

use super::record::write_bytes;
use super::{Block, Format, Layout, Record};

/// Features of no layout that HTK knows.
pub const USER: u16 = 9;

pub struct Htk {
    /// HTK's code for the kind of the features, with its qualifiers.
    pub parm_kind: u16,
}

impl Format for Htk {
    fn ending(&self) -> &'static str {
        "htk"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Single
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        let about = record.about;
        let too_large = || {
            format!(
                "{}: {} frames of {} coefficients each {} s are more than an HTK file can say; write npy or ark",
                about.path.display(),
                about.n_frames,
                about.n_coeffs,
                about.hop_seconds
            )
        };
        let n_frames = i32::try_from(about.n_frames).with_context(too_large)?;
        let frame_bytes = i16::try_from(4 * about.n_coeffs).with_context(too_large)?;
        let period = (1e7 * about.hop_seconds).round();
        ensure!((0.0..=f64::from(i32::MAX)).contains(&period), too_large());
        out.write_all(&n_frames.to_be_bytes())?;
        out.write_all(&(period as i32).to_be_bytes())?;
        out.write_all(&frame_bytes.to_be_bytes())?;
        out.write_all(&self.parm_kind.to_be_bytes())?;
        record.for_each(|block| match block {
            Block::F32(values) => Ok(write_bytes(values, f32::to_be_bytes, out)?),
            Block::F64(_) => anyhow::bail!("an HTK file holds float32 only"),
        })
    }
}
