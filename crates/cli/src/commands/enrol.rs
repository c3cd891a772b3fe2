//! `mynah enrol`: a keyword from a handful of recordings.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use mynah::enrol::{self, EnrolConfig, Enrolled, Recording};
use mynah::{Answer, Model, SpotMode, Spotter, SpotterConfig};
use serde::Serialize;

use crate::args::{Enrol, Global};
use crate::clips::{self, Stretch};
use crate::files::Files;
use crate::models::load;
use crate::status::{Skipped, Status, usage};
use crate::{inputs, interrupt, output};

/// Longest recording of a keyword, s: one that is longer is a mistake, or holds many.
const LONGEST: f64 = 20.0;

/// Shortest sound without the keyword, s: some frames, about as long as the shortest keyword.
const SHORTEST_NEGATIVE: f64 = 0.2;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    model: String,
    keyword: &'a str,
    labels: &'a [String],
    n_recordings: usize,
    n_used: usize,
    /// What is wrong with recordings, those that were used too.
    faults: Vec<FaultLine>,
    threshold: f32,
    held_back: Option<HeldBack>,
    flips: Vec<FlipLine<'a>>,
    n_prototypes: usize,
    n_skipped: usize,
    model_bytes: usize,
    seconds: f64,
}

#[derive(Serialize)]
struct FaultLine {
    recording: String,
    fault: String,
    is_left_out: bool,
}

#[derive(Serialize)]
struct HeldBack {
    n_found: usize,
    n_recordings: usize,
    n_false_alarms: usize,
    hours: f64,
}

#[derive(Serialize)]
struct FlipLine<'a> {
    said: &'a str,
    before: &'a str,
    after: &'a str,
}

pub fn run(args: &Enrol, global: &Global) -> anyhow::Result<Status> {
    let to_stdout = output::is_stdout(&args.output);
    if to_stdout && args.json {
        return usage("-o - and --json would mix on standard output; name a file for the model");
    }
    if let Err(error) = enrol::check_keyword(&args.keyword) {
        return usage(error.to_string());
    }
    let first = Path::new(&args.keyword);
    if first.is_file() && mynah_corpus::is_audio(first) {
        return usage(format!(
            "{0}: is a recording; what is said in it comes first: mynah enrol KEYWORD {0}",
            first.display()
        ));
    }
    let mut skipped = Skipped::new(global.strict);
    let paths = inputs::recordings(&args.audio, &mut skipped)?;
    let negatives = inputs::recordings(&args.negatives, &mut skipped)?;
    let place = |path: &PathBuf| path.canonicalize().ok();
    let spoken: HashSet<PathBuf> = paths.iter().filter_map(place).collect();
    if let Some(shared) = negatives
        .iter()
        .find(|path| place(path).is_some_and(|path| spoken.contains(&path)))
    {
        return usage(format!(
            "{}: is a recording of the keyword, and among the --negatives; keep them apart",
            shared.display()
        ));
    }
    // The model it is added to may be written over: it is read whole, and the new one appears whole.
    let files = Files::default().read(&paths).read(&negatives);
    files.write([&args.output]).check_model()?;
    let model = match &args.add_to {
        Some(path) => Some(load(path)?.0),
        None => None,
    };
    // What is wrong with the model, not with the recordings.
    let named = |error: mynah::Error| match (&args.add_to, &error) {
        (Some(path), mynah::Error::NoNegatives { .. }) => {
            anyhow::anyhow!("{}: {error}: --negatives AUDIO", path.display())
        }
        (Some(path), mynah::Error::NotSound | mynah::Error::Quantized) => {
            anyhow::anyhow!("{}: {error}", path.display())
        }
        _ => error.into(),
    };
    if let (Some(model), Some(path)) = (&model, &args.add_to)
        && model.labels().contains(&args.keyword)
    {
        return usage(format!(
            "{0}: knows {1:?} already; to learn it anew: mynah forget {0} {1:?} -o {0}",
            path.display(),
            args.keyword
        ));
    }
    let known = model.as_ref().map_or(&[][..], Model::labels);
    let is_alike = |label: &&String| label.to_lowercase() == args.keyword.to_lowercase();
    if let Some(label) = known.iter().find(is_alike) {
        output::note(format!(
            "note: {label:?}, which the model knows, is another keyword than {:?}; if they are one, write it alike",
            args.keyword
        ));
    }
    let rate = enrol::sample_rate(model.as_ref()).map_err(named)?;
    let recordings = match args.record {
        Some(n) => record(args, n, rate)?,
        None if args.audio.is_empty() => {
            return usage(
                "give recordings of the keyword, three to eight of them, or --record 5 to make them now",
            );
        }
        None => read(&paths, rate, &mut skipped)?,
    };
    if recordings.is_empty() {
        anyhow::bail!("not one recording could be used; see above");
    }
    let negatives = hear(&negatives, rate, &mut skipped)?;
    let begin = Instant::now();
    let mut config = EnrolConfig::default();
    config.max_false_alarms_per_hour = args.max_false_alarms_per_hour;
    config.seed = args.seed;
    let enrolled = enrol::enrol(
        &config,
        &args.keyword,
        &recordings,
        &negatives,
        model.as_ref(),
    );
    interrupt::check()?;
    let enrolled = enrolled.map_err(named)?;
    let seconds = begin.elapsed().as_secs_f64();
    for (index, fault) in &enrolled.faults {
        let name = &recordings[*index].name;
        match fault.is_fatal() {
            true => skipped.add(format!("{name}: {fault}"))?,
            false => output::note(format!("note: {name}: {fault}")),
        }
    }
    let n_known = model
        .as_ref()
        .map(|model| model.regression().map_or(0, |set| set.len()));
    let bytes = enrolled.model.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    if args.json {
        let summary = summary(
            args,
            &enrolled,
            &recordings,
            skipped.count(),
            bytes.len(),
            seconds,
        );
        output::json(&summary)?;
    } else if !to_stdout {
        output::remark(text(
            args,
            &enrolled,
            recordings.len(),
            n_known,
            bytes.len(),
            seconds,
        ))?;
    }
    Ok(skipped.finish())
}

fn read(paths: &[PathBuf], rate: u32, skipped: &mut Skipped) -> anyhow::Result<Vec<Recording>> {
    let stretches: Vec<Stretch> = paths.iter().map(|path| Stretch::whole(path)).collect();
    let heard = clips::map(
        &stretches,
        "reading",
        skipped,
        || (),
        |(), stretch| {
            let sound = stretch.hear(rate)?;
            anyhow::ensure!(
                sound.seconds <= LONGEST,
                "{}: is {:.0} s long; give one recording for each time the keyword is said, with nothing else in it",
                stretch.path.display(),
                sound.seconds
            );
            Ok(Recording {
                name: stretch.path.display().to_string(),
                samples: sound.audio.samples,
                digest: sound.digest,
            })
        },
    )?;
    Ok(heard.into_iter().map(|(_, recording)| recording).collect())
}

/// Sounds without the keyword.
fn hear(paths: &[PathBuf], rate: u32, skipped: &mut Skipped) -> anyhow::Result<Vec<Vec<f32>>> {
    let stretches: Vec<Stretch> = paths.iter().map(|path| Stretch::whole(path)).collect();
    let hear = |(): &mut (), stretch: &Stretch| {
        let sound = stretch.hear(rate)?;
        anyhow::ensure!(
            sound.seconds >= SHORTEST_NEGATIVE,
            "{}: lasts {:.2} s, too short to learn anything from; leave it out",
            stretch.path.display(),
            sound.seconds
        );
        Ok(sound.audio.samples)
    };
    let heard = clips::map(&stretches, "listening", skipped, || (), hear)?;
    Ok(heard.into_iter().map(|(_, samples)| samples).collect())
}

fn summary<'a>(
    args: &'a Enrol,
    enrolled: &'a Enrolled,
    recordings: &[Recording],
    n_skipped: usize,
    model_bytes: usize,
    seconds: f64,
) -> Summary<'a> {
    let fault = |(index, fault): &(usize, enrol::Fault)| FaultLine {
        recording: recordings[*index].name.clone(),
        fault: fault.to_string(),
        is_left_out: fault.is_fatal(),
    };
    Summary {
        model: args.output.display().to_string(),
        keyword: &args.keyword,
        labels: enrolled.model.labels(),
        n_recordings: recordings.len(),
        n_used: enrolled.n_used,
        faults: enrolled.faults.iter().map(fault).collect(),
        threshold: enrolled.threshold,
        held_back: enrolled.held_back.map(|report| HeldBack {
            n_found: report.n_found,
            n_recordings: report.n_recordings,
            n_false_alarms: report.n_false_alarms,
            hours: report.hours,
        }),
        flips: enrolled
            .flips
            .iter()
            .map(|flip| FlipLine {
                said: &flip.before.truth,
                before: said(&flip.before),
                after: said(&flip.after),
            })
            .collect(),
        n_prototypes: enrolled.model.prototypes().n_prototypes(),
        n_skipped,
        model_bytes,
        seconds,
    }
}

fn said(answer: &Answer) -> &str {
    match answer.is_accepted {
        true => &answer.label,
        false => "withheld",
    }
}

fn text(
    args: &Enrol,
    enrolled: &Enrolled,
    n_recordings: usize,
    // Sounds of the model that was added to.
    n_known: Option<usize>,
    n_bytes: usize,
    seconds: f64,
) -> String {
    let path = args.output.display();
    let mut text = format!(
        "{path}: {:?} from {} of {n_recordings} recordings, {} bytes, in {seconds:.1} s\n",
        args.keyword, enrolled.n_used, n_bytes
    );
    let spotter = Spotter::new(&enrolled.model, &SpotterConfig::default());
    let is_alone = spotter.is_ok_and(|spotter| spotter.mode() == SpotMode::Endpoint);
    match enrolled.held_back {
        _ if is_alone => {
            text += "how sure: not known; the model it joins knows words alone and listens between pauses, where nothing was tried\n";
        }
        Some(held) => {
            text += &format!(
                "how sure: held back in turn and heard above other speech, 10 dB down, {} of {} recordings are found at the threshold of {:.2}, with {} \
                 false alarms in {:.2} hours without it; by what came nearest there it was set for some {} of this keyword in an hour of talk\n",
                held.n_found,
                held.n_recordings,
                enrolled.threshold,
                held.n_false_alarms,
                held.hours,
                args.max_false_alarms_per_hour
            );
            if 2 * held.n_found < held.n_recordings {
                text += "warning: it will be missed more often than heard; record it in the one voice that will say it, take a longer word, or set a \
                         threshold from your own background: mynah calibrate --max-false-alarms-per-hour\n";
            }
        }
        None => text += "how sure: one recording does not tell; give three to eight\n",
    }
    if let Some(n_held_against) = n_known {
        text += &match enrolled.flips.len() {
            0 if n_held_against == 0 => {
                "the model carries no sounds to hold its answers against\n".to_string()
            }
            0 => {
                format!(
                    "{n_held_against} sounds kept from what it was taught before are answered as before\n"
                )
            }
            n => format!("{n} answers to what the model was taught before are now others:\n"),
        };
        for flip in &enrolled.flips {
            text += &format!(
                "  {}: before {}, now {}\n",
                flip.before.truth,
                said(&flip.before),
                said(&flip.after)
            );
        }
    }
    text + &format!("next: mynah listen {path}; mynah spot {path} RECORDING")
}

#[cfg(feature = "mic")]
fn record(args: &Enrol, n: u16, rate: u32) -> anyhow::Result<Vec<Recording>> {
    let config = crate::microphone::config(args.device.as_deref(), rate);
    let microphone = crate::microphone::open(&config)?;
    let mut takes = crate::microphone::Takes::new(microphone, rate, RECORD_SECONDS);
    let mut recordings = Vec::new();
    for take in 1..=n {
        output::note(format!("{take} of {n}: say {:?} now", args.keyword));
        let samples = takes.next()?;
        let peak = samples.iter().fold(0f32, |peak, x| peak.max(x.abs()));
        output::note(format!("  level {:.0} dB", 20.0 * peak.max(1e-6).log10()));
        recordings.push(Recording {
            name: format!("take {take}"),
            digest: mynah::clip_digest(&samples),
            samples,
        });
    }
    Ok(recordings)
}

/// Of one take.
#[cfg(feature = "mic")]
const RECORD_SECONDS: f32 = 2.5;

#[cfg(not(feature = "mic"))]
fn record(_: &Enrol, _: u16, _: u32) -> anyhow::Result<Vec<Recording>> {
    usage(crate::args::NO_MIC)
}
