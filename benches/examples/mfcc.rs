//! Our side of the MFCC race of `scripts/bench-peers`: the 13 MFCC of a recording.
//!
//! `mfcc CONTENDER SAMPLES FEATURES`: the contender is `floor` or the name of a preset, `SAMPLES` is raw `f32` at 16 kHz,
//! `FEATURES` is where the answer goes once, also as raw `f32`.

use std::fs;
use std::io;

use mynah::dsp::{Length, Mfcc, MfccConfig};
use mynah_benches::contender::{averaged, serve};
use mynah_benches::floor::{Floor, N_MELS, N_MFCC, hamming};

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [contender, samples, features] = args.as_slice() else {
        return Err(io::Error::other("usage: mfcc CONTENDER SAMPLES FEATURES"));
    };
    let bytes = fs::read(samples)?;
    let (bytes, _) = bytes.as_chunks();
    let samples: Vec<f32> = bytes.iter().map(|&x| f32::from_le_bytes(x)).collect();
    let n_frames = |mfcc: &Mfcc| mfcc.n_frames(samples.len()).expect("a long recording");
    if contender == "floor" {
        let mut floor = Floor::new(hamming);
        let n_frames = n_frames(&mfcc(MfccConfig::mynah()));
        return answer(n_frames, features, |out| floor.short(&samples, out));
    }
    let Some(config) = MfccConfig::preset(contender) else {
        return Err(io::Error::other(format!(
            "{contender}: no preset of that name"
        )));
    };
    let mut mfcc = mfcc(config);
    answer(n_frames(&mfcc), features, |out| {
        mfcc.compute_into(&samples, out).expect("a long recording");
    })
}

/// The preset with what all contenders compute alike.
fn mfcc(mut config: MfccConfig) -> Mfcc {
    config.frame_length = Length::Samples(400);
    config.hop_length = Length::Samples(160);
    config.n_fft = Some(512);
    config.n_mels = N_MELS;
    config.n_mfcc = N_MFCC;
    config.delta_order = 0;
    Mfcc::new(&config).expect("a sound definition")
}

fn answer(n_frames: usize, features: &str, mut pass: impl FnMut(&mut [f32])) -> io::Result<()> {
    let mut out = vec![0.0; n_frames * N_MFCC];
    pass(&mut out);
    let bytes: Vec<u8> = out.iter().flat_map(|x: &f32| x.to_le_bytes()).collect();
    fs::write(features, bytes)?;
    serve(&format!(r#", "n_frames": {n_frames}"#), || {
        Ok(averaged(|| pass(&mut out)))
    })
}
