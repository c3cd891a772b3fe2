//! Any chunking gives the bits of the batch call, and a used stream is as good as new.

use mynah_dsp::{
    Cmvn, CmvnOver, DeltaRule, Edges, Length, Mfcc, MfccConfig, MfccStream, Preemphasis, Sliding,
};
use proptest::prelude::*;

fn configs() -> Vec<MfccConfig> {
    let with = |mut config: MfccConfig, change: fn(&mut MfccConfig)| {
        change(&mut config);
        config
    };
    let sliding = |center, over| {
        let mut sliding = Sliding::default();
        (sliding.window, sliding.min_window, sliding.center) = (5, 3, center);
        let mut config = MfccConfig::mynah();
        (config.cmvn, config.cmvn_over) = (Cmvn::Sliding(sliding), over);
        config
    };
    fn ms(config: &mut MfccConfig, frame: f64, hop: f64) {
        (config.frame_length, config.hop_length) = (Length::Ms(frame), Length::Ms(hop));
    }
    // What needs the whole clip is turned off, so that every preset's framing is tried.
    let presets = MfccConfig::PRESETS.iter().map(|(_, preset)| {
        with(preset(), |c| {
            (c.dynamic_range, c.peak_normalize, c.normalize_energy) = (None, false, false);
            // Short ones do for the proof.
            c.clip_length = c.clip_length.map(|_| Length::Samples(2_000));
        })
    });
    presets
        .chain([
            with(MfccConfig::kaldi(), |c| c.edges = Edges::Mirror),
            with(MfccConfig::kaldi(), |c| c.delta_order = 2),
            // Odd frame and hop: 401 and 159 samples.
            with(MfccConfig::kaldi(), |c| {
                (c.frame_length, c.hop_length) = (Length::Samples(401), Length::Samples(159));
                (c.edges, c.delta_order) = (Edges::Mirror, 2);
            }),
            // Gaps between frames.
            with(MfccConfig::mynah(), |c| ms(c, 5.0, 18.0)),
            with(MfccConfig::kaldi(), |c| {
                ms(c, 5.0, 18.0);
                c.edges = Edges::Mirror;
            }),
            with(MfccConfig::torchaudio(), |c| {
                (c.dynamic_range, c.hop_length) = (None, Length::Samples(700));
                c.edges = Edges::CenterReflectDropLast;
            }),
            // The shortest hop, frames far longer than some clips.
            with(MfccConfig::mynah().with_sample_rate(1_000), |c| {
                ms(c, 40.0, 1.0);
                (c.edges, c.delta_window) = (Edges::Mirror, 5);
            }),
            with(MfccConfig::mynah(), |c| {
                (c.delta_rule, c.delta_order) = (DeltaRule::Htk, 2);
            }),
            with(MfccConfig::mynah(), |c| {
                (c.delta_rule, c.delta_order, c.delta_window) = (DeltaRule::Librosa, 2, 2);
            }),
            sliding(false, CmvnOver::Rows),
            sliding(true, CmvnOver::Rows),
            sliding(false, CmvnOver::Statics),
            sliding(true, CmvnOver::Statics),
        ])
        .collect()
}

/// Bits of the rows, or why there are none.
type Rows = Result<Vec<u32>, mynah_dsp::ClipError>;

fn batch(config: &MfccConfig, clip: &[f32]) -> Rows {
    let features = Mfcc::<f32>::new(config)
        .expect("a sound configuration")
        .compute(clip)?;
    Ok(features.data.into_iter().map(f32::to_bits).collect())
}

/// Streams `clip` in blocks whose lengths repeat `blocks`.
fn run(stream: &mut MfccStream, clip: &[f32], blocks: &[usize]) -> Rows {
    let (mut out, mut rest, mut n_rows) = (Vec::new(), clip, 0);
    for &block in blocks.iter().cycle() {
        let (block, tail) = rest.split_at(block.min(rest.len()));
        n_rows += stream.push(block, &mut out);
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    n_rows += stream.finish(&mut out)?;
    assert_eq!(n_rows * stream.n_coeffs(), out.len());
    Ok(out.into_iter().map(f32::to_bits).collect())
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
            let batch = batch(&config, &clip);
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
    let edges = [
        Edges::Snip,
        Edges::SnipTransform,
        Edges::Mirror,
        Edges::CenterZeros,
        Edges::CenterReflect,
        Edges::CenterReflectDropLast,
        Edges::PadEnd,
    ];
    let lengths = [(7, 4), (7, 3), (8, 4), (8, 9), (3, 8), (7, 20)];
    for (edges, (frame, hop), n_fft, over) in edges
        .into_iter()
        .flat_map(|e| lengths.map(|l| (e, l)))
        .flat_map(|(e, l)| [8, 11].map(|n_fft| (e, l, n_fft)))
        .flat_map(|(e, l, n)| [Preemphasis::Frame, Preemphasis::Clip].map(|over| (e, l, n, over)))
    {
        let mut config = MfccConfig::mynah().with_sample_rate(1_000);
        (config.frame_length, config.hop_length) = (Length::Samples(frame), Length::Samples(hop));
        (config.edges, config.n_fft) = (edges, Some(n_fft));
        config.preemphasis_over = over;
        for n in 0..clip.len() {
            let batch = batch(&config, &clip[..n]);
            let mut stream = MfccStream::new(&config).unwrap();
            assert_eq!(
                run(&mut stream, &clip[..n], &[1]),
                batch,
                "{n} samples, {edges:?}"
            );
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
    assert_eq!(stream.finish(&mut out), Ok(2));
    assert_eq!(out.len(), 3 * stream.n_coeffs());
}
