//! A real browser calls a real relay.
//!
//! Every test starts its own relay and its own browser; they take turns by themselves, so the
//! number of test threads does not matter. What they need: Chromium with its driver, and the
//! page laid out in `target/web`.

mod broken_sites;
mod failures;
mod hands;
mod proxy;
mod spoken_calls;

use std::path::{Path, PathBuf};

/// A recording of `fixtures/`.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
        .with_extension("wav")
}
