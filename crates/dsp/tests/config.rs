//! Every refusal of a configuration says what was given and what is allowed.

use mynah_dsp::{Cmvn, ConfigError, Edges, Length, Mfcc, MfccConfig, MfccStream, Rescale, Sliding};

/// What both the batch and the streaming constructor answer.
fn refusal(change: impl FnOnce(&mut MfccConfig)) -> String {
    let mut config = MfccConfig::mynah();
    change(&mut config);
    let batch = Mfcc::<f32>::new(&config).expect_err("refused").to_string();
    let stream = MfccStream::<f32>::new(&config)
        .expect_err("refused")
        .to_string();
    assert_eq!(batch, stream);
    batch
}

#[test]
fn sample_rate() {
    assert!(refusal(|c| c.sample_rate = 0).starts_with("sample_rate is 0 Hz"));
}

#[test]
fn scales_and_floors() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refusal(|c| c.input_scale = bad).starts_with(&format!("input_scale is {bad};")));
        assert!(refusal(|c| c.log_floor = bad).starts_with(&format!("log_floor is {bad};")));
        let message = refusal(|c| c.dynamic_range = Some(bad));
        assert!(message.starts_with(&format!("dynamic_range is {bad};")));
        let rescale = Rescale {
            add: 0.0,
            divide: bad,
            clamp: false,
        };
        let message = refusal(|c| c.rescale = Some(rescale));
        assert!(message.starts_with(&format!("rescale.divide is {bad};")));
    }
}

#[test]
fn lengths() {
    type Field = fn(&mut MfccConfig) -> &mut Length;
    let fields: [(&str, Field, usize); 2] = [
        ("frame_length", |c| &mut c.frame_length, 2),
        ("hop_length", |c| &mut c.hop_length, 1),
    ];
    for (name, field, least) in fields {
        for (ms, samples) in [(0.01, 0), (-25.0, 0), (f64::NAN, 0), (1e6, 16_000_000)] {
            assert_eq!(
                refusal(|c| *field(c) = Length::Ms(ms)),
                format!(
                    "{name} is {ms}ms, which is {samples} samples; \
                     allowed are {least} to 1048576 samples"
                )
            );
        }
        let message = refusal(|c| *field(c) = Length::Samples(usize::MAX));
        assert!(message.starts_with(&format!("{name} is {}, which", usize::MAX)));
    }
    let message = refusal(|c| c.clip_length = Some(Length::Samples(0)));
    assert!(message.starts_with("clip_length is 0, which is 0 samples; allowed are 1 to"));
    // The highest rate there is must not claim memory either.
    assert!(refusal(|c| c.sample_rate = u32::MAX).starts_with("frame_length is 25ms"));
    assert!(refusal(|c| c.n_fft = Some(1)).starts_with("n_fft is 1; allowed are 2 to"));
}

#[test]
fn centred_frames_fit_their_transform() {
    let message = refusal(|c| (c.edges, c.n_fft) = (Edges::CenterZeros, Some(256)));
    assert!(message.starts_with("frame_length is 400 samples and n_fft 256;"));
}

#[test]
fn a_rate_of_its_own() {
    let config = MfccConfig::whisper().with_sample_rate(8_000);
    let message = Mfcc::<f32>::new(&config).unwrap_err().to_string();
    assert!(message.contains("8000 Hz") && message.contains("16000 Hz only"));
}

#[test]
fn preemphasis() {
    for bad in [-0.1, 1.1, f64::NAN] {
        assert_eq!(
            refusal(|c| c.preemphasis = bad),
            format!("preemphasis is {bad}; it must be from 0 (none) to 1")
        );
    }
}

#[test]
fn counts() {
    for bad in [0, 1025, usize::MAX] {
        assert_eq!(
            refusal(|c| c.n_mels = bad),
            format!("n_mels is {bad}; allowed are 1 to 1024")
        );
    }
    for bad in [0, 41, usize::MAX] {
        assert_eq!(
            refusal(|c| c.n_mfcc = bad),
            format!("n_mfcc is {bad}; allowed are 1 to 40")
        );
    }
    for bad in [3, usize::MAX] {
        assert_eq!(
            refusal(|c| c.delta_order = bad),
            format!("delta_order is {bad}; allowed are 0 to 2")
        );
    }
    for bad in [0, 101, usize::MAX] {
        assert_eq!(
            refusal(|c| c.delta_window = bad),
            format!("delta_window is {bad}; allowed are 1 to 100")
        );
    }
}

#[test]
fn mel_range() {
    let bad = [
        (-1.0, 0.0),
        (8_000.0, 0.0),
        (4_000.0, 4_000.0),
        (4_000.0, 3_000.0),
        (20.0, 8_001.0),
        (20.0, -8_000.0),
        (f64::NAN, 0.0),
        (20.0, f64::NAN),
        (20.0, f64::INFINITY),
        (20.0, f64::NEG_INFINITY),
    ];
    for (fmin, fmax) in bad {
        let message = refusal(|c| (c.fmin, c.fmax) = (fmin, fmax));
        assert!(message.starts_with(&format!("fmin is {fmin} Hz and fmax {fmax} Hz;")));
        assert!(message.contains("<= 8000 Hz"));
    }
}

#[test]
fn lifter() {
    for bad in [-22.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            refusal(|c| c.lifter = bad),
            format!("lifter is {bad}; it must be 0 (none) or positive and finite")
        );
        assert!(refusal(|c| c.energy_floor = bad).starts_with("energy_floor is"));
    }
}

#[test]
fn sliding_windows() {
    let with = |window, min_window| {
        let mut sliding = Sliding::default();
        (sliding.window, sliding.min_window) = (window, min_window);
        refusal(|c| c.cmvn = Cmvn::Sliding(sliding))
    };
    assert!(with(0, 1).starts_with("cmvn.sliding.window is 0;"));
    assert!(with(20, 21).starts_with("cmvn.sliding.min_window is 21; allowed are 1 to 20"));
}

#[test]
fn a_stream_says_what_needs_the_whole_clip() {
    type Change = fn(&mut MfccConfig);
    let changes: [(&str, Change); 5] = [
        ("cmvn", |c| c.cmvn = Cmvn::Mean),
        ("cmvn", |c| c.cmvn = Cmvn::MeanVariance),
        ("dynamic_range", |c| c.dynamic_range = Some(80.0)),
        ("peak_normalize", |c| c.peak_normalize = true),
        ("normalize_energy", |c| {
            (c.use_energy, c.normalize_energy) = (true, true);
        }),
    ];
    for (name, change) in changes {
        let mut config = MfccConfig::mynah();
        change(&mut config);
        assert!(Mfcc::<f32>::new(&config).is_ok());
        match MfccStream::<f32>::new(&config).unwrap_err() {
            ConfigError::NeedsWholeClip { field, .. } => assert_eq!(field, name),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    let mut config = MfccConfig::mynah();
    config.sample_rate = 1000;
    config.frame_length = Length::Ms(2.0);
    config.hop_length = Length::Samples(1);
    config.n_mels = 1024;
    config.n_mfcc = 1024;
    config.delta_window = 100;
    config.preemphasis = 1.0;
    (config.fmin, config.fmax) = (0.0, 500.0);
    let features = Mfcc::<f32>::new(&config)
        .unwrap()
        .compute(&[0.5, -0.5, 0.25])
        .unwrap();
    assert_eq!(features.n_frames, 2);
    assert!(features.data.iter().all(|x| x.is_finite()));
}

#[cfg(feature = "serde")]
#[test]
fn files_with_unknown_or_missing_fields_are_refused() {
    use serde::Deserialize;
    use serde::de::value::{Error, MapDeserializer};

    let refusal = |fields: &[(&'static str, u32)]| {
        let fields = MapDeserializer::<_, Error>::new(fields.iter().copied());
        MfccConfig::deserialize(fields).unwrap_err().to_string()
    };
    assert!(refusal(&[("sample_rate", 8_000)]).contains("missing field `kind`"));
    assert!(refusal(&[("fft", 512)]).contains("unknown field `fft`"));
}
