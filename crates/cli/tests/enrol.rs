//! A keyword from a handful of recordings.

mod common;

use common::{RATE, Workshop, wav};

/// The takes of a word by one speaker, as files.
fn takes(shop: &Workshop, word: &str, n: usize) -> String {
    (0..n)
        .map(|take| {
            let name = format!("{word}{take}.wav");
            shop.write(&name, wav(&common::say(word, "bob", take, RATE), RATE));
            name
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_keyword_is_enrolled_and_recognised() {
    let shop = Workshop::new();
    let files = takes(&shop, "ala", 4);
    let report = shop.json(&format!("enrol ala {files} -o m.mynah"));
    assert_eq!(
        (
            &report["n_recordings"],
            &report["n_used"],
            &report["keyword"]
        ),
        (&4.into(), &4.into(), &"ala".into())
    );
    assert_eq!(report["held_back"]["n_recordings"], 4);
    assert!(report["held_back"]["hours"].as_f64().unwrap() > 0.0);
    // Takes it has not heard, of another voice too, and another word.
    for (word, speaker) in [("ala", "bob"), ("ala", "cyd"), ("uni", "bob")] {
        shop.write("new.wav", wav(&common::say(word, speaker, 7, RATE), RATE));
        let said = shop.json("classify m.mynah new.wav")["label"].clone();
        assert_eq!(said == "ala", word == "ala", "{word} by {speaker}: {said}");
    }
    let again = shop.json(&format!("enrol ala {files} -o n.mynah --threads 1"));
    assert_eq!(again["threshold"], report["threshold"]);
    assert_eq!(shop.read("m.mynah"), shop.read("n.mynah"));
    let text = shop
        .mynah(&format!("enrol ala {files} -o m.mynah"))
        .succeeds();
    for part in [
        "4 of 4 recordings",
        "how sure",
        "next: mynah listen m.mynah",
    ] {
        assert!(text.stdout.contains(part), "{}", text.stdout);
    }
    let card = shop.mynah("inspect m.mynah").succeeds().stdout;
    let threshold = report["threshold"].as_f64().unwrap();
    for part in [
        "taught by   4 recordings".to_string(),
        format!("spots       ala from a score of {threshold:.3}"),
    ] {
        assert!(card.contains(&part), "{card}");
    }
    let card = shop.json("inspect m.mynah");
    assert_eq!(card["spotting"]["thresholds"][2], report["threshold"]);
    shop.has_no_parts();
}

#[test]
fn another_keyword_joins_a_model() {
    let shop = Workshop::new();
    let (ala, uni) = (takes(&shop, "ala", 4), takes(&shop, "uni", 4));
    shop.mynah(&format!("enrol ala {ala} -o m.mynah"))
        .succeeds();
    let report = shop.json(&format!("enrol uni {uni} --add-to m.mynah -o both.mynah"));
    let labels = report["labels"].as_array().unwrap();
    assert!(
        ["ala", "uni", "_unknown_", "_silence_"]
            .iter()
            .all(|label| labels.contains(&(*label).into()))
    );
    for word in ["ala", "uni"] {
        shop.write("new.wav", wav(&common::say(word, "bob", 7, RATE), RATE));
        assert_eq!(shop.json("classify both.mynah new.wav")["label"], word);
    }
    // In place too.
    shop.mynah(&format!("enrol uni {uni} --add-to m.mynah -o m.mynah"))
        .succeeds();
    assert_eq!(shop.read("m.mynah"), shop.read("both.mynah"));
    shop.mynah(&format!("enrol uni {uni} --add-to m.mynah -o m.mynah"))
        .ends_with(2)
        .says("knows \"uni\" already");
    shop.mynah(&format!("enrol Uni {uni} --add-to m.mynah -o three.mynah"))
        .succeeds()
        .says("\"uni\", which the model knows, is another keyword than \"Uni\"");
    shop.mynah("forget m.mynah uni -o words.wav")
        .ends_with(2)
        .says("has the name of a recording");
}

#[test]
fn recordings_that_are_not_fit_are_named_and_left_out() {
    let shop = Workshop::new();
    let files = takes(&shop, "ala", 4);
    shop.write("other.wav", wav(&common::say("uni", "bob", 0, RATE), RATE));
    let mut noise = common::Noise(3);
    let even: Vec<f32> = (0..RATE).map(|_| noise.next()).collect();
    shop.write("even.wav", wav(&even, RATE));
    shop.write("silent.wav", wav(&[0.0; 8_000], RATE));
    shop.write("broken.wav", b"RIFF");
    let clipped: Vec<f32> = common::say("ala", "bob", 5, RATE)
        .iter()
        .map(|x| 20.0 * x)
        .collect();
    shop.write("clipped.wav", wav(&clipped, RATE));
    let quiet: Vec<f32> = common::say("ala", "bob", 6, RATE)
        .iter()
        .map(|x| 0.02 * x)
        .collect();
    shop.write("quiet.wav", wav(&quiet, RATE));
    shop.write("long.wav", wav(&[0.1; 21 * 8_000], RATE));
    let bad = "other.wav even.wav silent.wav broken.wav clipped.wav quiet.wav long.wav missing.wav";
    shop.mynah(&format!("enrol ala {files} {bad} -o m.mynah"))
        .ends_with(1)
        .says("other.wav: unlike the others")
        .says("even.wav: nothing stands out")
        .says("silent.wav: is silent")
        .says("broken.wav")
        .says("note: clipped.wav: too loud")
        .says("note: quiet.wav: very quiet")
        .says("long.wav: is 21 s long")
        .says("missing.wav")
        .says("6 inputs were skipped");
    shop.mynah(&format!("enrol ala {files} silent.wav -o s.mynah --strict"))
        .ends_with(3);
    assert!(!shop.path("s.mynah").exists());
}

#[test]
fn what_cannot_be_enrolled_is_refused() {
    let shop = Workshop::new();
    let files = takes(&shop, "ala", 2);
    let refuse = |line: &str, status, text: &str| {
        shop.mynah(line).ends_with(status).says(text);
        assert!(!shop.path("m.mynah").exists(), "{line}");
    };
    refuse("enrol ala -o m.mynah", 2, "give recordings of the keyword");
    refuse(
        &format!("enrol _ala_ {files} -o m.mynah"),
        2,
        "stand for background",
    );
    refuse(
        &format!("enrol {} {files} -o m.mynah", "a".repeat(61)),
        2,
        "more than 60",
    );
    let empty = shop.run(["enrol", "", "ala0.wav", "-o", "m.mynah"]);
    empty.ends_with(2).says("it is empty");
    refuse("enrol ala ala0.wav -o ala0.wav", 3, "is an input too");
    shop.write("silent.wav", wav(&[0.0; 8_000], RATE));
    refuse(
        "enrol ala silent.wav -o m.mynah",
        3,
        "not one recording could be used",
    );
    shop.write("uni0.wav", wav(&common::say("uni", "bob", 0, RATE), RATE));
    refuse(
        "enrol ala ala0.wav uni0.wav -o m.mynah",
        3,
        "no recording is fit",
    );
    let samples = [vec![0.1f32; 4_000], vec![f32::NAN; 10]].concat();
    let data: Vec<u8> = common::f32s(&samples);
    shop.write("nan.wav", common::wav_of(3, 1, 32, RATE, &data));
    refuse("enrol ala nan.wav -o m.mynah", 3, "nan.wav");
    shop.write("empty/readme.txt", "");
    refuse("enrol ala empty -o m.mynah", 3, "in this folder");
    if cfg!(not(feature = "mic")) {
        refuse(
            "enrol ala --record 3 -o m.mynah",
            2,
            "built without the microphone",
        );
    }
    // One recording does, and is told to be few.
    let run = shop.mynah("enrol ala ala0.wav -o one.mynah").succeeds();
    assert!(
        run.stdout.contains("one recording does not tell"),
        "{}",
        run.stdout
    );
}
