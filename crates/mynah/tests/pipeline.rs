//! Samples to vectors: finite, of the promised length, hardly dependent on where the word lies; and what has none.
#![allow(clippy::unwrap_used)]

use mynah::dsp::{Cmvn, Kind, Sliding};
use mynah::{AlignConfig, Error, Pipeline, PipelineConfig};

/// A gliding tone in the middle of a second of near silence.
fn word() -> Vec<f32> {
    (0..16_000)
        .map(|i| {
            let loud = if (4_000..12_000).contains(&i) {
                0.5
            } else {
                0.0005
            };
            let t = i as f32 / 16_000.0;
            loud * (4_000.0 * t * (1.0 + t)).sin()
        })
        .collect()
}

#[test]
fn every_alignment_gives_finite_vectors_of_the_promised_length() {
    for align in [AlignConfig::warp(), AlignConfig::pad()] {
        let config = PipelineConfig::default().with_align(align);
        let mut pipeline = Pipeline::new(&config).unwrap();
        for samples in [word(), vec![0.0; 400], vec![1.0; 5_000]] {
            let vector = pipeline.views(&samples).unwrap();
            assert_eq!(
                vector.len(),
                pipeline.n_cuts() * pipeline.n_views() * pipeline.dim()
            );
            assert!(vector.iter().all(|v| v.is_finite()));
        }
    }
}

#[test]
fn end_points_do_not_depend_on_where_the_loudness_stands() {
    let mut config = PipelineConfig::default();
    config.cmvn = Cmvn::None;
    let first = Pipeline::new(&config).unwrap().views(&word()).unwrap();
    config.mfcc.c0_last = true;
    let last = Pipeline::new(&config).unwrap().views(&word()).unwrap();
    let (n, half) = (2 * config.mfcc.n_mfcc, config.mfcc.n_mfcc);
    // The first view: behind it stands the word's length.
    let frames = 0..32 * n;
    let frames = first[frames.clone()].chunks(n).zip(last[frames].chunks(n));
    for (first, last) in frames {
        assert_eq!((first[0], first[1]), (last[half - 1], last[0]));
    }
}

#[test]
fn the_warped_vector_hardly_depends_on_where_the_word_lies_or_how_loud_it_is() {
    let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
    let original = pipeline.views(&word()).unwrap();
    let mut later = word();
    later.rotate_right(1_600);
    later.iter_mut().for_each(|sample| *sample *= 0.5);
    let moved = pipeline.views(&later).unwrap();
    let distance =
        |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum() };
    let silence = vec![0.0; original.len()];
    assert!(distance(&original, &moved) < 0.05 * distance(&original, &silence));
}

#[test]
fn refuses_what_has_no_vector() {
    let mut pipeline = Pipeline::new(&PipelineConfig::default()).unwrap();
    assert!(matches!(
        pipeline.views(&[0.5]),
        Err(Error::TooShort {
            got: 1,
            needed: 400
        })
    ));
    let mut samples = word();
    samples[77] = f32::NAN;
    assert!(matches!(
        pipeline.views(&samples),
        Err(Error::NonFinite { index: 77 })
    ));
    let mut twice = PipelineConfig::default();
    twice.mfcc.cmvn = Cmvn::Mean;
    assert!(matches!(Pipeline::new(&twice), Err(Error::CmvnTwice)));
    for mean_prior in [-1.0, f32::NAN] {
        let mut config = PipelineConfig::default();
        config.mean_prior = mean_prior;
        assert!(matches!(
            Pipeline::new(&config),
            Err(Error::MeanPrior { .. })
        ));
    }
    let mut endless = PipelineConfig::default();
    let mut sliding = Sliding::default();
    sliding.window = usize::MAX;
    endless.cmvn = Cmvn::Sliding(sliding);
    assert!(matches!(Pipeline::new(&endless), Err(Error::Features(_))));
    let mut mels = PipelineConfig::default();
    mels.mfcc.kind = Kind::Fbank;
    assert!(matches!(Pipeline::new(&mels), Err(Error::NotCepstra)));
}
