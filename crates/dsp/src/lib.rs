//! MFCC and log-mel features from samples, as eleven tools define them: one engine, one file per stage, batch and
//! streaming bit-identical, in `f32` or `f64`.
//!
//! A clip becomes overlapping frames; each frame becomes `n_mfcc` mel-frequency cepstral coefficients (or `n_mels`
//! log mel energies), with their deltas behind them if asked for.
//!
//! ```
//! use mynah_dsp::{Mfcc, MfccConfig, MfccStream};
//!
//! let config = MfccConfig::mynah();
//! let tone: Vec<f32> = (0..16_000).map(|i| 0.5 * (0.2 * i as f32).sin()).collect();
//!
//! // A whole clip: one second at 16 kHz, 25 ms frames every 10 ms.
//! let features = Mfcc::new(&config)?.compute(&tone)?;
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
//! stream.finish(&mut rows)?;
//! assert_eq!(rows, features.data);
//!
//! // What librosa.feature.mfcc gives, in double precision.
//! let tone: Vec<f64> = tone.iter().map(|&x| f64::from(x)).collect();
//! let features = Mfcc::<f64>::new(&MfccConfig::librosa())?.compute(&tone)?;
//! assert_eq!((features.n_frames, features.n_coeffs), (32, 20));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Conventions
//!
//! - Samples are mono of full scale ±1 at [`MfccConfig::sample_rate`]; [`MfccConfig::input_scale`] brings them to
//!   the scale a preset expects. Resample first.
//! - Features are row-major `[n_frames × n_coeffs]`. A row is c0..c(`n_mfcc`−1), then the deltas in the same order,
//!   then the deltas of second order; [`MfccConfig::columns`] names them.
//! - Clips that are too short: as the preset's tool has it, no frames or an error (see [`ShortClips`]).
//! - Set-up ([`Mfcc::new`]) checks and allocates; [`Mfcc::compute_into`] says what little it may still do.
//! - NaN or infinite samples give meaningless numbers in the frames they touch (and in the deltas and `cmvn` around
//!   them), never a panic. Refuse them where the samples come from.
//! - Numbers do not depend on chunking. Across processors the last bits may differ, as the FFT picks its own
//!   instruction set.
//!
//! # Presets
//!
//! [`MfccConfig::PRESETS`] lists them: the defaults of Kaldi, torchaudio, librosa, python_speech_features, HTK,
//! TensorFlow, openSMILE, spafe and Whisper, each compared with its tool's own output clip by clip.
//! [`MfccConfig::explain`] says what a configuration computes.
//!
//! # Signal path
//!
//! framing → DC removal → (log energy) → pre-emphasis → window → spectrum → mel → log → DCT → lifter → deltas →
//! `cmvn` (or `cmvn` → deltas); [`MfccConfig`]'s fields stand in that order.
#![forbid(unsafe_code)]

mod bins;
mod check;
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

pub use bins::MelBins;
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
pub use mel::{MelNorm, MelScale, MelShape};
pub use mfcc::Mfcc;
pub use preemphasis::Preemphasis;
pub use real::Real;
pub use sliding::Sliding;
pub use spectrum::SpectrumKind;
pub use stream::MfccStream;
pub use window::Window;
