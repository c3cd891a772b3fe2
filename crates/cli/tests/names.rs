//! Names, labels and manifests as people make them.

mod common;

use common::{RATE, Workshop, say, wav};

/// Names that Linux allows and Unicode does not.
#[cfg(target_os = "linux")]
#[test]
fn file_names_that_are_not_utf_8() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;
    let shop = Workshop::new();
    shop.folders("words");
    let name = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
    let (caf, broken) = (
        name(b"words/uni/caf\xe9_nohash_7.wav"),
        name(b"words/ala/bad\xff.wav"),
    );
    shop.write(&caf, wav(&say("uni", "ada", 7, RATE), RATE));
    shop.write(&broken, "");
    shop.write(
        name(b"words/\xfe\xfe/1.wav"),
        wav(&say("uni", "ada", 7, RATE), RATE),
    );

    let run = shop.mynah("train words -o w.mynah").ends_with(1);
    let run = run.says("the folder's name is not UTF-8").says("rename it");
    run.says("words/ala/bad\u{fffd}.wav: is empty")
        .says("2 inputs were skipped");
    assert_eq!(shop.json("inspect w.mynah")["provenance"]["n_clips"], 61);

    let args = |first: &str| -> Vec<OsString> {
        first
            .split(' ')
            .map(OsString::from)
            .chain([caf.clone(), broken.clone()])
            .collect()
    };
    let run = shop
        .run(args("classify w.mynah --json"))
        .ends_with(1)
        .says("bad\u{fffd}.wav: is empty");
    assert_eq!(run.lines()[0]["label"], "uni");
    shop.run(args("inspect"))
        .ends_with(1)
        .says("bad\u{fffd}.wav: is empty");
    shop.run(args("features -o f.csv"))
        .ends_with(1)
        .says("bad\u{fffd}.wav: is empty");
    // The very bytes of the name, in the table and in the folder.
    let table = shop.read("f.csv");
    assert!(
        table
            .windows(caf.len())
            .any(|window| window == caf.as_bytes())
    );
    shop.run(args("features -o f/")).ends_with(1);
    assert!(shop.path("f").join(name(b"caf\xe9_nohash_7.npy")).is_file());
    // The output may have such a name too.
    shop.run([
        name(b"train"),
        name(b"words"),
        name(b"-o"),
        name(b"m\xff.mynah"),
    ])
    .ends_with(1);
    assert!(shop.path(name(b"m\xff.mynah")).is_file());
}

#[test]
fn labels_are_whatever_people_say() {
    let shop = Workshop::new();
    let labels = [
        "yes, please",
        "say \"hi\"",
        "نعم",
        "🎉",
        "tab\tbed",
        "ünïcode",
    ];
    let labels: Vec<&str> = labels
        .into_iter()
        .filter(|label| cfg!(unix) || !label.contains(['"', '\t']))
        .collect();
    let mut manifest = "speaker,label,path\n".to_string();
    for (i, label) in labels.iter().enumerate() {
        for take in 0..4 {
            let (word, speaker) = (["ala", "bebo", "uni"][i % 3], ["ada", "eve"][i / 3]);
            let path = format!("words/{label}/{take}.wav");
            shop.write(&path, wav(&say(word, speaker, take, RATE), RATE));
            let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
            manifest += &format!("{speaker},{},{}\n", quoted(label), quoted(&path));
        }
    }
    shop.write("m.csv", manifest);
    let mut sorted = labels.clone();
    sorted.sort_unstable();

    let trained = shop.json("train words -o w.mynah");
    assert_eq!(trained["labels"], serde_json::json!(sorted));
    let report = shop.json("eval w.mynah m.csv");
    assert_eq!(report["confusion"]["labels"], serde_json::json!(sorted));
    assert_eq!(report["accuracy"], 1.0);
    let text = shop.mynah("eval w.mynah m.csv").succeeds();
    for label in ["yes, please", "نعم", "🎉"] {
        assert!(
            text.stdout.contains(label),
            "no {label} in\n{}",
            text.stdout
        );
        let clip = format!("words/{label}/0.wav");
        let run = shop
            .run(["classify", "--json", "w.mynah", &clip])
            .succeeds();
        assert_eq!(
            (&run.lines()[0]["label"], &run.lines()[0]["path"]),
            (&label.into(), &clip.as_str().into())
        );
    }

    shop.mynah("features m.csv -o f.csv").succeeds().quietly();
    let mut table = csv::Reader::from_path(shop.path("f.csv")).unwrap();
    let mut seen: Vec<String> = table
        .records()
        .map(|row| row.unwrap()[2].to_string())
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, sorted);
}

#[test]
fn manifests_with_faults() {
    let shop = Workshop::new();
    shop.folders("words");
    shop.manifest("m.csv", "words", ",start,end", |_, take| {
        (take < 2).then(|| ",,".to_string())
    });
    let mut text = String::from_utf8(shop.read("m.csv")).unwrap();
    text += "words/ala/nobody.wav,ala,,\nwords/ala/ada_nohash_2.wav,ala,0.3,0.1\nwords/ala/ada_nohash_2.wav,,,\n\
             words/ala/ada_nohash_2.wav,ala,7,8\nwords/ala/ada_nohash_2.wav,yes,no,maybe,0.1,\n";
    shop.write("m.csv", &text);
    shop.mynah("train words -o w.mynah").succeeds();
    let faults = [
        "words/ala/nobody.wav: cannot be read",
        "m.csv, line 33: starts at 0.3 s but ends at 0.1 s: the end must be later",
        "m.csv, line 34: the label is empty: fill it in or remove the line",
        "words/ala/ada_nohash_2.wav: the stretch from 7 s lies outside the recording of 0.350 s; correct start and end",
        "m.csv, line 36: has 6 cells under 4 columns: put cells that contain commas in quotes",
    ];
    for command in [
        "train m.csv -o m.mynah",
        "eval w.mynah m.csv",
        "inspect m.csv",
        "features m.csv -o m.jsonl",
    ] {
        let mut run = shop
            .mynah(command)
            .ends_with(1)
            .says("5 inputs were skipped");
        for fault in faults {
            run = run.says(fault);
        }
    }
    assert_eq!(
        String::from_utf8(shop.read("m.jsonl"))
            .unwrap()
            .lines()
            .count(),
        30
    );
    assert_eq!(shop.json("inspect m.mynah")["provenance"]["n_clips"], 30);

    shop.write("columns.csv", "name,word\na.wav,ala\n");
    shop.write("hollow.csv", "path,label\n");
    shop.write("none.csv", "path,label\na.wav,\n");
    for (name, said) in [
        (
            "columns.csv",
            "has the columns [\"name\", \"word\"], needs one for the path",
        ),
        ("hollow.csv", "the manifest lists no clips: add rows"),
        (
            "none.csv",
            "none of its 1 clips can be used; the first: none.csv, line 2: the label is empty",
        ),
    ] {
        for command in [
            "train NAME -o x.mynah",
            "eval w.mynah NAME",
            "inspect NAME",
            "features NAME -o x.csv",
        ] {
            let run = shop.mynah(&command.replace("NAME", name)).ends_with(3);
            run.says(&format!("{name}: {said}"));
        }
        // Beside others it is skipped.
        shop.mynah(&format!("features {name} words/ala -o f.csv"))
            .ends_with(1)
            .says(said);
        shop.mynah(&format!("inspect {name} words/ala/ada_nohash_0.wav"))
            .ends_with(1)
            .says(said);
    }
    assert!(!shop.path("x.mynah").exists() && !shop.path("x.csv").exists());
}

#[test]
fn stretches_less_than_a_millisecond_apart_are_two() {
    let shop = Workshop::new();
    shop.write("a.wav", wav(&say("ala", "ada", 0, RATE), RATE));
    shop.write(
        "m.csv",
        "path,label,start,end\na.wav,x,0.1001,0.2\na.wav,x,0.1002,0.2\na.wav,x,0.1,0.2\na.wav,x,0.1,0.2\n",
    );
    shop.mynah("features m.csv -o f/")
        .ends_with(1)
        .says("a.wav: would be called a-100-200ms, as a.wav is; rename one")
        .says("1 input was skipped");
    for name in ["a-0.1001-0.2s", "a-0.1002-0.2s", "a-100-200ms"] {
        assert!(shop.path(format!("f/{name}.npy")).is_file(), "{name}");
    }
}
