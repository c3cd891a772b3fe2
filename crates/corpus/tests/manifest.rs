//! Manifests: what is read, what is refused, and that no bytes do harm.
#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap in a test's helper is a failed test"
)]

use std::path::Path;

use mynah_corpus::{Clip, Corpus, Error, ManifestFormat, Split};
use proptest::prelude::*;

fn read(format: ManifestFormat, bytes: impl AsRef<[u8]>) -> Result<Corpus, Error> {
    Corpus::from_manifest_bytes(bytes.as_ref(), format, Path::new("data/list.csv"))
}

fn csv(text: impl AsRef<[u8]>) -> Corpus {
    read(ManifestFormat::Csv, text).unwrap()
}

fn labels(corpus: &Corpus) -> Vec<&str> {
    corpus.clips.iter().map(|c| c.label.as_str()).collect()
}

/// The only clip and the only problem of a manifest whose first row is good.
fn refusal(format: ManifestFormat, text: impl AsRef<[u8]>) -> String {
    let corpus = read(format, text).unwrap();
    assert_eq!(
        (corpus.clips.len(), corpus.n_problems),
        (1, 1),
        "{:?}",
        corpus.problems
    );
    corpus.problems[0].to_string()
}

#[test]
fn every_column_in_any_order_and_case() {
    let corpus = csv(
        "\u{feff}Split, END ,Speaker,note,LABEL,start,Path\r\ntrain,2.5, ada ,x, yes ,0.5,a.wav\r\n,,,,no,,/abs/b.wav\r\n",
    );
    assert_eq!(corpus.n_problems, 0, "{:?}", corpus.problems);
    assert_eq!(
        corpus.clips,
        [
            Clip {
                path: "data/a.wav".into(),
                label: "yes".into(),
                speaker: Some("ada".into()),
                split: Some(Split::Train),
                start: Some(0.5),
                end: Some(2.5),
            },
            Clip {
                path: "/abs/b.wav".into(),
                label: "no".into(),
                speaker: None,
                split: None,
                start: None,
                end: None,
            }
        ]
    );
    assert_eq!(corpus.root, Path::new("data"));
}

#[test]
fn columns_by_their_other_names() {
    for header in [
        "file,class",
        "filename,word",
        "audio,keyword",
        "wav,text",
        "FILE,Class",
    ] {
        assert_eq!(
            labels(&csv(format!("{header}\na.wav,yes\n"))),
            ["yes"],
            "{header}"
        );
    }
    for name in ["speaker", "speaker_id", "client_id", "user"] {
        let corpus = csv(format!("path,label,{name}\na.wav,yes,ada\n"));
        assert_eq!(corpus.speakers(), ["ada"], "{name}");
    }
    for name in ["split", "set", "subset"] {
        let corpus = csv(format!("path,label,{name}\na.wav,yes,dev\n"));
        assert_eq!(corpus.clips[0].split, Some(Split::Validation), "{name}");
    }
    // The preferred name wins wherever it stands.
    assert_eq!(
        labels(&csv("text,label,file\nplease say yes,yes,a.wav\n")),
        ["yes"]
    );
}

#[test]
fn labels_of_all_kinds_keep_the_files_order() {
    let corpus =
        csv("path,label\n1,\"yes, please\"\n2,\"say \"\"no\"\"\"\n3,يمين\n4,はい\n5,  zoom in \n");
    assert_eq!(
        labels(&corpus),
        ["yes, please", "say \"no\"", "يمين", "はい", "zoom in"]
    );
}

#[test]
fn the_speaker_comes_from_the_column_if_there_is_one_else_from_the_name() {
    let corpus = csv("path,label\nyes/00000030_NO_01.flac,yes\nbed/0c_nohash_0.wav,bed\nx.wav,x\n");
    let speakers: Vec<_> = corpus.clips.iter().map(|c| c.speaker.as_deref()).collect();
    assert_eq!(speakers, [Some("00000030"), Some("0c"), None]);
    assert_eq!(
        csv("path,label,user\n0c_nohash_0.wav,bed,\n").clips[0].speaker,
        None
    );
}

#[test]
fn rows_that_cannot_be_used_are_named_and_the_rest_goes_on() {
    let rows = [
        ("b.wav,,,,", "the label is empty"),
        (",no,,,", "the path is empty"),
        (
            "b.wav,no,tset,,",
            "the split is \"tset\": write train, validation or test",
        ),
        ("b.wav,no,,x,", "the start is \"x\": write seconds"),
        ("b.wav,no,,-1,", "the start is \"-1\""),
        ("b.wav,no,,NaN,", "the start is \"NaN\""),
        ("b.wav,no,,,inf", "the end is \"inf\""),
        ("b.wav,no,,1e999,", "the start is \"1e999\""),
        ("b.wav,no,,2,1", "starts at 2 s but ends at 1 s"),
        ("b.wav,no,,2,2", "starts at 2 s but ends at 2 s"),
        ("b.wav,no,,,0", "starts at 0 s but ends at 0 s"),
        ("b.wav,no", ""),
        ("b.wav", "the label is empty"),
        (
            "b.wav,no,train,0,1,more",
            "has 6 cells under 5 columns: put cells that contain commas in quotes",
        ),
        ("b.wav,no,train,0,1,,", ""),
    ];
    for (row, expected) in rows {
        let corpus = csv(format!(
            "path,label,split,start,end\na.wav,yes,test,,\n{row}\nc.wav,yes,,,\n"
        ));
        if expected.is_empty() {
            assert_eq!((corpus.clips.len(), corpus.n_problems), (3, 0), "{row}");
        } else {
            assert_eq!((corpus.clips.len(), corpus.n_problems), (2, 1), "{row}");
            let problem = corpus.problems[0].to_string();
            assert!(problem.starts_with("data/list.csv, line 3: "), "{problem}");
            assert!(problem.contains(expected), "{problem}");
        }
    }
}

#[test]
fn line_numbers_count_blank_lines_both_line_ends_and_quoted_breaks() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = [
            "",
            "path,label,note",
            "a,yes,\"two",
            "lines\"",
            "",
            "b,",
            "",
            "",
            "c,",
            ",,",
            "d,no",
        ];
        let corpus = csv(lines.join(end));
        assert_eq!(labels(&corpus), ["yes", "no"]);
        let numbers: Vec<_> = corpus.problems.iter().map(|p| p.line.unwrap()).collect();
        assert_eq!(numbers, [6, 9], "{end:?}");
    }
}

#[test]
fn a_quote_left_open_is_named() {
    let problem = refusal(
        ManifestFormat::Csv,
        "path,label\na,yes\nb,\"no\nc,yes\nd,yes\n",
    );
    assert!(
        problem.contains("line 3") && problem.contains("close the quote"),
        "{problem}"
    );
}

#[test]
fn a_lone_quote_in_tsv_is_a_character() {
    let text = "path\tlabel\na\t\"yes\nb\tno\nc\t\"go, now\"\nd\t\"say \"\"hi\"\"\"\n";
    let corpus = read(ManifestFormat::Tsv, text).unwrap();
    assert_eq!(labels(&corpus), ["\"yes", "no", "go, now", "say \"hi\""]);
    let problem = refusal(ManifestFormat::Tsv, "path\tlabel\na\tyes\nb\tno\tway\n");
    assert!(problem.contains("remove the extra tabs"), "{problem}");
}

#[test]
fn json_lines() {
    let text = "{\"Path\": \"a.wav\", \"label\": 7, \"speaker\": null, \"start\": 0.5, \"end\": \"1.5\", \"more\": [1]}\r\n\n{\"file\": \"0c_nohash_0.wav\", \"word\": \" はい \", \"set\": \"dev\"}";
    let corpus = read(ManifestFormat::Jsonl, text).unwrap();
    assert_eq!(corpus.n_problems, 0, "{:?}", corpus.problems);
    assert_eq!(labels(&corpus), ["7", "はい"]);
    assert_eq!(
        (corpus.clips[0].start, corpus.clips[0].end),
        (Some(0.5), Some(1.5))
    );
    assert_eq!(corpus.clips[0].speaker, None);
    assert_eq!(corpus.clips[1].speaker.as_deref(), Some("0c"));
    assert_eq!(corpus.clips[1].split, Some(Split::Validation));

    for (line, expected) in [
        ("[1]", "is not a JSON object"),
        ("{\"path\": \"a\"", "is not a JSON object"),
        (
            "{\"path\": \"a\"}",
            "has no label: add a key label or class",
        ),
        ("{\"label\": \"a\"}", "has no path"),
        (
            "{\"path\": {}, \"label\": \"a\"}",
            "the value of \"path\" is neither a string nor a number",
        ),
        (
            "{\"path\": \"a\", \"label\": \"a\\nb\"}",
            "goes on over several lines",
        ),
    ] {
        let problem = refusal(
            ManifestFormat::Jsonl,
            format!("{{\"path\":\"a\",\"label\":\"b\"}}\n\n{line}\n"),
        );
        assert!(
            problem.contains("line 3") && problem.contains(expected),
            "{problem}"
        );
    }
    let deep = "[".repeat(100_000);
    assert!(read(ManifestFormat::Jsonl, deep).is_err());
}

#[test]
fn bytes_that_are_not_utf8() {
    let problem = refusal(ManifestFormat::Csv, b"path,label\na,yes\nb,n\xf6\n");
    assert!(
        problem.contains("line 3") && problem.contains("not UTF-8"),
        "{problem}"
    );
    let problem = refusal(
        ManifestFormat::Jsonl,
        b"{\"path\":\"a\",\"label\":\"b\"}\n{\"path\":\"a\",\"label\":\"\xf6\"}",
    );
    assert!(problem.contains("not UTF-8"), "{problem}");
    // A column nobody reads may hold anything.
    assert_eq!(csv(b"path,n\xf6te,label\na,\xff,yes\n").n_problems, 0);
    let utf16: Vec<u8> = "\u{feff}path,label\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(
        read(ManifestFormat::Csv, utf16),
        Err(Error::Utf16 { .. })
    ));
}

#[test]
fn manifests_without_use() {
    let error = read(ManifestFormat::Csv, "name;label\na;b\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("[\"name;label\"]")
            && error.contains("path, file")
            && error.contains("commas"),
        "{error}"
    );
    let error = read(ManifestFormat::Tsv, "path,label\na,b\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("separated by tabs"), "{error}");
    for empty in ["", "\n\n", "\u{feff}", "path,label\n"] {
        let error = read(ManifestFormat::Csv, empty).unwrap_err();
        assert!(
            matches!(error, Error::EmptyManifest { .. }),
            "{empty:?}: {error}"
        );
    }
    assert!(matches!(
        read(ManifestFormat::Jsonl, "\n"),
        Err(Error::EmptyManifest { .. })
    ));
    let error = read(ManifestFormat::Csv, "path,label\na,\nb,\n").unwrap_err();
    assert!(
        matches!(error, Error::NothingUsable { n_problems: 2, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("line 2: the label is empty"),
        "{error}"
    );
    // A message stays readable whatever is taken for a header.
    assert!(
        read(ManifestFormat::Csv, "x".repeat(1 << 20))
            .unwrap_err()
            .to_string()
            .len()
            < 500
    );
}

#[test]
fn extensions_name_the_format() {
    for (name, format) in [
        ("a.csv", Some(ManifestFormat::Csv)),
        ("a.TSV", Some(ManifestFormat::Tsv)),
        ("a.jsonl", Some(ManifestFormat::Jsonl)),
        ("a.ndjson", Some(ManifestFormat::Jsonl)),
        ("a.json", None),
        ("csv", None),
    ] {
        assert_eq!(ManifestFormat::from_path(Path::new(name)), format, "{name}");
    }
}

fn any_format() -> impl Strategy<Value = ManifestFormat> {
    prop::sample::select(vec![
        ManifestFormat::Csv,
        ManifestFormat::Tsv,
        ManifestFormat::Jsonl,
    ])
}

const VALID: [&str; 3] = [
    "path,label,speaker,split,start,end\na.wav,\"yes, \"\"sir\"\"\",ada,train,0.5,1\r\n\nb.wav,はい,,dev,,\n",
    "\u{feff}path\tlabel\tsplit\tend\na.wav\t\"yes\"\ttest\t1e0\nb.wav\tno\t\t\n",
    "{\"path\":\"a.wav\",\"label\":7,\"start\":0,\"end\":1.5}\n{\"file\":\"b\",\"class\":\"\\u00f6\",\"split\":null}\n",
];

/// A valid manifest with stretches of bytes replaced.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(
        prop_oneof![
            any::<u8>(),
            prop::sample::select(b"\",\t\r\n{}[]:0-e\\".to_vec())
        ],
        0..6,
    );
    let edit = (any::<prop::sample::Index>(), 0..6usize, bytes);
    (
        prop::sample::select(VALID.to_vec()),
        prop::collection::vec(edit, 0..6),
    )
        .prop_map(|(text, edits)| {
            let mut text = text.as_bytes().to_vec();
            for (at, length, bytes) in edits {
                let at = at.index(text.len() + 1);
                let end = (at + length).min(text.len());
                text.splice(at..end, bytes);
            }
            text
        })
}

fn check(format: ManifestFormat, bytes: &[u8]) -> Result<(), TestCaseError> {
    let n_lines = bytes.split(|&b| b == b'\n' || b == b'\r').count();
    let Ok(corpus) = read(format, bytes) else {
        return Ok(());
    };
    prop_assert!(!corpus.clips.is_empty());
    prop_assert!(corpus.clips.len() + corpus.n_problems <= n_lines);
    for clip in &corpus.clips {
        prop_assert!(!clip.label.is_empty() && clip.label.trim() == clip.label);
        prop_assert!(clip.speaker.as_ref().is_none_or(|s| !s.is_empty()));
        prop_assert!(clip.start.is_none_or(|s| s.is_finite() && s >= 0.0));
        prop_assert!(
            clip.end
                .is_none_or(|e| e.is_finite() && e > clip.start.unwrap_or(0.0))
        );
    }
    let mut last = 0;
    for problem in &corpus.problems {
        let line = problem
            .line
            .expect("every problem of a manifest has a line");
        prop_assert!(line > last && line <= n_lines as u64);
        last = line;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), format in any_format()) {
        check(format, &bytes)?;
    }

    #[test]
    fn no_mutated_manifest_panics(bytes in mutated(), format in any_format()) {
        check(format, &bytes)?;
    }

    #[test]
    fn what_is_quoted_comes_back(label in "[^\r\n]{0,9}[a-z\"][^\r\n]{0,9}") {
        let quoted = label.replace('"', "\"\"");
        let corpus = csv(format!("label,path\n\"{quoted}\",a.wav\n"));
        prop_assert_eq!(labels(&corpus), [label.trim()]);
    }
}
