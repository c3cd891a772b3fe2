//! Recordings played through one after the other, block by block, at one rate.

use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_audio::{Channel, Reader, Resampler};

use crate::clips;
use crate::status::Skipped;

/// Samples of a block.
const BLOCK: u64 = 1 << 16;

/// The recordings that begin as sound does, at least one; the others are named. `option` is what they were given to.
pub fn usable(
    option: &str,
    recordings: &[PathBuf],
    sample_rate: u32,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<PathBuf>> {
    let begin = |_: &mut (), path: &PathBuf| -> anyhow::Result<PathBuf> {
        let mut source = Source::open(path, sample_rate)?;
        source.reader.next_block(&mut source.block)?;
        Ok(path.clone())
    };
    let usable = clips::map(recordings, "checking", skipped, || (), begin)?;
    anyhow::ensure!(
        !usable.is_empty(),
        "{option}: not one recording could be used; see above"
    );
    Ok(usable.into_iter().map(|(_, path)| path).collect())
}

/// A background without end: after the last recording comes the first again.
pub struct Background {
    recordings: Vec<PathBuf>,
    sample_rate: u32,
    /// Recordings begun so far.
    n_begun: usize,
    source: Option<Source>,
    /// At the rate, not yet handed out.
    ready: Vec<f32>,
    /// Samples, as far as was read, until the first recording came again.
    pub n_unique: u64,
}

/// One recording being read.
struct Source {
    reader: Reader,
    resampler: Resampler,
    block: Vec<f32>,
}

impl Source {
    fn open(path: &Path, sample_rate: u32) -> anyhow::Result<Self> {
        let reader = Reader::open(path, Channel::Mix)?;
        let resampler = Resampler::new(reader.sample_rate(), sample_rate);
        Ok(Self {
            resampler: resampler.with_context(|| path.display().to_string())?,
            reader,
            block: Vec::new(),
        })
    }
}

impl Background {
    /// Of recordings that are [`usable`].
    pub fn new(recordings: &[PathBuf], sample_rate: u32) -> Self {
        Self {
            recordings: recordings.to_vec(),
            sample_rate,
            n_begun: 0,
            source: None,
            ready: Vec::new(),
            n_unique: 0,
        }
    }

    /// Hands out `n_samples` in blocks.
    pub fn play(
        &mut self,
        n_samples: u64,
        mut hear: impl FnMut(&mut [f32]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut n_left = n_samples;
        while n_left > 0 {
            let n = n_left.min(BLOCK);
            hear(&mut self.next(n as usize)?)?;
            n_left -= n;
        }
        Ok(())
    }

    /// The next `n` samples.
    pub fn next(&mut self, n: usize) -> anyhow::Result<Vec<f32>> {
        while self.ready.len() < n {
            self.read_on()?;
        }
        let rest = self.ready.split_off(n);
        Ok(std::mem::replace(&mut self.ready, rest))
    }

    fn read_on(&mut self) -> anyhow::Result<()> {
        let before = self.ready.len();
        let source = match &mut self.source {
            Some(source) => source,
            None => {
                let path = &self.recordings[self.n_begun % self.recordings.len()];
                self.n_begun += 1;
                self.source.insert(Source::open(path, self.sample_rate)?)
            }
        };
        source.block.clear();
        let is_over = source.reader.next_block(&mut source.block)? == 0;
        match is_over {
            true => source.resampler.finish(&mut self.ready),
            false => source.resampler.push(&source.block, &mut self.ready),
        };
        if is_over {
            self.source = None;
        }
        if self.n_begun <= self.recordings.len() {
            self.n_unique += (self.ready.len() - before) as u64;
        }
        Ok(())
    }
}
