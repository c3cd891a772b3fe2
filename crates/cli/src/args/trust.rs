//! What can be typed after `mynah calibrate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DataOptions, SplitOptions};

/// Fit, on clips that training did not see, when a model's answers are to be believed
#[derive(Args)]
#[command(after_help = "Examples:
  mynah calibrate words.mynah speech_commands/ --split validation -o sure.mynah
  mynah calibrate words.mynah val.csv -o sure.mynah --accuracy 0.99
  mynah calibrate words.mynah val.csv -o sure.mynah --rejected 0.05 --reject per-prototype")]
pub struct Calibrate {
    /// A model made by `mynah train`
    pub model: PathBuf,
    /// Clips or vectors it has not learnt
    pub corpus: PathBuf,
    /// Where to write the model with thresholds and probabilities
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    /// Withhold as few answers as it takes for this share of the rest to be right, above 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = parse_share, conflicts_with = "rejected")]
    pub accuracy: Option<f64>,
    /// Withhold at most this share of the answers, 0 to below 1
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub rejected: Option<f64>,
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
