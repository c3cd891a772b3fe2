//! Samples of one word to one vector: features, normalisation, alignment.

use std::ops::Range;

use mynah_align::{AlignConfig, Aligner};
use mynah_dsp::{Cmvn, Kind, Mfcc, MfccConfig, cmvn};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::{AugmentConfig, Cut, Error};

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
    /// Frames of cepstral mean 0 that are counted into the mean of a word's coefficients (not of its loudness), at least 0.
    /// The mean holds the voice and the microphone, but in a word of one vowel also the vowel: the shorter a word, the less
    /// of its mean is taken for the former. Default 10; 0 subtracts all of it. Without effect unless [`cmvn`](Self::cmvn) is of the
    /// whole word.
    #[serde(default)]
    pub mean_prior: f32,
    /// How the frames become a vector. Default [`AlignConfig::warp`].
    pub align: AlignConfig,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self {
            mfcc: MfccConfig::mynah(),
            cmvn: Cmvn::MeanVariance,
            mean_prior: 10.0,
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
    /// Samples to log mel energies, and these to cepstra.
    mels: Mfcc,
    mfcc: Mfcc,
    n_mels: usize,
    sample_rate: f32,
    /// c0, the mean of the log mel energies: the loudness.
    loudness_column: usize,
    cmvn: Cmvn,
    mean_prior: f64,
    aligner: Aligner,
    log_mels: Vec<f32>,
    frames: Vec<f32>,
    normalised: Vec<f32>,
    loudness: Vec<f32>,
    scratch: Vec<f32>,
}

impl Pipeline {
    /// Checks the configuration and allocates.
    ///
    /// # Errors
    /// [`Error::Features`], [`Error::Align`], [`Error::CmvnTwice`], [`Error::MeanPrior`] or [`Error::NotCepstra`].
    pub fn new(config: &PipelineConfig) -> Result<Self, Error> {
        let mfcc = &config.mfcc;
        if mfcc.cmvn != Cmvn::None {
            return Err(Error::CmvnTwice);
        }
        config.cmvn.check()?;
        if !(config.mean_prior.is_finite() && config.mean_prior >= 0.0) {
            return Err(Error::MeanPrior {
                got: config.mean_prior,
            });
        }
        let is_of_mels = !mfcc.use_energy && mfcc.dynamic_range.is_none() && mfcc.rescale.is_none();
        if mfcc.kind != Kind::Mfcc || !is_of_mels {
            return Err(Error::NotCepstra);
        }
        let mut of_mels = mfcc.clone();
        (of_mels.kind, of_mels.delta_order) = (Kind::Fbank, 0);
        Ok(Self {
            mels: Mfcc::new(&of_mels)?,
            mfcc: Mfcc::new(mfcc)?,
            n_mels: mfcc.n_mels,
            sample_rate: mfcc.sample_rate as f32,
            loudness_column: match mfcc.c0_last {
                true => mfcc.n_mfcc.saturating_sub(1),
                false => 0,
            },
            cmvn: config.cmvn,
            mean_prior: f64::from(config.mean_prior),
            aligner: Aligner::new(&config.align)?,
            log_mels: Vec::new(),
            frames: Vec::new(),
            normalised: Vec::new(),
            loudness: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// Length of a vector.
    pub fn dim(&self) -> usize {
        self.aligner.output_len(self.mfcc.n_coeffs())
    }

    /// Values of one frame of a vector.
    pub fn n_coeffs(&self) -> usize {
        self.mfcc.n_coeffs()
    }

    /// Mel bands: values of a frame of [`log_mels_into`](Self::log_mels_into).
    pub fn n_mels(&self) -> usize {
        self.n_mels
    }

    /// Vectors of a word: as it is, then slid to and fro, for prototypes that are elastic.
    pub fn n_views(&self) -> usize {
        self.aligner.n_views()
    }

    /// How often a word is cut in use: it is what the nearest of its cuts is.
    pub fn n_cuts(&self) -> usize {
        self.aligner.n_cuts()
    }

    /// Frames a second.
    pub fn frame_rate(&self) -> f32 {
        self.sample_rate / self.mels.hop_length() as f32
    }

    /// Features of a clip, `[n_frames × n_coeffs]`, from its log mel energies, in place of what `out` holds.
    pub fn frames_of(&mut self, log_mels: &[f32], out: &mut Vec<f32>) {
        out.resize(log_mels.len() / self.n_mels * self.n_coeffs(), 0.0);
        self.mfcc.cepstra_into(log_mels, out);
    }

    /// Writes the views of every cut of one word, mono samples of full scale ±1 at the configured rate, into `out`,
    /// `[n_cuts × n_views × dim]`.
    ///
    /// # Errors
    /// [`Error::TooShort`] for less than one frame, [`Error::Clip`] for a clip that its front end refuses, [`Error::NonFinite`] for a NaN or an infinity among the samples.
    ///
    /// # Panics
    /// When `out` has another length.
    pub fn views_into(&mut self, samples: &[f32], out: &mut [f32]) -> Result<(), Error> {
        let needed = self.n_cuts() * self.n_views() * self.dim();
        assert_eq!(out.len(), needed, "out must hold every view of every cut");
        let mut log_mels = std::mem::take(&mut self.log_mels);
        let heard = self.log_mels_into(samples, &mut log_mels);
        if heard.is_ok() {
            self.views_of(&log_mels, out);
        }
        self.log_mels = log_mels;
        heard
    }

    /// Log mel energies of a clip, `[n_frames × n_mels]`, in place of what `out` holds: what training keeps of it.
    ///
    /// # Errors
    /// As [`views_into`](Self::views_into).
    pub fn log_mels_into(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<(), Error> {
        if let Some(index) = samples.iter().position(|sample| !sample.is_finite()) {
            return Err(Error::NonFinite { index });
        }
        let n_frames = self.mels.n_frames(samples.len())?;
        if n_frames == 0 {
            return Err(Error::TooShort {
                got: samples.len(),
                needed: self.mels.frame_length(),
            });
        }
        out.resize(n_frames * self.n_mels, 0.0);
        Ok(self.mels.compute_into(samples, out)?)
    }

    /// [`views_into`](Self::views_into) from the log mel energies of a clip, at least one frame; as many of the vectors as `out`
    /// has room for. Returns the frames that were found to be the word.
    ///
    /// # Panics
    /// When `out` is no whole number of vectors, or holds more than there are.
    pub fn views_of(&mut self, log_mels: &[f32], out: &mut [f32]) -> Range<usize> {
        let most = self.n_cuts() * self.n_views() * self.dim();
        assert!(out.len() <= most, "a word has no more views");
        self.analyse(log_mels);
        let word = self.aligner.region(&self.loudness, 0.0, &mut self.scratch);
        self.cuts_into(&word, out);
        word
    }

    /// [`views_of`](Self::views_of) of a sound as it is, of which `cut` is learnt.
    pub(crate) fn sound_into(
        &mut self,
        log_mels: &[f32],
        cut: Cut,
        rng: &mut impl Rng,
        out: &mut [f32],
    ) {
        match cut.frames(log_mels.len() / self.n_mels, rng) {
            None => drop(self.views_of(log_mels, out)),
            Some(word) => {
                self.analyse(log_mels);
                self.cuts_into(&word, out);
            }
        }
    }

    /// As many cuts of the word in `frames` as `out` has room for.
    fn cuts_into(&mut self, word: &Range<usize>, out: &mut [f32]) {
        let frames = std::mem::take(&mut self.frames);
        let n_frames = self.loudness.len();
        for (cut, out) in out.chunks_mut(self.n_views() * self.dim()).enumerate() {
            self.align_into(&frames, self.aligner.cut(word, n_frames, cut), out);
        }
        self.frames = frames;
    }

    /// The views of the frames `word`, whatever is in them: no end points are looked for, and nothing is cut. `frames`,
    /// `[n × n_coeffs]`, are features by the configuration's `mfcc`, those of `word` and what stands around them; `out` takes `[n_views × dim]`.
    ///
    /// # Panics
    /// When `word` is empty or reaches beyond `frames`, or `out` has another length.
    pub fn window_into(&mut self, frames: &[f32], word: Range<usize>, out: &mut [f32]) {
        let needed = self.n_views() * self.dim();
        assert_eq!(out.len(), needed, "out must hold every view");
        self.align_into(frames, word, out);
    }

    /// [`window_into`](Self::window_into) from the log mel energies of a clip.
    pub(crate) fn window_of(&mut self, log_mels: &[f32], word: Range<usize>, out: &mut [f32]) {
        let mut frames = std::mem::take(&mut self.frames);
        self.frames_of(log_mels, &mut frames);
        self.window_into(&frames, word, out);
        self.frames = frames;
    }

    /// The first of the views, `[dim]`: the word as it is.
    ///
    /// # Panics
    /// Without a frame.
    pub fn first_view_of(&mut self, log_mels: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.dim()];
        self.views_of(log_mels, &mut out);
        out
    }

    /// Another version of a clip, as training hears it.
    pub(crate) fn lesson_into(
        &mut self,
        log_mels: &[f32],
        cut: Cut,
        augment: &AugmentConfig,
        rng: &mut impl Rng,
        out: &mut [f32],
    ) {
        let mut changed = std::mem::take(&mut self.log_mels);
        changed.clear();
        augment.apply(log_mels, self.n_mels, rng, &mut changed);
        self.analyse(&changed);
        self.log_mels = changed;
        let threshold = augment.threshold_jitter * (2.0 * rng.random::<f32>() - 1.0);
        let n_frames = self.loudness.len();
        let word = cut.frames(n_frames, rng);
        let word = word.unwrap_or_else(|| {
            self.aligner
                .region(&self.loudness, threshold, &mut self.scratch)
        });
        let jitter = augment.endpoint_jitter;
        let mut moved = |at: usize| (at + rng.random_range(0..=2 * jitter)).saturating_sub(jitter);
        let (start, end) = (moved(word.start).min(n_frames - 1), moved(word.end));
        let frames = std::mem::take(&mut self.frames);
        self.align_into(&frames, start..end.clamp(start + 1, n_frames), out);
        self.frames = frames;
    }

    /// Fills `frames` and `loudness`.
    fn analyse(&mut self, log_mels: &[f32]) {
        let n_coeffs = self.mfcc.n_coeffs();
        self.frames
            .resize(log_mels.len() / self.n_mels * n_coeffs, 0.0);
        self.mfcc.cepstra_into(log_mels, &mut self.frames);
        let loudness = self.frames.iter().skip(self.loudness_column);
        self.loudness.clear();
        self.loudness.extend(loudness.step_by(n_coeffs));
    }

    /// Normalises the frames by those of the word, and aligns as many views as `out` has room for.
    fn align_into(&mut self, frames: &[f32], word: Range<usize>, out: &mut [f32]) {
        let n_coeffs = self.mfcc.n_coeffs();
        let dim = self.dim();
        assert_eq!(out.len() % dim, 0, "out must hold whole vectors");
        self.normalised.clear();
        self.normalised.extend_from_slice(frames);
        let (n_frames, loudness_column) = (word.len() as f64, self.loudness_column);
        let share = n_frames / (n_frames + self.mean_prior);
        cmvn::normalize_by(
            &mut self.normalised,
            n_coeffs,
            self.cmvn,
            word.clone(),
            |c| {
                if c == loudness_column { 1.0 } else { share }
            },
        );
        for (view, out) in out.chunks_exact_mut(dim).enumerate() {
            self.aligner
                .align_into(&self.normalised, n_coeffs, word.clone(), view, out);
        }
    }

    /// [`views_into`](Self::views_into) into a new vector.
    ///
    /// # Errors
    /// As [`views_into`](Self::views_into).
    pub fn views(&mut self, samples: &[f32]) -> Result<Vec<f32>, Error> {
        let mut out = vec![0.0; self.n_cuts() * self.n_views() * self.dim()];
        self.views_into(samples, &mut out)?;
        Ok(out)
    }
}
