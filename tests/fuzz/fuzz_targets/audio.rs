//! Any bytes as a sound file: samples that are sound, or an error.
#![no_main]

mod panics;
#[path = "../../../crates/audio/tests/repair/mod.rs"]
mod repair;

use libfuzzer_sys::fuzz_target;
use mynah_audio::{Channel, decode};

fn check(bytes: &[u8]) {
    for channel in [Channel::Mix, Channel::Pick(1)] {
        if let Ok(audio) = decode(bytes, channel) {
            assert!(!audio.samples.is_empty() && audio.samples.iter().all(|x| x.is_finite()));
            assert!((1_000..=768_000).contains(&audio.sample_rate));
        }
    }
}

fuzz_target!(init: panics::allow_in_decoders(), |bytes: &[u8]| {
    check(bytes);
    check(&repair::repaired(bytes));
});
