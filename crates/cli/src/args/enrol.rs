//! What can be typed after `mynah enrol`.

use std::path::PathBuf;

use clap::Args;

use super::parse_rate;

/// Teach a keyword from a handful of recordings, or from the microphone
#[derive(Args)]
#[command(after_help = "Examples:
  mynah enrol \"lamp on\" takes/*.wav -o lamp.mynah
  mynah enrol \"lamp on\" --record 5 -o lamp.mynah                   the microphone (built with --features mic)
  mynah enrol \"lamp off\" off/*.wav --add-to lamp.mynah -o lamp.mynah   the other keywords do not move
  mynah enrol alexa takes/ -o alexa.mynah --negatives livingroom.flac talk/

Three to eight recordings of the voice that will be heard do; a moment of silence before and after each.")]
pub struct Enrol {
    /// What is said, as events will name it
    pub keyword: String,
    /// Recordings of the keyword, said once in each; or folders of them
    #[arg(value_name = "AUDIO")]
    pub audio: Vec<PathBuf>,
    /// Record it so many times from the microphone
    #[arg(long, value_name = "N", conflicts_with = "audio", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub record: Option<u16>,
    /// Microphone, by name or part of it [default: the system's]
    #[arg(long, value_name = "NAME", requires = "record")]
    pub device: Option<String>,
    /// Where to write the model
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    /// Add the keyword to this model, whose prototypes stay where they are
    #[arg(long, value_name = "MODEL")]
    pub add_to: Option<PathBuf>,
    /// Sound in which the keyword is not said, beside the built-in: the room, the radio, talk; files, or folders of them
    #[arg(long, value_name = "AUDIO", num_args = 1..)]
    pub negatives: Vec<PathBuf>,
    /// False alarms of this keyword in an hour of talk without a pause that the threshold is set for; a room hears less talk than that
    #[arg(long, value_name = "N", default_value_t = 5.0, allow_negative_numbers = true, value_parser = parse_rate)]
    pub max_false_alarms_per_hour: f64,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}
