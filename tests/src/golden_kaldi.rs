//! MFCC against features computed by kaldi-native-fbank, clip by clip.
//!
//! The golden folder holds `manifest.json` (clips, and one record for each preset and clip with the
//! tool's features or the error it raised), the clips as WAV and the features as NPY.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use mynah_dsp::{Cmvn, Mfcc, MfccConfig, MfccStream};
use ndarray::Array2;
use serde_json::Value;

/// How the tool was fed.
enum Feed {
    Whole,
    Blocks(usize),
}

struct Preset {
    name: &'static str,
    config: MfccConfig,
    feed: Feed,
}

/// Compares every preset with every clip. `Ok` is a table of the worst differences; `Err` names
/// every comparison beyond its tolerance, and precedes the table.
///
/// The tolerance is `max(3 × ref64_maxabs, 1e-3)`, where `ref64_maxabs` is how far the tool itself
/// is from an `f64` computation of the same clip.
pub fn check(golden: &Path) -> Result<String, String> {
    let path = golden.join("manifest.json");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let manifest: Value = serde_json::from_str(&text).map_err(|e| format!("manifest: {e}"))?;
    let wavs = manifest["wavs"].as_object().ok_or("manifest has no wavs")?;
    if wavs.is_empty() {
        return Err("manifest has no wavs".into());
    }
    let records = manifest["features"]
        .as_array()
        .ok_or("manifest has no features")?;
    let records: BTreeMap<(&str, &str), &Value> = records
        .iter()
        .filter_map(|r| Some(((r["preset"].as_str()?, r["wav"].as_str()?), r)))
        .collect();

    let mut table = String::from("preset | clip | frames | worst difference | tolerance\n");
    let mut failures = String::new();
    for preset in presets() {
        for (wav, about) in wavs {
            let record = records
                .get(&(preset.name, wav.as_str()))
                .ok_or_else(|| format!("no record of {} on {wav}", preset.name))?;
            let file = about["file"].as_str().ok_or("a clip without a file")?;
            let (samples, rate) = read_mono(&golden.join(file))?;
            let line = match compare(&preset, &samples, rate, golden, record) {
                Ok(line) => line,
                Err(problem) => {
                    writeln!(failures, "{} on {wav}: {problem}", preset.name).expect("a String");
                    problem
                }
            };
            writeln!(table, "{} | {wav} | {line}", preset.name).expect("a String");
        }
    }
    if failures.is_empty() {
        Ok(table)
    } else {
        Err(format!("{failures}\n{table}"))
    }
}

fn presets() -> Vec<Preset> {
    let kaldi = MfccConfig::kaldi;
    let no_energy = || {
        let mut config = kaldi();
        config.use_energy = false;
        config
    };
    let mut hires = no_energy();
    (hires.n_mels, hires.n_mfcc, hires.fmax) = (40, 40, -400.0);
    let mut nosnip = no_energy();
    (nosnip.n_mels, nosnip.snip_edges) = (26, false);
    let mut unit_scale = no_energy();
    unit_scale.input_scale = 1.0;
    let mut deltas = no_energy();
    deltas.delta_order = 2;
    let mut cmvn = no_energy();
    cmvn.cmvn = Cmvn::MeanVariance;

    let whole = |name, config| Preset {
        name,
        config,
        feed: Feed::Whole,
    };
    let blocks = |name, config| Preset {
        name,
        config,
        feed: Feed::Blocks(137),
    };
    vec![
        whole("kaldi_default", kaldi()),
        whole("kaldi_noenergy", no_energy()),
        whole("kaldi_hires", hires),
        whole("kaldi_nosnip_26", nosnip.clone()),
        whole("kaldi_unit_scale", unit_scale),
        blocks("kaldi_stream_chunk137", no_energy()),
        blocks("kaldi_stream_nosnip_chunk137", nosnip),
        whole("kaldi_noenergy_delta2", deltas),
        whole("kaldi_noenergy_cmvn", cmvn),
    ]
}

/// Mean of the channels in `f64`, full scale ±1, and the sample rate.
fn read_mono(path: &Path) -> Result<(Vec<f32>, u32), String> {
    let at = |e: hound::Error| format!("{}: {e}", path.display());
    let mut wav = hound::WavReader::open(path).map_err(at)?;
    let spec = wav.spec();
    let pcm: Vec<i16> = wav.samples().collect::<Result<_, _>>().map_err(at)?;
    let n_channels = usize::from(spec.channels);
    let mono = pcm
        .chunks_exact(n_channels)
        .map(|x| x.iter().map(|&x| f64::from(x)).sum::<f64>() / n_channels as f64)
        .map(|x| (x / 32_768.0) as f32)
        .collect();
    Ok((mono, spec.sample_rate))
}

/// `[n_frames × n_coeffs]`, row-major, and `n_coeffs`.
fn features(preset: &Preset, samples: &[f32], rate: u32) -> Result<(Vec<f32>, usize), String> {
    let config = preset.config.clone().with_sample_rate(rate);
    match preset.feed {
        Feed::Whole => {
            let mut mfcc = Mfcc::new(&config).map_err(|e| e.to_string())?;
            let features = mfcc.compute(samples);
            Ok((features.data, features.n_coeffs))
        }
        Feed::Blocks(block) => {
            let mut stream = MfccStream::new(&config).map_err(|e| e.to_string())?;
            let mut rows = Vec::new();
            for block in samples.chunks(block) {
                stream.push(block, &mut rows);
            }
            stream.finish(&mut rows);
            Ok((rows, stream.n_coeffs()))
        }
    }
}

fn compare(
    preset: &Preset,
    samples: &[f32],
    rate: u32,
    golden: &Path,
    record: &Value,
) -> Result<String, String> {
    let (ours, n_coeffs) = features(preset, samples, rate)?;
    let n_frames = ours.len() / n_coeffs;
    if let Some(error) = record["error"].as_str() {
        // The tool refuses to normalise or differentiate no frames at all; we give none.
        return match n_frames {
            0 => Ok(format!("0 | (the tool: {error})")),
            n => Err(format!("{n} frames where the tool raised {error}")),
        };
    }
    let file = record["file"].as_str().ok_or("a record without a file")?;
    let theirs: Array2<f32> =
        ndarray_npy::read_npy(golden.join(file)).map_err(|e| format!("{file}: {e}"))?;
    if theirs.dim() != (n_frames, n_coeffs) {
        return Err(format!(
            "{n_frames} × {n_coeffs} where the tool gives {:?}",
            theirs.dim()
        ));
    }
    let noise = record["ref64_maxabs"].as_f64().unwrap_or(0.0);
    let tolerance = (3.0 * noise).max(1e-3);
    let differences: Vec<f64> = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs())
        .collect();
    let worst = differences.iter().copied().fold(0.0, f64::max);
    let n_nan = differences.iter().filter(|d| d.is_nan()).count();
    let mut line = format!("{n_frames} | {worst:.2e} | {tolerance:.1e}");
    if n_nan > 0 {
        line += &format!(" | {n_nan} not a number");
    }
    // `worst` leaves every NaN out.
    if n_nan == 0 && worst <= tolerance {
        Ok(line)
    } else {
        Err(line)
    }
}
