//! `score`, `mix`, and the pages of `--report`.

mod common;

use std::fs;

use common::{RATE, Workshop, say, wav};
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
    shop.write("e.jsonl", "what?\n[1]\n");
    shop.mynah("score e.jsonl l.csv")
        .ends_with(3)
        .says("line 1")
        .says("none of its 2 lines");
    let bad = [
        "{\"time\": NaN, \"keyword\": \"go\"}",
        "{\"time\": -1, \"keyword\": \"go\"}",
        "{\"time\": 7300, \"keyword\": \"go\"}",
        "{\"time\": 1e999, \"keyword\": \"go\"}",
        "{\"time\": \"1\", \"keyword\": \"go\"}",
        "{\"keyword\": \"go\"}",
        "{\"time\": 1}",
        "{\"file\": \"other.wav\", \"time\": 1, \"keyword\": \"go\"}",
    ];
    for line in bad {
        shop.write("e.jsonl", format!("{line}\n{}", event("go", 100.9, 0.9)));
        let run = shop
            .mynah("score e.jsonl l.csv --json")
            .ends_with(1)
            .says("line 1")
            .says("skipped");
        assert_eq!(run.lines()[0]["n_skipped"], 1);
        assert_eq!(run.lines()[0]["misses"]["n_missed"], 3);
        shop.mynah("--strict score e.jsonl l.csv").ends_with(3);
    }
    // A keyword nobody says: a firing all the same.
    shop.write("e.jsonl", event("abracadabra", 50.0, 0.9));
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
        .ends_with(2)
        .says("--hours");
    shop.mynah("score e.jsonl short.csv --hours 1").succeeds();
    shop.write("l.txt", LABELS);
    shop.mynah("score e.jsonl l.txt").ends_with(3).says(".csv");
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

/// Half a minute of talk that is none of the words, in two files.
fn talk(shop: &Workshop) {
    for (name, speaker) in [("talk/1.wav", "dan"), ("talk/2.wav", "eve")] {
        let samples: Vec<f32> = (0..60)
            .flat_map(|take| say("uni", speaker, take, RATE))
            .collect();
        shop.write(name, wav(&samples, RATE));
    }
}

#[test]
fn a_mixed_stream_is_labelled_and_repeats() {
    let shop = Workshop::new();
    shop.folders("words");
    talk(&shop);
    let line =
        "mix words --background talk --only ala,bebo --snr 20,0 --minutes 2 --gap 1 --count 20";
    let run = shop
        .mynah(&format!("{line} -o s.wav --labels s.csv"))
        .succeeds();
    // 42 s of talk under two minutes.
    run.says("was repeated");
    shop.mynah(&format!("{line} -o again.wav --labels again.csv"))
        .succeeds();
    assert_eq!(shop.read("s.wav"), shop.read("again.wav"));
    shop.mynah(&format!("{line} --seed 2 -o other.wav --labels other.csv"))
        .succeeds();
    assert_ne!(shop.read("s.wav"), shop.read("other.wav"));
    let stream = mynah_audio::read(shop.path("s.wav"), mynah_audio::Channel::Mix).unwrap();
    assert_eq!(
        (stream.samples.len(), stream.sample_rate),
        (120 * RATE as usize, RATE)
    );
    let mut table = csv::Reader::from_path(shop.path("s.csv")).unwrap();
    assert_eq!(
        table.headers().unwrap(),
        vec!["path", "label", "start", "end", "speaker", "snr", "source"]
    );
    let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 20);
    let mut last = 0.0;
    for (i, row) in rows.iter().enumerate() {
        let [start, end]: [f64; 2] = [row[2].parse().unwrap(), row[3].parse().unwrap()];
        assert!(
            start >= last + 1.0 - 1e-6 && end > start && end - start < 0.36,
            "{row:?}"
        );
        last = end;
        assert_eq!(&row[0], "s.wav");
        assert!(["ala", "bebo"].contains(&&row[1]));
        assert!(row[6].contains(&format!("/{}/{}_nohash_", &row[1], &row[4])));
        assert_eq!(&row[5], ["20", "0"][i % 2]);
    }
    // An engine that knows the answers, one that is late, one that is deaf.
    let perfect = |late: f64| -> String {
        let line = |row: &csv::StringRecord| {
            let time = row[3].parse::<f64>().unwrap() + late;
            format!(
                "{{\"file\":\"s.wav\",\"time\":{time},\"keyword\":\"{}\",\"score\":1}}\n",
                &row[1]
            )
        };
        rows.iter().map(line).collect()
    };
    for (late, n_missed) in [(0.1, 0), (0.49, 0), (0.6, 20)] {
        shop.write("e.jsonl", perfect(late));
        let report = shop.json("score e.jsonl s.csv --report r.html");
        assert_eq!(report["misses"]["n_missed"], n_missed);
        assert_eq!(report["false_alarms"]["n"], n_missed);
        assert_eq!(report["per_snr"]["20"]["n"], 10);
        let page = fs::read_to_string(shop.path("r.html")).unwrap();
        assert_eq!(
            page.matches("data:audio/wav;base64,").count(),
            2 * n_missed.min(12)
        );
    }
    shop.has_no_parts();
}

#[test]
fn what_cannot_be_mixed_is_said() {
    let shop = Workshop::new();
    shop.folders("words");
    talk(&shop);
    let mix = |rest: &str| shop.mynah(&format!("mix words {rest}"));
    let out = "-o s.wav --labels s.csv";
    mix(&format!("--background none {out}"))
        .ends_with(3)
        .says("none");
    mix(&format!("--background talk --only nothing {out}"))
        .ends_with(2)
        .says("no such word")
        .says("ala");
    mix(&format!("--background talk --minutes 0.1 {out}"))
        .ends_with(3)
        .says("no word fits");
    mix(&format!("--background talk --count 500 {out}"))
        .ends_with(3)
        .says("500 words were asked for");
    mix(&format!("--background talk --minutes 9000 {out}"))
        .ends_with(2)
        .says("several streams");
    mix("--background talk -o s.mp3 --labels s.csv")
        .ends_with(2)
        .says(".wav");
    mix("--background talk -o s.wav --labels s.txt")
        .ends_with(2)
        .says(".csv");
    mix("--background talk -o talk/1.wav --labels s.csv")
        .ends_with(3)
        .says("is an input too");
    shop.write("quiet.wav", wav(&vec![0.0; 8_000], RATE));
    mix(&format!("--background quiet.wav --minutes 1 {out}"))
        .ends_with(3)
        .says("silent");
    shop.write("broken.wav", b"RIFF");
    mix(&format!("--background broken.wav --minutes 1 {out}"))
        .ends_with(3)
        .says("broken.wav");
    assert!(!shop.path("s.wav").exists() && !shop.path("s.csv").exists());
    shop.has_no_parts();
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
