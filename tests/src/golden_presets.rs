//! From the manifest's description of a tool's call to a configuration of ours.

use mynah_dsp::{
    Cmvn, DctNorm, DeltaRule, Edges, EnergyOf, Floor, Kind, Length, Log, MelBins, MelNorm,
    MelScale, MfccConfig, ShortClips, Sliding, SpectrumKind, Window,
};
use serde_json::Value;

/// Where the tool computes in double precision.
#[derive(Clone, Copy, PartialEq)]
pub enum Double {
    Never,
    /// In part: tables stay in single precision.
    Output,
    Throughout,
}

/// One preset of the manifest at one sample rate.
#[derive(Clone)]
pub struct Preset {
    pub config: MfccConfig,
    pub double: Double,
    /// Samples a block when streamed.
    pub block: usize,
    /// Where the reference gives no frames, the tool itself fails.
    pub refuses_no_frames: bool,
    /// Deltas of fewer frames are undefined.
    pub undefined_deltas_below: Option<usize>,
}

/// The preset `name` of the manifest's `presets`.
pub fn preset(presets: &Value, name: &str, sample_rate: u32) -> Result<Preset, String> {
    let about = &presets[name];
    let tool = about["tool"].as_str().ok_or("is not in the manifest")?;
    let call = about["call"].as_str().unwrap_or_default();
    // Some presets are another one with something done to its output.
    let base = || {
        let words = call.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let in_call = words.filter(|word| *word != name && !presets[*word].is_null());
        // kaldi_noenergy_cmvn says so in its name only.
        let in_name = name.rsplit_once('_').map(|(base, _)| base);
        let base = in_call.chain(in_name).next();
        preset(presets, base.unwrap_or_default(), sample_rate)
    };
    let params = Params(&about["params"]);
    let scaling = about["input_scaling"].as_str().unwrap_or_default();
    let is_double = scaling.starts_with("float64");
    let mut found = match tool {
        "kaldi_native_fbank"
            if params.0.get("overrides").is_none() && !call.starts_with("Online") =>
        {
            base()?
        }
        _ => Preset {
            config: MfccConfig::kaldi(),
            double: Double::Never,
            block: 137,
            refuses_no_frames: false,
            undefined_deltas_below: None,
        },
    };
    match tool {
        "kaldi_native_fbank" => kaldi(&mut found, &params, call)?,
        "librosa" => {
            found.config = librosa(&params, sample_rate, call, name)?;
            // We round the filters as librosa does, so that its double precision can be met in full.
            if is_double {
                found.double = Double::Throughout;
            }
        }
        "python_speech_features" => {
            found.config = psf(&params, sample_rate, call)?;
            found.double = Double::Throughout;
        }
        "spafe" => {
            found.config = MfccConfig::spafe();
            found.config.n_fft = Some(n_fft(sample_rate));
            found.config.n_mfcc = params.usize("num_ceps").unwrap_or(13);
            found.config.n_mels = params.usize("nfilts").unwrap_or(24);
            found.double = Double::Throughout;
        }
        "opensmile" => {
            found.config = MfccConfig::opensmile();
            found.undefined_deltas_below = Some(3);
        }
        "torchaudio" if call.contains("kaldi.mfcc") => {
            found.config = torchaudio_kaldi(&params, call);
            if is_double {
                found.double = Double::Output;
            }
        }
        "torchaudio" => found.config = torchaudio(&params, sample_rate, call, name),
        "openai-whisper" => {
            found.config = MfccConfig::whisper();
            found.config.n_mels = params.usize("n_mels").ok_or("without n_mels")?;
            found.config.hop_length = Length::Samples(params.usize("hop").ok_or("without hop")?);
        }
        "tensorflow" => found.config = tensorflow(&params, sample_rate, call)?,
        "HTK HCopy" => found.config = htk(&Params(&about["params"]["equivalent"]))?,
        "ref_mfcc.htkf" => {
            found.config = htk(&params)?;
            found.double = Double::Throughout;
            found.refuses_no_frames = true;
        }
        tool => return Err(format!("nothing is known of the tool {tool}")),
    }
    // openSMILE's wrapper takes ±1 and makes whole 16-bit units of it, as its preset does.
    if tool != "opensmile" {
        let is_int16 = scaling.contains("int16 units");
        found.config.input_scale = if is_int16 { 32_768.0 } else { 1.0 };
    }
    found.config = found.config.with_sample_rate(sample_rate);
    Ok(found)
}

/// Parameters of a call.
struct Params<'v>(&'v Value);

impl Params<'_> {
    fn f64(&self, key: &str) -> Option<f64> {
        self.0[key].as_f64()
    }

    fn usize(&self, key: &str) -> Option<usize> {
        self.0[key].as_u64().map(|n| n as usize)
    }

    fn bool(&self, key: &str) -> Option<bool> {
        self.0[key].as_bool()
    }

    fn str(&self, key: &str) -> Option<&str> {
        self.0[key].as_str()
    }
}

/// The transform that the manifest's calls choose by the rate.
fn n_fft(sample_rate: u32) -> usize {
    if sample_rate <= 16_000 { 512 } else { 2_048 }
}

fn kaldi(preset: &mut Preset, params: &Params<'_>, call: &str) -> Result<(), String> {
    let config = &mut preset.config;
    if call.starts_with("OnlineFbank") {
        *config = MfccConfig::kaldi().fbank();
        config.n_mels = params.usize("num_bins").ok_or("without num_bins")?;
    }
    if call.starts_with("compute_deltas") {
        config.delta_order = params.usize("order").ok_or("without order")?;
        config.delta_window = params.usize("window").ok_or("without window")?;
    }
    if call.starts_with("apply_cmvn") {
        config.cmvn = match params.bool("norm_vars") {
            Some(true) => Cmvn::MeanVariance,
            _ => Cmvn::Mean,
        };
    }
    if let Some(chunk) = params.usize("chunk") {
        preset.block = chunk;
    }
    let overrides = params.0["overrides"].as_object();
    for (key, value) in overrides.into_iter().flatten() {
        let number = || value.as_f64().ok_or(format!("{key} is no number"));
        let flag = || value.as_bool().ok_or(format!("{key} is no flag"));
        match key.as_str() {
            "use_energy" => config.use_energy = flag()?,
            "raw_energy" if !flag()? => config.energy_of = EnergyOf::Windowed,
            "energy_floor" => config.energy_floor = number()?,
            "num_ceps" => config.n_mfcc = number()? as usize,
            "htk_compat" if flag()? => (config.c0_last, config.dct) = (true, DctNorm::Htk),
            "mel_opts__num_bins" => config.n_mels = number()? as usize,
            "mel_opts__low_freq" => config.fmin = number()?,
            "mel_opts__high_freq" => config.fmax = number()?,
            "mel_opts__htk_mode" if flag()? => {
                (config.mel_bins, config.log_floor) = (MelBins::KaldiHtk, 1.0);
            }
            "frame_opts__snip_edges" if !flag()? => config.edges = Edges::Mirror,
            "frame_opts__remove_dc_offset" => config.remove_dc = flag()?,
            "frame_opts__window_type" => {
                config.window = match value.as_str() {
                    Some("hamming") => Window::Hamming,
                    Some("hanning") => Window::Hann,
                    Some("povey") => Window::Povey,
                    Some("rectangular") => Window::Rectangular,
                    Some("blackman") => Window::Blackman,
                    Some("sine") => Window::Sine,
                    other => return Err(format!("window {other:?}")),
                };
            }
            "raw_energy" | "htk_compat" | "mel_opts__htk_mode" | "frame_opts__snip_edges" => {}
            other => return Err(format!("override {other} is not known")),
        }
    }
    Ok(())
}

/// Frames as long as the transform where that is given; else the calls say `int(sr*.025)` and `int(sr*.01)`.
fn set_frames(config: &mut MfccConfig, params: &Params<'_>, sample_rate: u32) {
    match (params.usize("n_fft"), params.usize("hop_length")) {
        (Some(n_fft), Some(hop)) => {
            config.n_fft = Some(n_fft);
            config.hop_length = Length::Samples(hop);
        }
        _ => {
            config.frame_length = Length::Ms(25.0);
            config.hop_length = Length::Ms(10.0);
            config.n_fft = Some(n_fft(sample_rate));
        }
    }
}

fn librosa(
    params: &Params<'_>,
    sample_rate: u32,
    call: &str,
    name: &str,
) -> Result<MfccConfig, String> {
    let mut config = MfccConfig::librosa();
    set_frames(&mut config, params, sample_rate);
    config.n_mels = params.usize("n_mels").unwrap_or(40);
    config.n_mfcc = params.usize("n_mfcc").unwrap_or(13);
    if call.contains("power_to_db") {
        config.kind = Kind::Fbank;
        config.n_mfcc = 1;
    }
    if call.contains("feature.delta") {
        let width = params.usize("width").ok_or("without width")?;
        (config.delta_order, config.delta_window) = (2, width / 2);
    }
    if params.bool("htk") == Some(true) {
        config.mel_scale = MelScale::Htk;
    }
    if name.contains("nonorm") || params.0.get("mel_norm").is_some_and(Value::is_null) {
        config.mel_norm = MelNorm::Peak;
    }
    if params.bool("center") == Some(false) {
        config.edges = Edges::SnipTransform;
    }
    config.lifter = params.f64("lifter").unwrap_or(0.0);
    config.fmin = params.f64("fmin").unwrap_or(0.0);
    config.fmax = match params.str("fmax") {
        Some("min(7600,sr/2)") => (f64::from(sample_rate) / 2.0).min(7_600.0),
        Some(other) => return Err(format!("fmax {other}")),
        None => params.f64("fmax").unwrap_or(0.0),
    };
    if let Some(range) = params.f64("top_db") {
        config.dynamic_range = Some(range);
    }
    Ok(config)
}

fn psf(params: &Params<'_>, sample_rate: u32, call: &str) -> Result<MfccConfig, String> {
    let mut config = MfccConfig::psf();
    // The call with deltas does not say so, but its output does: it chose the transform by the rate too.
    if call.contains("nfft=") || call.contains("delta") {
        config.n_fft = Some(n_fft(sample_rate));
    }
    if let Some(n_mels) = params.usize("nfilt") {
        config.n_mels = n_mels;
    }
    if let Some(n_mfcc) = params.usize("numcep") {
        config.n_mfcc = n_mfcc;
    }
    config.use_energy = params.bool("appendEnergy").unwrap_or(true);
    config.window = match params.str("winfunc") {
        None | Some("ones") => Window::Rectangular,
        Some(window) if window.starts_with("np.hamming") => Window::Hamming,
        Some(other) => return Err(format!("winfunc {other}")),
    };
    if call.contains("logfbank") {
        config = config.fbank();
    }
    if call.contains("delta") {
        config.delta_order = 2;
        config.delta_window = params.usize("N").ok_or("without N")?;
    }
    Ok(config)
}

fn torchaudio_kaldi(params: &Params<'_>, call: &str) -> MfccConfig {
    let mut config = MfccConfig::torchaudio_kaldi();
    if let Some(use_energy) = params.bool("use_energy") {
        config.use_energy = use_energy;
    }
    if let Some(floor) = params.f64("energy_floor") {
        config.energy_floor = floor;
    }
    if let Some(n_mels) = params.usize("num_mel_bins") {
        config.n_mels = n_mels;
    }
    if params.bool("snip_edges") == Some(false) {
        config.edges = Edges::Mirror;
    }
    if call.contains("sliding_window_cmn") {
        let mut sliding = Sliding::default();
        sliding.window = params.usize("cmn_window").unwrap_or(sliding.window);
        sliding.center = params.bool("center").unwrap_or(false);
        sliding.variance = call.contains("norm_vars=True");
        sliding.min_window = sliding.min_window.min(sliding.window);
        config.cmvn = Cmvn::Sliding(sliding);
    }
    config
}

fn torchaudio(params: &Params<'_>, sample_rate: u32, call: &str, name: &str) -> MfccConfig {
    let mut config = MfccConfig::torchaudio();
    set_frames(&mut config, params, sample_rate);
    config.n_mfcc = params.usize("n_mfcc").unwrap_or(13);
    config.n_mels = params.usize("n_mels").unwrap_or(40);
    if params.bool("log_mels") == Some(true) {
        config.log = Log::Ln;
        (config.floor, config.log_floor, config.dynamic_range) = (Floor::Add, 1e-6, None);
    }
    if params.str("mel_scale") == Some("slaney") {
        config.mel_scale = MelScale::Slaney;
    }
    if params.str("norm") == Some("slaney") {
        config.mel_norm = MelNorm::Area;
    }
    if params.str("pad_mode") == Some("constant") {
        config.edges = Edges::CenterZeros;
        // torch pads, but cannot make a spectrogram of nothing.
        config.short_clips = ShortClips::RefuseEmpty;
    }
    if name.contains("delta") || call.contains("compute_deltas") {
        config.delta_order = 2;
        config.delta_window = params.usize("win_length").unwrap_or(5) / 2;
        config.delta_rule = DeltaRule::Htk;
    }
    config
}

fn tensorflow(params: &Params<'_>, sample_rate: u32, call: &str) -> Result<MfccConfig, String> {
    let mut config = if call.contains("AudioSpectrogram") || params.usize("dct").is_some() {
        MfccConfig::tf_audio_ops()
    } else if call.contains("lfbe") {
        MfccConfig::mlperf_tiny_lfbe()
    } else if call.contains("reduce_max") {
        MfccConfig::mlperf_tiny()
    } else {
        MfccConfig::tf_signal()
    };
    let length = |key: &str| params.f64(key).map(Length::Ms);
    if let Some(window) = length("window_ms") {
        config.frame_length = window;
    }
    if let Some(stride) = length("stride_ms") {
        config.hop_length = stride;
    }
    if let Some(n_mels) = params.usize("n_mels").or(params.usize("channels")) {
        config.n_mels = n_mels;
    }
    if let Some(n_mfcc) = params.usize("n").or(params.usize("dct")) {
        config.n_mfcc = n_mfcc;
    }
    if let Some(fmin) = params.f64("lo") {
        config.fmin = fmin;
    }
    match params.str("hi") {
        Some("min(7600,sr/2)") => config.fmax = (f64::from(sample_rate) / 2.0).min(7_600.0),
        Some(other) => return Err(format!("hi {other}")),
        None => config.fmax = params.f64("hi").unwrap_or(config.fmax),
    }
    Ok(config)
}

/// HCopy's configuration variables, in the manifest's short names: window and hop in 100 ns, filters, limits, and the
/// qualifiers of the target kind.
fn htk(params: &Params<'_>) -> Result<MfccConfig, String> {
    let mut config = MfccConfig::htk();
    let ms = |key: &str| params.f64(key).map(|units| Length::Ms(units / 10_000.0));
    if let Some(window) = ms("wlen") {
        config.frame_length = window;
    }
    if let Some(hop) = ms("rate") {
        config.hop_length = hop;
    }
    if params.bool("power") == Some(true) {
        config.spectrum = SpectrumKind::Power;
    }
    if let Some(n_mels) = params.usize("nm") {
        config.n_mels = n_mels;
    }
    // −1 is HTK's "not set".
    config.fmin = params.f64("lo").unwrap_or(-1.0).max(0.0);
    config.fmax = params.f64("hi").unwrap_or(-1.0).max(0.0);
    if let Some(preemphasis) = params.f64("pre") {
        config.preemphasis = preemphasis;
    }
    config.normalize_energy = false;
    if params.bool("fbank") == Some(true) {
        return Ok(config.fbank());
    }
    let tail = params.str("tail").ok_or("without tail")?;
    for qualifier in tail.chars() {
        match qualifier {
            '0' => config.use_energy = false,
            'E' => config.use_energy = true,
            'D' => config.delta_order = 1,
            'A' => config.delta_order = 2,
            other => return Err(format!("qualifier {other}")),
        }
    }
    Ok(config)
}
