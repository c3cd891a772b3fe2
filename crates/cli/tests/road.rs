//! The whole road: train, eval, classify, inspect, demo, in every layout.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{RATE, SPEAKERS, WORDS, Workshop, hesitating, is_good, keys, utterances};

#[test]
fn folders_with_lists() {
    let shop = Workshop::new();
    shop.folders("words");
    let list = |speaker: &str| -> String {
        let clips = utterances().filter(|&(_, s, _)| s == speaker);
        clips
            .map(|(w, s, take)| format!("{w}/{s}_nohash_{take}.wav\n"))
            .collect()
    };
    shop.write("words/validation_list.txt", list("dan"));
    shop.write("words/testing_list.txt", list("eve"));

    let run = shop.mynah("train words -o w.mynah").succeeds().quietly();
    assert!(
        run.stdout
            .contains("split train: 36 clips, 3 words, 3 speakers"),
        "{}",
        run.stdout
    );
    let test = shop.json("eval w.mynah words");
    assert_eq!((&test["split"], &test["n"]), (&"test".into(), &12.into()));
    assert_eq!(keys(&test["per_speaker"]), ["eve"].into());
    is_good(&test);
    let validation = shop.json("eval w.mynah words --split validation");
    assert_eq!(keys(&validation["per_speaker"]), ["dan"].into());
    let all = shop.json("eval w.mynah words --split all");
    assert_eq!(all["n"], 60);

    let clip = "words/bebo/eve_nohash_1.wav";
    let run = shop
        .mynah(&format!("classify w.mynah {clip}"))
        .succeeds()
        .quietly();
    assert!(
        run.stdout.starts_with(&format!("{clip}\tbebo\tmargin 0.")),
        "{}",
        run.stdout
    );
}

#[test]
fn flat_files_follow_their_own_rule() {
    let shop = Workshop::new();
    shop.flat("digits");
    let trained = shop.json("train digits -o d.mynah");
    assert_eq!(
        (&trained["n_clips"], &trained["split"]),
        (&15.into(), &"train".into())
    );
    assert_eq!(trained["labels"], serde_json::json!(WORDS));
    assert_eq!(trained["sample_rate"], RATE);
    let report = shop.json("eval d.mynah digits");
    assert_eq!(
        (&report["n"], &report["split"]),
        (&45.into(), &"test".into())
    );
    is_good(&report);
}

#[test]
fn a_manifest_with_a_split_column() {
    let shop = Workshop::new();
    shop.folders("words");
    let side = |speaker: &str| if speaker == "eve" { "test" } else { "train" };
    shop.manifest("all.csv", "words", ",split", |speaker, _| {
        Some(format!(",{}", side(speaker)))
    });
    assert_eq!(shop.json("train all.csv -o w.mynah")["n_clips"], 48);
    let report = shop.json("eval w.mynah all.csv");
    assert_eq!(keys(&report["per_speaker"]), ["eve"].into());
    is_good(&report);
}

#[test]
fn a_manifest_for_each_side() {
    let shop = Workshop::new();
    shop.folders("words");
    let row = |mine: bool| mine.then(String::new);
    shop.manifest("train.csv", "words", "", |speaker, _| row(speaker != "ada"));
    shop.manifest("val.csv", "words", "", |speaker, _| row(speaker == "ada"));
    shop.mynah("train train.csv -o w.mynah")
        .succeeds()
        .quietly();
    let report = shop.json("eval w.mynah val.csv");
    assert_eq!(
        (&report["n"], &report["split"]),
        (&12.into(), &"all".into())
    );
    is_good(&report);
    shop.mynah("eval w.mynah val.csv").succeeds().quietly();
    // A folder that holds manifests says so: perhaps one of them was meant.
    fs::copy(shop.path("val.csv"), shop.path("words/val.csv")).unwrap();
    let run = shop.mynah("train words -o x.mynah").succeeds();
    assert!(run.stdout.contains("words/val.csv"), "{}", run.stdout);
}

#[test]
fn eval_json_is_one_whole_object() {
    let shop = Workshop::new();
    hesitating(&shop, "words");
    shop.mynah("train words --split-by speaker --align pad -o w.mynah")
        .succeeds();
    let report = shop.json("eval w.mynah words --split all");
    let number = |name: &str| report[name].as_f64().unwrap_or_else(|| panic!("no {name}"));

    // Counted by hand, from what classify answers.
    let clips: Vec<_> = utterances().collect();
    let paths = clips
        .iter()
        .map(|(word, speaker, take)| format!("words/{word}/{speaker}_nohash_{take}.wav"));
    let args = ["classify", "--json", "w.mynah"]
        .map(String::from)
        .into_iter()
        .chain(paths);
    let answers = shop.run(args).succeeds().lines();
    let count = |matches: &dyn Fn(&str, &str, &str) -> bool| {
        let trials = clips.iter().zip(&answers);
        let found = trials.filter(|((word, speaker, _), line)| {
            matches(word, speaker, line["label"].as_str().unwrap())
        });
        found.count()
    };
    let n_correct = count(&|word, _, answer| word == answer);
    assert!(
        (20..60).contains(&n_correct),
        "{n_correct}: some must be wrong to tell rows from columns"
    );
    assert_eq!(
        (&report["n"], &report["n_correct"]),
        (&60.into(), &n_correct.into())
    );
    assert_eq!(number("accuracy"), n_correct as f64 / 60.0);
    let [low, high] = [0, 1].map(|i| report["interval"][i].as_f64().unwrap());
    assert!(0.0 <= low && low < number("accuracy") && number("accuracy") < high && high <= 1.0);

    assert_eq!(keys(&report["per_class"]), WORDS.into());
    assert_eq!(report["confusion"]["labels"], serde_json::json!(WORDS));
    for (i, said) in WORDS.iter().enumerate() {
        let score = &report["per_class"][said];
        assert_eq!(
            (&score["n"], &score["n_correct"]),
            (&20.into(), &report["confusion"]["counts"][i][i])
        );
        for (j, heard) in WORDS.iter().enumerate() {
            let n = count(&|word, _, answer| word == *said && answer == *heard);
            assert_eq!(
                report["confusion"]["counts"][i][j], n,
                "{said} heard as {heard}"
            );
        }
    }
    assert_eq!(keys(&report["per_speaker"]), SPEAKERS.into());
    for speaker in SPEAKERS {
        let n = count(&|word, s, answer| s == speaker && word == answer);
        let score = &report["per_speaker"][speaker];
        assert_eq!((&score["n"], &score["n_correct"]), (&12.into(), &n.into()));
    }

    assert_eq!(
        number("model_bytes"),
        fs::metadata(shop.path("w.mynah")).unwrap().len() as f64
    );
    let factor = number("real_time_factor");
    assert!(factor > 0.0 && factor.is_finite(), "{factor}");

    // The text says the same.
    let text = shop
        .mynah("eval w.mynah words --split all")
        .succeeds()
        .stdout;
    let correct = format!("{n_correct} of 60 clips");
    for expected in [
        &correct,
        "95 % interval",
        "real-time factor",
        "model",
        "confusion",
        "bebo",
        "eve",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

#[test]
fn classify_json_is_an_object_a_line_in_the_order_asked() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let mut clips: Vec<_> = utterances()
        .map(|(word, speaker, take)| (word, format!("taught/{word}/{speaker}_nohash_{take}.wav")))
        .collect();
    clips.sort_by_key(|(_, path)| path.chars().rev().collect::<String>());
    clips.push(clips[0].clone());

    let args = ["classify", "w.mynah", "--json"].into_iter();
    let run = shop
        .run(args.chain(clips.iter().map(|(_, path)| path.as_str())))
        .succeeds()
        .quietly();
    let lines = run.lines();
    assert_eq!(lines.len(), clips.len());
    for (line, (word, path)) in lines.iter().zip(&clips) {
        assert_eq!(
            keys(line),
            [
                "path",
                "label",
                "accepted",
                "distance",
                "runner_up",
                "margin",
                "nearest",
                "probability"
            ]
            .into()
        );
        assert_eq!(line["path"], path.as_str());
        assert_eq!(line["label"], *word);
        let other = line["runner_up"].as_str().unwrap();
        assert!(WORDS.contains(&other) && other != *word, "{other}");
        assert!(line["distance"].as_f64().unwrap() >= 0.0);
        assert!((0.0..=1.0).contains(&line["margin"].as_f64().unwrap()));
    }

    let args = ["classify", "w.mynah"].into_iter();
    let text = shop
        .run(args.chain(clips.iter().map(|(_, path)| path.as_str())))
        .succeeds()
        .stdout;
    for (line, (word, path)) in text.lines().zip(&clips) {
        assert!(
            line.starts_with(&format!("{path}\t{word}\tmargin ")),
            "{line}"
        );
    }
}

#[test]
fn the_demo_trains_tests_and_says_what_to_do_next() {
    let shop = Workshop::new();
    let run = shop.mynah("demo").succeeds().quietly();
    assert_eq!(shop.files(), [Path::new("digits.mynah")]);
    let accuracy = run
        .stdout
        .lines()
        .find(|line| line.starts_with("accuracy "))
        .unwrap();
    assert!(run.stdout.contains("synthetic"), "{}", run.stdout);

    // What it proposes works as it stands.
    let next = |arguments: &str| {
        let mut lines = run.stdout.lines().filter(|line| line.contains(arguments));
        shop.shell(
            lines
                .next()
                .unwrap_or_else(|| panic!("no {arguments} in\n{}", run.stdout)),
        )
        .succeeds()
    };
    let clip = next(" classify digits.mynah ");
    assert_eq!(clip.stdout.lines().count(), 1, "{}", clip.stdout);
    let card = next(" inspect digits.mynah");
    let percent = accuracy.split_whitespace().nth(1).unwrap();
    assert!(
        card.stdout.contains(&format!("{percent} % of")),
        "{accuracy}\n{}",
        card.stdout
    );

    // The corpus can be named, and the model put elsewhere.
    let corpus =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/spoken-digits/manifest.csv");
    shop.run([
        "demo",
        "-o",
        "other.mynah",
        "--corpus",
        corpus.to_str().unwrap(),
    ])
    .succeeds();
    assert_eq!(
        shop.json("inspect other.mynah")["labels"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let shop = Workshop::new();
    shop.folders("words");
    let model = |options: &str| {
        shop.mynah(&format!("train words -o m.mynah {options}"))
            .succeeds();
        shop.read("m.mynah")
    };
    for options in ["", "--init sample --algorithm lvq1"] {
        let one = model(&format!("{options} --seed 7 --threads 1"));
        assert!(
            one == model(&format!("{options} --seed 7 --threads 2")),
            "{options}"
        );
        assert!(one == model(&format!("{options} --seed 7")), "{options}");
        let prototypes = |model: &[u8]| model[model.len() / 2..].to_vec();
        let other = model(&format!("{options} --seed 8 --threads 1"));
        assert!(
            prototypes(&one) != prototypes(&other),
            "the seed changes nothing: {options}"
        );
    }
    for ending in ["csv", "jsonl"] {
        let features = |threads| {
            shop.mynah(&format!("features words -o f.{ending} --threads {threads}"))
                .succeeds();
            shop.read(format!("f.{ending}"))
        };
        assert!(features(1) == features(2), "{ending}");
    }
}
