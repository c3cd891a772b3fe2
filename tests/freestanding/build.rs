//! Tells the linker where the microcontroller's memory is.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=memory.x");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let folder = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
        fs::copy("memory.x", folder.join("memory.x")).expect("memory.x is beside this file");
        println!("cargo::rustc-link-search={}", folder.display());
        println!("cargo::rustc-link-arg-bin=cortex-m=-Tlink.x");
    }
}
