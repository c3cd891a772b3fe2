//! NumPy's array file: `[n_frames × n_coeffs]`, C order.

use std::io::Write;

use super::{About, Dtype, Format, Layout, Record};

pub struct Npy;

impl Format for Npy {
    fn ending(&self) -> &'static str {
        "npy"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Single
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        out.write_all(&header(record.about))?;
        record.write_le(out)
    }
}

/// Version 1.0, byte for byte as `numpy.save` writes it, with its room for as many frames as there can be.
/// Own code, because ndarray-npy writes a header only together with a whole array.
pub fn header(about: &About) -> Vec<u8> {
    let About {
        n_frames,
        n_coeffs,
        dtype,
        ..
    } = about;
    let descr = match dtype {
        Dtype::F32 => "<f4",
        Dtype::F64 => "<f8",
    };
    let mut text = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({n_frames}, {n_coeffs}), }}"
    );
    let room = 21 - n_frames.to_string().len();
    text.push_str(&" ".repeat(room));
    let end = (10 + text.len() + 1).next_multiple_of(64);
    text.push_str(&" ".repeat(end - (10 + text.len() + 1)));
    text.push('\n');
    let mut header = Vec::from(*b"\x93NUMPY\x01\x00");
    header.extend((text.len() as u16).to_le_bytes());
    header.extend(text.bytes());
    header
}
