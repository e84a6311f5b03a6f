//! What a visitor's browser downloads before the first call, compressed with brotli.

use std::fs;

use anyhow::{Context as _, bail};

use crate::{dist, progress::say, workspace::Workspace};

/// Files that are loaded for one purpose, and what they may weigh together.
struct Budget {
    what: &'static str,
    /// Names of files below `target/web`, or folders that end in a slash.
    paths: &'static [&'static str],
    max_bytes: u64,
}

const BUDGETS: [Budget; 4] = [
    Budget {
        what: "audio-thread module with weights",
        paths: &["capture/worklet.simd.wasm", "capture/processor.js"],
        max_bytes: 412_000,
    },
    Budget {
        what: "audio-thread module, lite",
        paths: &["capture/worklet.lite.simd.wasm", "capture/processor.js"],
        max_bytes: 250_000,
    },
    Budget {
        what: "capture module",
        paths: &[
            "capture/switchboard_capture.js",
            "capture/switchboard_capture_bg.wasm",
            "capture/link-worker.js",
        ],
        max_bytes: 57_000,
    },
    Budget {
        what: "scripts of the call page",
        paths: &["call-page/"],
        max_bytes: 25_000,
    },
];

/// Weighs everything and fails when a budget is passed.
pub(super) fn execute(workspace: &Workspace) -> anyhow::Result<()> {
    let mut passed = Vec::new();
    for budget in BUDGETS {
        let bytes = weigh(workspace, budget.paths)?;
        let max = budget.max_bytes;
        say(format!("  {}: {bytes} of {max} bytes", budget.what));
        if bytes > max {
            passed.push(format!("{} ({bytes} of {max} bytes)", budget.what));
        }
    }
    if !passed.is_empty() {
        bail!(
            "more to download than the budget allows: {}",
            passed.join(", ")
        );
    }
    Ok(())
}

fn weigh(workspace: &Workspace, paths: &[&str]) -> anyhow::Result<u64> {
    let root = workspace.target("web");
    let mut bytes = 0;
    for path in paths {
        let files = if path.ends_with('/') {
            dist::files_below(&root.join(path))?
        } else {
            vec![root.join(path)]
        };
        let is_loaded = |extension: &std::ffi::OsStr| extension == "js" || extension == "wasm";
        for file in files
            .iter()
            .filter(|file| file.extension().is_some_and(is_loaded))
        {
            // What is too small to be worth compressing goes out as it is.
            let compressed = format!("{}.br", file.display());
            let weighed = fs::metadata(compressed).or_else(|_| fs::metadata(file));
            bytes += weighed
                .with_context(|| format!("cannot weigh {}", file.display()))?
                .len();
        }
    }
    Ok(bytes)
}
