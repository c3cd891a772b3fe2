//! MFCC features for other tools: formats that agree, folders, channels, rates, stretches.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::{Path, PathBuf};

use common::{RATE, Workshop, f32s, say, utterances, wav, wav_of};
use mynah::dsp::{Mfcc, MfccConfig};

const CLIP: &str = "words/bebo/cyd_nohash_1.wav";

/// What the library makes of samples at 8 kHz, by either preset.
fn expected(config: MfccConfig, samples: &[f32]) -> Vec<Vec<f32>> {
    let mut mfcc = Mfcc::new(&config.with_sample_rate(RATE)).unwrap();
    mfcc.compute(samples)
        .unwrap()
        .rows()
        .map(<[f32]>::to_vec)
        .collect()
}

fn samples(bytes: &[u8]) -> Vec<f32> {
    mynah_audio::decode(bytes, mynah_audio::Channel::Mix)
        .unwrap()
        .samples
}

/// An .npy of version 1.0 as NumPy documents it: magic, length, a Python literal, the numbers.
fn npy(bytes: &[u8]) -> Vec<Vec<f32>> {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..start]).unwrap();
    assert!(
        header.contains("'descr': '<f4'") && header.contains("'fortran_order': False"),
        "{header}"
    );
    let (_, shape) = header.split_once("'shape': (").unwrap();
    let (shape, _) = shape.split_once(')').unwrap();
    let shape: Vec<usize> = shape
        .split(',')
        .map(|n| n.trim().parse().unwrap())
        .collect();
    let values: Vec<f32> = bytes[start..]
        .as_chunks()
        .0
        .iter()
        .map(|&b| f32::from_le_bytes(b))
        .collect();
    assert_eq!(values.len(), shape[0] * shape[1]);
    assert_eq!(bytes.len(), start + 4 * values.len());
    values.chunks(shape[1]).map(<[f32]>::to_vec).collect()
}

/// Rows of a table: (utterance left out) path, label, speaker, start, end, frame, then the coefficients.
fn csv(bytes: &[u8]) -> Vec<(Vec<String>, Vec<f32>)> {
    let mut table = csv::Reader::from_reader(bytes);
    let header: Vec<String> = table.headers().unwrap().iter().map(String::from).collect();
    assert_eq!(
        header[..7],
        [
            "utterance",
            "path",
            "label",
            "speaker",
            "start",
            "end",
            "frame"
        ]
    );
    let kaldi = MfccConfig::kaldi().columns();
    let mynah = MfccConfig::mynah().columns();
    assert!(header[7..] == mynah || header[7..] == kaldi, "{header:?}");
    let rows = table.records().map(|row| {
        let cells: Vec<String> = row.unwrap().iter().map(String::from).collect();
        let values = cells[7..]
            .iter()
            .map(|cell| cell.parse().unwrap())
            .collect();
        (cells[1..7].to_vec(), values)
    });
    rows.collect()
}

fn jsonl(bytes: &[u8]) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn frames(line: &serde_json::Value) -> Vec<Vec<f32>> {
    serde_json::from_value(line["features"].clone()).unwrap()
}

#[test]
fn every_format_gives_the_librarys_numbers_bit_for_bit() {
    let shop = Workshop::new();
    shop.folders("words");
    let samples = samples(&shop.read(CLIP));
    for (preset, config) in [
        ("", MfccConfig::mynah()),
        ("--preset kaldi", MfccConfig::kaldi()),
    ] {
        let expected = expected(config, &samples);
        assert!(expected.len() > 20 && expected[0].len() > 10);
        for ending in ["npy", "csv", "jsonl"] {
            shop.mynah(&format!("features {CLIP} -o f.{ending} {preset}"))
                .succeeds()
                .quietly();
        }
        assert_eq!(npy(&shop.read("f.npy")), expected);
        let table = csv(&shop.read("f.csv"));
        assert_eq!(
            table
                .iter()
                .map(|(_, values)| values.clone())
                .collect::<Vec<_>>(),
            expected
        );
        for (i, (cells, _)) in table.iter().enumerate() {
            assert_eq!(*cells, [CLIP, "", "", "", "", &i.to_string()]);
        }
        let lines = jsonl(&shop.read("f.jsonl"));
        assert_eq!((lines.len(), frames(&lines[0])), (1, expected.clone()));
        let line = &lines[0];
        assert_eq!(
            (&line["path"], &line["sample_rate"]),
            (&CLIP.into(), &RATE.into())
        );
        assert_eq!(
            (&line["n_frames"], &line["n_coeffs"]),
            (&expected.len().into(), &expected[0].len().into())
        );
        assert!(line["label"].is_null() && line["speaker"].is_null() && line["start"].is_null());
    }
}

#[test]
fn standard_output_and_format_by_name() {
    let shop = Workshop::new();
    shop.folders("words");
    for ending in ["npy", "csv", "jsonl"] {
        shop.mynah(&format!("features {CLIP} -o f.{ending}"))
            .succeeds();
        let run = shop
            .mynah(&format!("features {CLIP} -o - --format {ending}"))
            .succeeds()
            .quietly();
        assert!(run.bytes == shop.read(format!("f.{ending}")), "{ending}");
        shop.mynah(&format!(
            "features {CLIP} -o odd.{ending}.txt --format {ending}"
        ))
        .succeeds();
        assert!(
            run.bytes == shop.read(format!("odd.{ending}.txt")),
            "{ending}"
        );
    }
    let run = shop.mynah(&format!("features {CLIP} -o -")).succeeds();
    assert!(
        run.bytes == shop.read("f.npy"),
        "npy unless another is named"
    );
    shop.mynah(&format!("features {CLIP} -o f.ndjson"))
        .succeeds();
    assert!(shop.read("f.ndjson") == shop.read("f.jsonl"));
}

#[test]
fn a_manifest_gives_labels_speakers_and_stretches() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.write(
        "m.csv",
        format!("path,label,speaker,start,end\n{CLIP},\"bebo, twice\",cyd,,\n{CLIP},late,,0.1,\n{CLIP},middle,cyd,0.1,0.25\n"),
    );
    let whole = samples(&shop.read(CLIP));
    let parts = [&whole[..], &whole[800..], &whole[800..2_000]];
    let expected = parts.map(|part| expected(MfccConfig::mynah(), part));

    shop.mynah("features m.csv -o f.jsonl").succeeds().quietly();
    let lines = jsonl(&shop.read("f.jsonl"));
    let about = |key: &str| -> Vec<_> { lines.iter().map(|line| line[key].clone()).collect() };
    assert_eq!(lines.iter().map(frames).collect::<Vec<_>>(), expected);
    assert_eq!(about("label"), ["bebo, twice", "late", "middle"]);
    assert_eq!(
        serde_json::json!(about("speaker")),
        serde_json::json!(["cyd", null, "cyd"])
    );
    assert_eq!(
        serde_json::json!(about("start")),
        serde_json::json!([null, 0.1, 0.1])
    );
    assert_eq!(
        serde_json::json!(about("end")),
        serde_json::json!([null, null, 0.25])
    );

    shop.mynah("features m.csv -o f.csv").succeeds();
    let table = csv(&shop.read("f.csv"));
    assert_eq!(
        table
            .iter()
            .map(|(_, values)| values.clone())
            .collect::<Vec<_>>(),
        expected.concat()
    );
    // Every row says which stretch it is of.
    let heads = [
        ["bebo, twice", "cyd", "", ""],
        ["late", "", "0.1", ""],
        ["middle", "cyd", "0.1", "0.25"],
    ];
    let rows = heads
        .iter()
        .zip(&expected)
        .flat_map(|(head, frames)| (0..frames.len()).map(move |i| (head, i)));
    for ((cells, _), (head, i)) in table.iter().zip(rows) {
        assert_eq!(
            (cells[1..5].to_vec(), &cells[5]),
            (head.map(String::from).to_vec(), &i.to_string())
        );
    }

    shop.mynah("features m.csv -o f/").succeeds();
    let names = [
        "cyd_nohash_1.npy",
        "cyd_nohash_1-100-ms.npy",
        "cyd_nohash_1-100-250ms.npy",
    ];
    for (name, expected) in names.iter().zip(&expected) {
        assert_eq!(npy(&shop.read(format!("f/words/bebo/{name}"))), *expected);
    }
}

#[test]
fn a_folder_of_features_mirrors_the_folder_of_clips() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.write("words/bebo/deep/er/odd name.WAV", shop.read(CLIP));
    shop.write("words/notes.txt", "no sound");
    shop.mynah("features words -o f/").succeeds().quietly();
    let mut expected: Vec<PathBuf> = utterances()
        .map(|(word, speaker, take)| format!("f/{word}/{speaker}_nohash_{take}.npy").into())
        .chain(["f/bebo/deep/er/odd name.npy", "f/index.csv"].map(PathBuf::from))
        .collect();
    expected.sort();
    let found: Vec<PathBuf> = shop
        .files()
        .into_iter()
        .filter(|path| path.starts_with("f"))
        .collect();
    assert_eq!(found, expected);

    // Each is what the file alone gives, and the order of the table is that of the names.
    shop.mynah(&format!("features {CLIP} -o one.npy"))
        .succeeds();
    assert!(shop.read("one.npy") == shop.read("f/bebo/cyd_nohash_1.npy"));
    assert!(shop.read("one.npy") == shop.read("f/bebo/deep/er/odd name.npy"));
    shop.mynah("features words -o f.jsonl").succeeds();
    let lines = jsonl(&shop.read("f.jsonl"));
    let paths: Vec<&Path> = lines
        .iter()
        .map(|line| Path::new(line["path"].as_str().unwrap()))
        .collect();
    assert!(paths.len() == 61 && paths.is_sorted(), "{paths:?}");

    // Without the slash too, where there are many; into a folder that is there, always.
    shop.mynah("features words -o g").succeeds();
    assert!(shop.read("one.npy") == shop.read("g/bebo/cyd_nohash_1.npy"));
    shop.mynah(&format!("features {CLIP} -o g")).succeeds();
    assert!(shop.read("one.npy") == shop.read("g/cyd_nohash_1.npy"));
}

#[test]
fn two_recordings_never_go_to_one_file() {
    let shop = Workshop::new();
    shop.folders("words");
    let (one, two) = ("words/ala/ada_nohash_0.wav", "words/uni/ada_nohash_0.wav");
    for output in ["f/", "f.csv", "f.npz"] {
        let run = shop
            .mynah(&format!("features words/ala words/uni -o {output}"))
            .ends_with(1);
        run.says(&format!(
            "{two}: would be called ada_nohash_0, as {one} is; rename one"
        ))
        .says("20 inputs were skipped");
    }
    shop.mynah(&format!("features {one} -o one.npy")).succeeds();
    assert!(shop.read("f/ada_nohash_0.npy") == shop.read("one.npy"));
    let before = shop.files();
    let run = shop
        .mynah(&format!("features {CLIP} {one} -o f.npy"))
        .ends_with(2);
    run.says("one .npy holds one recording and there are 2; give a folder: -o f-features/");
    let run = shop
        .mynah(&format!("features {CLIP} {one} -o -"))
        .ends_with(2);
    run.says("one .npy holds one recording");
    // Found out before anything is written.
    assert_eq!(shop.files(), before);
    // Of files one by one the folders tell them apart.
    shop.mynah(&format!("features {CLIP} {one} {two} -o f/"))
        .succeeds();
    for name in ["ala/ada_nohash_0", "uni/ada_nohash_0", "bebo/cyd_nohash_1"] {
        assert!(shop.path(format!("f/{name}.npy")).exists(), "{name}");
    }
}

#[test]
fn a_manifest_that_points_elsewhere_writes_nothing_there() {
    let shop = Workshop::new();
    shop.folders("words");
    let manifest = |row: &str| shop.write("lists/m.csv", format!("path,label\n{row},bebo\n"));
    for row in [
        "../words/bebo/cyd_nohash_1.wav".to_string(),
        shop.path(CLIP).display().to_string(),
    ] {
        manifest(&row);
        // Named as seen from two places, of which the second has an empty folder name.
        for (folder, name) in [("", "lists/m.csv"), ("lists", "m.csv")] {
            let mut command = shop.command(["features", name, "-o"]);
            command.arg(shop.path("f/")).current_dir(shop.path(folder));
            common::Run::of(command.output().unwrap()).succeeds();
            let written: Vec<PathBuf> = shop
                .files()
                .into_iter()
                .filter(|path| path.extension().is_some_and(|e| e == "npy"))
                .collect();
            assert_eq!(
                written,
                [Path::new("f/cyd_nohash_1.npy")],
                "{row} of {name} in {folder:?}"
            );
            std::fs::remove_file(shop.path("f/cyd_nohash_1.npy")).unwrap();
        }
    }
}

#[test]
fn channels_are_mixed_or_picked() {
    let shop = Workshop::new();
    let (left, right) = (say("ala", "bob", 0, RATE), say("uni", "eve", 0, RATE));
    let both: Vec<f32> = left
        .iter()
        .zip(&right)
        .flat_map(|(&l, &r)| [l, r])
        .collect();
    let mixed: Vec<f32> = left
        .iter()
        .zip(&right)
        .map(|(l, r)| (l + r) / 2.0)
        .collect();
    shop.write("both.wav", wav_of(3, 2, 32, RATE, &f32s(&both)));
    for (channel, samples) in [
        ("--channel mix", &mixed),
        ("", &mixed),
        ("--channel 1", &left),
        ("--channel 2", &right),
    ] {
        shop.mynah(&format!("features both.wav -o f.npy {channel}"))
            .succeeds()
            .quietly();
        assert_eq!(
            npy(&shop.read("f.npy")),
            expected(MfccConfig::mynah(), samples),
            "{channel:?}"
        );
    }
    let run = shop
        .mynah("features both.wav -o x.npy --channel 3")
        .ends_with(3);
    run.says("both.wav: has no channel 3; give --channel mix or 1 to 2");

    shop.model("w.mynah");
    for (channel, word) in [(1, "ala"), (2, "uni")] {
        let run = shop
            .mynah(&format!(
                "classify w.mynah both.wav --json --channel {channel}"
            ))
            .succeeds();
        assert_eq!(run.lines()[0]["label"], word);
    }
}

#[test]
fn rates_are_kept_unless_one_is_asked_for() {
    let shop = Workshop::new();
    let samples = say("bebo", "bob", 0, RATE);
    shop.write("clips/a.wav", wav_of(3, 1, 32, RATE, &f32s(&samples)));
    shop.write("clips/b.wav", wav(&say("bebo", "bob", 0, 16_000), 16_000));
    let run = shop.mynah("features clips -o f.jsonl").succeeds();
    let run = run.says("WARNING: the recordings have different sample rates ({8000, 16000} Hz)");
    run.says("give --sample-rate");
    let rates = |file: &str| -> Vec<u64> {
        jsonl(&shop.read(file))
            .iter()
            .map(|line| line["sample_rate"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(rates("f.jsonl"), [8_000, 16_000]);
    shop.mynah("features clips -o f.jsonl --sample-rate 11025")
        .succeeds()
        .quietly();
    assert_eq!(rates("f.jsonl"), [11_025, 11_025]);

    let resampled = mynah_audio::resample(&samples, RATE, 11_025).unwrap();
    let mut mfcc = Mfcc::new(&MfccConfig::mynah().with_sample_rate(11_025)).unwrap();
    let expected: Vec<Vec<f32>> = mfcc
        .compute(&resampled)
        .unwrap()
        .rows()
        .map(<[f32]>::to_vec)
        .collect();
    assert_eq!(frames(&jsonl(&shop.read("f.jsonl"))[0]), expected);
}
