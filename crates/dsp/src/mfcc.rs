//! The signal path, stage by stage.

use crate::dct::Dct;
use crate::delta::Delta;
use crate::framing::Framing;
use crate::mel::MelFilters;
use crate::spectrum::Spectrum;
use crate::{ConfigError, Features, MfccConfig};
use crate::{cmvn, dc, energy, lifter, log, shape};

/// MFCC features of whole clips.
///
/// Holds the tables and scratch space of one configuration; a call leaves nothing behind for the
/// next. For several threads, clone it.
#[derive(Clone, Debug)]
pub struct Mfcc {
    config: MfccConfig,
    pub(crate) framing: Framing,
    /// Room for a frame that is not simply a part of the samples.
    mirrored: Vec<f32>,
    /// Times `input_scale`.
    window: Vec<f32>,
    spectrum: Spectrum,
    mel_filters: MelFilters,
    mels: Vec<f32>,
    dct: Dct,
    lifter: Vec<f32>,
    pub(crate) delta: Delta,
}

impl Mfcc {
    /// Checks `config` and computes its tables.
    ///
    /// # Errors
    /// The first field out of its range.
    pub fn new(config: &MfccConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let framing = Framing::new(config);
        let spectrum = Spectrum::new(framing.frame_length);
        Ok(Self {
            mirrored: vec![0.0; framing.frame_length],
            window: config
                .window
                .weights(framing.frame_length, config.input_scale),
            mel_filters: MelFilters::new(config, spectrum.n_fft()),
            mels: vec![0.0; config.n_mels],
            dct: Dct::new(config.n_mfcc, config.n_mels),
            lifter: lifter::weights(config.lifter, config.n_mfcc),
            delta: Delta::new(config.delta_order, config.delta_window, config.n_mfcc),
            config: config.clone(),
            framing,
            spectrum,
        })
    }

    /// Length of a feature row: `n_mfcc · (1 + delta_order)`.
    pub fn n_coeffs(&self) -> usize {
        self.delta.n_coeffs()
    }

    /// Length of a frame, samples.
    pub fn frame_length(&self) -> usize {
        self.framing.frame_length
    }

    /// Distance between neighbouring frames, samples.
    pub fn hop_length(&self) -> usize {
        self.framing.hop_length
    }

    /// Length of the transform, samples: the next power of two from the frame length on.
    pub fn n_fft(&self) -> usize {
        self.spectrum.n_fft()
    }

    /// Number of frames in a clip of `n_samples`.
    ///
    /// With `snip_edges` `1 + ⌊(n − frame_length) / hop_length⌋`, or 0 for a clip shorter than a
    /// frame; without, `⌊(n + ⌊hop_length/2⌋) / hop_length⌋` (Kaldi `NumFrames`).
    pub fn n_frames(&self, n_samples: usize) -> usize {
        self.framing.n_frames(n_samples)
    }

    /// The features of a clip.
    pub fn compute(&mut self, samples: &[f32]) -> Features {
        let (n_frames, n_coeffs) = (self.n_frames(samples.len()), self.n_coeffs());
        let mut data = vec![0.0; n_frames * n_coeffs];
        self.compute_into(samples, &mut data);
        Features {
            data,
            n_frames,
            n_coeffs,
        }
    }

    /// The features of a clip into `out`, row-major `[n_frames(samples.len()) × n_coeffs]`. Neither
    /// allocates nor fails.
    ///
    /// # Panics
    /// If `out` has another length.
    pub fn compute_into(&mut self, samples: &[f32], out: &mut [f32]) {
        let (n_frames, n_coeffs) = (self.n_frames(samples.len()), self.n_coeffs());
        assert_eq!(
            out.len(),
            n_frames * n_coeffs,
            "out must hold {n_frames} frames of {n_coeffs}"
        );
        let mut start = self.framing.first_start();
        for row in out.chunks_exact_mut(n_coeffs) {
            self.frame(samples, start, row);
            start += self.framing.hop_length as isize;
        }
        for t in 0..n_frames {
            self.delta.fill_row(out, t);
        }
        cmvn::normalize(out, n_coeffs, self.config.cmvn);
    }

    /// The static coefficients of the frame at `start`, into the front of `row`.
    pub(crate) fn frame(&mut self, samples: &[f32], start: isize, row: &mut [f32]) {
        let config = &self.config;
        let cepstra = &mut row[..config.n_mfcc];

        let frame = self.framing.extract(samples, start, &mut self.mirrored);
        let mean = if config.remove_dc {
            dc::mean(frame)
        } else {
            0.0
        };
        shape::apply(
            frame,
            mean,
            config.preemphasis,
            &self.window,
            self.spectrum.frame_mut(),
        );
        self.mel_filters
            .apply(self.spectrum.power(), &mut self.mels);
        log::floored_ln(&mut self.mels, config.log_floor);
        self.dct.apply(&self.mels, cepstra);
        lifter::apply(&self.lifter, cepstra);
        if config.use_energy {
            cepstra[0] = energy::log_energy(frame, mean, config.input_scale, config.log_floor);
        }
    }
}
