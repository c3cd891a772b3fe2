//! Which features are made: a preset and what is changed of it.

use mynah::dsp::{Kind, Mfcc, MfccConfig, MfccStream};
use serde_json::Value;

use crate::args::Features;
use crate::output::note;
use crate::status::usage;

/// The configuration asked for, checked. Where no rate is asked for it is the preset's own, and each recording's later.
pub fn definition(args: &Features) -> anyhow::Result<MfccConfig> {
    let Some(mut config) = MfccConfig::preset(&args.preset) else {
        return usage(format!("there is no preset {}", args.preset));
    };
    // A preset's energy belongs to its cepstra.
    if args.kind.as_deref() == Some("fbank") {
        config = config.fbank();
    }
    let flags = [
        ("kind", args.kind.clone()),
        ("n_mfcc", args.n_mfcc.map(|n| n.to_string())),
        ("n_mels", args.n_mels.map(|n| n.to_string())),
        ("delta_order", args.deltas.map(|n| n.to_string())),
    ];
    for (key, value) in flags {
        if let Some(value) = value {
            config = changed(&config, key, &value)?;
        }
    }
    for change in &args.set {
        let Some((key, value)) = change.split_once('=') else {
            return usage(format!("--set {change}: write KEY=VALUE, as n_mels=64"));
        };
        for (key, value) in in_our_words(key.trim(), value.trim()) {
            config = changed(&config, key, value)?;
        }
    }
    if let Some(rate) = args.sample_rate {
        config = config.with_sample_rate(rate);
    }
    check(args, &config)?;
    remark(&config);
    Ok(config)
}

/// Says what can be meant, but seldom is.
fn remark(config: &MfccConfig) {
    let Ok(mfcc) = Mfcc::<f32>::new(config) else {
        return;
    };
    let ms = 1_000.0 * mfcc.frame_length() as f64 / f64::from(config.sample_rate);
    if ms < 5.0 {
        note(format!(
            "NOTE: frames of {} samples are {ms:.1} ms at {} Hz; milliseconds are written frame_length=25ms",
            mfcc.frame_length(),
            config.sample_rate
        ));
    }
    let n_empty = mfcc.n_empty_filters();
    if n_empty > 0 {
        note(format!(
            "NOTE: {n_empty} of {} mel filters are too narrow for any bin of a transform of {} at {} Hz and always give \
             the floor; fewer filters or a longer n_fft have none such",
            config.n_mels,
            mfcc.n_fft(),
            config.sample_rate
        ));
    }
}

/// Refuses what no recording could be analysed by.
fn check(args: &Features, config: &MfccConfig) -> anyhow::Result<()> {
    if let Err(fault) = Mfcc::<f32>::new(config) {
        // Filters up to 20 kHz are no fault where recordings may have any rate.
        let is_for_others =
            |&rate: &u32| Mfcc::<f32>::new(&config.clone().with_sample_rate(rate)).is_ok();
        if args.sample_rate.is_some() || ![44_100, 192_000].iter().any(is_for_others) {
            return usage(fault.to_string());
        }
    } else if args.stream
        && let Err(fault) = MfccStream::<f32>::new(config)
    {
        return usage(format!("--stream: {fault}"));
    }
    Ok(())
}

/// The fields that an option of another tool stands for; what is no such option stays as it is.
fn in_our_words<'a>(key: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    match (key.replace('-', "_").as_str(), value) {
        ("snip_edges", "true") => vec![("edges", "snip")],
        ("snip_edges", "false") => vec![("edges", "mirror")],
        ("htk_compat", "true") => vec![("c0_last", "true"), ("dct", "htk")],
        ("htk_compat", "false") => vec![("c0_last", "false"), ("dct", "ortho")],
        ("raw_energy", "true") => vec![("energy_of", "raw")],
        ("raw_energy", "false") => vec![("energy_of", "windowed")],
        // There is never any.
        ("dither", "0" | "0.0") => vec![],
        ("num_mel_bins" | "num_bins" | "nfilt", n) => vec![("n_mels", n)],
        ("num_ceps" | "numcep", n) => vec![("n_mfcc", n)],
        ("low_freq" | "lowfreq", hz) => vec![("fmin", hz)],
        ("high_freq" | "highfreq", hz) => vec![("fmax", hz)],
        ("cepstral_lifter" | "ceplifter", l) => vec![("lifter", l)],
        ("preemph_coeff" | "preemphasis_coefficient" | "preemph", a) => vec![("preemphasis", a)],
        ("remove_dc_offset", is_on) => vec![("remove_dc", is_on)],
        ("window_type", "hanning") => vec![("window", "hann")],
        ("window_type", window) => vec![("window", window)],
        ("top_db", "none" | "None") => vec![("dynamic_range", "null")],
        ("top_db", db) => vec![("dynamic_range", db)],
        ("win_length", length) => vec![("frame_length", length)],
        ("nfft", n) => vec![("n_fft", n)],
        ("appendenergy" | "appendEnergy", is_on) => vec![("use_energy", is_on)],
        ("cmvn", "sliding") => vec![("cmvn", r#"{"sliding":{}}"#)],
        _ => vec![(key, value)],
    }
}

/// The definition in words, then every field as `--set` takes it.
pub fn explanation(config: &MfccConfig) -> anyhow::Result<String> {
    if let Err(fault) = Mfcc::<f32>::new(config) {
        return usage(fault.to_string());
    }
    let mut text = config.explain();
    text += "\nThe fields, as --set takes them:\n";
    if let Value::Object(fields) = serde_json::to_value(config)? {
        for (key, value) in fields.iter().filter(|(key, _)| *key != "sample_rate") {
            let value = value.as_str().map_or(value.to_string(), str::to_string);
            text += &format!("  {key}={value}\n");
        }
    }
    Ok(text)
}

/// With one field changed; a value is JSON, or a bare word.
fn changed(config: &MfccConfig, key: &str, value: &str) -> anyhow::Result<MfccConfig> {
    let Value::Object(mut fields) = serde_json::to_value(config)? else {
        return usage("a configuration is no object");
    };
    let keys: Vec<String> = fields
        .keys()
        .filter(|key| *key != "sample_rate")
        .cloned()
        .collect();
    let now;
    match fields.get_mut(key) {
        Some(_) if key == "sample_rate" => {
            return usage("the rate is set by --sample-rate, which also converts the recordings");
        }
        None => {
            if key == "hires" {
                return usage("--set hires: it is a preset of its own, --preset kaldi-hires");
            }
            return usage(format!(
                "--set {key}: there is no such key; --explain shows them with their values:\n  {}",
                keys.join(", ")
            ));
        }
        Some(field) => {
            now = field.to_string();
            *field = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
        }
    }
    match serde_json::from_value(Value::Object(fields)) {
        Ok(config) => Ok(config),
        Err(fault) => usage(format!("--set {key}={value}: {fault}; now it is {now}")),
    }
}

/// What an HTK file says of its rows, where they are in HTK's order.
pub fn parm_kind(config: &MfccConfig) -> Option<u16> {
    if !config.c0_last {
        return None;
    }
    let base = match config.kind {
        Kind::Mfcc if config.use_energy => 6 | 0o100,
        Kind::Mfcc => 6 | 0o20_000,
        Kind::Fbank => 7,
        _ => return None,
    };
    Some(base | [0, 0o400, 0o1_400][config.delta_order.min(2)])
}
