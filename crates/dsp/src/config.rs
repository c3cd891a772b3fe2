//! Parameters of the front end.

use crate::{
    Cmvn, CmvnOver, DctNorm, DeltaRule, Edges, EnergyOf, Floor, Length, LifterFrom, Log, MelBins,
    MelNorm, MelScale, MelShape, Preemphasis, Rescale, Rounding, ShortClips, SpectrumKind, Window,
};

/// What a row is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Kind {
    /// Mel-frequency cepstral coefficients.
    Mfcc,
    /// The log mel energies themselves (log-mel, filterbank features).
    Fbank,
}

/// Every parameter of the front end, in the order of the signal path.
///
/// Start from a preset ([`MfccConfig::kaldi`] and its neighbours), change fields, then give it to
/// [`Mfcc::new`](crate::Mfcc::new) or [`MfccStream::new`](crate::MfccStream::new), which check it. "Default"
/// below is [`MfccConfig::mynah`]; the aliases in the search of this page are Kaldi's names.
///
/// ```
/// use mynah_dsp::MfccConfig;
///
/// // librosa.feature.mfcc(y, sr=16000, n_mfcc=13, n_mels=40), without its limit on the dynamic range.
/// let mut config = MfccConfig::librosa();
/// config.n_mfcc = 13;
/// config.n_mels = 40;
/// config.dynamic_range = None;
/// println!("{}", config.explain());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct MfccConfig {
    /// Cepstra or log mel energies. Default [`Kind::Mfcc`].
    pub kind: Kind,
    /// Samples per second, Hz; at least 1. Default 16 000.
    #[doc(alias = "samp_freq")]
    pub sample_rate: u32,
    /// Refuse any other rate, Hz, than this. Default `None`.
    pub only_rate: Option<u32>,

    /// Factor on the samples (full scale ±1), positive. Default 1; many tools expect 16-bit units, 32 768.
    pub input_scale: f64,
    /// Cut the scaled samples down to whole numbers, towards zero, as a conversion to 16 bits does. Default
    /// `false`.
    pub integer_input: bool,
    /// Divide the clip by its greatest sample (not its greatest magnitude: MLPerf Tiny). Needs the whole clip.
    /// Default `false`.
    pub peak_normalize: bool,
    /// Cut the clip, or fill it with zeros at its end, to this length, 1..=2²⁶ samples. Default `None`.
    pub clip_length: Option<Length>,

    /// Length of a frame (of the window), 2..=2²⁰ samples. Default 25 ms.
    #[doc(alias = "win_length")]
    pub frame_length: Length,
    /// Distance between the starts of neighbouring frames, 1..=2²⁰ samples. Default 10 ms.
    #[doc(alias = "frame_shift")]
    pub hop_length: Length,
    /// How those become samples. Default [`Rounding::Kaldi`].
    pub rounding: Rounding,
    /// Which frames there are and what pads them. Default [`Edges::Snip`].
    #[doc(alias = "snip_edges")]
    #[doc(alias = "center")]
    pub edges: Edges,
    /// What becomes of a clip that is too short. Default [`ShortClips::Empty`].
    pub short_clips: ShortClips,

    /// Subtract each frame's mean. Default `true`.
    #[doc(alias = "remove_dc_offset")]
    pub remove_dc: bool,
    /// `a` in `x[i] − a·x[i−1]`, 0..=1; 0 for none. Default 0.97.
    #[doc(alias = "preemph_coeff")]
    pub preemphasis: f64,
    /// Over each frame or over the clip. Default [`Preemphasis::Frame`].
    pub preemphasis_over: Preemphasis,
    /// Window on each frame. Default [`Window::Povey`].
    #[doc(alias = "window_type")]
    pub window: Window,

    /// Length of the transform, 2..=2²⁰ samples; `None` for the next power of two from the frame length on. A
    /// shorter one than the frame sees only the frame's beginning, as in python_speech_features. Default `None`.
    pub n_fft: Option<usize>,
    /// What the filters add up. Default [`SpectrumKind::Power`].
    pub spectrum: SpectrumKind,
    /// Window and transform in double precision even where all else is single, as some tools do: what is 80 dB
    /// below the loudest then still has its digits. Default `false`.
    pub double_spectrum: bool,

    /// Number of mel filters, 1..=1024. Default 40. A filter narrower than a bin of the spectrum may be empty
    /// and then always gives the floor.
    #[doc(alias = "num_mel_bins")]
    pub n_mels: usize,
    /// Lower end of the first filter, Hz, 0 or more. Default 20.
    #[doc(alias = "low_freq")]
    pub fmin: f64,
    /// Upper end of the last filter, Hz, above `fmin`, at most the Nyquist frequency; 0 or less counts from
    /// there. Default 0.
    #[doc(alias = "high_freq")]
    pub fmax: f64,
    /// Hz to mel. Default [`MelScale::Htk`].
    pub mel_scale: MelScale,
    /// What the sides of the triangles are straight in. Default [`MelShape::Mel`].
    pub mel_shape: MelShape,
    /// Height of the triangles. Default [`MelNorm::Peak`].
    pub mel_norm: MelNorm,
    /// Which bins of the spectrum count, and at which frequencies. Default [`MelBins::Kaldi`].
    pub mel_bins: MelBins,

    /// Which logarithm. Default [`Log::Ln`].
    pub log: Log,
    /// Keeps the logarithm finite, positive, in units of the filter energies. Default 1e-6.
    pub log_floor: f64,
    /// How it does. Default [`Floor::Max`].
    pub floor: Floor,
    /// Raise every log energy to the clip's greatest less this, in units of the logarithm (80 dB: librosa
    /// `top_db`); positive. Needs the whole clip. Default `None`.
    #[doc(alias = "top_db")]
    pub dynamic_range: Option<f64>,
    /// Shift and scale the log energies. Default `None`.
    pub rescale: Option<Rescale>,

    /// Number of cepstral coefficients c0, c1, …, 1..=`n_mels`. Default 13.
    #[doc(alias = "num_ceps")]
    pub n_mfcc: usize,
    /// Scale of the cosine transform. Default [`DctNorm::Ortho`].
    pub dct: DctNorm,
    /// `L`: coefficient k is multiplied by `1 + (L/2) sin(πk/L)`; 0 for none. Default 0.
    #[doc(alias = "cepstral_lifter")]
    pub lifter: f64,
    /// Where k starts. Default [`LifterFrom::Zero`].
    pub lifter_from: LifterFrom,
    /// Put the log energy of the frame in the place of c0, or before log mel energies. Default `false`.
    pub use_energy: bool,
    /// Which energy. Default [`EnergyOf::Raw`].
    #[doc(alias = "raw_energy")]
    pub energy_of: EnergyOf,
    /// Energies below this count as this before the logarithm, in squared scaled samples, 0 or more; the `f32`
    /// epsilon always does ([`EnergyOf::Spectrum`]: the `f64` one). Default 0.
    pub energy_floor: f64,
    /// Scale the log energies of the clip as HTK's ENORMALISE does: `1 − 0.1·(max − E)`, down to 50 dB below the
    /// maximum. Needs the whole clip. Default `false`.
    pub normalize_energy: bool,
    /// Put c0 (or the energy) behind the other values of the row. Default `false`.
    #[doc(alias = "htk_compat")]
    pub c0_last: bool,

    /// 0: no deltas. 1: deltas behind the coefficients. 2: those of second order as well. Default 1.
    pub delta_order: usize,
    /// Frames on either side that a delta looks at, 1..=100. Default 2.
    pub delta_window: usize,
    /// Whose deltas. Default [`DeltaRule::Kaldi`].
    pub delta_rule: DeltaRule,
    /// Normalisation over the clip or a window that slides along it. Default [`Cmvn::None`].
    pub cmvn: Cmvn,
    /// Over whole rows or before the deltas are taken. Default [`CmvnOver::Rows`].
    pub cmvn_over: CmvnOver,
}

impl MfccConfig {
    /// The log mel energies of this definition instead of its cepstra, without the energy of the frame.
    ///
    /// ```
    /// use mynah_dsp::{Mfcc, MfccConfig};
    ///
    /// // Kaldi's compute-fbank-feats.
    /// let fbank = Mfcc::<f32>::new(&MfccConfig::kaldi().fbank())?;
    /// assert_eq!(fbank.n_coeffs(), 23);
    /// # Ok::<(), mynah_dsp::ConfigError>(())
    /// ```
    #[must_use]
    pub fn fbank(self) -> Self {
        Self {
            kind: Kind::Fbank,
            use_energy: false,
            ..self
        }
    }

    /// The same at another rate, Hz.
    #[must_use]
    pub fn with_sample_rate(self, sample_rate: u32) -> Self {
        Self {
            sample_rate,
            ..self
        }
    }

    pub(crate) fn samples(&self, length: Length) -> usize {
        length.samples(self.sample_rate, self.rounding, self.n_fft)
    }

    /// Samples in a frame.
    pub(crate) fn frame_length(&self) -> usize {
        self.samples(self.frame_length)
    }

    /// Samples from one frame to the next.
    pub(crate) fn hop_length(&self) -> usize {
        self.samples(self.hop_length)
    }

    /// Samples in a clip, where that is fixed.
    pub(crate) fn clip_length(&self) -> Option<usize> {
        self.clip_length.map(|length| self.samples(length))
    }

    /// Samples in the transform.
    pub(crate) fn n_fft(&self) -> usize {
        self.n_fft.unwrap_or_else(|| {
            let frame = self.frame_length();
            frame.checked_next_power_of_two().unwrap_or(frame)
        })
    }

    /// Coefficients of a row before deltas.
    pub(crate) fn n_static(&self) -> usize {
        match self.kind {
            Kind::Mfcc => self.n_mfcc,
            Kind::Fbank => self.n_mels + usize::from(self.use_energy),
        }
    }

    /// The least energy of a frame before the logarithm.
    pub(crate) fn least_energy(&self) -> f64 {
        match self.energy_of {
            EnergyOf::Spectrum if self.energy_floor == 0.0 => f64::EPSILON,
            EnergyOf::Spectrum => self.energy_floor,
            _ => self.energy_floor.max(f64::from(f32::EPSILON)),
        }
    }

    /// The column of c0 or of the energy, where there is one.
    pub(crate) fn loudness_column(&self) -> Option<usize> {
        if self.kind == Kind::Fbank && !self.use_energy {
            return None;
        }
        Some(if self.c0_last { self.n_static() - 1 } else { 0 })
    }

    /// Factor on the samples that the window applies: the scale, unless whole numbers are made before.
    pub(crate) fn window_gain(&self) -> f64 {
        if self.integer_input {
            1.0
        } else {
            self.input_scale
        }
    }

    /// Half the rate, Hz, as the tool has it.
    pub(crate) fn nyquist(&self) -> f64 {
        let half = f64::from(self.sample_rate) / 2.0;
        match (self.mel_bins, self.frame_length) {
            (MelBins::Torchaudio, _) => half.floor(),
            (MelBins::OpenSmile, Length::Ms(ms)) => 500.0 * self.frame_length() as f64 / ms,
            _ => half,
        }
    }

    /// Lower and upper end of the filterbank, Hz.
    pub(crate) fn mel_range(&self) -> (f64, f64) {
        let high = if self.fmax > 0.0 {
            self.fmax
        } else {
            self.nyquist() + self.fmax
        };
        match self.mel_bins {
            // openSMILE brings its 8 kHz down to what the rate allows.
            MelBins::OpenSmile => (self.fmin, high.min(self.nyquist())),
            _ => (self.fmin, high),
        }
    }

    /// What in this configuration needs the whole clip before the first row can be told: the field, and why.
    pub(crate) fn whole_clip(&self) -> Option<(&'static str, &'static str)> {
        if self.peak_normalize {
            return Some(("peak_normalize", "divides by the clip's greatest sample"));
        }
        if self.dynamic_range.is_some() {
            return Some((
                "dynamic_range",
                "limits every value by the clip's loudest one",
            ));
        }
        if self.use_energy && self.normalize_energy {
            return Some(("normalize_energy", "measures from the clip's loudest frame"));
        }
        match self.cmvn {
            Cmvn::Mean | Cmvn::MeanVariance => Some(("cmvn", "takes the mean over the clip")),
            Cmvn::None | Cmvn::Sliding(_) => None,
        }
    }
}

/// [`MfccConfig::mynah`].
impl Default for MfccConfig {
    fn default() -> Self {
        Self::mynah()
    }
}
