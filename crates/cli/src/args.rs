//! What can be typed. Every command's help ends with examples that work.

mod cluster;
mod correct;
mod devices;
mod enrol;
mod features;
mod learning;
mod quantize;
mod score;
mod spot;
mod trust;

use std::path::{Path, PathBuf};

use clap::builder::{
    PathBufValueParser, RangedI64ValueParser, RangedU64ValueParser, TypedValueParser,
};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use cluster::*;
pub use correct::*;
pub use devices::*;
pub use enrol::Enrol;
pub use features::Features;
pub use learning::*;
pub use quantize::*;
pub use score::*;
pub use spot::*;
pub use trust::*;

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
  mynah train flowers.csv -o flowers.mynah    any labelled vectors: csv, npy, npz, MNIST's IDX
  arecord -t raw -f S16_LE -r 16000 | mynah listen words.mynah -
  mynah spot words.mynah meeting.flac         keywords in a recording of any length

A CORPUS is a folder with one folder per word, a folder of LABEL_SPEAKER_INDEX.wav files, or a
manifest (.csv, .tsv, .jsonl) with columns path,label[,speaker][,split][,start][,end]; or labelled
vectors: a table (.csv, .tsv), .npy with --labels, .npz, or IDX images with their labels beside them.
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
    Cluster(Cluster),
    Eval(Eval),
    Classify(Classify),
    Calibrate(Calibrate),
    Enrol(Enrol),
    Forget(Forget),
    Quantize(Quantize),
    Export(Export),
    Score(Score),
    Mix(Mix),
    Features(Features),
    Listen(Listen),
    Correct(Correct),
    Devices(Devices),
    Spot(Spot),
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
    after_help = "Examples:\n  mynah inspect recordings/\n  mynah inspect words.mynah\n  mynah inspect --json take1.wav take2.flac\n  mynah inspect words.mynah --prototypes\n  mynah inspect words.mynah --relevances heat.svg"
)]
pub struct Inspect {
    /// Corpora, models or audio files
    #[arg(required = true, value_name = "CORPUS|MODEL|FILE")]
    pub inputs: Vec<PathBuf>,
    /// Also list the prototypes of a model: word, nearest training clip, threshold
    #[arg(long)]
    pub prototypes: bool,
    /// Draw what a model with a learned metric looks at: time x coefficient, or the pixels of images (.svg)
    #[arg(long, value_name = "FILE")]
    pub relevances: Option<PathBuf>,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
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
    /// Put this background under every test clip, a stretch of it chosen by the clip
    #[arg(long, value_name = "AUDIO", conflicts_with = "leave_one_speaker_out")]
    pub noise: Vec<PathBuf>,
    /// Mean power of a clip above that of the background under it, dB
    #[arg(
        long,
        value_name = "DB",
        default_value_t = 10.0,
        requires = "noise",
        allow_negative_numbers = true,
        value_parser = parse_decibels
    )]
    pub snr: f32,
    /// Write how the accuracy rises as uncertain answers are withheld: a drawing (.svg) or a table (.csv)
    #[arg(long, value_name = "FILE", conflicts_with = "leave_one_speaker_out")]
    pub reject_curve: Option<PathBuf>,
    /// Write everything as one page (.html), with the worst mistakes to listen to
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub split: SplitOptions,
    #[command(flatten)]
    pub data: DataOptions,
    #[command(flatten)]
    pub options: TrainOptions,
}

/// What was said in each recording, or what each row of vectors is
#[derive(Args)]
#[command(after_help = "Examples:
  mynah classify words.mynah one.wav two.flac
  mynah classify --json words.mynah clips/*.wav
  mynah classify words.mynah one.wav --why     which prototype decided, and what spoke for it
  mynah classify flowers.mynah new.csv")]
pub struct Classify {
    /// A model made by `mynah train` or `mynah enrol`
    pub model: PathBuf,
    /// One word in each; for a model of vectors, files of rows
    #[arg(required = true)]
    pub audio: Vec<PathBuf>,
    #[command(flatten)]
    pub channel: ChannelOption,
    /// The column of the label in tables that have one, by name or counted from 1; it is not looked at
    #[arg(long, value_name = "NAME|N")]
    pub label_column: Option<String>,
    /// Say which prototype decided, its nearest training clip, the runner-up, and what spoke for it
    #[arg(long)]
    pub why: bool,
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

/// How a value is typed.
pub fn name(value: impl ValueEnum) -> String {
    let typed = value.to_possible_value();
    typed.map_or(String::new(), |typed| typed.get_name().to_string())
}

/// What `mynah-audio` reads and resamples.
fn sample_rate() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1_000..=768_000)
}

/// To be given a range, which is refused here rather than after the corpus was read.
fn count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new()
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("give a number above 0".to_string()),
    }
}

fn parse_decibels(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(decibels) if decibels.is_finite() => Ok(decibels),
        _ => Err("give a number of dB".to_string()),
    }
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
    let mut said =
        "give - for raw PCM on standard input, or nothing for the microphone".to_string();
    if mynah_corpus::is_audio(Path::new(text)) {
        said += &format!(
            "; for a recording:\n  mynah spot MODEL {text}\n  \
             sox {text} -t s16 -r 16000 -c 1 - | mynah listen MODEL -"
        );
    } else if Path::new(text).is_file() {
        said += &format!(
            "; for a file of raw PCM, or a recording:\n  mynah listen MODEL - < {text}\n  mynah spot MODEL {text}"
        );
    }
    Err(said)
}

/// A model; `-` is what comes after it.
fn model_first() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path == Path::new("-") {
        true => Err("MODEL comes first: mynah listen MODEL -"),
        false => Ok(path),
    })
}

/// Recognise words as they are spoken: microphone, or raw PCM on standard input
#[derive(Args)]
#[command(after_help = "Examples:
  mynah listen words.mynah                             the microphone (built with --features mic)
  arecord -t raw -f S16_LE -r 16000 | mynah listen words.mynah -
  sox talk.wav -t s16 - | mynah listen words.mynah - --sample-rate 44100 --channels 2")]
pub struct Listen {
    /// A model made by `mynah train` or `mynah enrol`
    #[arg(value_parser = model_first())]
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
    #[command(flatten)]
    pub spotting: SpotOptions,
    #[command(flatten)]
    pub keep: KeepOptions,
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
