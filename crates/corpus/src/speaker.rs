//! Who speaks, from a file's name.

use std::path::Path;

/// `SPEAKER_nohash_N` (Speech Commands) or `SPEAKER_NO_N` (Arabic Speech Commands), N of digits.
///
/// A name that is not UTF-8 is read lossily: at worst two voices count as one, which never leaks a speaker.
pub(crate) fn from_file_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy();
    ["_nohash_", "_NO_"].iter().find_map(|separator| {
        let (speaker, index) = stem.rsplit_once(separator)?;
        (!speaker.is_empty() && is_digits(index)).then(|| speaker.to_string())
    })
}

/// One or more ASCII digits.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_patterns_and_nothing_else() {
        let speaker = |name: &str| from_file_name(Path::new(name));
        assert_eq!(
            speaker("bed/0c40e715_nohash_0.wav").as_deref(),
            Some("0c40e715")
        );
        assert_eq!(
            speaker("x/00000030_NO_01.flac").as_deref(),
            Some("00000030")
        );
        for none in [
            "0.flac",
            "_nohash_1.wav",
            "a_nohash_.wav",
            "a_nohash_b.wav",
            "a_no_01.wav",
            "",
        ] {
            assert_eq!(speaker(none), None, "{none}");
        }
    }
}
