//! What can be typed after `mynah quantize`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DataOptions, SplitOptions};

/// Bring a model to whole numbers: half to a seventh of the size; and say what that changed
#[derive(Args)]
#[command(after_help = "Examples:
  mynah quantize words.mynah -o words8.mynah --calibrate recordings/
  mynah quantize words.mynah -o words4.mynah --calibrate train.csv --test val.csv --bits 4
  mynah quantize flowers.mynah -o small.mynah --calibrate flowers.csv --steps per-dimension
  mynah quantize words.mynah -o tiny.mynah --calibrate recordings/ --bits 4 --bare

The range of the values is taken from the training part of the --calibrate corpus, never from what is tested. The
report holds the model in whole numbers against the one in floating-point numbers, clip by clip.")]
pub struct Quantize {
    /// A model made by `mynah train` or `mynah enrol`
    pub model: PathBuf,
    /// Where to write the model in whole numbers
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    /// Clips or vectors like those it will meet: they set the range [default: a training with --quantize-aware did, else the prototypes do]
    #[arg(long, value_name = "CORPUS")]
    pub calibrate: Option<PathBuf>,
    /// What both models are tested on [default: the test part of the --calibrate corpus, where it has one]
    #[arg(long, value_name = "CORPUS")]
    pub test: Option<PathBuf>,
    /// Bits of a prototype's value: 8, 4 or 2; inputs have 8 [default: those it was trained for, else 8]
    #[arg(long, value_parser = parse_bits)]
    pub bits: Option<u8>,
    /// How far the range reaches; what lies beyond is pulled in
    #[arg(long, value_enum, default_value = "least-error")]
    pub reach: ReachBy,
    /// The percentile of --reach percentile, above 50 to 100
    #[arg(long, value_name = "P", default_value = "99.9", value_parser = parse_percentile)]
    pub percentile: f64,
    /// One step for all values, or 1, 2, 4, 8 or 16 times the least for each
    #[arg(long, value_enum, default_value = "same")]
    pub steps: StepsOf,
    /// Leave out what only a desk needs: the digests of the training clips, by which `eval` tells clips that were learnt
    #[arg(long)]
    pub bare: bool,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub split: SplitOptions,
    #[command(flatten)]
    pub data: DataOptions,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum ReachBy {
    /// To the greatest magnitude
    Max,
    /// To a percentile of the magnitudes
    Percentile,
    /// Where rounding and pulling in cost least
    LeastError,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum StepsOf {
    Same,
    PerDimension,
}

pub(super) fn parse_bits(text: &str) -> Result<u8, String> {
    match text {
        "8" => Ok(8),
        "4" => Ok(4),
        "2" => Ok(2),
        _ => Err("give 8, 4 or 2".to_string()),
    }
}

fn parse_percentile(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percentile) if percentile > 50.0 && percentile <= 100.0 => Ok(percentile),
        _ => Err("give a percentile above 50, at most 100, as 99.9".to_string()),
    }
}

/// Write a quantized model's classifier as one self-contained C99 header: tables and functions, no library
#[derive(Args)]
#[command(after_help = "Examples:
  mynah quantize words.mynah -o words8.mynah --calibrate recordings/
  mynah export words8.mynah --c words.h

words.h then has words_quantize (the only floating-point numbers: features to whole numbers), words_classify,
words_margin and words_labels. It decides as mynah does, bit for bit.")]
pub struct Export {
    /// A model made by `mynah quantize`
    pub model: PathBuf,
    /// Where to write the header
    #[arg(long, value_name = "FILE.h")]
    pub c: PathBuf,
    /// What every name in it begins with [default: the file's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}
