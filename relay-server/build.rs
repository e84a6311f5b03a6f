//! Makes sure that the folder of the page exists, so that this crate always compiles, and that a
//! release build, which carries the page inside the binary, is made again when the page changes.

use std::{env, fs, io, path::Path};

/// Where `cargo xtask` lays out the page; `src/assets.rs` names the same folder.
const WEB_DIR: &str = "../target/web";

fn main() -> io::Result<()> {
    fs::create_dir_all(Path::new(WEB_DIR))?;
    println!("cargo::rerun-if-changed=build.rs");
    // A debug build reads the files from disk on each request and never goes stale.
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={WEB_DIR}");
    }
    Ok(())
}
