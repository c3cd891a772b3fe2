//! Training for whole numbers: `train --quantize-aware`, and what `quantize` makes of it.

mod common;

use common::Workshop;
use serde_json::Value;

/// Three classes of points in the plane, the same every time.
fn shop() -> Workshop {
    let shop = Workshop::new();
    let mut noise = common::Noise(5);
    let mut text = String::new();
    for i in 0..150 {
        let (x, y) = [(0.0, 0.0), (2.0, 0.5), (0.5, 3.0)][i % 3];
        let mut near = || 400.0 * noise.next();
        let (x, y) = (x + near(), y + near());
        text += &format!("{x},{y},{}\n", ["red", "green", "blue"][i % 3]);
    }
    shop.write("points.csv", text);
    shop
}

const TRAIN: &str = "train points.csv --prototypes-per-class 2 --epochs 20 --quantize-aware";

#[test]
fn a_model_is_quantized_on_the_grid_that_it_learnt() {
    let shop = shop();
    for bits in [8, 4, 2] {
        let line = format!("{TRAIN} --bits {bits} --quant-delay 3 -o m.mynah");
        shop.mynah(&line).succeeds();
        let card = shop.json("inspect m.mynah");
        let learnt = &card["provenance"]["learnt_grid"];
        assert_eq!(learnt["bits"], bits);
        let command = card["provenance"]["command"].as_str().unwrap();
        let asked = format!("--quantize-aware --bits {bits} --quant-delay 3");
        assert!(command.contains(&asked), "{command}");
        let text = shop.mynah("inspect m.mynah").succeeds().stdout;
        let said = format!("learnt for  whole numbers: prototypes of {bits} bits");
        assert!(text.contains(&said), "{text}");
        let report = shop.json("eval m.mynah points.csv");
        assert!(report["accuracy"].as_f64().unwrap() > 0.95, "{report}");

        let made = shop.json("quantize m.mynah -o w.mynah --test points.csv");
        for key in ["bits", "step", "multiple"] {
            assert_eq!(made[key], learnt[key]);
        }
        let how = format!("{bits} bits, on the grid of its training");
        assert_eq!(made["how"], how.as_str());
        assert!(made["test"]["accuracy_after"].as_f64().unwrap() > 0.9);
        let run = shop.mynah("quantize m.mynah -o again.mynah").succeeds();
        assert!(run.stdout.contains(&how), "{}", run.stdout);
        let report = shop.json("eval w.mynah points.csv");
        assert_eq!(report["accuracy"], made["test"]["accuracy_after"]);
    }
}

#[test]
fn other_bits_than_those_learnt_need_a_corpus() {
    let shop = shop();
    let line = format!("{TRAIN} --bits 4 -o m.mynah");
    shop.mynah(&line).succeeds();
    shop.mynah("quantize m.mynah -o w.mynah --bits 2")
        .ends_with(2)
        .says("m.mynah: was trained for 4 bits; leave out --bits, or find a grid of 2 bits with --calibrate CORPUS");
    shop.mynah("quantize m.mynah -o w.mynah --steps per-dimension")
        .ends_with(2)
        .says("leave out --reach and --steps");
    assert!(!shop.path("w.mynah").exists());
    let made = |options: &str| {
        shop.json(&format!(
            "quantize m.mynah -o w.mynah --calibrate points.csv {options}"
        ))
    };
    assert_eq!(made("--bits 2")["bits"], 2);
    let fitted = made("");
    assert_eq!(fitted["bits"], 4);
    let how = fitted["how"].as_str().unwrap();
    assert!(how.contains("points.csv"), "{how}");
    // The one it learnt may be named.
    shop.mynah("quantize m.mynah -o w.mynah --bits 4")
        .succeeds();
}

#[test]
fn what_cannot_learn_so_is_refused() {
    let shop = shop();
    for rule in ["lvq1", "olvq1", "lvq2.1", "lvq3", "lgmlvq"] {
        let line = format!("{TRAIN} -o m.mynah --algorithm {rule}");
        let said = format!(
            "{rule} cannot learn so; take one of glvq, grlvq, gmlvq, rslvq, celvq, sng, or leave it out"
        );
        shop.mynah(&line).ends_with(2).says(&said);
    }
    for rule in ["glvq", "grlvq", "gmlvq", "rslvq", "celvq", "sng"] {
        let line = format!("{TRAIN} -o able.mynah --algorithm {rule}");
        shop.mynah(&line).succeeds();
    }
    for options in ["--bits 4", "--quant-delay 9"] {
        let line = format!("train points.csv -o m.mynah {options}");
        shop.mynah(&line).ends_with(2).says("--quantize-aware");
    }
    let line = format!("{TRAIN} -o m.mynah --bits 3");
    shop.mynah(&line).ends_with(2).says("give 8, 4 or 2");
    let line = "train points.csv -o more.mynah --add-to able.mynah --quantize-aware";
    shop.mynah(line).ends_with(2).says("--add-to takes");
    shop.write("gaps.csv", "1,2,a\n,3,b\n2,2,a\n3,3,b\n");
    let line = "train gaps.csv -o m.mynah --missing --quantize-aware";
    let run = shop.mynah(line);
    assert_ne!(run.status, 0);
    run.says("an absent value cannot be quantized");
    assert!(!shop.path("m.mynah").exists());
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_in_parts() {
    let shop = shop();
    let train = |output: &str, threads: usize, options: &str| {
        let line = format!("{TRAIN} --bits 2 -o {output} {options}");
        let mut command = shop.command(line.split_whitespace());
        command.env("RAYON_NUM_THREADS", threads.to_string());
        common::Run::of(command.output().unwrap()).succeeds();
        shop.read(output)
    };
    let one = train("one.mynah", 1, "--quant-delay 10");
    assert_eq!(one, train("two.mynah", 2, "--quant-delay 10"));
    let delayed = train("late.mynah", 2, "--quant-delay 1000000");
    assert_ne!(one, delayed);
    train(
        "c.mynah",
        1,
        "--quant-delay 10 --checkpoint c.ckpt --checkpoint-every 7",
    );
    assert_eq!(
        one,
        train("rest.mynah", 2, "--quant-delay 10 --continue c.ckpt")
    );
}

#[test]
fn a_delay_beyond_the_end_leaves_the_prototypes_as_they_were() {
    let shop = shop();
    let plain = TRAIN.replace(" --quantize-aware", "");
    shop.mynah(&format!("{plain} -o plain.mynah")).succeeds();
    shop.mynah(&format!("{TRAIN} --quant-delay 1000000 -o late.mynah"))
        .succeeds();
    let prototypes = |model: &str| -> Value {
        shop.json(&format!("inspect {model} --prototypes"))["prototypes"].clone()
    };
    assert!(prototypes("plain.mynah").is_array());
    assert_eq!(prototypes("plain.mynah"), prototypes("late.mynah"));
    let card = shop.json("inspect plain.mynah");
    assert!(card["provenance"].get("learnt_grid").is_none());
}

#[test]
fn words_are_learnt_and_quantized_too() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.mynah("train words -o m.mynah --split-by speaker --quantize-aware --bits 4 --epochs 10")
        .succeeds();
    let made = shop.json("quantize m.mynah -o w.mynah --test words");
    assert_eq!(made["how"], "4 bits, on the grid of its training");
    let test = &made["test"];
    let lost = |key: &str| test[key].as_f64().unwrap();
    assert!(
        lost("accuracy_after") > lost("accuracy_before") - 0.1,
        "{test}"
    );
}
