//! Any bytes as a manifest; the first chooses CSV ('0'), TSV ('1') or JSONL ('2').
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use mynah_corpus::{Corpus, ManifestFormat};

fuzz_target!(|bytes: &[u8]| {
    let Some((format, bytes)) = bytes.split_first() else {
        return;
    };
    let formats = [
        ManifestFormat::Csv,
        ManifestFormat::Tsv,
        ManifestFormat::Jsonl,
    ];
    let format = formats[usize::from(format % 3)];
    if let Ok(mut corpus) = Corpus::from_manifest_bytes(bytes, format, Path::new("words/list")) {
        assert!(!corpus.clips.is_empty());
        for clip in &corpus.clips {
            let (start, end) = (clip.start.unwrap_or(0.0), clip.end.unwrap_or(f64::INFINITY));
            assert!(0.0 <= start && start < end, "{clip:?}");
            assert!(!clip.label.is_empty(), "{clip:?}");
        }
        let _ = (corpus.labels(), corpus.speakers(), corpus.split_counts());
        let _ = corpus.assign_speaker_split();
    }
});
