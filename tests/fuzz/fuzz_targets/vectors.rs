//! Any bytes as a file of vectors; the first byte chooses the format.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use mynah_corpus::{VectorOptions, VectorSet};

const ENDINGS: [&str; 5] = ["npy", "npz", "csv", "tsv", "images-idx3-ubyte"];

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else {
        return;
    };
    let ending = ENDINGS[usize::from(choice) % ENDINGS.len()];
    let name = format!("mynah-fuzz-{}.{ending}", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, bytes).expect("a file that can be written");
    let _ = VectorSet::is_at(&path);
    if let Ok(set) = VectorSet::open(&path, &VectorOptions::default()) {
        assert!(!set.corpus.clips.is_empty());
        assert_eq!(set.values.len(), set.corpus.clips.len() * set.dim());
        assert!(set.values.iter().all(|value| value.is_finite()));
    }
    let _ = fs::remove_file(path);
});
