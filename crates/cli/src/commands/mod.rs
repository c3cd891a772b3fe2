//! One file a command.

mod add;
mod budget;
pub mod calibrate;
pub mod classify;
pub mod cluster;
mod compared;
mod corpus_card;
pub mod correct;
mod course;
pub mod demo;
pub mod devices;
pub mod enrol;
pub mod eval;
pub mod export;
pub mod features;
pub mod forget;
pub mod inspect;
pub mod leave_one_out;
pub mod listen;
pub mod mix;
mod prototypes;
pub mod quantize;
mod quantized_card;
pub mod score;
pub mod spot;
pub mod train;
mod why;
