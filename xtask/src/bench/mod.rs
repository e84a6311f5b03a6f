//! `cargo xtask bench NAME`: measures something, prints a table and keeps the figures.
//!
//! # Layout
//! - [`table`]: rows of figures, on the terminal and as JSON
//! - [`mod@page_weight`]: a bench that returns a [`Table`](table::Table)
//! - [`programs`]: benches that are programs of another package

mod page_weight;
mod programs;
mod table;

use std::ffi::OsString;

use anyhow::ensure;
use clap::ValueEnum;

use crate::{
    progress::say,
    workspace::{Workspace, write_file},
};

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure.
    #[arg(value_name = "NAME")]
    bench: Bench,
    /// Options of the bench itself, such as `--publish` of `vad`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Bench {
    /// Spoken calls through Chromium: what the relay kept beside the labels. The recordings are the
    /// fixtures, or those of the folder in SWITCHBOARD_EVAL_DIR.
    Calls,
    /// Bytes that a browser loads, as they are and compressed.
    PageWeight,
    /// The detector in Chromium: speed, download size and accuracy beside others.
    Vad,
    /// The detector's kernels natively, beside ONNX Runtime.
    Native,
    /// A window and a render quantum inside Chromium's audio thread.
    Worklet,
}

/// Measures, prints the table and writes `target/bench/NAME.json`.
pub(crate) fn execute(workspace: &Workspace, args: &Args) -> anyhow::Result<()> {
    match args.bench {
        Bench::PageWeight => {
            ensure!(args.options.is_empty(), "page-weight has no options");
            page_weight(workspace)
        }
        Bench::Calls => programs::calls(workspace, &args.options),
        Bench::Worklet => programs::worklet(workspace, &args.options),
        Bench::Vad => programs::vad(workspace, &args.options),
        Bench::Native => programs::native(workspace, &args.options),
    }
}

fn page_weight(workspace: &Workspace) -> anyhow::Result<()> {
    let table = page_weight::execute(workspace)?;
    say(table.to_string());
    let path = workspace.target("bench/page-weight.json");
    write_file(&path, table.to_json("page-weight")?.as_bytes())?;
    say(format!("figures are in {}", workspace.shown(&path)));
    Ok(())
}
