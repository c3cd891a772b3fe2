//! Any bytes as the lists of a Kaldi data folder: wav.scp, segments, utt2spk and text, between zero bytes.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use mynah_corpus::KaldiData;

fuzz_target!(|bytes: &[u8]| {
    let folder = std::env::temp_dir().join(format!("mynah-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for temporary files");
    let mut lists = bytes.split(|&byte| byte == 0);
    for name in ["wav.scp", "segments", "utt2spk", "text"] {
        let path = folder.join(name);
        match lists.next() {
            Some(list) => fs::write(path, list).expect("a file that can be written"),
            None => {
                let _ = fs::remove_file(path);
            }
        }
    }
    if let Ok(data) = KaldiData::open(&folder) {
        assert!(!data.utterances.is_empty());
        for utterance in &data.utterances {
            let (start, end) = (utterance.start.unwrap_or(0.0), utterance.end.unwrap_or(f64::INFINITY));
            assert!(0.0 <= start && start < end, "{utterance:?}");
            assert!(!utterance.id.is_empty(), "{utterance:?}");
        }
    }
});
