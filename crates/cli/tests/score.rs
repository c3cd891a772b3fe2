//! `score`, and the pages of `--report`.

mod common;

use common::Workshop;
use serde_json::Value;

const LABELS: &str = "path,label,start,end,speaker,snr,duration\n\
    s.wav,go,100,100.6,ada,10,7200\n\
    s.wav,stop,200,200.8,bob,0,\n\
    s.wav,go,300,300.5,ada,0,\n\
    s.wav,go,1000,1001,bob,10,\n";

fn event(keyword: &str, time: f64, score: f64) -> String {
    format!(
        "{{\"file\":\"s.wav\",\"time\":{time},\"keyword\":\"{keyword}\",\"score\":{score},\"end\":1,\"x\":null}}\n"
    )
}

/// The example of mynah-eval's tests.
fn events() -> String {
    let mut text = event("go", 100.9, 0.9) + &event("go", 101.05, 0.8) + &event("go", 200.5, 0.6);
    text += &(event("stop", 201.3, 0.7) + &event("go", 301.01, 0.95));
    text += &(event("go", 1000.2, 0.5) + &event("go", 1001.4, 0.9));
    text += "{\"time\":3000,\"keyword\":\"go\",\"score\":0.3,\"is_fired\":false}\n\n";
    for i in 0..8 {
        text += &event("stop", 2000.0 + 0.08 * f64::from(i), 0.4);
    }
    text
}

#[test]
fn the_example_worked_by_hand_comes_out_of_the_command() {
    let shop = Workshop::new();
    shop.write("l.csv", LABELS);
    shop.write("e.jsonl", events());
    let report = shop.json("score e.jsonl l.csv");
    assert_eq!(report["misses"]["n_missed"], 1);
    assert_eq!(report["misses"]["rate"], 0.25);
    assert_eq!(report["false_alarms"]["n"], 2);
    assert_eq!(
        (&report["n_substitutions"], &report["n_extra"]),
        (&Value::from(1), &Value::from(1))
    );
    assert_eq!(report["hours"], 2.0);
    assert_eq!(report["per_speaker"]["ada"]["n_missed"], 1);
    assert_eq!(report["per_snr"]["0"]["n_missed"], 1);
    assert_eq!(report["at_rates"][1]["point"], Value::Null);
    assert_eq!(report["at_rates"][3]["point"]["n_missed"], 1);
    assert_eq!(
        shop.json("score e.jsonl l.csv --threshold 0.3")["false_alarms"]["n"],
        3
    );
    // The same from standard input, and its text.
    let piped = shop
        .feed(["score", "-", "l.csv"], events().as_bytes())
        .succeeds()
        .quietly();
    for text in [
        "2.000 h",
        "missed 1 of 4 words: 25.0 %",
        "false alarms 2: 1.00 per hour",
        "cannot be told from 2.00 h",
    ] {
        assert!(piped.stdout.contains(text), "{text} in {}", piped.stdout);
    }
    // One keyword alone: the other's words are background now, and its events are not counted.
    let go = shop
        .mynah("score e.jsonl l.csv --keyword go --json")
        .succeeds()
        .says("events of stop");
    assert_eq!(go.lines()[0]["misses"]["n"], 3);
    assert_eq!(go.lines()[0]["false_alarms"]["n"], 2);
    assert_eq!(go.lines()[0]["n_substitutions"], 0);
}

#[test]
fn curves_and_pages_are_written_whole() {
    let shop = Workshop::new();
    shop.write("l.csv", LABELS.replace("ada", "<script>alert(1)</script>"));
    shop.write("e.jsonl", events());
    shop.mynah("score e.jsonl l.csv --det d.csv --det d.svg --report r.html")
        .succeeds();
    let table = String::from_utf8(shop.read("d.csv")).unwrap();
    assert_eq!(table.lines().count(), 10);
    assert!(table.starts_with("threshold,n_missed,miss,n_false_alarms,"));
    assert!(
        String::from_utf8(shop.read("d.svg"))
            .unwrap()
            .starts_with("<svg ")
    );
    let page = String::from_utf8(shop.read("r.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    assert!(!page.contains("src=\"http") && page.contains("prefers-color-scheme: dark"));
    shop.has_no_parts();
    shop.mynah("score e.jsonl l.csv --report r.txt")
        .ends_with(2)
        .says(".html");
    shop.mynah("score e.jsonl l.csv --det d.png")
        .ends_with(2)
        .says(".svg or .csv");
    shop.mynah("score e.jsonl l.csv --det l.csv")
        .ends_with(3)
        .says("is an input too");
}

#[test]
fn bad_events_and_labels_are_named() {
    let shop = Workshop::new();
    shop.write("l.csv", LABELS);
    shop.mynah("score none.jsonl l.csv")
        .ends_with(3)
        .says("none.jsonl");
    shop.write("e.jsonl", "");
    shop.mynah("score e.jsonl none.csv")
        .ends_with(3)
        .says("none.csv");
    // An engine that never fired: all is missed, which is a result.
    let silent = shop.json("score e.jsonl l.csv");
    assert_eq!(
        (&silent["misses"]["rate"], &silent["false_alarms"]["n"]),
        (&Value::from(1.0), &Value::from(0))
    );
    shop.write("e.jsonl", "what?\n{}\n");
    shop.mynah("score e.jsonl l.csv")
        .ends_with(3)
        .says("e.jsonl, line 1: ")
        .says("none of its 2 lines");
    let bad = [
        (r#"what?"#, "cannot be read as JSON (column 1)"),
        (r#"[1]"#, "is JSON, but no object"),
        (r#"{"time": 1, "keyw"#, "breaks off"),
        (r#"{"time": NaN, "keyword": "go"}"#, "as JSON (column "),
        (r#"{"time": 1e999, "keyword": "go"}"#, "as JSON (column "),
        (r#"{"time": -1, "keyword": "go"}"#, "-1 s lies outside"),
        (r#"{"time": 7300, "keyword": "go"}"#, "7300 s lies outside"),
        (
            r#"{"time": "1", "keyword": "go"}"#,
            r#"its "time" is "1", not a number: write one"#,
        ),
        (
            r#"{"time": 1, "keyword": {}}"#,
            r#"its "keyword" is {}, not a text: write one"#,
        ),
        (r#"{"keyword": "go"}"#, r#"has no "time": write one"#),
        (r#"{"time": 1}"#, r#"has no "keyword": write one"#),
        (
            r#"{"file": "other.wav", "time": 1, "keyword": "go"}"#,
            "is no stream",
        ),
    ];
    for (line, fault) in bad {
        let good = event("go", 100.9, 0.9);
        shop.write("e.jsonl", format!("{good}\n\n{line}\n"));
        let run = shop
            .mynah("score e.jsonl l.csv --json")
            .ends_with(1)
            .says("skipped: e.jsonl, line 4: ")
            .says(fault);
        assert_eq!(run.lines()[0]["n_skipped"], 1);
        assert_eq!(run.lines()[0]["misses"]["n_missed"], 3);
        shop.mynah("--strict score e.jsonl l.csv").ends_with(3);
    }
    // A keyword nobody says: a firing all the same.
    shop.write("e.jsonl", event("abracadabra", 50.0, 0.9));
    shop.mynah("score e.jsonl l.csv")
        .succeeds()
        .says(r#""abracadabra" is no word of the labels, which have go, stop: "#);
    let other = shop.json("score e.jsonl l.csv");
    assert_eq!(other["false_alarms"]["n"], 1);
    assert_eq!(other["per_keyword"]["abracadabra"]["n_false_alarms"], 1);
    // Labels: a word outside, a length that is nowhere.
    shop.write("far.csv", format!("{LABELS}s.wav,go,9000,9001,,,\n"));
    shop.mynah("score e.jsonl far.csv")
        .ends_with(1)
        .says("9000")
        .says("correct one of them");
    shop.write("short.csv", "path,label,start,end\ns.wav,go,1,2\n");
    shop.mynah("score e.jsonl short.csv")
        .ends_with(3)
        .says("--hours");
    shop.mynah("score e.jsonl short.csv --hours 1").succeeds();
    shop.write("l.txt", LABELS);
    shop.mynah("score e.jsonl l.txt").ends_with(3).says(".csv");
}

#[test]
fn keywords_that_nobody_says_are_named() {
    let shop = Workshop::new();
    shop.write("l.csv", LABELS);
    shop.write(
        "e.jsonl",
        event("Go", 100.9, 0.9) + &event("hello", 50.0, 0.9),
    );
    let run = shop
        .mynah("score e.jsonl l.csv --json")
        .succeeds()
        .says(r#"note: "Go", "hello" are no words of the labels, which have go, stop ("Go" and "go" differ in case only)"#);
    assert_eq!(run.lines()[0]["n_substitutions"], 1);
    assert_eq!(run.lines()[0]["false_alarms"]["n"], 1);
    shop.write("e.jsonl", "");
    shop.mynah("score e.jsonl l.csv --keyword go,halt")
        .succeeds()
        .says(r#"note: "halt" is no word of the labels"#);
    // Many are not all named; of labels without words, none.
    let many: String = (0..9).map(|i| event(&format!("w{i}"), 50.0, 0.9)).collect();
    shop.write("e.jsonl", many);
    shop.mynah("score e.jsonl l.csv")
        .succeeds()
        .says(r#""w4" and 4 more are no words"#);
    shop.write("none.csv", "path,label,duration\ns.wav,,7200\n");
    shop.mynah("score e.jsonl none.csv").succeeds().quietly();
}

#[test]
fn what_only_scores_can_tell_is_refused_without_them() {
    let shop = Workshop::new();
    shop.write("l.csv", LABELS);
    let bare = r#"{"time": 100.9, "keyword": "go"}"#;
    shop.write("e.jsonl", bare);
    shop.mynah("score e.jsonl l.csv").succeeds().quietly();
    for option in ["--threshold 0.9", "--det d.svg"] {
        let name = option.split_once(' ').unwrap().0;
        shop.mynah(&format!("score e.jsonl l.csv {option}"))
            .ends_with(2)
            .says("e.jsonl: its events have no scores")
            .says(&format!("leave {name} out"));
    }
    shop.write("e.jsonl", event("stop", 200.9, 0.9) + bare);
    shop.mynah("score e.jsonl l.csv --det d.csv")
        .ends_with(2)
        .says("1 of its 2 events have no score");
    assert!(!shop.path("d.svg").exists() && !shop.path("d.csv").exists());
}

#[test]
fn files_that_are_no_events_are_told_in_one_line() {
    let shop = Workshop::new();
    shop.write("l.csv", LABELS);
    let one = event("go", 100.9, 0.9);
    let one = one.trim_end();
    let files = [
        (
            "time,keyword\n1,go\n2,go\n".to_string(),
            r#"its first line is "time,keyword""#,
        ),
        (format!("[{one},\n {one}]\n"), "is one JSON array"),
        (
            "{\n\"time\": 1,\n\"keyword\": \"go\"\n}\n".to_string(),
            "over several lines",
        ),
        (
            "\u{feff}what?\n".to_string(),
            r#"its first line is "what?""#,
        ),
    ];
    for (text, fault) in files {
        shop.write("e.jsonl", text);
        let run = shop.mynah("score e.jsonl l.csv").ends_with(3).says(fault);
        let run = run.says("write one JSON object a line");
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
    shop.write("e.jsonl", b"\xff\xfe{\0}\0");
    shop.mynah("score e.jsonl l.csv")
        .ends_with(3)
        .says("UTF-16");
    shop.write("e.jsonl", format!("\u{feff}{one}"));
    assert_eq!(shop.json("score e.jsonl l.csv")["misses"]["n_missed"], 3);
}

#[test]
fn labels_before_events_are_recognised() {
    let shop = Workshop::new();
    shop.write("l.csv", LABELS);
    shop.write("e.jsonl", "\n".to_string() + &events());
    let right = "write mynah score e.jsonl l.csv";
    shop.mynah("score l.csv e.jsonl").ends_with(2).says(right);
    shop.mynah("score l.csv -")
        .ends_with(2)
        .says("write mynah score - l.csv");
    // What the spotter tells can be the labels of another engine.
    let told =
        r#"{"file":"s.wav","time":101,"keyword":"go","start":100,"end":100.6,"duration":7200}"#;
    shop.write("told.jsonl", told);
    shop.mynah("score l.csv told.jsonl").ends_with(2);
    shop.mynah("score e.jsonl told.jsonl").succeeds();
}

#[test]
fn several_streams_are_told_apart() {
    let shop = Workshop::new();
    shop.write("l.csv", "path,label,start,end,duration\nd/a.wav,go,10,11,3600\nd/b.wav,,,,3600\nd/c.wav,go,10,11,1800\n");
    let line = |file: &str| format!("{{\"file\":\"{file}\",\"time\":10.5,\"keyword\":\"go\"}}\n");
    shop.write("e.jsonl", line("d/a.wav") + &line("b.wav") + &line("c.wav"));
    let report = shop.json("score e.jsonl l.csv");
    assert_eq!(
        (&report["n_streams"], &report["hours"]),
        (&Value::from(3), &Value::from(2.5))
    );
    assert_eq!(
        (&report["misses"]["n_missed"], &report["false_alarms"]["n"]),
        (&Value::from(0), &Value::from(1))
    );
    assert_eq!(report["at_rates"], Value::Array(Vec::new()));
    shop.write("e.jsonl", "{\"time\":10.5,\"keyword\":\"go\"}\n");
    shop.mynah("score e.jsonl l.csv")
        .ends_with(3)
        .says("3 streams");
}

#[test]
fn an_evaluation_as_a_page() {
    let shop = Workshop::new();
    shop.model("m.mynah");
    shop.mynah("eval m.mynah taught --report r.html").succeeds();
    let page = String::from_utf8(shop.read("r.html")).unwrap();
    for text in [
        "<h2>By word</h2>",
        "<h2>By speaker</h2>",
        "<h2>Confusions</h2>",
        "class=\"bar\"",
        "WARNING",
    ] {
        assert!(page.contains(text), "{text}");
    }
    // Clips of a word the model does not know, under a name that would be markup.
    shop.write(
        "odd.csv",
        "path,label,speaker\ntaught/ala/ada_nohash_0.wav,<b>&\"x,zoe\n",
    );
    shop.mynah("eval m.mynah odd.csv --report odd.html")
        .succeeds();
    let page = String::from_utf8(shop.read("odd.html")).unwrap();
    assert!(page.contains("&lt;b&gt;&amp;&quot;x heard as ") && !page.contains("<b>&\"x"));
    assert_eq!(page.matches("data:audio/wav;base64,").count(), 1);
    shop.mynah("eval taught --leave-one-speaker-out --epochs 2 --report l.html")
        .succeeds();
    assert!(
        String::from_utf8(shop.read("l.html"))
            .unwrap()
            .contains("eve")
    );
    shop.mynah("eval m.mynah taught --report m.mynah")
        .ends_with(2)
        .says(".html");
}
