//! Samples of one word to one vector: features, normalisation, alignment.

use std::ops::Range;

use mynah_align::{AlignConfig, Aligner};
use mynah_dsp::{Cmvn, Kind, Mfcc, MfccConfig, cmvn};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Everything that decides how samples become a vector. A model carries it, so that training and use cannot differ.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineConfig {
    /// The features. Default [`MfccConfig::mynah`]. Its own `cmvn` must be `None`: [`cmvn`](Self::cmvn) replaces it.
    pub mfcc: MfccConfig,
    /// Normalisation over the frames of the word alone, after its end points are known; over the whole clip, the silence
    /// around a word would decide it. Default mean and variance.
    pub cmvn: Cmvn,
    /// How the frames become a vector. Default [`AlignConfig::warp`].
    pub align: AlignConfig,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self {
            mfcc: MfccConfig::mynah(),
            cmvn: Cmvn::MeanVariance,
            align: AlignConfig::warp(),
        }
    }
}

impl PipelineConfig {
    /// The defaults at another sample rate, in Hz.
    pub fn with_sample_rate(mut self, sample_rate: u32) -> Self {
        self.mfcc = self.mfcc.with_sample_rate(sample_rate);
        self
    }

    /// The same with another alignment.
    pub fn with_align(mut self, align: AlignConfig) -> Self {
        self.align = align;
        self
    }
}

/// A checked [`PipelineConfig`] with its buffers. Cloning it is how other threads get theirs.
#[derive(Clone)]
pub struct Pipeline {
    mfcc: Mfcc,
    /// c0, the mean of the log mel energies, or the log energy: either way the loudness.
    loudness_column: usize,
    cmvn: Cmvn,
    aligner: Aligner,
    frames: Vec<f32>,
    loudness: Vec<f32>,
    word: Vec<f32>,
    scratch: Vec<f32>,
}

impl Pipeline {
    /// Checks the configuration and allocates.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::Align`], [`Error::CmvnTwice`] or [`Error::NotCepstra`].
    pub fn new(config: &PipelineConfig) -> Result<Self, Error> {
        if config.mfcc.cmvn != Cmvn::None {
            return Err(Error::CmvnTwice);
        }
        config.cmvn.check()?;
        if config.mfcc.kind != Kind::Mfcc {
            return Err(Error::NotCepstra);
        }
        Ok(Self {
            mfcc: Mfcc::new(&config.mfcc)?,
            loudness_column: match config.mfcc.c0_last {
                true => config.mfcc.n_mfcc.saturating_sub(1),
                false => 0,
            },
            cmvn: config.cmvn,
            aligner: Aligner::new(&config.align)?,
            frames: Vec::new(),
            loudness: Vec::new(),
            word: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// Length of the vector.
    pub fn dim(&self) -> usize {
        self.aligner.output_len(self.mfcc.n_coeffs())
    }

    /// Values of one frame of the vector.
    pub fn n_coeffs(&self) -> usize {
        self.mfcc.n_coeffs()
    }

    /// Writes the vector of one word, mono samples of full scale ±1 at the configured rate, into `out`.
    ///
    /// # Errors
    /// [`Error::TooShort`] for less than one frame, [`Error::Clip`] for a clip that its front end refuses, [`Error::NonFinite`] for a NaN or an infinity among the samples.
    ///
    /// # Panics
    /// When `out` is not [`dim`](Self::dim) long.
    pub fn vector_into(&mut self, samples: &[f32], out: &mut [f32]) -> Result<(), Error> {
        self.analyse(samples)?;
        let word = self.aligner.region(&self.loudness, &mut self.scratch);
        self.align_into(word, out);
        Ok(())
    }

    /// The vectors to learn one word from: its own first, then those with its end points moved by `shift` frames
    /// (see [`Aligner::training_regions`]).
    ///
    /// # Errors
    /// As [`vector_into`](Self::vector_into).
    pub fn training_vectors(
        &mut self,
        samples: &[f32],
        shift: usize,
    ) -> Result<Vec<Vec<f32>>, Error> {
        self.analyse(samples)?;
        let words = self
            .aligner
            .training_regions(&self.loudness, shift, &mut self.scratch);
        let vectors = words.into_iter().map(|word| {
            let mut out = vec![0.0; self.dim()];
            self.align_into(word, &mut out);
            out
        });
        Ok(vectors.collect())
    }

    /// Fills `frames` and `loudness`.
    fn analyse(&mut self, samples: &[f32]) -> Result<(), Error> {
        if let Some(index) = samples.iter().position(|sample| !sample.is_finite()) {
            return Err(Error::NonFinite { index });
        }
        let n_frames = self.mfcc.n_frames(samples.len())?;
        if n_frames == 0 {
            return Err(Error::TooShort {
                got: samples.len(),
                needed: self.mfcc.frame_length(),
            });
        }
        let n_coeffs = self.mfcc.n_coeffs();
        self.frames.resize(n_frames * n_coeffs, 0.0);
        self.mfcc.compute_into(samples, &mut self.frames)?;
        let loudness = self.frames.iter().skip(self.loudness_column);
        self.loudness.clear();
        self.loudness.extend(loudness.step_by(n_coeffs));
        Ok(())
    }

    /// Normalises and aligns the frames of `word`; a copy, as other words may overlap it.
    fn align_into(&mut self, word: Range<usize>, out: &mut [f32]) {
        let n_coeffs = self.mfcc.n_coeffs();
        self.word.clear();
        self.word
            .extend_from_slice(&self.frames[word.start * n_coeffs..word.end * n_coeffs]);
        cmvn::normalize(&mut self.word, n_coeffs, self.cmvn);
        self.aligner.align_into(&self.word, n_coeffs, out);
    }

    /// [`vector_into`](Self::vector_into) into a new vector.
    ///
    /// # Errors
    /// As [`vector_into`](Self::vector_into).
    pub fn vector(&mut self, samples: &[f32]) -> Result<Vec<f32>, Error> {
        let mut out = vec![0.0; self.dim()];
        self.vector_into(samples, &mut out)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mynah_dsp::Sliding;

    /// A gliding tone in the middle of a second of near silence.
    fn word() -> Vec<f32> {
        (0..16_000)
            .map(|i| {
                let loud = if (4_000..12_000).contains(&i) {
                    0.5
                } else {
                    0.0005
                };
                let t = i as f32 / 16_000.0;
                loud * (4_000.0 * t * (1.0 + t)).sin()
            })
            .collect()
    }

    #[test]
    fn every_alignment_gives_finite_vectors_of_the_promised_length() {
        for align in [AlignConfig::warp(), AlignConfig::pad()] {
            let config = PipelineConfig::default().with_align(align);
            let mut pipeline = Pipeline::new(&config).unwrap();
            for samples in [word(), vec![0.0; 400], vec![1.0; 5_000]] {
                let vector = pipeline.vector(&samples).unwrap();
                assert_eq!(vector.len(), pipeline.dim());
                assert!(vector.iter().all(|v| v.is_finite()));
            }
        }
    }

    #[test]
    fn end_points_do_not_depend_on_where_the_loudness_stands() {
        let mut config = PipelineConfig {
            cmvn: Cmvn::None,
            ..PipelineConfig::default()
        };
        let first = Pipeline::new(&config).unwrap().vector(&word()).unwrap();
        config.mfcc.c0_last = true;
        let last = Pipeline::new(&config).unwrap().vector(&word()).unwrap();
        let (n, half) = (2 * config.mfcc.n_mfcc, config.mfcc.n_mfcc);
        for (first, last) in first.chunks_exact(n).zip(last.chunks_exact(n)) {
            assert_eq!((first[0], first[1]), (last[half - 1], last[0]));
        }
    }

    #[test]
    fn the_warped_vector_hardly_depends_on_where_the_word_lies_or_how_loud_it_is() {
        let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
        let original = pipeline.vector(&word()).unwrap();
        let mut later = word();
        later.rotate_right(1_600);
        later.iter_mut().for_each(|sample| *sample *= 0.5);
        let moved = pipeline.vector(&later).unwrap();
        let distance =
            |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum() };
        let silence = vec![0.0; original.len()];
        assert!(distance(&original, &moved) < 0.05 * distance(&original, &silence));
    }

    #[test]
    fn refuses_what_has_no_vector() {
        let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
        assert!(matches!(
            pipeline.vector(&[0.5]),
            Err(Error::TooShort {
                got: 1,
                needed: 400
            })
        ));
        let mut samples = word();
        samples[77] = f32::NAN;
        assert!(matches!(
            pipeline.vector(&samples),
            Err(Error::NonFinite { index: 77 })
        ));
        let mut twice = PipelineConfig::default();
        twice.mfcc.cmvn = Cmvn::Mean;
        assert!(matches!(Pipeline::new(&twice), Err(Error::CmvnTwice)));
        let mut endless = PipelineConfig::default();
        let mut sliding = Sliding::default();
        sliding.window = usize::MAX;
        endless.cmvn = Cmvn::Sliding(sliding);
        assert!(matches!(Pipeline::new(&endless), Err(Error::Features(_))));
        let mut mels = PipelineConfig::default();
        mels.mfcc.kind = Kind::Fbank;
        assert!(matches!(Pipeline::new(&mels), Err(Error::NotCepstra)));
    }
}
