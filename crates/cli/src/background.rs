//! Recordings played through one after the other, block by block, at one rate.

use mynah_audio::{Channel, Reader, Resampler};

use crate::clips::Stretch;
use crate::inputs::Input;
use crate::status::usage;

/// Samples of a block.
const BLOCK: u64 = 1 << 16;

/// A background without end: after the last recording comes the first again.
pub struct Background {
    stretches: Vec<Stretch>,
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

impl Background {
    pub fn new(inputs: &[Input], sample_rate: u32) -> anyhow::Result<Self> {
        let stretches: Vec<Stretch> = inputs.iter().map(|input| input.stretch.clone()).collect();
        if let Some(part) = stretches
            .iter()
            .find(|stretch| stretch.start.is_some() || stretch.end.is_some())
        {
            return usage(format!(
                "{}: a part of it is named; give a background as files or folders",
                part.path.display()
            ));
        }
        if stretches.is_empty() {
            return usage("the background has no recordings; give files or folders of them");
        }
        Ok(Self {
            stretches,
            sample_rate,
            n_begun: 0,
            source: None,
            ready: Vec::new(),
            n_unique: 0,
        })
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
                let stretch = &self.stretches[self.n_begun % self.stretches.len()];
                let reader = Reader::open(&stretch.path, Channel::Mix)?;
                self.n_begun += 1;
                self.source.insert(Source {
                    resampler: Resampler::new(reader.sample_rate(), self.sample_rate)?,
                    reader,
                    block: Vec::new(),
                })
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
        if self.n_begun <= self.stretches.len() {
            self.n_unique += (self.ready.len() - before) as u64;
        }
        Ok(())
    }
}
