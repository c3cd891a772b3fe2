//! MFCC against the features that eleven other tools computed, clip by clip.
//!
//! The golden folder holds `manifest.json` (clips, presets with their parameters, and one record for each preset and
//! clip with the tool's features or the error it raised), the clips as WAV and the features as NPY. Every record is
//! compared; a preset this test cannot read is a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use mynah_dsp::{Cmvn, ConfigError, Features, Floor, Log, MelBins, Mfcc, MfccStream, Real};
use ndarray::{Array2, ArrayD, Axis};
use ndarray_npy::ReadableElement;
use serde_json::Value;

use crate::golden_presets::{Double, Preset, preset};

/// A clip.
struct Clip {
    samples: Vec<f64>,
    sample_rate: u32,
    /// Recorded, not made.
    is_real: bool,
}

/// What became of a preset's records.
#[derive(Default)]
struct Summary {
    recorded: f64,
    synthetic: f64,
    n_compared: usize,
    n_refused: usize,
}

/// How a record compares.
enum Outcome {
    /// Frames, worst difference, tolerance.
    Numbers(usize, f64, f64),
    /// The same of our `f64` engine, and by how much our `f32` one's mel energies differ from it.
    Rounding(f64, f64),
    /// Both refuse, or we refuse what the tool answers with NaN.
    Refused(String),
}

/// Compares every record. `Ok` is a table of the worst differences, preset × clip; `Err` names every comparison beyond
/// its tolerance, and precedes the table.
///
/// Tolerances: 1e-9 where the tool computes in `f64`; else `max(3 × ref64_maxabs, 1e-3)`, where `ref64_maxabs` is how
/// far the tool itself is from an `f64` computation of the same clip. In synthetic clips (pure tones, DC) some filters
/// hold nothing but the rounding of the transform, where single-precision tools disagree among themselves. There a
/// larger difference is allowed, and marked, if our `f64` engine meets the tool within its tolerance, and our `f32` engine's
/// linear mel energies meet those of the `f64` one to 1e-5 of the frame's largest.
pub fn check(golden: &Path) -> Result<String, String> {
    let path = golden.join("manifest.json");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let manifest: Value = serde_json::from_str(&text).map_err(|e| format!("manifest: {e}"))?;
    let clips = clips(golden, &manifest)?;
    let records = manifest["features"]
        .as_array()
        .filter(|records| !records.is_empty())
        .ok_or("manifest has no features")?;

    let mut table = String::from("preset | clip | frames | worst difference | tolerance\n");
    let mut summaries: BTreeMap<&str, Summary> = BTreeMap::new();
    let mut failures = String::new();
    for record in records {
        let name = record["preset"].as_str().ok_or("a record without preset")?;
        let wav = record["wav"].as_str().ok_or("a record without wav")?;
        let clip = clips.get(wav).ok_or(format!("no clip {wav}"))?;
        let outcome = preset(&manifest["presets"], name, clip.sample_rate)
            .and_then(|preset| compare(&preset, clip, golden, record));
        let summary = summaries.entry(name).or_default();
        let line = match outcome {
            Ok(Outcome::Numbers(n_frames, difference, tolerance)) => {
                let worst = match clip.is_real {
                    true => &mut summary.recorded,
                    false => &mut summary.synthetic,
                };
                *worst = worst.max(difference);
                summary.n_compared += 1;
                format!("{n_frames} | {difference:.2e} | {tolerance:.1e}")
            }
            Ok(Outcome::Rounding(difference, rounding)) => {
                summary.n_compared += 1;
                format!("in f64 {difference:.2e}, mel energies in f32 within {rounding:.1e}")
            }
            Ok(Outcome::Refused(why)) => {
                summary.n_refused += 1;
                format!("refused: {why}")
            }
            Err(problem) => {
                writeln!(failures, "{name} on {wav}: {problem}").expect("a String");
                format!("FAILED: {problem}")
            }
        };
        writeln!(table, "{name} | {wav} | {line}").expect("a String");
    }
    table += "\npreset | worst on recorded clips | on synthetic clips | clips compared | clips refused by both\n";
    let seen: BTreeSet<&str> = summaries.keys().copied().collect();
    for (name, summary) in summaries {
        let Summary {
            recorded,
            synthetic,
            n_compared,
            n_refused,
        } = summary;
        writeln!(
            table,
            "{name} | {recorded:.1e} | {synthetic:.1e} | {n_compared} | {n_refused}"
        )
        .expect("a String");
    }
    let presets = manifest["presets"].as_object().into_iter().flatten();
    let is_silent = |(name, _): &(&String, &Value)| !seen.contains(name.as_str());
    for (name, _) in presets.filter(is_silent) {
        writeln!(table, "{name} | no record in this manifest").expect("a String");
    }
    if failures.is_empty() {
        Ok(table)
    } else {
        Err(format!("{failures}\n{table}"))
    }
}

fn clips<'m>(golden: &Path, manifest: &'m Value) -> Result<BTreeMap<&'m str, Clip>, String> {
    let wavs = manifest["wavs"].as_object().ok_or("manifest has no wavs")?;
    wavs.iter()
        .map(|(name, about)| {
            let file = about["file"].as_str().ok_or("a clip without a file")?;
            let (samples, sample_rate) = read_mono(&golden.join(file))?;
            let clip = Clip {
                samples,
                sample_rate,
                is_real: about["origin"] == "real",
            };
            Ok((name.as_str(), clip))
        })
        .collect()
}

/// Mean of the channels in `f64`, full scale ±1, and the sample rate.
fn read_mono(path: &Path) -> Result<(Vec<f64>, u32), String> {
    let at = |e: hound::Error| format!("{}: {e}", path.display());
    let mut wav = hound::WavReader::open(path).map_err(at)?;
    let spec = wav.spec();
    let pcm: Vec<i16> = wav.samples().collect::<Result<_, _>>().map_err(at)?;
    let n_channels = usize::from(spec.channels);
    let samples = pcm
        .chunks_exact(n_channels)
        .map(|x| x.iter().map(|&x| f64::from(x)).sum::<f64>() / n_channels as f64)
        .map(|x| x / 32_768.0)
        .collect();
    Ok((samples, spec.sample_rate))
}

fn compare(preset: &Preset, clip: &Clip, golden: &Path, record: &Value) -> Result<Outcome, String> {
    if preset.double != Double::Never {
        return compare_in::<f64>(preset, clip, golden, record);
    }
    compare_in::<f32>(preset, clip, golden, record).or_else(|problem| {
        if clip.is_real {
            return Err(problem);
        }
        let Outcome::Numbers(_, difference, _) = compare_in::<f64>(preset, clip, golden, record)?
        else {
            return Err(problem);
        };
        let rounding = rounding(preset, clip)?;
        if rounding <= 1e-5 {
            Ok(Outcome::Rounding(difference, rounding))
        } else {
            Err(format!("{problem}; mel energies differ by {rounding:.1e}"))
        }
    })
}

/// Largest difference between the linear mel energies in `f32` and in `f64`, as a part of what the loudest filter holds
/// before the mean and the low frequencies are taken away. (The logarithm they went through rounds at 2e-6.)
fn rounding(preset: &Preset, clip: &Clip) -> Result<f64, String> {
    let mut mels = preset.clone();
    mels.config = mels.config.fbank();
    (mels.config.log, mels.config.floor) = (Log::Ln, Floor::Max);
    (mels.config.dynamic_range, mels.config.rescale) = (None, None);
    (mels.config.delta_order, mels.config.cmvn) = (0, Cmvn::None);
    let mut whole = mels.clone();
    (whole.config.remove_dc, whole.config.preemphasis) = (false, 0.0);
    (whole.config.fmin, whole.config.mel_bins) = (0.0, MelBins::All);
    let single = features::<f32>(&mels, &clip.samples)??;
    let double = features::<f64>(&mels, &clip.samples)??;
    let whole = features::<f64>(&whole, &clip.samples)??;
    let mut worst = 0f64;
    for ((single, double), whole) in single.rows().zip(double.rows()).zip(whole.rows()) {
        let largest = whole.iter().copied().fold(f64::MIN, f64::max).exp();
        for (single, double) in single.iter().zip(double) {
            worst = worst.max((f64::from(*single).exp() - double.exp()).abs() / largest);
        }
    }
    Ok(worst)
}

/// The features, or why there are none; the stream must say the same. The outer error is a fault of this test's own.
fn features<T: Real>(
    preset: &Preset,
    samples: &[f64],
) -> Result<Result<Features<T>, String>, String> {
    let samples: Vec<T> = samples.iter().map(|&x| T::of(x)).collect();
    let mut mfcc = match Mfcc::new(&preset.config) {
        Ok(mfcc) => mfcc,
        Err(refusal @ ConfigError::OtherRate { .. }) => return Ok(Err(refusal.to_string())),
        Err(fault) => return Err(format!("a wrong configuration: {fault}")),
    };
    let batch = mfcc.compute(&samples).map_err(|e| e.to_string());
    for block in [preset.block, 1_021] {
        let Ok(stream) = MfccStream::new(&preset.config) else {
            break;
        };
        let same = match (&batch, &streamed(stream, &samples, block)) {
            (Ok(batch), Ok(rows)) => {
                let bits = |rows: &[T]| rows.iter().map(|x| x.f64().to_bits()).collect::<Vec<_>>();
                bits(&batch.data) == bits(rows)
            }
            (Err(_), Err(_)) => true,
            _ => false,
        };
        if !same {
            return Err(format!(
                "the stream in blocks of {block} differs from the batch call"
            ));
        }
    }
    Ok(batch)
}

fn streamed<T: Real>(
    mut stream: MfccStream<T>,
    samples: &[T],
    block: usize,
) -> Result<Vec<T>, String> {
    let mut rows = Vec::new();
    for block in samples.chunks(block) {
        stream.push(block, &mut rows);
    }
    stream.finish(&mut rows).map_err(|e| e.to_string())?;
    Ok(rows)
}

fn compare_in<T: Real>(
    preset: &Preset,
    clip: &Clip,
    golden: &Path,
    record: &Value,
) -> Result<Outcome, String> {
    let ours = features::<T>(preset, &clip.samples)?;
    if let Some(error) = record["error"].as_str() {
        return match ours {
            Err(ours) => Ok(Outcome::Refused(ours)),
            // Kaldi refuses to normalise or differentiate no frames at all; we give none.
            Ok(ours) if ours.n_frames == 0 => Ok(Outcome::Refused("no frames".into())),
            Ok(ours) => Err(format!(
                "{} frames where the tool raised {error}",
                ours.n_frames
            )),
        };
    }
    let n_nan = ["nan", "inf"].map(|key| record[key].as_u64().unwrap_or(0));
    if n_nan != [0, 0] {
        return match ours {
            Err(ours) => Ok(Outcome::Refused(ours)),
            Ok(_) => Err("numbers where the tool gives NaN".into()),
        };
    }
    let theirs = read_npy(golden, record)?;
    if let (Err(ours), 0, true) = (&ours, theirs.nrows(), preset.refuses_no_frames) {
        return Ok(Outcome::Refused(ours.clone()));
    }
    let ours = ours?;
    if theirs.dim() != (ours.n_frames, ours.n_coeffs) && theirs.nrows() != 0 {
        return Err(format!(
            "{} × {} where the tool gives {:?}",
            ours.n_frames,
            ours.n_coeffs,
            theirs.dim()
        ));
    }
    if theirs.nrows() != ours.n_frames {
        return Err(format!(
            "{} frames where the tool gives none",
            ours.n_frames
        ));
    }
    // openSMILE leaves the deltas of one or two frames undefined.
    let n_defined = match preset.undefined_deltas_below {
        Some(n) if ours.n_frames < n => ours.n_coeffs / 3,
        _ => ours.n_coeffs,
    };
    let mut worst = 0f64;
    for (ours, theirs) in ours.rows().zip(theirs.rows()) {
        for (a, b) in ours.iter().zip(theirs).take(n_defined) {
            let difference = (a.f64() - b).abs();
            if difference.is_nan() {
                return Err("not a number".into());
            }
            worst = worst.max(difference);
        }
    }
    let noise = record["ref64_maxabs"].as_f64().unwrap_or(0.0);
    let tolerance = match preset.double {
        Double::Throughout => 1e-9,
        Double::Never | Double::Output => (3.0 * noise).max(1e-3),
    };
    if worst <= tolerance {
        Ok(Outcome::Numbers(ours.n_frames, worst, tolerance))
    } else {
        Err(format!("{worst:.2e}, tolerance {tolerance:.1e}"))
    }
}

/// The tool's features `[n_frames × n_coeffs]`, a single frame that it flattened set upright again.
fn read_npy(golden: &Path, record: &Value) -> Result<Array2<f64>, String> {
    let file = record["file"].as_str().ok_or("a record without a file")?;
    let path = golden.join(file);
    let array = match record["dtype"].as_str() {
        Some("float64") => read_as::<f64>(&path),
        _ => read_as::<f32>(&path),
    }
    .map_err(|e| format!("{file}: {e}"))?;
    let upright = match array.ndim() {
        1 => array.insert_axis(Axis(0)),
        _ => array,
    };
    upright
        .into_dimensionality()
        .map_err(|e| format!("{file}: {e}"))
}

fn read_as<T: ReadableElement + Real>(
    path: &Path,
) -> Result<ArrayD<f64>, ndarray_npy::ReadNpyError> {
    let array: ArrayD<T> = ndarray_npy::read_npy(path)?;
    Ok(array.mapv(Real::f64))
}
