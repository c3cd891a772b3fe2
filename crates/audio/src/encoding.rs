//! Uncompressed samples: bytes to mono f32, in bulk.

use crate::{Channel, Error};

/// How one uncompressed sample is written; all little-endian.
///
/// Integers of `b` bits are divided by 2^(b−1), so full scale is ±1 and every value up to
/// 24 bits is exact in f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Unsigned 8-bit, silence at 128.
    U8,
    /// Signed 16-bit.
    S16Le,
    /// Signed 24-bit in three bytes.
    S24Le,
    /// Signed 32-bit.
    S32Le,
    /// 32-bit IEEE float, full scale ±1.
    F32Le,
    /// 64-bit IEEE float, full scale ±1.
    F64Le,
}

impl Encoding {
    /// Bytes of one sample.
    pub fn n_bytes(self) -> usize {
        match self {
            Encoding::U8 => 1,
            Encoding::S16Le => 2,
            Encoding::S24Le => 3,
            Encoding::S32Le | Encoding::F32Le => 4,
            Encoding::F64Le => 8,
        }
    }
}

/// Appends `bytes`, whole blocks of `n_channels` interleaved samples, to `out` as mono.
/// `index` is the position of the first block in its stream, for the message.
pub(crate) fn append_mono(
    bytes: &[u8],
    encoding: Encoding,
    n_channels: usize,
    channel: Channel,
    index: u64,
    out: &mut Vec<f32>,
) -> Result<(), Error> {
    let start = out.len();
    match encoding {
        Encoding::U8 => mix(bytes, n_channels, channel, out, |&b| {
            (f32::from(b) - 128.0) / 128.0
        }),
        Encoding::S16Le => mix(bytes.as_chunks().0, n_channels, channel, out, |&b| {
            f32::from(i16::from_le_bytes(b)) / 32_768.0
        }),
        Encoding::S24Le => mix(
            bytes.as_chunks().0,
            n_channels,
            channel,
            out,
            |&[a, b, c]| {
                // In the upper three bytes, so that the sign needs no care.
                i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0
            },
        ),
        Encoding::S32Le => mix(bytes.as_chunks().0, n_channels, channel, out, |&b| {
            i32::from_le_bytes(b) as f32 / 2_147_483_648.0
        }),
        Encoding::F32Le => mix(bytes.as_chunks().0, n_channels, channel, out, |&b| {
            f32::from_le_bytes(b)
        }),
        Encoding::F64Le => mix(bytes.as_chunks().0, n_channels, channel, out, |&b| {
            f64::from_le_bytes(b) as f32
        }),
    }
    match encoding {
        Encoding::F32Le | Encoding::F64Le => check_finite(&out[start..], index),
        _ => Ok(()),
    }
}

/// Appends interleaved blocks to `out`, one channel or the mean of all.
pub(crate) fn mix<T>(
    samples: &[T],
    n_channels: usize,
    channel: Channel,
    out: &mut Vec<f32>,
    value: impl Fn(&T) -> f32,
) {
    // One and two channels apart because the compiler turns them into vector code.
    match (channel, n_channels) {
        (_, 1) => out.extend(samples.iter().map(value)),
        (Channel::Mix, 2) => {
            let blocks = samples.as_chunks::<2>().0.iter();
            out.extend(blocks.map(|[a, b]| (value(a) + value(b)) / 2.0));
        }
        _ => {
            let blocks = samples.chunks_exact(n_channels);
            out.extend(blocks.map(|block| channel.of(block, &value)));
        }
    }
}

/// Refuses NaN, infinities and magnitudes that no full-scale-±1 sound has, even one written
/// as unscaled 32-bit integers.
pub(crate) fn check_finite(samples: &[f32], index: u64) -> Result<(), Error> {
    let is_sound = |x: &f32| x.abs() <= 2_147_483_648.0;
    // Without an early end, so that the compiler turns it into vector code.
    if samples.iter().fold(true, |ok, x| ok & is_sound(x)) {
        return Ok(());
    }
    match samples.iter().position(|x| !is_sound(x)) {
        None => Ok(()),
        Some(i) => Err(Error::NotFinite {
            index: index + i as u64,
            value: samples[i],
        }),
    }
}
