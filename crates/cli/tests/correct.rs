//! Events kept, and a model that learns from them, on the bundled digits.
#![allow(clippy::unwrap_used)]

mod common;
mod virtual_microphone;

use std::path::PathBuf;
use std::sync::OnceLock;

use common::{Run, Workshop};
use mynah::Model;
use serde_json::Value;
use virtual_microphone::{WORDS, manifest, speech, train, wav};

/// A model of three digits and other speech, and a stream of them.
fn shop() -> Workshop {
    static TRAINED: OnceLock<Vec<u8>> = OnceLock::new();
    let model = TRAINED.get_or_init(|| {
        let shop = Workshop::new();
        train(&shop.path(""), "digits.mynah", &WORDS);
        shop.read("digits.mynah")
    });
    let shop = Workshop::new();
    shop.write("digits.mynah", model);
    shop.write("talk.wav", wav(&speech()));
    shop
}

fn spot(shop: &Workshop, model: &str, options: &str) -> Run {
    // Above what the hiss around the words is sometimes taken for.
    let threshold = if options.contains("--threshold") {
        ""
    } else {
        "--threshold 0.8"
    };
    shop.mynah(&format!(
        "spot {model} talk.wav --json {threshold} {options}"
    ))
    .succeeds()
}

fn keywords(run: &Run) -> Vec<String> {
    let keyword = |line: &Value| line["keyword"].as_str().unwrap().to_string();
    run.lines().iter().map(keyword).collect()
}

/// The kept event of a keyword that fired.
fn kept(shop: &Workshop, keyword: &str) -> PathBuf {
    let mut files = shop.files();
    files.retain(|path| path.starts_with("heard") && path.extension().is_some_and(|e| e == "json"));
    let fired = |path: &&PathBuf| {
        let facts: Value = serde_json::from_slice(&shop.read(path)).unwrap();
        facts["is_fired"] == true && facts["keyword"] == keyword
    };
    files.iter().find(fired).expect("it fired").clone()
}

#[test]
fn events_are_kept_only_where_asked_and_never_more_than_so_many() {
    let shop = shop();
    let plain = spot(&shop, "digits.mynah", "");
    assert_eq!(keywords(&plain), WORDS);
    assert!(!shop.path("heard").exists());

    let run = spot(&shop, "digits.mynah", "--keep-events heard");
    let run =
        run.says("keeping the sound of each event and near miss in heard, at most 100 of them");
    let event = kept(&shop, WORDS[0]);
    // Each event is told as before, and where its sound is.
    let (mut told, plain) = (run.lines(), plain.lines());
    let wav = event.with_extension("wav");
    assert_eq!(told[0]["kept"], *wav.display().to_string());
    for event in &mut told {
        event.as_object_mut().unwrap().remove("kept").unwrap();
    }
    assert_eq!(told, plain);
    // What was kept is not heard again.
    let again = "spot digits.mynah . --json --threshold 0.8 --keep-events heard";
    let again = shop.mynah(again).succeeds();
    let again = again.says("the sounds kept in heard are not heard again");
    assert_eq!(again.lines().len(), plain.len());
    let facts: Value = serde_json::from_slice(&shop.read(&event)).unwrap();
    let audio = mynah_audio::read(
        shop.path(event.with_extension("wav")),
        mynah_audio::Channel::Mix,
    );
    let audio = audio.unwrap();
    assert_eq!(audio.sample_rate, 16_000);
    let [start, end] = [0, 1].map(|i| facts["word"][i].as_u64().unwrap() as usize);
    // The word, what is before it, and half a second after the decision.
    assert!(start < end && end + 8_000 <= audio.samples.len() && audio.samples.len() < 82_000);
    // The word of the event is there: louder than the hiss around it.
    let loudest = |samples: &[f32]| samples.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(loudest(&audio.samples[start..end]) > 0.1);

    spot(&shop, "digits.mynah", "--keep-events few --keep-at-most 2");
    let files = shop.files();
    let few = files.iter().filter(|path| path.starts_with("few"));
    assert_eq!(few.count(), 4);
    shop.has_no_parts();
}

#[test]
fn a_false_alarm_is_unlearnt_and_the_others_keep_their_bits() {
    let shop = shop();
    spot(
        &shop,
        "digits.mynah",
        "--threshold 0.55 --keep-events heard",
    );
    // Hiss that is taken for a word.
    let event = PathBuf::from("heard/000001-eight.json");
    let before = shop.read("digits.mynah");
    let line = format!("correct digits.mynah {} no --json", event.display());
    let told = &shop.mynah(&line).succeeds().lines()[0];
    assert_eq!(
        (&told["truth"], &told["is_cured"]),
        (&"_unknown_".into(), &true.into())
    );
    assert_eq!(told["is_written"], true);
    // It was the first second that fired.
    let fired = spot(&shop, "digits.mynah", "--threshold 0.55").lines();
    assert_eq!(fired[0]["keyword"], WORDS[0]);
    assert!(fired[0]["end"].as_f64().unwrap() > 1.0);

    let [old, new] = [&before, &shop.read("digits.mynah")].map(|b| Model::from_bytes(b).unwrap());
    let (old, new) = (old.codebook().unwrap(), new.codebook().unwrap());
    assert!(new.n_prototypes() > old.n_prototypes());
    assert_eq!(
        new.prototypes()[..old.prototypes().len()],
        *old.prototypes()
    );

    let history = shop
        .mynah("correct digits.mynah --history --json")
        .succeeds()
        .lines();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["truth"], "_unknown_");
    shop.mynah("correct digits.mynah --undo").succeeds();
    assert_eq!(shop.read("digits.mynah"), before);
    assert_eq!(keywords(&spot(&shop, "digits.mynah", "")), WORDS);
    shop.mynah("correct digits.mynah --undo")
        .ends_with(2)
        .says("no correction to take back");
}

#[test]
fn a_miss_is_learnt() {
    let shop = shop();
    let score = spot(&shop, "digits.mynah", "").lines()[0]["score"]
        .as_f64()
        .unwrap();
    // Just too much for the first word.
    let options = format!("--threshold {}", score + 0.1 * (1.0 - score));
    let missed = keywords(&spot(
        &shop,
        "digits.mynah",
        &format!("{options} --keep-events heard"),
    ));
    assert_ne!(missed.first().map(String::as_str), Some(WORDS[0]));
    let files = shop.files();
    let near = files.iter().find(|path| {
        path.extension().is_some_and(|e| e == "json") && path.to_string_lossy().contains(WORDS[0])
    });
    let line = format!(
        "correct digits.mynah {} yes --json",
        near.unwrap().display()
    );
    let told = &shop.mynah(&line).succeeds().lines()[0];
    assert_eq!(
        (&told["truth"], &told["is_cured"]),
        (&WORDS[0].into(), &true.into())
    );
    assert_eq!(
        keywords(&spot(&shop, "digits.mynah", &options))[0],
        WORDS[0]
    );
}

#[test]
fn each_correction_is_held_against_the_sounds_of_those_before() {
    let shop = shop();
    spot(
        &shop,
        "digits.mynah",
        "--threshold 0.55 --keep-events heard",
    );
    let correct = |event: PathBuf, truth: &str| -> Value {
        let event = event.display();
        let line = format!("correct digits.mynah {event} {truth} -o taught.mynah --json");
        let run = shop.mynah(&line).succeeds();
        shop.write("digits.mynah", shop.read("taught.mynah"));
        run.lines().remove(0)
    };
    // Hiss that is taken for a word; then a word.
    let first = correct(PathBuf::from("heard/000001-eight.json"), "no");
    assert_eq!(first["before"]["sounds"], 0);
    let second = correct(kept(&shop, WORDS[1]), "yes");
    let after = &second["after"];
    assert_eq!(
        (&after["sounds"], &after["false_alarms"]),
        (&1.into(), &0.into())
    );
    // What was called something else before counts as what it is called now.
    let again = correct(PathBuf::from("heard/000001-eight.json"), "yes --force");
    assert_eq!(again["before"]["sounds"], 1);
    let card = shop.mynah("correct taught.mynah --history").succeeds();
    assert_eq!(card.stdout.lines().count(), 3);
}

#[test]
fn a_word_is_unlearnt_in_all_its_windows_unless_known_sounds_say_otherwise() {
    let shop = shop();
    spot(&shop, "digits.mynah", "--keep-events heard");
    let event = kept(&shop, WORDS[1]);
    let line = format!("correct digits.mynah {} no", event.display());
    let rows = manifest(&WORDS);
    let known = rows
        .lines()
        .enumerate()
        .filter(|(i, row)| *i == 0 || row.contains(",seven,"));
    let known: Vec<&str> = known.map(|(_, row)| row).collect();
    shop.write("sevens.csv", known.join("\n"));
    let before = shop.read("digits.mynah");
    shop.mynah(&format!("{line} --regression sevens.csv"))
        .ends_with(3)
        .says("other sounds would get worse");
    assert_eq!(shop.read("digits.mynah"), before);

    let told = &shop.mynah(&format!("{line} --json")).succeeds().lines()[0];
    assert_eq!(told["is_cured"], true);
    assert!(told["change"].as_str().unwrap().starts_with("added"));
    assert_eq!(
        keywords(&spot(&shop, "digits.mynah", "")),
        [WORDS[0], WORDS[2]]
    );
}

#[test]
fn what_cannot_be_corrected_is_told() {
    let shop = shop();
    spot(&shop, "digits.mynah", "--keep-events heard");
    let event = kept(&shop, WORDS[0]).display().to_string();
    for (line, says) in [
        (
            format!("correct digits.mynah {event} lamp"),
            "does not know lamp; it knows",
        ),
        (
            String::from("correct digits.mynah --undo"),
            "no correction to take back",
        ),
        (format!("correct digits.mynah {event}"), "no|yes|LABEL"),
        (
            format!("correct digits.mynah {event} no -o -"),
            "name a file",
        ),
    ] {
        shop.mynah(&line).ends_with(2).says(says);
    }
    shop.mynah("correct digits.mynah heard/none.json no")
        .ends_with(2)
        .says("--keep-events kept");
    shop.write("heard/odd.json", "{}");
    shop.mynah("correct digits.mynah heard/odd.json no")
        .ends_with(3)
        .says("is not an event");
    shop.has_no_parts();
}
