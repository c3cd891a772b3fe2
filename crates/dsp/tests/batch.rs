//! What a caller of the batch call relies on.

use mynah_dsp::{Mfcc, MfccConfig};

fn noise(n: usize) -> Vec<f32> {
    let mut state = 1u32;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        })
        .collect()
}

#[test]
fn short_clips_have_no_frames() {
    let mut mfcc = Mfcc::new(&MfccConfig::mynah()).unwrap();
    for n in [0, 1, 399] {
        let features = mfcc.compute(&noise(n));
        assert_eq!((features.n_frames, features.n_coeffs), (0, 26));
        assert_eq!(features.rows().len(), 0);
    }
    assert_eq!(mfcc.compute(&noise(400)).n_frames, 1);
}

#[test]
fn calls_leave_nothing_behind() {
    let mut used = Mfcc::new(&MfccConfig::mynah()).unwrap();
    used.compute(&noise(5_000));
    let clip = &noise(9_000)[3_000..];
    let mut fresh = Mfcc::new(&MfccConfig::mynah()).unwrap();
    assert_eq!(used.compute(clip), fresh.compute(clip));
}

#[test]
fn rows_of_the_result() {
    let features = Mfcc::new(&MfccConfig::mynah())
        .unwrap()
        .compute(&noise(1_000));
    assert_eq!(features.data.len(), features.n_frames * features.n_coeffs);
    assert!(
        features
            .rows()
            .enumerate()
            .all(|(i, row)| row == features.row(i))
    );
}

#[test]
fn gain_shifts_only_c0() {
    let mut config = MfccConfig::mynah();
    config.delta_order = 0;
    let mut mfcc = Mfcc::new(&config).unwrap();
    let clip = noise(4_000);
    let louder: Vec<f32> = clip.iter().map(|x| 2.0 * x).collect();
    let (quiet, loud) = (mfcc.compute(&clip), mfcc.compute(&louder));
    // Energies grow by 4, so every log by ln 4, and c0 = Σ log / √40.
    let shift = 40f32.sqrt() * 4f32.ln();
    for (a, b) in quiet.rows().zip(loud.rows()) {
        assert!((b[0] - a[0] - shift).abs() < 1e-3);
        assert!(
            a[1..]
                .iter()
                .zip(&b[1..])
                .all(|(a, b)| (a - b).abs() < 1e-3)
        );
    }
}

#[test]
fn bad_samples_do_not_panic() {
    for config in [MfccConfig::mynah(), MfccConfig::kaldi()] {
        let mut mfcc = Mfcc::new(&config).unwrap();
        for bad in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN_POSITIVE] {
            let mut clip = noise(2_000);
            clip[700] = bad;
            assert_eq!(mfcc.compute(&clip).n_frames, 11);
        }
    }
}

#[test]
#[should_panic(expected = "out must hold 1 frames of 26")]
fn wrong_output_length_panics() {
    let mut mfcc = Mfcc::new(&MfccConfig::mynah()).unwrap();
    mfcc.compute_into(&[0.0; 400], &mut [0.0; 25]);
}

#[test]
fn may_cross_threads() {
    fn check<T: Send + Sync + Clone>() {}
    check::<Mfcc>();
    check::<mynah_dsp::MfccStream>();
}
