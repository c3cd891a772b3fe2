//! What is in a corpus, a model, a recording.

mod common;

use std::fs;

use common::{RATE, WORDS, Workshop, wav};

#[test]
fn inspect_shows_a_corpus() {
    let shop = Workshop::new();
    shop.folders("words");
    fs::copy(
        shop.path("words/ala/ada_nohash_0.wav"),
        shop.path("words/uni/copy.wav"),
    )
    .unwrap();
    shop.write(
        "words/_background_noise_/hum.wav",
        wav(&[0.001; 8_000], RATE),
    );
    shop.write("words/uni/long.wav", wav(&[0.01; 16_000], 16_000));
    let card = shop.json("inspect words");
    assert_eq!(
        (&card["kind"], &card["layout"]),
        (&"corpus".into(), &"folders".into())
    );
    assert_eq!(
        (&card["n_clips"], &card["n_broken"]),
        (&62.into(), &0.into())
    );
    assert_eq!(
        card["words"],
        serde_json::json!({"ala": 20, "bebo": 20, "uni": 22})
    );
    assert_eq!(card["speakers"].as_object().unwrap().len(), 5);
    assert_eq!(
        (&card["speakers"]["eve"], &card["n_without_speaker"]),
        (&12.into(), &2.into())
    );
    assert_eq!(
        card["sample_rates"],
        serde_json::json!({"8000": 61, "16000": 1})
    );
    assert_eq!(card["n_background"], 1);
    let seconds = |name: &str| card["seconds"][name].as_f64().unwrap();
    assert_eq!(
        (seconds("min"), seconds("median"), seconds("max")),
        (0.35, 0.35, 1.0)
    );
    assert!((seconds("total") - (61.0 * 0.35 + 1.0)).abs() < 1e-9);
    let copies = serde_json::json!([["words/ala/ada_nohash_0.wav", "words/uni/copy.wav"]]);
    assert_eq!(card["duplicates"], copies);

    let text = shop.mynah("inspect words").succeeds().quietly().stdout;
    for expected in [
        "words: corpus (one folder per word), 62 clips, 0 broken",
        "8000 Hz: 61",
        "uni 22",
        "eve 12",
        "words/ala/ada_nohash_0.wav = words/uni/copy.wav",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

#[test]
fn inspect_shows_a_model_and_a_recording() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let model = shop.json("inspect w.mynah");
    assert_eq!(
        (&model["kind"], &model["bytes"]),
        (&"model".into(), &shop.read("w.mynah").len().into())
    );
    assert_eq!(model["labels"], serde_json::json!(WORDS));
    assert_eq!(model["provenance"]["n_clips"], 60);
    let text = shop.mynah("inspect w.mynah").succeeds().quietly().stdout;
    for expected in [
        "ala, bebo, uni",
        "8000 Hz",
        "taught, split all: 60 clips, 5 speakers",
        "mynah train taught",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }

    shop.write("half.wav", wav(&[0.5, -0.5].repeat(2_000), RATE));
    let card = shop.json("inspect half.wav");
    assert_eq!(
        (&card["kind"], &card["sample_rate"]),
        (&"audio".into(), &RATE.into())
    );
    assert_eq!(card["seconds"], 0.5);
    assert!((card["peak"].as_f64().unwrap() - 0.5).abs() < 1e-3);
    assert!((card["rms"].as_f64().unwrap() - 0.5).abs() < 1e-3);
    let text = shop.mynah("inspect half.wav").succeeds().stdout;
    assert!(
        text.contains("0.500 s at 8000 Hz, peak 0.500, level -6.0 dB"),
        "{text}"
    );
}
