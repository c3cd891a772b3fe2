//! A muted microphone is the commonest fault: its recordings are named, never learnt nor answered.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, Workshop, wav};

#[test]
fn silence_is_named_and_left_out() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.model("w.mynah");
    shop.write("words/ala/mute.wav", wav(&[0.0; 4_000], RATE));
    shop.mynah("train words -o again.mynah")
        .ends_with(1)
        .says("mute.wav: is silent; check the microphone");
    shop.mynah("classify w.mynah words/ala/mute.wav")
        .ends_with(3)
        .says("is silent");
    // Its features are asked for as they are.
    shop.mynah("features words/ala/mute.wav -o mute.npy")
        .succeeds();
}

#[test]
fn a_whisper_is_not_silence() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let whisper: Vec<f32> = common::say("ala", "ada", 1, RATE)
        .iter()
        .map(|sample| sample * 0.01)
        .collect();
    shop.write("whisper.wav", wav(&whisper, RATE));
    shop.mynah("classify w.mynah whisper.wav").succeeds();
}
