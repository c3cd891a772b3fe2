//! One folder per word, as Speech Commands.

use std::path::{Path, PathBuf};

use crate::listing::Listing;
use crate::problem::Problems;
use crate::split::SplitLists;
use crate::{Clip, Error, speaker};

/// A folder that stands for a word, and what lies in it.
pub(crate) struct WordFolder {
    pub path: PathBuf,
    pub listing: Listing,
}

/// Clips of every word folder, sorted by the bytes of their paths, with the split of the lists in `root`.
pub(crate) fn read(
    root: &Path,
    words: &[WordFolder],
    problems: &mut Problems,
) -> Result<(Vec<Clip>, SplitLists), Error> {
    let mut lists = SplitLists::read(root, problems)?;
    let mut clips = Vec::new();
    for WordFolder { path, listing } in words {
        let name = path.file_name().unwrap_or_default();
        let Some(label) = name.to_str() else {
            problems.push(
                path,
                "the folder's name is not UTF-8, so it cannot be a label: rename it",
            );
            continue;
        };
        for nested in &listing.folders {
            problems.push(
                nested,
                "lies inside a word folder and is not searched: move its files up, or list them in a manifest",
            );
        }
        listing.report_unusable(problems);
        if listing.audio.is_empty() {
            problems.push(
                path,
                "holds no audio (wav, flac, mp3, ogg): add recordings or remove the folder",
            );
        }
        for audio in &listing.audio {
            let mut clip = Clip::whole(audio.clone(), label.to_string());
            clip.speaker = speaker::from_file_name(audio);
            clip.split = lists.split_of(label, audio.file_name().unwrap_or_default());
            clips.push(clip);
        }
    }
    // Folder by folder is not byte order of whole paths: "a b/" sorts before "a/".
    clips.sort_by(|a, b| {
        let [a, b] = [a, b].map(|clip| clip.path.as_os_str().as_encoded_bytes());
        a.cmp(b)
    });
    Ok((clips, lists))
}
