//! Decisions to accuracy, confusion and intervals that count speakers; events in streams to misses and false alarms an hour.
//!
//! A [`Trial`] is one decision: what was said, what was answered, who spoke. A [`Report`] counts a list of them.
//! Any engine can be judged: nothing here knows audio or models.
//!
//! [`Spotting`] takes what an engine fired in long streams and what was said in them; a [`SpottingReport`] counts it, by a stated protocol.
//!
//! ```
//! use mynah_eval::{Report, Trial};
//!
//! let labels = ["yes".to_string(), "no".to_string()];
//! let trials = [
//!     Trial { truth: "yes", answer: "yes", speaker: Some("ada") },
//!     Trial { truth: "no", answer: "no", speaker: Some("ada") },
//!     Trial { truth: "yes", answer: "no", speaker: Some("bob") },
//!     Trial { truth: "no", answer: "no", speaker: Some("bob") },
//! ];
//! let report = Report::new(&labels, &trials, 0).expect("there are trials");
//! assert_eq!(report.accuracy, 0.75);
//! assert!(report.interval[0] < 0.5 && report.interval[1] == 1.0);
//! assert_eq!(report.interval_method, "bootstrap over 2 speakers, at least Wilson over clips");
//! assert_eq!(report.confusion.counts, [[1, 1], [0, 2]]);
//! ```
//!
//! # Why intervals count speakers
//! The clips of one voice succeed or fail together. Thirty clips of a speaker whose accent was never heard in training
//! are not thirty independent pieces of evidence, and the question is nearly always how well the *next voice* will do.
//! An interval that counts clips answers a different question and comes out too narrow. So where every trial names its
//! speaker, [`Report::interval`] resamples speakers; where not, it falls back to clips and
//! [`Report::interval_method`] says so.
//!
//! With very few speakers a bootstrap is itself too narrow, and where all of them did equally well its width is zero. So
//! each end of the interval is the wider of the bootstrap's and of Wilson's over clips.
//!
//! # Conventions
//! Rates are fractions in 0..=1. Intervals are 95 %, `[low, high]`. A rate over nothing is `None` (`null` in JSON),
//! never NaN. Equal trials in any order give an equal report.

mod bisect;
mod budget;
mod confusion;
mod interval;
mod paired;
mod poisson;
mod probability;
mod reject;
mod report;
mod spotting;

pub use budget::{Budgeted, OverBudget, thresholds_within};
pub use confusion::Confusion;
pub use interval::{bootstrap, bootstrap_ratio, wilson};
pub use paired::Paired;
pub use poisson::poisson;
pub use probability::{ProbabilityBin, ProbabilityReport};
pub use reject::{RejectCurve, RejectPoint};
pub use report::{ClassScore, Report, SpeakerScore, Trial};
pub use spotting::{
    AtRate, DetPoint, Event, FalseAlarms, Firing, KeywordScore, Misses, Outcome, SpokenWord,
    Spotting, SpottingConfig, SpottingError, SpottingReport, Verdict, WordsScore, normal_deviate,
};
