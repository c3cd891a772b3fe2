//! What `mynah devices` takes.

use clap::Args;

/// Microphones there are; with --check, what each really delivers and what is wrong with it
#[derive(Args)]
#[command(after_help = "Examples:
  mynah devices                      their numbers and names, for --device
  mynah devices --check              a second of sound from each: rate, level, silence, clipping
  mynah devices --check --device 2   from this one only
  mynah devices --json

Exit status: 0 all is well, 1 something is wrong with one of them, 3 there is none.")]
pub struct Devices {
    /// Record a second from each: samples a second, level, silence, clipping, offset; and say what to do
    #[arg(long)]
    pub check: bool,
    /// This one only: its number, name or part of its name
    #[arg(long, value_name = "NAME|N")]
    pub device: Option<String>,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
}
