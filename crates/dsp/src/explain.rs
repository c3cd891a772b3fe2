//! A configuration in words and formulas.

use std::fmt::Write;

use crate::{
    Cmvn, CmvnOver, DctNorm, DeltaRule, Edges, EnergyOf, Floor, Kind, LifterFrom, Log, MelBins,
    MelNorm, MelScale, MelShape, MfccConfig, Preemphasis, Rescale, ShortClips, SpectrumKind,
    Window,
};

impl MfccConfig {
    /// The exact definition in use, a line a stage, with lengths in samples at this rate; what is wrong with one
    /// that makes no sense.
    ///
    /// ```
    /// let text = mynah_dsp::MfccConfig::kaldi().explain();
    /// assert!(text.contains("400 samples every 160"));
    /// ```
    pub fn explain(&self) -> String {
        if let Err(fault) = self.check() {
            return fault.to_string();
        }
        let mut text = String::new();
        let lines = [
            ("samples", self.explain_samples()),
            ("frames", self.explain_frames()),
            ("short clips", self.explain_short_clips()),
            ("each frame", self.explain_frame()),
            ("spectrum", self.explain_spectrum()),
            ("mel filters", self.explain_mel()),
            ("logarithm", self.explain_log()),
            ("cepstra", self.explain_cepstra()),
            ("deltas", self.explain_deltas()),
            ("normalisation", self.explain_cmvn()),
            ("row", self.explain_row()),
            ("streaming", self.explain_streaming()),
        ];
        for (stage, words) in lines.into_iter().filter(|(_, words)| !words.is_empty()) {
            writeln!(text, "{stage:14} {words}").expect("a String takes everything");
        }
        text
    }

    /// Names of a row's columns: `c0`…, or `mel0`…, `energy` where that is used, then the same with `d_` and `dd_`
    /// for deltas.
    pub fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> = match self.kind {
            Kind::Fbank => (0..self.n_mels).map(|m| format!("mel{m}")).collect(),
            Kind::Mfcc => (0..self.n_mfcc).map(|k| format!("c{k}")).collect(),
        };
        match (self.use_energy, self.kind) {
            (true, Kind::Fbank) => names.insert(0, "energy".into()),
            (true, Kind::Mfcc) => names
                .iter_mut()
                .take(1)
                .for_each(|name| *name = "energy".into()),
            (false, _) => {}
        }
        if !names.is_empty() && self.loudness_column() == Some(names.len() - 1) {
            names.rotate_left(1);
        }
        let prefixes = ["", "d_", "dd_"].into_iter().take(1 + self.delta_order);
        prefixes
            .flat_map(|prefix| names.iter().map(move |name| format!("{prefix}{name}")))
            .collect()
    }

    fn explain_samples(&self) -> String {
        let mut text = format!("{} Hz, mono, full scale ±1", self.sample_rate);
        if self.peak_normalize {
            text += ", divided by the clip's greatest sample";
        }
        if self.input_scale != 1.0 {
            text += &format!(", × {}", self.input_scale);
        }
        if self.integer_input {
            text += ", cut down to whole numbers";
        }
        if let (Some(length), Some(samples)) = (self.clip_length, self.clip_length()) {
            text += &format!("; cut or filled with zeros to {samples} samples ({length})");
        }
        if self.preemphasis > 0.0 && self.preemphasis_over == Preemphasis::Clip {
            text += &format!("; y[i] = x[i] − {}·x[i−1], y[0] = x[0]", self.preemphasis);
        }
        text
    }

    fn explain_frames(&self) -> String {
        let (frame, hop) = (self.frame_length(), self.hop_length());
        let edges = match self.edges {
            Edges::Snip => "only those wholly inside the clip",
            Edges::SnipTransform => "in the middle of a transform wholly inside the clip",
            Edges::Mirror => "around the middle of every hop, the clip mirrored at its ends",
            Edges::CenterZeros => "around every hop's first sample, zeros beyond the ends",
            Edges::CenterReflect => {
                "around every hop's first sample, the clip reflected at its ends"
            }
            Edges::CenterReflectDropLast => {
                "around every hop's first sample but the last, the clip reflected at its ends"
            }
            Edges::PadEnd => "from the clip's start, zeros at its end until the last one is full",
        };
        format!(
            "{frame} samples every {hop} ({}, {}; {:?} rounding), {edges}",
            self.frame_length, self.hop_length, self.rounding
        )
    }

    fn explain_short_clips(&self) -> String {
        match self.short_clips {
            ShortClips::Empty => "no frame is a valid answer",
            ShortClips::RefuseEmpty => "refused when there are no samples",
            ShortClips::Refuse => "refused when they give no frame",
            ShortClips::RefusePartial => "refused when shorter than a frame",
        }
        .into()
    }

    fn explain_frame(&self) -> String {
        let mut steps = Vec::new();
        if self.remove_dc {
            steps.push("its mean subtracted".into());
        }
        if self.preemphasis > 0.0 && self.preemphasis_over == Preemphasis::Frame {
            let a = self.preemphasis;
            steps.push(format!("y[i] = x[i] − {a}·x[i−1], y[0] = x[0] − {a}·x[0]"));
        }
        let window = match self.window {
            Window::Povey => "Povey window (symmetric Hann to the power 0.85)",
            Window::Hann => "symmetric Hann window",
            Window::HannPeriodic => "periodic Hann window",
            Window::HannTf => "Hann window, periodic for even lengths, symmetric for odd ones",
            Window::Hamming => "symmetric Hamming window",
            Window::HammingPeriodic => "periodic Hamming window",
            Window::Blackman => "Blackman window (0.42)",
            Window::Sine => "sine window",
            Window::Rectangular => "no window",
        };
        steps.push(window.into());
        steps.join("; ")
    }

    fn explain_spectrum(&self) -> String {
        let what = match self.spectrum {
            SpectrumKind::Power => "power |X|²",
            SpectrumKind::PowerPerTransform => "power |X|² divided by the length of the transform",
            SpectrumKind::PowerPerFrame => "power |X|² divided by the length of the frame",
            SpectrumKind::Magnitude => "magnitude |X|",
        };
        let mut text = format!("{what} of a transform of {}", self.n_fft());
        if self.n_fft() < self.frame_length() {
            text += ", which cuts the frame";
        }
        if self.double_spectrum {
            text += ", in double precision";
        }
        text
    }

    fn explain_mel(&self) -> String {
        let (low, high) = self.mel_range();
        let scale = match self.mel_scale {
            MelScale::Htk => "mel = 2595 log10(1 + f/700)",
            MelScale::Slaney => "Slaney's mel scale",
        };
        let shape = match self.mel_shape {
            MelShape::Mel => "straight in mel",
            MelShape::Hz => "straight in Hz",
            MelShape::Bins => "straight between whole bins",
        };
        let norm = match self.mel_norm {
            MelNorm::Peak => "height 1",
            MelNorm::Area => "area 1 (in Hz)",
        };
        let bins = match self.mel_bins {
            MelBins::All => "all bins",
            MelBins::Kaldi => "all bins but the last",
            MelBins::KaldiHtk => "all bins but the last and the first filter's first",
            MelBins::Librosa => "all bins, weights in single precision",
            MelBins::Torchaudio => "all bins, at k·⌊rate/2⌋/(F/2) Hz",
            MelBins::TfSignal => "all bins but the first",
            MelBins::TfAudioOps => "bins ⌊1.5 + fmin/Δ⌋ to ⌊fmax/Δ⌋",
            MelBins::Htk => "bins max(1, ⌊1.5 + fmin/Δ⌋) to min(F/2, ⌊0.5 + fmax/Δ⌋) − 1",
            MelBins::OpenSmile => {
                "bins between round(fmin/Δ) and round(fmax/Δ), at the rounded frame length's rate"
            }
            MelBins::Spafe => "all bins, spread from fmin to fmax",
        };
        let n = self.n_mels;
        format!("{n} triangles from {low} to {high} Hz, {scale}, {shape}, {norm}; {bins}")
    }

    fn explain_log(&self) -> String {
        let log = match self.log {
            Log::Ln => "ln",
            Log::Log10 => "log10",
            Log::Decibel => "10 log10",
        };
        let floor = self.log_floor;
        let mut text = match self.floor {
            Floor::Max => format!("{log}(max(E, {floor:e}))"),
            Floor::Add => format!("{log}(E + {floor:e})"),
            Floor::Zero => format!("{log}(E), E = 0 replaced by {floor:e}"),
        };
        if let Some(range) = self.dynamic_range {
            text += &format!(", no less than the clip's greatest − {range}");
        }
        if let Some(Rescale { add, divide, clamp }) = self.rescale {
            text += &format!(", (x + {add})/{divide}");
            if clamp {
                text += ", clamped to 0..1";
            }
        }
        text
    }

    fn explain_cepstra(&self) -> String {
        if self.kind == Kind::Fbank {
            return match self.use_energy {
                true => format!(
                    "none; before the log mel energies {}",
                    self.explain_energy()
                ),
                false => "none".into(),
            };
        }
        let dct = match self.dct {
            DctNorm::Ortho => "orthonormal DCT-II",
            DctNorm::Htk => "DCT-II scaled by √(2/M) throughout",
        };
        let mut text = format!("{} coefficients of the {dct}", self.n_mfcc);
        if self.lifter > 0.0 {
            let k = match self.lifter_from {
                LifterFrom::Zero => "k",
                LifterFrom::One => "(k+1)",
            };
            let l = self.lifter;
            text += &format!(", × 1 + {}·sin(π{k}/{l})", l / 2.0);
        }
        if self.use_energy {
            text += &format!("; c0 replaced by {}", self.explain_energy());
        }
        text
    }

    fn explain_energy(&self) -> String {
        let least = self.least_energy();
        let mut text = match self.energy_of {
            EnergyOf::Raw => format!("ln(max(Σx², {least:e})) of the raw frame"),
            EnergyOf::Windowed => format!("ln(max(Σx², {least:e})) of the windowed frame"),
            EnergyOf::Spectrum => format!("ln of the summed spectrum, 0 replaced by {least:e}"),
            EnergyOf::Htk => "ln Σx² of the raw frame, −1e10 for nothing".into(),
        };
        if self.normalize_energy {
            text += ", then 1 − 0.1·(clip's greatest − E), no more than 50 dB below";
        }
        text
    }

    fn explain_deltas(&self) -> String {
        let w = self.delta_window;
        let rule = match self.delta_rule {
            DeltaRule::Kaldi => "second order by the convolved kernel; end frames repeat",
            DeltaRule::Htk => "second order from the deltas; end frames and end deltas repeat",
            DeltaRule::OpenSmile => {
                "second order from the deltas; end frames repeat, deltas at the start only"
            }
            DeltaRule::Librosa => {
                "line or parabola of least squares, the outermost one at the ends"
            }
        };
        match self.delta_order {
            0 => String::new(),
            order => format!("to order {order}, {w} frames on either side; {rule}"),
        }
    }

    fn explain_cmvn(&self) -> String {
        let text = match self.cmvn {
            Cmvn::None => return String::new(),
            Cmvn::Mean => "mean over the clip subtracted".into(),
            Cmvn::MeanVariance => "mean over the clip subtracted, divided by the deviation".into(),
            Cmvn::Sliding(sliding) => {
                let frames = if sliding.center {
                    format!("{} frames around each", sliding.window)
                } else {
                    format!(
                        "each frame and {} before it (at least {} at the start)",
                        sliding.window, sliding.min_window
                    )
                };
                let variance = if sliding.variance {
                    ", divided by the deviation"
                } else {
                    ""
                };
                format!("mean over {frames} subtracted{variance}")
            }
        };
        match self.cmvn_over {
            CmvnOver::Rows => text,
            CmvnOver::Statics => text + ", before the deltas are taken",
        }
    }

    fn explain_row(&self) -> String {
        let columns = self.columns();
        let static_columns = &columns[..self.n_static()];
        let shown = match static_columns {
            [first, second, .., last] => format!("{first}, {second}, …, {last}"),
            few => few.join(", "),
        };
        match self.delta_order {
            0 => format!("{} values: {shown}", columns.len()),
            1 => format!("{} values: {shown}; their deltas (d_)", columns.len()),
            _ => format!(
                "{} values: {shown}; their deltas (d_) and second deltas (dd_)",
                columns.len()
            ),
        }
    }

    fn explain_streaming(&self) -> String {
        match self.whole_clip() {
            None => "the same bits from any blocks".into(),
            Some((field, why)) => format!("no: {field} {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns() {
        assert_eq!(MfccConfig::kaldi().columns()[..2], ["energy", "c1"]);
        let mut htk = MfccConfig::htk();
        (htk.n_mfcc, htk.delta_order) = (3, 2);
        let expected = "c1 c2 c0 d_c1 d_c2 d_c0 dd_c1 dd_c2 dd_c0";
        assert_eq!(htk.columns().join(" "), expected);
        assert_eq!(MfccConfig::whisper().columns()[79], "mel79");
        let mut fbank = MfccConfig::kaldi().fbank();
        assert_eq!(fbank.columns()[..2], ["mel0", "mel1"]);
        fbank.use_energy = true;
        assert_eq!(fbank.columns()[..2], ["energy", "mel0"]);
    }

    #[test]
    fn tells_the_presets_apart() {
        let mut texts: Vec<String> = MfccConfig::PRESETS
            .iter()
            .map(|(_, preset)| preset().explain())
            .collect();
        let n = texts.len();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), n);
        let psf = MfccConfig::psf().with_sample_rate(44_100).explain();
        assert!(psf.contains("which cuts the frame"), "{psf}");
        let librosa = MfccConfig::librosa().explain();
        assert!(librosa.contains("no: dynamic_range"), "{librosa}");
    }
}
