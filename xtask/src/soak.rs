//! `cargo xtask soak NAME`: what runs for as long as you let it, outside the tests.

use anyhow::Context as _;
use clap::ValueEnum;

use crate::{progress::say, tool, workspace::Workspace};

/// Fuzz targets, by the package they belong to.
const FUZZ_TARGETS: [(&str, &str); 5] = [
    ("crates/audio-dsp", "pipeline"),
    ("crates/audio-dsp", "resampler"),
    ("crates/relay-proto", "frame"),
    ("crates/relay-proto", "message"),
    ("crates/relay-proto", "session"),
];

/// The fuzzer's package, installed below the build folder.
const FUZZER: &str = "cargo-fuzz";

/// Options of `cargo xtask soak`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to run.
    #[arg(value_name = "NAME")]
    soak: Soak,
    /// Seconds for each target.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// What can be run for long.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Soak {
    /// Every fuzz target: any floats into the audio stages, any bytes into the wire's decoders.
    Fuzz,
}

/// Runs it, and fails when anything was found.
pub(crate) fn execute(workspace: &Workspace, args: &Args) -> anyhow::Result<()> {
    match args.soak {
        Soak::Fuzz => fuzz(workspace, args.seconds),
    }
}

fn fuzz(workspace: &Workspace, seconds: u64) -> anyhow::Result<()> {
    let tools = workspace.target("tools");
    let fuzzer = tools.join("bin").join(FUZZER);
    if !fuzzer.is_file() {
        let mut cargo = tool::cargo(workspace);
        cargo
            .args(["install", FUZZER, "--locked", "--root"])
            .arg(&tools)
            .arg("--target-dir")
            .arg(tools.join("build"));
        tool::run(&mut cargo, "installing the fuzzer")?;
    }
    let total = FUZZ_TARGETS.len();
    for (index, (package, target)) in FUZZ_TARGETS.into_iter().enumerate() {
        say(format!(
            "[{}/{total}] {package}: {target}, {seconds} s",
            index + 1
        ));
        let mut run = std::process::Command::new(&fuzzer);
        run.args(["fuzz", "run", target, "--"])
            .arg(format!("-max_total_time={seconds}"))
            .current_dir(workspace.path(package))
            .env("CARGO_TARGET_DIR", workspace.target("fuzz"))
            // Sanitizers and coverage are not stable features of the compiler.
            .env("RUSTC_BOOTSTRAP", "1");
        tool::run(&mut run, "the fuzzer").with_context(|| {
            format!("what `{target}` cannot take is in {package}/fuzz/artifacts/{target}")
        })?;
    }
    say(format!("{total} targets found nothing"));
    Ok(())
}
