//! Kaldi data folders, stretches of long recordings, and long recordings whole.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, Workshop, say, wav};
use mynah::dsp::{Mfcc, MfccConfig};
use serde_json::Value;

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The numbers of an .npy of float32.
fn numbers(npy: &[u8]) -> Vec<f32> {
    let start = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    let values = npy[start..].as_chunks().0.iter();
    values.map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

#[test]
fn segments_are_what_cutting_by_hand_gives() {
    let shop = Workshop::new();
    let sound = say("bebo", "eve", 1, RATE).repeat(9);
    let whole = wav(&sound, RATE);
    shop.write("data/one.wav", &whole);
    shop.write("data/wav.scp", "one one.wav\ncmd cat one.wav |\n");
    // 0.5001 s is sample 4000.8: Kaldi takes 4000. The last ends a little after the sound, and the one before at its end.
    shop.write(
        "data/segments",
        "eve-1 one 0.1 0.7\neve-2 one 0.5001 1.29\neve-3 one 1 -1\neve/4 one 2 3.4\nlate one 2 3.7\nbad one 90 91\n",
    );
    shop.write("data/utt2spk", "eve-1 eve\neve-2 eve\neve-3 eve\n");
    shop.write("data/text", "eve-1 be bo\n");
    let cuts = [
        (800, 5_600),
        (4_000, 10_320),
        (8_000, sound.len()),
        (16_000, sound.len()),
    ];
    let ids = ["eve-1", "eve-2", "eve-3", "eve/4"];
    for (id, (start, end)) in ids.iter().zip(cuts) {
        let data = &whole[44 + 2 * start..44 + 2 * end];
        shop.write(
            format!("cut/{id}.wav"),
            common::wav_of(1, 1, 16, RATE, data),
        );
    }
    shop.mynah("features cut -o cut.jsonl").succeeds();
    for given in ["data", "data/wav.scp"] {
        let run = shop
            .mynah(&format!("features {given} -o f.jsonl"))
            .ends_with(1);
        run.says("skipped: data/wav.scp, line 2: cmd: is a command")
            .says("data/one.wav: the stretch ends at 3.7 s, more than 0.5 s after the recording")
            .says("data/one.wav: the stretch from 90 s lies outside the recording of 3.150 s");
        let (found, cut) = (lines(&shop.read("f.jsonl")), lines(&shop.read("cut.jsonl")));
        // The folder `eve` comes before the file `eve-1.wav`.
        let mut cut = cut;
        cut.rotate_left(1);
        assert_eq!((found.len(), cut.len()), (4, 4));
        for (i, (found, cut)) in found.iter().zip(&cut).enumerate() {
            assert_eq!(
                (&found["utterance"], &cut["utterance"]),
                (&ids[i].into(), &ids[i].into())
            );
            assert_eq!(found["features"], cut["features"], "{}", ids[i]);
        }
        assert_eq!(
            (&found[0]["label"], &found[0]["speaker"]),
            (&"be bo".into(), &"eve".into())
        );
        assert!(found[1]["label"].is_null() && found[3]["speaker"].is_null());
    }
    shop.mynah("features data -o f/").ends_with(1);
    assert!(shop.path("f/eve/4.npy").exists());
}

#[test]
fn an_id_does_not_lead_out_of_the_folder() {
    let shop = Workshop::new();
    shop.write("a.wav", wav(&say("ala", "ada", 0, RATE), RATE));
    shop.write("data/wav.scp", "../../out ../a.wav\n");
    shop.mynah("features data -o f/").succeeds();
    assert!(shop.path("f/..%2F..%2Fout.npy").exists());
}

#[test]
fn ids_that_mean_one_path_have_files_of_their_own() {
    let shop = Workshop::new();
    for (name, word) in [("1", "ala"), ("2", "bebo"), ("3", "uni")] {
        shop.write(
            format!("data/{name}.wav"),
            wav(&say(word, "ada", 0, RATE), RATE),
        );
    }
    shop.write(
        "data/wav.scp",
        "a/b 1.wav\na//b 2.wav\na/./b 3.wav\na/ 1.wav\n",
    );
    shop.mynah("features data -o f/").succeeds();
    for (name, place) in [
        ("1", "a/b"),
        ("2", "a%2F%2Fb"),
        ("3", "a%2F.%2Fb"),
        ("1", "a%2F"),
    ] {
        shop.mynah(&format!("features data/{name}.wav -o one.npy"))
            .succeeds();
        assert!(
            shop.read(format!("f/{place}.npy")) == shop.read("one.npy"),
            "{place}"
        );
    }
}

#[test]
fn a_file_that_is_called_like_an_archive_and_an_offset_is_a_file() {
    let shop = Workshop::new();
    shop.write("data/a:12", wav(&say("ala", "ada", 0, RATE), RATE));
    shop.write("data/wav.scp", "a a:12\nb b:12\n");
    shop.mynah("features data -o f.jsonl")
        .ends_with(1)
        .says("b: lies inside the archive b, which is not read");
    assert_eq!(lines(&shop.read("f.jsonl"))[0]["utterance"], "a");
}

#[test]
fn an_archive_unpacks_below_its_folder() {
    let shop = Workshop::new();
    shop.write("data/1.wav", wav(&say("ala", "ada", 0, RATE), RATE));
    shop.write(
        "data/wav.scp",
        "../../out 1.wav\n/root/out 1.wav\n..\\out 1.wav\nin/a 1.wav\n",
    );
    shop.mynah("features data -o f.npz").succeeds();
    let bytes = shop.read("f.npz");
    for name in [
        "..%2F..%2Fout.npy",
        "%2Froot%2Fout.npy",
        "..%2Fout.npy",
        "in/a.npy",
    ] {
        assert!(
            bytes
                .windows(name.len())
                .any(|part| part == name.as_bytes()),
            "{name}"
        );
    }
    for name in ["../", "..\\", "/root/"] {
        assert!(
            !bytes
                .windows(name.len())
                .any(|part| part == name.as_bytes()),
            "{name}"
        );
    }
}

#[test]
fn ids_without_a_possible_file_are_skipped() {
    let shop = Workshop::new();
    shop.write("data/1.wav", wav(&say("ala", "ada", 0, RATE), RATE));
    let long = "x".repeat(300);
    let ids = ["good", &long, "a.npy/b", "a", "z\0z"];
    let line = |id: &&str| format!("{id} 1.wav\n");
    shop.write("data/wav.scp", ids.iter().map(line).collect::<String>());
    shop.mynah("features data -o f/")
        .ends_with(1)
        .says("is too long for the name of a file")
        .says("a.npy/b needs a folder a.npy, where a file lies")
        .says("has a zero byte")
        .says("3 inputs were skipped");
    assert!(shop.path("f/good.npy").exists() && shop.path("f/a.npy").is_file());
    // One file of all takes them.
    shop.mynah("features data -o f.jsonl").succeeds();
    assert_eq!(lines(&shop.read("f.jsonl")).len(), 5);
}

#[test]
fn corpora_give_labels_and_speakers() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.flat("digits");
    for folder in ["words", "digits"] {
        shop.mynah(&format!("features {folder} -o f.jsonl"))
            .succeeds();
        let found = lines(&shop.read("f.jsonl"));
        assert_eq!(found.len(), 60);
        for line in found {
            let path = line["path"].as_str().unwrap();
            for key in ["label", "speaker"] {
                assert!(path.contains(line[key].as_str().unwrap()), "{line}");
            }
        }
    }
    // A name that looks like one by chance says nothing.
    shop.write(
        "digits/Interview.wav",
        wav(&say("ala", "ada", 0, RATE), RATE),
    );
    shop.mynah("features digits -o f.jsonl").succeeds();
    assert!(
        lines(&shop.read("f.jsonl"))
            .iter()
            .all(|line| line["label"].is_null())
    );
}

/// More than is analysed in memory: the same bits by another road.
#[test]
fn a_long_recording_is_what_its_samples_in_memory_give() {
    let shop = Workshop::new();
    let sound = say("uni", "bob", 2, RATE).repeat(400);
    assert!(sound.len() > 1 << 20);
    let bytes = wav(&sound, RATE);
    let samples = mynah_audio::decode(&bytes, mynah_audio::Channel::Mix)
        .unwrap()
        .samples;
    shop.write("long.wav", bytes);
    shop.write("short.wav", wav(&sound[..8_000], RATE));
    for (rate, asked) in [(RATE, ""), (11_025, "--sample-rate 11025")] {
        for (preset, config) in [
            ("mynah", MfccConfig::mynah()),
            ("kaldi", MfccConfig::kaldi()),
        ] {
            // Before and after a short one, whose state must not leak.
            shop.mynah(&format!(
                "features short.wav long.wav -o f/ --preset {preset} --threads 1 {asked}"
            ))
            .succeeds();
            for (name, samples) in [("long", &samples[..]), ("short", &samples[..8_000])] {
                let samples = mynah_audio::resample(samples, RATE, rate).unwrap();
                let mut mfcc = Mfcc::new(&config.clone().with_sample_rate(rate)).unwrap();
                let found = numbers(&shop.read(format!("f/{name}.npy")));
                assert!(
                    found == mfcc.compute(&samples).unwrap().data,
                    "{preset} {name} {rate}"
                );
            }
        }
    }
    // As text, and of a container, whose bytes do not fit in memory either.
    shop.mynah("features long.wav short.wav -o f.csv")
        .succeeds();
    let text = String::from_utf8(shop.read("f.csv")).unwrap();
    let n = Mfcc::<f32>::new(&MfccConfig::mynah().with_sample_rate(RATE)).unwrap();
    let rows = n.n_frames(samples.len()).unwrap() + n.n_frames(8_000).unwrap();
    assert_eq!(text.lines().count(), 1 + rows);
}
