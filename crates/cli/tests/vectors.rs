//! Any labelled vectors with the three commands: train, eval, classify; and cluster before them.

mod common;

use common::{Workshop, keys};
use serde_json::Value;

/// Three classes of points in the plane, the same every time; the third class is rare.
fn table(header: &str, extra: impl Fn(usize) -> String) -> String {
    let mut noise = common::Noise(5);
    let mut text = header.to_string();
    for i in 0..150 {
        let class = if i % 10 == 0 { 2 } else { i % 2 };
        let (x, y) = [(0.0, 0.0), (2.0, 0.5), (0.5, 3.0)][class];
        let mut near = || 400.0 * noise.next();
        let (x, y) = (x + near(), y + near());
        text += &format!("{x},{y},{}{}\n", ["red", "green", "blue"][class], extra(i));
    }
    text
}

fn plain() -> String {
    table("", |_| String::new())
}

#[test]
fn a_table_is_trained_evaluated_and_classified() {
    let shop = Workshop::new();
    shop.write("points.csv", plain());
    let run = shop
        .mynah("train points.csv -o m.mynah --prototypes-per-class 2")
        .succeeds();
    let run = run.says("the data have no parts of their own: of each class, chance (seed 1) keeps a fifth for eval");
    assert!(run.stdout.contains("106 rows, 3 classes"), "{}", run.stdout);

    let report = shop.json("eval m.mynah points.csv");
    assert_eq!(report["split"], "test");
    assert_eq!(
        (&report["n"], &report["clips_in_training"]),
        (&30.into(), &0.into())
    );
    assert_eq!(report["real_time_factor"], Value::Null);
    assert!(report["accuracy"].as_f64().unwrap() > 0.95, "{report}");
    assert_eq!(
        report["confusion"]["labels"],
        serde_json::json!(["blue", "green", "red"])
    );
    assert!(report["interval"][0].as_f64() < report["accuracy"].as_f64());
    let text = shop.mynah("eval m.mynah points.csv").succeeds().stdout;
    for expected in [
        "split test: 30 rows, 3 classes",
        "class",
        "if uncertain answers were withheld",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }

    shop.write("new.csv", "0.1,0.1\n2,0.4\n0.4,3.1\n");
    let lines = shop
        .mynah("classify m.mynah new.csv --json")
        .succeeds()
        .lines();
    let labels: Vec<_> = lines.iter().map(|line| line["label"].clone()).collect();
    assert_eq!(labels, ["red", "green", "blue"]);
    assert_eq!(lines[1]["path"], "new.csv:2");
    // The label column of a table that has one is not looked at.
    let lines = shop
        .mynah("classify m.mynah points.csv --json")
        .succeeds()
        .lines();
    assert_eq!(lines.len(), 150);
    let card = shop.json("inspect m.mynah");
    assert_eq!(card["input"]["vectors"]["shape"], serde_json::json!([2]));
    assert_eq!(
        (&card["pipeline"], &card["metric"]),
        (&Value::Null, &"euclidean".into())
    );
    let text = shop.mynah("inspect m.mynah").succeeds().stdout;
    assert!(text.contains("vectors     2 values"), "{text}");
    let card = shop.json("inspect points.csv");
    assert_eq!(
        (&card["kind"], &card["n_rows"]),
        (&"vectors".into(), &150.into())
    );
}

#[test]
fn the_card_repeats_the_training() {
    let shop = Workshop::new();
    shop.write("points.csv", plain());
    let options = "--algorithm lvq1 --epochs 5 --learning-rate 0.05 --init class-mean --prototypes-per-class red=3,*=1 \
                   --class-weight balanced --standardise whole --seed 3 --split-seed 7";
    shop.mynah(&format!("train points.csv -o a.mynah {options}"))
        .succeeds();
    let card = shop.json("inspect a.mynah");
    assert_eq!(
        (&card["n_prototypes"], &card["provenance"]["held_back"]),
        (&5.into(), &7.into())
    );
    assert_eq!(card["provenance"]["rule"]["lvq1"]["learning_rate"], 0.05);
    let command = card["provenance"]["command"].as_str().unwrap();
    shop.shell(&command.replace(" MODEL ", " b.mynah "))
        .succeeds();
    assert_eq!(shop.read("a.mynah"), shop.read("b.mynah"));
    assert_eq!(shop.json("eval a.mynah points.csv")["n"], 30);
}

#[test]
fn every_rule_is_trained_by_its_name() {
    let shop = Workshop::new();
    shop.write("points.csv", plain());
    for rule in [
        "lvq1", "olvq1", "lvq2.1", "lvq3", "glvq", "grlvq", "gmlvq", "lgmlvq", "rslvq", "celvq",
        "sng",
    ] {
        let line = format!(
            "train points.csv -o {rule}.mynah --algorithm {rule} --prototypes-per-class 2 --epochs 10"
        );
        assert_eq!(shop.json(&line)["algorithm"], rule);
        let accuracy = shop.json(&format!("eval {rule}.mynah points.csv"))["accuracy"].as_f64();
        assert!(accuracy > Some(0.9), "{rule}: {accuracy:?}");
    }
    let refused = |line: &str, said: &str| {
        shop.mynah(line).ends_with(2).says(said);
    };
    refused(
        "train points.csv -o x.mynah --set batch_size",
        "write KEY=VALUE",
    );
    refused(
        "train points.csv -o x.mynah --set colour=red",
        "glvq has no such setting; it has\n  activation=",
    );
    refused(
        "train points.csv -o x.mynah --set batch_size=many",
        "now it is 256",
    );
    refused(
        "train points.csv -o x.mynah --learning-rate=-1",
        "give a number above 0",
    );
    refused(
        "train points.csv -o x.mynah --frames 20",
        "--frames is for recordings",
    );
    refused(
        "train points.csv -o x.mynah --prototypes-per-class yellow=2",
        "no word \"yellow\"",
    );
    refused(
        "train points.csv -o x.mynah --prototypes-per-class red=2",
        "nothing is said of \"blue\"",
    );
    refused(
        "train points.csv -o x.mynah --prototypes-per-class proportional:2",
        "there are 3 words",
    );
}

#[test]
fn parts_and_groups_of_a_table_are_kept() {
    let shop = Workshop::new();
    let split = |i: usize| ["train", "train", "validation", "test"][i % 4];
    let text = table("x,y,label,split,subject\n", |i| {
        format!(",{},s{}", split(i), i % 5)
    });
    shop.write("p.csv", text);
    let trained = shop.json(
        "train p.csv -o m.mynah --prototypes-per-class 2 --validation validation --patience 2",
    );
    assert_eq!(
        (&trained["n_clips"], &trained["n_speakers"]),
        (&76.into(), &5.into())
    );
    assert!(trained["best_epoch"].as_u64() <= trained["n_epochs"].as_u64());
    assert_eq!(shop.json("eval m.mynah p.csv")["n"], 37);
    assert_eq!(shop.json("eval m.mynah p.csv --split validation")["n"], 37);
    let folds = shop.json("eval p.csv --leave-one-speaker-out --prototypes-per-class 2");
    assert_eq!(keys(&folds["per_speaker"]).len(), 5);
    let by_group = shop.json("train p.csv -o g.mynah --split-by group");
    assert_eq!(by_group["speakers_on_both_sides"], serde_json::json!([]));
    let inspected = shop.json("inspect m.mynah");
    assert_eq!(
        inspected["input"]["vectors"]["columns"],
        serde_json::json!(["x", "y"])
    );
}

#[test]
fn curves_checkpoints_and_going_on() {
    let shop = Workshop::new();
    shop.write("p.csv", plain());
    let line = "train p.csv -o MODEL --prototypes-per-class 2 --epochs 12";
    let train =
        |model: &str, more: &str| shop.mynah(&format!("{} {more}", line.replace("MODEL", model)));
    train(
        "whole.mynah",
        "--curves c.csv --curves c.svg --checkpoint at.ckpt --checkpoint-every 5",
    )
    .succeeds();
    let rows = String::from_utf8(shop.read("c.csv")).unwrap();
    assert_eq!(rows.lines().count(), 13, "{rows}");
    assert!(
        String::from_utf8(shop.read("c.svg"))
            .unwrap()
            .starts_with("<svg ")
    );
    // From epoch 10 on, to the very same model.
    train("rest.mynah", "--continue at.ckpt").succeeds();
    assert_eq!(shop.read("rest.mynah"), shop.read("whole.mynah"));
    train("x.mynah", "--seed 2 --continue at.ckpt")
        .ends_with(2)
        .says("belongs to another training");
    shop.write("bad.ckpt", "{\"format\":1}");
    train("x.mynah", "--continue bad.ckpt")
        .ends_with(3)
        .says("bad.ckpt: is no checkpoint, or damaged");
    train("x.mynah", "--continue nowhere.ckpt")
        .ends_with(3)
        .says("nowhere.ckpt");
    train("x.mynah", "--curves c.png")
        .ends_with(2)
        .says("name it .svg or .csv");
    shop.has_no_parts();
}

#[test]
fn starts_from_a_file_a_model_and_a_map() {
    let shop = Workshop::new();
    shop.write("p.csv", plain());
    shop.write("start.csv", "0,0,red\n2,0.5,green\n0.5,3,blue\n");
    let own = shop.json("train p.csv -o own.mynah --init start.csv");
    assert_eq!(own["n_prototypes"], 3);
    shop.write("few.csv", "0,0,red\n2,0.5,green\n");
    let run = shop
        .mynah("train p.csv -o x.mynah --init few.csv")
        .ends_with(3);
    run.says("the start has no prototype of \"blue\"");
    assert_eq!(
        shop.json("train p.csv -o again.mynah --init-from own.mynah")["n_prototypes"],
        3
    );

    let map =
        shop.json("cluster p.csv -o map.codebook --units 4x3 --umatrix u.svg --planes planes.svg");
    assert_eq!(
        (&map["n_units"], &map["map"]),
        (&12.into(), &serde_json::json!([4, 3]))
    );
    assert!(map["purity"].as_f64() > Some(0.9));
    let n: u64 = map["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| unit["n"].as_u64().unwrap())
        .sum();
    assert_eq!(Some(n), map["n_clips"].as_u64());
    for drawing in ["u.svg", "planes.svg"] {
        assert!(
            String::from_utf8(shop.read(drawing))
                .unwrap()
                .starts_with("<svg ")
        );
    }
    let trained = shop.json("train p.csv -o tuned.mynah --init-from map.codebook");
    let n_empty = map["empty_units"].as_array().unwrap().len() as u64;
    assert!(trained["n_prototypes"].as_u64() >= Some(12 - n_empty));
    assert!(shop.json("eval tuned.mynah p.csv")["accuracy"].as_f64() > Some(0.95));
    for method in ["vq", "neural-gas", "kmeans"] {
        let found = shop.json(&format!(
            "cluster p.csv -o c.codebook --method {method} --units 6"
        ));
        assert_eq!(
            (&found["n_units"], &found["map"]),
            (&6.into(), &Value::Null),
            "{method}"
        );
    }
    shop.mynah("cluster p.csv -o c.codebook --method vq --umatrix u.svg")
        .ends_with(2)
        .says("give --method som");
    shop.mynah("eval map.codebook p.csv")
        .ends_with(3)
        .says("map.codebook: is a codebook, not a model");
}

#[test]
fn words_come_and_go_while_the_others_stay() {
    let shop = Workshop::new();
    shop.write("p.csv", plain());
    let without = |keep: &dyn Fn(&str) -> bool| -> String {
        plain()
            .lines()
            .filter(|line| keep(line))
            .map(|line| format!("{line}\n"))
            .collect()
    };
    shop.write("two.csv", without(&|line| !line.ends_with("blue")));
    shop.write("one.csv", without(&|line| line.ends_with("blue")));
    shop.mynah("train two.csv -o two.mynah --prototypes-per-class 3")
        .succeeds();
    let added =
        shop.json("train one.csv -o three.mynah --add-to two.mynah --prototypes-per-class 2");
    assert_eq!(added["labels"], serde_json::json!(["green", "red", "blue"]));
    assert_eq!(added["n_prototypes"], 8);
    assert!(shop.json("eval three.mynah p.csv --split all")["accuracy"].as_f64() > Some(0.95));
    shop.mynah("forget three.mynah blue -o back.mynah")
        .succeeds();
    let answers = |model: &str| {
        shop.mynah(&format!("classify {model} two.csv --json"))
            .succeeds()
            .stdout
    };
    assert_eq!(answers("back.mynah"), answers("two.mynah"));
    shop.mynah("train one.csv -o x.mynah --add-to three.mynah")
        .ends_with(2)
        .says("has no word that three.mynah does not know");
    // The model may be written over, to the same bytes as beside it.
    shop.mynah("forget three.mynah blue -o three.mynah")
        .succeeds();
    assert_eq!(shop.read("three.mynah"), shop.read("back.mynah"));
    shop.mynah("forget two.mynah blue -o x.mynah")
        .ends_with(2)
        .says("there is no word \"blue\"; it knows green, red");
    shop.mynah("forget two.mynah red -o x.mynah")
        .ends_with(2)
        .says("at least two");
}

#[test]
fn absent_values_are_allowed_where_they_are_asked_for() {
    let shop = Workshop::new();
    let mut text = plain();
    text += ",0.1,red\n2.1,?,green\n";
    shop.write("p.csv", &text);
    let run = shop.mynah("train p.csv -o m.mynah").ends_with(1);
    run.says("line 151: column 1 is missing (NaN)")
        .says("2 inputs were skipped");
    shop.mynah("train p.csv -o m.mynah --missing --prototypes-per-class 2")
        .succeeds();
    shop.write("new.csv", "0.1,\n,3\n");
    let lines = shop
        .mynah("classify m.mynah new.csv --json")
        .succeeds()
        .lines();
    assert_eq!((&lines[1]["label"], lines.len()), (&"blue".into(), 2));
    assert!(shop.json("eval m.mynah p.csv --missing")["accuracy"].as_f64() > Some(0.9));
}

#[test]
fn kinds_are_not_mixed() {
    let shop = Workshop::new();
    shop.write("p.csv", plain());
    shop.mynah("train p.csv -o m.mynah").succeeds();
    shop.folders("words");
    shop.mynah("eval m.mynah words")
        .ends_with(2)
        .says("holds recordings, the model takes vectors of 2 values");
    shop.mynah("train words -o x.mynah --missing")
        .ends_with(2)
        .says("are for vectors");
    shop.mynah("listen m.mynah -")
        .ends_with(2)
        .says("takes vectors, not sound");
    shop.write("wide.csv", "1,2,3,red\n");
    shop.mynah("eval m.mynah wide.csv")
        .ends_with(2)
        .says("has rows of 3 values, the model takes 2");
    shop.mynah("classify m.mynah words/ala/ada_nohash_0.wav")
        .ends_with(3)
        .says("holds no vectors");
}
