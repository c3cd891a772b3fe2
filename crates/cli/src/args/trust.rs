//! What can be typed after `mynah calibrate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DataOptions, SplitOptions};

/// Fit, on clips that training did not see, when a model's answers are to be believed
#[derive(Args)]
#[command(after_help = "Examples:
  mynah calibrate words.mynah speech_commands/ --split validation -o sure.mynah
  mynah calibrate words.mynah val.csv -o sure.mynah --accuracy 0.99
  mynah calibrate words.mynah val.csv -o sure.mynah --rejected 0.05 --reject per-prototype
  mynah calibrate lamp.mynah --max-false-alarms-per-hour 0.5 --negatives kitchen/ -o lamp.mynah")]
pub struct Calibrate {
    /// A model made by `mynah train` or `mynah enrol`
    pub model: PathBuf,
    /// Clips or vectors it has not learnt
    #[arg(required_unless_present = "max_false_alarms_per_hour")]
    pub corpus: Option<PathBuf>,
    /// Where to write the model with thresholds and probabilities
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    /// Withhold as few answers as it takes for this share of the rest to be right, above 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = parse_share, conflicts_with = "rejected")]
    pub accuracy: Option<f64>,
    /// Withhold at most this share of the answers, 0 to below 1
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub rejected: Option<f64>,
    /// Thresholds for spotting at which no more false alarms an hour are to be expected, of all keywords together
    #[arg(
        long,
        value_name = "N",
        value_parser = super::parse_rate,
        allow_negative_numbers = true,
        requires = "negatives",
        conflicts_with_all = ["corpus", "accuracy", "rejected"]
    )]
    pub max_false_alarms_per_hour: Option<f64>,
    /// Recordings without a keyword, or folders of them, for --max-false-alarms-per-hour: what the microphone hears on ordinary days
    #[arg(long, value_name = "AUDIO", num_args = 1.., requires = "max_false_alarms_per_hour")]
    pub negatives: Vec<PathBuf>,
    /// One threshold for the model, or one for each prototype
    #[arg(long, value_enum, default_value = "per-model")]
    pub reject: RejectBy,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub split: SplitOptions,
    #[command(flatten)]
    pub data: DataOptions,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum RejectBy {
    PerModel,
    PerPrototype,
}

fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("write a share from 0 to 1, as 0.99".to_string()),
    }
}
