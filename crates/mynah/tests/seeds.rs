//! The model file that the fuzzer starts from, and every change of one byte of it: refused, never a panic.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use mynah::Model;

#[test]
fn every_changed_byte_is_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds/model");
    let mut n_seeds = 0;
    for file in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let model = Model::from_bytes(&bytes).expect("a seed is a sound model");
        assert_eq!(model.to_bytes(), bytes);
        n_seeds += 1;
        for at in (0..bytes.len()).step_by(7) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(Model::from_bytes(&changed).is_err(), "byte {at}");
            assert!(Model::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
    }
    assert!(n_seeds > 0);
}
