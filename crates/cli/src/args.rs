//! What can be typed. Every command's help ends with examples that work.

mod features;

use std::path::PathBuf;

use clap::builder::{RangedI64ValueParser, RangedU64ValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use features::Features;

/// Teach a machine to recognise spoken words from a handful of recordings, on the machine itself.
#[derive(Parser)]
#[command(name = "mynah", version, arg_required_else_help = true, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

const EXAMPLES: &str = "\
Examples:
  mynah demo                                  train and test on the bundled corpus, in a few seconds
  mynah inspect recordings/                   what is in a corpus, and which files are broken
  mynah train recordings/ -o words.mynah      one folder per word
  mynah classify words.mynah new.wav          what was said
  mynah eval words.mynah others/              how good it is, on recordings it has not heard
  mynah eval recordings/ --leave-one-speaker-out
  arecord -t raw -f S16_LE -r 16000 | mynah listen words.mynah -

A CORPUS is a folder with one folder per word, a folder of LABEL_SPEAKER_INDEX.wav files, or a
manifest (.csv, .tsv, .jsonl) with columns path,label[,speaker][,split][,start][,end].
Exit status: 0 done, 1 some inputs were skipped, 2 wrong usage, 3 failed.";

#[derive(Args)]
pub struct Global {
    /// Threads to use [default: one per core]; results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Stop at the first bad file instead of naming it and going on
    #[arg(long, global = true)]
    pub strict: bool,
}

#[derive(Subcommand)]
pub enum Command {
    Demo(Demo),
    Inspect(Inspect),
    Train(Train),
    Eval(Eval),
    Classify(Classify),
    Features(Features),
    Listen(Listen),
}

/// Train and test on the bundled corpus, write the model, say what to do next
#[derive(Args)]
#[command(after_help = "Examples:\n  mynah demo\n  mynah classify digits.mynah my-seven.wav")]
pub struct Demo {
    /// Where to write the model
    #[arg(short, long, value_name = "MODEL", default_value = "digits.mynah")]
    pub output: PathBuf,
    /// The bundled corpus, where it is not found by itself
    #[arg(long, value_name = "CORPUS")]
    pub corpus: Option<PathBuf>,
}

/// What is in a corpus, a model or an audio file; which files are broken
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mynah inspect recordings/\n  mynah inspect words.mynah\n  mynah inspect --json take1.wav take2.flac"
)]
pub struct Inspect {
    /// Corpora, models or audio files
    #[arg(required = true, value_name = "CORPUS|MODEL|FILE")]
    pub inputs: Vec<PathBuf>,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}

/// Learn prototypes from a corpus and write a model
#[derive(Args)]
#[command(after_help = "Examples:
  mynah train recordings/ -o words.mynah
  mynah train recordings/ -o words.mynah --split-by speaker   keep a fifth of the speakers for eval
  mynah train train.csv -o words.mynah --prototypes-per-class 10
  mynah train recordings/ -o classical.mynah --align pad --algorithm lvq1")]
pub struct Train {
    /// Folder or manifest
    pub corpus: PathBuf,
    /// Where to write the model
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    #[command(flatten)]
    pub options: TrainOptions,
    #[command(flatten)]
    pub split: SplitOptions,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, PartialEq)]
#[command(next_help_heading = "Training")]
pub struct TrainOptions {
    /// Learning rule
    #[arg(long, value_enum, default_value = "glvq")]
    pub algorithm: Algorithm,
    /// From frames to one vector: `warp` finds the word and normalises its length, `pad` zero-fills
    #[arg(long, value_enum, value_delimiter = ',', default_value = "warp")]
    pub align: Vec<Align>,
    /// Frames of the vector [default: 32 with warp, 64 with pad]
    #[arg(long, value_name = "N", value_parser = count().range(2..=10_000))]
    pub frames: Option<usize>,
    /// Learn each clip also at other speeds, within a faint background and with moved end points: `auto` does so up
    /// to 10000 clips
    #[arg(long, value_enum, default_value = "auto")]
    pub augment: Augment,
    /// Prototypes for each word
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = count().range(1..))]
    pub prototypes_per_class: usize,
    /// Where prototypes start
    #[arg(long, value_enum, default_value = "kmeans")]
    pub init: InitMethod,
    /// Passes over the training clips [default: the rule's own, fewer where each clip is learnt in many ways]
    #[arg(long, value_name = "N", value_parser = count().range(1..=1_000_000))]
    pub epochs: Option<usize>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The model's sample rate in Hz [default: the corpus's commonest, at most 16000]
    #[arg(long, value_name = "HZ", value_parser = sample_rate())]
    pub sample_rate: Option<u32>,
}

#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Split")]
pub struct SplitOptions {
    /// Which part of the corpus [default: train for training, test for evaluation, all where it has no parts]
    #[arg(long, value_enum)]
    pub split: Option<SplitName>,
    /// Make a split in which no speaker is on two sides, always the same one for the same speakers
    #[arg(long, value_enum)]
    pub split_by: Option<SplitBy>,
}

impl Default for TrainOptions {
    /// What is trained when nothing is asked for.
    fn default() -> Self {
        #[derive(Parser)]
        struct Nothing {
            #[command(flatten)]
            options: TrainOptions,
        }
        Nothing::parse_from(["mynah"]).options
    }
}

/// How a value is typed.
pub fn name(value: impl ValueEnum) -> String {
    let typed = value.to_possible_value();
    typed.map_or(String::new(), |typed| typed.get_name().to_string())
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Algorithm {
    Glvq,
    Lvq1,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Align {
    Warp,
    Pad,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Augment {
    Auto,
    Full,
    None,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum InitMethod {
    Kmeans,
    Sample,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum SplitName {
    Train,
    Validation,
    Test,
    All,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum SplitBy {
    Speaker,
}

/// How good a model is on clips it has not heard; or, leaving each speaker out in turn, how good a training is
#[derive(Args)]
#[command(
    override_usage = "mynah eval [OPTIONS] MODEL CORPUS\n       mynah eval [OPTIONS] CORPUS --leave-one-speaker-out",
    after_help = "Examples:
  mynah eval words.mynah speech_commands/                          the corpus's test part
  mynah eval words.mynah val.csv --json                            the clips a manifest names
  mynah eval words.mynah speech_commands/ --split validation
  mynah eval recordings/ --leave-one-speaker-out
  mynah eval recordings/ --leave-one-speaker-out --align warp,pad  both, side by side"
)]
pub struct Eval {
    /// MODEL and CORPUS, or CORPUS alone with --leave-one-speaker-out
    #[arg(required = true, num_args = 1..=2, value_name = "MODEL CORPUS")]
    pub inputs: Vec<PathBuf>,
    /// Train without each speaker in turn and test on that speaker; the training options apply
    #[arg(long)]
    pub leave_one_speaker_out: bool,
    #[command(flatten)]
    pub split: SplitOptions,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub options: TrainOptions,
}

/// What was said in each recording
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mynah classify words.mynah one.wav two.flac\n  mynah classify --json words.mynah clips/*.wav"
)]
pub struct Classify {
    /// A model made by `mynah train`
    pub model: PathBuf,
    /// One word in each
    #[arg(required = true)]
    pub audio: Vec<PathBuf>,
    #[command(flatten)]
    pub channel: ChannelOption,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone)]
pub struct ChannelOption {
    /// `mix` averages the channels, a number picks one, counted from 1
    #[arg(long, default_value = "mix", value_parser = parse_channel)]
    pub channel: mynah_audio::Channel,
}

fn parse_channel(text: &str) -> Result<mynah_audio::Channel, String> {
    match text {
        "mix" => Ok(mynah_audio::Channel::Mix),
        _ => match text.parse::<usize>() {
            Ok(n @ 1..) => Ok(mynah_audio::Channel::Pick(n - 1)),
            _ => Err("give `mix`, or the number of a channel counted from 1".to_string()),
        },
    }
}

/// What `mynah-audio` reads and resamples.
fn sample_rate() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1_000..=768_000)
}

/// To be given a range, which is refused here rather than after the corpus was read.
fn count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new()
}

fn parse_seconds(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(seconds) if seconds > 0.0 && seconds.is_finite() => Ok(seconds),
        _ => Err("give a number of seconds above 0".to_string()),
    }
}

fn parse_stdin(text: &str) -> Result<String, String> {
    if text == "-" {
        return Ok(text.to_string());
    }
    Err(format!(
        "give - for raw PCM on standard input, or nothing for the microphone; for a recording:\n  \
         sox {text} -t s16 -r 16000 -c 1 - | mynah listen MODEL -"
    ))
}

/// Recognise words as they are spoken: microphone, or raw PCM on standard input
#[derive(Args)]
#[command(after_help = "Examples:
  mynah listen words.mynah                             the microphone (built with --features mic)
  arecord -t raw -f S16_LE -r 16000 | mynah listen words.mynah -
  sox talk.wav -t s16 - | mynah listen words.mynah - --sample-rate 44100 --channels 2")]
pub struct Listen {
    /// A model made by `mynah train`
    pub model: PathBuf,
    /// `-` reads raw PCM from standard input instead of the microphone
    #[arg(value_parser = parse_stdin)]
    pub input: Option<String>,
    /// Sample rate of the raw PCM in Hz [default: 16000]
    #[arg(long, value_name = "HZ", requires = "input", value_parser = sample_rate())]
    pub sample_rate: Option<u32>,
    /// Interleaved channels of the raw PCM, averaged [default: 1]
    #[arg(long, value_name = "N", requires = "input", value_parser = clap::value_parser!(u16).range(1..))]
    pub channels: Option<u16>,
    /// Samples of the raw PCM [default: s16]
    #[arg(long, value_enum, requires = "input")]
    pub encoding: Option<Encoding>,
    /// Microphone, by name or part of it [default: the system's]
    #[arg(long, value_name = "NAME", conflicts_with = "input")]
    pub device: Option<String>,
    /// Stop after this many seconds of sound
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub seconds: Option<f32>,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Encoding {
    /// 16-bit signed, little-endian
    S16,
    /// 32-bit signed, little-endian
    S32,
    /// 32-bit float, little-endian
    F32,
}

/// What a build without the microphone says when asked for it.
#[cfg(not(feature = "mic"))]
pub const NO_MIC: &str = "this mynah was built without the microphone. Either pipe sound in:\n  \
    arecord -t raw -f S16_LE -r 16000 | mynah listen MODEL -\n\
    or build it with the microphone (on Debian after `apt-get install libasound2-dev pkg-config`):\n  \
    cargo build --release --features mic";
