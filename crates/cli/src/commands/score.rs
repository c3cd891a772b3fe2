//! `mynah score EVENTS LABELS`: how good a spotter is, by what it fired in streams.

use mynah_audio::Channel;
use mynah_eval::{Event, Firing, Outcome, Spotting, SpottingConfig, SpottingReport, Verdict};
use serde::Serialize;

use crate::args::{Global, Score};
use crate::clips::{Rounding, Stretch};
use crate::events::{self, Streams};
use crate::files::Files;
use crate::html::Clips;
use crate::html::spotting::page;
use crate::status::{Skipped, Status, usage};
use crate::{curves, output, scoring};

/// Seed of the bootstraps, so that a report repeats.
const BOOTSTRAP_SEED: u64 = 0;

/// As `--json` prints it: the report's fields, then these.
#[derive(Serialize)]
struct Scored<'r> {
    #[serde(flatten)]
    report: &'r SpottingReport,
    events: String,
    labels: String,
    debounce: f64,
    longest_event: f64,
    collar: f64,
    /// Events, words and rows that could not be used.
    n_skipped: usize,
}

pub fn run(args: &Score, global: &Global) -> anyhow::Result<Status> {
    for path in &args.det {
        curves::check(path, &["svg", "csv"])?;
    }
    if let Some(path) = &args.report {
        curves::check(path, &["html"])?;
    }
    let files = Files::default().read([&args.events, &args.labels]);
    let files = files.write(&args.det).write(&args.report);
    files.check()?;
    events::check_order(&args.events, &args.labels)?;
    let mut skipped = Skipped::new(global.strict);
    let streams = Streams::open(&args.labels, &args.keyword, args.hours, &mut skipped)?;
    let words = streams.words(&mut skipped)?;
    let events = streams.events(&args.events, &mut skipped)?;
    let firings: Vec<_> = events.iter().map(|event| event.firing()).collect();
    check_scores(args, &firings)?;
    let mut config = SpottingConfig::default();
    config.debounce = args.debounce;
    config.collar = args.collar;
    let scored = Spotting::new(&config, &streams.durations, &words, &firings)?;
    let report = SpottingReport::new(&scored, args.threshold, BOOTSTRAP_SEED);
    for path in &args.det {
        scoring::write_det(path, &report)?;
    }
    if let Some(path) = &args.report {
        let title = format!(
            "{} against {}",
            args.events.display(),
            args.labels.display()
        );
        let outcome = scored.outcome(args.threshold);
        let alarms = false_alarms(&outcome, &streams)?;
        let missed = missed(&scored, &outcome, &streams)?;
        page(&report, &title, &alarms, &missed).write(path)?;
    }
    if args.json {
        output::json(&Scored {
            report: &report,
            events: args.events.display().to_string(),
            labels: args.labels.display().to_string(),
            debounce: config.debounce,
            longest_event: config.longest_event,
            collar: config.collar,
            n_skipped: skipped.count(),
        })?;
    } else {
        output::line(scoring::text(&report))?;
    }
    Ok(skipped.finish())
}

/// Refuses what only scores can answer, where events have none.
fn check_scores(args: &Score, firings: &[Firing<'_>]) -> anyhow::Result<()> {
    let option = match args.threshold {
        Some(_) => "--threshold",
        None if args.det.is_empty() => return Ok(()),
        None => "--det",
    };
    let n = firings.iter().filter(|f| f.score.is_none()).count();
    let fault = match n {
        0 => return Ok(()),
        n if n == firings.len() => "its events have no scores".to_string(),
        n => format!("{n} of its {} events have no score", firings.len()),
    };
    usage(format!(
        "{}: {fault}; leave {option} out, or give every event its \"score\"",
        events::name(&args.events)
    ))
}

/// Recordings of each kind in the page, at most.
const N_SHOWN: usize = 12;

/// Recordings of the surest false alarms.
fn false_alarms(outcome: &Outcome<'_>, streams: &Streams) -> anyhow::Result<Clips> {
    let alarms = outcome
        .events
        .iter()
        .filter(|event| event.verdict == Verdict::FalseAlarm);
    let mut alarms: Vec<&Event<'_>> = alarms.collect();
    let score = |event: &Event<'_>| event.score.unwrap_or(f64::NEG_INFINITY);
    alarms.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let mut clips = Clips::default();
    for event in alarms.into_iter().take(N_SHOWN) {
        let about = event
            .score
            .map_or(String::new(), |score| format!("score {score:.3}"));
        let span = [event.time - 1.5, event.time + 0.5];
        show(
            &mut clips,
            streams,
            event.stream,
            span,
            format!("{} at {:.2} s", event.keyword, event.time),
            &about,
        )?;
    }
    Ok(clips)
}

/// Recordings of words that were missed, as they come.
fn missed(
    scored: &Spotting<'_>,
    outcome: &Outcome<'_>,
    streams: &Streams,
) -> anyhow::Result<Clips> {
    let mut clips = Clips::default();
    let missed = scored
        .words()
        .iter()
        .zip(&outcome.hits)
        .filter(|(_, hit)| hit.is_none());
    for (word, _) in missed.take(N_SHOWN) {
        let mut about = word
            .speaker
            .map_or(String::new(), |speaker| format!("speaker {speaker} "));
        about += &word.snr_db.map_or(String::new(), |snr| format!("{snr} dB"));
        let span = [word.start - 0.5, word.end + 0.5];
        show(
            &mut clips,
            streams,
            word.stream,
            span,
            format!("{} at {:.2} s", word.keyword, word.start),
            about.trim_end(),
        )?;
    }
    Ok(clips)
}

/// Adds a part of a stream, if it is there to be listened to.
fn show(
    clips: &mut Clips,
    streams: &Streams,
    stream: usize,
    [start, end]: [f64; 2],
    title: String,
    about: &str,
) -> anyhow::Result<()> {
    let path = &streams.labels.streams[stream].path;
    if !path.is_file() {
        return Ok(());
    }
    let stretch = Stretch {
        path: path.clone(),
        start: Some(start.max(0.0)),
        end: Some(end.min(streams.durations[stream])),
        rounding: Rounding::Nearest,
    };
    let audio = stretch.read(Channel::Mix)?;
    let about = format!("{about} {}", path.display());
    clips.add(
        title,
        about.trim_start().to_string(),
        &audio.samples,
        audio.sample_rate,
    )
}
