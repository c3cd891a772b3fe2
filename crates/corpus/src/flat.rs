//! `LABEL_SPEAKER_INDEX.wav` in one folder, as the Free Spoken Digit Dataset.

use std::path::{Path, PathBuf};

use crate::problem::Problems;
use crate::speaker::is_digits;
use crate::{Clip, Split};

/// The data set's own rule: recordings 0-4 of each speaker and digit are the test set.
const N_TEST: u64 = 5;

/// Clips of the files that fit, in the order given; the others become problems.
pub(crate) fn read(audio: &[PathBuf], problems: &mut Problems) -> Vec<Clip> {
    let mut clips = Vec::new();
    for path in audio {
        match clip(path) {
            Some(clip) => clips.push(clip),
            None => problems.push(
                path,
                "the name is not LABEL_SPEAKER_INDEX (7_jackson_3.wav): rename it, move it into a folder named after \
                 its word, or list it in a manifest",
            ),
        }
    }
    clips
}

fn clip(path: &Path) -> Option<Clip> {
    let stem = path.file_stem()?.to_str()?;
    // From the right, since a label may contain "_".
    let (rest, index) = stem.rsplit_once('_')?;
    let (label, speaker) = rest.rsplit_once('_')?;
    if label.trim().is_empty() || speaker.trim().is_empty() || !is_digits(index) {
        return None;
    }
    let index: u64 = index.parse().ok()?;
    let mut clip = Clip::whole(path.to_path_buf(), label.to_string());
    clip.speaker = Some(speaker.to_string());
    clip.split = Some(if index < N_TEST {
        Split::Test
    } else {
        Split::Train
    });
    Some(clip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> Option<(String, String, Split)> {
        let clip = clip(Path::new(name))?;
        Some((clip.label, clip.speaker.unwrap(), clip.split.unwrap()))
    }

    #[test]
    fn names_are_parsed_from_the_right() {
        let expected = |l: &str, s: &str, split| Some((l.to_string(), s.to_string(), split));
        assert_eq!(
            parsed("7_jackson_0.wav"),
            expected("7", "jackson", Split::Test)
        );
        assert_eq!(
            parsed("7_jackson_04.wav"),
            expected("7", "jackson", Split::Test)
        );
        assert_eq!(
            parsed("7_jackson_5.wav"),
            expected("7", "jackson", Split::Train)
        );
        assert_eq!(
            parsed("zoom_in_ada_12.WAV"),
            expected("zoom_in", "ada", Split::Train)
        );
    }

    #[test]
    fn names_that_do_not_fit() {
        for name in [
            "a.wav",
            "a_1.wav",
            "a_b_c.wav",
            "_b_1.wav",
            "a__1.wav",
            "a_b_.wav",
            "a_b_+1.wav",
            "a_b_99999999999999999999.wav",
        ] {
            assert_eq!(parsed(name), None, "{name}");
        }
    }
}
