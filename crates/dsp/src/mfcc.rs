//! The signal path, stage by stage.

use std::mem;

use crate::dct::Dct;
use crate::delta::Delta;
use crate::framing::{Conditioning, Framing};
use crate::log::LogMel;
use crate::mel::MelFilters;
use crate::spectrum::Spectrum;
use crate::{
    ClipError, CmvnOver, ConfigError, EnergyOf, Features, Kind, MfccConfig, Preemphasis, Real,
    ShortClips,
};
use crate::{cmvn, dc, energy, lanes, lifter, log};

/// Features of whole clips, computed in `f32` or `f64`.
///
/// Holds the tables and scratch space of one configuration; a call leaves nothing behind for the next. For
/// several threads, clone it.
#[derive(Clone, Debug)]
pub struct Mfcc<T: Real = f32> {
    config: MfccConfig,
    pub(crate) framing: Framing,
    pub(crate) conditioning: Conditioning<T>,
    /// Room for a frame that is not simply a part of the samples.
    room: Vec<T>,
    spectrum: Spectrum<T>,
    /// Over each frame; 0 for none.
    preemphasis: T,
    mel_filters: MelFilters<T>,
    mels: Vec<T>,
    log_mel: LogMel<T>,
    dct: Dct<T>,
    lifter: Vec<T>,
    pub(crate) delta: Delta<T>,
    /// The clip at its fixed length, where there is one.
    clip: Vec<T>,
    /// Log energies of a whole clip, where their range is limited.
    logs: Vec<T>,
}

impl<T: Real> Mfcc<T> {
    /// Checks `config` and computes its tables.
    ///
    /// # Errors
    /// The first field out of its range.
    pub fn new(config: &MfccConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let framing = Framing::new(config)?;
        let (over_frame, over_clip) = match config.preemphasis_over {
            Preemphasis::Frame => (config.preemphasis, 0.0),
            Preemphasis::Clip => (0.0, config.preemphasis),
        };
        Ok(Self {
            conditioning: Conditioning {
                gain: T::of(config.input_scale / config.window_gain()),
                integers: config.integer_input,
                preemphasis: T::of(over_clip),
            },
            room: vec![T::zero(); framing.frame_length],
            spectrum: Spectrum::new(config),
            preemphasis: T::of(over_frame),
            mel_filters: MelFilters::new(config),
            mels: vec![T::zero(); config.n_mels],
            log_mel: LogMel::new(config),
            dct: Dct::new(config.dct, config.n_mfcc, config.n_mels),
            lifter: lifter::weights(config.lifter, config.lifter_from, config.n_mfcc),
            delta: Delta::new(config),
            clip: Vec::new(),
            logs: Vec::new(),
            config: config.clone(),
            framing,
        })
    }

    /// Length of a feature row: `n_mfcc` (or `n_mels`) times `1 + delta_order`.
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

    /// Length of the transform, samples.
    pub fn n_fft(&self) -> usize {
        self.config.n_fft()
    }

    /// Mel filters that hold no bin of the spectrum and always give the floor: there are too many for the transform.
    pub fn n_empty_filters(&self) -> usize {
        self.mel_filters.n_empty()
    }

    /// Number of frames in a clip of `n_samples`; the formulas stand at [`Edges`](crate::Edges).
    ///
    /// # Errors
    /// [`ClipError::TooShort`] and [`ClipError::TooFewFrames`], as the preset's tool refuses such clips. No frame at
    /// all is a valid number where it does not ([`ShortClips::Empty`]).
    pub fn n_frames(&self, n_samples: usize) -> Result<usize, ClipError> {
        let got = self.config.clip_length().unwrap_or(n_samples);
        let n_frames = self.framing.n_frames(got);
        let needed = match self.config.short_clips {
            ShortClips::Empty => 0,
            ShortClips::RefuseEmpty => 1,
            ShortClips::Refuse => self.framing.first_frame_needs(),
            ShortClips::RefusePartial => self.framing.frame_length,
        };
        let needed = needed.max(self.framing.padding_needs());
        if got < needed {
            return Err(ClipError::TooShort { got, needed });
        }
        if n_frames < self.delta.min_frames() {
            return Err(ClipError::TooFewFrames {
                got: n_frames,
                needed: self.delta.min_frames(),
            });
        }
        Ok(n_frames)
    }

    /// The features of a clip.
    ///
    /// # Errors
    /// As [`Mfcc::compute_into`].
    pub fn compute(&mut self, samples: &[T]) -> Result<Features<T>, ClipError> {
        let (n_frames, n_coeffs) = (self.n_frames(samples.len())?, self.n_coeffs());
        let mut data = vec![T::zero(); n_frames * n_coeffs];
        self.compute_into(samples, &mut data)?;
        Ok(Features {
            data,
            n_frames,
            n_coeffs,
        })
    }

    /// The features of a clip into `out`, row-major `[n_frames(samples.len()) × n_coeffs]`. Does not allocate,
    /// but for sliding normalisation, for a clip longer than any before when the dynamic range is limited, and for
    /// the first clip of a fixed length.
    ///
    /// # Errors
    /// As [`Mfcc::n_frames`]; [`ClipError::NoPeak`]. `out` is then as it was.
    ///
    /// # Panics
    /// If `out` has another length.
    pub fn compute_into(&mut self, samples: &[T], out: &mut [T]) -> Result<(), ClipError> {
        let (n_frames, n_coeffs) = (self.n_frames(samples.len())?, self.n_coeffs());
        assert_eq!(
            out.len(),
            n_frames * n_coeffs,
            "out must hold {n_frames} frames of {n_coeffs}"
        );
        self.conditioning.gain = self.gain(samples)?;
        match self.config.clip_length() {
            None => self.fill_statics(samples, out),
            Some(length) => {
                let mut clip = mem::take(&mut self.clip);
                clip.clear();
                clip.extend_from_slice(&samples[..samples.len().min(length)]);
                clip.resize(length, T::zero());
                self.fill_statics(&clip, out);
                self.clip = clip;
            }
        }
        self.finish_clip(out);
        Ok(())
    }

    /// What takes all static coefficients of a clip: energy and cepstra normalised, deltas.
    fn finish_clip(&mut self, out: &mut [T]) {
        let n_coeffs = self.n_coeffs();
        let n_static = self.config.n_static();
        if self.config.use_energy && self.config.normalize_energy {
            let column = self.config.loudness_column();
            if let Some(energies) = column.and_then(|column| out.get_mut(column..)) {
                energy::normalize(energies, n_coeffs);
            }
        }
        if self.config.cmvn_over == CmvnOver::Statics {
            cmvn::normalize_front(out, n_coeffs, n_static, self.config.cmvn);
        }
        for t in 0..out.len() / n_coeffs {
            self.delta.fill_row(out, t);
        }
        if self.config.cmvn_over == CmvnOver::Rows {
            cmvn::normalize(out, n_coeffs, self.config.cmvn);
        }
    }

    /// The rest of the road from log mel energies on, `[n × n_mels]` as the same configuration gives them with
    /// [`Kind::Fbank`] and no deltas: whoever changes them on the way, to make one voice another, needs no samples. Into
    /// `out`, `[n × n_coeffs]`; the bits of [`compute_into`](Self::compute_into) if nothing was changed.
    ///
    /// # Panics
    /// If a length does not fit, or the configuration takes what the mel energies do not tell: the energy of the frame
    /// ([`MfccConfig::use_energy`]), a limited [`MfccConfig::dynamic_range`], or a [`MfccConfig::rescale`] made already.
    pub fn cepstra_into(&mut self, log_mels: &[T], out: &mut [T]) {
        let (n_mels, n_coeffs) = (self.config.n_mels, self.n_coeffs());
        assert!(
            !self.config.use_energy
                && self.config.dynamic_range.is_none()
                && self.config.rescale.is_none(),
            "the cepstra need more than the mel energies"
        );
        assert!(
            log_mels.len().is_multiple_of(n_mels)
                && log_mels.len() / n_mels * n_coeffs == out.len(),
            "out must hold as many rows as there are mel energies"
        );
        for (row, log_mels) in out
            .chunks_exact_mut(n_coeffs)
            .zip(log_mels.chunks_exact(n_mels))
        {
            self.mels.copy_from_slice(log_mels);
            self.finish_row(T::zero(), row);
        }
        self.finish_clip(out);
    }

    /// Factor on the samples of this clip, besides the one in the window.
    fn gain(&self, samples: &[T]) -> Result<T, ClipError> {
        let scale = T::of(self.config.input_scale / self.config.window_gain());
        if !self.config.peak_normalize || samples.is_empty() {
            return Ok(scale);
        }
        let peak = samples.iter().fold(T::neg_infinity(), |max, &x| max.max(x));
        let gain = scale / peak;
        if !gain.is_finite() {
            return Err(ClipError::NoPeak);
        }
        Ok(gain)
    }

    /// The static coefficients of every frame, into the front of each row.
    fn fill_statics(&mut self, samples: &[T], out: &mut [T]) {
        let n_coeffs = self.n_coeffs();
        let starts = (self.framing.first_start()..).step_by(self.framing.hop_length);
        let rows = out.chunks_exact_mut(n_coeffs).zip(starts);
        let Some(range) = self.config.dynamic_range else {
            for (row, start) in rows {
                self.frame(samples, start, row);
            }
            return;
        };
        let mut logs = mem::take(&mut self.logs);
        logs.clear();
        for (row, start) in rows {
            // The energy waits in the row until the second pass.
            row[0] = self.analyse(samples, start);
            logs.extend_from_slice(&self.mels);
        }
        log::limit_range(&mut logs, range);
        let clip_logs = logs.chunks_exact(self.config.n_mels);
        for (row, frame_logs) in out.chunks_exact_mut(n_coeffs).zip(clip_logs) {
            self.mels.copy_from_slice(frame_logs);
            self.finish_row(row[0], row);
        }
        self.logs = logs;
    }

    /// The static coefficients of the frame at `start`, into the front of `row`.
    pub(crate) fn frame(&mut self, samples: &[T], start: isize, row: &mut [T]) {
        let energy = self.analyse(samples, start);
        self.finish_row(energy, row);
    }

    /// The frame at `start`: log energies into `mels`, and the energy of the frame where it is used.
    fn analyse(&mut self, samples: &[T], start: isize) -> T {
        let config = &self.config;
        let floor = T::of(config.least_energy());
        let energy_of = config.use_energy.then_some(config.energy_of);
        let mut energy = T::zero();

        let frame = self
            .framing
            .extract(samples, start, &self.conditioning, &mut self.room);
        let mean = if config.remove_dc {
            dc::mean(frame)
        } else {
            T::zero()
        };
        if let Some(EnergyOf::Raw | EnergyOf::Htk) = energy_of {
            let gain = T::of(config.window_gain());
            let sum = gain * gain * lanes::sum_of(frame, |x| (x - mean) * (x - mean));
            energy = match config.energy_of {
                EnergyOf::Htk => energy::htk_log(sum),
                _ => sum.max(floor).ln(),
            };
        }
        self.spectrum.load(frame, mean, self.preemphasis);
        if energy_of == Some(EnergyOf::Windowed) {
            energy = self.spectrum.windowed_energy().max(floor).ln();
        }
        let bins = self.spectrum.bins();
        if energy_of == Some(EnergyOf::Spectrum) {
            energy = energy::of_spectrum(bins, floor);
        }
        self.mel_filters.apply(bins, &mut self.mels);
        self.log_mel.apply(&mut self.mels);
        energy
    }

    /// From the log energies in `mels` to a row.
    fn finish_row(&mut self, energy: T, row: &mut [T]) {
        let config = &self.config;
        self.log_mel.rescale(&mut self.mels);
        let row = &mut row[..config.n_static()];
        match config.kind {
            Kind::Fbank => row[usize::from(config.use_energy)..].copy_from_slice(&self.mels),
            Kind::Mfcc => {
                self.dct.apply(&self.mels, row);
                lifter::apply(&self.lifter, row);
            }
        }
        if config.use_energy {
            row[0] = energy;
        }
        if config.loudness_column() == Some(row.len() - 1) {
            row.rotate_left(1);
        }
    }
}
