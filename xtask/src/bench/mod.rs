//! `cargo xtask bench NAME`: measures something, prints a table and keeps the figures.
//!
//! # Layout
//! - [`table`]: rows of figures, on the terminal and as JSON
//! - one module per bench, each with an `execute` that returns a [`Table`]

mod page_weight;
mod table;

use clap::ValueEnum;

use self::table::Table;
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
}

/// What can be measured.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Bench {
    /// Bytes that a browser loads, as they are and compressed.
    PageWeight,
}

impl Bench {
    fn name(self) -> &'static str {
        match self {
            Self::PageWeight => "page-weight",
        }
    }

    fn measure(self, workspace: &Workspace) -> anyhow::Result<Table> {
        match self {
            Self::PageWeight => page_weight::execute(workspace),
        }
    }
}

/// Measures, prints the table and writes `target/bench/NAME.json`.
pub(crate) fn execute(workspace: &Workspace, args: &Args) -> anyhow::Result<()> {
    let name = args.bench.name();
    let table = args.bench.measure(workspace)?;
    say(table.to_string());
    let path = workspace.target(format!("bench/{name}.json"));
    write_file(&path, table.to_json(name)?.as_bytes())?;
    say(format!("figures are in {}", workspace.shown(&path)));
    Ok(())
}
