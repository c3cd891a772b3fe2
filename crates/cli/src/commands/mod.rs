//! One file a command.

pub mod classify;
pub mod demo;
pub mod eval;
pub mod features;
pub mod inspect;
pub mod leave_one_out;
pub mod listen;
pub mod train;
