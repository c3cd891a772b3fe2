//! What the fuzzer starts from and what it once found, and thousands of changes to it: an answer or an error, never a panic.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use mynah_corpus::{Corpus, KaldiData, ManifestFormat};

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds");
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join(target))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Every seed, then `n` times one of them with some bytes changed, put in or cut off.
fn with_changes(seeds: &[Vec<u8>], n: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 1u64;
    let mut random = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below.max(1)
    };
    let changed = move |seed: &Vec<u8>| {
        let mut bytes = seed.clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, random(256) as u8),
                2 => bytes.extend_from_within(..at),
                _ if bytes.is_empty() => {}
                _ => bytes[at] = random(256) as u8,
            }
        }
        bytes
    };
    let all = seeds
        .iter()
        .cycle()
        .take(n)
        .map(changed)
        .collect::<Vec<_>>();
    seeds.iter().cloned().chain(all)
}

#[test]
fn manifests() {
    let mut n_read = 0;
    for bytes in with_changes(&seeds("manifest"), 3_000) {
        for format in [
            ManifestFormat::Csv,
            ManifestFormat::Tsv,
            ManifestFormat::Jsonl,
        ] {
            // The first byte is the fuzzer's choice of a format.
            let text = bytes.get(1..).unwrap_or_default();
            let corpus = Corpus::from_manifest_bytes(text, format, Path::new("words/list"));
            if let Ok(corpus) = corpus {
                n_read += 1;
                assert!(corpus.clips.iter().all(|clip| !clip.label.is_empty()));
            }
        }
    }
    assert!(n_read > 100, "{n_read}");
}

#[test]
fn kaldi_folders() {
    let folder = tempfile::tempdir().unwrap();
    let mut n_read = 0;
    for bytes in with_changes(&seeds("kaldi"), 1_000) {
        let mut lists = bytes.split(|&byte| byte == 0);
        for name in ["wav.scp", "segments", "utt2spk", "text"] {
            let path = folder.path().join(name);
            match lists.next() {
                Some(list) => fs::write(path, list).unwrap(),
                None => drop(fs::remove_file(path)),
            }
        }
        if let Ok(data) = KaldiData::open(folder.path()) {
            n_read += 1;
            for utterance in &data.utterances {
                let end = utterance.end.unwrap_or(f64::INFINITY);
                assert!(utterance.start.unwrap_or(0.0) < end, "{utterance:?}");
            }
        }
    }
    assert!(n_read > 100, "{n_read}");
}
