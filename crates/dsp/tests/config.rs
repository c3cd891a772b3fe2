//! Every refusal of a configuration says what was given and what is allowed.

use mynah_dsp::{Cmvn, ConfigError, Mfcc, MfccConfig, MfccStream};

/// What both the batch and the streaming constructor answer.
fn refusal(change: impl FnOnce(&mut MfccConfig)) -> String {
    let mut config = MfccConfig::mynah();
    change(&mut config);
    let batch = Mfcc::new(&config).expect_err("refused").to_string();
    let stream = MfccStream::new(&config).expect_err("refused").to_string();
    assert_eq!(batch, stream);
    batch
}

#[test]
fn sample_rate() {
    assert!(refusal(|c| c.sample_rate = 0).starts_with("sample_rate is 0 Hz"));
}

#[test]
fn scales_and_floors() {
    for bad in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(refusal(|c| c.input_scale = bad).starts_with(&format!("input_scale is {bad};")));
        assert!(refusal(|c| c.log_floor = bad).starts_with(&format!("log_floor is {bad};")));
    }
}

#[test]
fn frame_and_hop() {
    for (ms, samples) in [(0.1, 1), (-25.0, 0), (f32::NAN, 0), (1e6, 16_000_000)] {
        assert_eq!(
            refusal(|c| c.frame_length_ms = ms),
            format!(
                "frame_length_ms is {ms} ms, which is {samples} samples; \
                 allowed are 2 to 1048576 samples"
            )
        );
    }
    for (ms, samples) in [(0.01, 0), (-10.0, 0), (f32::NAN, 0), (1e6, 16_000_000)] {
        assert_eq!(
            refusal(|c| c.hop_length_ms = ms),
            format!(
                "hop_length_ms is {ms} ms, which is {samples} samples; \
                 allowed are 1 to 1048576 samples"
            )
        );
    }
    // The highest rate there is must not claim memory either.
    assert!(refusal(|c| c.sample_rate = u32::MAX).starts_with("frame_length_ms is 25 ms"));
    assert!(refusal(|c| c.frame_length_ms = f32::INFINITY).starts_with("frame_length_ms is inf"));
}

#[test]
fn preemphasis() {
    for bad in [-0.1, 1.1, f32::NAN] {
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
            format!("n_mfcc is {bad}; allowed are 1 to 40, the number of mel filters")
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
            format!("delta_window is {bad} frames; allowed are 1 to 100")
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
        (f32::NAN, 0.0),
        (20.0, f32::NAN),
        (20.0, f32::INFINITY),
        (20.0, f32::NEG_INFINITY),
    ];
    for (fmin, fmax) in bad {
        let message = refusal(|c| (c.fmin, c.fmax) = (fmin, fmax));
        assert!(message.starts_with(&format!("fmin is {fmin} Hz and fmax {fmax} Hz;")));
        assert!(message.contains("<= 8000 Hz"));
    }
}

#[test]
fn lifter() {
    for bad in [-22.0, f32::NAN, f32::INFINITY] {
        assert_eq!(
            refusal(|c| c.lifter = bad),
            format!("lifter is {bad}; it must be 0 (none) or positive and finite")
        );
    }
}

#[test]
fn no_cmvn_in_a_stream() {
    for cmvn in [Cmvn::Mean, Cmvn::MeanVariance] {
        let mut config = MfccConfig::mynah();
        config.cmvn = cmvn;
        assert!(Mfcc::new(&config).is_ok());
        let error = MfccStream::new(&config).unwrap_err();
        assert_eq!(error, ConfigError::CmvnInStream { got: cmvn });
        assert!(error.to_string().contains("needs the whole clip"));
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    let mut config = MfccConfig::mynah();
    config.sample_rate = 1000;
    config.frame_length_ms = 2.0;
    config.hop_length_ms = 1.0;
    config.n_mels = 1024;
    config.n_mfcc = 1024;
    config.delta_window = 100;
    config.preemphasis = 1.0;
    (config.fmin, config.fmax) = (0.0, 500.0);
    let features = Mfcc::new(&config).unwrap().compute(&[0.5, -0.5, 0.25]);
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
    assert!(refusal(&[("sample_rate", 8_000)]).contains("missing field `input_scale`"));
    assert!(refusal(&[("n_fft", 512)]).contains("unknown field `n_fft`"));
}
