//! What a result does not tell, said aloud; and what was asked for and not done, refused.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{Workshop, hesitating};

/// Two classes in the plane, three parts; the class follows `x` alone.
fn table(columns: [&str; 2], split: bool) -> String {
    let mut noise = common::Noise(3);
    let side = if split { ",split" } else { "" };
    let mut text = format!("{},{},class{side}\n", columns[0], columns[1]);
    for i in 0..240 {
        let class = i % 2;
        let x = class as f32 * 2.0 + 900.0 * noise.next();
        let y = 10.0 + 900.0 * noise.next();
        let value = |column: &str| if column == "x" { x } else { y };
        let part = ["train", "train", "validation", "validation", "test", "test"][i % 6];
        let part = if split {
            format!(",{part}")
        } else {
            String::new()
        };
        text += &format!(
            "{},{},{}{part}\n",
            value(columns[0]),
            value(columns[1]),
            ["left", "right"][class]
        );
    }
    text
}

#[test]
fn columns_are_found_by_their_names() {
    let shop = Workshop::new();
    shop.write("p.csv", table(["x", "y"], true));
    shop.write("q.csv", table(["y", "x"], true));
    shop.write("z.csv", table(["x", "z"], true));
    shop.mynah("train p.csv -o m.mynah").succeeds();
    let [straight, turned] = ["p", "q"].map(|name| shop.json(&format!("eval m.mynah {name}.csv")));
    assert_eq!(straight["confusion"], turned["confusion"]);
    let answers = |name: &str| {
        let lines = shop
            .mynah(&format!("classify m.mynah {name}.csv --json"))
            .succeeds();
        let lines = lines.lines().into_iter();
        lines
            .map(|line| line["distance"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(answers("p"), answers("q"));
    let [a, b] = ["p", "q"].map(|name| {
        shop.json(&format!("calibrate m.mynah {name}.csv -o s.mynah"))["after"].clone()
    });
    assert_eq!(a, b);
    shop.mynah("train q.csv -o n.mynah --init-from m.mynah")
        .succeeds();
    assert!(shop.json("eval n.mynah p.csv")["accuracy"].as_f64() > Some(0.9));
    for command in [
        "eval m.mynah z.csv",
        "train z.csv -o n.mynah --init-from m.mynah",
        "calibrate m.mynah z.csv -o s.mynah",
    ] {
        shop.mynah(command).ends_with(2).says(
            "z.csv: has no column, or more than one, for y; the model takes the columns x, y",
        );
    }
}

#[test]
fn a_part_that_chose_the_epoch_is_no_test() {
    let shop = Workshop::new();
    shop.write("p.csv", table(["x", "y"], true));
    let run = shop
        .mynah("train p.csv -o m.mynah --validation test --patience 3")
        .succeeds();
    run.says("WARNING: 80 rows of the test part choose the epoch");
    shop.mynah("eval m.mynah p.csv")
        .succeeds()
        .says("WARNING: the training kept the epoch with the fewest errors on this part");
    shop.mynah("eval m.mynah p.csv --split validation")
        .succeeds()
        .quietly();
    let card = shop.json("inspect m.mynah");
    assert_eq!(card["provenance"]["validated"], "test");
    let command = card["provenance"]["command"].as_str().unwrap();
    assert!(
        command.contains("--validation test --patience 3"),
        "{command}"
    );
    shop.mynah("train p.csv -o n.mynah --validation train")
        .succeeds()
        .says("that choose the epoch are trained on too");
    shop.mynah("train p.csv -o n.mynah --validation validation")
        .succeeds()
        .quietly();
}

#[test]
fn answers_that_were_calibrated_on_are_no_test() {
    let shop = Workshop::new();
    shop.write("p.csv", table(["x", "y"], true));
    shop.mynah("train p.csv -o m.mynah").succeeds();
    shop.mynah("calibrate m.mynah p.csv -o s.mynah --rejected 0.1")
        .succeeds();
    let line = "eval s.mynah p.csv --split validation";
    shop.mynah(line)
        .succeeds()
        .says("WARNING: thresholds and probabilities were fitted to 80 of these 80 test rows");
    assert_eq!(shop.json(line)["clips_in_calibration"], 80);
    shop.mynah("eval s.mynah p.csv").succeeds().quietly();
}

#[test]
fn what_training_skips_and_doubts_is_named_by_inspect() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.write(
        "words/ala/mute.wav",
        common::wav(&[0.0; 4_000], common::RATE),
    );
    shop.write("words/ala/click.wav", common::wav(&[0.5; 20], common::RATE));
    fs::copy(
        shop.path("words/ala/ada_nohash_0.wav"),
        shop.path("words/uni/copy.wav"),
    )
    .unwrap();
    let run = shop.mynah("inspect words").ends_with(1);
    assert!(run.stdout.contains("2 broken"), "{}", run.stdout);
    assert!(run.stdout.contains("conflicts   1 group"), "{}", run.stdout);
    run.says("mute.wav: is silent").says("click.wav: too short");
    shop.mynah("train words -o w.mynah --epochs 2")
        .ends_with(1)
        .says("WARNING: the same recording is there under more than one word");
}

#[test]
fn codebooks_and_checkpoints_are_known() {
    let shop = Workshop::new();
    shop.write("p.csv", table(["x", "y"], false));
    shop.mynah("cluster p.csv -o p.codebook --units 3x3")
        .succeeds();
    shop.mynah("train p.csv -o m.mynah --checkpoint m.ckpt --checkpoint-every 1 --epochs 3")
        .succeeds();
    let card = shop.json("inspect p.codebook");
    assert_eq!(
        (&card["kind"], &card["n_units"]),
        (&"codebook".into(), &9.into())
    );
    let text = shop.mynah("inspect p.codebook").succeeds().stdout;
    assert!(
        text.contains("codebook of `mynah cluster`, 9 units"),
        "{text}"
    );
    assert_eq!(shop.json("inspect m.ckpt")["kind"], "checkpoint");
    let text = shop.mynah("inspect m.ckpt").succeeds().stdout;
    assert!(text.contains("mynah train p.csv -o MODEL"), "{text}");
    let run = shop
        .mynah("train p.csv -o n.mynah --checkpoint n.ckpt --epochs 3")
        .succeeds();
    run.says("no checkpoint was written");
    shop.mynah("train p.csv -o n.mynah --init m.mynah")
        .ends_with(2)
        .says("give --init-from m.mynah");
    shop.mynah("train p.csv -o n.mynah --continue none.ckpt")
        .ends_with(3)
        .says("none.ckpt: there is no such file; give a checkpoint");
}

#[test]
fn vectors_without_labels_are_clustered() {
    let shop = Workshop::new();
    let header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (40, 2), }";
    let mut npy = b"\x93NUMPY\x01\0".to_vec();
    npy.extend((header.len() as u16).to_le_bytes());
    npy.extend(header);
    npy.extend((0..80).flat_map(|i| (i as f32 * 1.3).sin().to_le_bytes()));
    shop.write("x.npy", npy);
    let found = shop.json("cluster x.npy -o x.codebook --units 2x2");
    assert_eq!(found["purity"], serde_json::Value::Null);
    shop.mynah("train x.npy -o x.mynah")
        .ends_with(2)
        .says("its rows have no labels");
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let shop = Workshop::new();
    shop.write("p.csv", table(["x", "y"], true));
    shop.write("free.csv", table(["x", "y"], false));
    shop.folders("words");
    shop.mynah("train p.csv -o m.mynah").succeeds();
    for (command, said) in [
        (
            "train words -o w.mynah --split-seed 3",
            "--split-seed: nothing is split by chance",
        ),
        (
            "train p.csv -o w.mynah --split-seed 3",
            "--split-seed: nothing is split by chance",
        ),
        (
            "cluster p.csv -o c --method kmeans --toroidal",
            "--toroidal is for maps",
        ),
        (
            "classify m.mynah p.csv --channel 1",
            "--channel is for recordings",
        ),
        (
            "train p.csv -o w.mynah --epochs 3 --set n_epochs=4",
            "are the same; give one",
        ),
        (
            "train p.csv -o w.mynah --learning-rate 0.1 --set learning_rate=0.2",
            "are the same; give one",
        ),
        (
            "train p.csv -o w.mynah --learning-rate nan",
            "give a number above 0",
        ),
        (
            "train p.csv -o w.mynah --set optimizer=sgd",
            "write adam, or with settings",
        ),
        (
            "train p.csv -o w.mynah --algorithm gmlvq --set n_rows=7",
            "--set n_rows=7: the vectors have 2 values",
        ),
        ("train p.csv -o w.mynah --set help", "n_epochs="),
        (
            "eval m.mynah words --noise x.wav --snr nan",
            "give a number of dB",
        ),
        (
            "train nowhere.csv -o w.mynah --missing",
            "nowhere.csv: no such file",
        ),
        (
            "forget m.mynah left -o w.mynah",
            "knows left and right only",
        ),
    ] {
        let run = shop.mynah(command);
        assert!(run.status >= 2, "{command}: {}", run.status);
        run.says(said);
    }
    shop.mynah("train free.csv -o w.mynah --split-seed 3 --prototypes-per-class 500")
        .succeeds()
        .says("note: --prototypes-per-class 500: there are no more prototypes than examples");
}

#[test]
fn a_background_is_in_the_result() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    hesitating(&shop, "others");
    shop.write(
        "hum.wav",
        common::wav(&[0.1, -0.2, 0.3, 0.05].repeat(4_000), common::RATE),
    );
    let line = "eval w.mynah others --noise hum.wav --snr 5";
    let expected = serde_json::json!({"files": ["hum.wav"], "snr_db": 5.0});
    assert_eq!(shop.json(line)["noise"], expected);
    let text = shop.mynah(line).succeeds().stdout;
    assert!(
        text.contains("under every clip hum.wav, 5 dB below it"),
        "{text}"
    );
}

#[test]
fn a_column_of_text_is_told_of_once() {
    let shop = Workshop::new();
    let rows: String = (0..30).map(|i| format!("{i},red{i},{}\n", i % 2)).collect();
    shop.write("t.csv", format!("size,colour,class\n{rows}"));
    let run = shop.mynah("train t.csv -o t.mynah").ends_with(3);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    run.says("column 2 (colour) is text in every line")
        .says("--label-column 2");
    let rows: String = (0..60)
        .map(|i| format!("{},{},{}\n", if i < 30 { "" } else { "1" }, i, i % 2))
        .collect();
    shop.write("gaps.csv", format!("a,b,class\n{rows}"));
    let run = shop.mynah("train gaps.csv -o t.mynah").ends_with(1);
    assert_eq!(
        run.stderr.matches("is missing (NaN)").count(),
        11,
        "{}",
        run.stderr
    );
    run.says("skipped: 20 more of which the same is to be said")
        .says("30 inputs were skipped");
    shop.mynah("train gaps.csv -o t.mynah --missing").succeeds();
    assert_eq!(shop.json("eval t.mynah gaps.csv --split all")["n"], 60);
}

#[test]
fn a_label_of_real_numbers_or_of_one_example_is_doubted() {
    let shop = Workshop::new();
    let rows: String = (0..40)
        .map(|i| format!("{i},{},{}.5\n", i % 7, i))
        .collect();
    shop.write("real.csv", rows);
    shop.mynah("train real.csv -o r.mynah --epochs 1")
        .says("most of them real numbers: is the label in another column?");
    let rows: String = (0..40)
        .map(|i| format!("{i},{},{}\n", i % 7, i.min(1)))
        .collect();
    shop.write("one.csv", rows);
    shop.mynah("train one.csv -o r.mynah --epochs 1")
        .succeeds()
        .says("WARNING: there is one example only of 0");
}
