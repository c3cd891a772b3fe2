//! What can be typed of spotting: `mynah spot`, and what `listen` shares with it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ChannelOption, KeepOptions};

/// Find keywords in recordings of any length
#[derive(Args)]
#[command(after_help = "Examples:
  mynah spot words.mynah meeting.flac
  mynah spot words.mynah day1.wav day2.wav --json > events.jsonl
  mynah spot words.mynah stream.wav --json --all > candidates.jsonl   for a sweep over thresholds
  mynah spot words.mynah words_said_alone.wav --mode endpoint")]
pub struct Spot {
    /// A model made by `mynah enrol`, or by `mynah train`, best with clips of `_unknown_` speech among its words
    pub model: PathBuf,
    /// Recordings, or folders of them
    #[arg(required = true)]
    pub audio: Vec<PathBuf>,
    #[command(flatten)]
    pub spotting: SpotOptions,
    #[command(flatten)]
    pub keep: KeepOptions,
    #[command(flatten)]
    pub channel: ChannelOption,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct SpotOptions {
    /// How words are found [default: sliding for a model that knows background, else endpoint]
    #[arg(long, value_enum)]
    pub mode: Option<Mode>,
    /// Score from which a keyword counts, 0 to 1 [default: the model's]
    #[arg(long, value_name = "SCORE", value_parser = parse_score)]
    pub threshold: Option<f32>,
    /// Also print what came near a keyword, with is_fired false
    #[arg(long)]
    pub all: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Mode {
    /// Windows slide over continuous speech
    Sliding,
    /// What sounds between two pauses: words said alone
    Endpoint,
}

fn parse_score(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("give a score from 0 to 1".to_string()),
    }
}
