//! What `mynah correct` takes, and what keeps sounds for it.

use std::path::PathBuf;

use clap::Args;

/// What `listen` and `spot` keep.
#[derive(Args)]
pub struct KeepOptions {
    /// Keep the sound of each event and near miss in this folder, for `mynah correct`
    #[arg(long, value_name = "DIR")]
    pub keep_events: Option<PathBuf>,
    /// Sounds kept at most: the faintest near misses go first, then the oldest events; each takes some 160 KB at 16 kHz
    #[arg(long, value_name = "N", default_value_t = 100, requires = "keep_events", value_parser = super::count().range(1..=100_000))]
    pub keep_at_most: usize,
}

/// Learn from a mistake at once, unless that makes known sounds worse
#[derive(Args)]
#[command(
    override_usage = "mynah correct [OPTIONS] MODEL EVENT no|yes|LABEL\n       mynah correct MODEL --undo\n       mynah correct MODEL --history",
    after_help = "Examples:
  mynah listen lamp.mynah --keep-events heard                 keeps the sound of what fires, and of what nearly does
  mynah correct lamp.mynah heard/000007-lamp_on.json no       that was not the keyword
  mynah correct lamp.mynah heard/000009-lamp_on.json yes      that was it: do not miss it again
  mynah correct lamp.mynah heard/000012-lamp_on.json lamp_off it was this word
  mynah correct lamp.mynah --undo                             as it was before the last correction
  mynah correct lamp.mynah --history

Prototypes are added or moved, mostly one, and the others stay as they are, to the bit. The change is refused, and
nothing written, where it would make misses or false alarms more among the sounds that the model carries
(`mynah enrol` puts them there, each correction adds its own), or those of --regression. The
model as it was before each correction lies in the folder MODEL.history, at most 50 of them.
Exit status: 0 done, 2 wrong usage, 3 refused or failed."
)]
pub struct Correct {
    /// A model that spots keywords
    pub model: PathBuf,
    /// An event kept by --keep-events: its .json or .wav
    #[arg(required_unless_present_any = ["undo", "history"], requires = "truth")]
    pub event: Option<PathBuf>,
    /// `no`: it was not the keyword; `yes`: it was; or the label that it was
    #[arg(value_name = "no|yes|LABEL")]
    pub truth: Option<String>,
    /// Where to write the model [default: in place of MODEL]
    #[arg(short, long, value_name = "MODEL", conflicts_with_all = ["undo", "history"])]
    pub output: Option<PathBuf>,
    /// More recordings of one word each that must not get worse; the model carries them from then on
    #[arg(long, value_name = "CORPUS", conflicts_with_all = ["undo", "history"])]
    pub regression: Option<PathBuf>,
    /// Correct although other sounds get worse
    #[arg(long, conflicts_with_all = ["undo", "history"])]
    pub force: bool,
    /// Take the last correction back
    #[arg(long, conflicts_with_all = ["event", "history"])]
    pub undo: bool,
    /// List the corrections that were made
    #[arg(long, conflicts_with = "event")]
    pub history: bool,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}
