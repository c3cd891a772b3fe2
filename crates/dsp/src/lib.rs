//! MFCC features from samples: one file per stage, batch and streaming bit-identical.
//!
//! A clip becomes overlapping frames; each frame becomes `n_mfcc` mel-frequency cepstral
//! coefficients, with their deltas behind them if asked for.
//!
//! ```
//! use mynah_dsp::{Mfcc, MfccConfig, MfccStream};
//!
//! let config = MfccConfig::mynah();
//! let tone: Vec<f32> = (0..16_000).map(|i| 0.5 * (0.2 * i as f32).sin()).collect();
//!
//! // A whole clip: one second at 16 kHz, 25 ms frames every 10 ms.
//! let features = Mfcc::new(&config)?.compute(&tone);
//! assert_eq!((features.n_frames, features.n_coeffs), (98, 26));
//! let loudness = features.row(0)[0];
//! assert!(loudness.is_finite());
//!
//! // The same clip as it arrives: the same bits.
//! let mut stream = MfccStream::new(&config)?;
//! let mut rows = Vec::new();
//! for block in tone.chunks(137) {
//!     stream.push(block, &mut rows);
//! }
//! stream.finish(&mut rows);
//! assert_eq!(rows, features.data);
//! # Ok::<(), mynah_dsp::ConfigError>(())
//! ```
//!
//! # Conventions
//!
//! - Samples are mono `f32` of full scale ±1 at [`MfccConfig::sample_rate`];
//!   [`MfccConfig::input_scale`] brings them to the scale a preset expects. Resample first.
//! - Features are `f32`, row-major `[n_frames × n_coeffs]`. A row is c0..c(`n_mfcc`−1), then the
//!   deltas in the same order, then the deltas of second order.
//! - A clip too short for one frame gives 0 frames, which is valid (see [`Mfcc::n_frames`]).
//! - Set-up ([`Mfcc::new`]) checks and allocates; [`Mfcc::compute_into`] does neither.
//! - NaN or infinite samples give meaningless numbers in the frames they touch (and in the deltas
//!   and `cmvn` around them), never a panic. Refuse them where the samples come from.
//! - Numbers do not depend on chunking. Across processors the last bits may differ, as the FFT
//!   picks its own instruction set.
//!
//! # Signal path
//!
//! framing → DC removal → (log energy) → pre-emphasis → window → power spectrum → mel → log → DCT
//! → lifter → deltas → `cmvn`, in the order and with the definitions of Kaldi's
//! `compute-mfcc-feats`, `add-deltas` and `apply-cmvn`. Where Kaldi recipes put `apply-cmvn` before
//! `add-deltas`, here whole rows are normalised.
#![forbid(unsafe_code)]

pub mod cmvn;
mod config;
mod dc;
mod dct;
mod delta;
mod energy;
mod error;
mod explain;
mod features;
mod framing;
mod lanes;
mod length;
mod lifter;
mod ln;
mod log;
mod mel;
mod mfcc;
mod preemphasis;
mod presets;
mod real;
mod shape;
mod sliding;
mod spectrum;
mod stream;
mod window;

pub use cmvn::{Cmvn, CmvnOver};
pub use config::{Kind, MfccConfig};
pub use dct::DctNorm;
pub use delta::DeltaRule;
pub use energy::EnergyOf;
pub use error::{ClipError, ConfigError};
pub use features::Features;
pub use framing::{Edges, ShortClips};
pub use length::{Length, Rounding};
pub use lifter::LifterFrom;
pub use log::{Floor, Log, Rescale};
pub use mel::{MelBins, MelNorm, MelScale, MelShape};
pub use mfcc::Mfcc;
pub use preemphasis::Preemphasis;
pub use real::Real;
pub use sliding::Sliding;
pub use spectrum::SpectrumKind;
pub use stream::MfccStream;
pub use window::Window;
