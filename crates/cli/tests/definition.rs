//! Which features: presets, what is changed of them, both float types, streaming, and the definition in words.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, Workshop, say, wav};
use mynah::dsp::{Cmvn, Kind, Mfcc, MfccConfig};
use serde_json::Value;

fn shop() -> (Workshop, Vec<f32>) {
    let shop = Workshop::new();
    let bytes = wav(&say("uni", "dan", 3, 16_000), 16_000);
    let audio = mynah_audio::decode(&bytes, mynah_audio::Channel::Mix).unwrap();
    shop.write("a.wav", bytes);
    (shop, audio.samples)
}

/// What a run of `features a.wav` with these flags writes.
fn features(shop: &Workshop, flags: &str) -> Vec<Vec<f64>> {
    shop.mynah(&format!("features a.wav -o f.jsonl {flags}"))
        .succeeds();
    let line: Value = serde_json::from_slice(&shop.read("f.jsonl")).unwrap();
    serde_json::from_value(line["features"].clone()).unwrap()
}

fn expected(config: &MfccConfig, samples: &[f32]) -> Vec<Vec<f64>> {
    let samples: Vec<f64> = samples.iter().map(|&s| f64::from(s)).collect();
    let found = Mfcc::<f64>::new(config).unwrap().compute(&samples).unwrap();
    found.rows().map(<[f64]>::to_vec).collect()
}

#[test]
fn every_preset_in_either_type() {
    let (shop, samples) = shop();
    let wide: Vec<f64> = samples.iter().map(|&s| f64::from(s)).collect();
    for (name, preset) in MfccConfig::PRESETS {
        let mut config = preset();
        let flags = match config.only_rate {
            Some(rate) if rate != 16_000 => continue,
            _ => format!("--preset {name}"),
        };
        config.sample_rate = 16_000;
        let single = Mfcc::<f32>::new(&config).unwrap().compute(&samples);
        let double = Mfcc::<f64>::new(&config).unwrap().compute(&wide);
        let (Ok(single), Ok(double)) = (single, double) else {
            shop.mynah(&format!("features a.wav -o f.npy {flags}"))
                .ends_with(3);
            continue;
        };
        let found = features(&shop, &format!("{flags} --dtype f64"));
        assert!(found.concat() == double.data, "{name}");
        let found = features(&shop, &flags).concat();
        let found: Vec<f32> = found.into_iter().map(|x| x as f32).collect();
        assert!(found == single.data, "{name}");
    }
    for dtype in ["f32", "f64"] {
        shop.mynah(&format!("features a.wav -o f.npy --dtype {dtype}"))
            .succeeds();
        let head = String::from_utf8_lossy(&shop.read("f.npy")[..60]).into_owned();
        assert!(head.contains(&format!("'<f{}'", if dtype == "f32" { 4 } else { 8 })));
    }
    shop.mynah("features a.wav -o f.htk --dtype f64")
        .ends_with(2)
        .says("ask for f32");
}

/// Who comes from Kaldi or librosa writes what they know.
#[test]
fn other_tools_names_for_options() {
    let explained = |sets: &str| {
        let shop = Workshop::new();
        let sets: String = sets.split(' ').map(|set| format!(" --set {set}")).collect();
        let run = shop.mynah(&format!("features --preset kaldi --explain{sets}"));
        run.succeeds().stdout
    };
    let pairs = [
        ("snip_edges=false", "edges=mirror"),
        ("snip-edges=true", "edges=snip"),
        ("htk_compat=true", "c0_last=true dct=htk"),
        ("raw_energy=false", "energy_of=windowed"),
        ("num_mel_bins=40 num_ceps=40", "n_mels=40 n_mfcc=40"),
        ("low_freq=40 high_freq=-400", "fmin=40 fmax=-400"),
        ("window_type=hanning", "window=hann"),
        (
            "remove_dc_offset=false preemph_coeff=0",
            "remove_dc=false preemphasis=0",
        ),
        ("cepstral_lifter=0 top_db=80", "lifter=0 dynamic_range=80"),
        ("win_length=20ms", "frame_length=20ms"),
    ];
    for (theirs, ours) in pairs {
        let text = explained(theirs);
        assert_eq!(text, explained(ours), "{theirs}");
        for set in ours.split(' ') {
            assert!(text.contains(set), "{set} in {text}");
        }
    }
    assert!(explained("cmvn=sliding").contains("each frame and 600 before it"));
    assert_eq!(explained("dither=0"), explained("use_energy=true"));
    let shop = Workshop::new();
    let explain = |flags: &str| shop.mynah(&format!("features --explain --preset {flags}"));
    explain("kaldi --set hires=true")
        .ends_with(2)
        .says("--preset kaldi-hires");
    explain("kaldi --set use_energy=yes")
        .ends_with(2)
        .says("now it is true");
    explain("kaldi --set frame_length=0.025")
        .ends_with(2)
        .says("25ms");
    explain("kaldi --set frame_length=25")
        .succeeds()
        .says("1.6 ms");
    explain("kaldi --n-mels 1000").succeeds().says("too narrow");
    explain("kaldi --set fmax=9000")
        .ends_with(2)
        .says("8000 Hz");
    // Kaldi's fbank has no energy unless asked for; librosa's window is as long as the transform.
    assert!(
        explain("kaldi --kind fbank")
            .succeeds()
            .stdout
            .contains("23 values: mel0")
    );
    let energy = explain("kaldi --kind fbank --set use_energy=true").succeeds();
    assert!(energy.stdout.contains("24 values: energy, mel0"));
    let librosa = explain("librosa --set n_fft=512 --set hop_length=160").succeeds();
    assert!(librosa.stdout.contains("512 samples every 160"));
}

#[test]
fn any_field_is_changed() {
    let (shop, samples) = shop();
    let mut config = MfccConfig::kaldi();
    config.n_mels = 30;
    config.n_mfcc = 20;
    config.delta_order = 2;
    config.cmvn = Cmvn::MeanVariance;
    config.use_energy = false;
    let flags = "--preset kaldi --n-mels 30 --n-mfcc 20 --deltas 2 --set cmvn=mean-variance --set use_energy=false";
    let found = features(&shop, &format!("{flags} --dtype f64"));
    assert!(found == expected(&config, &samples));
    config.kind = Kind::Fbank;
    let found = features(&shop, &format!("{flags} --kind fbank --dtype f64"));
    assert!(found == expected(&config, &samples));
    for (flags, said) in [
        (
            "--set n_mel=3",
            "--set n_mel: there is no such key; --explain shows them",
        ),
        ("--set n_mels", "write KEY=VALUE"),
        (
            "--set cmvn=median",
            "unknown variant `median`, expected one of",
        ),
        ("--set n_mels=many", "--set n_mels=many: invalid type"),
        ("--set n_mels=9999", "n_mels"),
        ("--set sample_rate=8000", "--sample-rate"),
        ("--preset kaldy", "[possible values: mynah, kaldi, "),
        ("--sample-rate 8000 --set fmax=7000", "7000"),
    ] {
        shop.mynah(&format!("features a.wav -o x.npy {flags}"))
            .ends_with(2)
            .says(said);
    }
    assert!(!shop.path("x.npy").exists());
}

#[test]
fn the_definition_in_words_needs_no_recordings() {
    let (shop, _) = shop();
    for (name, preset) in MfccConfig::PRESETS {
        let run = shop
            .mynah(&format!("features --preset {name} --explain"))
            .succeeds();
        assert!(
            run.stdout.starts_with(preset().explain().trim_end()),
            "{name}"
        );
    }
    let run = shop
        .mynah("features --explain --sample-rate 8000 --set n_mels=25")
        .succeeds();
    let mut config = MfccConfig::mynah().with_sample_rate(RATE);
    config.n_mels = 25;
    assert!(run.stdout.starts_with(config.explain().trim_end()));
    assert!(run.stdout.contains("\n  n_mels=25\n"));
    shop.mynah("features a.wav").ends_with(2);
}

#[test]
fn a_stream_gives_the_same_or_says_what_it_would_need() {
    let (shop, _) = shop();
    for (name, preset) in MfccConfig::PRESETS {
        if preset().only_rate.is_some_and(|rate| rate != 16_000) {
            continue;
        }
        let line = format!("features a.wav -o f.npy --preset {name}");
        if shop.mynah(&line).status != 0 {
            continue;
        }
        let whole = shop.read("f.npy");
        let run = shop.mynah(&format!("{line} --stream"));
        if mynah::dsp::MfccStream::<f32>::new(&preset()).is_ok() {
            run.succeeds();
            assert!(shop.read("f.npy") == whole, "{name}");
        } else {
            run.ends_with(2)
                .says("--stream: ")
                .says("which a stream has not heard yet");
        }
    }
    let run = shop
        .mynah("features a.wav -o f.npy --set cmvn=mean --stream")
        .ends_with(2);
    run.says("cmvn takes the mean over the clip");
}
