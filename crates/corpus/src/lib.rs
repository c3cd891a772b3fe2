//! Speech corpora on disk: layouts, manifests, labels, speakers and honest splits.
//!
//! [`Corpus::open`] lists the clips of a corpus: which file, which word, who speaks, on which side of the split. It
//! reads names, lists and manifests, never audio.
//!
//! ```
//! use mynah_corpus::{Corpus, Layout, Split};
//!
//! let folder = tempfile::tempdir()?;
//! let manifest = folder.path().join("words.csv");
//! std::fs::write(
//!     &manifest,
//!     "path,label,speaker,split\nclips/1.wav,yes,ada,train\nclips/2.wav,no,bob,test\nclips/3.wav,no,bob,tset\n",
//! )?;
//!
//! let corpus = Corpus::open(&manifest)?;
//! assert_eq!(corpus.layout, Layout::Manifest);
//! assert_eq!(corpus.labels(), ["no", "yes"]);
//! assert_eq!(corpus.select(Some(Split::Train)).count(), 1);
//! assert_eq!(corpus.clips[1].path, folder.path().join("clips/2.wav"));
//! assert!(corpus.problems[0].to_string().contains("line 4"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layouts
//! - **Folders**, as Speech Commands: one folder per word. Folders beginning with `_` are not words, but
//!   `_unknown_` and `_silence_` are classes like them; the audio in
//!   `_background_noise_` is listed apart. `validation_list.txt` and `testing_list.txt`, if there, give the split.
//! - **Flat**, as the Free Spoken Digit Dataset: `LABEL_SPEAKER_INDEX.wav`; index 0-4 is the test set.
//! - **Manifest**: a CSV, TSV or JSONL file with the columns [`Corpus::from_manifest_bytes`] describes.
//!
//! [`VectorSet`] reads vectors of any origin (npy, npz, CSV, IDX) as a corpus whose clips are rows.
//!
//! [`Labels`] reads what is said where in long streams.
//!
//! [`KaldiData`] reads Kaldi data folders (`wav.scp`, `segments`, `utt2spk`, `text`), which name utterances rather than
//! words.
//!
//! # Conventions
//! Audio is what ends in `wav`, `flac`, `mp3` or `ogg`, in any case. Names beginning with a dot are skipped. Clips of
//! folders are sorted by the bytes of their paths, clips of manifests keep the file's order, so the same corpus always
//! gives the same list. What cannot be used becomes a [`Problem`] that names file, fault and remedy, and the rest goes
//! on; only a corpus with nothing usable is an [`Error`]. Times are seconds.

mod clip;
mod corpus;
mod error;
mod flat;
mod folders;
mod kaldi;
mod labels;
mod listing;
mod manifest;
pub mod mix;
mod overlap;
mod problem;
mod rows;
mod speaker;
mod split;
mod vectors;

pub use clip::Clip;
pub use corpus::{Corpus, Layout};
pub use error::Error;
pub use kaldi::{KaldiData, Utterance};
pub use labels::{LabelledStream, LabelledWord, Labels};
pub use listing::is_audio;
pub use overlap::{Overlap, overlap};
pub use problem::Problem;
pub use rows::ManifestFormat;
pub use split::{Split, SplitCounts};
pub use vectors::{Options as VectorOptions, VectorSet};
