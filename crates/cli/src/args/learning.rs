//! What can be typed after `mynah train`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, ValueEnum};
use mynah::RuleConfig;

use super::{count, sample_rate};

/// Learn prototypes from a corpus and write a model
#[derive(Args)]
#[command(after_help = "Examples:
  mynah train recordings/ -o words.mynah
  mynah train recordings/ -o words.mynah --split-by speaker   keep a fifth of the speakers for eval
  mynah train train.csv -o words.mynah --prototypes-per-class 10
  mynah train recordings/ -o classical.mynah --align pad --algorithm lvq1
  mynah train flowers.csv -o flowers.mynah                    a table, the label in its last column
  mynah train X.npy --labels y.npy -o m.mynah --validation validation --patience 5
  mynah train mnist/ -o digits.mynah --prototypes-per-class 20 --curves course.svg
  mynah train recordings/ -o w.mynah --set batch_size=64 --checkpoint w.ckpt
  mynah train recordings/ -o w.mynah --set batch_size=64 --continue w.ckpt
  mynah train recordings/ -o w.mynah --init-from map.codebook  units found by `mynah cluster`
  mynah train recordings/ -o w.mynah --quantize-aware --bits 4      for mynah quantize
  mynah train new-word/ -o more.mynah --add-to words.mynah     the other words do not move")]
pub struct Train {
    /// Folder or manifest of recordings, or labelled vectors
    pub corpus: PathBuf,
    /// Where to write the model
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
    /// Add the words of CORPUS that this model does not know; its prototypes stay where they are
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["init_from", "validation", "curves", "checkpoint", "resume"])]
    pub add_to: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub options: TrainOptions,
    #[command(flatten)]
    pub course: CourseOptions,
    #[command(flatten)]
    pub split: SplitOptions,
    #[command(flatten)]
    pub data: DataOptions,
}

#[derive(Args, Clone, PartialEq)]
#[command(next_help_heading = "Training")]
pub struct TrainOptions {
    /// Learning rule [default: gmlvq for recordings, glvq for vectors]
    #[arg(long, value_parser = PossibleValuesParser::new(RuleConfig::NAMES))]
    pub algorithm: Option<String>,
    /// From frames to one vector: `warp` finds the word and normalises its length, `pad` zero-fills
    #[arg(long, value_enum, value_delimiter = ',', default_value = "warp")]
    pub align: Vec<Align>,
    /// Frames of the vector [default: 32 with warp, 64 with pad]
    #[arg(long, value_name = "N", value_parser = count().range(2..=10_000))]
    pub frames: Option<usize>,
    /// Hear each clip otherwise in every pass: another voice, microphone, tempo, background, other end points
    #[arg(long, value_enum, default_value = "full")]
    pub augment: Augment,
    /// Prototypes for each word: N for every one, `auto` (about 240 in all, 4 to 12 each), `proportional:TOTAL` shared by the words' numbers of clips, or
    /// `yes=8,no=4,*=2`
    #[arg(long, value_name = "N|…", default_value = "auto", value_parser = parse_counts)]
    pub prototypes_per_class: Counts,
    /// Where prototypes start: kmeans, sample, class-mean, som, or a FILE of labelled vectors
    #[arg(long, value_name = "START", default_value = "kmeans", value_parser = parse_init)]
    pub init: InitMethod,
    /// Start from the units that `mynah cluster` found, or from another model's prototypes, and take over how they are
    /// standardised
    #[arg(long, value_name = "CODEBOOK|MODEL", conflicts_with_all = ["init", "prototypes_per_class"])]
    pub init_from: Option<PathBuf>,
    /// `equal`: every clip counts the same. `balanced`: every word does, however many clips it has [default: balanced for
    /// recordings, else equal]
    #[arg(long, value_enum)]
    pub class_weight: Option<ClassWeight>,
    /// How values are brought to one scale: each for itself, each coefficient over all frames of a word, all together (images), or
    /// not [default: whole for images, else each]
    #[arg(long, value_enum)]
    pub standardise: Option<Standardise>,
    /// Passes over the training clips [default: the rule's own; with gmlvq on recordings 60 to 300, more where there are few]
    #[arg(long, value_name = "N", value_parser = count().range(1..=1_000_000))]
    pub epochs: Option<usize>,
    /// Greatest learning rate [default: the rule's own]
    #[arg(long, value_name = "RATE", value_parser = super::parse_rate)]
    pub learning_rate: Option<f64>,
    /// Change any setting of the rule; `--set help` lists them with their values
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Learn for `mynah quantize`: see all values rounded while training; the model keeps floating-point numbers and the grid
    #[arg(long)]
    pub quantize_aware: bool,
    /// Bits of a prototype's value with --quantize-aware: 8, 4 or 2; inputs have 8 [default: 8]
    #[arg(long, requires = "quantize_aware", value_parser = super::quantize::parse_bits)]
    pub bits: Option<u8>,
    /// Updates before --quantize-aware rounds [default: 0]
    #[arg(long, value_name = "STEPS", requires = "quantize_aware")]
    pub quant_delay: Option<u64>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The model's sample rate in Hz [default: the corpus's commonest, at most 16000]
    #[arg(long, value_name = "HZ", value_parser = sample_rate())]
    pub sample_rate: Option<u32>,
    #[command(flatten)]
    pub room: Room,
}

/// Where what training keeps of recordings lies.
#[derive(Args, Clone, PartialEq)]
pub struct Room {
    /// What training keeps of recordings (16 KB a second) lies in memory up to so many MB, the rest in a temporary file;
    /// the model is the same
    #[arg(long, value_name = "MB", default_value_t = mynah::Scratch::MEMORY / 1_000_000)]
    pub memory: u64,
    /// Folder for that file, on a disk with room [default: the system's for temporary files, which may lie in memory]
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
}

#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Course of the training")]
pub struct CourseOptions {
    /// Count errors on this part after every epoch, and keep the best epoch
    #[arg(long, value_enum, value_name = "PART")]
    pub validation: Option<SplitName>,
    /// Stop after so many epochs without fewer errors
    #[arg(long, value_name = "N", default_value_t = 10, requires = "validation", value_parser = count().range(1..))]
    pub patience: usize,
    /// Write cost and errors of every epoch: a drawing (.svg) or a table (.csv)
    #[arg(long, value_name = "FILE")]
    pub curves: Vec<PathBuf>,
    /// Write here, every few epochs, where the training can be continued
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Epochs between two checkpoints
    #[arg(long, value_name = "N", default_value_t = 5, requires = "checkpoint", value_parser = count().range(1..))]
    pub checkpoint_every: usize,
    /// Go on from a checkpoint, with the same corpus and options, to the very model an uninterrupted training makes
    #[arg(long = "continue", value_name = "FILE")]
    pub resume: Option<PathBuf>,
}

#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Split")]
pub struct SplitOptions {
    /// Which part of the corpus [default: train for training, test for evaluation, all where it has no parts]
    #[arg(long, value_enum)]
    pub split: Option<SplitName>,
    /// Make a split: `speaker`, in which no speaker (or group) is on two sides, always the same one for the same speakers;
    /// or `random`, of vectors, within each class
    #[arg(long, value_enum)]
    pub split_by: Option<SplitBy>,
    /// Seed of the split by chance [default: 1]
    #[arg(long, value_name = "N")]
    pub split_seed: Option<u64>,
}

impl SplitOptions {
    /// The seed of a split by chance.
    pub fn seed(&self) -> u64 {
        self.split_seed.unwrap_or(1)
    }
}

#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Vectors")]
pub struct DataOptions {
    /// The labels of vectors, one a row: .npy, text, or IDX
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// The column of the label in a table, by name or counted from 1 [default: label, class, target or y, else the last]
    #[arg(long, value_name = "NAME|N")]
    pub label_column: Option<String>,
    /// Take empty cells and NaN for values that are absent; else such rows are left out
    #[arg(long)]
    pub missing: bool,
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

/// How many prototypes each word gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Counts {
    Auto,
    Equal(usize),
    Proportional(usize),
    /// By word; `*` is any other.
    Own(Vec<(String, usize)>),
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Equal(n) => write!(f, "{n}"),
            Self::Proportional(total) => write!(f, "proportional:{total}"),
            Self::Own(own) => {
                let shown: Vec<_> = own
                    .iter()
                    .map(|(label, n)| format!("{label}={n}"))
                    .collect();
                f.write_str(&shown.join(","))
            }
        }
    }
}

fn parse_counts(text: &str) -> Result<Counts, String> {
    let number = |text: &str| match text.parse::<usize>() {
        Ok(n @ 1..) => Ok(n),
        Ok(_) => Err("0 is not in 1..".to_string()),
        Err(_) => Err(
            "write a number from 1 on, auto, proportional:TOTAL, or word=N,word=N,*=N".to_string(),
        ),
    };
    if text == "auto" {
        return Ok(Counts::Auto);
    }
    if let Some(total) = text.strip_prefix("proportional:") {
        return Ok(Counts::Proportional(number(total)?));
    }
    if !text.contains('=') {
        return Ok(Counts::Equal(number(text)?));
    }
    let one = |part: &str| match part.rsplit_once('=') {
        Some((label, n)) if !label.is_empty() => Ok((label.to_string(), number(n)?)),
        _ => Err(format!("{part:?}: write word=N")),
    };
    Ok(Counts::Own(
        text.split(',').map(one).collect::<Result<_, _>>()?,
    ))
}

/// Where prototypes start.
#[derive(Clone, Debug, PartialEq)]
pub enum InitMethod {
    Kmeans,
    Sample,
    ClassMean,
    Som,
    File(PathBuf),
}

impl std::fmt::Display for InitMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kmeans => f.write_str("kmeans"),
            Self::Sample => f.write_str("sample"),
            Self::ClassMean => f.write_str("class-mean"),
            Self::Som => f.write_str("som"),
            Self::File(path) => f.write_str(&crate::recipe::quoted(path)),
        }
    }
}

fn parse_init(text: &str) -> Result<InitMethod, String> {
    Ok(match text {
        "kmeans" => InitMethod::Kmeans,
        "sample" => InitMethod::Sample,
        "class-mean" => InitMethod::ClassMean,
        "som" => InitMethod::Som,
        path if path.contains(['.', '/']) => InitMethod::File(path.into()),
        _ => {
            return Err("write kmeans, sample, class-mean, som, or the name of a file".to_string());
        }
    })
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum ClassWeight {
    Equal,
    Balanced,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Standardise {
    Each,
    Coefficient,
    Whole,
    None,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Align {
    Warp,
    Pad,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Augment {
    Full,
    None,
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
    #[value(alias = "group")]
    Speaker,
    Random,
}
