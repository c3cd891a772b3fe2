//! `mynah mix WORDS --background AUDIO… -o STREAM`: a long labelled stream to test a spotter on.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_audio::{Channel, WavWriter};
use mynah_corpus::mix::{Mix, MixConfig, Placed, Survey, WordShape};
use mynah_corpus::{Clip, Corpus, Split};

use crate::args::{self, DataOptions, Global};
use crate::background::{Background, usable};
use crate::clips::{self, Stretch};
use crate::dataset::Data;
use crate::files::{Files, is_same};
use crate::inputs;
use crate::interrupt;
use crate::output::{self, Side};
use crate::splits;
use crate::status::{Skipped, Status, usage};
use crate::training::commonest_rate;

pub fn run(args: &args::Mix, global: &Global) -> anyhow::Result<Status> {
    check_names(args)?;
    let files = Files::default()
        .read_corpus(&args.words)
        .read(&args.background);
    files
        .read(&args.noise)
        .write([&args.output, &args.labels])
        .check()?;
    let mut skipped = Skipped::new(global.strict);
    let data = open(args, &mut skipped)?;
    let part = splits::part(&args.words, &data, &args.split, Split::Test)?;
    let clips = chosen(args, &part.clips)?;
    let sample_rate = args.sample_rate.unwrap_or_else(|| commonest_rate(&clips));
    let config = config(args, sample_rate)?;

    let shapes = clips::map(
        &clips,
        "listening",
        &mut skipped,
        || (),
        |(), clip| {
            let samples = read(clip, sample_rate)?;
            let shape = WordShape::of(&samples, sample_rate);
            shape.with_context(|| format!("{}: is silent", clip.path.display()))
        },
    )?;
    let lengths: Vec<u64> = shapes.iter().map(|(_, shape)| shape.n_samples).collect();
    let places = Mix::places(&config, &lengths)?;
    let placed_shapes: Vec<WordShape> = places
        .iter()
        .map(|&(word, _)| shapes[word].1.clone())
        .collect();

    let background = inputs::recordings(&args.background, &mut skipped)?;
    let noise = inputs::recordings(&args.noise, &mut skipped)?;
    let heard = background.iter().chain(&noise);
    let heard: Vec<PathBuf> = heard
        .chain(clips.iter().map(|clip| &clip.path))
        .cloned()
        .collect();
    output::check_apart(&[args.output.clone(), args.labels.clone()], &heard)?;
    let background = usable("--background", &background, sample_rate, &mut skipped)?;
    let noise = match args.noise.as_slice() {
        [] => None,
        _ => Some(usable("--noise", &noise, sample_rate, &mut skipped)?),
    };
    warn_of_shared(data.corpus(), &clips, &background);
    let play = |recordings: &[PathBuf]| Background::new(recordings, sample_rate);
    let survey = |mut background: Background| -> anyhow::Result<(Survey, Background)> {
        let mut survey = Survey::new(sample_rate);
        background.play(config.n_samples, |block| {
            survey.push(block);
            interrupt::check()
        })?;
        survey.finish();
        Ok((survey, background))
    };
    let (under, played) = survey(play(&background))?;
    let noise_survey = noise.as_deref().map(play).map(survey).transpose()?;
    let of_noise = noise_survey.as_ref().map(|(survey, _)| survey);
    let mix = Mix::new(&config, &places, &placed_shapes, &under, of_noise)?;
    let source = |placed: &Placed| clips[shapes[placed.word].0];

    output::write(&args.output, |out| {
        let mut writer = WavWriter::new(out, sample_rate, config.n_samples)?;
        let mut talk = play(&background);
        let mut noise = noise.as_deref().map(play);
        let mut waiting = mix.placed.iter().peekable();
        let mut sounding: Vec<(&Placed, Vec<f32>)> = Vec::new();
        let mut begin = 0;
        talk.play(config.n_samples, |block| {
            interrupt::check()?;
            let end = begin + block.len() as u64;
            let noise = match &mut noise {
                Some(noise) => Some(noise.next(block.len())?),
                None => None,
            };
            mix.lay(block, noise.as_deref());
            while let Some(placed) = waiting.next_if(|placed| placed.clip.start < end) {
                sounding.push((placed, read(source(placed), sample_rate)?));
            }
            for (placed, samples) in &sounding {
                mix.add(placed, samples, begin, block);
            }
            sounding.retain(|(placed, _)| placed.clip.end > end);
            begin = end;
            Ok(writer.write(block)?)
        })?;
        Ok(writer.finish()?)
    })?;
    let rows = labels(&mix.placed, &args.output, &args.labels, sample_rate, source)?;
    output::put(&[Side {
        path: args.labels.clone(),
        bytes: Some(rows),
    }])?;

    let seconds = |n: u64| n as f64 / f64::from(sample_rate);
    output::remark(format!(
        "{}: {:.3} h at {sample_rate} Hz, {} of {} clips as words ({}), background of {:.3} h{}",
        args.output.display(),
        seconds(config.n_samples) / 3600.0,
        mix.placed.len(),
        clips.len(),
        splits::describe(&args.words, &data, &part),
        seconds(played.n_unique.min(config.n_samples)) / 3600.0,
        if mix.background_gain < 1.0 {
            format!(
                ", all made quieter by {:.1} dB so that nothing is clipped",
                mix.attenuation_db()
            )
        } else {
            String::new()
        }
    ))?;
    for (what, played) in [
        ("background", Some(&played)),
        ("noise", noise_survey.as_ref().map(|(_, played)| played)),
    ] {
        if let Some(played) = played.filter(|played| played.n_unique < config.n_samples) {
            output::note(format!(
                "note: the {what} is {:.3} h long and was repeated: hours heard twice are no new evidence about false alarms",
                seconds(played.n_unique) / 3600.0
            ));
        }
    }
    Ok(skipped.finish())
}

fn check_names(args: &args::Mix) -> anyhow::Result<()> {
    let has_ending = |path: &Path, ending: &str| {
        path.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(ending))
    };
    if !has_ending(&args.output, "wav") {
        return usage(format!("{}: name the stream .wav", args.output.display()));
    }
    if !has_ending(&args.labels, "csv") {
        return usage(format!("{}: name the labels .csv", args.labels.display()));
    }
    match is_same(&args.output, &args.labels) {
        true => usage("the stream and its labels need a name each"),
        false => Ok(()),
    }
}

fn config(args: &args::Mix, sample_rate: u32) -> anyhow::Result<MixConfig> {
    let n_samples = (args.minutes * 60.0 * f64::from(sample_rate)).round() as u64;
    let max = WavWriter::<Vec<u8>>::MAX_SAMPLES;
    if n_samples > max {
        return usage(format!(
            "--minutes {}: a WAV holds {:.0} minutes at {sample_rate} Hz; make several streams",
            args.minutes,
            (max as f64 / f64::from(sample_rate) / 60.0).floor()
        ));
    }
    let mut config = MixConfig::new(sample_rate, n_samples);
    config.gap = args.gap;
    config.snr_db.clone_from(&args.snr);
    config.noise_db = args.noise_snr;
    config.n_words = args.count;
    config.seed = args.seed;
    Ok(config)
}

/// The corpus of words. A folder of one word's recordings looks like one of badly named files.
fn open(args: &args::Mix, skipped: &mut Skipped) -> anyhow::Result<Data> {
    let data = splits::open(&args.words, &DataOptions::default(), &args.split, skipped);
    data.or_else(|error| match error.downcast_ref() {
        Some(mynah_corpus::Error::NothingUsable { first, .. })
            if first.path.parent() == Some(&args.words) && mynah_corpus::is_audio(&first.path) =>
        {
            of_one_word(&args.words)
        }
        _ => Err(error),
    })
}

fn of_one_word<T>(folder: &Path) -> anyhow::Result<T> {
    let place = match folder.file_name() {
        Some(_) => folder.to_path_buf(),
        None => folder.canonicalize()?,
    };
    let word = place.file_name().unwrap_or_default().display();
    let above = place.parent().filter(|above| *above != Path::new(""));
    usage(format!(
        "{}: no recording in it is named LABEL_SPEAKER_INDEX.wav; if all are of the word {word}, give the folder above it:\n  \
         mynah mix {} --only {word}",
        folder.display(),
        above.unwrap_or(Path::new(".")).display()
    ))
}

/// Says how many recordings of the words, of whatever part, are in the background as well.
fn warn_of_shared(corpus: &Corpus, clips: &[&Clip], background: &[PathBuf]) {
    let place = |path: &PathBuf| path.canonicalize().ok();
    let words: HashSet<&str> = clips.iter().map(|clip| clip.label.as_str()).collect();
    let of_words = corpus.clips.iter();
    let of_words = of_words.filter(|clip| words.contains(clip.label.as_str()));
    let of_words: HashSet<PathBuf> = of_words.filter_map(|clip| place(&clip.path)).collect();
    let background = background.iter().filter_map(place);
    let n = background.filter(|path| of_words.contains(path)).count();
    if n > 0 {
        let files = if n == 1 { "file" } else { "files" };
        output::note(format!(
            "WARNING: words and background share {n} {files}: a word that is said in the background has no label, and to hear it \
             counts as a false alarm; keep them apart"
        ));
    }
}

/// The clips of the words asked for.
fn chosen<'c>(args: &args::Mix, clips: &[&'c Clip]) -> anyhow::Result<Vec<&'c Clip>> {
    let known: BTreeSet<&str> = clips.iter().map(|clip| clip.label.as_str()).collect();
    if let Some(unknown) = args.only.iter().find(|word| !known.contains(word.as_str())) {
        return usage(format!(
            "--only {unknown}: no such word in {}; there are {}",
            args.words.display(),
            known.into_iter().take(20).collect::<Vec<_>>().join(", ")
        ));
    }
    let is_meant = |clip: &&&Clip| args.only.is_empty() || args.only.contains(&clip.label);
    Ok(clips.iter().filter(is_meant).copied().collect())
}

fn read(clip: &Clip, sample_rate: u32) -> anyhow::Result<Vec<f32>> {
    let stretch = Stretch::from(clip);
    let audio = stretch.read(Channel::Mix)?;
    Ok(stretch.at_rate(audio, sample_rate)?.samples)
}

/// The table of labels; the stream is named as it is found from there.
fn labels<'c>(
    placed: &[Placed],
    stream: &Path,
    table: &Path,
    sample_rate: u32,
    source: impl Fn(&Placed) -> &'c Clip,
) -> anyhow::Result<Vec<u8>> {
    let is_beside = stream.parent() == table.parent();
    let name = match stream.file_name() {
        Some(name) if is_beside => Path::new(name).to_path_buf(),
        _ => std::path::absolute(stream)?,
    };
    let name = name.to_str().with_context(|| {
        format!(
            "{}: is no UTF-8; name the stream otherwise",
            stream.display()
        )
    })?;
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["path", "label", "start", "end", "speaker", "snr", "source"])?;
    let seconds = |sample: u64| format!("{:.4}", sample as f64 / f64::from(sample_rate));
    for placed in placed {
        let clip = source(placed);
        rows.write_record([
            name,
            &clip.label,
            &seconds(placed.voiced.start),
            &seconds(placed.voiced.end),
            clip.speaker.as_deref().unwrap_or_default(),
            &placed.snr_db.to_string(),
            &clip.path.display().to_string(),
        ])?;
    }
    Ok(rows.into_inner()?)
}
