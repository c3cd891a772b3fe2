//! Options: refused with status 2 and a message that helps, explained with examples that work.

mod common;

use common::Workshop;

const COMMANDS: [&str; 10] = [
    "demo",
    "inspect",
    "train",
    "cluster",
    "eval",
    "classify",
    "calibrate",
    "forget",
    "features",
    "listen",
];

#[test]
fn what_cannot_be_is_refused_before_any_work() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.manifest("taught/plain.csv", ".", "", |_, _| Some(String::new()));
    let clip = "taught/ala/ada_nohash_0.wav";
    let before = shop.files();
    for (command, said) in [
        // Spelling.
        (
            "trian taught -o x.mynah",
            "a similar subcommand exists: 'train'",
        ),
        (
            "train taught -o x.mynah --aling pad",
            "a similar argument exists: '--align'",
        ),
        (
            "train taught -o x.mynah --align wrap",
            "[possible values: warp, pad]",
        ),
        (
            "train taught -o x.mynah --algorithm som",
            "[possible values: lvq1, olvq1, lvq2.1, lvq3, glvq, ",
        ),
        (
            "eval w.mynah taught --split tset",
            "[possible values: train, validation, test, all]",
        ),
        (
            "features CLIP -o x.npy --preset libroza",
            "[possible values: mynah, kaldi, ",
        ),
        (
            "features CLIP -o x.npy --format odt",
            "[possible values: npy, npz, csv, jsonl, ",
        ),
        (
            "listen w.mynah - --encoding s24",
            "[possible values: s16, s32, f32]",
        ),
        // Missing.
        ("train taught", "--output <MODEL>"),
        ("features CLIP", "--output <OUT>"),
        ("features -o x.npy", "<AUDIO>..."),
        ("classify w.mynah", "<AUDIO>..."),
        ("inspect", "<CORPUS|MODEL|FILE>..."),
        (
            "eval w.mynah",
            "eval needs MODEL and CORPUS, or CORPUS --leave-one-speaker-out",
        ),
        ("listen", "<MODEL>"),
        ("listen w.mynah --sample-rate 8000", "<INPUT>"),
        // Out of range.
        (
            "train taught -o x.mynah --prototypes-per-class 0",
            "--prototypes-per-class <N|…>': 0 is not in 1",
        ),
        (
            "train taught -o x.mynah --epochs 0",
            "--epochs <N>': 0 is not in 1..=1000000",
        ),
        (
            "train taught -o x.mynah --frames 1",
            "--frames <N>': 1 is not in 2..=10000",
        ),
        ("train taught -o x.mynah --frames many", "--frames <N>'"),
        ("train taught -o x.mynah --seed -1", "'-1'"),
        (
            "train taught -o x.mynah --sample-rate 0",
            "0 is not in 1000..=768000",
        ),
        (
            "train taught -o x.mynah --threads 0",
            "0 is not in 1..=1024",
        ),
        (
            "features CLIP -o x.npy --sample-rate 999",
            "999 is not in 1000..=768000",
        ),
        (
            "features CLIP -o x.npy --channel 0",
            "give `mix`, or the number of a channel counted from 1",
        ),
        (
            "features CLIP -o x.npy --channel left",
            "give `mix`, or the number of a channel counted from 1",
        ),
        (
            "listen w.mynah - --sample-rate 0",
            "0 is not in 1000..=768000",
        ),
        ("listen w.mynah - --channels 0", "0 is not in 1..=65535"),
        (
            "listen w.mynah - --seconds nan",
            "give a number of seconds above 0",
        ),
        (
            "listen w.mynah - --seconds 0",
            "give a number of seconds above 0",
        ),
        // Together, or in the wrong place.
        (
            "train taught -o x.mynah --align warp,pad",
            "train makes one model: give one --align",
        ),
        (
            "train taught -o - --json",
            "would mix on standard output; name a file",
        ),
        ("demo -o -", "name a file for the model"),
        (
            "eval w.mynah taught --leave-one-speaker-out",
            "give the CORPUS alone",
        ),
        (
            "eval w.mynah taught --align pad",
            "the training options go with --leave-one-speaker-out",
        ),
        (
            "features CLIP -o x.wav",
            "no format has the ending .wav; name the output .npy, .npz, .csv, .jsonl, .ark",
        ),
        (
            "features CLIP -o x/ --format csv",
            "x/: a folder is for npy and htk; name a file",
        ),
        ("features CLIP --mic 2 -o x.npy", "cannot be used with"),
        (
            "listen w.mynah sound.wav",
            "sox sound.wav -t s16 -r 16000 -c 1 - | mynah listen MODEL -",
        ),
        // Not in this corpus.
        (
            "eval w.mynah taught --split test",
            "taught: the corpus has no parts; leave --split away",
        ),
        (
            "train taught/plain.csv -o x.mynah --split train",
            "taught/plain.csv: the corpus has no parts",
        ),
    ] {
        let command = command.replace("CLIP", clip);
        let run = shop.mynah(&command);
        assert_eq!(run.status, 2, "{command}: {}{}", run.stdout, run.stderr);
        assert!(
            run.stderr.contains(said),
            "{command}: no {said:?} in\n{}",
            run.stderr
        );
        assert_eq!(run.stdout, "", "{command}");
    }
    assert_eq!(shop.files(), before);
}

#[test]
fn parts_a_corpus_does_not_have() {
    let shop = Workshop::new();
    shop.flat("digits");
    shop.mynah("train digits -o d.mynah").succeeds();
    let run = shop
        .mynah("eval d.mynah digits --split validation")
        .ends_with(2);
    run.says("digits: no clip is in its validation part (train 15, validation 0, test 45, none 0); choose another");

    shop.folders("words");
    shop.manifest("nobody.csv", "words", ",speaker", |_, _| {
        Some(",".to_string())
    });
    shop.manifest("ada.csv", "words", "", |speaker, _| {
        (speaker == "ada").then(String::new)
    });
    for (command, status, said) in [
        (
            "eval nobody.csv --leave-one-speaker-out",
            2,
            "nobody.csv: 60 of 60 clips do not say who speaks",
        ),
        (
            "eval ada.csv --leave-one-speaker-out",
            2,
            "ada.csv: leaving one speaker out needs at least two",
        ),
        (
            "train nobody.csv -o x.mynah --split-by speaker",
            3,
            "60 of 60 clips have no speaker",
        ),
        (
            "train ada.csv -o x.mynah --split-by speaker",
            3,
            "a split by speaker needs at least 2",
        ),
    ] {
        shop.mynah(command).ends_with(status).says(said);
    }
}

#[test]
fn help_teaches_by_example() {
    let shop = Workshop::new();
    let global = shop.mynah("--help").succeeds().quietly().stdout;
    for command in COMMANDS {
        assert!(
            global
                .lines()
                .any(|line| line.trim_start().starts_with(command)),
            "no {command} in\n{global}"
        );
    }
    assert!(
        global.contains("Exit status: 0 done, 1 some inputs were skipped, 2 wrong usage, 3 failed")
    );

    let pages: Vec<_> = COMMANDS
        .iter()
        .map(|name| {
            (
                *name,
                shop.mynah(&format!("{name} --help")).succeeds().stdout,
            )
        })
        .collect();
    for (name, page) in pages.iter().chain([&("mynah", global.clone())]) {
        let (options, examples) = page
            .split_once("\nExamples:\n")
            .unwrap_or_else(|| panic!("{name} has no examples"));
        assert!(examples.contains("mynah "), "{name}: {examples}");
        let (examples, _) = examples.split_once("\n\n").unwrap_or((examples, ""));
        for line in examples.lines() {
            assert!(
                line.starts_with("  ") && line.contains("mynah "),
                "{name}: broken off: {line:?}"
            );
        }
        // Every option of an example is one of the command it is given to.
        for line in examples.lines() {
            let Some((_, call)) = line.split_once("mynah ") else {
                continue;
            };
            let command = call.split_whitespace().next().unwrap();
            let Some((_, page)) = pages.iter().find(|(name, _)| *name == command) else {
                continue;
            };
            for option in call
                .split_whitespace()
                .filter(|word| word.starts_with('-') && *word != "-")
            {
                assert!(
                    page.contains(option),
                    "mynah {command} has no {option}: {line}"
                );
            }
        }
        assert!(
            options.contains("--threads") && options.contains("--strict"),
            "{name}"
        );
        assert!(
            page.lines().all(|line| line.chars().count() <= 120),
            "{name}:\n{page}"
        );
    }
    // `-h`, `help`, and nothing at all.
    shop.mynah("-h").succeeds();
    assert!(
        shop.mynah("help train")
            .succeeds()
            .stdout
            .contains("Examples:")
    );
    shop.mynah("").ends_with(2).says("Examples:");
}

#[test]
fn version() {
    let shop = Workshop::new();
    let run = shop.mynah("--version").succeeds().quietly();
    assert_eq!(run.stdout, format!("mynah {}\n", env!("CARGO_PKG_VERSION")));
}
