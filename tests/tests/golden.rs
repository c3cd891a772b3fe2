//! Outputs of the reference tools, number by number.

use mynah_tests::{SharedTest, golden_lvq, golden_lvq_unsupervised, golden_mfcc, run};

fn main() -> std::process::ExitCode {
    run(vec![
        SharedTest {
            name: "golden_mfcc",
            folder: "golden/mfcc",
            variable: Some("MYNAH_GOLDEN_MFCC"),
            check: golden_mfcc::check,
        },
        SharedTest {
            name: "golden_lvq",
            folder: "golden/lvq",
            variable: Some("MYNAH_GOLDEN_LVQ"),
            check: golden_lvq::check,
        },
        SharedTest {
            name: "golden_lvq_unsupervised",
            folder: "golden/lvq",
            variable: Some("MYNAH_GOLDEN_LVQ"),
            check: golden_lvq_unsupervised::check,
        },
    ])
}
