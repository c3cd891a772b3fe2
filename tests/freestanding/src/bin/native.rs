//! Takes the decisions on a machine with an operating system. Exits with an error if any differs.

use std::process::ExitCode;

use mynah_freestanding::{Decisions, files};

fn main() -> ExitCode {
    let mut is_right = true;
    for (bits, file) in files() {
        let decisions = Decisions::new(file).expect("a file of decisions");
        let (n, n_different) = (decisions.expected.len(), decisions.n_different());
        println!("{bits} bits: {n} decisions, {n_different} differ");
        is_right &= n > 0 && n_different == 0;
    }
    ExitCode::from(u8::from(!is_right))
}
