//! What can be typed after `mynah cluster` and `mynah forget`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DataOptions, SplitOptions, Standardise, count};

/// Find the shape of a corpus without its labels, and say which labels fall on each unit
#[derive(Args)]
#[command(after_help = "Examples:
  mynah cluster flowers.csv -o flowers.codebook --method som --umatrix u.svg --planes planes.svg
  mynah cluster recordings/ -o words.codebook --units 100
  mynah cluster X.npy --labels y.npy -o x.codebook --method neural-gas --units 50
  mynah train flowers.csv -o flowers.mynah --init-from flowers.codebook")]
pub struct Cluster {
    /// Folder or manifest of recordings, or vectors; labels are only counted
    pub corpus: PathBuf,
    /// Where to write the units
    #[arg(short, long, value_name = "CODEBOOK")]
    pub output: PathBuf,
    /// How the units learn: a self-organizing map, winner-take-all, neural gas, or k-means
    #[arg(long, value_enum, default_value = "som")]
    pub method: Method,
    /// Units, or of a map COLUMNSxROWS [default: five times the square root of the number of vectors]
    #[arg(long, value_name = "N|CxR", value_parser = parse_units)]
    pub units: Option<UnitCount>,
    /// How the neighbours of a map lie
    #[arg(long, value_enum, default_value = "hexagonal")]
    pub lattice: LatticeName,
    /// The map has no border: its sides meet
    #[arg(long)]
    pub toroidal: bool,
    /// Draw how far neighbours of a map lie from each other in the data (.svg)
    #[arg(long, value_name = "FILE")]
    pub umatrix: Option<PathBuf>,
    /// Draw the values of each column over a map (.svg); of sound, its most varied ones
    #[arg(long, value_name = "FILE")]
    pub planes: Option<PathBuf>,
    /// Passes over the vectors [default: the method's own]
    #[arg(long, value_name = "N", value_parser = count().range(1..=1_000_000))]
    pub epochs: Option<usize>,
    /// How values are brought to one scale [default: whole for images, else each]
    #[arg(long, value_enum)]
    pub standardise: Option<Standardise>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub split: SplitOptions,
    #[command(flatten)]
    pub data: DataOptions,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Method {
    Som,
    Vq,
    NeuralGas,
    Kmeans,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum LatticeName {
    Rectangular,
    Hexagonal,
}

/// How many units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UnitCount {
    Total(usize),
    Map { columns: usize, rows: usize },
}

fn parse_units(text: &str) -> Result<UnitCount, String> {
    let side = |text: &str| {
        text.parse::<usize>()
            .ok()
            .filter(|n| (1..=1_000_000).contains(n))
    };
    let units = match text.split_once(['x', 'X']) {
        Some((columns, rows)) => side(columns)
            .zip(side(rows))
            .map(|(columns, rows)| UnitCount::Map { columns, rows }),
        None => side(text).map(UnitCount::Total),
    };
    units.ok_or_else(|| "write a number of units, or COLUMNSxROWS of a map, as 12x8".to_string())
}

/// Take a word out of a model; the others stay as they are
#[derive(Args)]
#[command(after_help = "Examples:\n  mynah forget words.mynah maybe -o fewer.mynah")]
pub struct Forget {
    /// A model made by `mynah train` or `mynah enrol`
    pub model: PathBuf,
    /// The word to forget
    pub label: String,
    /// Where to write the model without it
    #[arg(short, long, value_name = "MODEL")]
    pub output: PathBuf,
}
