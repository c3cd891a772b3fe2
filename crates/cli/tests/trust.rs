//! Whether to believe an answer, and why it came out so.

mod common;

use common::Workshop;
use serde_json::Value;

/// Two classes on a line that run into each other around 0: certain far out, wrong in the middle.
fn overlapping() -> String {
    let mut noise = common::Noise(9);
    let mut text = "x,y,class,split\n".to_string();
    for i in 0..600 {
        let class = i % 2;
        let x = (class as f32 * 2.0 - 1.0) + 1_600.0 * noise.next();
        let split = ["train", "train", "validation", "validation", "test", "test"][i % 6];
        text += &format!(
            "{x},{},{},{split}\n",
            300.0 * noise.next(),
            ["left", "right"][class]
        );
    }
    text
}

fn share(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn thresholds_and_probabilities_are_fitted_stored_and_used() {
    let shop = Workshop::new();
    shop.write("p.csv", overlapping());
    shop.mynah("train p.csv -o m.mynah --prototypes-per-class 2")
        .succeeds();
    let plain = shop.json("eval m.mynah p.csv --reject-curve r.csv");
    assert!(
        share(&plain["accuracy"]) < 0.98,
        "the classes do not overlap"
    );
    assert_eq!(
        (&plain["reject"]["thresholds"], &plain["probability"]),
        (&Value::Null, &Value::Null)
    );
    let rows = plain["reject"]["rows"].as_array().unwrap();
    assert_eq!(rows[0]["rejected"], 0.0);
    assert!(share(&rows.last().unwrap()["accuracy"]) > share(&rows[0]["accuracy"]));
    assert!(share(&plain["reject"]["area"]) > share(&plain["accuracy"]));
    let table = String::from_utf8(shop.read("r.csv")).unwrap();
    assert!(table.starts_with("threshold,rejected,n_accepted,n_correct,accuracy\n"));
    shop.mynah("eval m.mynah p.csv --reject-curve r.svg")
        .succeeds();
    assert!(
        String::from_utf8(shop.read("r.svg"))
            .unwrap()
            .starts_with("<svg ")
    );

    for reject in ["per-model", "per-prototype"] {
        let sure = shop.json(&format!(
            "calibrate m.mynah p.csv -o s.mynah --rejected 0.2 --reject {reject}"
        ));
        assert_eq!(
            (&sure["split"], &sure["n"]),
            (&"validation".into(), &200.into())
        );
        assert!(share(&sure["thresholds"]["n_rejected"]) <= 40.0);
        assert!(share(&sure["thresholds"]["accuracy"]) > share(&sure["accuracy"]));
        assert!(share(&sure["after"]["log_loss"]) < share(&sure["before"]["log_loss"]) + 0.05);
        let report = shop.json("eval s.mynah p.csv");
        // All answers are counted, withheld or not.
        assert_eq!(report["accuracy"], plain["accuracy"]);
        assert!(share(&report["reject"]["thresholds"]["accuracy"]) >= share(&report["accuracy"]));
        assert!(share(&report["probability"]["ece"]) < 0.2);
        let lines = shop
            .mynah("classify s.mynah p.csv --json")
            .succeeds()
            .lines();
        let unknown: Vec<&Value> = lines
            .iter()
            .filter(|line| line["label"] == "unknown")
            .collect();
        assert!(!unknown.is_empty() && unknown.len() < lines.len() / 2);
        assert!(unknown.iter().all(|line| line["nearest"] != "unknown"));
        let probability = |line: &Value| share(&line["probability"]);
        assert!(
            lines
                .iter()
                .all(|line| (0.0..=1.0).contains(&probability(line)))
        );
        let text = shop.mynah("inspect s.mynah --prototypes").succeeds().stdout;
        assert!(
            text.contains("fitted to 200 answers of p.csv, split validation"),
            "{text}"
        );
        assert!(text.contains("nearest training clip"), "{text}");
    }
    let exact = shop.json("calibrate m.mynah p.csv -o s.mynah --accuracy 0.99");
    assert!(share(&exact["thresholds"]["accuracy"]) >= 0.99);

    let refused = |line: &str, said: &str| {
        shop.mynah(line).ends_with(2).says(said);
    };
    refused(
        "calibrate m.mynah p.csv -o s.mynah --split train",
        "the model learnt every one of these rows",
    );
    refused(
        "calibrate m.mynah p.csv -o s.mynah --accuracy 0",
        "give a share above 0",
    );
    refused(
        "calibrate m.mynah p.csv -o s.mynah --rejected 1",
        "give a share below 1",
    );
    refused(
        "calibrate m.mynah p.csv -o s.mynah --rejected 2",
        "write a share from 0 to 1",
    );
    refused(
        "calibrate m.mynah p.csv -o s.mynah --reject per-prototype",
        "give --accuracy or --rejected too",
    );
}

#[test]
fn why_names_prototypes_clips_and_columns() {
    let shop = Workshop::new();
    shop.write("p.csv", overlapping());
    shop.mynah("train p.csv -o m.mynah --algorithm grlvq --prototypes-per-class 1")
        .succeeds();
    shop.write("new.csv", "-2,0\n");
    let line = &shop
        .mynah("classify m.mynah new.csv --why --json")
        .succeeds()
        .lines()[0];
    assert_eq!(
        (
            &line["winner"]["label"],
            &line["runner_up_prototype"]["label"]
        ),
        (&"left".into(), &"right".into())
    );
    let clip = line["winner"]["nearest_clip"].as_str().unwrap();
    assert!(clip.starts_with("p.csv:"), "{clip}");
    assert_eq!(line["evidence"][0]["what"], "x");
    let sum: f64 = line["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| share(&e["share"]))
        .sum();
    assert!((sum - 1.0).abs() < 1e-3, "{line}");
    let text = shop
        .mynah("classify m.mynah new.csv --why")
        .succeeds()
        .stdout;
    for expected in [
        "decided by prototype",
        "nearest to p.csv:",
        "against",
        "by         x +",
    ] {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }

    let card = shop.json("inspect m.mynah --prototypes");
    assert_eq!(card["metric"], "relevances");
    assert!(share(&card["relevances"][0]) > share(&card["relevances"][1]));
    assert_eq!(card["prototypes"].as_array().unwrap().len(), 2);
    let text = shop.mynah("inspect m.mynah").succeeds().stdout;
    assert!(
        text.contains("eigenvalues ") && text.contains("looks at    x "),
        "{text}"
    );
    shop.mynah("inspect m.mynah --relevances heat.svg")
        .succeeds();
    let drawing = String::from_utf8(shop.read("heat.svg")).unwrap();
    assert!(drawing.starts_with("<svg ") && drawing.contains(">x: relevance "));
    shop.mynah("train p.csv -o e.mynah").succeeds();
    let run = shop
        .mynah("inspect e.mynah --relevances heat.svg")
        .ends_with(2);
    run.says("its metric is Euclidean")
        .says("--algorithm grlvq");
}

#[test]
fn why_of_a_word_tells_when_and_what() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let clip = "taught/ala/ada_nohash_0.wav";
    let line = &shop
        .mynah(&format!("classify w.mynah {clip} --why --json"))
        .succeeds()
        .lines()[0];
    assert_eq!(line["winner"]["label"], "ala");
    let nearest = line["winner"]["nearest_clip"].as_str().unwrap();
    assert!(shop.path(nearest).is_file(), "{nearest}");
    let what: Vec<&str> = line["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["what"].as_str().unwrap())
        .collect();
    assert!(
        what.iter().any(|what| what.ends_with("% of the word")),
        "{what:?}"
    );
    assert!(
        what.iter()
            .any(|what| what.contains('c') && !what.contains('%')),
        "{what:?}"
    );
}
