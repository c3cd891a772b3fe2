//! Small files beside the features, made of what is known about each recording: Kaldi's lists and the index of a folder.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Entry;

/// A file that belongs to an output, so that labels travel and Kaldi finds its recordings.
pub struct Companion {
    pub path: PathBuf,
    contents: Contents,
}

enum Contents {
    Scp { ark: PathBuf },
    Utt2spk,
    Utt2dur,
    Utt2numFrames,
    Text,
    Index { ending: &'static str },
}

/// Beside `feats.ark`: `feats.scp`, `feats.utt2spk`, `feats.utt2dur`, `feats.utt2num_frames` and, for the labels, `feats.text`.
pub fn of_ark(ark: &Path) -> Vec<Companion> {
    let beside = |ending: &str, contents| {
        let mut path = ark.with_extension(ending);
        if path == ark {
            path.as_mut_os_string().push(format!(".{ending}"));
        }
        Companion { path, contents }
    };
    vec![
        beside("scp", Contents::Scp { ark: ark.into() }),
        beside("utt2spk", Contents::Utt2spk),
        beside("utt2dur", Contents::Utt2dur),
        beside("utt2num_frames", Contents::Utt2numFrames),
        beside("text", Contents::Text),
    ]
}

/// How every index begins.
pub const INDEX: &str = "utterance,file,path,";

/// The table `index.csv` of a folder of features.
pub fn of_folder(folder: &Path, ending: &'static str) -> Companion {
    Companion {
        path: folder.join("index.csv"),
        contents: Contents::Index { ending },
    }
}

impl Companion {
    /// What goes into it; `None` where nothing is known that it could say. Then there must be no such file.
    pub fn contents(&self, entries: &[Entry]) -> anyhow::Result<Option<Vec<u8>>> {
        if let Contents::Index { ending } = self.contents {
            return index(entries, ending).map(Some);
        }
        let mut lines = Vec::new();
        for entry in entries {
            let about = &entry.about;
            let key = about.utterance.as_str();
            let value = match &self.contents {
                Contents::Scp { ark } => {
                    lines.write_all(format!("{key} ").as_bytes())?;
                    lines.write_all(ark.as_os_str().as_encoded_bytes())?;
                    // Past the key and the space after it.
                    writeln!(lines, ":{}", entry.offset + key.len() as u64 + 1)?;
                    continue;
                }
                Contents::Utt2spk => about.speaker.as_ref().map(|name| one_line(name, "_")),
                Contents::Utt2dur => Some(about.seconds.to_string()),
                Contents::Utt2numFrames => Some(about.n_frames.to_string()),
                Contents::Text => about.label.as_ref().map(|label| one_line(label, " ")),
                Contents::Index { .. } => None,
            };
            if let Some(value) = value {
                writeln!(lines, "{key} {value}")?;
            }
        }
        let is_known = entries.is_empty() && matches!(self.contents, Contents::Scp { .. });
        Ok((is_known || !lines.is_empty()).then_some(lines))
    }
}

/// A line holds no line break, and a speaker no space: Kaldi would read two things.
fn one_line(text: &str, space: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(space)
}

fn index(entries: &[Entry], ending: &str) -> anyhow::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "utterance",
        "file",
        "path",
        "label",
        "speaker",
        "start",
        "end",
        "sample_rate",
        "seconds",
        "n_frames",
        "n_coeffs",
    ])?;
    let bound = |seconds: Option<f64>| seconds.map_or(String::new(), |s| s.to_string());
    for Entry { about, .. } in entries {
        table.write_field(&about.utterance)?;
        table.write_field(about.file(ending).as_os_str().as_encoded_bytes())?;
        table.write_field(about.path.as_os_str().as_encoded_bytes())?;
        table.write_field(about.label.as_deref().unwrap_or_default())?;
        table.write_field(about.speaker.as_deref().unwrap_or_default())?;
        table.write_field(bound(about.start))?;
        table.write_field(bound(about.end))?;
        table.write_field(about.sample_rate.to_string())?;
        table.write_field(about.seconds.to_string())?;
        table.write_field(about.n_frames.to_string())?;
        table.write_field(about.n_coeffs.to_string())?;
        table.write_record(None::<&[u8]>)?;
    }
    Ok(table.into_inner()?)
}
