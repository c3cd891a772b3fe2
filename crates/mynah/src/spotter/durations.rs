//! How long the words of a model are: the lengths of the windows that look for them.

use crate::{AlignConfig, Model, PipelineConfig, is_background};

/// Windows grow by at most this factor; prototypes are elastic and stretch as far.
const STEP: f64 = 1.25;
/// Frames of a window; prototypes that learning has driven off must not make it endless.
const BOUNDS: [f64; 2] = [8.0, 300.0];

/// Lengths of windows in frames, shortest first. A vector of a word ends in the logarithm of its length, so the prototypes
/// of the keywords tell how long these are; of prototypes in whole numbers the standardisation tells how long all words
/// of the training were.
pub(super) fn durations(model: &Model, pipeline: &PipelineConfig) -> Vec<usize> {
    if let AlignConfig::Pad(pad) = &pipeline.align {
        return vec![pad.n_frames];
    }
    let scaler = model.scaler();
    let last = scaler.dim() - 1;
    let (mean, scale) = (
        f64::from(scaler.mean()[last]),
        f64::from(scaler.scale()[last]),
    );
    let length = |standardised: f64| match scale > 0.0 {
        true => (mean + standardised / scale).exp(),
        false => mean.exp(),
    };
    let lengths: Vec<f64> = match model.codebook() {
        Some(codebook) => {
            let labels = codebook.labels().iter().enumerate();
            let of_keywords =
                labels.filter(|&(_, &label)| !is_background(&model.labels()[label as usize]));
            of_keywords
                .map(|(j, _)| length(f64::from(codebook.prototype(j)[last])))
                .collect()
        }
        None => vec![length(-1.5), length(1.5)],
    };
    let [low, high] = BOUNDS;
    let within = |x: f64| x.clamp(low, high);
    let shortest = within(lengths.iter().copied().fold(f64::INFINITY, f64::min));
    let longest = within(lengths.iter().copied().fold(0.0, f64::max)).max(shortest);
    let n_steps = ((longest / shortest).ln() / STEP.ln()).ceil().max(1.0);
    let factor = (longest / shortest).powf(1.0 / n_steps);
    let mut found: Vec<usize> = (0..=n_steps as usize)
        .map(|i| (shortest * factor.powi(i as i32)).round() as usize)
        .collect();
    found.dedup();
    found
}
