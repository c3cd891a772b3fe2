//! `decisions MODEL OUT CLIP...`: writes the tables of a quantized model, what becomes of clips on their way to them, and what is
//! decided of every cut of each, for other machines to decide again. `freestanding/src/lib.rs` tells the format, and reads it.

use std::error::Error;
use std::{env, fs};

use mynah::lvq::{QuantizedCodebook, QuantizedParts};
use mynah::{Model, Pipeline};
use mynah_audio::Channel;

/// What stands for a runner-up where there is none.
const NONE: [u32; 3] = [u32::MAX; 3];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [model, out, clips @ ..] = &args[..] else {
        return Err("usage: decisions MODEL OUT CLIP...".into());
    };
    let model = Model::load(model)?;
    let quantized = model.quantized().ok_or("a quantized model is needed")?;
    let mut pipeline = Pipeline::new(model.pipeline().ok_or("a model of sound is needed")?)?;
    let rate = model.pipeline().map_or(0, |config| config.mfcc.sample_rate);
    let (mut expected, mut views) = (Vec::new(), Vec::new());
    for clip in clips {
        let audio = mynah_audio::read(clip, Channel::default())?.into_rate(rate)?;
        let mut cuts = pipeline.views(&audio.samples)?;
        model.scaler().apply(&mut cuts);
        for cut in cuts.chunks_exact(pipeline.n_views() * model.prototypes().dim()) {
            let mut whole = Vec::new();
            quantized.quantize_into(cut, &mut whole);
            views.extend(whole.iter().map(|&level| level as u8));
            expected.extend(answer(quantized, cut));
        }
    }
    fs::write(out, file(quantized, pipeline.n_views(), &expected, &views))?;
    Ok(())
}

fn answer(quantized: &QuantizedCodebook, cut: &[f32]) -> [u32; 7] {
    let decision = quantized.decide(cut);
    let [other_label, other_prototype, other_distance] = decision.runner_up.map_or(NONE, |other| {
        [other.label, other.prototype as u32, other.distance]
    });
    [
        decision.label,
        decision.winner as u32,
        decision.distance,
        other_label,
        other_prototype,
        other_distance,
        decision.margin_q15(),
    ]
}

fn file(quantized: &QuantizedCodebook, n_views: usize, expected: &[u32], views: &[u8]) -> Vec<u8> {
    let QuantizedParts {
        rows,
        labels,
        exponents,
        grid,
        ..
    } = quantized.to_parts();
    let sizes = [
        quantized.image_dim(),
        quantized.tables().block(),
        grid.bits.into(),
        grid.multiple.into(),
        labels.len(),
        exponents.len(),
        n_views,
        expected.len() / 7,
    ];
    let header = sizes.map(|size| size as u32);
    let words = header.iter().chain(&labels).chain(expected);
    let mut bytes: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
    for part in [&rows[..], &exponents, views] {
        bytes.extend(part);
    }
    bytes
}
