//! Words out of a stream of raw samples on standard input.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;

#[cfg(not(unix))]
use common::wait;
use common::{Noise, RATE, Run, Workshop, f32s, s16, say, wav};
#[cfg(unix)]
use common::{end_of, signal};

const SAID: [(&str, &str); 4] = [
    ("uni", "ada"),
    ("ala", "cyd"),
    ("bebo", "eve"),
    ("ala", "bob"),
];
/// Rest before each word and after the last one, s.
const REST: f64 = 0.6;
const WORD: f64 = 0.35;

/// The words with rests around them in a quiet room.
fn talk(rate: u32) -> Vec<f32> {
    let mut noise = Noise(5);
    let mut rest = |out: &mut Vec<f32>| {
        out.extend((0..(REST * f64::from(rate)) as usize).map(|_| noise.next()))
    };
    let mut samples = Vec::new();
    for (word, speaker) in SAID {
        rest(&mut samples);
        samples.extend(say(word, speaker, 8, rate));
    }
    rest(&mut samples);
    samples
}

/// When the word of this number is said, s.
fn said_at(i: usize) -> f64 {
    REST + i as f64 * (REST + WORD)
}

fn listen(shop: &Workshop, options: &str, input: &[u8]) -> Run {
    let args = ["listen", "w.mynah", "-"]
        .into_iter()
        .chain(options.split_whitespace());
    shop.feed(args, input)
}

fn labels(run: &Run) -> Vec<String> {
    run.lines()
        .iter()
        .map(|line| line["keyword"].as_str().unwrap().to_string())
        .collect()
}

#[test]
fn a_line_for_each_word() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let input = s16(&talk(RATE));
    let run = listen(&shop, "--sample-rate 8000 --json", &input)
        .succeeds()
        .quietly();
    assert_eq!(labels(&run), SAID.map(|(word, _)| word));
    let mut end_before = 0.0;
    for (i, line) in run.lines().iter().enumerate() {
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 8, "{keys:?}");
        let number = |key: &str| line[key].as_f64().unwrap_or_else(|| panic!("no {key}"));
        let (start, end) = (number("start"), number("end"));
        // The word with its surroundings, not those of its neighbours.
        assert!(
            start >= end_before && start < said_at(i) + 0.1 && start > said_at(i) - 0.3,
            "{i}: {line}"
        );
        assert!(
            end > said_at(i) + WORD - 0.1 && end < said_at(i) + WORD + 0.5,
            "{i}: {line}"
        );
        end_before = end;
        assert!(
            end <= number("time") && number("time") <= said_at(i) + WORD + 0.35,
            "{line}"
        );
        assert!((0.5..=1.0).contains(&number("score")) && number("runner_up_score") <= 0.5);
        assert_ne!(line["runner_up"], line["keyword"]);
        assert_eq!(line["is_fired"], true);
    }

    let text = listen(&shop, "--sample-rate 8000", &input)
        .succeeds()
        .quietly()
        .stdout;
    assert_eq!(text.lines().count(), SAID.len());
    for (line, event) in text.lines().zip(run.lines()) {
        let expected = format!(
            "{:.2} - {:.2} s  {}\tscore ",
            event["start"].as_f64().unwrap(),
            event["end"].as_f64().unwrap(),
            event["keyword"].as_str().unwrap()
        );
        assert!(
            line.trim_start().starts_with(&expected),
            "{line:?} is not {expected:?}"
        );
    }
}

#[test]
fn the_same_events_however_the_bytes_arrive() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let input = s16(&talk(RATE));
    let whole = listen(&shop, "--sample-rate 8000 --json", &input).succeeds();
    assert_eq!(labels(&whole).len(), SAID.len());
    for size in [1, 333, 4_097, 16_385] {
        let mut child = shop.spawn("listen w.mynah - --sample-rate 8000 --json");
        let mut stdin = child.stdin.take().unwrap();
        for piece in input.chunks(size) {
            stdin.write_all(piece).unwrap();
        }
        drop(stdin);
        let run = Run::of(child.wait_with_output().unwrap()).succeeds();
        assert_eq!(run.stdout, whole.stdout, "in pieces of {size}");
    }
}

#[test]
fn other_rates_channels_and_encodings() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let words = SAID.map(|(word, _)| word);
    let mono = talk(44_100);
    // Their mean is the talk; alone, neither is.
    let stereo: Vec<f32> = mono.iter().flat_map(|&s| [1.6 * s, 0.4 * s]).collect();
    let run = listen(
        &shop,
        "--sample-rate 44100 --channels 2 --json",
        &s16(&stereo),
    )
    .succeeds()
    .quietly();
    assert_eq!(labels(&run), words);
    let last = run.lines()[3]["start"].as_f64().unwrap();
    assert!(
        (last - said_at(3)).abs() < 0.3,
        "{last} s is not the stream's time"
    );

    let run = listen(&shop, "--encoding f32 --json", &f32s(&talk(16_000)))
        .succeeds()
        .quietly();
    assert_eq!(labels(&run), words, "16 kHz unless another rate is given");
    let s32: Vec<u8> = talk(16_000)
        .iter()
        .flat_map(|&s| ((f64::from(s) * 2_147_483_647.0) as i32).to_le_bytes())
        .collect();
    let run = listen(&shop, "--encoding s32 --json", &s32)
        .succeeds()
        .quietly();
    assert_eq!(labels(&run), words);
}

#[test]
fn a_word_is_said_as_soon_as_it_is_over() {
    use std::io::{BufRead, BufReader};
    let shop = Workshop::new();
    shop.model("w.mynah");
    let mut child = shop.spawn("listen w.mynah - --sample-rate 8000");
    let mut stdin = child.stdin.take().unwrap();
    let until = (said_at(1) * f64::from(RATE)) as usize;
    stdin.write_all(&s16(&talk(RATE)[..until])).unwrap();
    stdin.flush().unwrap();
    // The stream stays open: what is waited for here was not held back until its end.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains(SAID[0].0), "{line}");

    // A signal is how one stops listening; it must not wait for more sound. (Ctrl-C's own may be ignored here.)
    #[cfg(unix)]
    {
        signal(&child, "TERM");
        let run = end_of(child).ends_with(0);
        run.says("heard ").says(" s: 1 event, ");
        drop(stdin);
    }
    #[cfg(not(unix))]
    {
        drop(stdin);
        wait(&mut child);
    }
}

#[test]
fn a_stream_that_pauses_loses_nothing() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let input = s16(&talk(RATE));
    let whole = listen(&shop, "--sample-rate 8000 --json", &input).succeeds();
    let mut child = shop.spawn("listen w.mynah - --sample-rate 8000 --json");
    let mut stdin = child.stdin.take().unwrap();
    // In the middle of a word, and of a sample.
    let middle = 2 * (said_at(1) * f64::from(RATE)) as usize + 1_001;
    stdin.write_all(&input[..middle]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    stdin.write_all(&input[middle..]).unwrap();
    drop(stdin);
    let run = Run::of(child.wait_with_output().unwrap()).succeeds();
    assert_eq!(run.stdout, whole.stdout);
}

#[test]
fn what_is_no_number_leaves_the_times_as_they_are() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let mut talk = talk(RATE);
    let options = "--sample-rate 8000 --encoding f32 --json";
    let whole = listen(&shop, options, &f32s(&talk)).succeeds().lines();
    talk[10] = f32::NAN;
    let damaged = listen(&shop, options, &f32s(&talk)).ends_with(1).lines();
    // The last word is far from the damage.
    let last = |events: &[serde_json::Value]| events.last().unwrap()["start"].clone();
    assert_eq!(last(&damaged), last(&whole));
}

#[test]
fn seconds_end_the_listening() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let input = s16(&talk(RATE));
    let seconds = said_at(2) - 0.1;
    let run = listen(
        &shop,
        &format!("--sample-rate 8000 --json --seconds {seconds}"),
        &input,
    )
    .succeeds();
    assert_eq!(labels(&run), ["uni", "ala"]);
    // In the middle of a word, what was heard of it counts.
    let run = listen(
        &shop,
        &format!("--sample-rate 8000 --json --seconds {}", said_at(1) + 0.3),
        &input,
    )
    .succeeds();
    assert_eq!(run.lines().len(), 2);
}

#[test]
fn streams_that_are_not_whole() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let input = s16(&talk(RATE));
    let whole = listen(&shop, "--sample-rate 8000 --json", &input).succeeds();
    let cut = listen(
        &shop,
        "--sample-rate 8000 --json",
        &[input.as_slice(), b"\x01"].concat(),
    )
    .succeeds();
    assert_eq!(cut.stdout, whole.stdout);
    cut.says(
        "standard input ended in the middle of a sample; are --encoding and --channels right?",
    );
    // A word cut off by the end is still a word.
    let end = 2 * ((said_at(3) + 0.3) * f64::from(RATE)) as usize;
    assert_eq!(
        listen(&shop, "--sample-rate 8000 --json", &input[..end])
            .succeeds()
            .lines()
            .len(),
        4
    );

    for (silence, options) in [
        (Vec::new(), ""),
        (vec![0; 64_000], ""),
        (vec![0; 64_000], "--json"),
        (
            s16(&{
                let mut noise = Noise(9);
                (0..32_000).map(|_| noise.next()).collect::<Vec<_>>()
            }),
            "",
        ),
    ] {
        let run = listen(&shop, options, &silence).succeeds();
        assert_eq!(run.stdout, "");
        run.says("nothing was heard above the background; is it the right microphone, rate and encoding?");
    }

    // What is no number is left out, said, and counted.
    let mut talk = talk(RATE);
    talk[(said_at(3) * f64::from(RATE)) as usize - 1_000] = f32::NAN;
    let run = listen(
        &shop,
        "--sample-rate 8000 --encoding f32 --json",
        &f32s(&talk),
    )
    .ends_with(1);
    assert_eq!(labels(&run)[..2], ["uni", "ala"]);
    let run = run.says("skipped: standard input: sample ").says("is NaN");
    run.says("1 input was skipped");
    let run = listen(
        &shop,
        "--sample-rate 8000 --encoding f32 --strict",
        &f32s(&talk),
    )
    .ends_with(3);
    run.says("standard input: sample ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_it() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    shop.write("s.raw", s16(&talk(RATE)));
    shop.shell("mynah listen w.mynah - --sample-rate 8000 < s.raw > /dev/full")
        .ends_with(3)
        .says("mynah: standard output: cannot be written: No space left on device");
}

#[test]
fn arguments_in_the_wrong_place() {
    let shop = Workshop::new();
    shop.write("s.raw", s16(&talk(RATE)));
    for (command, said) in [
        (
            "listen - w.mynah",
            "MODEL comes first: mynah listen MODEL -",
        ),
        ("listen -", "MODEL comes first: mynah listen MODEL -"),
        ("listen w.mynah s.raw", "mynah listen MODEL - < s.raw"),
        ("listen w.mynah s.raw", "mynah spot MODEL s.raw"),
        ("listen w.mynah s.flac", "mynah spot MODEL s.flac"),
    ] {
        shop.mynah(command).ends_with(2).says(said);
    }
}

#[cfg(not(feature = "mic"))]
#[test]
fn without_a_microphone_it_says_what_to_do() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    for command in ["listen w.mynah", "devices", "features --mic 2 -o f.npy"] {
        let run = shop
            .mynah(command)
            .ends_with(2)
            .says("built without the microphone");
        assert!(run.stderr.starts_with("mynah: this mynah was built"));
        let run = run.says("arecord -t raw -f S16_LE -r 16000 | mynah listen MODEL -");
        run.says("cargo build --release --features mic");
    }
    assert!(!shop.path("f.npy").exists());
}

#[test]
fn a_sound_file_is_not_raw_samples() {
    let shop = Workshop::new();
    shop.model("w.mynah");
    let file = wav(&talk(RATE), RATE);
    let run = listen(&shop, "--sample-rate 8000", &file).ends_with(2);
    // And nothing else, as nothing was heard.
    let said = "mynah: standard input is a sound file";
    assert!(run.stderr.starts_with(said), "{}", run.stderr);
    // Fewer bytes than a header's beginning are raw samples like any others.
    listen(&shop, "", b"RI").succeeds();
}
