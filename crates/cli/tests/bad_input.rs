//! Bad input: named with its fault and a remedy, the rest goes on, nothing half written, never a panic.

mod common;

use std::fs;

use common::{RATE, Run, Workshop, f32s, say, utterances, wav, wav_of};

/// Files that are no recordings, and what must be said of each: the fault, then the remedy.
fn bad_files() -> Vec<(&'static str, Vec<u8>, [&'static str; 2])> {
    let samples = say("ala", "ada", 7, RATE);
    let good = wav(&samples, RATE);
    let with_size = |size: u32| {
        let mut wav = good.clone();
        wav[40..44].copy_from_slice(&size.to_le_bytes());
        wav
    };
    let float = |value: f32| {
        let mut samples = samples.clone();
        samples[1_234] = value;
        wav_of(3, 1, 32, RATE, &f32s(&samples))
    };
    vec![
        ("empty.wav", Vec::new(), ["is empty", "copy it again"]),
        (
            "cut.wav",
            good[..good.len() / 2].to_vec(),
            ["promises 5600 bytes", "copy it again"],
        ),
        (
            "cut_header.wav",
            good[..30].to_vec(),
            ["broken WAV header", "copy it again"],
        ),
        (
            "header_only.wav",
            wav(&[], RATE),
            ["holds no samples", "record it again"],
        ),
        (
            "four_gigabytes.wav",
            with_size(u32::MAX - 9),
            ["promises 4294967286 bytes", "cut short"],
        ),
        (
            "nan.wav",
            float(f32::NAN),
            ["sample 1234 is NaN", "make the recording again"],
        ),
        (
            "inf.wav",
            float(f32::INFINITY),
            ["sample 1234 is inf", "make the recording again"],
        ),
        (
            "zero_hertz.wav",
            wav(&samples, 0),
            ["a sample rate of 0 Hz", "allowed are 1000 to"],
        ),
        (
            "text.wav",
            b"This is not sound.\n".to_vec(),
            ["is not sound", "convert it"],
        ),
        (
            "page.wav",
            b"<!DOCTYPE html>".repeat(99),
            ["is not sound", "convert it"],
        ),
        (
            "strange_rate.wav",
            wav(&samples.repeat(8), 767_999),
            ["767999 to 8000 Hz", "rounder rate"],
        ),
        (
            "one_sample.wav",
            wav(&[0.5], RATE),
            ["too short: 1 samples", "one frame needs 200"],
        ),
    ]
}

/// A corpus of which `bad/ala/` and the manifest `bad.csv` hold all of [`bad_files`].
fn corpus_with_bad_files(shop: &Workshop) {
    shop.folders("good");
    shop.folders("bad");
    for (name, bytes, _) in bad_files() {
        shop.write(format!("bad/ala/{name}"), bytes);
    }
}

/// Every bad file is named on one line with its fault and remedy, and all are counted at the end.
#[track_caller]
fn names_all(run: Run, which: impl Fn(&str) -> bool) -> Run {
    let mut n = 0;
    for (name, _, said) in bad_files() {
        let mut lines = run
            .stderr
            .lines()
            .filter(|line| line.contains(&format!("/{name}: ")));
        if !which(name) {
            assert_eq!(lines.next(), None);
            continue;
        }
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("{name} is not named in\n{}", run.stderr));
        assert_eq!(lines.next(), None, "{name} is named twice");
        for said in said {
            assert!(line.contains(said), "no {said:?} in {line:?}");
        }
        n += 1;
    }
    run.says(&format!("{n} inputs were skipped, named above"))
}

#[test]
fn training_goes_on_past_bad_files() {
    let shop = Workshop::new();
    corpus_with_bad_files(&shop);
    let run = shop.mynah("train bad -o bad.mynah").ends_with(1);
    names_all(run, |_| true);

    // As if they had not been there.
    let clean = Workshop::new();
    clean.folders("bad");
    clean.mynah("train bad -o bad.mynah").succeeds();
    assert!(shop.read("bad.mynah") == clean.read("bad.mynah"));
    shop.has_no_parts();
}

#[test]
fn evaluating_goes_on_past_bad_files() {
    let shop = Workshop::new();
    corpus_with_bad_files(&shop);
    shop.mynah("train good -o w.mynah").succeeds();
    let run = names_all(shop.mynah("eval w.mynah bad --json").ends_with(1), |_| true);
    let report = &run.lines()[0];
    assert_eq!(
        (&report["n"], &report["n_skipped"]),
        (&60.into(), &bad_files().len().into())
    );
    assert_eq!(
        report["accuracy"],
        shop.json("eval w.mynah good")["accuracy"]
    );

    // Files without a speaker stop this one only if they could be used; a manifest names one for all.
    let mut manifest = "path,label,speaker\n".to_string();
    for (word, speaker, take) in utterances() {
        manifest += &format!("bad/{word}/{speaker}_nohash_{take}.wav,{word},{speaker}\n");
    }
    for (name, ..) in bad_files() {
        manifest += &format!("bad/ala/{name},ala,ada\n");
    }
    shop.write("m.csv", manifest);
    let run = shop
        .mynah("eval m.csv --leave-one-speaker-out --align warp,pad --json")
        .ends_with(1);
    let both = &names_all(run, |_| true).lines()[0];
    assert_eq!(
        (&both["runs"][0]["n"], &both["runs"][1]["n"]),
        (&60.into(), &60.into())
    );
}

#[test]
fn classifying_goes_on_past_bad_files() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let mut args = vec!["classify".to_string(), "w.mynah".into(), "--json".into()];
    let good = ["ala", "bebo", "uni"].map(|word| format!("taught/{word}/ada_nohash_0.wav"));
    for (i, (name, bytes, _)) in bad_files().into_iter().enumerate() {
        shop.write(format!("bad/{name}"), bytes);
        args.push(format!("bad/{name}"));
        args.extend(good.get(i).cloned());
    }
    let run = names_all(shop.run(&args).ends_with(1), |_| true);
    let answers: Vec<_> = run
        .lines()
        .iter()
        .map(|line| line["label"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(answers, ["ala", "bebo", "uni"]);
}

#[test]
fn features_go_on_past_bad_files() {
    let shop = Workshop::new();
    corpus_with_bad_files(&shop);
    // Without resampling, a strange rate is no fault.
    let bad = |name: &str| name != "strange_rate.wav";
    for ending in ["csv", "jsonl"] {
        let run = shop
            .mynah(&format!("features bad -o f.{ending}"))
            .ends_with(1);
        names_all(
            run.says("WARNING: the recordings have different sample rates"),
            bad,
        );
        let text = String::from_utf8(shop.read(format!("f.{ending}"))).unwrap();
        assert!(text.contains("bad/uni/eve_nohash_3.wav"));
        assert!(!text.contains("one_sample"));
    }
    let run = shop
        .mynah("features bad --sample-rate 8000 -o f/")
        .ends_with(1);
    names_all(run, |_| true);
    assert_eq!(
        shop.files()
            .iter()
            .filter(|path| path.starts_with("f"))
            .filter(|path| path.extension().is_some_and(|ending| ending == "npy"))
            .count(),
        60
    );
    shop.has_no_parts();
}

#[test]
fn inspecting_finds_the_bad_files() {
    let shop = Workshop::new();
    corpus_with_bad_files(&shop);
    // What is only at a strange rate can be used.
    let useless = |name: &str| name != "strange_rate.wav";
    let run = names_all(shop.mynah("inspect bad --json").ends_with(1), useless);
    assert_eq!(run.lines()[0]["n_broken"], bad_files().len() - 1);
    assert_eq!(run.lines()[0]["n_clips"], 60 + bad_files().len());

    // A file by itself can be read, however short.
    let bad = |name: &str| useless(name) && name != "one_sample.wav";
    let files = bad_files()
        .into_iter()
        .map(|(name, ..)| format!("bad/ala/{name}"));
    let run = names_all(
        shop.run(["inspect".to_string()].into_iter().chain(files))
            .ends_with(1),
        bad,
    );
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
}

#[test]
fn nothing_usable_is_a_failure_that_leaves_everything_as_it_was() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    for (name, bytes, said) in bad_files() {
        if name == "strange_rate.wav" {
            continue;
        }
        let _ = fs::remove_dir_all(shop.path("bad"));
        shop.write(format!("bad/ala/{name}"), &bytes);
        shop.write(format!("bad/uni/{name}"), &bytes);
        let clip = format!("bad/ala/{name}");
        for command in [
            "train bad -o out.npy".to_string(),
            "eval w.mynah bad".to_string(),
            format!("classify w.mynah {clip}"),
            format!("features {clip} -o out.npy"),
            format!("features {clip} -o out.npy --format csv"),
            format!("features {clip} -o out.npy --format jsonl"),
        ] {
            shop.write("out.npy", "precious");
            let mut run = shop.mynah(&command).ends_with(3).says(&clip);
            for said in said {
                run = run.says(said);
            }
            assert_eq!(
                run.stdout
                    .lines()
                    .filter(|line| !line.starts_with("training on"))
                    .count(),
                0,
                "{command}"
            );
            assert_eq!(shop.read("out.npy"), b"precious", "{command}");
        }
        shop.has_no_parts();
    }
    shop.mynah("inspect bad/ala/nothing.wav")
        .ends_with(3)
        .says("bad/ala/nothing.wav: cannot be read");
}

#[test]
fn strict_stops_at_the_first_bad_file() {
    let shop = Workshop::new();
    corpus_with_bad_files(&shop);
    shop.mynah("train good -o w.mynah").succeeds();
    let (first, good) = ("bad/ala/cut.wav", "good/ala/ada_nohash_0.wav");
    for (command, named) in [
        ("train bad -o out.mynah", first),
        ("eval w.mynah bad", first),
        ("eval w.mynah bad --json", first),
        ("features bad -o out.csv", first),
        ("features bad -o out.jsonl", first),
        ("inspect good bad good", first),
        ("inspect nowhere.wav good", "nowhere.wav"),
        ("features nowhere.wav good -o out.csv", "nowhere.wav"),
        (
            "classify w.mynah nowhere.wav good/uni/eve_nohash_0.wav",
            "nowhere.wav",
        ),
        (
            "classify w.mynah good/uni/eve_nohash_0.wav bad/ala/empty.wav bad/ala/nan.wav",
            "bad/ala/empty.wav",
        ),
    ] {
        let run = shop.mynah(&format!("{command} --strict")).ends_with(3);
        assert!(
            run.stderr.starts_with(&format!("mynah: {named}: ")),
            "{command}:\n{}",
            run.stderr
        );
        assert_eq!(
            run.stderr.matches("--strict").count(),
            1,
            "{command}:\n{}",
            run.stderr
        );
        assert!(
            !shop
                .files()
                .iter()
                .any(|file| file.to_string_lossy().starts_with("out.")),
            "{command}"
        );
        shop.has_no_parts();
    }
    // Where nothing is bad it changes nothing.
    shop.mynah(&format!("classify w.mynah {good} --strict"))
        .succeeds()
        .quietly();
}

#[test]
fn a_header_that_claims_gigabytes_takes_none() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let (name, bytes, [said, _]) = bad_files().remove(4);
    let clip = shop.write(name, bytes);
    let mut model = shop.read("w.mynah");
    // The length of the model's own header, 2⁴⁰.
    model[..8].copy_from_slice(&(1u64 << 40).to_le_bytes());
    shop.write("lies.mynah", model);
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let limited = |args: &str| {
        let script = format!(
            "ulimit -v 500000; exec '{}' {args} --threads 1",
            env!("CARGO_BIN_EXE_mynah")
        );
        let mut shell = std::process::Command::new("sh");
        Run::of(
            shell
                .args(["-c", &script])
                .current_dir(shop.path(""))
                .output()
                .unwrap(),
        )
    };
    limited(&format!("classify w.mynah {}", clip.display()))
        .ends_with(3)
        .says(said);
    limited("classify lies.mynah taught/ala/ada_nohash_0.wav")
        .ends_with(3)
        .says("lies.mynah: ");
    limited("classify w.mynah taught/ala/ada_nohash_0.wav").succeeds();
}

#[test]
fn the_shortest_clip_is_one_frame() {
    let shop = Workshop::new();
    shop.folders("words");
    for (n, status) in [(200, 0), (201, 0), (199, 1)] {
        let clip = shop.write(
            "words/ala/short.wav",
            wav(&say("ala", "ada", 0, RATE)[..n], RATE),
        );
        shop.mynah("train words -o w.mynah").ends_with(status);
        let args = ["classify", "w.mynah", "words/uni/ada_nohash_0.wav"];
        let run = shop
            .run(args.into_iter().chain([clip.to_str().unwrap()]))
            .ends_with(status);
        if status == 1 {
            run.says("short.wav: too short: 199 samples, one frame needs 200");
        }
    }
}

#[test]
fn a_word_with_one_example_is_learnt() {
    let shop = Workshop::new();
    shop.folders("words");
    let rare = shop.write(
        "words/rare/1.wav",
        wav(&[0.1, 0.1, -0.1, -0.1].repeat(700), RATE),
    );
    let run = shop.mynah("train words -o w.mynah").succeeds();
    run.says("WARNING: there is one example only of rare");
    let run = shop
        .run(["classify", "w.mynah", "--json", rare.to_str().unwrap()])
        .succeeds();
    assert_eq!(run.lines()[0]["label"], "rare");

    // One word alone is no choice.
    fs::create_dir(shop.path("alone")).unwrap();
    fs::rename(shop.path("words/rare"), shop.path("alone/rare")).unwrap();
    let run = shop.mynah("train alone -o x.mynah").ends_with(3);
    run.says("alone: cannot train: training needs at least two different words, got 1; give clips of more words\n");
}
