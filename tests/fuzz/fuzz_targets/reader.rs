//! Any bytes as a sound file: in blocks of any size the same samples, or the same error, as in one piece.
#![no_main]

#[path = "../../../crates/audio/tests/agree/mod.rs"]
mod agree;
mod panics;
#[path = "../../../crates/audio/tests/repair/mod.rs"]
mod repair;

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: panics::allow_in_decoders(), |bytes: &[u8]| {
    agree::assert_reader_agrees_with_decode(bytes);
    agree::assert_reader_agrees_with_decode(&repair::repaired(bytes));
});
