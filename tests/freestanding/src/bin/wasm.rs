//! Takes the decisions in a WebAssembly module without imports; wasm.mjs asks it.
#![no_std]
#![no_main]

use mynah_freestanding::{Decisions, files};

/// Decisions in file `i`; 0 if it is none.
#[unsafe(no_mangle)]
extern "C" fn n_decisions(i: usize) -> usize {
    Decisions::new(files()[i].1).map_or(0, |decisions| decisions.expected.len())
}

/// Decisions in file `i` that differ.
#[unsafe(no_mangle)]
extern "C" fn n_different(i: usize) -> usize {
    Decisions::new(files()[i].1).map_or(usize::MAX, |decisions| decisions.n_different())
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
