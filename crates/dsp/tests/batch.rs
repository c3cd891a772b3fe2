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
    let mut mfcc = Mfcc::<f32>::new(&MfccConfig::mynah()).unwrap();
    for n in [0, 1, 399] {
        let features = mfcc.compute(&noise(n)).unwrap();
        assert_eq!((features.n_frames, features.n_coeffs), (0, 26));
        assert_eq!(features.rows().len(), 0);
    }
    assert_eq!(mfcc.compute(&noise(400)).unwrap().n_frames, 1);
}

#[test]
fn calls_leave_nothing_behind() {
    let mut used = Mfcc::<f32>::new(&MfccConfig::mynah()).unwrap();
    used.compute(&noise(5_000)).unwrap();
    let clip = &noise(9_000)[3_000..];
    let mut fresh = Mfcc::<f32>::new(&MfccConfig::mynah()).unwrap();
    assert_eq!(used.compute(clip).unwrap(), fresh.compute(clip).unwrap());
}

#[test]
fn rows_of_the_result() {
    let features = Mfcc::<f32>::new(&MfccConfig::mynah())
        .unwrap()
        .compute(&noise(1_000))
        .unwrap();
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
    let mut mfcc = Mfcc::<f32>::new(&config).unwrap();
    let clip = noise(4_000);
    let louder: Vec<f32> = clip.iter().map(|x| 2.0 * x).collect();
    let (quiet, loud) = (mfcc.compute(&clip).unwrap(), mfcc.compute(&louder).unwrap());
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
        let mut mfcc = Mfcc::<f32>::new(&config).unwrap();
        for bad in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN_POSITIVE] {
            let mut clip = noise(2_000);
            clip[700] = bad;
            assert_eq!(mfcc.compute(&clip).unwrap().n_frames, 11);
        }
    }
}

#[test]
#[should_panic(expected = "out must hold 1 frames of 26")]
fn wrong_output_length_panics() {
    let mut mfcc = Mfcc::<f32>::new(&MfccConfig::mynah()).unwrap();
    let _ = mfcc.compute_into(&[0.0; 400], &mut [0.0; 25]);
}

#[test]
fn may_cross_threads() {
    fn check<T: Send + Sync + Clone>() {}
    check::<Mfcc>();
    check::<mynah_dsp::MfccStream>();
}

/// Each preset keeps its tool's rule; the smallest clip that it takes is the one its refusal names.
#[test]
fn what_each_preset_says_of_short_clips() {
    use mynah_dsp::ClipError;

    let least = [
        ("mynah", Ok(0)),
        ("kaldi", Ok(0)),
        ("kaldi-hires", Ok(0)),
        ("torchaudio-kaldi", Err(400)),
        ("torchaudio", Err(201)),
        ("librosa", Ok(1)),
        ("psf", Err(1)),
        ("htk", Err(409)),
        ("tf-signal", Err(400)),
        ("mlperf-tiny", Ok(49)),
        ("mlperf-tiny-lfbe", Ok(49)),
        ("tf-audio-ops", Ok(0)),
        ("speech-commands", Ok(98)),
        ("opensmile", Err(400)),
        ("spafe", Err(400)),
        ("whisper", Err(201)),
    ];
    assert_eq!(
        least.map(|(name, _)| name)[..],
        MfccConfig::PRESETS.iter().map(|p| p.0).collect::<Vec<_>>()
    );
    for (name, expected) in least {
        let mut mfcc = Mfcc::<f32>::new(&MfccConfig::preset(name).unwrap()).unwrap();
        match expected {
            Ok(n_frames) => assert_eq!(mfcc.compute(&[]).unwrap().n_frames, n_frames, "{name}"),
            Err(needed) => {
                let clip = noise(needed);
                for got in [0, needed - 1] {
                    let refusal = mfcc.compute(&clip[..got]).unwrap_err();
                    assert_eq!(refusal, ClipError::TooShort { got, needed }, "{name}");
                }
                assert!(mfcc.compute(&clip).unwrap().n_frames > 0, "{name}");
            }
        }
    }
}

#[test]
fn silence_has_no_peak_to_divide_by() {
    let mut mfcc = Mfcc::<f32>::new(&MfccConfig::mlperf_tiny()).unwrap();
    let refusal = mfcc.compute(&[0.0; 8_000]).unwrap_err();
    assert_eq!(refusal, mynah_dsp::ClipError::NoPeak);
}

/// The first pass over a clip must not show in the next.
#[test]
fn a_limited_range_is_that_of_each_clip() {
    let mut config = MfccConfig::librosa();
    config.dynamic_range = Some(20.0);
    let mut used = Mfcc::<f64>::new(&config).unwrap();
    let clip: Vec<f64> = noise(5_000).iter().map(|&x| 1e-3 * f64::from(x)).collect();
    let loud: Vec<f64> = clip.iter().map(|x| 1e3 * x).collect();
    used.compute(&loud).unwrap();
    let mut fresh = Mfcc::<f64>::new(&config).unwrap();
    assert_eq!(used.compute(&clip), fresh.compute(&clip));
}

/// HTK's ENORMALISE: the loudest frame has 1.
#[test]
fn energies_measured_from_the_loudest() {
    // Loud, then 20 dB below, then nothing.
    let gains = [1.0, 0.1, 0.0].into_iter().flat_map(|gain| [gain; 5_000]);
    let clip = noise(15_000);
    let samples: Vec<f64> = clip
        .iter()
        .zip(gains)
        .map(|(&x, gain)| gain * f64::from(x))
        .collect();
    let mut config = MfccConfig::htk();
    config.use_energy = true;
    let features = Mfcc::<f64>::new(&config)
        .unwrap()
        .compute(&samples)
        .unwrap();
    let energies: Vec<f64> = features.rows().map(|row| row[12]).collect();
    let max = energies.iter().copied().fold(f64::MIN, f64::max);
    assert_eq!(max, 1.0);
    let quiet = energies[45];
    // 20 dB are ln 100, and a tenth of that.
    assert!((1.0 - quiet - 0.1 * 100f64.ln()).abs() < 0.05, "{quiet}");
    assert!((energies[90] - (1.0 - 0.5 * 10f64.ln())).abs() < 1e-9);
    // Log mel energies keep theirs; the energy stands behind them, and the mels are left alone.
    config = config.fbank();
    let plain = Mfcc::<f64>::new(&config)
        .unwrap()
        .compute(&samples)
        .unwrap();
    config.use_energy = true;
    let with_energy = Mfcc::<f64>::new(&config)
        .unwrap()
        .compute(&samples)
        .unwrap();
    assert_eq!(with_energy.n_coeffs, 21);
    for ((plain, row), energy) in plain.rows().zip(with_energy.rows()).zip(energies) {
        assert_eq!((&row[..20], row[20]), (plain, energy));
    }
}

#[test]
fn speech_commands_are_one_second_of_the_audio_ops() {
    let compute = |config: &MfccConfig, clip: &[f32]| {
        Mfcc::<f32>::new(config).unwrap().compute(clip).unwrap()
    };
    for n in [0, 7_000, 16_000, 20_000] {
        let clip = noise(n);
        let mut second = clip.clone();
        second.resize(16_000, 0.0);
        assert_eq!(
            compute(&MfccConfig::speech_commands(), &clip),
            compute(&MfccConfig::tf_audio_ops(), &second)
        );
    }
}
