//! Outputs of the reference tools, number by number.

use mynah_tests::{SharedTest, golden_kaldi, golden_lvq, run};

fn main() -> std::process::ExitCode {
    run(vec![
        SharedTest {
            name: "golden_mfcc_kaldi",
            folder: "golden/mfcc",
            variable: Some("MYNAH_GOLDEN_MFCC"),
            check: golden_kaldi::check,
        },
        SharedTest {
            name: "golden_lvq",
            folder: "golden/lvq",
            variable: Some("MYNAH_GOLDEN_LVQ"),
            check: golden_lvq::check,
        },
    ])
}
