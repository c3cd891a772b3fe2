//! What can be typed after `mynah score` and `mynah mix`.

use std::path::PathBuf;

use clap::Args;

use super::{SplitOptions, count, sample_rate};

/// Misses and false alarms per hour of a spotter, any engine's, in streams of which it is known what is said where
#[derive(Args)]
#[command(after_help = "Examples:
  mynah score events.jsonl labels.csv
  mynah score events.jsonl labels.csv --det det.svg --report report.html
  other-engine stream.wav | mynah score - labels.csv --keyword alexa --json

EVENTS: one JSON object a line. `time`, seconds from the beginning of the stream to the decision, and
`keyword` are needed; `score` (the more, the surer) for the curve, the rates and --threshold; `file`,
the stream, where there are several. `\"is_fired\": false` is a candidate that the engine did not act
on: it counts only where a threshold is moved. Other keys are ignored. An empty file is an engine that
never fired.

LABELS: .csv, .tsv or .jsonl with path,label,start,end[,speaker][,snr][,duration], as `mynah mix` writes
it; path is the stream, times are seconds in it. A stream's length is that of the file, else its
`duration`, else --hours. A row with a path alone is a stream without words.

Firings of one keyword within 1.0 s of the one before are one event at the time of the first, of 2 s at
most. An event from a word's start to 0.5 s after its end is a hit; more of them in that window count as
nothing; another keyword's there is a substitution, counted by word. Every other event is a false alarm,
over the hours outside all windows. Miss rates at 0.1, 0.5, 1 and 5 false alarms per hour are read off
these streams by moving the threshold. Intervals are 95 %: Wilson and speakers drawn anew for misses,
exact Poisson and stretches drawn anew for false alarms.")]
pub struct Score {
    /// What the engine fired, one JSON object a line; `-` is standard input
    pub events: PathBuf,
    /// What is said where (.csv, .tsv, .jsonl)
    pub labels: PathBuf,
    /// Count events that score at least so much, instead of those the engine acted on
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true, value_parser = parse_score)]
    pub threshold: Option<f64>,
    /// Only these keywords count, in events and labels [default: all]
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub keyword: Vec<String>,
    /// Length of the stream, where neither its file nor the labels tell it
    #[arg(long, value_name = "HOURS", value_parser = super::parse_rate)]
    pub hours: Option<f64>,
    /// Firings of a keyword within so many seconds of the one before are one event
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = parse_time)]
    pub debounce: f64,
    /// An event may come so many seconds after the end of its word
    #[arg(long, value_name = "SECONDS", default_value_t = 0.5, value_parser = parse_time)]
    pub collar: f64,
    /// Write misses against false alarms: a drawing on normal-deviate axes (.svg) or a table (.csv)
    #[arg(long, value_name = "FILE")]
    pub det: Vec<PathBuf>,
    /// Write everything as one page (.html), with what went wrong to listen to
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Make a long labelled stream: words at stated levels, at random places, over a background
#[derive(Args)]
#[command(after_help = "Examples:
  mynah mix words/ --only alexa --background talk/ -o stream.wav --labels stream.csv --minutes 30
  mynah mix digits/ --background talk/ --noise street.wav -o s.wav --labels s.csv --snr 20,10,5,0
  mynah spot words.mynah s.wav --json --all > events.jsonl; mynah score events.jsonl s.csv

Words are taken in a random order, each once, as many as leave twice --gap between them on average; those
left over are counted aloud. Background files are played through one after the other, again from the first
only when all are used up, which is said: hours heard twice are no new evidence.

Levels are of active sound (ITU-T P.56 on frames of 32 ms: frames more than 15.9 dB below the level are
pauses), of a word's clip against the background, noise included, from 5 s before to 5 s after it. The
labels give the part of the clip that is at most 30 dB below the word's level.")]
pub struct Mix {
    /// Recordings of single words: a folder with one folder per word, or a manifest
    pub words: PathBuf,
    /// Talk or noise without the words: files, or folders of them; the user keeps it apart from what was trained on
    #[arg(long, value_name = "AUDIO", required = true, num_args = 1..)]
    pub background: Vec<PathBuf>,
    /// Noise under all of it
    #[arg(long, value_name = "AUDIO", num_args = 1..)]
    pub noise: Vec<PathBuf>,
    /// Where to write the stream (.wav, 16 bit, mono)
    #[arg(short, long, value_name = "STREAM")]
    pub output: PathBuf,
    /// Where to write what is said where (.csv)
    #[arg(long, value_name = "FILE")]
    pub labels: PathBuf,
    /// Level of words above that of the background, dB; several are taken in turn
    #[arg(long, value_name = "DB", default_value = "10", value_delimiter = ',', allow_hyphen_values = true, value_parser = parse_level)]
    pub snr: Vec<f64>,
    /// Level of the background above that of the noise, dB
    #[arg(long, value_name = "DB", default_value_t = 20.0, requires = "noise", allow_negative_numbers = true, value_parser = parse_level)]
    pub noise_snr: f64,
    /// Length of the stream
    #[arg(long, value_name = "MINUTES", default_value_t = 30.0, value_parser = super::parse_rate)]
    pub minutes: f64,
    /// Seconds without a word, at least, between two and at both ends
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = parse_time)]
    pub gap: f64,
    /// So many words
    #[arg(long, value_name = "N", value_parser = count().range(1..))]
    pub count: Option<usize>,
    /// Only clips of these words [default: all]
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Of the stream, Hz [default: the words' commonest, at most 16000]
    #[arg(long, value_name = "HZ", value_parser = sample_rate())]
    pub sample_rate: Option<u32>,
    /// Seed of which words, in which order, and where
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub split: SplitOptions,
}

fn parse_score(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(score) if !score.is_nan() => Ok(score),
        _ => Err("give a number".to_string()),
    }
}

fn parse_time(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds >= 0.0 && seconds.is_finite() => Ok(seconds),
        _ => Err("give a number of seconds, 0 or more".to_string()),
    }
}

fn parse_level(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(decibels) if decibels.abs() <= 200.0 => Ok(decibels),
        _ => Err("give a number of dB".to_string()),
    }
}
