//! Any rate to any rate, whole recordings and streams alike (FFT method of the rubato crate).

use std::ops::RangeInclusive;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::Error;

/// Sample rates accepted everywhere in this crate, in Hz.
pub(crate) const RATES: RangeInclusive<u32> = 1_000..=768_000;

/// Samples in a block of the slower side, at least. From 48 to 16 kHz a block is 32 ms, and the
/// filter, which is as long, is flat to 7.6 kHz.
const MIN_BLOCK: usize = 512;
/// Samples in a block of the faster side, at most; about 60 MB of working memory.
const MAX_BLOCK: usize = 1 << 19;

pub(crate) fn check_rate(rate: u32) -> Result<(), Error> {
    if RATES.contains(&rate) {
        Ok(())
    } else {
        Err(Error::SampleRate { got: rate })
    }
}

/// Converts a whole recording from one sample rate to another: [`Resampler`] fed once.
///
/// # Errors
/// As [`Resampler::new`].
pub fn resample(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>, Error> {
    let mut resampler = Resampler::new(from, to)?;
    // `finish` writes whole blocks before it cuts them to length.
    let block = resampler.blocks.as_ref().map_or(0, |b| b.output.len());
    let n = output_len(samples.len() as u64, from, to) as usize;
    let mut out = Vec::with_capacity(n + block);
    resampler.push(samples, &mut out);
    resampler.finish(&mut out);
    Ok(out)
}

/// round(n · to / from), halves upwards.
fn output_len(n: u64, from: u32, to: u32) -> u64 {
    let (n, from, to) = (u128::from(n), u128::from(from), u128::from(to));
    ((2 * n * to + from) / (2 * from)) as u64
}

/// Converts a stream from one sample rate to another.
///
/// - `push` and `finish` together give round(n·to/from) samples for n pushed, whatever the chunks,
///   bit for bit what [`resample`] gives; the first output sample is the instant of the first
///   input sample.
/// - After `finish` it is as new; `reset` forgets everything pushed.
/// - Output comes in blocks and trails the input by up to one block and a half: 48 ms for
///   48 to 16 kHz, 60 ms for 44.1 to 16 kHz, 120 ms for 11.025 to 16 kHz; the smaller the factor
///   that the rates share the longer, to 3 s for two without one.
/// - Equal rates pass through untouched.
/// - Samples must be finite: a NaN spoils its block and the next.
#[derive(Debug)]
pub struct Resampler {
    from: u32,
    to: u32,
    /// None for equal rates.
    blocks: Option<Blocks>,
    n_pushed: u64,
    n_emitted: u64,
}

#[derive(Debug)]
struct Blocks {
    fft: Fft<f32>,
    input: Vec<f32>,
    n_input: usize,
    output: Vec<f32>,
    /// Output samples still to drop so that output and input begin at the same instant.
    n_skip: usize,
}

impl Resampler {
    /// A resampler from one rate to another, both in Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`] outside 1000 to 768000 Hz; [`Error::Ratio`] for rates that share so
    /// small a factor that a block would exceed 2¹⁹ samples (only ever with the faster above
    /// 262 kHz).
    pub fn new(from: u32, to: u32) -> Result<Self, Error> {
        check_rate(from)?;
        check_rate(to)?;
        Ok(Resampler {
            from,
            to,
            blocks: if from == to {
                None
            } else {
                Some(Blocks::new(from, to)?)
            },
            n_pushed: 0,
            n_emitted: 0,
        })
    }

    /// Takes samples in, appends what is ready to `out`, and returns how many that was.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> usize {
        let start = out.len();
        self.n_pushed += samples.len() as u64;
        match &mut self.blocks {
            None => out.extend_from_slice(samples),
            Some(blocks) => blocks.push(samples, out),
        }
        let n = out.len() - start;
        self.n_emitted += n as u64;
        n
    }

    /// Appends the samples still owed to `out`, returns how many, and is as new afterwards.
    pub fn finish(&mut self, out: &mut Vec<f32>) -> usize {
        let owed = (output_len(self.n_pushed, self.from, self.to) - self.n_emitted) as usize;
        let end = out.len() + owed;
        if let Some(blocks) = &mut self.blocks {
            while out.len() < end {
                blocks.pad(out);
            }
            // The last block reaches beyond the end.
            out.truncate(end);
        }
        self.reset();
        owed
    }

    /// Forgets everything pushed; as new.
    pub fn reset(&mut self) {
        self.n_pushed = 0;
        self.n_emitted = 0;
        if let Some(blocks) = &mut self.blocks {
            blocks.fft.reset();
            blocks.n_input = 0;
            blocks.n_skip = blocks.fft.output_delay();
        }
    }
}

impl Blocks {
    fn new(from: u32, to: u32) -> Result<Self, Error> {
        let common = gcd(from, to);
        let (unit_in, unit_out) = ((from / common) as usize, (to / common) as usize);
        // An even number of units, so that half a block, which is the filter's delay, is a whole
        // number of samples on both sides.
        let n_units = MIN_BLOCK
            .div_ceil(unit_in.min(unit_out))
            .next_multiple_of(2);
        let block = n_units * unit_in.max(unit_out);
        if block > MAX_BLOCK {
            return Err(Error::Ratio {
                from,
                to,
                block,
                limit: MAX_BLOCK,
            });
        }
        let fft = Fft::new_custom(
            from as usize,
            to as usize,
            n_units * unit_in,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .expect("rates and block are above zero");
        Ok(Blocks {
            input: vec![0.0; fft.input_frames_next()],
            n_input: 0,
            output: vec![0.0; fft.output_frames_next()],
            n_skip: fft.output_delay(),
            fft,
        })
    }

    fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) {
        while !samples.is_empty() {
            let free = &mut self.input[self.n_input..];
            let (now, later) = samples.split_at(samples.len().min(free.len()));
            free[..now.len()].copy_from_slice(now);
            self.n_input += now.len();
            samples = later;
            if self.n_input == self.input.len() {
                self.run(out);
            }
        }
    }

    /// Fills the block up with silence and converts it.
    fn pad(&mut self, out: &mut Vec<f32>) {
        self.input[self.n_input..].fill(0.0);
        self.run(out);
    }

    fn run(&mut self, out: &mut Vec<f32>) {
        let (n_in, n_out) = (self.input.len(), self.output.len());
        let input = InterleavedSlice::new(&self.input, 1, n_in).expect("one channel of n_in");
        let mut output =
            InterleavedSlice::new_mut(&mut self.output, 1, n_out).expect("one channel of n_out");
        self.fft
            .process_into_buffer(&input, &mut output, None)
            .expect("both buffers have the sizes that the resampler asked for");
        self.n_input = 0;
        let skip = self.n_skip.min(n_out);
        self.n_skip -= skip;
        out.extend_from_slice(&self.output[skip..]);
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
