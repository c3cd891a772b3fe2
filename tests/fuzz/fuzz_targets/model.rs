//! Any bytes as a model file: a model that can be used and written again, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mynah::{Model, Recognizer};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = Model::from_bytes(bytes) {
        let again = Model::from_bytes(&model.to_bytes()).expect("written by us");
        assert_eq!(again.to_bytes(), model.to_bytes());
        let _ = Recognizer::new(&model).classify(&[0.1; 4_000]);
    }
});
