//! Where a model comes from and what it scored: its card.

use mynah_lvq::Grid;
use serde::{Deserialize, Serialize};

use crate::RuleConfig;

/// Written by training; [`Model::add_measurement`](crate::Model::add_measurement) extends it. It holds nothing that differs between two runs of the same training:
/// no time, no thread count, no output path.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Version of the crate that trained the model.
    pub mynah_version: String,
    /// The training options as a command that would repeat it.
    pub command: String,
    /// The learning rule with all its settings; set by [`train`](crate::train()).
    pub rule: Option<RuleConfig>,
    /// Seed of everything random in the training; set by [`train`](crate::train()).
    pub seed: u64,
    /// The corpus as it was named.
    pub corpus: String,
    /// Which part of it was used.
    pub split: String,
    /// Seed of the split by chance that kept clips back for evaluation; `None` where the corpus has parts of its own, or
    /// all was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<u64>,
    /// The part whose errors chose the epoch that was kept; `None` where the last one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated: Option<String>,
    /// Words that were added to the trained model, in order; see [`Model::with_words`](crate::Model::with_words).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// Clips trained on.
    pub n_clips: usize,
    /// Their speakers, sorted; empty where the corpus does not name them.
    pub speakers: Vec<String>,
    /// [`clip_digest`](crate::clip_digest) of every training clip, sorted: what tells a test clip already heard.
    #[serde(skip)]
    pub clips: Vec<u64>,
    /// What quantize-aware training rounded to when it ended, see [`TrainConfig::quantize_aware`](crate::TrainConfig::quantize_aware); `None`
    /// without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learnt_grid: Option<Grid>,
    /// How the model was brought to whole numbers; `None` where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantized: Option<String>,
    /// Results on data that training never saw.
    pub measured: Vec<Measured>,
}

impl Provenance {
    /// The card of a training with this version of mynah.
    pub fn new() -> Self {
        Self {
            mynah_version: env!("CARGO_PKG_VERSION").to_string(),
            ..Self::default()
        }
    }
}

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The corpus as it was named.
    pub corpus: String,
    /// Which part of it.
    pub split: String,
    /// Clips evaluated.
    pub n: usize,
    /// Share of them answered correctly, 0 to 1.
    pub accuracy: f64,
    /// 95 % interval of `accuracy`.
    pub interval: [f64; 2],
}
