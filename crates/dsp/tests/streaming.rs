//! Any chunking gives the bits of the batch call, and a used stream is as good as new.

use mynah_dsp::{Mfcc, MfccConfig, MfccStream};
use proptest::prelude::*;

fn configs() -> Vec<MfccConfig> {
    let with = |mut config: MfccConfig, change: fn(&mut MfccConfig)| {
        change(&mut config);
        config
    };
    vec![
        MfccConfig::kaldi(),
        MfccConfig::mynah(),
        with(MfccConfig::kaldi(), |c| c.snip_edges = false),
        with(MfccConfig::kaldi(), |c| c.delta_order = 2),
        // Odd frame and hop: 401 and 159 samples.
        with(MfccConfig::kaldi(), |c| {
            (c.frame_length_ms, c.hop_length_ms) = (401.5 / 16.0, 159.5 / 16.0);
            (c.snip_edges, c.delta_order) = (false, 2);
        }),
        // Gaps between frames.
        with(MfccConfig::mynah(), |c| {
            (c.frame_length_ms, c.hop_length_ms) = (5.0, 18.0);
        }),
        with(MfccConfig::kaldi(), |c| {
            (c.frame_length_ms, c.hop_length_ms) = (5.0, 18.0);
            c.snip_edges = false;
        }),
        // The shortest hop, frames far longer than some clips.
        with(MfccConfig::mynah().with_sample_rate(1_000), |c| {
            (c.frame_length_ms, c.hop_length_ms) = (40.0, 1.0);
            (c.snip_edges, c.delta_window) = (false, 5);
        }),
    ]
}

/// Streams `clip` in blocks whose lengths repeat `blocks`.
fn run(stream: &mut MfccStream, clip: &[f32], blocks: &[usize]) -> Vec<u32> {
    let (mut out, mut rest, mut n_rows) = (Vec::new(), clip, 0);
    for &block in blocks.iter().cycle() {
        let (block, tail) = rest.split_at(block.min(rest.len()));
        n_rows += stream.push(block, &mut out);
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    n_rows += stream.finish(&mut out);
    assert_eq!(n_rows * stream.n_coeffs(), out.len());
    out.into_iter().map(f32::to_bits).collect()
}

fn clip() -> impl Strategy<Value = Vec<f32>> {
    let sample = prop_oneof![9 => -1f32..1.0, 1 => Just(0.0)];
    prop::collection::vec(sample, 0..3_000)
}

fn blocks() -> impl Strategy<Value = Vec<usize>> {
    // The trailing 1 keeps a cycle of empty blocks from going nowhere.
    prop::collection::vec(prop_oneof![0usize..4, 0usize..700], 0..20).prop_map(|mut blocks| {
        blocks.push(1);
        blocks
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_chunking_equals_batch(clip in clip(), blocks in blocks()) {
        for config in configs() {
            let batch = Mfcc::new(&config).unwrap().compute(&clip);
            let batch: Vec<u32> = batch.data.into_iter().map(f32::to_bits).collect();
            let mut stream = MfccStream::new(&config).unwrap();
            prop_assert_eq!(&run(&mut stream, &clip, &blocks), &batch);
            // `finish` left it as new.
            prop_assert_eq!(&run(&mut stream, &clip, &[clip.len()]), &batch);
        }
    }

    #[test]
    fn reset_equals_new(before in clip(), clip in clip(), blocks in blocks()) {
        for config in configs() {
            let mut used = MfccStream::new(&config).unwrap();
            used.push(&before, &mut Vec::new());
            used.reset();
            let mut new = MfccStream::new(&config).unwrap();
            prop_assert_eq!(run(&mut used, &clip, &blocks), run(&mut new, &clip, &blocks));
        }
    }
}

/// Lengths and parities where the mirror at the end reaches back furthest.
#[test]
fn every_short_length_equals_batch() {
    let clip: Vec<f32> = (0..60).map(|i| (i as f32 * 1.7).sin()).collect();
    for (frame_length_ms, hop_length_ms) in [(7.0, 4.0), (7.0, 3.0), (8.0, 4.0), (8.0, 9.0)] {
        let mut config = MfccConfig::mynah().with_sample_rate(1_000);
        (config.frame_length_ms, config.hop_length_ms) = (frame_length_ms, hop_length_ms);
        config.snip_edges = false;
        for n in 0..clip.len() {
            let batch = Mfcc::new(&config).unwrap().compute(&clip[..n]);
            let batch: Vec<u32> = batch.data.into_iter().map(f32::to_bits).collect();
            let mut stream = MfccStream::new(&config).unwrap();
            assert_eq!(run(&mut stream, &clip[..n], &[1]), batch, "{n} samples");
        }
    }
}

#[test]
fn rows_come_as_soon_as_they_can() {
    let mut stream = MfccStream::new(&MfccConfig::mynah()).unwrap();
    let mut out = Vec::new();
    // Frame 2 completes the deltas of frame 0: 400 + 2 · 160 samples.
    assert_eq!(stream.push(&[0.1; 719], &mut out), 0);
    assert_eq!(stream.push(&[0.1; 1], &mut out), 1);
    assert_eq!(stream.finish(&mut out), 2);
    assert_eq!(out.len(), 3 * stream.n_coeffs());
}
