//! Which features are made: a preset and what is changed of it.

use mynah::dsp::{Kind, Mfcc, MfccConfig, MfccStream};
use serde_json::Value;

use crate::args::Features;
use crate::status::usage;

/// The configuration asked for, checked. Where no rate is asked for it is the preset's own, and each recording's later.
pub fn definition(args: &Features) -> anyhow::Result<MfccConfig> {
    let Some(mut config) = MfccConfig::preset(&args.preset) else {
        return usage(format!("there is no preset {}", args.preset));
    };
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
        config = changed(&config, key.trim(), value.trim())?;
    }
    if let Some(rate) = args.sample_rate {
        config = config.with_sample_rate(rate);
    }
    check(args, &config)?;
    Ok(config)
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
    match fields.get_mut(key) {
        Some(_) if key == "sample_rate" => {
            return usage("the rate is set by --sample-rate, which also converts the recordings");
        }
        None => {
            return usage(format!(
                "--set {key}: there is no such key; there are {}",
                keys.join(", ")
            ));
        }
        Some(field) => {
            *field = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
        }
    }
    match serde_json::from_value(Value::Object(fields)) {
        Ok(config) => Ok(config),
        Err(fault) => usage(format!("--set {key}={value}: {fault}")),
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
