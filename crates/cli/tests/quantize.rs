//! Models in whole numbers, and what is said of them.

mod common;

use common::Workshop;
use serde_json::Value;

/// Three classes in the plane and a value that never varies, in parts.
fn blobs(spread: f32) -> String {
    let mut noise = common::Noise(5);
    let mut text = "x,y,still,class,split\n".to_string();
    for i in 0..360 {
        let class = i % 3;
        let [x, y] = [[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]][class];
        let mut near = |at: f32| at + spread * 500.0 * noise.next();
        let split = ["train", "validation", "test"][i / 3 % 3];
        text += &format!(
            "{},{},7,{},{split}\n",
            near(x),
            near(y),
            ["a", "b", "c"][class]
        );
    }
    text
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn shop_of_blobs() -> Workshop {
    let shop = Workshop::new();
    shop.write("p.csv", blobs(1.0));
    shop.mynah("train p.csv -o m.mynah --algorithm gmlvq")
        .succeeds();
    shop
}

#[test]
fn whole_numbers_are_held_against_floating_point_ones() {
    let shop = shop_of_blobs();
    let before = number(&shop.json("eval m.mynah p.csv")["accuracy"]);
    for options in [
        "",
        "--bits 4",
        "--steps per-dimension",
        "--reach max",
        "--reach percentile --percentile 99",
    ] {
        let line = format!("quantize m.mynah -o q.mynah --calibrate p.csv {options}");
        let report = shop.json(&line);
        let test = &report["test"];
        assert_eq!(number(&test["accuracy_before"]), before, "{options}");
        let after = number(&shop.json("eval q.mynah p.csv")["accuracy"]);
        assert_eq!(number(&test["accuracy_after"]), after, "{options}");
        assert!(after > before - 0.03, "{options}: {after} for {before}");
        let flips = test["flips"].as_array().unwrap().len() as f64;
        let n = number(&test["n"]);
        assert_eq!(number(&test["agreement"]), (n - flips) / n);
        assert!(number(&test["safe_share"]) <= number(&test["agreement"]));
        let size = shop.read("q.mynah").len() as f64;
        assert_eq!(number(&report["bytes_after"]), size);
    }
    let card = shop.json("inspect q.mynah");
    assert_eq!(card["quantized"]["bits"], 8);
    let text = shop.mynah("inspect q.mynah").succeeds().stdout;
    assert!(
        text.contains("quantized   8 bits, to percentile 99, range from 120 rows"),
        "{text}"
    );
    let text = shop
        .mynah("quantize m.mynah -o q.mynah --calibrate p.csv")
        .succeeds()
        .stdout;
    assert!(
        text.contains("McNemar") && text.contains("are proven to be"),
        "{text}"
    );
    shop.has_no_parts();
}

#[test]
fn recordings_are_quantized_too() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.mynah("train words -o m.mynah --epochs 5 --split-by speaker")
        .succeeds();
    let line = "quantize m.mynah -o q.mynah --calibrate words --split-by speaker";
    let report = shop.json(line);
    assert!(number(&report["test"]["agreement"]) > 0.8, "{report}");
    let bare = shop.json(&format!("{line} --bits 4 --bare"));
    assert!(number(&bare["bytes_after"]) < 0.6 * number(&report["bytes_after"]));
    shop.mynah("export q.mynah --c q.h").succeeds();
    let header = String::from_utf8(shop.read("q.h")).unwrap();
    assert!(
        header.contains("q_classify(const int8_t *views"),
        "{header}"
    );
    let printed = shop
        .mynah("export q.mynah --c - --name lamp")
        .succeeds()
        .stdout;
    assert!(printed.contains("#define LAMP_BITS 4") && !printed.contains("bytes of C99"));
}

#[test]
fn a_corpus_is_not_needed() {
    let shop = shop_of_blobs();
    let report = shop.json("quantize m.mynah -o q.mynah");
    assert_eq!(report["test"], Value::Null);
    let tested = shop.json("quantize m.mynah -o q.mynah --test p.csv");
    assert!(number(&tested["test"]["agreement"]) > 0.95, "{tested}");
    shop.write(
        "few.csv",
        blobs(1.0)
            .lines()
            .take(4)
            .fold(String::new(), |text, line| text + line + "\n"),
    );
    shop.mynah("quantize m.mynah -o q.mynah --calibrate few.csv --split all")
        .succeeds()
        .says("are few to tell how far the values reach");
}

#[test]
fn values_beyond_the_range_are_counted() {
    let shop = shop_of_blobs();
    let report = shop.json("quantize m.mynah -o q.mynah --calibrate p.csv --reach max");
    assert!(number(&report["test"]["saturated"]) < 0.01, "{report}");
    shop.write("far.csv", blobs(40.0));
    let report =
        shop.json("quantize m.mynah -o q.mynah --calibrate p.csv --reach max --test far.csv");
    assert!(number(&report["test"]["saturated"]) > 0.1, "{report}");
}

/// What never varied is no evidence: where all is so there is no step, and one value more or less changes nothing.
#[test]
fn what_never_varies_has_no_step() {
    let shop = Workshop::new();
    shop.write("flat.csv", "x,y,class\n7,7,a\n7,7,b\n7,7,a\n7,7,b\n");
    shop.mynah("train flat.csv -o flat.mynah --algorithm glvq --epochs 2")
        .succeeds();
    shop.mynah("quantize flat.mynah -o x.mynah --calibrate flat.csv")
        .ends_with(3)
        .says("flat.mynah")
        .says("data that never vary have no step");
    assert!(!shop.path("x.mynah").exists());

    let shop = shop_of_blobs();
    shop.write("moves.csv", blobs(1.0).replace(",7,", ",900,"));
    for steps in ["same", "per-dimension"] {
        let line = format!("quantize m.mynah -o q.mynah --calibrate p.csv --steps {steps}");
        let still = &shop.json(&line)["test"];
        let moved = &shop.json(&format!("{line} --test moves.csv"))["test"];
        for what in ["accuracy_before", "accuracy_after", "saturated"] {
            assert_eq!(still[what], moved[what], "{steps}");
        }
    }
}

#[test]
fn what_cannot_be_is_said() {
    let shop = shop_of_blobs();
    shop.mynah("quantize m.mynah -o q.mynah --calibrate p.csv")
        .succeeds();
    let before = shop.read("q.mynah");
    for line in [
        "quantize q.mynah -o x.mynah",
        "train p.csv -o x.mynah --init-from q.mynah",
        "forget q.mynah a -o x.mynah",
        "classify q.mynah p.csv --why",
    ] {
        let run = shop.mynah(line);
        let status = run.status;
        run.says("go back to the model it was made from")
            .says("q.mynah");
        assert_ne!(status, 0, "{line}");
    }
    shop.mynah("export m.mynah --c m.h")
        .ends_with(2)
        .says("quantize it first");
    shop.mynah("export q.mynah --c q.h --name 1st")
        .ends_with(2)
        .says("a letter first");
    shop.mynah("quantize m.mynah -o m.mynah")
        .ends_with(3)
        .says("m.mynah");
    shop.mynah("quantize m.mynah -o x.mynah --bits 3")
        .ends_with(2)
        .says("8, 4 or 2");
    shop.mynah("quantize m.mynah -o x.mynah --percentile 20")
        .ends_with(2)
        .says("above 50");
    shop.mynah("quantize nowhere.mynah -o x.mynah")
        .ends_with(3)
        .says("nowhere.mynah");
    shop.write("wide.csv", "x,y,z,w,class\n1,2,3,4,a\n2,3,4,5,b\n");
    shop.mynah("quantize m.mynah -o x.mynah --calibrate wide.csv")
        .ends_with(2)
        .says("has rows of 4 values, the model takes 3");
    shop.folders("words");
    let run = shop.mynah("quantize m.mynah -o x.mynah --calibrate words");
    assert_ne!(run.status, 0);
    run.says("words");
    shop.write("none.csv", "x,y,still,class,split\n");
    let run = shop.mynah("quantize m.mynah -o x.mynah --calibrate none.csv");
    assert_ne!(run.status, 0);
    run.says("none.csv");
    shop.mynah("train p.csv -o local.mynah --algorithm lgmlvq --epochs 2")
        .succeeds();
    shop.mynah("quantize local.mynah -o x.mynah --calibrate p.csv")
        .ends_with(3)
        .says("local.mynah")
        .says("the same for all prototypes");
    shop.mynah("train p.csv -o gaps.mynah --missing").succeeds();
    shop.mynah("quantize gaps.mynah -o x.mynah --calibrate p.csv")
        .ends_with(3)
        .says("allows absent values");
    assert!(!shop.path("x.mynah").exists() && !shop.path("m.h").exists());
    assert_eq!(shop.read("q.mynah"), before);
    shop.has_no_parts();
}
