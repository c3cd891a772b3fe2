//! The settings of a learning rule, as `--set` changes them.

use mynah::RuleConfig;
use serde_json::Value;

use crate::args::TrainOptions;
use crate::status::usage;

/// The rule asked for, or the default, with every setting asked for.
pub fn rule(options: &TrainOptions, default: RuleConfig) -> anyhow::Result<RuleConfig> {
    let mut rule = match &options.algorithm {
        None => default,
        Some(name) if name == default.name() => default,
        Some(name) => match RuleConfig::named(name) {
            Some(rule) => rule,
            None => return usage(format!("there is no rule {name}")),
        },
    };
    for change in &options.set {
        let Some((key, value)) = change.split_once('=') else {
            return usage(format!("--set {change}: write KEY=VALUE, as batch_size=64"));
        };
        rule = changed(&rule, key.trim(), value.trim(), "--set")?;
    }
    if let Some(n_epochs) = options.epochs {
        rule = rule.with_n_epochs(n_epochs);
    }
    if let Some(rate) = options.learning_rate {
        rule = changed(&rule, "learning_rate", &rate.to_string(), "--learning-rate")?;
    }
    match rule.rule(options.seed) {
        Ok(_) => Ok(rule),
        Err(fault) => usage(format!("--algorithm {}: {fault}", rule.name())),
    }
}

/// With one field changed; a value is JSON, or a bare word. `activation.sigmoid.beta` reaches into a setting.
fn changed(rule: &RuleConfig, key: &str, value: &str, option: &str) -> anyhow::Result<RuleConfig> {
    let name = rule.name();
    let mut all = serde_json::to_value(rule)?;
    let keys: Vec<String> = all[name].as_object().map_or(Vec::new(), |fields| {
        let shown = fields.iter().filter(|(key, _)| *key != "seed");
        shown.map(|(key, value)| format!("{key}={value}")).collect()
    });
    if key == "seed" {
        return usage("--set seed: give --seed");
    }
    let path = format!("/{name}/{}", key.replace('.', "/"));
    let Some(field) = all.pointer_mut(&path) else {
        return usage(format!(
            "{option} {key}: {name} has no such setting; it has\n  {}",
            keys.join("\n  ")
        ));
    };
    let now = field.to_string();
    *field = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
    match serde_json::from_value(all) {
        Ok(rule) => Ok(rule),
        Err(fault) => usage(format!("{option} {key}={value}: {fault}; now it is {now}")),
    }
}
