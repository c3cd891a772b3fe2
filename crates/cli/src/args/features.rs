//! What can be typed after `mynah features`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use mynah::dsp::MfccConfig;

use super::{ChannelOption, sample_rate};
use crate::commands::features::Shard;
use crate::formats;

fn presets() -> PossibleValuesParser {
    PossibleValuesParser::new(MfccConfig::PRESETS.iter().map(|(name, _)| *name))
}

/// MFCC features of recordings, for other tools
#[derive(Args)]
#[command(after_help = "Examples:
  mynah features take.wav -o take.npy                  numpy, [frames x coefficients], float32
  mynah features --preset kaldi clips/ -o features/    one .npy a clip
  mynah features manifest.csv -o features.csv          all clips in one table, with labels
  mynah features data/train -o train.ark               a Kaldi data folder to ark and scp
  find . -name '*.wav' -print0 | mynah features --files-from - -o all.npz
  mynah features corpus -o part1.ark --shard 1/8       one machine of eight
  mynah features corpus -o all.ark --resume            go on where a run was stopped
  mynah features take.wav -o - --format jsonl | head
  mynah features --preset librosa --set dynamic_range=null --set frame_length=25ms --explain
  mynah features --mic 2 -o spoken.npy                 from the microphone")]
pub struct Features {
    /// Audio files, folders of them, manifests, or Kaldi data folders (wav.scp with segments, utt2spk, text)
    #[arg(required_unless_present_any = ["mic", "files_from", "explain"])]
    pub audio: Vec<PathBuf>,
    /// A list of audio files, one a line or as `find -print0` writes them; - for standard input
    #[arg(long, value_name = "LIST")]
    pub files_from: Option<PathBuf>,
    /// A file, a folder (npy: one file a clip), or - for standard output
    #[arg(short, long, value_name = "OUT", required_unless_present = "explain")]
    pub output: Option<PathBuf>,
    /// Format [default: by the ending of OUT, else npy]
    #[arg(long, value_enum)]
    pub format: Option<formats::Name>,
    /// Whose definition of MFCC
    #[arg(long, default_value = "mynah", value_parser = presets())]
    pub preset: String,
    /// Cepstra, or the log mel energies they are made from [default: the preset's]
    #[arg(long, value_parser = ["mfcc", "fbank"])]
    pub kind: Option<String>,
    /// Cepstral coefficients of a frame, c0 or the energy among them
    #[arg(long, value_name = "N")]
    pub n_mfcc: Option<usize>,
    /// Mel filters
    #[arg(long, value_name = "N")]
    pub n_mels: Option<usize>,
    /// 1 adds the deltas of first order, 2 those of second order too
    #[arg(long, value_name = "ORDER")]
    pub deltas: Option<usize>,
    /// Change any field of the preset; --explain and the library's `MfccConfig` name them
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Print the definition in use, and do nothing
    #[arg(long)]
    pub explain: bool,
    /// What is computed and written in
    #[arg(long, value_enum, default_value = "f32")]
    pub dtype: formats::Dtype,
    /// Analyse even short recordings block by block, as they would arrive
    #[arg(long)]
    pub stream: bool,
    /// Resample to this rate in Hz [default: each file's own]
    #[arg(long, value_name = "HZ", value_parser = sample_rate())]
    pub sample_rate: Option<u32>,
    #[command(flatten)]
    pub channel: ChannelOption,
    /// Make only the I-th of N parts. Joined one after the other, parts of csv, jsonl, kaldi and kaldi-text are the whole; of
    /// npz, safetensors and parquet they stay files side by side; parts of a folder share it, with an index each
    #[arg(long, value_name = "I/N", conflicts_with = "mic")]
    pub shard: Option<Shard>,
    /// Go on where an interrupted run of the same command stopped; with nothing to go on from, begin anew
    #[arg(long, conflicts_with = "mic")]
    pub resume: bool,
    /// List inputs that could not be used here, one JSON object a line [default: OUT.skipped.jsonl]
    #[arg(long, value_name = "FILE")]
    pub skipped: Option<PathBuf>,
    /// Record this long from the microphone instead of reading files
    #[arg(long, value_name = "SECONDS", conflicts_with_all = ["audio", "files_from"])]
    pub mic: Option<f32>,
    /// Microphone, by name or part of it [default: the system's]
    #[arg(long, value_name = "NAME", requires = "mic")]
    pub device: Option<String>,
}
