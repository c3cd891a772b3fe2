//! Which clips are learnt and which are tested: splits, speakers left out, and what is said when the two sides meet.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{GOOD, RATE, SPEAKERS, Workshop, hesitating, is_good, keys, say, wav};
use serde_json::Value;

#[test]
fn a_split_by_speaker_has_nobody_on_two_sides() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.mynah("train words --split-by speaker -o w.mynah")
        .succeeds()
        .quietly();
    let model = shop.json("inspect w.mynah");
    let taught: BTreeSet<&str> = model["provenance"]["speakers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s.as_str().unwrap())
        .collect();
    let reports = ["validation", "test"].map(|split| {
        shop.json(&format!(
            "eval w.mynah words --split-by speaker --split {split}"
        ))
    });
    let [validation, test] = [0, 1].map(|i| keys(&reports[i]["per_speaker"]));
    assert!(
        taught.is_disjoint(&validation)
            && taught.is_disjoint(&test)
            && validation.is_disjoint(&test)
    );
    let all: BTreeSet<&str> = taught
        .iter()
        .chain(&validation)
        .chain(&test)
        .copied()
        .collect();
    assert_eq!(all, SPEAKERS.into());

    // Left to itself, eval takes the test side of the same split and has nothing to warn of.
    let report = shop.json("eval w.mynah words --split-by speaker");
    assert_eq!(report["per_speaker"], reports[1]["per_speaker"]);
    assert_eq!(report["speakers_in_training"], serde_json::json!([]));
    shop.mynah("eval w.mynah words --split-by speaker")
        .succeeds()
        .quietly();
    let run = shop.mynah("eval w.mynah words").succeeds();
    run.says(&format!(
        "WARNING: {} of 5 test speakers are in the training too",
        taught.len()
    ));
}

#[test]
fn leaving_one_speaker_out_is_training_without_and_testing_on_that_speaker() {
    let shop = Workshop::new();
    hesitating(&shop, "words");
    let options = "--prototypes-per-class 2 --align pad --augment none";
    let report = shop.json(&format!("eval words --leave-one-speaker-out {options}"));
    assert_eq!(
        (&report["n"], &report["align"]),
        (&60.into(), &"pad".into())
    );
    assert_eq!(keys(&report["per_speaker"]), SPEAKERS.into());

    // The long way round.
    let mut counts = BTreeSet::new();
    for speaker in SPEAKERS {
        let row = |mine: bool| mine.then(String::new);
        shop.manifest("others.csv", "words", "", |s, _| row(s != speaker));
        shop.manifest("one.csv", "words", "", |s, _| row(s == speaker));
        shop.mynah(&format!("train others.csv -o w.mynah {options}"))
            .succeeds();
        let n_correct = &shop.json("eval w.mynah one.csv")["n_correct"];
        assert_eq!(
            *n_correct, report["per_speaker"][speaker]["n_correct"],
            "{speaker}"
        );
        counts.insert(n_correct.to_string());
    }
    assert!(counts.len() > 1, "all the same would prove little");

    let text = shop
        .mynah(&format!("eval words --leave-one-speaker-out {options}"))
        .succeeds()
        .quietly();
    let correct = format!("{} of 60 clips", report["n_correct"]);
    assert!(text.stdout.contains(&correct), "{}", text.stdout);
}

#[test]
fn alignments_stand_side_by_side() {
    let shop = Workshop::new();
    hesitating(&shop, "words");
    let both = shop.json("eval words --leave-one-speaker-out --align warp,pad");
    let runs = both["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for (run, align) in runs.iter().zip(["warp", "pad"]) {
        assert_eq!(run["align"], align);
        let alone = shop.json(&format!(
            "eval words --leave-one-speaker-out --align {align}"
        ));
        assert_eq!(run["per_speaker"], alone["per_speaker"]);
    }
    is_good(&runs[0]);
    assert!(
        runs[1]["accuracy"].as_f64() < Some(GOOD),
        "{}",
        runs[1]["accuracy"]
    );
    let text = shop
        .mynah("eval words --leave-one-speaker-out --align warp,pad")
        .succeeds()
        .stdout;
    for speaker in SPEAKERS {
        let row = text
            .lines()
            .find(|line| line.trim_start().starts_with(speaker))
            .unwrap();
        let cells: Vec<&str> = row.split_whitespace().collect();
        let percent = |run: &Value| {
            format!(
                "{:.1}",
                100.0 * run["per_speaker"][speaker]["accuracy"].as_f64().unwrap()
            )
        };
        assert_eq!(
            cells,
            [speaker, "12", &percent(&runs[0]), &percent(&runs[1])]
        );
    }
}

#[test]
fn options_reach_the_training() {
    let shop = Workshop::new();
    shop.folders("it's words");
    let options = "--algorithm lvq1 --align pad --frames 20 --prototypes-per-class 3 --init sample --epochs 2 \
                   --seed 5 --sample-rate 4000";
    let args = ["train", "it's words", "-o", "w.mynah", "--json"].into_iter();
    let run = shop.run(args.chain(options.split_whitespace())).succeeds();
    let trained = &run.lines()[0];
    assert_eq!(
        (&trained["n_prototypes"], &trained["sample_rate"]),
        (&9.into(), &4_000.into())
    );
    let model = shop.json("inspect w.mynah");
    assert_eq!(model["pipeline"]["align"]["method"], "pad");
    assert_eq!(model["pipeline"]["align"]["n_frames"], 20);
    assert_eq!(model["dim"], trained["dim"]);

    // The card's own command makes the same model again, as a shell takes it.
    let command = model["provenance"]["command"].as_str().unwrap();
    shop.shell(&command.replace(" MODEL ", " again.mynah "))
        .succeeds();
    assert_eq!(shop.read("again.mynah"), shop.read("w.mynah"));
}

#[test]
fn speakers_and_copies_on_both_sides_are_loud() {
    let shop = Workshop::new();
    shop.flat("digits");
    // A test clip of a new voice that is a training clip under another name.
    fs::copy(
        shop.path("digits/uni_ada_5.wav"),
        shop.path("digits/uni_zoe_0.wav"),
    )
    .unwrap();
    let run = shop.mynah("train digits -o d.mynah").succeeds();
    let run =
        run.says("WARNING: 5 of 6 speakers of the other parts are in the training too (ada, bob, cyd, dan, eve)");
    run.says("WARNING: 1 of 46 clips of the other parts are in the training too");
    let trained = shop.json("train digits -o d.mynah");
    assert_eq!(
        trained["speakers_on_both_sides"],
        serde_json::json!(SPEAKERS)
    );
    assert_eq!(trained["duplicates_on_both_sides"], 1);

    let run = shop.mynah("eval d.mynah digits").succeeds();
    let run = run.says("WARNING: 5 of 6 test speakers are in the training too");
    run.says("WARNING: 1 of 46 test clips are in the training too");
    let report = shop.json("eval d.mynah digits");
    assert_eq!(
        (&report["clips_in_training"], &report["n_unknown_words"]),
        (&1.into(), &0.into())
    );

    // Leaving ada out leaves the copy under zoe in, and the other way round.
    let run = shop.mynah("eval digits --leave-one-speaker-out").succeeds();
    run.says("WARNING: 2 of 61 test clips are in the training too");
}

#[test]
fn testing_on_what_was_taught_is_loud() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let run = shop.mynah("eval w.mynah taught").succeeds();
    let run = run.says("WARNING: 5 of 5 test speakers are in the training too");
    run.says("WARNING: these are the very clips that were trained on");
    assert_eq!(shop.json("eval w.mynah taught")["clips_in_training"], 60);
}

#[test]
fn words_never_taught_count_as_wrong() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("new/ala/1.wav", wav(&say("ala", "ada", 9, RATE), RATE));
    shop.write("new/bebo/1.wav", wav(&say("bebo", "ada", 9, RATE), RATE));
    shop.write("new/zig/1.wav", wav(&say("uni", "ada", 9, RATE), RATE));
    let run = shop.mynah("eval w.mynah new").succeeds();
    run.says("WARNING: 1 of 3 test clips are of words the model was not taught");
    let report = shop.json("eval w.mynah new");
    assert_eq!(
        (&report["n_correct"], &report["n_unknown_words"]),
        (&2.into(), &1.into())
    );
}
