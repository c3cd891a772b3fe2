//! The settings of a learning rule, as `--set` changes them.

use mynah::RuleConfig;
use mynah::lvq::QuantizeAware;
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
    if options.set.iter().any(|change| change == "help") {
        return usage(format!(
            "--set: the settings of {} and what they are\n  {}",
            rule.name(),
            keys(&rule)?.join("\n  ")
        ));
    }
    for (is_given, option, key) in [
        (options.epochs.is_some(), "--epochs", "n_epochs"),
        (
            options.learning_rate.is_some(),
            "--learning-rate",
            "learning_rate",
        ),
    ] {
        let is_set = |change: &String| change.split('=').next().map(str::trim) == Some(key);
        if is_given && options.set.iter().any(is_set) {
            return usage(format!("{option} and --set {key} are the same; give one"));
        }
    }
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

/// How the training prepares for whole numbers, if it does.
pub fn quantize_aware(
    options: &TrainOptions,
    rule: &RuleConfig,
) -> anyhow::Result<Option<QuantizeAware>> {
    if !options.quantize_aware {
        return Ok(None);
    }
    if !rule.can_quantize() {
        let rules = RuleConfig::NAMES.iter().copied();
        let able = rules.filter(|name| RuleConfig::named(name).is_some_and(|r| r.can_quantize()));
        return usage(format!(
            "--quantize-aware: {} cannot learn so; take one of {}, or leave it out and run `mynah quantize`",
            rule.name(),
            able.collect::<Vec<_>>().join(", ")
        ));
    }
    let mut aware = QuantizeAware::default();
    aware.bits = options.bits.unwrap_or(aware.bits);
    aware.delay = options.quant_delay.unwrap_or(aware.delay);
    Ok(Some(aware))
}

/// Refuses a matrix of more rows than the vectors have values.
pub fn check_rows(rule: &RuleConfig, n_values: usize) -> anyhow::Result<()> {
    let all = serde_json::to_value(rule)?;
    match all[rule.name()]["n_rows"].as_u64() {
        Some(n_rows) if n_rows > n_values as u64 => usage(format!(
            "--set n_rows={n_rows}: the vectors have {n_values} values; give at most as many"
        )),
        _ => Ok(()),
    }
}

/// The settings of a rule with their values.
fn keys(rule: &RuleConfig) -> anyhow::Result<Vec<String>> {
    let all = serde_json::to_value(rule)?;
    Ok(all[rule.name()].as_object().map_or(Vec::new(), |fields| {
        let shown = fields.iter().filter(|(key, _)| *key != "seed");
        shown.map(|(key, value)| format!("{key}={value}")).collect()
    }))
}

/// What may be written for a setting that is a choice.
const CHOICES: &[(&str, &str)] = &[(
    "optimizer",
    r#"adam, or with settings of its own as '{"sgd":{"momentum":0.9}}'"#,
)];

/// With one field changed; a value is JSON, or a bare word. `activation.sigmoid.beta` reaches into a setting.
fn changed(rule: &RuleConfig, key: &str, value: &str, option: &str) -> anyhow::Result<RuleConfig> {
    let name = rule.name();
    let mut all = serde_json::to_value(rule)?;
    if key == "seed" {
        return usage("--set seed: give --seed");
    }
    let path = format!("/{name}/{}", key.replace('.', "/"));
    let Some(field) = all.pointer_mut(&path) else {
        return usage(format!(
            "{option} {key}: {name} has no such setting; it has\n  {}",
            keys(rule)?.join("\n  ")
        ));
    };
    let now = field.to_string();
    *field = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.into()));
    match serde_json::from_value(all) {
        Ok(rule) => Ok(rule),
        Err(fault) => usage(match CHOICES.iter().find(|(choice, _)| *choice == key) {
            Some((_, allowed)) => {
                format!("{option} {key}={value}: write {allowed}; now it is {now}")
            }
            None => format!("{option} {key}={value}: {fault}; now it is {now}"),
        }),
    }
}
