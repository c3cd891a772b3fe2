//! What other tools call MFCC: their defaults, as configurations of the one engine.
//!
//! Each was written from the tool's own definition and is compared with the tool's own output by the golden
//! tests. A preset is a start: every field can be changed.

use crate::{
    Cmvn, CmvnOver, DctNorm, DeltaRule, Edges, EnergyOf, Floor, Kind, Length, LifterFrom, Log,
    MelBins, MelNorm, MelScale, MelShape, MfccConfig, Preemphasis, Rescale, Rounding, ShortClips,
    SpectrumKind, Window,
};

/// Full scale of 16-bit units.
const INT16: f64 = 32_768.0;
const EPSILON_F32: f64 = f32::EPSILON as f64;

type Constructor = fn() -> MfccConfig;

impl MfccConfig {
    /// The names of all presets with their constructors, mynah's own first.
    pub const PRESETS: &[(&'static str, Constructor)] = &[
        ("mynah", Self::mynah),
        ("kaldi", Self::kaldi),
        ("kaldi-hires", Self::kaldi_hires),
        ("torchaudio-kaldi", Self::torchaudio_kaldi),
        ("torchaudio", Self::torchaudio),
        ("librosa", Self::librosa),
        ("psf", Self::psf),
        ("htk", Self::htk),
        ("tf-signal", Self::tf_signal),
        ("mlperf-tiny", Self::mlperf_tiny),
        ("mlperf-tiny-lfbe", Self::mlperf_tiny_lfbe),
        ("tf-audio-ops", Self::tf_audio_ops),
        ("speech-commands", Self::speech_commands),
        ("opensmile", Self::opensmile),
        ("spafe", Self::spafe),
        ("whisper", Self::whisper),
    ];

    /// The preset of that name, at 16 kHz.
    pub fn preset(name: &str) -> Option<Self> {
        let named = Self::PRESETS.iter().find(|(known, _)| *known == name);
        named.map(|(_, preset)| preset())
    }

    /// For recognising words with a small model, at 16 kHz.
    ///
    /// - Frames as everywhere in speech: 25 ms every 10 ms.
    /// - 40 filters but 13 coefficients: c0..c12 are the smooth shape of the spectrum, which tells words apart;
    ///   the fine structure left out tells voices apart.
    /// - c0 rather than the raw energy: it comes from the same filters, above the same floor.
    /// - `log_floor` 1e-6 on samples of ±1: above the mean energy that rounding to 16 bits alone leaves in any
    ///   filter. Digital silence, a quiet converter and the noise of `f32` arithmetic all look the same, instead
    ///   of lending their random logarithms to the distance.
    /// - No lifter: a scaler sees to the sizes of the coefficients.
    /// - First deltas, as the direction of change survives a change of microphone; second ones add half again to
    ///   the size.
    /// - No `cmvn`, so that the same numbers come from a stream; normalise the endpointed word.
    pub fn mynah() -> Self {
        Self {
            input_scale: 1.0,
            n_mels: 40,
            log_floor: 1e-6,
            lifter: 0.0,
            use_energy: false,
            delta_order: 1,
            ..Self::kaldi()
        }
    }

    /// The defaults of Kaldi's `compute-mfcc-feats` and of kaldi-native-fbank, but without dither: 16-bit
    /// units, 23 filters, 13 coefficients, lifter 22, raw log energy for c0, no deltas.
    ///
    /// Kaldi's options: `use_energy`, `snip_edges=false` is [`Edges::Mirror`], `htk_compat` is
    /// [`c0_last`](Self::c0_last) with [`DctNorm::Htk`], `htk_mode` is [`MelBins::KaldiHtk`] with a
    /// [`log_floor`](Self::log_floor) of 1.
    pub fn kaldi() -> Self {
        Self {
            kind: Kind::Mfcc,
            sample_rate: 16_000,
            only_rate: None,
            input_scale: INT16,
            integer_input: false,
            peak_normalize: false,
            clip_length: None,
            frame_length: Length::Ms(25.0),
            hop_length: Length::Ms(10.0),
            rounding: Rounding::Kaldi,
            edges: Edges::Snip,
            short_clips: ShortClips::Empty,
            remove_dc: true,
            preemphasis: 0.97,
            preemphasis_over: Preemphasis::Frame,
            window: Window::Povey,
            n_fft: None,
            spectrum: SpectrumKind::Power,
            double_spectrum: false,
            n_mels: 23,
            fmin: 20.0,
            fmax: 0.0,
            mel_scale: MelScale::Htk,
            mel_shape: MelShape::Mel,
            mel_norm: MelNorm::Peak,
            mel_bins: MelBins::Kaldi,
            log: Log::Ln,
            log_floor: EPSILON_F32,
            floor: Floor::Max,
            dynamic_range: None,
            rescale: None,
            n_mfcc: 13,
            dct: DctNorm::Ortho,
            lifter: 22.0,
            lifter_from: LifterFrom::Zero,
            use_energy: true,
            energy_of: EnergyOf::Raw,
            energy_floor: 0.0,
            normalize_energy: false,
            c0_last: false,
            delta_order: 0,
            delta_window: 2,
            delta_rule: DeltaRule::Kaldi,
            cmvn: Cmvn::None,
            cmvn_over: CmvnOver::Rows,
        }
    }

    /// Kaldi's `conf/mfcc_hires.conf`: 40 filters from 20 Hz to 400 Hz below Nyquist, 40 coefficients, c0.
    pub fn kaldi_hires() -> Self {
        Self {
            use_energy: false,
            n_mels: 40,
            n_mfcc: 40,
            fmax: -400.0,
            ..Self::kaldi()
        }
    }

    /// `torchaudio.compliance.kaldi.mfcc` 2.11: Kaldi with c0, energies floored at 1, clips shorter than a
    /// frame refused. (It expects 16-bit units, which its own loader does not give.)
    pub fn torchaudio_kaldi() -> Self {
        Self {
            use_energy: false,
            energy_floor: 1.0,
            short_clips: ShortClips::RefusePartial,
            ..Self::kaldi()
        }
    }

    /// `torchaudio.transforms.MFCC` 2.11: librosa's cousin with HTK's mel scale, triangles of height 1,
    /// reflection at the ends, frames of 400 every 200 samples, 128 filters, 40 coefficients.
    pub fn torchaudio() -> Self {
        Self {
            edges: Edges::CenterReflect,
            hop_length: Length::Samples(200),
            n_fft: Some(400),
            double_spectrum: false,
            mel_scale: MelScale::Htk,
            mel_norm: MelNorm::Peak,
            mel_bins: MelBins::Torchaudio,
            n_mfcc: 40,
            delta_rule: DeltaRule::Htk,
            delta_window: 2,
            ..Self::librosa()
        }
    }

    /// `librosa.feature.mfcc` 0.11: frames of 2048 every 512 samples around their middle, zeros at the ends,
    /// Slaney's filters, decibels no more than 80 below the clip's loudest, 20 coefficients.
    pub fn librosa() -> Self {
        Self {
            input_scale: 1.0,
            frame_length: Length::Transform,
            hop_length: Length::Samples(512),
            rounding: Rounding::Down,
            edges: Edges::CenterZeros,
            short_clips: ShortClips::Refuse,
            remove_dc: false,
            preemphasis: 0.0,
            window: Window::HannPeriodic,
            n_fft: Some(2_048),
            double_spectrum: true,
            n_mels: 128,
            fmin: 0.0,
            mel_scale: MelScale::Slaney,
            mel_shape: MelShape::Hz,
            mel_norm: MelNorm::Area,
            mel_bins: MelBins::Librosa,
            log: Log::Decibel,
            log_floor: 1e-10,
            dynamic_range: Some(80.0),
            n_mfcc: 20,
            lifter: 0.0,
            lifter_from: LifterFrom::One,
            use_energy: false,
            delta_rule: DeltaRule::Librosa,
            delta_window: 4,
            ..Self::kaldi()
        }
    }

    /// `python_speech_features.mfcc` 0.6: no window, a transform of 512 whatever the frame, filters between
    /// whole bins, log energy for c0.
    pub fn psf() -> Self {
        Self {
            rounding: Rounding::Nearest,
            edges: Edges::PadEnd,
            remove_dc: false,
            preemphasis_over: Preemphasis::Clip,
            window: Window::Rectangular,
            n_fft: Some(512),
            spectrum: SpectrumKind::PowerPerTransform,
            n_mels: 26,
            fmin: 0.0,
            mel_shape: MelShape::Bins,
            mel_bins: MelBins::All,
            log_floor: f64::EPSILON,
            floor: Floor::Zero,
            short_clips: ShortClips::RefuseEmpty,
            energy_of: EnergyOf::Spectrum,
            delta_rule: DeltaRule::Htk,
            ..Self::kaldi()
        }
    }

    /// HTK's HCopy 3.4 with its own defaults, 10 ms hops and `TARGETKIND = MFCC_0`: frames of 25.6 ms,
    /// magnitudes, 20 filters, c1..c12 and then c0. `MFCC_E` is `use_energy`, with
    /// [`normalize_energy`](Self::normalize_energy) unless ENORMALISE is off; `USEPOWER` is
    /// [`SpectrumKind::Power`]; `_Z` is [`Cmvn::Mean`] over [`CmvnOver::Statics`], but that HTK leaves the
    /// energy of `_E` as it is.
    pub fn htk() -> Self {
        Self {
            frame_length: Length::Ms(25.6),
            rounding: Rounding::Down,
            short_clips: ShortClips::Refuse,
            remove_dc: false,
            window: Window::Hamming,
            spectrum: SpectrumKind::Magnitude,
            n_mels: 20,
            fmin: 0.0,
            mel_bins: MelBins::Htk,
            log_floor: 1.0,
            dct: DctNorm::Htk,
            use_energy: false,
            energy_of: EnergyOf::Htk,
            normalize_energy: true,
            c0_last: true,
            delta_rule: DeltaRule::Htk,
            ..Self::kaldi()
        }
    }

    /// The example of TensorFlow's documentation (`tf.signal` 2.21): magnitudes, 80 filters from 80 to 7600 Hz,
    /// `ln(x + 1e-6)`, 13 coefficients; here with 25 ms frames every 10 ms. Below 15.2 kHz lower `fmax`.
    pub fn tf_signal() -> Self {
        Self {
            input_scale: 1.0,
            rounding: Rounding::Down,
            short_clips: ShortClips::Refuse,
            remove_dc: false,
            preemphasis: 0.0,
            window: Window::HannTf,
            spectrum: SpectrumKind::Magnitude,
            n_mels: 80,
            fmin: 80.0,
            fmax: 7_600.0,
            mel_bins: MelBins::TfSignal,
            log_floor: 1e-6,
            floor: Floor::Add,
            dct: DctNorm::Htk,
            lifter: 0.0,
            use_energy: false,
            ..Self::kaldi()
        }
    }

    /// Keyword spotting in MLPerf Tiny: one second divided by its greatest sample, 30 ms every 20 ms, 40 filters
    /// from 20 to 4000 Hz, 10 coefficients.
    pub fn mlperf_tiny() -> Self {
        Self {
            peak_normalize: true,
            clip_length: Some(Length::Ms(1_000.0)),
            frame_length: Length::Ms(30.0),
            hop_length: Length::Ms(20.0),
            n_mels: 40,
            fmin: 20.0,
            fmax: 4_000.0,
            n_mfcc: 10,
            ..Self::tf_signal()
        }
    }

    /// MLPerf Tiny's `lfbe`: the same second with pre-emphasis and a Hamming window, log mel energies in
    /// decibels between −52 and 12, scaled to 0..=1.
    pub fn mlperf_tiny_lfbe() -> Self {
        Self {
            kind: Kind::Fbank,
            preemphasis: 1.0 - 1.0 / 32.0,
            preemphasis_over: Preemphasis::Clip,
            window: Window::Hamming,
            spectrum: SpectrumKind::PowerPerFrame,
            fmin: 0.0,
            fmax: 0.0,
            log: Log::Decibel,
            log_floor: 1e-30,
            floor: Floor::Max,
            rescale: Some(Rescale {
                add: 52.0,
                divide: 64.0,
                clamp: true,
            }),
            ..Self::mlperf_tiny()
        }
    }

    /// TensorFlow's `AudioSpectrogram` and `Mfcc` operations as the speech_commands example uses them on a clip
    /// that is cut already: 30 ms every 10 ms, 40 filters from 20 to 4000 Hz, 40 coefficients.
    pub fn tf_audio_ops() -> Self {
        Self {
            short_clips: ShortClips::Empty,
            frame_length: Length::Ms(30.0),
            window: Window::HannPeriodic,
            double_spectrum: true,
            n_mels: 40,
            fmin: 20.0,
            fmax: 4_000.0,
            mel_bins: MelBins::TfAudioOps,
            log_floor: 1e-12,
            floor: Floor::Max,
            n_mfcc: 40,
            ..Self::tf_signal()
        }
    }

    /// What TensorFlow's speech_commands example computes of any clip: [`tf_audio_ops`](Self::tf_audio_ops) of
    /// one second, cut or filled with zeros.
    pub fn speech_commands() -> Self {
        Self {
            clip_length: Some(Length::Ms(1_000.0)),
            ..Self::tf_audio_ops()
        }
    }

    /// openSMILE 3's `MFCC12_0_D_A`: 26 filters to 8 kHz, c1..c12 and then c0 (whatever its column names say),
    /// two deltas.
    pub fn opensmile() -> Self {
        Self {
            integer_input: true,
            frame_length: Length::Ms(25.0),
            rounding: Rounding::Nearest,
            spectrum: SpectrumKind::Power,
            n_mels: 26,
            fmax: 8_000.0,
            mel_bins: MelBins::OpenSmile,
            delta_order: 2,
            delta_rule: DeltaRule::OpenSmile,
            ..Self::htk()
        }
    }

    /// `spafe.features.mfcc.mfcc` 0.3.3: like python_speech_features, but a Hamming window, triangles in Hz, no
    /// padding, no lifter, c0.
    pub fn spafe() -> Self {
        Self {
            input_scale: 1.0,
            rounding: Rounding::Down,
            edges: Edges::Snip,
            short_clips: ShortClips::Refuse,
            window: Window::Hamming,
            n_mels: 24,
            mel_shape: MelShape::Hz,
            mel_bins: MelBins::Spafe,
            lifter: 0.0,
            use_energy: false,
            ..Self::psf()
        }
    }

    /// `whisper.audio.log_mel_spectrogram` of the bare clip, at 16 kHz: 80 log mel energies between the clip's
    /// loudest and 8 decades below, `(x + 4)/4`. (Transcription fills clips to 30 s first: set
    /// [`clip_length`](field@Self::clip_length).)
    pub fn whisper() -> Self {
        Self {
            kind: Kind::Fbank,
            only_rate: Some(16_000),
            edges: Edges::CenterReflectDropLast,
            hop_length: Length::Samples(160),
            n_fft: Some(400),
            double_spectrum: false,
            n_mels: 80,
            fmax: 8_000.0,
            log: Log::Log10,
            dynamic_range: Some(8.0),
            rescale: Some(Rescale {
                add: 4.0,
                divide: 4.0,
                clamp: false,
            }),
            ..Self::librosa()
        }
    }
}
