//! `mix`.

mod common;

use std::fs;

use common::{RATE, Workshop, say, wav};

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
fn a_background_is_what_can_be_used_of_it() {
    let shop = Workshop::new();
    shop.folders("words");
    talk(&shop);
    // Two files of one name, 21 s each.
    fs::create_dir(shop.path("more")).unwrap();
    fs::rename(shop.path("talk/2.wav"), shop.path("more/1.wav")).unwrap();
    let mix = |rest: &str| {
        shop.mynah(&format!(
            "mix words -o s.wav --labels s.csv --minutes 0.6 --gap 1 {rest}"
        ))
    };
    mix("--background talk more").succeeds().quietly();
    let whole = shop.read("s.wav");
    shop.write("empty.wav", "");
    shop.write("text.wav", "no sound at all");
    shop.write("cut.wav", &shop.read("talk/1.wav")[..1_000]);
    let bad = "--background empty.wav talk text.wav more cut.wav";
    let run = mix(bad).ends_with(1).says("3 inputs were skipped");
    for name in ["empty", "text", "cut"] {
        assert!(run.stderr.contains(&format!("skipped: {name}.wav: ")));
    }
    assert_eq!(shop.read("s.wav"), whole);
    mix(&format!("{bad} --strict"))
        .ends_with(3)
        .says("empty.wav");
    mix("--background talk more --noise text.wav")
        .ends_with(3)
        .says("--noise: not one recording could be used; see above");

    // The words themselves, of whatever speaker; other words are a background like any other.
    mix("--only ala --background words/ala/../ala more talk")
        .succeeds()
        .says("WARNING: words and background share 20 files: ");
    mix("--only ala --background words/bebo more talk")
        .succeeds()
        .quietly();
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
        .says("skipped: broken.wav: ")
        .says("--background: not one recording could be used; see above");
    shop.write("lone/ala/1.wav", wav(&say("ala", "ada", 0, RATE), RATE));
    shop.mynah(&format!("mix lone/ala --background talk {out}"))
        .ends_with(2)
        .says("lone/ala: no recording in it is named LABEL_SPEAKER_INDEX.wav")
        .says("mynah mix lone --only ala");
    assert!(!shop.path("s.wav").exists() && !shop.path("s.csv").exists());
    shop.has_no_parts();
}
