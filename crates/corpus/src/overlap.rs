//! Who is on both sides.

use std::collections::BTreeSet;

use crate::Clip;

/// What training and test clips share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overlap {
    /// Speakers heard on both sides, sorted. Recognising a voice met in training is the easier task.
    pub speakers: Vec<String>,
    /// Clips of either side that name no speaker: of those nothing can be told.
    pub n_unknown: usize,
}

/// Compares the speakers of two sets of clips, by name.
pub fn overlap<'a>(
    train: impl IntoIterator<Item = &'a Clip>,
    test: impl IntoIterator<Item = &'a Clip>,
) -> Overlap {
    let mut n_unknown = 0;
    let train = speakers(train, &mut n_unknown);
    let test = speakers(test, &mut n_unknown);
    Overlap {
        speakers: train.intersection(&test).map(|s| s.to_string()).collect(),
        n_unknown,
    }
}

fn speakers<'a>(
    clips: impl IntoIterator<Item = &'a Clip>,
    n_unknown: &mut usize,
) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for clip in clips {
        match &clip.speaker {
            Some(speaker) => {
                names.insert(speaker.as_str());
            }
            None => *n_unknown += 1,
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(speaker: &str) -> Clip {
        let mut clip = Clip::whole("a.wav".into(), "a".into());
        clip.speaker = (!speaker.is_empty()).then(|| speaker.to_string());
        clip
    }

    #[test]
    fn shared_speakers_are_named_once_and_sorted() {
        let train = ["zoe", "bob", "ada", "zoe", ""].map(clip);
        let test = ["zoe", "ada", "cyd", "", ""].map(clip);
        let found = overlap(&train, &test);
        assert_eq!(found.speakers, ["ada", "zoe"]);
        assert_eq!(found.n_unknown, 3);
        assert!(overlap(&train[1..2], &test).speakers.is_empty());
    }
}
