//! The chores of the repository, as `cargo xtask COMMAND`.
//!
//! No product logic lives here: the commands build, run, test and measure the other packages, and
//! depend on none of them.

mod bench;
mod dist;
mod figures;
mod golden;
mod run;
mod soak;
mod test;
mod tidy;
mod weights;

mod hash;
mod progress;
mod tool;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    progress::{Progress, report_failure},
    workspace::Workspace,
};

/// Build, run, test and measure Switchboard.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", version, about, max_term_width = 100)]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// One chore.
#[derive(Debug, Subcommand)]
enum Command {
    /// Build the page and the relay, and serve them.
    Run(run::Args),
    /// Check everything: format, rules, lints, documentation and all tests.
    Test(test::Args),
    /// Build what browsers load and lay it out in `target/web`.
    Dist,
    /// Measure something, print a table and write `target/bench/NAME.json`.
    Bench(bench::Args),
    /// Run what takes as long as you let it: the fuzz targets.
    Soak(soak::Args),
    /// Check the rules of the repository that no compiler knows.
    Tidy,
    /// Convert the detector's weights from the ONNX model to the packed file of `audio-dsp`.
    Weights(weights::Args),
    /// Compute the reference probabilities of the detector's tests with ONNX Runtime.
    Golden,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli.command) {
        Ok(code) => code,
        Err(error) => {
            report_failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::locate()?;
    match command {
        Command::Run(args) => return run::execute(&workspace, &args),
        Command::Test(args) => return test::execute(&workspace, &args),
        Command::Dist => dist::execute(&workspace, &mut Progress::new(dist::STEPS))?,
        Command::Bench(args) => bench::execute(&workspace, &args)?,
        Command::Soak(args) => soak::execute(&workspace, &args)?,
        Command::Tidy => tidy::execute(&workspace)?,
        Command::Weights(args) => weights::execute(&workspace, &args)?,
        Command::Golden => golden::execute(&workspace)?,
    }
    Ok(ExitCode::SUCCESS)
}
